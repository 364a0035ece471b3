/* SPDX-License-Identifier: ISC */
/* test_badge.c -- badges as Redis fields and back, words, tile, partition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include <certsync/connector.h>
#include "core/badge.h"

#define ARENA_MAX	((size_t)1 << 20)
#define T0		INT64_C(1772452800)	/* 2026-03-02T12:00:00Z */

static struct badge
full_badge(void)
{
	return (struct badge){
		.claim = {
			.badge = "b1", .profile = "p1", .holder = "h1",
			.body = "texas-hub", .category = CS_CATEGORY_WOMAN,
			.type = "WBE", .number = "17", .business_name = "Ol\xc3\xa9 \"Q\" LLC",
			.expires_on = { 2027, 1, 31 },
			.names = { "One", "Tw\\o" }, .name_count = 2,
			.aliases = { "5UTE1" }, .alias_count = 1,
			.hidden = true, .rev = 12,
		},
		.claim_id = "1772452800000-0", .claimed_at_s = T0,
		.status = BADGE_VERIFIED, .reason = REASON_RECORD_ACTIVE,
		.how = HOW_RECORD, .verified_once = true, .since_s = T0 + 1,
		.version = 4, .cause = CAUSE_POLL, .expires_on = { 2027, 3, 1 },
		.expires_source = "record", .valid_until_s = T0 + 2,
		.registry_name = "OLE Q LLC", .connector = "vethub",
		.zone = "America/Chicago", .evidence = "{\"poll\":\"7\"}",
		.checked_at_s = T0 + 3,
		.case_reasons = 1u << REASON_NAME_MISMATCH | 1u << REASON_RECORD_MISSING,
		.case_since_s = T0 + 4, .case_until_s = T0 + 5, .case_number = 2,
		.case_paused_s = 77, .case_settled = 1u << REASON_TYPE_MISMATCH,
		.reminded_for = { 2027, 3, 1 }, .reminded_days = 90,
		.next_check_s = T0 + 6, .pin = "{}",
	};
}

static struct badge
least_badge(void)
{
	return (struct badge){
		.claim = {
			.badge = "b1", .profile = "p1", .holder = "p1",
			.body = "sba", .category = CS_CATEGORY_VETERAN,
			.number = "17", .business_name = "A", .rev = -1,
		},
		.claim_id = "1-1", .claimed_at_s = T0,
		.status = BADGE_SELF_REPORTED, .reason = REASON_NO_CONNECTOR,
		.since_s = T0, .version = 1, .cause = CAUSE_CLAIM,
		.expires_source = "", .registry_name = "", .connector = "",
		.zone = "", .evidence = "", .checked_at_s = T0, .pin = "",
	};
}

static const char *
value_of(const struct badge_field *fields, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(fields[i].name, name) == 0)
			return fields[i].value;
	return "(none)";
}

static void
test_fields_golden(void **state)
{
	static const struct { const char *name, *value; } rows[] = {
		{ "badge", "b1" }, { "profile", "p1" }, { "body", "texas-hub" },
		{ "category", "woman" }, { "number", "17" },
		{ "business_name", "Ol\xc3\xa9 \"Q\" LLC" }, { "type", "WBE" },
		{ "claimed_expires_on", "2027-01-31" },
		{ "names", "[\"One\",\"Tw\\\\o\"]" }, { "aliases", "[\"5UTE1\"]" },
		{ "holder", "h1" }, { "visibility", "hidden" }, { "rev", "12" },
		{ "claim_id", "1772452800000-0" },
		{ "claimed_at", "2026-03-02T12:00:00Z" },
		{ "status", "verified" }, { "reason", "record_active" },
		{ "how", "record" }, { "verified_once", "yes" },
		{ "since", "2026-03-02T12:00:01Z" }, { "version", "4" },
		{ "cause", "poll" }, { "expires_on", "2027-03-01" },
		{ "expires_source", "record" },
		{ "valid_until", "2026-03-02T12:00:02Z" },
		{ "registry_name", "OLE Q LLC" }, { "connector", "vethub" },
		{ "zone", "America/Chicago" }, { "evidence", "{\"poll\":\"7\"}" },
		{ "checked_at", "2026-03-02T12:00:03Z" },
		{ "next_check", "2026-03-02T12:00:06Z" }, { "pin", "{}" },
		{ "case", "record_missing,name_mismatch" },
		{ "case_since", "2026-03-02T12:00:04Z" },
		{ "case_until", "2026-03-02T12:00:05Z" }, { "case_number", "2" },
		{ "case_paused", "77" }, { "case_settled", "type_mismatch" },
		{ "reminded_for", "2027-03-01" }, { "reminded_days", "90" },
	};
	struct badge_field fields[BADGE_FIELDS_MAX];
	struct arena *arena = arena_new(ARENA_MAX);
	struct badge b = full_badge();
	size_t n;

	(void)state;
	assert_int_equal(badge_to_fields(&b, arena, fields, &n), 0);
	assert_int_equal(n, sizeof(rows) / sizeof(rows[0]));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(value_of(fields, n, rows[i].name), rows[i].value);
	arena_free(arena);
}

