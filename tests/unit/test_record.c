/* SPDX-License-Identifier: ISC */
/* test_record.c -- records as text and back; numbers and aliases as compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "core/number_pattern.h"
#include "core/record.h"

#define ARENA_MAX	((size_t)1 << 20)
#define ROUNDS		20000

static uint64_t seed;

/* xorshift64: the same numbers everywhere. */
static uint64_t
draw(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static void
test_encode_golden(void **state)
{
	static const struct {
		struct record rec;
		const char *text;
	} rows[] = {
		{ { .number = "10164", .status = CS_STATUS_ACTIVE },
		    "{\"number\":\"10164\",\"status\":\"active\"}" },
		{ { .number = "A\"\\1", .business_name = "Caf\xc3\xa9 \"Ole\"",
		    .dba_name = "Ole", .type = "WOSB",
		    .categories = CS_CATEGORY_VETERAN | CS_CATEGORY_WOMAN,
		    .aliases = { "ZZ", "AA", "MM", "AA" }, .alias_count = 4,
		    .status_word = "Paused",
		    .issued_on = { 2024, 2, 29 }, .expires_on = { 2027, 3, 1 } },
		    "{\"number\":\"A\\\"\\\\1\",\"aliases\":[\"AA\",\"MM\",\"ZZ\"],"
		    "\"name\":\"Caf\xc3\xa9 \\\"Ole\\\"\",\"dba\":\"Ole\",\"type\":\"WOSB\","
		    "\"categories\":[\"woman\",\"veteran\"],\"status\":\"unknown\","
		    "\"word\":\"Paused\",\"issued_on\":\"2024-02-29\","
		    "\"expires_on\":\"2027-03-01\"}" },
		{ { .number = "1", .business_name = "", .status = CS_STATUS_DECERTIFIED },
		    "{\"number\":\"1\",\"status\":\"decertified\"}" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, RECORD_TEXT_MAX);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&out);
		record_encode(&rows[i].rec, &out);
		assert_string_equal(buf_str(&out), rows[i].text);
	}
	buf_free(&out);
}

/* A text of 1..max clean characters, some of them awkward in JSON. */
static const char *
random_text(struct arena *arena, size_t max)
{
	static const char *const pieces[] = { "a", "B", "7", " ", "\"", "\\", "/",
	    "\xc3\xa9", "\xe2\x82\xac", "-", "{", "]" };
	char text[CS_NAME_MAX + 1] = "";
	size_t want = 1 + draw(max), n = 0;

	while (n < want) {
		const char *piece = pieces[draw(sizeof(pieces) / sizeof(pieces[0]))];

		if (n + strlen(piece) > max)
			break;
		memcpy(text + n, piece, strlen(piece) + 1);
		n += strlen(piece);
	}
	return n > 0 ? arena_strdup(arena, text) : "x";
}

static struct cs_date
random_date(void)
{
	return draw(3) == 0 ? (struct cs_date){ 0, 0, 0 } :
	    cs_date_from_days((int32_t)draw(60000));
}

static struct record
random_record(struct arena *arena)
{
	static const char *const types[] = { NULL, "WOSB", "SBA8A-JV", "X" };
	struct record rec = {
		.number = random_text(arena, CS_NUMBER_MAX),
		.alias_count = draw(CS_ALIASES_MAX + 1),
		.business_name = draw(4) == 0 ? NULL : random_text(arena, CS_NAME_MAX),
		.dba_name = draw(2) == 0 ? NULL : random_text(arena, CS_NAME_MAX),
		.type = types[draw(4)],
		.categories = (unsigned)draw(32),
		.status = (enum cs_status)draw(CS_STATUS_DECERTIFIED + 1),
		.issued_on = random_date(),
		.expires_on = random_date(),
	};

	for (size_t i = 0; i < rec.alias_count; i++)
		rec.aliases[i] = random_text(arena, CS_NUMBER_MAX);
	if (rec.status == CS_STATUS_UNKNOWN)
		rec.status_word = random_text(arena, CS_WORD_MAX);
	return rec;
}

