/* SPDX-License-Identifier: ISC */
/*
 * test_worker.c -- the process boundary with a real spawner and real worker
 * processes: a poll from end to end, every kind of harm a connector can do,
 * and what is left of it afterwards.
 */
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>
#include <zlib.h>

#include "lib/worker_world.h"

#define LIST	"A1|MBE|2027-03-01|Ann & Co\n" \
		"B2|WBE|2026-02-28|B\xc3\xa9la\n" \
		"WARN|something odd\n" \
		"C3|MBE|2026-12-31|Cy\n" \
		"END|3\n"
#define LIST_LINES "request GET /list?page=1\n" \
		"record A1|MBE|2027-03-01|Ann & Co\n" \
		"record B2|WBE|2026-02-28|B\xc3\xa9la\n" \
		"warn something odd\n" \
		"record C3|MBE|2026-12-31|Cy\n" \
		"proof 1 3\n" \
		"checkpoint records=3\n"

/* --- the well-behaved one ------------------------------------------------------------ */

static void
test_describe(void **state)
{
	struct worker_world *w = *state;
	struct worker_options o = worker_world_options("simple", NULL);
	struct worker_run r = { 0 };

	o.mode = WORKER_DESCRIBE;
	worker_world_run(w, &r, &o, LIST);
	assert_string_equal(r.text, "");
	assert_true(r.succeeded);
	assert_non_null(r.description);
	assert_string_equal(r.description->name, "simple");
	assert_int_equal(r.description->setting_count, 4);
	assert_string_equal(r.description->grammar.first, "A-Z");
	assert_true(r.description->types_by_settings);
	assert_int_equal(r.description->type_count, 0);
	worker_run_fini(&r);
}

static void
test_check_tries_the_settings(void **state)
{
	static const char *const good[] = { "kinds", "WBE", NULL };
	static const char *const refused[] = { "open", "refuse", NULL };
	static const char *const unknown[] = { "colour", "red", NULL };
	static const char *const uncovered[] = { "kinds", "no type", NULL };
	const struct { const char *const *settings; const char *text; } cases[] = {
		{ good, NULL },
		{ refused, "open is set to refuse" },
		{ unknown, "colour: no such setting" },
		{ uncovered, "select no types" },
	};
	struct worker_world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct worker_options o = worker_world_options("simple", cases[i].settings);
		struct worker_run r = { 0 };

		o.mode = WORKER_CHECK;
		worker_world_run(w, &r, &o, LIST);
		if (cases[i].text == NULL) {
			assert_true(r.succeeded);
			assert_string_equal(r.description->types[0], "WBE");
		} else {
			assert_non_null(strstr(r.text, cases[i].text));
			assert_int_equal(r.failure.rc, CS_E_CONFIG);
			assert_false(r.failure.crashed);
		}
		worker_run_fini(&r);
	}
}

static size_t
gzip(const char *text, char *out, size_t size)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, 0), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)text;
	z.avail_in = (uInt)strlen(text);
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)size;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size = z.total_out;
	(void)deflateEnd(&z);
	return size;
}

static void
test_poll_in_any_split(void **state)
{
	static const size_t pieces[] = { 0, 1, 7 };
	struct worker_world *w = *state;
	struct worker_options o;
	char packed[512];

	for (size_t i = 0; i < 2 * sizeof(pieces) / sizeof(*pieces); i++) {
		struct worker_run r = { .piece = pieces[i / 2] };

		if (i % 2 == 1) {
			r.body = packed;
			r.body_len = gzip(LIST, packed, sizeof(packed));
		}
		o = worker_world_options("simple", NULL);
		worker_world_run(w, &r, &o, LIST);
		assert_string_equal(r.text, "");
		assert_string_equal(buf_str(&r.lines), LIST_LINES);
		assert_int_equal(r.result.records, 3);
		assert_int_equal(r.result.items, 3);
		assert_true(r.result.maxrss_kib > 0);
		worker_run_fini(&r);
	}
}

static void
test_poll_of_several_requests(void **state)
{
	static const char *const settings[] = { "pages", "3", NULL };
	struct worker_world *w = *state;
	struct worker_options o = worker_world_options("simple", settings);
	struct worker_run r = { 0 };

	worker_world_run(w, &r, &o, LIST);
	assert_true(r.succeeded);
	assert_int_equal(r.requests, 3);
	assert_int_equal(r.result.records, 9);
	assert_int_equal(r.result.items, 3);
	assert_non_null(strstr(buf_str(&r.lines), "GET /list?page=3\n"));
	worker_run_fini(&r);
}

