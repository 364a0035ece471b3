/* SPDX-License-Identifier: ISC */
/* config_case.c -- see config_case.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_case.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static char root[PATH_MAX];	/* of the source tree: where the tests were started */
static char scratch[] = "/tmp/config_case.XXXXXX";

void
config_case_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_not_equal(fputs(text, f), EOF);
	assert_int_equal(fclose(f), 0);
}

/* All errors, one a line. */
const char *
config_case_errors(const struct config_errors *errors, struct buf *out)
{
	buf_clear(out);
	for (size_t i = 0; i < errors->n; i++)
		buf_printf(out, "%s\n", errors->v[i].text);
	if (errors->more > 0)
		buf_printf(out, "and %zu more\n", errors->more);
	return buf_str(out);
}

/* Loads CASE_MAIN, which must be right. */
struct config *
config_case_load(void)
{
	struct config_errors errors;
	struct config *config = config_load(CASE_MAIN, &errors);
	struct buf out;

	buf_init(&out, CASE_BYTES);
	assert_string_equal(config_case_errors(&errors, &out), "");
	buf_free(&out);
	assert_non_null(config);
	return config;
}

struct config *
config_case_load_text(const char *text)
{
	config_case_write(CASE_MAIN, text);
	return config_case_load();
}

void
config_case_refused(const char *text, const char *want)
{
	struct config_errors errors;
	struct buf out;

	buf_init(&out, CASE_BYTES);
	config_case_write(CASE_MAIN, text);
	assert_null(config_load(CASE_MAIN, &errors));
	assert_string_equal(config_case_errors(&errors, &out), want);
	buf_free(&out);
}

char *
config_case_source(const char *name)
{
	char path[PATH_MAX + 64];
	char *text = calloc(1, CASE_BYTES);
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", root, name);
	f = fopen(path, "r");
	assert_non_null(text);
	if (f == NULL)
		fail_msg("%s is missing", path);
	assert_true(fread(text, 1, CASE_BYTES - 1, f) > 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

void
config_case_clear_drop_ins(void)
{
	static const char *const names[] = { "10-a.conf", "20-b.conf", "A.conf",
	    ".hidden.conf", "30-c.conf~", "conf", "fifo.conf" };
	char path[PATH_MAX];

	for (size_t i = 0; i < COUNT(names); i++) {
		(void)snprintf(path, sizeof(path), CASE_DROP_INS "/%s", names[i]);
		(void)unlink(path);
	}
	(void)rmdir(CASE_DROP_INS);
}

const char *
config_case_dir(void)
{
	return scratch;
}

int
config_case_setup(void **state)
{
	(void)state;
	if (getcwd(root, sizeof(root)) == NULL || mkdtemp(scratch) == NULL)
		return -1;
	return chdir(scratch);
}

int
config_case_teardown(void **state)
{
	(void)state;
	(void)unlink(CASE_MAIN);
	config_case_clear_drop_ins();
	if (chdir(root) != 0)
		return -1;
	return rmdir(scratch);
}