static void
test_round_trip(void **state)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct buf a, b;

	(void)state;
	seed = 20260101;
	buf_init(&a, RECORD_TEXT_MAX);
	buf_init(&b, RECORD_TEXT_MAX);
	for (int i = 0; i < ROUNDS; i++) {
		struct record rec, back;
		struct err err = { .text = "" };

		arena_reset(arena);
		rec = random_record(arena);
		buf_clear(&a);
		buf_clear(&b);
		record_encode(&rec, &a);
		assert_false(a.failed);
		if (record_decode(a.data, a.len, arena, &back, &err) != 0)
			fail_msg("%s: %s", err.text, buf_str(&a));
		record_encode(&back, &b);
		assert_string_equal(buf_str(&a), buf_str(&b));
		assert_true(record_line_has_aliases(a.data, a.len) == (rec.alias_count > 0));
		assert_string_equal(rec.number, back.number);
		assert_int_equal(rec.status, back.status);
		assert_int_equal(rec.categories, back.categories);
		assert_int_equal(cs_date_compare(rec.expires_on, back.expires_on), 0);
		assert_true(text_equal(rec.type, back.type));
		assert_true(text_equal(rec.business_name, back.business_name));
		assert_true(text_equal(rec.dba_name, back.dba_name));
		assert_true(text_equal(rec.status_word, back.status_word));
	}
	buf_free(&a);
	buf_free(&b);
	arena_free(arena);
}

static void
test_decode_refuses(void **state)
{
	static const char *const rows[] = {
		"", "x", "null", "[]", "\"\"", "{", "{}",
		"{\"status\":\"active\"}",
		"{\"number\":\"1\"}",
		"{\"number\":\"\",\"status\":\"active\"}",
		"{\"number\":1,\"status\":\"active\"}",
		"{\"number\":\"1\",\"status\":\"great\"}",
		"{\"number\":\"1\",\"status\":\"active\"} x",
		"{\"number\":\"1\",\"number\":\"2\",\"status\":\"active\"}",
		"{\"number\":\"1\",\"status\":\"active\",\"type\":\"wosb\"}",
		"{\"number\":\"1\",\"status\":\"active\",\"type\":5}",
		"{\"number\":\"1\",\"status\":\"active\",\"categories\":\"woman\"}",
		"{\"number\":\"1\",\"status\":\"active\",\"categories\":[\"women\"]}",
		"{\"number\":\"1\",\"status\":\"active\",\"aliases\":\"A\"}",
		"{\"number\":\"1\",\"status\":\"active\",\"aliases\":[1]}",
		"{\"number\":\"1\",\"status\":\"active\",\"aliases\":[\"\"]}",
		"{\"number\":\"1\",\"status\":\"active\",\"aliases\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}",
		"{\"number\":\"1\",\"status\":\"active\",\"expires_on\":\"2026-02-30\"}",
		"{\"number\":\"1\",\"status\":\"active\",\"expires_on\":\"2026-2-3\"}",
		"{\"number\":\"1\",\"status\":\"active\",\"expires_on\":\"\"}",
		"{\"number\":\"1\",\"status\":\"active\",\"expires_on\":20260203}",
		"{\"number\":\"1\",\"status\":\"active\",\"name\":\"a\\u0007b\"}",
		"{\"number\":\"1\\u0000\",\"status\":\"active\"}",
		"{\"number\":\"\\ud800\",\"status\":\"active\"}",
		"{\"number\":\"\xff\",\"status\":\"active\"}",
	};
	struct arena *arena = arena_new(ARENA_MAX);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct record rec = { .number = "untouched" };
		struct err err = { .text = "" };

		if (record_decode(rows[i], strlen(rows[i]), arena, &rec, &err) != -1)
			fail_msg("accepted: %s", rows[i]);
		assert_string_not_equal(err.text, "");
		assert_string_equal(rec.number, "untouched");
	}
	arena_free(arena);
}

static void
test_decode_limits(void **state)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct arena *tiny = arena_new(8);
	char text[RECORD_TEXT_MAX + 100];
	struct record rec;
	struct err err;
	int n;

	(void)state;
	n = snprintf(text, sizeof(text), "{\"number\":\"%064d\",\"status\":\"active\"}", 7);
	assert_int_equal(record_decode(text, (size_t)n, arena, &rec, &err), 0);
	assert_int_equal(record_decode(text, (size_t)n, tiny, &rec, &err), -1);
	n = snprintf(text, sizeof(text), "{\"number\":\"%065d\",\"status\":\"active\"}", 7);
	assert_int_equal(record_decode(text, (size_t)n, arena, &rec, &err), -1);
	memset(text, ' ', sizeof(text));
	assert_int_equal(record_decode(text, RECORD_TEXT_MAX + 1, arena, &rec, &err), -1);
	/* Members of a newer version are not ours to judge. */
	n = snprintf(text, sizeof(text), "{\"number\":\"1\",\"status\":\"active\",\"new\":[{}]}");
	assert_int_equal(record_decode(text, (size_t)n, arena, &rec, &err), 0);
	arena_free(tiny);
	arena_free(arena);
}

