/* SPDX-License-Identifier: ISC */
/* test_explain.c -- a decision in sentences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/explain.h"

#define NOW	INT64_C(1781539200)	/* 2026-06-15T16:00:00Z */
#define TEXT_MAX 8192

static struct types *types;
static struct zone *zone;

static const struct claim claim = {
	.badge = "b1", .profile = "p1", .holder = "p1", .body = "sba",
	.category = CS_CATEGORY_WOMAN, .type = "WOSB", .number = "1234",
	.business_name = "Acme Widgets LLC", .rev = -1,
};

static const char *
explain(const struct record *rec, const struct badge *before, bool stale,
    struct buf *out)
{
	struct decide_connector connector = {
		.name = "sba", .zone = zone, .last_complete_s = NOW - 7200, .last_proven_s = NOW - 7200, .stale = stale,
		.negatives_count = true, .expiry_evidence_s = 259200,
	};
	struct decide_record row = { .record = rec, .seen_s = NOW - 7200 };
	struct decide_input in = {
		.types = types, .claim = &claim, .before = before,
		.connectors = &connector, .connector_count = 1,
		.records = &row, .record_count = rec != NULL ? 1 : 0,
		.now_s = NOW, .name_match = 0.85, .unconfirmed_days = 30,
	};
	struct decision d = decide(&in);

	buf_clear(out);
	explain_decision(&in, &d, out);
	assert_false(out->failed);
	return buf_str(out);
}

static void
test_verified(void **state)
{
	struct record rec = {
		.number = "1234", .type = "WOSB", .business_name = "ACME WIDGETS",
		.status = CS_STATUS_ACTIVE, .expires_on = { 2027, 3, 1 },
	};
	struct buf out;

	(void)state;
	buf_init(&out, TEXT_MAX);
	assert_string_equal(explain(&rec, NULL, false, &out),
	    "Status: verified (record_active).\n"
	    "The registry lists the certification as active; number and name agree.\n"
	    "Decided by rule 9, an active record that agrees.\n"
	    "  1 no pin is in force\n"
	    "  2 1 connector covers body and type: sba\n"
	    "  3 the registry lists the number\n"
	    "  4 a record answers type and category\n"
	    "  5 the registry's status is active\n"
	    "  6 its last day has not ended\n"
	    "  7 the name agrees\n"
	    "  8 no badge of another holder stands on it\n"
	    "Evidence: connector sba lists it as active, type WOSB, name \"ACME WIDGETS\", "
	    "expires 2027-03-01; last listed 2 hours ago, 1 of 1 record of the number.\n"
	    "Source sba: last read 2 hours ago, proven complete.\n"
	    "Valid until 2027-03-02T05:00:00Z.\n"
	    "Next: decided again at 2027-03-02T05:00:00Z, or when the registry or the claim changes.\n");
	buf_free(&out);
}

static void
test_doubts(void **state)
{
	struct badge before = {
		.claim = claim, .status = BADGE_VERIFIED, .reason = REASON_RECORD_ACTIVE,
		.how = HOW_RECORD, .verified_once = true, .version = 1,
		.expires_on = { 2026, 6, 10 }, .expires_source = "record", .connector = "sba",
		.case_reasons = 1u << REASON_NAME_MISMATCH,
	};
	struct record rec = {
		.number = "1234", .type = "WOSB", .business_name = "ACME WIDGETS\x1b[31m",
		.status = CS_STATUS_ACTIVE, .expires_on = { 2026, 6, 10 },
	};
	struct buf out;
	const char *text;

	(void)state;
	buf_init(&out, TEXT_MAX);
	text = explain(&rec, &before, true, &out);
	assert_non_null(strstr(text, "Status: verified (record_active), kept as it was.\n"));
	assert_non_null(strstr(text, "Expiry unconfirmed: "));
	assert_non_null(strstr(text, "Source sba: last read 2 hours ago, proven complete, stale.\n"));
	assert_non_null(strstr(text, "Open case, name_mismatch: "));
	assert_non_null(strstr(text, "Valid until 2026-07-11T04:00:00Z.\n"));
	assert_null(strchr(text, '\x1b'));
	rec.status = CS_STATUS_UNKNOWN;
	rec.status_word = "Paused\n";
	text = explain(&rec, NULL, false, &out);
	assert_non_null(strstr(text, "lists it as unknown (\"Paused\\x0a\")"));
	assert_non_null(strstr(text, "a status word the connector does not know"));
	text = explain(NULL, NULL, false, &out);
	assert_non_null(strstr(text, "Status: not_found (number_unknown)."));
	assert_non_null(strstr(text, "Decided by rule 3, the registry does not list the number."));
	assert_null(strstr(text, "Evidence"));
	buf_free(&out);
}

