/* SPDX-License-Identifier: ISC */
/* test_claim.c -- reading a `put`: what is accepted, and every rule that refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <certsync/connector.h>
#include "core/badge.h"

#define ARENA_MAX	((size_t)1 << 20)
#define FIELDS		16

static const struct badge_field good[] = {
	{ "op", "put" },
	{ "badge", "b-1" },
	{ "profile", "p_1" },
	{ "body", "texas-hub" },
	{ "category", "woman" },
	{ "number", " 12345 " },
	{ "business_name", "Caf\xc3\xa9 Ol\xc3\xa9 LLC" },
	{ "type", "WOSB" },
	{ "expires_on", "2027-03-01" },
	{ "names", "[\"Caf\\u00e9\",\" Ole \"]" },
	{ "aliases", "[\"zqgg hjh74dw7\"]" },
	{ "holder", "h1" },
	{ "visibility", "hidden" },
	{ "rev", "9223372036854775807" },
};
#define GOOD	(sizeof(good) / sizeof(good[0]))

static void
test_full(void **state)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct claim c;
	struct err err = { .text = "" };

	(void)state;
	assert_int_equal(claim_parse(good, GOOD, arena, &c, &err), 0);
	assert_string_equal(c.badge, "b-1");
	assert_string_equal(c.profile, "p_1");
	assert_string_equal(c.holder, "h1");
	assert_string_equal(c.body, "texas-hub");
	assert_int_equal(c.category, CS_CATEGORY_WOMAN);
	assert_string_equal(c.type, "WOSB");
	assert_string_equal(c.number, "12345");
	assert_string_equal(c.business_name, "Caf\xc3\xa9 Ol\xc3\xa9 LLC");
	assert_int_equal(c.expires_on.year, 2027);
	assert_int_equal(c.name_count, 2);
	assert_string_equal(c.names[0], "Caf\xc3\xa9");
	assert_string_equal(c.names[1], "Ole");
	assert_int_equal(c.alias_count, 1);
	assert_string_equal(c.aliases[0], "zqgg hjh74dw7");
	assert_true(c.hidden);
	assert_true(c.rev == INT64_MAX);
	arena_free(arena);
}

static void
test_least(void **state)
{
	/* Optional fields absent or empty are the same. */
	static const struct badge_field least[] = {
		{ "badge", "b" }, { "profile", "p" }, { "body", "sba" },
		{ "category", "veteran" }, { "number", "1" },
		{ "business_name", "A" }, { "type", "" }, { "rev", "" },
		{ "names", "" }, { "expires_on", "" }, { "visibility", "" },
	};
	struct arena *arena = arena_new(ARENA_MAX);
	struct claim a, b;
	struct err err;

	(void)state;
	assert_int_equal(claim_parse(least, 6, arena, &a, &err), 0);
	assert_int_equal(claim_parse(least, 11, arena, &b, &err), 0);
	assert_true(claim_equal(&a, &b));
	assert_null(a.type);
	assert_string_equal(a.holder, "p");
	assert_false(a.hidden);
	assert_int_equal(a.rev, -1);
	assert_int_equal(a.name_count, 0);
	assert_false(cs_date_is_set(a.expires_on));
	arena_free(arena);
}

/* The good claim with one field replaced (or added; value NULL: left out). */
static int
parse_with(const char *name, const char *value, struct arena *arena, struct err *err)
{
	struct badge_field fields[FIELDS];
	struct claim c;
	size_t n = 0;
	bool found = false;

	for (size_t i = 0; i < GOOD; i++) {
		fields[n] = good[i];
		if (strcmp(good[i].name, name) == 0) {
			found = true;
			if (value == NULL)
				continue;
			fields[n].value = value;
		}
		n++;
	}
	if (!found)
		fields[n++] = (struct badge_field){ name, value };
	return claim_parse(fields, n, arena, &c, err);
}

