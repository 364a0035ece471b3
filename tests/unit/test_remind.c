/* SPDX-License-Identifier: ISC */
/* test_remind.c -- which reminder is due when, rung by rung and zone by zone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/remind.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* "rung left DUE NEXT" as the table has it. */
struct row {
	const char *what;
	const char *zone;	/* NULL: America/New_York */
	const char *expires, *now;
	const char *reminded_for;	/* NULL: never */
	int	 reminded_days;
	enum badge_status status;
	size_t	 rungs;		/* 0: 90, 30, 7, 1; else the first few of them */
	const char *want;
};
#define ON	.status = BADGE_VERIFIED, .expires = "2026-08-01"

static const struct row rows[] = {
	{ "long before", ON, .now = "2026-01-01T12:00:00Z", .want = "0 212 - 2026-05-03T04:00:00Z" },
	{ "a second before a rung", ON, .now = "2026-05-03T03:59:59Z", .want = "0 91 - 2026-05-03T04:00:00Z" },
	{ "at midnight of a rung", ON, .now = "2026-05-03T04:00:00Z",
	    .want = "90 90 2026-05-03T04:00:00Z 2026-07-02T04:00:00Z" },
	{ "told already", ON, .now = "2026-05-04T04:00:00Z", .reminded_for = "2026-08-01", .reminded_days = 90,
	    .want = "0 89 - 2026-07-02T04:00:00Z" },
	{ "told of another date", ON, .now = "2026-05-04T04:00:00Z", .reminded_for = "2026-07-31",
	    .reminded_days = 30, .want = "90 89 2026-05-03T04:00:00Z 2026-07-02T04:00:00Z" },
	{ "of several due only the nearest", ON, .now = "2026-07-20T12:00:00Z",
	    .want = "30 12 2026-07-02T04:00:00Z 2026-07-25T04:00:00Z" },
	{ "the next rung", ON, .now = "2026-07-25T04:00:00Z", .reminded_for = "2026-08-01", .reminded_days = 30,
	    .want = "7 7 2026-07-25T04:00:00Z 2026-07-31T04:00:00Z" },
	{ "a nearer one was told: rungs were added", ON, .now = "2026-07-20T12:00:00Z",
	    .reminded_for = "2026-08-01", .reminded_days = 7, .want = "0 12 - 2026-07-25T04:00:00Z" },
	{ "a nearer one is told: rungs were added", ON, .now = "2026-07-31T04:00:00Z",
	    .reminded_for = "2026-08-01", .reminded_days = 7, .want = "1 1 2026-07-31T04:00:00Z -" },
	{ "the last day", ON, .now = "2026-08-02T03:59:59Z", .want = "1 0 2026-07-31T04:00:00Z -" },
	{ "after it", ON, .now = "2026-08-02T04:00:00Z", .want = "0 -1 - -" },
	{ "nobody is reminded without rungs", ON, .now = "2026-07-31T04:00:00Z", .rungs = 99, .want = "0 1 - -" },
	{ "one rung", ON, .now = "2026-07-31T04:00:00Z", .rungs = 1, .want = "90 1 2026-05-03T04:00:00Z -" },
	{ "no date", .status = BADGE_VERIFIED, .now = "2026-07-31T04:00:00Z", .want = "0 0 - -" },
	{ "not verified", .status = BADGE_SUSPENDED, .expires = "2026-08-01", .now = "2026-07-31T04:00:00Z",
	    .want = "0 0 - -" },
	{ "in review", .status = BADGE_REVIEW, .expires = "2026-08-01", .now = "2026-07-31T04:00:00Z",
	    .want = "0 0 - -" },
	{ "Honolulu's midnight", ON, .zone = "Pacific/Honolulu", .now = "2026-07-31T10:00:00Z",
	    .want = "1 1 2026-07-31T10:00:00Z -" },
	{ "over the spring gap", .status = BADGE_VERIFIED, .expires = "2026-03-15", .now = "2026-03-01T12:00:00Z",
	    .want = "30 14 2026-02-13T05:00:00Z 2026-03-08T05:00:00Z" },
	{ "a midnight that does not exist", .status = BADGE_VERIFIED, .zone = "America/Havana",
	    .expires = "2020-03-15", .now = "2020-03-01T12:00:00Z", .reminded_for = "2020-03-15", .reminded_days = 30,
	    .want = "0 14 - 2020-03-08T05:00:00Z" },
	{ "a leap day", .status = BADGE_VERIFIED, .expires = "2028-02-29", .now = "2028-02-28T05:00:00Z",
	    .want = "1 1 2028-02-28T05:00:00Z -" },
	{ "the end of days", .status = BADGE_VERIFIED, .expires = "9999-12-31", .now = "2026-01-01T05:00:00Z",
	    .want = "0 2912442 - 9999-10-02T04:00:00Z" },
};

static struct cs_date
date_of(const char *text)
{
	struct cs_date d = { 0 };

	if (text != NULL)
		assert_int_equal(cs_date_parse("%Y-%m-%d", text, &d), CS_DATE_OK);
	return d;
}

static void
test_table(void **state)
{
	static const int rungs[] = { 90, 30, 7, 1 };
	char due[TEXT_TIME], next[TEXT_TIME], is[128];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct err err;
		struct zone *zone = zone_load(NULL, row->zone != NULL ? row->zone : "America/New_York", &err);
		struct badge b = { .status = row->status, .expires_on = date_of(row->expires),
		    .reminded_for = date_of(row->reminded_for), .reminded_days = row->reminded_days };
		struct remind_input in = { .badge = &b, .zone = zone, .rungs = rungs,
		    .rung_count = row->rungs == 0 ? COUNT(rungs) : row->rungs == 99 ? 0 : row->rungs };
		struct remind r;

		assert_non_null(zone);
		assert_true(text_parse_time_s(row->now, &in.now_s));
		r = remind_look(&in);
		(void)snprintf(is, sizeof(is), "%d %d %s %s", r.rung, r.days_left,
		    r.due_s != 0 ? text_time_s(r.due_s, due) : "-", r.next_s != 0 ? text_time_s(r.next_s, next) : "-");
		if (strcmp(is, row->want) != 0)
			fail_msg("%s: is \"%s\", should be \"%s\"", row->what, is, row->want);
		zone_free(zone);
	}
}

/* Whoever looks how often, each rung is told once. */
static void
test_once(void **state)
{
	static const int rungs[] = { 7, 90, 1, 30 };
	struct err err;
	struct zone *zone = zone_load(NULL, "America/New_York", &err);
	struct badge b = { .status = BADGE_VERIFIED, .expires_on = { 2026, 8, 1 } };
	struct remind_input in = { .badge = &b, .zone = zone, .rungs = rungs, .rung_count = COUNT(rungs) };
	int told = 0;

	(void)state;
	assert_true(text_parse_time_s("2026-01-01T00:00:00Z", &in.now_s));
	for (int hours = 0; hours < 300 * 24; hours += 5, in.now_s += 5 * 3600) {
		struct remind r = remind_look(&in);

		assert_true(r.next_s == 0 || r.next_s > in.now_s);
		if (r.rung == 0)
			continue;
		told++;
		b.reminded_for = b.expires_on;
		b.reminded_days = r.rung;
	}
	assert_int_equal(told, COUNT(rungs));
	zone_free(zone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_once),
	};

	return cmocka_run_group_tests_name("remind", tests, NULL, NULL);
}