/* How old the evidence is, and how far an absence has counted. */
static void
test_sources(void **state)
{
	struct badge verified = {
		.claim = claim, .status = BADGE_VERIFIED, .reason = REASON_RECORD_ACTIVE,
		.how = HOW_RECORD, .verified_once = true, .version = 1, .connector = "sba",
		.expires_source = "", .zone = "", .evidence = "",
	};
	static const struct {
		struct decide_connector connector;
		const char *text;
	} rows[] = {
		{ { .name = "sba", .absent_polls = 2 },
		    "Source sba: not read completely yet, its negatives take no badge away (no proof).\n" },
		{ { .name = "sba", .last_complete_s = NOW - 600, .held = true, .negatives_count = true },
		    "Source sba: last read 10 minutes ago, never proven complete, held.\n" },
		{ { .name = "sba", .last_complete_s = NOW - 600, .last_proven_s = NOW - 6 * 86400,
		    .negatives_count = true, .absent_polls = 2, .absent_apart_s = 86400 },
		    "Source sba: last read 10 minutes ago, last proven complete 6 days ago.\n"
		    "  it lacked the number in 0 proven readings in a row; 2 count as absence, at least 24 hours apart\n" },
		{ { .name = "sba", .last_complete_s = NOW - 600, .last_proven_s = NOW - 600,
		    .negatives_count = true, .absent_polls = 2, .absent_apart_s = 172800,
		    .missing = { .polls = 1, .first_s = NOW - 7200, .last_s = NOW - 7200 } },
		    "  it lacked the number in 1 proven reading in a row, first 2 hours ago; "
		    "2 count as absence, at least 2 days apart\n" },
		{ { .name = "sba", .last_complete_s = NOW - 600, .last_proven_s = NOW - 600,
		    .negatives_count = true, .absent_polls = 1, .absence = ABSENCE_IGNORE,
		    .missing = { .polls = 3, .first_s = NOW - 7200, .last_s = NOW - 600 } },
		    "  it lacked the number in 3 proven readings in a row, first 2 hours ago; its absences are ignored\n" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, TEXT_MAX);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct decide_connector connector = rows[i].connector;
		struct decide_input in = {
			.types = types, .claim = &claim, .before = &verified,
			.connectors = &connector, .connector_count = 1, .now_s = NOW,
		};
		struct decision d;

		connector.zone = zone;
		d = decide(&in);
		buf_clear(&out);
		explain_decision(&in, &d, &out);
		if (strstr(buf_str(&out), rows[i].text) == NULL)
			fail_msg("row %zu: %s", i, buf_str(&out));
	}
	buf_free(&out);
}

/* Decisions made up, so that a sentence can be told from its neighbours. */
struct telling {
	const char	*what;
	struct decision	 d;
	struct badge	 before;	/* version 0: none */
	size_t		 connectors, records;
	int64_t		 seen_s;
	const char	*has, *lacks;	/* NULL: nothing in particular */
};

static const struct record paused = { .number = "1234", .status = CS_STATUS_SUSPENDED };
static const struct record stranger = { .number = "1234", .status = CS_STATUS_ACTIVE };

