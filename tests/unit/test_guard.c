/* SPDX-License-Identifier: ISC */
/*
 * test_guard.c -- every threshold of the guard with its neighbours, the order
 * of tallies, and the window that counts are kept in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/guard.h"

#define DAY_S		86400
#define WEEK_S		(7 * DAY_S)
#define NOW_S		INT64_C(1795000000)

static const struct guard_policy usual = {
	.window_s = WEEK_S, .share = 0.2, .count = 5, .max = 500, .total = 2000
};

static const struct {
	const char	*type;
	uint64_t	 verified, worse;
	bool		 pass;
} thresholds[] = {
	/* Nothing, and one of one: a single badge is no pattern. */
	{ "*", 0, 0, true }, { "*", 0, 1, true }, { "*", 1, 1, true }, { "*", 1, 2, true },
	/* Every one of two or more. */
	{ "*", 2, 1, true }, { "*", 2, 2, false }, { "*", 3, 2, true }, { "*", 3, 3, false },
	{ "*", 5, 4, true }, { "*", 5, 5, false },
	/* More than 5 of fewer than 100. */
	{ "*", 6, 5, true }, { "*", 6, 6, false }, { "*", 12, 5, true }, { "*", 12, 6, false },
	{ "*", 99, 5, true }, { "*", 99, 6, false },
	{ "*", 0, 5, true }, { "*", 0, 6, false },
	/* More than 20 % of 100 or more. */
	{ "*", 100, 6, true }, { "*", 100, 20, true }, { "*", 100, 21, false },
	{ "*", 101, 20, true }, { "*", 101, 21, false },
	{ "*", 1000, 200, true }, { "*", 1000, 201, false },
	{ "*", 2500, 500, true }, { "*", 2500, 501, false },
	/* More than 500 of one connector, whatever its size. */
	{ "*", 100000, 500, true }, { "*", 100000, 501, false },
	/* The same of a type code, but for the 500. */
	{ "WOSB", 2, 2, false }, { "WOSB", 12, 6, false }, { "WOSB", 100, 21, false },
	{ "WOSB", 100000, 501, true }, { "WOSB", 100000, 20001, false },
};

static void
test_thresholds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(thresholds) / sizeof(thresholds[0]); i++) {
		struct guard_tally t = { .verified = thresholds[i].verified, .worse = thresholds[i].worse };
		struct err why = { .text = "" };

		(void)snprintf(t.type, sizeof(t.type), "%s", thresholds[i].type);
		if (guard_judge(&usual, &t, 1, &why) != thresholds[i].pass)
			fail_msg("%s: %u of %u: %s", t.type, (unsigned)t.worse, (unsigned)t.verified, why.text);
		assert_int_equal(why.text[0] == '\0', thresholds[i].pass);
	}
}

static void
test_alarm(void **state)
{
	struct err why;

	(void)state;
	assert_false(guard_alarms(&usual, 0, &why));
	assert_false(guard_alarms(&usual, 2000, &why));
	assert_true(guard_alarms(&usual, 2001, &why));
	assert_string_equal(why.text, "2001 badges of all connectors got worse within 168 h, more than 2000");
}

static void
test_reasons(void **state)
{
	struct guard_tally t[] = {
		{ .type = "*", .verified = 12, .worse = 7 },
		{ .type = "WOSB", .verified = 2, .worse = 2 },
	};
	struct err why;

	(void)state;
	assert_false(guard_judge(&usual, t, 2, &why));
	assert_string_equal(why.text,
	    "7 of 12 verified badges get worse within 168 h: more than 5 of fewer than 100");
	assert_false(guard_judge(&usual, t + 1, 1, &why));
	assert_string_equal(why.text, "2 of 2 verified badges of type WOSB get worse within 168 h: every one");
}

/* Neither the order of tallies nor that of changes makes a difference. */
static void
test_order(void **state)
{
	static const char *const types[] = { "*", "A", "B", "C", "D" };
	struct guard_tally t[5], turned[5];
	struct err a, b;

	(void)state;
	srand(7);
	for (int round = 0; round < 5000; round++) {
		for (size_t i = 0; i < 5; i++) {
			t[i] = (struct guard_tally){ .verified = (uint64_t)rand() % 130, .worse = (uint64_t)rand() % 9 };
			(void)snprintf(t[i].type, sizeof(t[i].type), "%s", types[i]);
			turned[4 - i] = t[i];
		}
		a.text[0] = b.text[0] = '\0';
		assert_int_equal(guard_judge(&usual, t, 5, &a), guard_judge(&usual, turned, 5, &b));
		assert_string_equal(a.text, b.text);
	}
}

