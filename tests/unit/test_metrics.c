/* SPDX-License-Identifier: ISC */
/* test_metrics.c -- counting, and the text that Prometheus reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "core/transition.h"
#include "engine/ops/expose.h"
#include "engine/poll/poll.h"
#include "engine/state/metrics.h"

#define LABELS(...)	((const char *const[]){ __VA_ARGS__, NULL })

static void
test_exposition(void **state)
{
	struct buf out;
	struct expose e = { .out = &out };

	(void)state;
	buf_init(&out, 4096);
	expose_family(&e, "x_total", "counter", "What x is.");
	expose_int(&e, NULL, 7);
	expose_int(&e, LABELS("a", "b", "c", ""), INT64_MIN);
	expose_double(&e, LABELS("a", "b"), 0.25);
	expose_double(&e, NULL, 1795310991.125);
	expose_double(&e, NULL, -INFINITY);
	expose_double(&e, NULL, (double)NAN);
	assert_string_equal(buf_str(&out),
	    "# HELP x_total What x is.\n# TYPE x_total counter\nx_total 7\n"
	    "x_total{a=\"b\",c=\"\"} -9223372036854775808\nx_total{a=\"b\"} 0.25\n"
	    "x_total 1795310991.125\nx_total -Inf\nx_total NaN\n");
	buf_free(&out);
}

/* Group names come from others: none may end its label, its line or the page. */
static void
test_labels_are_escaped(void **state)
{
	static const struct { const char *value, *shown; } cases[] = {
		{ "plain-1", "plain-1" }, { "caf\xc3\xa9", "caf\xc3\xa9" },
		{ "a\"b", "a\\\"b" }, { "a\\b", "a\\\\b" },
		{ "a\nb 1\n", "a\\\\x0ab 1\\\\x0a" }, { "\xff", "\\\\xff" }
	};
	struct buf out;
	char want[128];

	(void)state;
	buf_init(&out, 4096);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct expose e = { .out = &out, .name = "x" };

		buf_clear(&out);
		expose_int(&e, LABELS("group", cases[i].value), 1);
		(void)snprintf(want, sizeof(want), "x{group=\"%s\"} 1\n", cases[i].shown);
		assert_string_equal(buf_str(&out), want);
	}
	buf_free(&out);
}

static void
test_polls(void **state)
{
	struct metrics_connector m = { .duration_ms = 0 };
	struct buf out;
	struct expose e = { .out = &out, .name = "d" };

	(void)state;
	metrics_poll(&m, CS_POLL_FULL, POLL_COMMITTED, 0);
	metrics_poll(&m, CS_POLL_FULL, POLL_COMMITTED, 1000);
	metrics_poll(&m, CS_POLL_DELTA, POLL_FAILED, 1001);
	metrics_poll(&m, CS_POLL_FULL, POLL_HELD, 3600001);
	metrics_poll(&m, CS_POLL_LOOKUP, POLL_COMMITTED, 7);
	metrics_poll(&m, CS_POLL_LOOKUP, POLL_FAILED, 7);
	metrics_poll(&m, CS_POLL_LOOKUP, POLL_HELD, 7);
	assert_int_equal(m.polls[CS_POLL_FULL][POLL_COMMITTED], 2);
	assert_int_equal(m.polls[CS_POLL_FULL][POLL_HELD], 1);
	assert_int_equal(m.polls[CS_POLL_FULL][POLL_UNCHANGED], 0);
	assert_int_equal(m.polls[CS_POLL_DELTA][POLL_FAILED], 1);
	assert_int_equal(m.lookups[0], 1);
	assert_int_equal(m.lookups[1], 2);
	assert_int_equal(m.duration_ms, 3602002);
	buf_init(&out, 4096);
	expose_histogram(&e, LABELS("connector", "s"), metrics_bounds_s, m.duration, METRICS_BUCKETS, 3602.002);
	assert_string_equal(buf_str(&out),
	    "d_bucket{connector=\"s\",le=\"1\"} 2\nd_bucket{connector=\"s\",le=\"5\"} 3\n"
	    "d_bucket{connector=\"s\",le=\"15\"} 3\nd_bucket{connector=\"s\",le=\"60\"} 3\n"
	    "d_bucket{connector=\"s\",le=\"300\"} 3\nd_bucket{connector=\"s\",le=\"900\"} 3\n"
	    "d_bucket{connector=\"s\",le=\"3600\"} 3\nd_bucket{connector=\"s\",le=\"+Inf\"} 4\n"
	    "d_sum{connector=\"s\"} 3602.002\nd_count{connector=\"s\"} 4\n");
	buf_free(&out);
}

static void
test_answers(void **state)
{
	struct metrics_connector m = { .duration_ms = 0 };

	(void)state;
	for (unsigned code = 0; code < 700; code += 100)
		metrics_answer(&m, code);
	metrics_answer(&m, 304);
	metrics_answer(&m, 99999);
	assert_int_equal(m.answers[METRICS_CODE_NONE], 3);	/* 0, 600, 99999 */
	assert_int_equal(m.answers[3], 2);
	assert_int_equal(m.answers[5], 1);
	assert_int_equal(m.not_modified, 1);
}

static void
test_transitions(void **state)
{
	struct metrics m = { .erased = 0 };
	struct badge before = { .status = BADGE_VERIFIED };
	struct transition t = { .after = { .status = BADGE_VERIFIED } };

	(void)state;
	metrics_transition(&m, NULL, &t, CAUSE_CLAIM);
	metrics_transition(&m, &before, &t, CAUSE_POLL);	/* renewed: nothing */
	t.case_opened = true;
	metrics_transition(&m, &before, &t, CAUSE_POLL);
	t = (struct transition){ .after = { .status = BADGE_EXPIRED }, .case_closed = true };
	metrics_transition(&m, &before, &t, CAUSE_EXPIRY);
	before.status = BADGE_REVIEW;
	metrics_transition(&m, &before, &t, CAUSE_EXPIRY);
	assert_int_equal(m.transitions[METRICS_NEW][BADGE_VERIFIED], 1);
	assert_int_equal(m.transitions[BADGE_VERIFIED][BADGE_VERIFIED], 0);
	assert_int_equal(m.transitions[BADGE_VERIFIED][BADGE_EXPIRED], 1);
	assert_int_equal(m.transitions[BADGE_REVIEW][BADGE_EXPIRED], 1);
	assert_int_equal(m.worsened[CAUSE_POLL], 1);
	assert_int_equal(m.worsened[CAUSE_EXPIRY], 1);
	assert_int_equal(m.cases_opened, 1);
	assert_int_equal(m.cases_closed, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exposition), cmocka_unit_test(test_labels_are_escaped),
		cmocka_unit_test(test_polls), cmocka_unit_test(test_answers), cmocka_unit_test(test_transitions)
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