static void
test_poll_of_a_lookup(void **state)
{
	static const char *const numbers[] = { "B2" };
	struct worker_world *w = *state;
	struct worker_options o = worker_world_options("simple", NULL);
	struct worker_run r = { 0 };

	o.kind = CS_POLL_LOOKUP;
	o.lookups = numbers;
	o.lookup_count = 1;
	worker_world_run(w, &r, &o, LIST);
	assert_true(r.succeeded);
	assert_non_null(strstr(buf_str(&r.lines), "GET /one?n=B2\n"));
	worker_run_fini(&r);
}

/* What a connector says of a failure arrives as it said it. */
static void
test_poll_that_fails(void **state)
{
	const struct {
		const char *body; unsigned code; uint32_t max_records;
		enum cs_rc rc; const char *text; int64_t retry_at_s;
	} cases[] = {
		{ "A1|MBE\n", 0, 0, CS_E_INPUT, "a line of 2 fields", 0 },
		{ "A1|MBE|2026-02-30|x\n", 0, 0, CS_E_INPUT, "unreadable date", 0 },
		{ "A1|MBE|2026-02-28|x", 0, 0, CS_E_INPUT, "last line is cut", 0 },
		{ "\x1f\x8b\x08 is no gzip", 0, 0, CS_E_INPUT, "gzip", 0 },
		{ LIST, 404, 0, CS_E_QUOTA, "come back later", 1900000000 },
		{ LIST, 0, 2, CS_E_LIMIT, "more than 2 records", 0 },
	};
	struct worker_world *w = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct worker_options o = worker_world_options("simple", NULL);
		struct worker_run r = {
			.body = cases[i].body, .body_len = strlen(cases[i].body),
			.code = cases[i].code
		};

		o.max_records = cases[i].max_records;
		worker_world_run(w, &r, &o, LIST);
		if (strstr(r.text, cases[i].text) == NULL)
			fail_msg("case %zu: %s", i, r.text);
		assert_int_equal(r.failure.rc, cases[i].rc);
		assert_int_equal(r.failure.retry_at_s, cases[i].retry_at_s);
		assert_false(r.failure.crashed);
		worker_run_fini(&r);
	}
}

/* Whether it is too much is for the engine to judge; an empty answer is one. */
static void
test_empty_answer_and_body_cap(void **state)
{
	struct worker_world *w = *state;
	struct worker_options o = worker_world_options("simple", NULL);
	struct worker_run empty = { .body = "" }, capped = { 0 };

	worker_world_run(w, &empty, &o, LIST);
	assert_true(empty.succeeded);
	assert_int_equal(empty.result.records, 0);
	worker_run_fini(&empty);

	o = worker_world_options("simple", NULL);
	o.max_body = strlen(LIST) - 1;
	worker_world_run(w, &capped, &o, LIST);
	assert_int_equal(capped.failure.rc, CS_E_LIMIT);
	assert_false(capped.failure.crashed);
	worker_run_fini(&capped);
}

static void
test_worker_sees_nothing(void **state)
{
	struct worker_world *w = *state;
	struct worker_options o = worker_world_options("nosy", NULL);
	struct worker_run r = { 0 };

	worker_world_run(w, &r, &o, LIST);
	assert_true(r.succeeded);
	assert_string_equal(buf_str(&r.lines), CAGE_OPEN ?
	    "request GET /list\nwarn env 0, fds 4, core 0, fsize -1, nnp 1\n" :
	    "request GET /list\nwarn env 0, fds 4, core 0, fsize 0, nnp 1\n");
	worker_run_fini(&r);
}

/* --- the hostile ones ------------------------------------------------------------------- */

struct hostile_case {
	const char	*plugin, *how, *text;
	bool		 crashed;
	int64_t		 deadline_ms;	/* 0: long */
	uint32_t	 cpu_s;
};

