/* SPDX-License-Identifier: ISC */
/* test_source.c -- drop files: which is picked, and how it is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/source.h"

#define NOW	1800000000	/* Unix seconds; the tests' present */
#define SETTLE	60
#define NOBODY	65534
#define ABC_SHA	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static char dir[64];

static int
dir_make(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/certsync-source-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
dir_remove(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

/* Writes a file of a given age. */
static void
put(const char *name, const char *text, int64_t age_s)
{
	struct timespec times[2] = { { .tv_sec = NOW - age_s }, { .tv_sec = NOW - age_s } };
	char path[512];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static int
pick_like(const char *pattern, const char *name, struct source_file *out, struct err *err)
{
	char url[512];

	(void)snprintf(url, sizeof(url), "file://%s/%s", dir, name);
	err->text[0] = '\0';
	*out = (struct source_file){ .fd = -1 };
	return source_pick(&(struct source_wanted){ .url = url, .pattern = pattern,
	    .settle_s = SETTLE, .now_s = NOW }, out, err);
}

static int
pick(const char *name, struct source_file *out, struct err *err)
{
	return pick_like(NULL, name, out, err);
}

static const struct {
	const char	*label;
	struct { const char *name, *text; int64_t age_s; } files[5];
	int		 rc;
	const char	*picked;	/* or what err must contain */
} picks[] = {
	{ "nothing", { { 0 } }, 1, "no file" },
	{ "newest by mtime", { { "a", "1", 300 }, { "b", "2", 100 }, { "c", "3", 200 } }, 0, "b" },
	{ "same time, by name", { { "a", "1", 300 }, { "c", "2", 300 }, { "b", "3", 300 } }, 0, "c" },
	{ "names that are none", { { ".a", "", 100 }, { "a.part", "", 100 },
	    { "a.tmp", "", 100 }, { "a.manifest", "{}", 100 } }, 1, "no file" },
	{ "unsettled", { { "a", "1", 59 } }, 1, "a was changed less than 60 s ago" },
	{ "just settled", { { "a", "1", 60 } }, 0, "a" },
	{ "older but settled", { { "a", "1", 100 }, { "b", "2", 10 } }, 0, "a" },
	{ "dated in the future", { { "a", "1", -500 } }, 1, "a was changed" },
	{ "checksum settles", { { "a", "1", 1 },
	    { "a.manifest", "{\"sha256\":\"" ABC_SHA "\"}", 1 } }, 0, "a" },
	{ "no checksum does not", { { "a", "1", 1 },
	    { "a.manifest", "{\"rows\":1}", 1 } }, 1, "a was changed" },
	{ "newest by as_of", { { "a", "1", 300 }, { "b", "2", 100 },
	    { "a.manifest", "{\"as_of\":\"2027-01-15T07:59:59Z\"}", 1 } }, 0, "a" },
	{ "older by as_of", { { "a", "1", 300 }, { "b", "2", 100 },
	    { "b.manifest", "{\"as_of\":\"2020-01-01\",\"more\":[1]}", 1 } }, 0, "a" },
	{ "as_of in the future", { { "a", "1", 300 },
	    { "a.manifest", "{\"as_of\":\"2206-01-01\"}", 1 } }, -1, "a.manifest: as_of" },
	{ "not JSON", { { "a", "1", 300 }, { "a.manifest", "{\"ro", 1 } }, -1, "a.manifest: " },
	{ "no object", { { "a", "1", 300 }, { "a.manifest", "[]", 1 } }, -1, "a.manifest: " },
	{ "a key twice", { { "a", "1", 300 },
	    { "a.manifest", "{\"rows\":1,\"rows\":2}", 1 } }, -1, "a.manifest: " },
	{ "rows below 0", { { "a", "1", 300 }, { "a.manifest", "{\"rows\":-1}", 1 } }, -1, "rows" },
	{ "short checksum", { { "a", "1", 300 },
	    { "a.manifest", "{\"sha256\":\"ba78\"}", 1 } }, -1, "sha256" },
	{ "unknown day", { { "a", "1", 300 },
	    { "a.manifest", "{\"as_of\":\"2026-02-30\"}", 1 } }, -1, "as_of" },
};

static void
test_picks(void **state)
{
	struct source_file f;
	struct err err;

	for (size_t i = 0; i < sizeof(picks) / sizeof(picks[0]); i++) {
		int rc;

		assert_int_equal(dir_make(state), 0);
		for (size_t j = 0; picks[i].files[j].name != NULL; j++)
			put(picks[i].files[j].name, picks[i].files[j].text,
			    picks[i].files[j].age_s);
		rc = pick("", &f, &err);
		if (rc != picks[i].rc || (rc == 0 ? strcmp(f.name, picks[i].picked) != 0 :
		    strstr(err.text, picks[i].picked) == NULL))
			fail_msg("%s: %d '%s' '%s'", picks[i].label, rc, f.name, err.text);
		assert_true(rc == 0 || f.fd == -1);
		source_file_close(&f);
		assert_int_equal(dir_remove(state), 0);
	}
}

/* Newer files that are none of ours; b.csv is picked by pattern, what a row says without. */
static const struct {
	const char	*pattern, *newest;
	int		 rc;
	const char	*picked;	/* or what err must contain */
	unsigned	 older;
} patterns[] = {
	{ "*.csv", "c.txt", 0, "b.csv", 1 },
	{ NULL, "c.txt", 0, "c.txt", 2 },
	{ "*.xml | *.csv", "c.txt", 0, "b.csv", 1 },
	{ "*.csv", "C.CSV", 0, "C.CSV", 2 },
	{ "[ab].csv", "c.csv", 0, "b.csv", 1 },
	{ "a.csv", "c.csv", 0, "a.csv", 0 },
	{ "*.csv|*.txt", "c.txt", 0, "c.txt", 2 },
	{ "*", ".c.csv", 0, "b.csv", 1 },
	{ "*", "c.csv.part", 0, "b.csv", 1 },
	{ "*", "~$c.csv", 0, "b.csv", 1 },
	{ "README*", "README.csv", 0, "README.csv", 0 },
	{ "*.xls", "c.txt", 1, "no file there that fits pattern = *.xls, 3 of other names", 0 },
	{ NULL, "README.txt", 0, "b.csv", 1 },
	{ NULL, "readme", 0, "b.csv", 1 },
	{ NULL, "b.csv.sha256", 0, "b.csv", 1 },
	{ NULL, "b.csv.asc", 0, "b.csv", 1 },
	{ NULL, "b.csv~", 0, "b.csv", 1 },
	{ NULL, ".~lock.b.csv#", 0, "b.csv", 1 },
	{ NULL, ".DS_Store", 0, "b.csv", 1 },
	{ NULL, "Thumbs.db", 0, "b.csv", 1 },
};

static void
test_patterns(void **state)
{
	struct source_file f;
	struct err err;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		int rc;

		assert_int_equal(dir_make(state), 0);
		put("a.csv", "1", 300);
		put("b.csv", "2", 200);
		put(patterns[i].newest, "3", 100);
		/* Of what no list is, a manifest that cannot be read stops nothing. */
		if (patterns[i].picked[0] == 'b')
			put("c.txt.manifest", "{", 100);
		rc = pick_like(patterns[i].pattern, "", &f, &err);
		if (rc != patterns[i].rc || (rc == 0 ? strcmp(f.name, patterns[i].picked) != 0 ||
		    f.older != patterns[i].older || !f.searched :
		    strstr(err.text, patterns[i].picked) == NULL))
			fail_msg("%zu: %d '%s' %u '%s'", i, rc, f.name, f.older, err.text);
		source_file_close(&f);
		assert_int_equal(dir_remove(state), 0);
	}
	assert_int_equal(source_pattern_check("*.csv | roster?.txt", &err), 0);
	assert_int_equal(source_pattern_check("drop/*.csv", &err), -1);
}

/* What cannot be opened is passed over, unless a pattern says that it is a list. */
static void
test_closed(void **state)
{
	struct source_file f;
	struct err err;
	char path[128];
	bool root = geteuid() == 0;	/* whom nothing is closed to */

	(void)state;
	put("a.csv", "1", 300);
	put("b.csv", "2", 200);
	(void)snprintf(path, sizeof(path), "%s/b.csv", dir);
	assert_int_equal(chmod(path, 0), 0);
	assert_int_equal(root ? chown(dir, NOBODY, NOBODY) : 0, 0);
	assert_int_equal(root ? seteuid(NOBODY) : 0, 0);
	assert_int_equal(pick("", &f, &err), 0);
	assert_string_equal(f.name, "a.csv");
	assert_string_equal(f.passed, "b.csv");
	source_file_close(&f);
	assert_int_equal(pick_like("*.csv", "", &f, &err), -1);
	assert_non_null(strstr(err.text, "b.csv cannot be opened"));
	assert_int_equal(root ? seteuid(0) : 0, 0);
}

static void
test_manifest(void **state)
{
	struct source_file f;
	struct err err;

	(void)state;
	put("x.csv", "abc", 300);
	put("x.csv.manifest", "{\"rows\": 12, \"sha256\": \"" ABC_SHA "\", \"as_of\": \"2026-11-21\"}", 1);
	assert_int_equal(pick("", &f, &err), 0);
	assert_true(f.has_manifest);
	assert_int_equal(f.rows, 12);
	assert_int_equal(f.as_of_s, 1795219200);
	assert_int_equal(f.size, 3);
	assert_string_equal(f.sha256, ABC_SHA);
	source_file_close(&f);
}

/* Links, directories and pipes are no files. */
static void
test_kinds(void **state)
{
	struct source_file f;
	struct err err;
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/link", dir);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	(void)snprintf(path, sizeof(path), "%s/pipe", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	(void)snprintf(path, sizeof(path), "%s/dir", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(pick("", &f, &err), 1);
	assert_int_equal(pick("link", &f, &err), 1);
	assert_int_equal(pick("pipe", &f, &err), 1);
	put("a b.csv", "abc", 300);
	assert_int_equal(pick("a%20b.csv", &f, &err), 0);
	assert_string_equal(f.name, "a b.csv");
	source_file_close(&f);
	put(".named", "abc", 0);	/* asked for by name, it is taken as it is */
	assert_int_equal(pick(".named", &f, &err), 0);
	source_file_close(&f);
}

static void
test_urls(void **state)
{
	static const char *const urls[] = { "", "file://", "file://host/x", "file://x",
	    "https://127.0.0.1/", "file:///nonexistent/x", "file:///tmp%", "file:///tmp%0",
	    "file:///tmp%00", "file:///tmp?x", "file:///etc/passwd/x" };
	struct source_file f = { .fd = -1 };
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		err.text[0] = '\0';
		if (source_pick(&(struct source_wanted){ .url = urls[i], .settle_s = SETTLE,
		    .now_s = NOW }, &f, &err) != -1 || err.text[0] == '\0')
			fail_msg("taken: %s", urls[i]);
	}
	assert_true(source_is_file("file:///x"));
	assert_false(source_is_file("https://x"));
}

/* --- reading ---------------------------------------------------------------------- */

struct probe {
	struct loop	*loop;
	struct source_read *read;
	struct buf	 body;
	struct timer	 later;
	unsigned	 heads, dones, pieces, resumed;
	int64_t		 content_length;
	enum http_outcome outcome;
	enum http_go	 go;
	bool		 cancel;
	const char	*touch;		/* file to change at the first piece */
};

static void
on_later(void *arg)
{
	struct probe *p = arg;

	assert_int_equal(p->dones, 0);
	if (p->cancel) {
		loop_stop(p->loop);
		return;
	}
	p->resumed++;
	source_resume(p->read);
}

static enum http_go
on_head(void *arg, const struct http_head *head)
{
	struct probe *p = arg;

	p->heads++;
	p->content_length = head->content_length;
	if (p->go == HTTP_GO_PAUSE)
		timer_set_ms(&p->later, 1);
	return p->go == HTTP_GO_STOP ? HTTP_GO_ON : p->go;
}

static enum http_go
on_data(void *arg, const char *bytes, size_t len)
{
	struct probe *p = arg;

	assert_in_range(len, 1, SOURCE_PIECE);
	assert_false(timer_is_set(&p->later));
	buf_add(&p->body, bytes, len);
	if (p->pieces++ == 0 && p->touch != NULL)
		put(p->touch, "changed", 1);
	if (p->go == HTTP_GO_PAUSE)
		timer_set_ms(&p->later, 0);
	if (p->cancel) {
		source_cancel(p->read);
		timer_set_ms(&p->later, 5);
	}
	return p->go;
}

static void
on_done(void *arg, const struct http_result *r)
{
	struct probe *p = arg;

	p->dones++;
	p->outcome = r->outcome;
	assert_int_equal(r->outcome == HTTP_OK, r->text[0] == '\0');
	loop_stop(p->loop);
}

static const struct http_events events = { .head = on_head, .data = on_data, .done = on_done };

static void
stop(void *loop)
{
	loop_stop(loop);
}

static void
probe_run(struct probe *p, const char *name, uint64_t max)
{
	struct source_file f;
	struct err err;

	if (pick(name, &f, &err) != 0)
		fail_msg("%s", err.text);
	buf_init(&p->body, 1 << 20);
	p->loop = loop_new();
	assert_non_null(p->loop);
	assert_int_equal(timer_init(&p->later, p->loop, on_later, p), 0);
	p->read = source_start(p->loop, &f, max, &events, p, &err);
	assert_non_null(p->read);
	assert_int_equal(f.fd, -1);
	assert_int_equal(loop_run(p->loop), 0);
	loop_defer(p->loop, stop, p->loop);	/* after the reader's memory is gone */
	assert_int_equal(loop_run(p->loop), 0);
	timer_fini(&p->later);
	loop_free(p->loop);
}

static char *
big_text(void)
{
	static char text[200001];

	for (size_t i = 0; i + 1 < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	return text;
}

static void
test_reads(void **state)
{
	struct probe p = { 0 };

	(void)state;
	put("big", big_text(), 300);
	probe_run(&p, "big", 1 << 20);
	assert_int_equal(p.outcome, HTTP_OK);
	assert_int_equal(p.heads, 1);
	assert_int_equal(p.pieces, 4);
	assert_int_equal(p.content_length, 200000);
	assert_int_equal(p.body.len, 200000);
	assert_memory_equal(p.body.data, big_text(), 200000);
	buf_free(&p.body);

	p = (struct probe){ .go = HTTP_GO_PAUSE };
	probe_run(&p, "big", 1 << 20);
	assert_int_equal(p.outcome, HTTP_OK);
	assert_int_equal(p.resumed, 1 + p.pieces);
	assert_int_equal(p.body.len, 200000);
	buf_free(&p.body);

	put("empty", "", 300);
	p = (struct probe){ 0 };
	probe_run(&p, "empty", 1);
	assert_int_equal(p.outcome, HTTP_OK);
	assert_int_equal(p.pieces, 0);
	buf_free(&p.body);
}

static void
test_read_ends(void **state)
{
	struct probe p = { .go = HTTP_GO_STOP };

	(void)state;
	put("big", big_text(), 300);
	probe_run(&p, "big", 1 << 20);
	assert_int_equal(p.outcome, HTTP_STOPPED);
	assert_int_equal(p.pieces, 1);
	buf_free(&p.body);

	p = (struct probe){ 0 };
	probe_run(&p, "big", 199999);
	assert_int_equal(p.outcome, HTTP_TOO_LARGE);
	assert_int_equal(p.heads, 0);
	buf_free(&p.body);

	p = (struct probe){ .cancel = true };
	probe_run(&p, "big", 1 << 20);
	assert_int_equal(p.dones, 0);
	assert_int_equal(p.pieces, 1);
	buf_free(&p.body);

	p = (struct probe){ .touch = "big" };
	probe_run(&p, "big", 1 << 20);
	assert_int_equal(p.outcome, HTTP_INCOMPLETE);
	buf_free(&p.body);

	/* Changed after its last byte was read, and to the same size. */
	put("small", "1234567", 300);
	p = (struct probe){ .touch = "small" };
	probe_run(&p, "small", 1 << 20);
	assert_int_equal(p.outcome, HTTP_INCOMPLETE);
	buf_free(&p.body);
}

static void
test_checksum(void **state)
{
	struct probe p = { 0 };

	(void)state;
	put("x", "abc", 1);
	put("x.manifest", "{\"sha256\":\"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD\"}", 1);
	probe_run(&p, "", 1 << 20);
	assert_int_equal(p.outcome, HTTP_OK);
	buf_free(&p.body);

	put("x", "abd", 1);
	p = (struct probe){ 0 };
	probe_run(&p, "", 1 << 20);
	assert_int_equal(p.outcome, HTTP_INCOMPLETE);
	buf_free(&p.body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_picks),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test_setup_teardown(test_closed, dir_make, dir_remove),
		cmocka_unit_test_setup_teardown(test_manifest, dir_make, dir_remove),
		cmocka_unit_test_setup_teardown(test_kinds, dir_make, dir_remove),
		cmocka_unit_test(test_urls),
		cmocka_unit_test_setup_teardown(test_reads, dir_make, dir_remove),
		cmocka_unit_test_setup_teardown(test_read_ends, dir_make, dir_remove),
		cmocka_unit_test_setup_teardown(test_checksum, dir_make, dir_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