/* --- the window --------------------------------------------------------------- */

static struct guard_tally
tally(const struct guard_window *w, const char *type)
{
	struct guard_tally tallies[GUARD_TALLIES_MAX];
	size_t n = guard_window_tally(w, tallies);

	return *guard_tally_of(tallies, &n, type);
}

static void
test_window_forgets(void **state)
{
	struct guard_window w = { .count = 0 };

	(void)state;
	assert_int_equal(guard_window_look(&w, NOW_S, WEEK_S, "*", 100), 0);
	assert_int_equal(guard_window_add(&w, NOW_S, WEEK_S, "*", 3), 0);
	assert_int_equal(guard_window_add(&w, NOW_S + 2 * DAY_S, WEEK_S, "*", 4), 0);
	assert_int_equal(guard_window_look(&w, NOW_S + 2 * DAY_S, WEEK_S, "*", 90), 0);
	assert_int_equal(tally(&w, "*").verified, 100);
	assert_int_equal(tally(&w, "*").worse, 7);
	/* A bucket is kept until all of it is over: never shorter than the window. */
	guard_window_roll(&w, NOW_S + WEEK_S, WEEK_S);
	assert_int_equal(tally(&w, "*").worse, 7);
	guard_window_roll(&w, NOW_S + WEEK_S + DAY_S, WEEK_S);
	assert_int_equal(tally(&w, "*").worse, 4);
	assert_int_equal(tally(&w, "*").verified, 90);
	guard_window_roll(&w, NOW_S + 4 * WEEK_S, WEEK_S);
	assert_int_equal(tally(&w, "*").worse, 0);
	guard_window_free(&w);
}

static void
test_window_clock_back(void **state)
{
	struct guard_window w = { .count = 0 };

	(void)state;
	assert_int_equal(guard_window_add(&w, NOW_S + 400 * DAY_S, WEEK_S, "*", 3), 0);
	assert_int_equal(guard_window_add(&w, NOW_S, WEEK_S, "*", 2), 0);
	assert_int_equal(tally(&w, "*").worse, 5);
	guard_window_roll(&w, NOW_S + 2 * WEEK_S, WEEK_S);
	assert_int_equal(tally(&w, "*").worse, 0);
	guard_window_free(&w);
}

static void
test_window_types(void **state)
{
	struct guard_window w = { .count = 0 };
	char type[GUARD_TYPE_SIZE];

	(void)state;
	for (int i = 0; i < GUARD_TYPES_MAX + 10; i++) {
		(void)snprintf(type, sizeof(type), "T%d", i);
		assert_int_equal(guard_window_add(&w, NOW_S, WEEK_S, type, 1), 0);
		assert_int_equal(guard_window_add(&w, NOW_S, WEEK_S, "*", 1), 0);
	}
	assert_int_equal(tally(&w, "*").worse, GUARD_TYPES_MAX + 10);
	assert_int_equal(tally(&w, "T0").worse, 1);
	assert_true(w.count <= GUARD_ENTRIES_MAX);
	guard_window_free(&w);
}

/* However long it goes on, the window stays bounded, and so does what is stored. */
static void
test_window_bounded(void **state)
{
	struct guard_window w = { .count = 0 };
	char type[GUARD_TYPE_SIZE];
	int64_t window_s = DAY_S;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		(void)snprintf(type, sizeof(type), "T%d", i % 40);
		assert_int_equal(guard_window_add(&w, NOW_S + i * 600, window_s, type, 1), 0);
		if (i == 10000)
			window_s = WEEK_S;
	}
	assert_true(w.count <= 40 * (GUARD_BUCKETS + 2));
	guard_window_free(&w);
}