static void
test_fields_least(void **state)
{
	static const char *const always[] = { "badge", "profile", "body",
	    "category", "number", "business_name", "holder", "visibility",
	    "claim_id", "claimed_at", "status", "reason", "since", "version",
	    "cause", "checked_at" };
	struct badge_field fields[BADGE_FIELDS_MAX];
	struct arena *arena = arena_new(ARENA_MAX);
	struct badge b = least_badge();
	size_t n;

	(void)state;
	assert_int_equal(badge_to_fields(&b, arena, fields, &n), 0);
	assert_int_equal(n, sizeof(always) / sizeof(always[0]));
	for (size_t i = 0; i < n; i++)
		assert_string_not_equal(value_of(fields, n, always[i]), "(none)");
	arena_free(arena);
}

static void
check_round_trip(struct badge b)
{
	struct badge_field a[BADGE_FIELDS_MAX], again[BADGE_FIELDS_MAX];
	struct arena *arena = arena_new(ARENA_MAX);
	struct badge back;
	struct err err = { .text = "" };
	size_t n, n_again;

	assert_int_equal(badge_to_fields(&b, arena, a, &n), 0);
	if (badge_from_fields(a, n, arena, &back, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(claim_equal(&b.claim, &back.claim));
	assert_int_equal(badge_to_fields(&back, arena, again, &n_again), 0);
	assert_int_equal(n, n_again);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(a[i].name, again[i].name);
		assert_string_equal(a[i].value, again[i].value);
	}
	arena_free(arena);
}

static void
test_round_trip(void **state)
{
	static char number[1025];
	struct badge b = full_badge();

	(void)state;
	check_round_trip(b);
	check_round_trip(least_badge());
	for (unsigned i = 0; i < BADGE_STATUS_COUNT; i++) {
		b.status = (enum badge_status)i;
		check_round_trip(b);
	}
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		b.reason = (enum badge_reason)i;
		b.case_reasons = 1u << i;
		b.how = (enum badge_how)(i % 4);
		b.cause = (enum badge_cause)(i % 10);
		check_round_trip(b);
	}
	b.case_reasons = (1u << REASON_COUNT) - 1;
	memset(number, '"', sizeof(number) - 1);
	b.claim.number = number;
	b.claim.rev = INT64_MAX;
	b.version = INT64_MAX;
	check_round_trip(b);
}

