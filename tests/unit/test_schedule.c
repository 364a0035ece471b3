/* SPDX-License-Identifier: ISC */
/* test_schedule.c -- when a connector polls next, and its daily budget. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/schedule.h"

#define NOW	INT64_C(1781539200)
#define HOUR	3600
#define DAY	86400
#define ROUNDS	20000

static uint64_t seed;

static uint64_t
draw(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Bounds of the next poll, in seconds from now, whatever the random number. */
static void
test_bounds(void **state)
{
	static const struct {
		const char *what;
		struct schedule_input in;
		int64_t min, max;
		int touches;	/* both ends are nearly reached */
	} rows[] = {
		{ "the first poll", { NOW, DAY, 0, 0, 0, 0, NULL }, 0, 0, 1 },
		{ "after a success", { NOW, DAY, NOW, 0, 0, 0, NULL }, DAY - 4320, DAY + 4320, 1 },
		{ "half an interval ago", { NOW, DAY, NOW - DAY / 2, 0, 0, 0, NULL },
		    DAY / 2 - 4320, DAY / 2 + 4320, 1 },
		{ "overdue", { NOW, DAY, NOW - 3 * DAY, 0, 0, 0, NULL }, 0, 0, 1 },
		{ "a success in the future", { NOW, DAY, NOW + 400 * DAY, 0, 0, 0, NULL },
		    DAY - 4320, DAY + 4320, 1 },
		{ "one failure", { NOW, DAY, NOW, 1, 0, 0, NULL }, 10, 30, 1 },
		{ "two", { NOW, DAY, NOW, 2, 0, 0, NULL }, 10, 60, 1 },
		{ "five", { NOW, DAY, NOW, 5, 0, 0, NULL }, 10, 480, 1 },
		{ "twelve", { NOW, DAY, NOW, 12, 0, 0, NULL }, 10, 61440, 1 },
		{ "thirteen and on", { NOW, DAY, NOW, 13, 0, 0, NULL }, 10, DAY, 1 },
		{ "any number", { NOW, DAY, NOW, UINT32_MAX, 0, 0, NULL }, 10, DAY, 1 },
		{ "failed, never succeeded", { NOW, DAY, 0, 1, 0, 0, NULL }, 10, 30, 1 },
		{ "asked for an hour", { NOW, DAY, NOW, 1, NOW + HOUR, 0, NULL }, HOUR, HOUR, 1 },
		{ "asked for a second", { NOW, DAY, NOW, 1, NOW + 1, 0, NULL }, 60, 60, 1 },
		{ "asked for the year 2100", { NOW, DAY, NOW, 1, NOW + 2338682055, 0, NULL }, DAY, DAY, 1 },
		{ "asked for the past", { NOW, DAY, NOW, 1, NOW - 848613945, 0, NULL }, 10, 30, 1 },
		{ "asked for now", { NOW, DAY, NOW, 1, NOW, 0, NULL }, 10, 30, 1 },
		{ "asked, though it succeeded", { NOW, HOUR, NOW, 0, NOW + 2 * HOUR, 0, NULL },
		    2 * HOUR, 2 * HOUR, 1 },
		{ "the hint never shortens the interval", { NOW, DAY, NOW, 0, NOW + HOUR, 0, NULL },
		    DAY - 4320, DAY + 4320, 1 },
		{ "back-off beyond the hint", { NOW, DAY, NOW, 20, NOW + HOUR, 0, NULL }, HOUR, DAY, 0 },
	};

	(void)state;
	seed = 4711;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct schedule_input in = rows[i].in;
		int64_t low = INT64_MAX, high = 0, span = rows[i].max - rows[i].min;

		for (int k = 0; k < ROUNDS; k++) {
			int64_t wait;

			in.random = k == 0 ? 0 : k == 1 ? UINT64_MAX : draw();
			wait = schedule_next(&in) - NOW;
			low = wait < low ? wait : low;
			high = wait > high ? wait : high;
		}
		if (low < rows[i].min || high > rows[i].max)
			fail_msg("%s: %lld..%lld", rows[i].what, (long long)low, (long long)high);
		if (rows[i].touches && (low > rows[i].min + span / 20 || high < rows[i].max - span / 20))
			fail_msg("%s: only %lld..%lld", rows[i].what, (long long)low, (long long)high);
	}
}

