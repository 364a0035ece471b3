/* SPDX-License-Identifier: ISC */
/*
 * certsync-connector-check.c -- whether a connector keeps the contract: its descriptor,
 * and what it makes of recorded answers, whole, in pieces, cut and spoilt.  Exits 0 well,
 * 1 something was found, 64 usage.
 */
#include <getopt.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "check/apart.h"
#include "check/descriptor.h"
#include "check/fixture.h"
#include "check/record.h"
#include "check/trial.h"
#include "io/file.h"
#include "io/http.h"
#include "io/source.h"

#define EXIT_WELL	0
#define EXIT_FOUND	1
#define EXIT_USAGE	64	/* as the daemon's */

enum { OPT_RECORD = 256, OPT_SET, OPT_UPDATE, OPT_SEED, OPT_TIME, OPT_TRIES, OPT_HELP,
    OPT_VERSION };

static const struct option options[] = {
	{ "record",	required_argument,	NULL, OPT_RECORD },
	{ "set",	required_argument,	NULL, OPT_SET },
	{ "update",	no_argument,		NULL, OPT_UPDATE },
	{ "seed",	required_argument,	NULL, OPT_SEED },
	{ "time",	required_argument,	NULL, OPT_TIME },
	{ "tries",	required_argument,	NULL, OPT_TRIES },
	{ "help",	no_argument,		NULL, OPT_HELP },
	{ "version",	no_argument,		NULL, OPT_VERSION },
	{ NULL,		0,			NULL, 0 }
};

struct check {
	struct tally	 tally;
	char		*plugin;	/* owned; absolute */
	const char	*record_url;	/* NULL: nothing is recorded */
	char		*sets[FIXTURE_PAIRS_MAX]; /* KEY=VALUE, of --set; lent */
	size_t		 set_count;
	bool		 update;
	uint64_t	 seed;
	unsigned	 time_s, tries;
};

static int
help_print(void)
{
	puts("certsync-connector-check says whether a connector keeps the contract.\n\n"
	    "usage: certsync-connector-check [OPTION...] PLUGIN.so [CASE-DIR...]\n\n"
	    "  --record URL       poll URL once and write the answers into CASE-DIR, which is\n"
	    "                     one, as " RECORD_NAME ".case\n"
	    "  --set KEY=VALUE    a setting of the connector for --record; may be repeated\n"
	    "  --update           write NAME.golden of each NAME.case: read it then\n"
	    "  --seed N           of the random splits and flipped bytes; default 0\n"
	    "  --time SECONDS     that one check may take; default 60\n"
	    "  --tries N          cuts and spoilt copies of one answer, at most; default 4096\n"
	    "  --help, --version\n\n"
	    "Without CASE-DIR the descriptor alone is checked.\n"
	    "Exits 0 well, 1 something was found, 64 usage.");
	return EXIT_WELL;
}

static int
usage_fail(const char *what)
{
	fprintf(stderr, "certsync-connector-check: %s; see certsync-connector-check --help\n",
	    what);
	return EXIT_USAGE;
}

/* --- one fixture ---------------------------------------------------------------------- */

static void
check_apart(struct check *c, const char *name, const char *kind, bool open, apart_fn *run,
    void *arg)
{
	const struct apart_job job = { .plugin = c->plugin, .time_s = c->time_s, .open = open,
	    .run = run, .arg = arg };
	char what[FIXTURE_PATH_MAX + 32];

	(void)snprintf(what, sizeof(what), "%s%s%s", name, name[0] != '\0' ? ": " : "", kind);
	tally_begin(&c->tally, what);
	if (apart_run(&job, &c->tally) != 0)
		tally_find(&c->tally, "no process could be started for it: try again");
	tally_end(&c->tally);
}

static void
golden_path(const struct fixture *f, char out[FIXTURE_PATH_MAX])
{
	(void)snprintf(out, FIXTURE_PATH_MAX, "%.4000s.golden", f->name);
}