/* Whatever is decoded encodes to a line that decodes to the same. */
static void
test_decode_fuzz(void **state)
{
	static const char base[] = "{\"number\":\"A1\",\"aliases\":[\"B\",\"C\"],"
	    "\"name\":\"N \\u00e9\",\"type\":\"WOSB\",\"categories\":[\"woman\"],"
	    "\"status\":\"unknown\",\"word\":\"W\",\"expires_on\":\"2027-03-01\"}";
	static const char bytes[] = "\"\\{}[],:01aA\xc3\xa9\xff\x00 -";
	struct arena *arena = arena_new(ARENA_MAX);
	struct buf a, b;
	int accepted = 0;

	(void)state;
	seed = 77;
	buf_init(&a, RECORD_TEXT_MAX);
	buf_init(&b, RECORD_TEXT_MAX);
	for (int i = 0; i < ROUNDS; i++) {
		char *text = malloc(sizeof(base) - 1);	/* exact: ASan sees over-reads */
		size_t len = sizeof(base) - 1 - (draw(3) == 0 ? draw(60) : 0);
		struct record rec, back;
		struct err err;

		memcpy(text, base, sizeof(base) - 1);
		for (uint64_t k = draw(4); k > 0; k--)
			text[draw(sizeof(base) - 1)] = bytes[draw(sizeof(bytes) - 1)];
		arena_reset(arena);
		if (record_decode(text, len, arena, &rec, &err) == 0) {
			accepted++;
			buf_clear(&a);
			buf_clear(&b);
			record_encode(&rec, &a);
			assert_int_equal(record_decode(a.data, a.len, arena, &back, &err), 0);
			record_encode(&back, &b);
			assert_string_equal(buf_str(&a), buf_str(&b));
		}
		free(text);
	}
	assert_true(accepted > ROUNDS / 10);
	buf_free(&a);
	buf_free(&b);
	arena_free(arena);
}

static const struct cs_grammar uei = {
	.normalise = CS_NORM_UPPER, .min_len = 12, .max_len = 12,
	.chars = "A-HJ-NP-Z0-9", .first = "A-HJ-NP-Z1-9", .max_digits = 8,
};
static const struct cs_grammar loose = {
	.normalise = CS_NORM_UPPER | CS_NORM_SPACE | CS_NORM_DASH | CS_NORM_ZEROS,
	.min_len = 1, .max_len = 8, .chars = "A-Z0-9",
};
static const struct cs_grammar dashed = {
	.normalise = CS_NORM_ZEROS, .min_len = 3, .chars = "0-9-",
};
/* No letter is left out; more length than any number has. */
static const struct cs_grammar any = { .max_len = CS_NUMBER_MAX + 1, .max_digits = 2 };

