/* SPDX-License-Identifier: ISC */
/* test_case.c -- counting absences, pauses, and the clock of a case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/case.h"
#include "core/missing.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define HOUR		3600
#define DAY		86400
#define NOW		INT64_C(1781539200)
#define BIT(reason)	(1u << (reason))

static void
test_missing(void **state)
{
	static const struct {
		const char *what;
		int64_t apart_s;
		uint32_t need;
		int64_t polls_s[6];	/* hours since the first, plus 1; ended by 0 */
		bool absent;
	} rows[] = {
		{ "one", 24 * HOUR, 2, { 1 }, false },
		{ "one is enough", 24 * HOUR, 1, { 1 }, true },
		{ "two a day apart", 24 * HOUR, 2, { 1, 25 }, true },
		{ "two too close", 24 * HOUR, 2, { 1, 24 }, false },
		{ "many too close", 24 * HOUR, 2, { 1, 5, 9, 13, 24 }, false },
		{ "close ones break no row", 24 * HOUR, 2, { 1, 5, 9, 25 }, true },
		{ "each must be apart from the one counted before", 24 * HOUR, 3, { 1, 25, 30, 48 }, false },
		{ "and then counts", 24 * HOUR, 3, { 1, 25, 30, 49 }, true },
		{ "the same poll twice is one", 0, 2, { 1, 1 }, false },
		{ "any two", 0, 2, { 1, 2 }, true },
		{ "a clock set back counts nothing", 0, 2, { 50, 2 }, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct missing m = { 0 };

		assert_false(missing_is_absence(&m, rows[i].need));
		for (size_t k = 0; rows[i].polls_s[k] != 0; k++)
			(void)missing_count(&m, NOW + (rows[i].polls_s[k] - 1) * HOUR, rows[i].apart_s);
		if (missing_is_absence(&m, rows[i].need) != rows[i].absent)
			fail_msg("%s", rows[i].what);
	}
}

static void
test_pause(void **state)
{
	struct pause p = { 0 };

	(void)state;
	assert_false(pause_set(&p, false, NOW));
	assert_int_equal(pause_total_s(&p, NOW), 0);
	assert_true(pause_set(&p, true, NOW));
	assert_false(pause_set(&p, true, NOW + 50));	/* held, and now stale too */
	assert_int_equal(pause_total_s(&p, NOW + 100), 100);
	assert_true(pause_set(&p, false, NOW + 100));
	assert_int_equal(pause_total_s(&p, NOW + 999), 100);
	assert_true(pause_set(&p, true, NOW + 200));
	assert_true(pause_set(&p, false, NOW + 150));	/* the clock was set back */
	assert_int_equal(p.total_s, 100);
}

/* A verified badge whose record has another name. */
struct doubt {
	struct types *types;
	struct zone *zone;
	struct claim claim;
	struct badge badge;
	struct record record;
	struct decide_record row;
	struct decide_connector connector;
	struct decide_input in;
};

static void
doubt_init(struct doubt *w)
{
	struct err err;

	*w = (struct doubt){ .types = types_builtin(&err), .zone = zone_load(NULL, "UTC", &err) };
	assert_true(w->types != NULL && w->zone != NULL);
	w->claim = (struct claim){ .badge = "b", .profile = "p", .holder = "p", .body = "sba",
	    .category = CS_CATEGORY_WOMAN, .type = "WOSB", .number = "17", .business_name = "Acme Widgets LLC",
	    .rev = -1 };
	w->badge = (struct badge){ .claim = w->claim, .claim_id = "1-1", .status = BADGE_VERIFIED,
	    .reason = REASON_RECORD_ACTIVE, .how = HOW_RECORD, .verified_once = true, .version = 1,
	    .expires_on = { 2027, 3, 1 }, .expires_source = "record", .connector = "main", .zone = "UTC",
	    .registry_name = "", .evidence = "", .pin = "", .case_reasons = BIT(REASON_NAME_MISMATCH),
	    .case_since_s = NOW, .case_until_s = NOW + 14 * DAY, .case_paused_s = 1000 };
	w->record = (struct record){ .number = "17", .type = "WOSB", .business_name = "Zenith Foods Inc",
	    .status = CS_STATUS_ACTIVE, .expires_on = { 2027, 3, 1 } };
	w->row = (struct decide_record){ .record = &w->record, .seen_s = NOW };
	w->connector = (struct decide_connector){ .name = "main", .zone = w->zone, .last_proven_s = NOW,
	    .negatives_count = true, .expiry_evidence_s = 3 * DAY, .paused_s = 1000 };
	w->in = (struct decide_input){ .types = w->types, .claim = &w->claim, .before = &w->badge,
	    .connectors = &w->connector, .connector_count = 1, .records = &w->row, .record_count = 1,
	    .now_s = NOW + 14 * DAY, .name_match = 0.85, .unconfirmed_days = 30, .case_seconds = 14 * DAY };
}

static void
doubt_fini(struct doubt *w)
{
	types_free(w->types);
	zone_free(w->zone);
}

static void
test_timeout(void **state)
{
	struct doubt w;
	struct decision d;

	(void)state;
	doubt_init(&w);
	w.in.now_s--;
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_VERIFIED);
	assert_int_equal(d.case_until_s, NOW + 14 * DAY);
	assert_int_equal(d.next_check_s, NOW + 14 * DAY);
	w.in.now_s++;
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_REVIEW);
	assert_int_equal(d.reason, REASON_NAME_MISMATCH);
	assert_int_equal(d.case_reasons, 0);
	assert_int_equal(d.case_until_s, 0);
	/* It decides on the latest record: that agrees again. */
	w.record.business_name = "Acme Widgets";
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_VERIFIED);
	assert_int_equal(d.case_reasons, 0);
	doubt_fini(&w);
}

