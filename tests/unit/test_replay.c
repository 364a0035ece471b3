/* SPDX-License-Identifier: ISC */
/*
 * test_replay.c -- recorded answers through the connectors, against goldens.
 *
 * tests/fixtures/CONNECTOR/NAME.case and NAME.golden are as check/fixture.h and
 * check/replay.h say.  Every case is replayed whole, byte by byte and at fifty
 * random splits, seeded by its name: the outcome must be the same.
 *
 *	test_replay [--update] [--plugins DIR] [FIXTURES]
 *
 * --update writes the goldens: read the diff before committing it.
 */
#include <dlfcn.h>
#include <glob.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "check/fixture.h"
#include "check/replay.h"
#include "io/file.h"

#define CASES_MAX	512

static bool updating;
static const char *fixtures = "tests/fixtures";
static const char *plugins;	/* NULL: BUILD/connectors */

/* This program is BUILD/tests/test_replay; its plug-ins are BUILD/connectors. */
static char *
plugins_dir(void)
{
	char exe[4096], *slash, *path = NULL;
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	assert_true(n > 0);
	exe[n] = '\0';
	for (int i = 0; i < 2; i++)
		if ((slash = strrchr(exe, '/')) != NULL)
			*slash = '\0';
	assert_true(asprintf(&path, "%s/connectors", exe) > 0);
	return path;
}

static const struct cs_connector *
connector_load(const char *name)
{
	char *dir = plugins != NULL ? strdup(plugins) : plugins_dir();
	char *path = NULL, *symbol = NULL;
	const struct cs_connector *con;
	void *so;

	assert_true(asprintf(&path, "%s/%s.so", dir, name) > 0);
	assert_true(asprintf(&symbol, "cs_connector_%s", name) > 0);
	so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (so == NULL)
		fail_msg("%s", dlerror());
	con = dlsym(so, symbol);
	assert_non_null(con);
	assert_int_equal(con->abi, CS_CONNECTOR_ABI);
	assert_int_equal(con->size, sizeof(*con));
	assert_string_equal(con->name, name);
	free(dir);
	free(path);
	free(symbol);
	return con;
}

/* Runs the case once with pieces of that many bytes.  The text is owned. */
static char *
run(const struct cs_connector *con, const struct fixture *f, size_t piece, uint64_t seed)
{
	const struct replay_how how = { .piece = piece, .seed = seed };
	struct replay_seen seen;
	struct err err;

	if (replay_run(con, f, &how, &seen, &err) != 0)
		fail_msg("%s: %s", f->name, err.text);
	if (seen.breach.text[0] != '\0')
		fail_msg("%s: %s", f->name, seen.breach.text);
	return seen.text.data;
}

static void
run_compare(const struct cs_connector *con, const struct fixture *f, size_t piece,
    uint64_t seed, const char *golden)
{
	char *got = run(con, f, piece, seed);

	if (strcmp(got, golden) != 0)
		fail_msg("%s, pieces of %zu, seed %" PRIx64 ":\n--- is\n%s--- should be\n%s",
		    f->name, piece, seed, got, golden);
	free(got);
}

static void
golden_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
test_case(void **state)
{
	struct err err;
	struct fixture *f = fixture_read(*state, &err);
	const struct cs_connector *con;
	char *golden_path = NULL, *golden, *got;
	uint64_t seed = replay_seed(*state, 0);
	size_t len;

	if (f == NULL)
		fail_msg("%s", err.text);
	con = connector_load(strrchr(f->dir, '/') + 1);
	assert_true(asprintf(&golden_path, "%s.golden", f->name) > 0);
	if (updating) {
		got = run(con, f, REPLAY_WHOLE, seed);
		golden_write(golden_path, got);
		free(got);
	}
	golden = file_read(golden_path, FIXTURE_BYTES_MAX, &len, &err);
	if (golden == NULL)
		fail_msg("%s: %s", golden_path, err.text);
	run_compare(con, f, REPLAY_WHOLE, seed, golden);
	run_compare(con, f, 1, seed, golden);
	for (uint64_t i = 0; i < REPLAY_SPLITS; i++)
		run_compare(con, f, REPLAY_SPLIT, (seed + i) | 1, golden);
	free(golden);
	free(golden_path);
	(void)fixture_free(f);
}

int
main(int argc, char *argv[])
{
	struct CMUnitTest tests[CASES_MAX];
	char *pattern = NULL;
	glob_t found;
	int failed;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--update") == 0)
			updating = true;
		else if (strcmp(argv[i], "--plugins") == 0 && i + 1 < argc)
			plugins = argv[++i];
		else
			fixtures = argv[i];
	}
	if (asprintf(&pattern, "%s/*/*.case", fixtures) < 0 ||
	    glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc > CASES_MAX) {
		fprintf(stderr, "%s: no cases, or too many\n", fixtures);
		return 1;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		tests[i] = (struct CMUnitTest){ .name = found.gl_pathv[i],
		    .test_func = test_case, .initial_state = found.gl_pathv[i] };
	failed = _cmocka_run_group_tests("replay", tests, found.gl_pathc, NULL, NULL);
	globfree(&found);
	free(pattern);
	return failed;
}