static void
test_window_stored(void **state)
{
	struct guard_window w = { .count = 0 }, back;
	struct buf a, b;

	(void)state;
	buf_init(&a, 65536);
	buf_init(&b, 65536);
	assert_int_equal(guard_window_look(&w, NOW_S, WEEK_S, "*", 12), 0);
	assert_int_equal(guard_window_add(&w, NOW_S, WEEK_S, "WOSB", 3), 0);
	assert_int_equal(guard_window_add(&w, NOW_S + DAY_S, WEEK_S, "-", 1), 0);
	guard_window_text(&w, &a);
	assert_int_equal(guard_window_parse(buf_str(&a), &back), 0);
	guard_window_text(&back, &b);
	assert_string_equal(buf_str(&a), buf_str(&b));
	guard_window_free(&back);
	/* What is damaged is left out; the rest counts. */
	assert_int_equal(guard_window_parse("x;1795000000 * 5;1795000000 * 5 4 3;1795000000 * 5 4;;-1 * 1 1", &back), 0);
	assert_int_equal(back.count, 1);
	assert_int_equal(tally(&back, "*").worse, 4);
	guard_window_free(&back);
	guard_window_free(&w);
	buf_free(&a);
	buf_free(&b);
}

/* A window shorter than its buckets: a second each. */
static void
test_window_short(void **state)
{
	struct guard_window w = { .count = 0 };

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(guard_window_add(&w, NOW_S + i, GUARD_BUCKETS - 1, "*", 1), 0);
	assert_int_equal(w.count, 3);
	guard_window_roll(&w, NOW_S + GUARD_BUCKETS, GUARD_BUCKETS - 1);
	assert_int_equal(tally(&w, "*").worse, 2);
	guard_window_free(&w);
}

/* Entries that a wider window makes one: the counts add up, the most verified stays. */
static void
test_window_joined(void **state)
{
	static const uint64_t verified[][2] = { { 7, 9 }, { 9, 7 }, { 8, 8 } };

	(void)state;
	for (size_t i = 0; i < sizeof(verified) / sizeof(verified[0]); i++) {
		struct guard_window w = { .count = 0 };

		for (int k = 0; k < 2; k++) {
			assert_int_equal(guard_window_look(&w, NOW_S + k, GUARD_BUCKETS, "*", verified[i][k]), 0);
			assert_int_equal(guard_window_add(&w, NOW_S + k, GUARD_BUCKETS, "*", 1), 0);
		}
		assert_int_equal(w.count, 2);
		guard_window_roll(&w, NOW_S + 1, WEEK_S);
		assert_int_equal(w.count, 1);
		assert_int_equal(w.entries[0].verified, verified[i][0] > verified[i][1] ? verified[i][0] : verified[i][1]);
		assert_int_equal(w.entries[0].worse, 2);
		guard_window_free(&w);
	}
}

/* A stored window of more types than are counted: the rest is in the total alone. */
static void
test_window_full(void **state)
{
	struct guard_window w;
	struct buf text;

	(void)state;
	buf_init(&text, 65536);
	for (int i = 0; i < GUARD_TYPES_MAX + 5; i++)
		buf_printf(&text, "1795000000 T%d 5 1;", i);
	for (int i = 0; i < 3; i++)
		buf_puts(&text, "1795000000 SEVENTEENLETTERSX 1 1;1795000000 T0 99999999999 1;1795000000 T0 1 99999999999;");
	assert_int_equal(guard_window_parse(buf_str(&text), &w), 0);
	assert_int_equal(w.count, GUARD_TYPES_MAX + 5);
	assert_int_equal(tally(&w, "T0").verified, 5);
	assert_int_equal(guard_window_look(&w, NOW_S, WEEK_S, "NEW", 5), 0);
	assert_int_equal(w.count, GUARD_TYPES_MAX + 5);
	guard_window_free(&w);
	/* Entries without end are cut where the window is full. */
	buf_clear(&text);
	for (int i = 0; i < GUARD_ENTRIES_MAX + 5; i++)
		buf_printf(&text, "%lld * 5 1;", (long long)NOW_S + i);
	assert_int_equal(guard_window_parse(buf_str(&text), &w), 0);
	assert_int_equal(w.count, GUARD_ENTRIES_MAX);
	guard_window_free(&w);
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thresholds),
		cmocka_unit_test(test_alarm),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_window_forgets),
		cmocka_unit_test(test_window_clock_back),
		cmocka_unit_test(test_window_types),
		cmocka_unit_test(test_window_bounded),
		cmocka_unit_test(test_window_stored),
		cmocka_unit_test(test_window_short),
		cmocka_unit_test(test_window_joined),
		cmocka_unit_test(test_window_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
