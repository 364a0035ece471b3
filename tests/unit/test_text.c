/* SPDX-License-Identifier: ISC */
/* test_text.c -- strings from outside: src/base/text.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/text.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static void
test_utf8(void **state)
{
	static const struct { const char *s; size_t len; bool utf8, clean; } cases[] = {
		{ "", 0, true, true },
		{ "plain", 5, true, true },
		{ "a\0b", 3, true, false },
		{ "tab\t", 4, true, false },
		{ "\x7f", 1, true, false },
		{ "caf\xc3\xa9", 5, true, true },
		{ "\xc2\x85", 2, true, false },		/* C1 */
		{ "\xe2\x82\xac", 3, true, true },
		{ "\xf0\x9f\x98\x80", 4, true, true },
		{ "\xf4\x8f\xbf\xbf", 4, true, true },	/* U+10FFFF */
		{ "\xf4\x90\x80\x80", 4, false, false },
		{ "\xc0\x80", 2, false, false },	/* overlong NUL */
		{ "\xc1\xbf", 2, false, false },
		{ "\xe0\x9f\xbf", 3, false, false },
		{ "\xf0\x8f\xbf\xbf", 4, false, false },
		{ "\xed\xa0\x80", 3, false, false },	/* surrogate */
		{ "\xed\x9f\xbf", 3, true, true },
		{ "\xe2\x82", 2, false, false },	/* cut */
		{ "\xc3", 1, false, false },
		{ "\x80", 1, false, false },
		{ "\xff", 1, false, false },
		{ "\xc3(", 2, false, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(text_is_utf8(cases[i].s, cases[i].len), cases[i].utf8);
		assert_int_equal(text_is_clean(cases[i].s, cases[i].len), cases[i].clean);
	}
}

static void
test_escape(void **state)
{
	static const struct { const char *in; size_t len, size; const char *want; } cases[] = {
		{ "plain", 5, 32, "plain" },
		{ "a\nb\0c", 5, 32, "a\\x0ab\\x00c" },
		{ "\x1b[31m", 5, 32, "\\x1b[31m" },
		{ "caf\xc3\xa9", 5, 32, "caf\xc3\xa9" },
		{ "caf\xe9", 4, 32, "caf\\xe9" },
		{ "\xc2\x85", 2, 32, "\\xc2\\x85" },
		{ "\xe2\x80\xae", 3, 32, "\\xe2\\x80\\xae" },	/* bidi override */
		{ "a\xc2\xad" "b", 4, 32, "a\\xc2\\xad" "b" },	/* soft hyphen */
		{ "\xe2\x80\x8b", 3, 32, "\\xe2\\x80\\x8b" },	/* zero width space */
		{ "C:\\x", 4, 32, "C:\\x" },
		{ "12345678", 8, 9, "12345678" },
		{ "123456789", 9, 9, "12345..." },
		{ "12345\n789", 9, 9, "12345..." },
		{ "1234567\xc3\xa9", 9, 9, "12345..." },
		{ "123\xe2\x82\xac""6789", 10, 8, "123..." },	/* never half a character */
		{ "12345", 5, 4, "..." },
		{ "12345", 5, 3, ".." },
		{ "12345", 5, 1, "" },
		{ "", 0, 1, "" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		memset(out, 'z', sizeof(out));
		assert_ptr_equal(text_escape(cases[i].in, cases[i].len, out,
		    cases[i].size), out);
		assert_string_equal(out, cases[i].want);
		assert_int_equal(out[cases[i].size], 'z');
	}
	assert_ptr_equal(text_escape("x", 1, out, 0), out);
}

static void
test_trim_copy_compare(void **state)
{
	char s[] = " \t two words \r\n", blank[] = " \n", out[4];

	(void)state;
	assert_string_equal(text_trim(s), "two words");
	assert_string_equal(text_trim(blank), "");
	assert_true(text_copy(out, sizeof(out), "abc"));
	assert_string_equal(out, "abc");
	assert_false(text_copy(out, sizeof(out), "abcd"));
	assert_string_equal(out, "");
	assert_true(text_equal(NULL, NULL));
	assert_false(text_equal(NULL, ""));
	assert_true(text_equal("a", "a"));
	assert_false(text_equal("a", "A"));
	assert_true(text_equal_nocase("MiXed-1", "mIxED-1"));
	assert_false(text_equal_nocase("ab", "abc"));
	assert_false(text_equal_nocase("abc", "ab"));
	assert_false(text_equal_nocase("@", "`"));	/* 0x40 and 0x60 */
	assert_false(text_equal_nocase("a", NULL));
	assert_true(text_starts("prefix", "pre"));
	assert_true(text_starts("pre", "pre"));
	assert_false(text_starts("pr", "pre"));
}

static void
test_ids(void **state)
{
	(void)state;
	assert_true(text_is_id("Az09_-", 6));
	assert_false(text_is_id("Az09_-", 5));
	assert_false(text_is_id("", 5));
	assert_false(text_is_id("a.b", 5));
	assert_false(text_is_id("a b", 5));
	assert_false(text_is_id("\xc3\xa9", 5));
	assert_true(text_is_name("nyc-sbs9", 32));
	assert_false(text_is_name("Nyc", 32));
	assert_false(text_is_name("a_b", 32));
	assert_false(text_is_name("", 32));
}

static void
test_parse_i64(void **state)
{
	static const struct { const char *s; bool ok; int64_t want; } cases[] = {
		{ "0", true, 0 }, { "42", true, 42 }, { "007", true, 7 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "9223372036854775808", false, 0 },
		{ "99999999999999999999", false, 0 },
		{ "", false, 0 }, { " 1", false, 0 }, { "1 ", false, 0 },
		{ "+1", false, 0 }, { "-1", false, 0 }, { "1.0", false, 0 },
		{ "0x10", false, 0 }, { "1e3", false, 0 },
	};
	int64_t v;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		v = -7;
		assert_int_equal(text_parse_i64(cases[i].s, 0, INT64_MAX, &v),
		    cases[i].ok);
		assert_true(v == (cases[i].ok ? cases[i].want : -7));
	}
	assert_false(text_parse_i64("4", 5, 9, &v));
	assert_true(text_parse_i64("5", 5, 9, &v));
	assert_true(text_parse_i64("9", 5, 9, &v));
	assert_false(text_parse_i64("10", 5, 9, &v));
}