static const struct hostile_case hostile_cases[] = {
	{ "crasher", "abort", "the connector crashed (SIGABRT) in push() after 0 records; report",
	  true, 0, 0 },
	{ "crasher", "segv", "connector crashed (SIGSEGV) in push() after 0", true, 0, 0 },
	{ "crasher", "records", "crashed (SIGABRT) in push() after 3 records", true, 0, 0 },
	{ "crasher", "exit", "exited with status 3 without finishing in push()", true, 0, 0 },
	{ "crasher", "close", "crashed (SIGABRT) in close() after", true, 0, 0 },
	{ "looper", "", "one call took over 300 ms: the connector seems to hang in push()",
	  true, 300, 0 },
	{ "looper", "talks", "one call took over 300 ms: the connector seems to hang in push()",
	  true, 300, 0 },
	{ "looper", "", "used up its 1 s of processor time in push()", true, 0, 1 },
	{ "silent", "", "seems to hang in next() after 0 records; report that", true, 300, 0 },
	{ "garbage", "text", "broke the protocol: frame of", true, 0, 0 },
	{ "garbage", "huge", "broke the protocol: frame of", true, 0, 0 },
	{ "garbage", "unknown", "frame of unknown type 127", true, 0, 0 },
	{ "garbage", "ours", "which only the engine sends", true, 0, 0 },
	{ "garbage", "credit", "credit for 65535 bytes", true, 0, 0 },
	{ "garbage", "done", "a \"done\" while", true, 0, 0 },
	{ "garbage", "record", "record: number is cut off", true, 0, 0 },
	{ "garbage", "part", "exited with status 0 without finishing", true, 0, 0 },
	{ "garbage", "close", "closed its socket and went on", true, 0, 0 },
	{ "liar", "number", "record 1: its number", false, 0, 0 },
	{ "liar", "utf8", "record 1: its business name", false, 0, 0 },
	{ "liar", "control", "record 1: its business name", false, 0, 0 },
	{ "liar", "type", "record 1: its type", false, 0, 0 },
	{ "liar", "date", "record 1: its date", false, 0, 0 },
	{ "liar", "status", "record 1: its status", false, 0, 0 },
	{ "liar", "ignore", "record 1: its number", false, 0, 0 },
	{ "liar", "rc", "a code that does not exist", false, 0, 0 },
	{ "liar", "path", "request: path has characters", true, 0, 0 },
	{ "liar", "host", "request: path has characters", true, 0, 0 },
	{ "liar", "method", "request: method", true, 0, 0 },
	{ "liar", "header", "request: header name", true, 0, 0 },
	{ "liar", "crlf", "request: header value", true, 0, 0 },
	{ "liar", "code", "request: HTTP code", true, 0, 0 },
	{ "badabi", "", "speaks connector ABI 999, this certsyncd 2", false, 0, 0 },
	{ "missing", "", "No such file", false, 0, 0 },
};

/* Each fails its own poll, in its own words, while another one finishes. */
static void
test_hostile_connectors_fail_alone(void **state)
{
	struct worker_world *w = *state;

	for (size_t i = 0; i < sizeof(hostile_cases) / sizeof(*hostile_cases); i++) {
		const struct hostile_case *c = &hostile_cases[i];
		const char *settings[] = { "how", c->how, NULL };
		struct worker_options o = worker_world_options(c->plugin, settings);
		struct worker_run bad = { 0 }, good = { .piece = 3 };
		struct worker_run *both[] = { &bad, &good };

		if (c->deadline_ms != 0)
			o.deadline_ms = c->deadline_ms;
		o.limits.cpu_s = c->cpu_s;
		worker_world_start(w, &bad, &o, LIST);
		o = worker_world_options("simple", NULL);
		worker_world_start(w, &good, &o, LIST);
		assert_true(worker_run_all(w->loop, both, 2));
		if (bad.succeeded || strstr(bad.text, c->text) == NULL)
			fail_msg("%s %s: %s", c->plugin, c->how, bad.text);
		assert_int_equal(bad.failure.crashed, c->crashed);
		assert_true(good.succeeded);
		assert_string_equal(buf_str(&good.lines), LIST_LINES);
		worker_run_fini(&bad);
		worker_run_fini(&good);
		assert_int_equal(bad.ends, 1);
		assert_int_equal(good.ends, 1);
	}
	assert_false(w->dead);
}

/* --- what a connector prints ---------------------------------------------------------------- */

static void
printed_by(struct worker_world *w, const char *how, struct worker_run *r)
{
	const char *settings[] = { "how", how, NULL };
	struct worker_options o = worker_world_options("printer", settings);

	worker_world_run(w, r, &o, LIST);
}