static void
test_from_refuses(void **state)
{
	static const struct { const char *name, *value, *error; } rows[] = {
		{ "badge", "", "badge hash: badge: is missing" },
		{ "category", "x", "badge hash: category:" },
		{ "claimed_expires_on", "x", "badge hash: expires_on:" },
		{ "status", "", "badge hash: status:" },
		{ "status", "good", "badge hash: status:" },
		{ "reason", "x", "badge hash: reason:" },
		{ "how", "x", "badge hash: how:" },
		{ "cause", "x", "badge hash: cause:" },
		{ "since", "", "badge hash: since: is missing" },
		{ "since", "2026-03-02", "badge hash: since:" },
		{ "checked_at", "x", "badge hash: checked_at:" },
		{ "claimed_at", "x", "badge hash: claimed_at:" },
		{ "valid_until", "x", "badge hash: valid_until:" },
		{ "case_since", "x", "badge hash: case_since:" },
		{ "case_until", "x", "badge hash: case_until:" },
		{ "next_check", "x", "badge hash: next_check:" },
		{ "expires_on", "2027-02-30", "badge hash: expires_on:" },
		{ "version", "", "badge hash: version:" },
		{ "version", "0", "badge hash: version:" },
		{ "version", "-1", "badge hash: version:" },
		{ "case_number", "x", "badge hash: case_number:" },
		{ "case_paused", "-1", "badge hash: case_paused:" },
		{ "reminded_for", "soon", "badge hash: reminded_for:" },
		{ "reminded_days", "x", "badge hash: reminded_days:" },
		{ "registry_name", "a\nb", "badge hash: registry_name:" },
		{ "connector", "a\nb", "badge hash: connector:" },
		{ "evidence", "a\nb", "badge hash: evidence:" },
		{ "pin", "a\nb", "badge hash: pin:" },
		{ "expires_since", "x", "badge hash: expires_since:" },
		{ "confirm_at", "x", "badge hash: confirm_at:" },
		{ "confirm_since", "x", "badge hash: confirm_since:" },
	};
	struct arena *arena = arena_new(ARENA_MAX);
	struct badge b = full_badge();

	(void)state;
	b.expires_since_s = T0;
	b.confirm = (struct badge_confirm){ CONFIRM_ACTIVE, T0, T0 };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct badge_field fields[BADGE_FIELDS_MAX];
		struct badge back;
		struct err err = { .text = "" };
		size_t n;

		assert_int_equal(badge_to_fields(&b, arena, fields, &n), 0);
		for (size_t k = 0; k < n; k++)
			if (strcmp(fields[k].name, rows[i].name) == 0)
				fields[k].value = rows[i].value;
		if (badge_from_fields(fields, n, arena, &back, &err) != -1)
			fail_msg("row %zu (%s) was accepted", i, rows[i].name);
		if (strncmp(err.text, rows[i].error, strlen(rows[i].error)) != 0)
			fail_msg("row %zu: %s", i, err.text);
	}
	arena_free(arena);
}

/* What another connector said, as stored; half of it, or a word of another version, is nothing said. */
static void
test_confirm_read(void **state)
{
	static const struct {
		const char *said, *at, *since;
		struct badge_confirm want;
	} rows[] = {
		{ NULL, NULL, NULL, { CONFIRM_SILENT, 0, 0 } },
		{ NULL, NULL, "2026-03-02T12:00:00Z", { CONFIRM_SILENT, 0, T0 } },
		{ "active", "2026-03-02T12:00:00Z", NULL, { CONFIRM_ACTIVE, T0, 0 } },
		{ "gone", "2026-03-02T12:00:00Z", NULL, { CONFIRM_GONE, T0, 0 } },
		{ "gone", NULL, "2026-03-02T12:00:00Z", { CONFIRM_SILENT, 0, T0 } },
		{ "shiny", "2026-03-02T12:00:00Z", "2026-03-02T12:00:00Z", { CONFIRM_SILENT, 0, T0 } },
	};
	struct arena *arena = arena_new(ARENA_MAX);
	struct badge b = least_badge(), back;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct badge_field fields[BADGE_FIELDS_MAX];
		size_t n;

		assert_int_equal(badge_to_fields(&b, arena, fields, &n), 0);
		if (rows[i].said != NULL)
			fields[n++] = (struct badge_field){ "confirm", rows[i].said };
		if (rows[i].at != NULL)
			fields[n++] = (struct badge_field){ "confirm_at", rows[i].at };
		if (rows[i].since != NULL)
			fields[n++] = (struct badge_field){ "confirm_since", rows[i].since };
		assert_int_equal(badge_from_fields(fields, n, arena, &back, &err), 0);
		assert_int_equal(back.confirm.said, rows[i].want.said);
		assert_int_equal(back.confirm.said_s, rows[i].want.said_s);
		assert_int_equal(back.confirm.since_s, rows[i].want.since_s);
	}
	arena_free(arena);
}