static void
test_number(void **state)
{
	static const struct {
		const struct cs_grammar *grammar;
		const char *text, *number;	/* NULL: refused */
		bool fits;
	} rows[] = {
		{ NULL, " 10164\t\r\n", "10164", true },
		{ NULL, "nw05277", "nw05277", true },
		{ NULL, "a b", NULL, false },
		{ NULL, "", NULL, false },
		{ NULL, " \t ", NULL, false },
		{ NULL, "caf\xc3\xa9", NULL, false },
		{ NULL, "a\x7f", NULL, false },
		/* full-width, dashes, blanks, and what cannot be seen */
		{ NULL, "\xef\xbc\x91\xef\xbc\x92\xef\xbc\xa1", "12A", true },
		{ NULL, "\xef\xbc\x8d\xef\xbd\x9e", "-~", true },
		{ NULL, "10\xe2\x80\x93" "358", "10-358", true },
		{ NULL, "10\xe2\x80\x91" "358", "10-358", true },
		{ NULL, "10\xe2\x88\x92" "358", "10-358", true },
		{ NULL, "10\xc2\xad" "358", "10-358", true },
		{ NULL, "\xef\xbb\xbf" "10\xe2\x80\x8b" "358\xe2\x80\x8e", "10358", true },
		{ NULL, "\xc2\xa0" "10\xe2\x80\xaf", "10", true },
		{ NULL, "1\xc2\xa0" "0", NULL, false },
		{ &loose, "1\xc2\xa0" "0\xe2\x80\x94" "1", "101", true },
		{ NULL, "\xe2\x80\x8b", NULL, false },
		/* letters that look like others, digits of other scripts, cut sequences */
		{ NULL, "\xd0\x90" "123", NULL, false },
		{ NULL, "\xce\x91" "123", NULL, false },
		{ NULL, "\xd9\xa1", NULL, false },
		{ NULL, "\xf0\x9d\x9f\x8e", NULL, false },
		{ NULL, "1\xe2\x80", NULL, false },
		{ NULL, "1\xc2", NULL, false },
		{ NULL, "a - b", NULL, false },
		{ &uei, "zqggHJH74DW7", "ZQGGHJH74DW7", true },
		{ &uei, "ZQGGHJH74DWI", "ZQGGHJH74DWI", false },
		{ &uei, "0QGGHJH74DW7", "0QGGHJH74DW7", false },
		{ &uei, "A12345678901", "A12345678901", false },
		{ &uei, "A12345678B90", "A12345678B90", true },
		{ &uei, "ZQGGHJH74DW", "ZQGGHJH74DW", false },
		{ &uei, "ZQGGHJH74DW77", "ZQGGHJH74DW77", false },
		{ &uei, "ZQGGHJ H74DW7", NULL, false },
		{ &loose, "00-12 3", "123", true },
		{ &loose, "000", "0", true },
		{ &loose, "- -", NULL, false },
		{ &loose, "a-0", "A0", true },
		{ &loose, "123456789", "123456789", false },
		{ &loose, "1.2", "1.2", false },
		{ &dashed, "07-362", "7-362", true },
		{ &dashed, "7-", "7-", false },
		{ &dashed, "7A-362", "7A-362", false },
		{ &any, "{z|~}", "{z|~}", true },
		{ &any, "12a34", "12a34", true },
		{ &any, "a123", "a123", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[CS_NUMBER_MAX + 1];
		bool ok = number_normalise(rows[i].grammar, rows[i].text, out);

		if (ok != (rows[i].number != NULL))
			fail_msg("row %zu: %d", i, ok);
		assert_string_equal(out, rows[i].number != NULL ? rows[i].number : "");
		if (ok && number_fits(rows[i].grammar, out) != rows[i].fits)
			fail_msg("row %zu: fits", i);
	}
	assert_false(number_fits(NULL, ""));
}

static void
test_number_pattern(void **state)
{
	static const struct {
		const char *pattern, *number;
		bool matches;
	} rows[] = {
		{ "C[0-9]{5}", "C12345", true },
		{ "C[0-9]{5}", "C1234", false },
		{ "C[0-9]{5}", "XC12345", false },
		{ "C[0-9]{5}", "C123456", false },
		{ "A|B.*", "A", true },		/* each alternative as a whole */
		{ "A|B.*", "AB", false },
		{ "A|B.*", "XB", false },
		{ "", "A", false },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct number_pattern *p = number_pattern_new(rows[i].pattern, &err);

		assert_non_null(p);
		if (number_matches(p, rows[i].number) != rows[i].matches)
			fail_msg("row %zu", i);
		assert_null(number_pattern_free(p));
	}
	assert_null(number_pattern_new("(", &err));
	assert_string_equal(err.text,
	    "is not a regular expression: missing closing parenthesis, at its byte 2");
	assert_null(number_pattern_free(NULL));
}

/* Each is refused, or runs within its steps: regcomp() or a backtracking match takes hours. */
static void
test_number_pattern_is_bounded(void **state)
{
	static const struct {
		const char *pattern, *why;	/* NULL: it is taken */
	} rows[] = {
		{ "A+++++++++++++++++++++++++++", "does not follow" },
		{ "((((A+)+)+)+)+[BC]", NULL },
		{ "((((((((((((((((((((((((((A+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+)+",
		  NULL },
		{ "(a?{2,}|){13,}*A", "does not follow" },
		{ "((A?){30}){30}[BC]", NULL },
		{ "(A|AA|AAA|AAAA)*[BC]", NULL },
		{ "((((A{60}){60}){60}){60}){60}", "too large" },
		{ "(((((A{0,99}){0,99}){0,99}){0,99}){0,99})", "too large" },
		{ "A{99999}", "number too big" },
		{ "(?:A{65535}){65535}", "too large" },
		{ "(A|(?R))*[BC]", NULL },
		{ "(A*)*\\1[BC]", NULL },
		{ "(((((((((((((((((((((((((((((((((A)))))))))))))))))))))))))))))))))", "too deeply" },
		{ "\\C", "\\C" },
	};
	char number[CS_NUMBER_MAX + 1];
	struct err err;

	(void)state;
	memset(number, 'A', CS_NUMBER_MAX);
	number[CS_NUMBER_MAX] = '\0';
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct number_pattern *p = number_pattern_new(rows[i].pattern, &err);

		if ((p == NULL) != (rows[i].why != NULL) ||
		    (p == NULL && strstr(err.text, rows[i].why) == NULL))
			fail_msg("%s: %s", rows[i].pattern, p == NULL ? err.text : "taken");
		if (p != NULL)
			(void)number_matches(p, number);
		(void)number_pattern_free(p);
	}
}