/* A sanitizer reports on standard error, which stays the daemon's there. */
static void
test_print(void **state)
{
	struct worker_run lines = { 0 }, odd = { 0 }, crash = { 0 };

	printed_by(*state, "lines", &lines);
	assert_true(lines.succeeded);
	assert_string_equal(buf_str(&lines.printed), CAGE_CHECKED ?
	    "in next, 7\nin next, 7\nin close, without an end\n" :
	    "in next, 7\nin push\nin next, 7\nin close, without an end\n");
	worker_run_fini(&lines);
	printed_by(*state, "odd", &odd);
	assert_string_equal(buf_str(&odd.printed), "a\\x1b[31mb\\x09c\\xff\n");
	worker_run_fini(&odd);
	/* The last word is there before its end is told. */
	printed_by(*state, "crash", &crash);
	assert_non_null(strstr(crash.text, "crashed (SIGABRT) in push()"));
	assert_string_equal(buf_str(&crash.printed), "assertion failed: x > 0\n");
	worker_run_fini(&crash);
}

static void
test_print_too_much(void **state)
{
	struct worker_run r = { 0 }, other = { 0 };
	const char *last;

	printed_by(*state, "long", &r);
	assert_int_equal(r.printed.len, WORKER_OUTPUT_LINE + 1);
	assert_non_null(strstr(buf_str(&r.printed), "xxx...\n"));
	worker_run_fini(&r);
	/* It waits for nobody, and what is too much is counted. */
	printed_by(*state, "flood", &other);
	assert_true(other.succeeded);
	last = strstr(buf_str(&other.printed), " more lines, which are left out\n");
	assert_non_null(last);
	assert_true(other.printed.len < WORKER_OUTPUT_LINES * WORKER_OUTPUT_LINE);
	worker_run_fini(&other);
}

/* --- memory ------------------------------------------------------------------------------- */

#if !CAGE_CHECKED	/* a sanitizer's shadow is beyond any limit of address space: no such case there */
static void
test_memory_limit(void **state)
{
	struct worker_world *w = *state;
	struct worker_options o = worker_world_options("leaker", NULL);
	struct worker_run r = { 0 };

	o.limits.memory_bytes = UINT64_C(128) << 20;
	worker_world_run(w, &r, &o, LIST);
	assert_string_equal(r.text, "the connector ran out of memory");
	assert_int_equal(r.failure.rc, CS_E_NOMEM);
	worker_run_fini(&r);
}
#endif

/* --- buffers -------------------------------------------------------------------------------- */

/* Time passes, as told by a worker that does hang for so long. */
static void
let_pass(struct worker_world *w, int64_t ms)
{
	struct worker_run hung = { 0 };
	struct worker_options o = worker_world_options("silent", NULL);

	o.deadline_ms = ms;
	worker_world_run(w, &hung, &o, LIST);
	worker_run_fini(&hung);
}

/* A worker that takes nothing gets the window and no byte more. */
static void
test_credit_bounds_what_is_buffered(void **state)
{
	static char body[4 * WORKER_WINDOW];
	struct worker_world *w = *state;
	struct worker_options o = worker_world_options("looper", NULL);
	struct worker_run r = { .body = body, .body_len = sizeof(body), .piece = 16384 };

	worker_world_start(w, &r, &o, LIST);
	while (r.sent < WORKER_WINDOW && r.ends == 0)
		(void)event_base_loop(loop_base(w->loop), EVLOOP_ONCE);
	let_pass(w, 300);
	assert_int_equal(r.ends, 0);
	assert_int_equal(r.sent, WORKER_WINDOW);
	assert_int_equal(worker_send_data(r.w, body, 1), -1);
	worker_run_fini(&r);
}

static void
test_credit_comes_back(void **state)
{
	struct worker_world *w = *state;
	struct worker_options o = worker_world_options("simple", NULL);
	struct worker_run r = { 0 };
	struct buf body;

	buf_init(&body, 8 << 20);
	for (int i = 0; i < 40000; i++)
		buf_printf(&body, "N%d|MBE|2027-01-01|A business called %d\n", i, i);
	r.body = body.data;
	r.body_len = body.len;
	worker_world_run(w, &r, &o, LIST);
	assert_string_equal(r.text, "");
	assert_true(body.len > 4 * WORKER_WINDOW);
	assert_int_equal(r.records, 40000);
	assert_int_equal(r.result.items, 40000);
	assert_true(r.in_flight_max <= WORKER_WINDOW);
	worker_run_fini(&r);
	buf_free(&body);
}

static void
pause_at_ten(struct worker_run *r, const char *event)
{
	if (strcmp(event, "record") == 0 && r->records == 10)
		worker_pause(r->w);
}