static void
test_parse_units(void **state)
{
	static const struct { const char *s; int64_t want; } durations[] = {
		{ "0", 0 }, { "0s", 0 }, { "100ms", 100 }, { "60s", 60000 },
		{ "15m", 900000 }, { "24h", 86400000 }, { "7d", 604800000 },
		{ "", -1 }, { "5", -1 }, { "s", -1 }, { "5 s", -1 }, { "-5s", -1 },
		{ "1.5h", -1 }, { "5S", -1 }, { "5w", -1 }, { "1h30m", -1 },
		{ "106751991168d", -1 },		/* over int64 */
	};
	static const struct { const char *s; int64_t want; } sizes[] = {
		{ "0", 0 }, { "65536", 65536 }, { "64K", 65536 },
		{ "8M", 8388608 }, { "2G", INT64_C(2147483648) },
		{ "", -1 }, { "K", -1 }, { "8m", -1 }, { "8MB", -1 }, { "1T", -1 },
		{ "8589934592G", -1 },
	};
	int64_t v;

	(void)state;
	for (size_t i = 0; i < COUNT(durations); i++) {
		v = -1;
		assert_int_equal(text_parse_duration_ms(durations[i].s, &v),
		    durations[i].want != -1);
		assert_true(v == durations[i].want);
	}
	for (size_t i = 0; i < COUNT(sizes); i++) {
		v = -1;
		assert_int_equal(text_parse_size(sizes[i].s, &v), sizes[i].want != -1);
		assert_true(v == sizes[i].want);
	}
}