static void
test_keep(void **state)
{
	struct doubt w;
	struct decision d;

	(void)state;
	doubt_init(&w);
	w.in.case_timeout_keeps = true;
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_VERIFIED);
	assert_int_equal(d.case_reasons, 0);
	assert_int_equal(d.case_settled, BIT(REASON_NAME_MISMATCH));
	/* The same doubt opens no case again, another one does. */
	w.badge.case_reasons = 0;
	w.badge.case_until_s = w.badge.case_since_s = 0;
	w.badge.case_settled = d.case_settled;
	d = decide(&w.in);
	assert_int_equal(d.case_reasons, 0);
	w.record.type = "SBA8A";
	d = decide(&w.in);
	assert_int_equal(d.case_reasons, BIT(REASON_TYPE_MISMATCH));
	assert_int_equal(d.case_settled, BIT(REASON_NAME_MISMATCH));
	/* Agreement forgets. */
	w.record.type = "WOSB";
	w.record.business_name = "Acme Widgets";
	d = decide(&w.in);
	assert_int_equal(d.case_settled, 0);
	doubt_fini(&w);
}

static void
test_clock_stands(void **state)
{
	struct doubt w;
	struct decision d;

	(void)state;
	for (int k = 0; k < 3; k++) {
		doubt_init(&w);
		w.connector.held = k == 0;
		w.connector.stale = k == 1;
		if (k == 2)
			w.in.connector_count = w.in.record_count = 0;
		w.in.now_s = NOW + 100 * DAY;
		w.connector.paused_s = 1000 + 95 * DAY;
		d = decide(&w.in);
		assert_int_equal(d.status, BADGE_VERIFIED);
		assert_int_equal(d.case_reasons, BIT(REASON_NAME_MISMATCH));
		assert_int_equal(d.case_until_s, NOW + 14 * DAY);
		doubt_fini(&w);
	}
}

static void
test_clock_goes_on(void **state)
{
	struct doubt w;
	struct decision d;

	(void)state;
	doubt_init(&w);
	w.connector.paused_s = 1000 + 5 * DAY;	/* five days of outage since */
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_VERIFIED);
	assert_int_equal(d.case_until_s, NOW + 19 * DAY);
	assert_int_equal(d.case_paused_s, 1000 + 5 * DAY);
	assert_int_equal(d.next_check_s, NOW + 19 * DAY);
	w.in.now_s = NOW + 19 * DAY;
	assert_int_equal(decide(&w.in).status, BADGE_REVIEW);
	/* Another connector's pauses are none of this badge's. */
	w.badge.connector = "old";
	w.in.now_s = NOW + 14 * DAY;
	assert_int_equal(decide(&w.in).status, BADGE_REVIEW);
	doubt_fini(&w);
}

static void
test_timeout_takes_no_more(void **state)
{
	struct doubt w;
	struct decision d;

	(void)state;
	doubt_init(&w);
	/* A negative without proof, an unknown word, an end without evidence. */
	w.record.status = CS_STATUS_DECERTIFIED;
	w.connector.negatives_count = false;
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_VERIFIED);
	assert_int_equal(d.case_reasons, BIT(REASON_NAME_MISMATCH));
	w.record.status = CS_STATUS_ACTIVE;
	w.record.expires_on = w.badge.expires_on = (struct cs_date){ 2026, 6, 28 };
	w.row.seen_s = NOW - 30 * DAY;
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_VERIFIED);
	assert_true(d.unconfirmed);
	doubt_fini(&w);
}

static void
test_dispute(void **state)
{
	struct doubt w;
	struct decision d;

	(void)state;
	doubt_init(&w);
	w.badge.case_reasons |= BIT(REASON_DISPUTED);
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_REVIEW);
	assert_int_equal(d.case_reasons, BIT(REASON_DISPUTED));
	/* A dispute alone never runs out. */
	doubt_fini(&w);
	doubt_init(&w);
	w.badge.case_reasons = BIT(REASON_DISPUTED);
	w.record.business_name = "Acme Widgets";
	w.in.now_s = NOW + 1000 * DAY;
	w.record.expires_on = (struct cs_date){ 2036, 3, 1 };
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_VERIFIED);
	assert_int_equal(d.case_reasons, BIT(REASON_DISPUTED));
	/* A doubt that joins it has a clock of its own. */
	w.record.business_name = "Zenith Foods Inc";
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_VERIFIED);
	assert_int_equal(d.case_until_s, w.in.now_s + 14 * DAY);
	doubt_fini(&w);
}

static void
test_absent(void **state)
{
	struct doubt w;
	struct decision d;

	(void)state;
	doubt_init(&w);
	w.in.record_count = 0;
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_REVIEW);
	assert_int_equal(d.reason, REASON_NAME_MISMATCH);
	assert_int_equal(d.expires_on.year, 2027);
	w.badge.case_reasons |= BIT(REASON_RECORD_MISSING);
	d = decide(&w.in);
	assert_int_equal(d.reason, REASON_RECORD_MISSING);
	/* And stays so. */
	w.badge.status = d.status;
	w.badge.reason = d.reason;
	w.badge.case_reasons = 0;
	w.badge.case_until_s = 0;
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_REVIEW);
	assert_true(d.kept);
	doubt_fini(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_clock_stands),
		cmocka_unit_test(test_clock_goes_on),
		cmocka_unit_test(test_timeout_takes_no_more),
		cmocka_unit_test(test_dispute),
		cmocka_unit_test(test_absent),
	};

	return cmocka_run_group_tests_name("case", tests, NULL, NULL);
}