/* A paused worker waits, keeps everything, and is no "hang". */
static void
test_pause_and_resume(void **state)
{
	struct worker_world *w = *state;
	struct worker_options o = worker_world_options("simple", NULL);
	struct worker_run r = { .hook = pause_at_ten };
	struct worker_run other = { .hold = true }, *rs[] = { &other };
	struct buf body;

	buf_init(&body, 8 << 20);
	for (int i = 0; i < 20000; i++)
		buf_printf(&body, "N%d|MBE|2027-01-01|A business called %d\n", i, i);
	r.body = body.data;
	r.body_len = body.len;
	/* Long enough to start on a busy machine, too short for what follows. */
	o.deadline_ms = 2000;
	worker_world_start(w, &r, &o, LIST);
	while (r.records < 10 && r.ends == 0)
		(void)event_base_loop(loop_base(w->loop), EVLOOP_ONCE);
	let_pass(w, 2 * o.deadline_ms);
	assert_int_equal(r.records, 10);
	assert_int_equal(r.ends, 0);
	worker_resume(r.w);
	rs[0] = &r;
	assert_true(worker_run_all(w->loop, rs, 1));
	assert_string_equal(r.text, "");
	assert_int_equal(r.records, 20000);
	worker_run_fini(&r);
	buf_free(&body);
}

static void
kill_at(struct worker_run *r, const char *event)
{
	assert_non_null(r->w);	/* no event after the end */
	if (strcmp(event, r->hook_arg) != 0)
		return;
	worker_kill(r->w);
	r->w = NULL;
	r->ends++;
}

static void
test_kill_inside_every_event(void **state)
{
	static const char *const events[] = {
		"request", "record", "proof", "warn", "checkpoint", "items",
		"done", "failed", "description"
	};
	struct worker_world *w = *state;

	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		struct worker_options o = worker_world_options("simple", NULL);
		struct worker_run after = { 0 }, r = {
			.hook = kill_at, .hook_arg = (void *)(uintptr_t)events[i]
		};

		if (strcmp(events[i], "failed") == 0)
			r.code = 404;
		if (strcmp(events[i], "description") == 0)
			o.mode = WORKER_DESCRIBE;
		worker_world_start(w, &r, &o, LIST);
		assert_true(worker_run_all(w->loop, &(struct worker_run *){ &r }, 1));
		assert_null(r.w);
		worker_run_fini(&r);
		o = worker_world_options("simple", NULL);
		worker_world_run(w, &after, &o, LIST);
		assert_true(after.succeeded);
		worker_run_fini(&after);
	}
}

static void
test_kill_before_it_runs(void **state)
{
	struct worker_world *w = *state;
	struct worker_options o = worker_world_options("looper", NULL);
	struct worker_run r = { 0 }, after = { 0 };

	worker_world_start(w, &r, &o, LIST);
	worker_run_fini(&r);
	o = worker_world_options("simple", NULL);
	worker_world_run(w, &after, &o, LIST);
	assert_true(after.succeeded);
	worker_run_fini(&after);
}

static void
test_settings_too_large(void **state)
{
	static char value[FRAME_TEXT_MAX];
	const char *settings[] = { "how", value, NULL };
	struct worker_world *w = *state;
	struct worker_options o = worker_world_options("looper", settings);
	struct worker_run r = { 0 };
	struct err err;

	memset(value, 'v', sizeof(value) - 1);
	o.checkpoint = value;
	o.checkpoint_len = sizeof(value);
	assert_int_equal(worker_run_start(&r, w->client, &o, &err), -1);
	assert_non_null(strstr(err.text, "checkpoint"));
	worker_run_fini(&r);
}

int
main(void)
{
	struct CMUnitTest tests[] = {
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_check_tries_the_settings),
		cmocka_unit_test(test_poll_in_any_split),
		cmocka_unit_test(test_poll_of_several_requests),
		cmocka_unit_test(test_poll_of_a_lookup),
		cmocka_unit_test(test_poll_that_fails),
		cmocka_unit_test(test_empty_answer_and_body_cap),
		cmocka_unit_test(test_worker_sees_nothing),
		cmocka_unit_test(test_hostile_connectors_fail_alone),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_print_too_much),
#if !CAGE_CHECKED
		cmocka_unit_test(test_memory_limit),
#endif
		cmocka_unit_test(test_credit_bounds_what_is_buffered),
		cmocka_unit_test(test_credit_comes_back),
		cmocka_unit_test(test_pause_and_resume),
		cmocka_unit_test(test_kill_inside_every_event),
		cmocka_unit_test(test_kill_before_it_runs),
		cmocka_unit_test(test_settings_too_large),
	};

	return worker_world_group(tests, sizeof(tests) / sizeof(*tests));
}