/* An apart_fn without a cage: writes what comes of the fixture. */
static void
golden_write(struct apart *a, void *arg)
{
	const struct fixture *f = ((const struct trial *)arg)->fixture;
	const struct replay_how how = { .piece = REPLAY_WHOLE, .seed = 1, .where = a->where };
	char path[FIXTURE_PATH_MAX];
	struct replay_seen seen;
	struct err err;

	golden_path(f, path);
	if (replay_run(a->con, f, &how, &seen, &err) != 0 ||
	    file_put(path, seen.text.data, seen.text.len, &err) != 0)
		apart_find(a, "%s", err.text);
	replay_seen_free(&seen);
}

static void
check_fixture(struct check *c, const struct fixture *f)
{
	static const struct { const char *name; apart_fn *run; } trials[] = {
		{ "whole", trial_whole }, { "bytes", trial_bytes }, { "splits", trial_splits },
		{ "cuts", trial_cuts }, { "hostile", trial_hostile }
	};
	struct trial trial = { .fixture = f, .seed = replay_seed(f->name, c->seed),
	    .tries = c->tries };
	char path[FIXTURE_PATH_MAX], name[FIXTURE_PATH_MAX], *golden;
	bool whole = false;
	size_t len;

	(void)snprintf(name, sizeof(name), "%.4000s.case", f->name);
	if (c->update)
		check_apart(c, name, "update", true, golden_write, &trial);
	golden_path(f, path);
	trial.golden = golden = file_read(path, FIXTURE_BYTES_MAX, &len, NULL);
	/* What is wrong with the answers as they are would be told of each part again. */
	for (size_t i = 0; i < sizeof(trials) / sizeof(trials[0]) && (i == 0 || whole); i++) {
		check_apart(c, name, trials[i].name, false, trials[i].run, &trial);
		whole = i == 0 ? c->tally.found == 0 : whole;
	}
	free(golden);
}

static void
check_case(struct check *c, const char *path)
{
	struct err err;
	struct fixture *f = fixture_read(path, &err);

	if (f == NULL) {
		tally_begin(&c->tally, path);
		tally_find(&c->tally, "%s", err.text);
		tally_end(&c->tally);
		return;
	}
	check_fixture(c, f);
	(void)fixture_free(f);
}