static const struct telling tellings[] = {
	{ "a pin decides: no rule before it", { .status = BADGE_REVIEW, .reason = REASON_PINNED, .rule = 1 },
	    .connectors = 1, .has = "Decided by rule 1, an operator's pin.\nSource", .lacks = "  1 " },
	{ "none covers it", { .reason = REASON_NO_CONNECTOR, .rule = 2 },
	    .has = "Decided by rule 2, no connector covers body and type.\n  1 no pin is in force\nNext:",
	    .lacks = "Source" },
	{ "none covers it, though a later rule decided", { .reason = REASON_EXPIRY_PASSED, .rule = 6 },
	    .has = "  1 no pin is in force\n  3 the registry no longer lists the number\n", .lacks = "  2 " },
	{ "two cover it", { .reason = REASON_NUMBER_UNKNOWN, .rule = 3 },
	    .connectors = 2, .has = "  2 2 connectors cover body and type: sba sba\n", .lacks = "  3 " },
	{ "its status", { .reason = REASON_RECORD_SUSPENDED, .rule = 5, .record = &paused },
	    .connectors = 1, .records = 1, .has = "  4 a record answers type and category\nEvidence: connector sba "
	    "lists it as suspended, expires on no stated date; last listed 2 hours ago, 1 of 1 record",
	    .lacks = ", type" },
	{ "ended, and not active either", { .reason = REASON_EXPIRY_PASSED, .rule = 6, .record = &paused },
	    .connectors = 1, .records = 1, .has = "  4 a record answers type and category\nEvidence:", .lacks = "  5 " },
	{ "seen by a clock ahead of ours", { .rule = 5, .record = &paused },
	    .connectors = 1, .records = 1, .seen_s = NOW + 60, .has = "last listed 0 seconds ago" },
	{ "seen a second ago", { .rule = 5, .record = &paused },
	    .connectors = 1, .records = 1, .seen_s = NOW - 1, .has = "last listed 1 second ago" },
	{ "one record, which decides nothing", { .rule = 4 },
	    .connectors = 1, .records = 1, .has = "Evidence: 1 record of the number.\n" },
	{ "two, and one of another connector's decides", { .rule = 4, .record = &stranger },
	    .connectors = 1, .records = 2, .has = "Evidence: 2 records of the number.\n" },
	{ "two, one of which decides", { .rule = 5, .record = &paused },
	    .connectors = 1, .records = 2, .has = ", 1 of 2 records of the number.\n" },
	{ "listed: no word of absences", { .rule = 5, .record = &paused },
	    .before = { .version = 1, .status = BADGE_VERIFIED }, .connectors = 1, .records = 1,
	    .has = "Source sba: last read", .lacks = "it lacked" },
	{ "not verified: no word of them either", { .rule = 3 },
	    .before = { .version = 1, .status = BADGE_REVIEW }, .connectors = 1,
	    .has = "Source sba: last read", .lacks = "it lacked" },
	{ "a rule of another version", { .rule = 10 }, .connectors = 1, .lacks = "Decided by" },
	{ "no rule", { .rule = 0 }, .connectors = 1, .lacks = "Decided by" },
	{ "a case that runs out", { .rule = 7, .case_reasons = 1u << REASON_NAME_MISMATCH, .case_until_s = NOW },
	    .connectors = 1, .has = "Unanswered, the case runs out at 2026-06-15T16:00:00Z, later if" },
	{ "a dispute alone runs out for nobody", { .rule = 9, .case_reasons = 1u << REASON_DISPUTED, .case_until_s = NOW },
	    .connectors = 1, .has = "Open case, disputed:", .lacks = "runs out" },
	{ "rebuilt", { .rule = 9 }, .before = { .version = 1, .cause = CAUSE_REBUILD }, .connectors = 1,
	    .has = "Rebuilt from claim and registry" },
	{ "a day that has passed is no validity", { .status = BADGE_EXPIRED, .rule = 6, .valid_until_s = NOW },
	    .connectors = 1, .has = "Next: decided again when the registry", .lacks = "Valid until" },
};

static void
test_tellings(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, TEXT_MAX);
	for (size_t i = 0; i < sizeof(tellings) / sizeof(tellings[0]); i++) {
		const struct telling *t = &tellings[i];
		const struct decide_connector connector = {
			.name = "sba", .zone = zone, .last_complete_s = NOW, .negatives_count = true,
		}, connectors[] = { connector, connector };
		const struct decide_record row = {
			.record = &paused, .seen_s = t->seen_s != 0 ? t->seen_s : NOW - 7200
		}, rows[] = { row, row };
		struct decide_input in = {
			.types = types, .claim = &claim, .before = t->before.version > 0 ? &t->before : NULL,
			.connectors = connectors, .connector_count = t->connectors,
			.records = rows, .record_count = t->records, .now_s = NOW,
		};

		buf_clear(&out);
		explain_decision(&in, &t->d, &out);
		if ((t->has != NULL && strstr(buf_str(&out), t->has) == NULL) ||
		    (t->lacks != NULL && strstr(buf_str(&out), t->lacks) != NULL))
			fail_msg("%s: %s", t->what, buf_str(&out));
	}
	buf_free(&out);
}

static void
test_reasons(void **state)
{
	(void)state;
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		const char *text = explain_reason((enum badge_reason)i);

		assert_non_null(text);
		assert_true(strlen(text) > 20);
		assert_int_equal(text[strlen(text) - 1], '.');
	}
	assert_string_equal(explain_reason(REASON_COUNT), "");
}

static int
setup(void **state)
{
	struct err err;

	(void)state;
	types = types_builtin(&err);
	zone = zone_load(NULL, "America/New_York", &err);
	return types != NULL && zone != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	types_free(types);
	zone_free(zone);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verified),
		cmocka_unit_test(test_doubts),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_tellings),
		cmocka_unit_test(test_reasons),
	};

	return cmocka_run_group_tests_name("explain", tests, setup, teardown);
}