/* What would need too many steps excludes nothing; what is told soon is told. */
static void
test_what_cannot_be_told_fits(void **state)
{
	static const char number[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	struct number_pattern *p = number_pattern_new("(A|AA|AAA)*[BC]", NULL);

	(void)state;
	assert_non_null(p);
	assert_true(number_matches(p, number));
	assert_true(number_matches(p, "AC"));
	assert_false(number_matches(p, "AA"));
	assert_null(number_pattern_free(p));
}

static void
test_number_limits(void **state)
{
	char text[CS_NUMBER_MAX + 3], out[CS_NUMBER_MAX + 1];

	(void)state;
	memset(text, '7', sizeof(text));
	text[CS_NUMBER_MAX] = '\0';
	assert_true(number_normalise(NULL, text, out));
	assert_true(number_fits(NULL, out));
	text[CS_NUMBER_MAX] = '7';
	text[CS_NUMBER_MAX + 1] = '\0';
	assert_false(number_normalise(NULL, text, out));
	text[3] = ' ';
	assert_true(number_normalise(&loose, text, out));	/* 64 are left */
}

/* Normalising twice is normalising once, whatever the rules. */
static void
test_number_idempotent(void **state)
{
	static const char bytes[] = "aZ09- 0\t-.";

	(void)state;
	seed = 5;
	for (int i = 0; i < ROUNDS; i++) {
		struct cs_grammar g = { .normalise = (unsigned)draw(16) };
		char text[12], once[CS_NUMBER_MAX + 1], twice[CS_NUMBER_MAX + 1];
		size_t n = draw(sizeof(text));

		for (size_t k = 0; k < n; k++)
			text[k] = bytes[draw(sizeof(bytes) - 1)];
		text[n] = '\0';
		if (!number_normalise(&g, text, once))
			continue;
		assert_true(number_normalise(&g, once, twice));
		assert_string_equal(once, twice);
	}
}

static void
test_alias(void **state)
{
	char out[CS_NUMBER_MAX + 1];

	(void)state;
	assert_true(alias_normalise(" 5ut e1 ", out));
	assert_string_equal(out, "5UTE1");
	assert_true(alias_normalise("0-a", out));
	assert_string_equal(out, "0-A");
	assert_false(alias_normalise("", out));
	assert_string_equal(out, "");
	assert_false(alias_normalise("\xc3\xa9", out));
}

static void
test_status_names(void **state)
{
	(void)state;
	assert_string_equal(record_status_name(CS_STATUS_ACTIVE), "active");
	assert_string_equal(record_status_name(CS_STATUS_UNKNOWN), "unknown");
	assert_string_equal(record_status_name(CS_STATUS_PENDING), "pending");
	assert_string_equal(record_status_name((enum cs_status)99), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encode_golden),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_decode_refuses),
		cmocka_unit_test(test_decode_limits),
		cmocka_unit_test(test_decode_fuzz),
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_number_pattern),
		cmocka_unit_test(test_number_pattern_is_bounded),
		cmocka_unit_test(test_what_cannot_be_told_fits),
		cmocka_unit_test(test_number_limits),
		cmocka_unit_test(test_number_idempotent),
		cmocka_unit_test(test_alias),
		cmocka_unit_test(test_status_names),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