static void
test_quota(void **state)
{
	struct quota q = { 0, 0 };

	(void)state;
	assert_int_equal(quota_left(&q, 100, 10), 10);
	assert_int_equal(quota_take(&q, 100, 10, 1), 1);
	assert_int_equal(quota_take(&q, 100, 10, 9), 1);
	assert_int_equal(quota_left(&q, 100, 10), 0);
	assert_int_equal(quota_take(&q, 100, 10, 1), 0);
	assert_int_equal(quota_take(&q, 100, 10, 0), 1);
	/* A smaller limit after a reload. */
	assert_int_equal(quota_left(&q, 100, 5), 0);
	/* The clock a day back counts on; the next day is new. */
	assert_int_equal(quota_take(&q, 99, 10, 1), 0);
	assert_int_equal(quota_take(&q, 101, 10, 3), 1);
	assert_int_equal(q.day, 101);
	assert_int_equal(q.used, 3);
	/* A day far ahead was a wrong clock. */
	q.day = 5000;
	assert_int_equal(quota_left(&q, 101, 10), 10);
	assert_int_equal(quota_take(&q, 101, 10, 1), 1);
	assert_int_equal(q.day, 101);
	/* A refused request costs nothing, and does not touch the day. */
	assert_int_equal(quota_take(&q, 102, 10, 11), 0);
	assert_int_equal(q.day, 101);
}

static void
test_quota_unlimited(void **state)
{
	struct quota q = { 100, UINT32_MAX - 1 };

	(void)state;
	assert_int_equal(quota_left(&q, 100, 0), UINT32_MAX);
	assert_int_equal(quota_take(&q, 100, 0, 7), 1);
	assert_true(q.used == UINT32_MAX);
	assert_int_equal(quota_take(&q, 100, 0, 7), 1);
	assert_true(q.used == UINT32_MAX);
}

static void
test_share(void **state)
{
	static const struct {
		const char	*what;
		uint32_t	 used, limit, reserve;
		int		 lookup, poll_done;
		uint32_t	 want;
	} rows2[] = {
		{ "no limit", 1000, 0, 0, 1, 0, UINT32_MAX },
		{ "a poll, nothing reserved", 3, 10, 0, 0, 0, 7 },
		{ "a poll leaves the reserve", 3, 10, 4, 0, 0, 3 },
		{ "and takes no more", 6, 10, 4, 0, 0, 0 },
		{ "look-ups before the day's poll: the reserve", 1, 10, 4, 1, 0, 3 },
		{ "and no more", 4, 10, 4, 1, 0, 0 },
		{ "without a reserve they wait for the poll", 0, 10, 0, 1, 0, 0 },
		{ "after it, all that is left", 2, 10, 0, 1, 1, 8 },
		{ "polls have had their share", 6, 10, 4, 1, 0, 4 },
		{ "everything is spent", 10, 10, 4, 1, 1, 0 },
		{ "more than everything", 12, 10, 4, 1, 1, 0 },
		{ "a reserve of everything", 0, 5, 5, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows2) / sizeof(rows2[0]); i++)
		if (quota_share(rows2[i].used, rows2[i].limit, rows2[i].reserve, rows2[i].lookup,
		    rows2[i].poll_done) != rows2[i].want)
			fail_msg("%s", rows2[i].what);
}

static void
test_resume(void **state)
{
	static const struct {
		const char	*what;
		int64_t		 planned_s, want_s;
		unsigned	 failures;
	} rows2[] = {
		{ "as planned", NOW + HOUR, NOW + HOUR, 0 },
		{ "a back-off goes on", NOW + 2 * HOUR, NOW + 2 * HOUR, 7 },
		{ "its time came meanwhile", NOW - HOUR, NOW, 0 },
		{ "so did that of a back-off", NOW - 1, NOW, 3 },
		{ "just now", NOW, NOW, 0 },
		{ "the end of the longest interval", NOW - HOUR + DAY + DAY / 20,
		  NOW - HOUR + DAY + DAY / 20, 0 },
		{ "longer than that: the interval is a shorter one now",
		  NOW - HOUR + DAY + DAY / 20 + 1, 0, 0 },
		{ "further ahead was a wrong clock", NOW + 30 * DAY, 0, 0 },
		{ "none was stored", 0, 0, 0 },
	};
	struct schedule_input in;

	(void)state;
	for (size_t i = 0; i < sizeof(rows2) / sizeof(rows2[0]); i++) {
		int64_t want_s;

		in = (struct schedule_input){ NOW, DAY, NOW - HOUR, rows2[i].failures, 0, 500, NULL };
		want_s = rows2[i].want_s != 0 ? rows2[i].want_s : schedule_next(&in);

		if (schedule_resume(&in, rows2[i].planned_s) != want_s)
			fail_msg("%s", rows2[i].what);
	}
	/* It was a week: the last poll counts, but neither wish nor back-off is passed over. */
	in = (struct schedule_input){ NOW, DAY, NOW - 2 * DAY, 0, 0, 500, NULL };
	assert_int_equal(schedule_resume(&in, NOW + 5 * DAY), NOW);
	in.retry_at_s = NOW + HOUR;
	assert_int_equal(schedule_resume(&in, NOW + 5 * DAY), NOW + HOUR);
	in = (struct schedule_input){ NOW, 60, NOW - 2 * DAY, 2, 0, 500, NULL };
	assert_int_equal(schedule_resume(&in, NOW + HOUR), NOW + HOUR);
	/* A back-off may be longer than a short interval. */
	in = (struct schedule_input){ NOW, HOUR, NOW - HOUR, 7, 0, 500, NULL };
	assert_int_equal(schedule_resume(&in, NOW + SCHEDULE_RETRY_MAX_S), NOW + SCHEDULE_RETRY_MAX_S);
	assert_int_equal(schedule_resume(&in, NOW + SCHEDULE_RETRY_MAX_S + 1), schedule_next(&in));
}