static void
test_refused(void **state)
{
	static char long_id[66], long_text[1026], long_type[18];
	static const struct {
		const char *name, *value, *error;
	} rows[] = {
		{ "badge", NULL, "badge: is missing" },
		{ "badge", "", "badge: is missing" },
		{ "badge", "a b", "badge: must be 1 to 64 of" },
		{ "badge", "a.b", "badge: must be 1 to 64 of" },
		{ "badge", long_id, "badge: must be 1 to 64 of" },
		{ "profile", NULL, "profile: is missing" },
		{ "profile", "p/1", "profile: must be 1 to 64 of" },
		{ "holder", "h 1", "holder: must be 1 to 64 of" },
		{ "body", NULL, "body: is missing" },
		{ "body", "SBA", "body: must be 1 to 32 of" },
		{ "body", "abcdefghijklmnopqrstuvwxyz-123456", "body: must be 1 to 32 of" },
		{ "category", NULL, "category: is missing" },
		{ "category", "women", "category: must be minority" },
		{ "category", "woman,veteran", "category: must be minority" },
		{ "number", NULL, "number: is missing" },
		{ "number", "  ", "number: must not be blank" },
		{ "number", "1\n2", "number: must be UTF-8 without control" },
		{ "number", "\xff", "number: must be UTF-8 without control" },
		{ "number", long_text, "number: must be at most 1024 bytes" },
		{ "business_name", NULL, "business_name: is missing" },
		{ "business_name", " \t", "business_name: must be UTF-8" },
		{ "business_name", "   ", "business_name: must not be blank" },
		{ "business_name", "a\xc2\x85", "business_name: must be UTF-8 without control" },
		{ "business_name", long_text, "business_name: must be at most 1024 bytes" },
		{ "type", "wosb", "type: must be a type code" },
		{ "type", long_type, "type: must be a type code" },
		{ "expires_on", "2026-02-30", "expires_on: must be a date" },
		{ "expires_on", "2026-2-3", "expires_on: must be a date" },
		{ "expires_on", "03/01/2027", "expires_on: must be a date" },
		{ "expires_on", "2027-03-01T00:00:00Z", "expires_on: must be a date" },
		{ "expires_on", " 2027-03-01", "expires_on: must be a date" },
		{ "names", "x", "names: must be a JSON array" },
		{ "names", "{}", "names: must be a JSON array" },
		{ "names", "[\"a\"] x", "names: must be a JSON array" },
		{ "names", "[\"\\u0000\"]", "names: must be a JSON array" },
		{ "names", "[1]", "names: every entry must be a text" },
		{ "names", "[null]", "names: every entry must be a text" },
		{ "names", "[\"\\u0007\"]", "names: every entry must be a text" },
		{ "names", "[\"\"]", "names: must not be blank" },
		{ "names", "[1,2,3,4,5,6,7,8,9]", "names: must have at most 8" },
		{ "aliases", "\"x\"", "aliases: must be a JSON array" },
		{ "aliases", "[\"caf\xc3\xa9\"]", "aliases: every entry must be 1 to 64" },
		{ "aliases", "[\"12345678901234567890123456789012345678901234567890123456789012345\"]",
		    "aliases: every entry must be 1 to 64" },
		{ "visibility", "no", "visibility: must be shown or hidden" },
		{ "visibility", "HIDDEN", "visibility: must be shown or hidden" },
		{ "rev", "-1", "rev: must be a whole number" },
		{ "rev", "1.5", "rev: must be a whole number" },
		{ "rev", "9223372036854775808", "rev: must be a whole number" },
		{ "rev", " 1", "rev: must be a whole number" },
		{ "typ", "WOSB", "typ: no such field" },
		{ "", "x", ": no such field" },
	};
	struct arena *arena = arena_new(ARENA_MAX);

	(void)state;
	memset(long_id, 'a', sizeof(long_id) - 1);
	memset(long_text, 'a', sizeof(long_text) - 1);
	memset(long_type, 'A', sizeof(long_type) - 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = { .text = "" };

		if (parse_with(rows[i].name, rows[i].value, arena, &err) != -1)
			fail_msg("row %zu (%s) was accepted", i, rows[i].name);
		if (strncmp(err.text, rows[i].error, strlen(rows[i].error)) != 0)
			fail_msg("row %zu: \"%s\" is not \"%s\"", i, err.text, rows[i].error);
		if (rows[i].value != NULL && strlen(rows[i].value) > 4)
			assert_null(strstr(err.text, rows[i].value));
	}
	arena_free(arena);
}