static void
test_parse_ratio(void **state)
{
	static const struct { const char *s; double want; } cases[] = {
		{ "20%", 0.2 }, { "0.2", 0.2 }, { "0.85", 0.85 }, { "100%", 1 },
		{ "0", 0 }, { "1", 1 }, { "2.5%", 0.025 }, { "150%", 1.5 },
		{ "", -1 }, { "%", -1 }, { ".5", -1 }, { "5.", -1 }, { "-1", -1 },
		{ "1 %", -1 }, { "1%%", -1 }, { "1e3", -1 }, { "nan", -1 },
		{ "0,2", -1 }, { "1234567890", -1 }, { "0.1234567890", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		double v = -1;

		assert_int_equal(text_parse_ratio(cases[i].s, &v), cases[i].want >= 0);
		assert_true(v >= cases[i].want && v <= cases[i].want);
	}
}

static void
test_list_and_hex(void **state)
{
	char list[] = " a, b c ,,d ,", empty[] = " , ", hex[7], *rest = list;

	(void)state;
	assert_string_equal(text_list_next(&rest, ','), "a");
	assert_string_equal(text_list_next(&rest, ','), "b c");
	assert_string_equal(text_list_next(&rest, ','), "d");
	assert_null(text_list_next(&rest, ','));
	assert_null(text_list_next(&rest, ','));
	rest = empty;
	assert_null(text_list_next(&rest, ','));
	text_hex("\x00\xab\xff", 3, hex);
	assert_string_equal(hex, "00abff");
	text_hex("", 0, hex);
	assert_string_equal(hex, "");
}

static void
test_time(void **state)
{
	static const struct { int64_t s; const char *want; } cases[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ 951782399, "2000-02-28T23:59:59Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 1795304580, "2026-11-21T23:43:00Z" },
		{ INT64_C(4107542400), "2100-03-01T00:00:00Z" },
		{ INT64_C(253402300799), "9999-12-31T23:59:59Z" },
	};
	static const char *const bad[] = {
		"", "2026-11-21", "2026-11-21T23:43:00", "2026-11-21 23:43:00Z",
		"2026-11-21T24:00:00Z", "2026-11-21T23:60:00Z", "2026-02-30T00:00:00Z",
		"2026-11-21T23:43:60Z", "2026-11-21T23:43:00+00:00",
		"2026-11-21T23:43:00.Z", "2026-11-21T23:43:00Zx", "2026-1-1T00:00:00Z",
	};
	char out[TEXT_TIME];
	int64_t v;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_string_equal(text_time_s(cases[i].s, out), cases[i].want);
		assert_true(text_parse_time_s(out, &v));
		assert_true(v == cases[i].s);
	}
	assert_string_equal(text_time_s(INT64_MAX, out), "9999-12-31T23:59:59Z");
	assert_string_equal(text_time_s(INT64_MIN, out), "0001-01-01T00:00:00Z");
	assert_string_equal(text_time_ms(1795304580007, out), "2026-11-21T23:43:00.007Z");
	assert_string_equal(text_time_ms(-1, out), "1969-12-31T23:59:59.999Z");
	assert_string_equal(text_time_ms(INT64_MAX, out), "9999-12-31T23:59:59.807Z");
	assert_true(text_parse_time_s("2026-11-21T23:43:00.999Z", &v));
	assert_true(v == 1795304580);
	v = 5;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(text_parse_time_s(bad[i], &v));
	assert_true(v == 5);
}

static void
test_keys(void **state)
{
	(void)state;
	assert_true(text_is_key_of("type.map", "type.map"));
	assert_false(text_is_key_of("type.map", "type.mapping"));
	assert_true(text_is_key_of("type.column.*", "type.column.MBE"));
	assert_true(text_is_key_of("type.column.*", "type.column.SBA8A-JV"));
	assert_false(text_is_key_of("type.column.*", "type.column."));
	assert_false(text_is_key_of("type.column.*", "type.column.*"));
	assert_false(text_is_key_of("type.column.*", "type.column.mbe"));
	assert_false(text_is_key_of("type.column.*", "type.columns.MBE"));
	assert_false(text_is_key_of("*", "anything"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_trim_copy_compare),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_parse_i64),
		cmocka_unit_test(test_parse_units),
		cmocka_unit_test(test_parse_ratio),
		cmocka_unit_test(test_list_and_hex),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