/* Instants are written in UTC; "" is never. */
static int64_t
at_utc(const char *text)
{
	int64_t t = 0;

	if (text[0] != '\0' && !text_parse_time_s(text, &t))
		fail_msg("%s", text);
	return t;
}

/* New York's clocks go on at 07:00Z on 8 March 2026 and back at 06:00Z on 1 November. */
static const struct {
	const char	*what, *zone;
	int		 minute, days;
	const char	*last, *now, *want;
} at_rows[] = {
	{ "the next morning", "America/New_York", 330, 1,
	  "2026-06-10T09:31:00Z", "2026-06-10T09:31:00Z", "2026-06-11T09:30:00Z" },
	{ "read by hand at noon: tomorrow all the same", "America/New_York", 330, 1,
	  "2026-06-10T16:00:00Z", "2026-06-10T16:00:00Z", "2026-06-11T09:30:00Z" },
	{ "read in the night: this morning", "America/New_York", 330, 1,
	  "2026-06-10T04:00:00Z", "2026-06-10T04:00:00Z", "2026-06-10T09:30:00Z" },
	{ "a clock that was a little fast", "America/New_York", 330, 1,
	  "2026-06-10T09:29:30Z", "2026-06-10T09:29:30Z", "2026-06-11T09:30:00Z" },
	{ "never read: at once", "America/New_York", 330, 1,
	  "", "2026-06-10T16:00:00Z", "2026-06-10T16:00:00Z" },
	{ "a missed hour is made up", "America/New_York", 330, 1,
	  "2026-06-10T09:31:00Z", "2026-06-13T16:00:00Z", "2026-06-13T16:00:00Z" },
	{ "not overdue a minute before", "America/New_York", 330, 1,
	  "2026-06-10T09:31:00Z", "2026-06-11T09:29:00Z", "2026-06-11T09:30:00Z" },
	{ "once a week", "America/New_York", 330, 7,
	  "2026-06-10T09:31:00Z", "2026-06-12T16:00:00Z", "2026-06-17T09:30:00Z" },
	{ "less than a day of interval is a day", "America/New_York", 330, 0,
	  "2026-06-10T09:31:00Z", "2026-06-10T09:31:00Z", "2026-06-11T09:30:00Z" },
	{ "summer time begins: 23 hours", "America/New_York", 330, 1,
	  "2026-03-07T10:30:00Z", "2026-03-07T10:30:00Z", "2026-03-08T09:30:00Z" },
	{ "summer time ends: 25 hours", "America/New_York", 330, 1,
	  "2026-10-31T09:30:00Z", "2026-10-31T09:30:00Z", "2026-11-01T10:30:00Z" },
	{ "02:30 does not exist: the end of the gap", "America/New_York", 150, 1,
	  "2026-03-07T07:30:00Z", "2026-03-07T07:30:00Z", "2026-03-08T07:00:00Z" },
	{ "and the day after as ever", "America/New_York", 150, 1,
	  "2026-03-08T07:00:10Z", "2026-03-08T07:00:10Z", "2026-03-09T06:30:00Z" },
	{ "01:30 comes twice: the first", "America/New_York", 90, 1,
	  "2026-10-31T05:30:00Z", "2026-10-31T05:30:00Z", "2026-11-01T05:30:00Z" },
	{ "and the second is passed over", "America/New_York", 90, 1,
	  "2026-11-01T05:30:10Z", "2026-11-01T05:30:10Z", "2026-11-02T06:30:00Z" },
	{ "read between the two: not again", "America/New_York", 90, 1,
	  "2026-11-01T06:10:00Z", "2026-11-01T06:10:00Z", "2026-11-02T06:30:00Z" },
	{ "half an hour off", "Asia/Kolkata", 330, 1,
	  "2026-06-10T00:01:00Z", "2026-06-10T00:01:00Z", "2026-06-11T00:00:00Z" },
	{ "fourteen hours ahead", "Pacific/Kiritimati", 330, 1,
	  "2026-06-09T15:31:00Z", "2026-06-09T15:31:00Z", "2026-06-10T15:30:00Z" },
	{ "a day that Samoa left out: when it would have begun", "Pacific/Apia", 330, 1,
	  "2011-12-29T15:30:00Z", "2011-12-29T15:30:00Z", "2011-12-30T10:00:00Z" },
	{ "midnight shown again the same evening", "America/St_Johns", 0, 1,
	  "2010-11-07T03:00:00Z", "2010-11-07T03:00:00Z", "2010-11-08T03:30:00Z" },
	{ "a success in the future was a wrong clock", "America/New_York", 330, 1,
	  "2027-06-10T09:31:00Z", "2026-06-10T16:00:00Z", "2026-06-11T09:30:00Z" },
};