static void
test_doubled(void **state)
{
	struct badge_field fields[GOOD + 1];
	struct arena *arena = arena_new(ARENA_MAX);
	struct claim c;
	struct err err;

	(void)state;
	memcpy(fields, good, sizeof(good));
	fields[GOOD] = (struct badge_field){ "number", "other" };
	assert_int_equal(claim_parse(fields, GOOD + 1, arena, &c, &err), -1);
	assert_string_equal(err.text, "number: given twice");
	arena_free(arena);
}

/* A hostile field name neither breaks the line nor fills the message. */
static void
test_hostile_name(void **state)
{
	static char name[2000];
	struct arena *arena = arena_new(ARENA_MAX);
	struct err err;

	(void)state;
	memset(name, '\n', sizeof(name) - 1);
	assert_int_equal(parse_with(name, "x", arena, &err), -1);
	assert_true(strlen(err.text) < 80);
	assert_null(strchr(err.text, '\n'));
	arena_free(arena);
}

static void
test_no_memory(void **state)
{
	int failures = 0;

	(void)state;
	for (size_t max = 1; max < 400; max += 8) {
		struct arena *arena = arena_new(max);
		struct claim c;
		struct err err = { .text = "" };

		if (arena != NULL && claim_parse(good, GOOD, arena, &c, &err) != 0) {
			failures++;
			assert_non_null(strstr(err.text, "out of memory"));
		}
		arena_free(arena);
	}
	assert_true(failures > 3);
}

static void
test_limits_fit(void **state)
{
	static char text[1025], names[1025];
	struct arena *arena = arena_new(ARENA_MAX);
	struct err err;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	memset(names, 'a', sizeof(names) - 1);
	memcpy(names, "[\"", 2);
	memcpy(names + sizeof(names) - 3, "\"]", 2);
	assert_int_equal(parse_with("business_name", text, arena, &err), 0);
	assert_int_equal(parse_with("number", text, arena, &err), 0);
	assert_int_equal(parse_with("names", names, arena, &err), 0);
	assert_int_equal(parse_with("names", "[]", arena, &err), 0);
	assert_int_equal(parse_with("rev", "0", arena, &err), 0);
	arena_free(arena);
}

static void
test_equal(void **state)
{
	static const struct { const char *name, *value; bool equal; } rows[] = {
		{ "rev", "3", true },
		{ "number", "12345", true },
		{ "badge", "b-2", false },
		{ "profile", "p_2", false },
		{ "body", "nglcc", false },
		{ "category", "lgbtq", false },
		{ "number", "12346", false },
		{ "business_name", "Other", false },
		{ "type", "", false },
		{ "expires_on", "2027-03-02", false },
		{ "names", "[\"Caf\\u00e9\"]", false },
		{ "names", "[\"Caf\xc3\xa9\",\"Ole\"]", true },
		{ "names", "[\"Caf\xc3\xa9\",\"Other\"]", false },
		{ "aliases", "", false },
		{ "holder", "", false },
		{ "visibility", "shown", false },
	};
	struct arena *arena = arena_new(ARENA_MAX);
	struct claim a, b;
	struct err err;

	(void)state;
	assert_int_equal(claim_parse(good, GOOD, arena, &a, &err), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct badge_field fields[GOOD];

		memcpy(fields, good, sizeof(good));
		for (size_t k = 0; k < GOOD; k++)
			if (strcmp(fields[k].name, rows[i].name) == 0)
				fields[k].value = rows[i].value;
		assert_int_equal(claim_parse(fields, GOOD, arena, &b, &err), 0);
		if (claim_equal(&a, &b) != rows[i].equal)
			fail_msg("row %zu (%s)", i, rows[i].name);
	}
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_doubled),
		cmocka_unit_test(test_hostile_name),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_limits_fit),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests_name("claim", tests, NULL, NULL);
}