/* A newer MINOR may add fields, and reasons of cases. */
static void
test_from_newer(void **state)
{
	struct badge_field fields[BADGE_FIELDS_MAX];
	struct arena *arena = arena_new(ARENA_MAX);
	struct badge b = least_badge(), back;
	struct err err;
	size_t n;

	(void)state;
	assert_int_equal(badge_to_fields(&b, arena, fields, &n), 0);
	fields[n++] = (struct badge_field){ "shiny", "\n" };
	fields[n++] = (struct badge_field){ "case", "name_mismatch,shiny" };
	assert_int_equal(badge_from_fields(fields, n, arena, &back, &err), 0);
	assert_int_equal(back.case_reasons,
	    1u << REASON_NAME_MISMATCH | 1u << REASON_DISPUTED);
	arena_free(arena);
}

static void
test_no_memory(void **state)
{
	struct badge b = full_badge(), back;
	int to = 0, from = 0;

	(void)state;
	for (size_t max = 1; max < 1200; max += 16) {
		struct badge_field fields[BADGE_FIELDS_MAX];
		struct arena *tiny = arena_new(max), *arena = arena_new(ARENA_MAX);
		struct err err = { .text = "" };
		size_t n;

		to += badge_to_fields(&b, tiny, fields, &n) != 0;
		arena_reset(tiny);
		assert_int_equal(badge_to_fields(&b, arena, fields, &n), 0);
		from += badge_from_fields(fields, n, tiny, &back, &err) != 0;
		arena_free(tiny);
		arena_free(arena);
	}
	assert_true(to > 3);
	assert_true(from > 3);
}

static void
test_words(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BADGE_STATUS_COUNT; i++) {
		enum badge_status s;

		assert_true(badge_status_parse(badge_status_name((enum badge_status)i), &s));
		assert_int_equal(s, i);
	}
	for (unsigned i = 0; i < REASON_COUNT; i++) {
		enum badge_reason r;

		assert_true(badge_reason_parse(badge_reason_name((enum badge_reason)i), &r));
		assert_int_equal(r, i);
		if (i != REASON_RECORD_GRADUATED && i != REASON_PROGRAM_ENDED)
			assert_string_equal(badge_reason_public(r), badge_reason_name(r));
		else
			assert_string_equal(badge_reason_public(r), "record_expired");
	}
	assert_string_equal(badge_status_name(BADGE_STATUS_COUNT), "");
	assert_string_equal(badge_how_name(HOW_NONE), "");
	assert_string_equal(badge_reason_name(REASON_COUNT), "");
	assert_string_equal(badge_how_name((enum badge_how)99), "");
	assert_string_equal(badge_cause_name((enum badge_cause)99), "");
	assert_string_equal(badge_cause_name(CAUSE_REBUILD), "rebuild");
	assert_false(badge_status_parse("", &(enum badge_status){ 0 }));
	assert_false(badge_status_parse(NULL, &(enum badge_status){ 0 }));
}

static void
test_tile(void **state)
{
	struct badge b = full_badge(), least = least_badge();
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	badge_tile(&b, &out);
	assert_string_equal(buf_str(&out), "{\"status\":\"verified\","
	    "\"category\":\"woman\",\"type\":\"WBE\",\"expires_on\":\"2027-03-01\","
	    "\"valid_until\":\"2026-03-02T12:00:02Z\",\"version\":4}");
	buf_clear(&out);
	badge_tile(&least, &out);
	assert_string_equal(buf_str(&out), "{\"status\":\"self_reported\","
	    "\"category\":\"veteran\",\"type\":null,\"expires_on\":null,"
	    "\"valid_until\":null,\"version\":1}");
	buf_free(&out);
}

static void
test_partition(void **state)
{
	(void)state;
	assert_int_equal(badge_partition("123456789", 16384), 12739);
	assert_int_equal(badge_partition("123456789", 16), 12739 % 16);
	assert_int_equal(badge_partition("123456789", 1), 0);
	assert_int_equal(badge_partition("123456789", 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_golden),
		cmocka_unit_test(test_fields_least),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_from_refuses),
		cmocka_unit_test(test_confirm_read),
		cmocka_unit_test(test_from_newer),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_tile),
		cmocka_unit_test(test_partition),
	};

	return cmocka_run_group_tests_name("badge", tests, NULL, NULL);
}