static void
test_at(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(at_rows) / sizeof(at_rows[0]); i++) {
		struct err err = { .text = "" };
		struct zone *zone = zone_load(NULL, at_rows[i].zone, &err);
		struct schedule_at at = { .zone = zone, .minute = at_rows[i].minute };
		struct schedule_input in = { .now_s = at_utc(at_rows[i].now),
		    .interval_s = at_rows[i].days * DAY,
		    .last_success_s = at_utc(at_rows[i].last),
		    .random = 4711, .at = &at };
		int64_t want_s = at_utc(at_rows[i].want), planned_s;

		if (zone == NULL)
			fail_msg("%s", err.text);
		planned_s = schedule_next(&in);
		if (planned_s != want_s)
			fail_msg("%s: %+lld s", at_rows[i].what, (long long)(planned_s - want_s));
		/* A restart keeps it, and so does a plan made by another minute. */
		assert_int_equal(schedule_resume(&in, planned_s), want_s);
		assert_int_equal(schedule_resume(&in, planned_s + HOUR), want_s);
		(void)zone_free(zone);
	}
}

/* Failures and wishes of the registry come before the hour. */
static void
test_at_waits(void **state)
{
	struct err err = { .text = "" };
	struct zone *zone = zone_load(NULL, "America/New_York", &err);
	struct schedule_at at = { .zone = zone, .minute = 330 };
	int64_t now_s = at_utc("2026-06-10T09:31:00Z");
	struct schedule_input in = { now_s, DAY, now_s, 0, now_s + 2 * HOUR, 4711, &at };

	(void)state;
	assert_non_null(zone);
	assert_int_equal(schedule_next(&in), at_utc("2026-06-11T09:30:00Z"));
	in.now_s = at_utc("2026-06-11T09:30:00Z");
	in.retry_at_s = in.now_s + 2 * HOUR;
	assert_int_equal(schedule_next(&in), in.now_s + 2 * HOUR);
	assert_int_equal(schedule_resume(&in, in.now_s + 2 * HOUR), in.now_s + 2 * HOUR);
	in.failures = 1;
	in.retry_at_s = 0;
	assert_in_range(schedule_next(&in) - in.now_s, SCHEDULE_BACKOFF_LEAST_S,
	    SCHEDULE_BACKOFF_MIN_S);
	assert_int_equal(schedule_resume(&in, in.now_s + HOUR), in.now_s + HOUR);
	(void)zone_free(zone);
}

/* Each pause is twice the one before, from a second to five minutes. */
static void
test_pause(void **state)
{
	(void)state;
	assert_int_equal(schedule_pause_ms(1), 1000);
	assert_int_equal(schedule_pause_ms(2), 2000);
	assert_int_equal(schedule_pause_ms(9), 256000);
	assert_int_equal(schedule_pause_ms(10), 300000);
	assert_int_equal(schedule_pause_ms(UINT_MAX), 300000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_resume),
		cmocka_unit_test(test_at),
		cmocka_unit_test(test_at_waits),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_quota),
		cmocka_unit_test(test_quota_unlimited),
	};

	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