static void
check_dir(struct check *c, const char *dir)
{
	char pattern[FIXTURE_PATH_MAX];
	glob_t found;

	(void)snprintf(pattern, sizeof(pattern), "%.4000s/*.case", dir);
	if (glob(pattern, 0, NULL, &found) != 0) {
		tally_begin(&c->tally, dir);
		tally_find(&c->tally, "there is no NAME.case in it");
		tally_end(&c->tally);
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		check_case(c, found.gl_pathv[i]);
	globfree(&found);
}

/* --- recording -------------------------------------------------------------------------- */

static struct cs_date
today(void)
{
	time_t now = time(NULL);
	struct tm tm;

	(void)localtime_r(&now, &tm);
	return (struct cs_date){ (int16_t)(tm.tm_year + 1900), (uint8_t)(tm.tm_mon + 1),
	    (uint8_t)tm.tm_mday };
}

/* Makes CASE-DIR and its real/, and sees that nothing is overwritten.  -1: err. */
static int
record_prepare(const char *dir, const char *path, struct err *err)
{
	char real[FIXTURE_PATH_MAX];

	(void)snprintf(real, sizeof(real), "%.4000s/real", dir);
	if (access(path, F_OK) == 0)
		return err_set(err, "it is there already: rename it, with its bodies");
	return file_make_dir(dir, err) == 0 && file_make_dir(real, err) == 0 ? 0 : -1;
}

static void
record_into(struct check *c, const char *dir)
{
	char path[FIXTURE_PATH_MAX];
	struct record record = { .url = c->record_url };
	struct err err;

	(void)snprintf(path, sizeof(path), "%.4000s/" RECORD_NAME ".case", dir);
	if (record_prepare(dir, path, &err) == 0)
		record.fixture = fixture_new(path, &err);
	for (size_t i = 0; record.fixture != NULL && i < c->set_count; i++)
		if (fixture_set(record.fixture, c->sets[i], &err) != 0)
			record.fixture = fixture_free(record.fixture);
	if (record.fixture == NULL) {
		tally_begin(&c->tally, path);
		tally_find(&c->tally, "%s", err.text);
		tally_end(&c->tally);
		return;
	}
	record.fixture->today = today();
	check_apart(c, path, "record", true, record_poll, &record);
	(void)fixture_free(record.fixture);
}

/* --- the program ------------------------------------------------------------------------- */

static int
run(struct check *c, char *const *dirs, int n)
{
	tally_begin(&c->tally, "exports");
	descriptor_exports(c->plugin, &c->tally);
	tally_end(&c->tally);
	check_apart(c, "", "descriptor", false, descriptor_check, NULL);
	/* What cannot be loaded would say the same of every case. */
	if (c->tally.findings > 0)
		n = 0;
	if (n > 0 && c->record_url != NULL)
		record_into(c, dirs[0]);
	for (int i = 0; i < n; i++)
		check_dir(c, dirs[i]);
	printf("%u checks, %u findings, %u warnings; seed %" PRIu64 "\n", c->tally.checks,
	    c->tally.findings, c->tally.warnings, c->seed);
	return c->tally.findings == 0 ? EXIT_WELL : EXIT_FOUND;
}

/* One option.  0; else the exit status plus one. */
static int
option_take(struct check *c, int opt)
{
	int64_t number = 0;

	switch (opt) {
	case OPT_RECORD:
		c->record_url = optarg;
		return 0;
	case OPT_SET:
		if (strchr(optarg, '=') == NULL || c->set_count == FIXTURE_PAIRS_MAX)
			return 1 + usage_fail("--set wants KEY=VALUE, 32 times at most");
		c->sets[c->set_count++] = optarg;
		return 0;
	case OPT_UPDATE:
		c->update = true;
		return 0;
	case OPT_SEED:
		if (!text_parse_i64(optarg, 0, INT64_MAX, &number))
			return 1 + usage_fail("--seed wants a number");
		c->seed = (uint64_t)number;
		return 0;
	case OPT_TIME:
		if (!text_parse_i64(optarg, 1, APART_TIME_MAX_S, &number))
			return 1 + usage_fail("--time wants 1 to 86400 seconds");
		c->time_s = (unsigned)number;
		return 0;
	case OPT_TRIES:
		if (!text_parse_i64(optarg, TRIAL_LEAST, TRIAL_CUTS, &number))
			return 1 + usage_fail("--tries wants 64 to 4096");
		c->tries = (unsigned)number;
		return 0;
	case OPT_HELP:
		return 1 + help_print();
	case OPT_VERSION:
		puts("certsync-connector-check " CERTSYNC_VERSION);
		return 1 + EXIT_WELL;
	default:
		return 1 + EXIT_USAGE;
	}
}

/* What the words say beside the options.  0; else the exit status plus one. */
static int
words_check(const struct check *c, int n)
{
	struct err err;

	if (n < 1)
		return 1 + usage_fail("PLUGIN.so is missing");
	if (c->record_url != NULL && n != 2)
		return 1 + usage_fail("--record wants one CASE-DIR");
	if (c->record_url == NULL && c->set_count > 0)
		return 1 + usage_fail("--set is for --record: a case says `set KEY VALUE`");
	if (c->record_url != NULL && !source_is_file(c->record_url) &&
	    http_url_check(c->record_url, &err) != 0)
		return 1 + usage_fail(err.text);
	return 0;
}

int
main(int argc, char *argv[])
{
	struct check c = { .tally = { .out = stdout }, .time_s = APART_TIME_S,
	    .tries = TRIAL_CUTS };
	int opt, status = 0;

	while (status == 0 && (opt = getopt_long(argc, argv, "h", options, NULL)) != -1)
		status = option_take(&c, opt == 'h' ? OPT_HELP : opt);
	if (status == 0)
		status = words_check(&c, argc - optind);
	if (status != 0)
		return status - 1;
	c.plugin = realpath(argv[optind], NULL);
	if (c.plugin == NULL) {
		perror(argv[optind]);
		return EXIT_USAGE;
	}
	status = run(&c, argv + optind + 1, argc - optind - 1);
	free(c.plugin);
	return status;
}
