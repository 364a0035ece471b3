/* SPDX-License-Identifier: ISC */
/* test_date.c -- civil dates and their declared formats: src/base/date.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <certsync/date.h>

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define ISO		"%Y-%m-%d"
#define STAMP		"%Y-%m-%dT%H:%M:%S%f%Z"
#define US		"%m/%d/%Y"

static void
test_days(void **state)
{
	static const struct { struct cs_date d; int32_t days; } cases[] = {
		{ { 1970, 1, 1 }, 0 }, { { 1969, 12, 31 }, -1 },
		{ { 2000, 2, 29 }, 11016 }, { { 2000, 3, 1 }, 11017 },
		{ { 2100, 2, 28 }, 47540 }, { { 2100, 3, 1 }, 47541 },
		{ { 1, 1, 1 }, -719162 }, { { 9999, 12, 31 }, 2932896 },
	};
	struct cs_date last = { 1, 1, 1 };

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(cs_date_days(cases[i].d), cases[i].days);
		assert_int_equal(cs_date_compare(cs_date_from_days(cases[i].days),
		    cases[i].d), 0);
	}
	for (int32_t n = -719162; n <= 2932896; n++) {
		struct cs_date d = cs_date_from_days(n);

		if (!cs_date_is_valid(d) || cs_date_days(d) != n ||
		    (n > -719162 && cs_date_compare(last, d) >= 0))
			fail_msg("day %d", (int)n);
		last = d;
	}
	assert_false(cs_date_is_set(cs_date_from_days(-719163)));
	assert_false(cs_date_is_set(cs_date_from_days(2932897)));
	assert_false(cs_date_is_set(cs_date_from_days(INT32_MIN)));
	assert_false(cs_date_is_set(cs_date_from_days(INT32_MAX)));
}

static void
test_valid_compare_text(void **state)
{
	char buf[CS_DATE_TEXT];

	(void)state;
	assert_true(cs_date_is_valid((struct cs_date){ 2028, 2, 29 }));
	assert_false(cs_date_is_valid((struct cs_date){ 2026, 2, 29 }));
	assert_false(cs_date_is_valid((struct cs_date){ 2100, 2, 29 }));
	assert_true(cs_date_is_valid((struct cs_date){ 2000, 2, 29 }));
	assert_false(cs_date_is_valid((struct cs_date){ 2026, 4, 31 }));
	assert_false(cs_date_is_valid((struct cs_date){ 2026, 13, 1 }));
	assert_false(cs_date_is_valid((struct cs_date){ 2026, 0, 1 }));
	assert_false(cs_date_is_valid((struct cs_date){ 0 }));
	assert_false(cs_date_is_valid((struct cs_date){ -1, 1, 1 }));
	assert_true(cs_date_compare((struct cs_date){ 2026, 12, 31 },
	    (struct cs_date){ 2027, 1, 1 }) < 0);
	assert_true(cs_date_compare((struct cs_date){ 2026, 2, 1 },
	    (struct cs_date){ 2026, 1, 31 }) > 0);
	assert_true(cs_date_compare((struct cs_date){ 0 },
	    (struct cs_date){ 1, 1, 1 }) < 0);
	assert_string_equal(cs_date_text((struct cs_date){ 2027, 3, 1 }, buf),
	    "2027-03-01");
	assert_string_equal(cs_date_text((struct cs_date){ 7, 3, 1 }, buf),
	    "0007-03-01");
	assert_string_equal(cs_date_text((struct cs_date){ 0 }, buf), "");
	assert_string_equal(cs_date_text((struct cs_date){ 2026, 2, 30 }, buf), "");
}

/* want NULL: bad; "": blank. */
static const struct { const char *format, *text, *want; } readings[] = {
	/* as registries write them */
	{ ISO, "2027-03-01", "2027-03-01" },
	{ STAMP, "2027-03-01T23:59:59Z", "2027-03-01" },
	{ STAMP, "2027-03-01T00:00:00.000", "2027-03-01" },
	{ STAMP, "2027-03-01T00:00:00.123456+00:00", "2027-03-01" },
	{ STAMP, "2027-03-01T23:30:00-05:00", "2027-03-01" },	/* as written */
	{ STAMP, "2027-03-01T00:00:00", "2027-03-01" },
	{ US, "03/01/2027", "2027-03-01" },
	{ US, "3/1/2027", "2027-03-01" },
	{ "%Y%m%d", "20270301", "2027-03-01" },
	{ "%d-%b-%Y", "01-MAR-2027", "2027-03-01" },
	{ "%d-%b-%Y", "1-Mar-2027", "2027-03-01" },
	{ "%B %d, %Y", "March 1, 2027", "2027-03-01" },
	{ "%B %d, %Y", "MARCH  01,  2027", "2027-03-01" },
	{ "%s", "1803859200", "2027-03-01" },
	{ "%s", "1803859199", "2027-02-28" },
	{ "%Q", "1803859199999", "2027-02-28" },
	{ "%Q", "1803859200000", "2027-03-01" },
	{ "%Y-%b-%d %H:%M:%S+0000 UTC", "2027-Mar-01 00:00:00+0000 UTC", "2027-03-01" },
	{ ISO, "", "" },
	{ ISO, " \t\r\n", "" },
	{ ISO, "  2027-03-01\r\n", "2027-03-01" },
	/* F9 in docs/reliability.md */
	{ ISO, "0000-00-00", NULL },
	{ ISO, "9999-12-31", "9999-12-31" },	/* a day; a rule may mean more */
	{ ISO, "2026-02-30", NULL },
	{ "%m/%d", "02/30", NULL },
	{ "%m/%d/%Y", "02/30/2026", NULL },
	{ "%m/%d/%y", "13/12/11", NULL },
	{ "%m/%d/%Y", "13/12/11", NULL },
	{ "%d/%m/%y", "13/12/11", "2011-12-13" },
	{ "%Y-%m-%dT%H:%M", "2026-1-1T24:00", NULL },
	{ ISO, "2026-1-1T24:00", NULL },
	{ "%Y-%m-%dT%H:%M", "2026-1-1T23:59", "2026-01-01" },
	{ ISO, "1803859200000", NULL },
	/* leap days */
	{ ISO, "2028-02-29", "2028-02-29" },
	{ ISO, "2027-02-29", NULL },
	{ ISO, "2100-02-29", NULL },
	{ "%s", "951825600", "2000-02-29" },
	/* %y's pivot */
	{ "%m/%d/%y", "01/02/69", "2069-01-02" },
	{ "%m/%d/%y", "01/02/70", "1970-01-02" },
	{ "%m/%d/%y", "01/02/00", "2000-01-02" },
	{ "%m/%d/%y", "01/02/99", "1999-01-02" },
	{ "%m/%d/%y", "01/02/7", NULL },
	{ "%m/%d/%y", "01/02/2027", NULL },
	{ "%d-%b-%y", "14-JUL-26", "2026-07-14" },
	/* nothing is guessed */
	{ ISO, "27-03-01", NULL },
	{ ISO, "02027-03-01", NULL },
	{ ISO, "2027-03-01x", NULL },
	{ ISO, "2027-03-01T00:00:00", NULL },
	{ ISO, "2027- 3-01", NULL },
	{ ISO, "+2027-03-01", NULL },
	{ ISO, "2027-003-01", NULL },
	{ ISO, "2027-03-", NULL },
	{ ISO, "null", NULL },
	{ ISO, "N/A", NULL },
	{ ISO, "\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa7-03-01", NULL },	/* other digits */
	{ "%Y%m%d", "2027031", NULL },
	{ "%Y%m%d", "202703011", NULL },
	{ "%m%d%Y", "03012027", "2027-03-01" },
	{ "%m%d%Y", "3012027", NULL },
	{ "%d%b%Y", "1MAR2027", "2027-03-01" },
	{ "%b %d %Y", "March 1 2027", NULL },
	{ "%B %d %Y", "Mar 1 2027", NULL },
	{ "%B %d %Y", "May 1 2027", "2027-05-01" },
	{ "%B %d %Y", "Marsh 1 2027", NULL },
	{ "%B %d,%Y", "March1,2027", NULL },
	{ "%B %d, %Y", "M\xe4rz 1, 2027", NULL },
	{ STAMP, "2027-03-01T00:60:00", NULL },
	{ STAMP, "2027-03-01T00:00:61", NULL },
	{ STAMP, "2016-12-31T23:59:60Z", "2016-12-31" },
	{ STAMP, "2027-03-01T0:00:00", "2027-03-01" },
	{ STAMP, "2027-03-01T:00:00", NULL },
	{ "%Y%m%d%H%M", "202703010930", "2027-03-01" },
	{ "%Y%m%d%H%M", "20270301930", NULL },
	{ "%m/%d/%Y %I:%M %p", "3/1/2027 12:00 AM", "2027-03-01" },
	{ "%m/%d/%Y %I:%M:%S %p", "03/01/2027 11:59:59 p.m.", "2027-03-01" },
	{ "%m/%d/%Y %I:%M %p", "3/1/2027 13:00 PM", NULL },
	{ "%m/%d/%Y %I:%M %p", "3/1/2027 0:00 AM", NULL },
	{ "%m/%d/%Y %I:%M %p", "3/1/2027 9:00", NULL },
	{ "%m/%d/%Y %I:%M %p", "3/1/2027 9:00 XM", NULL },
	{ STAMP, "2027-03-01T00:00:00.", NULL },
	{ STAMP, "2027-03-01T00:00:00.1234567890", NULL },
	{ STAMP, "2027-03-01T00:00:00+0500", NULL },
	{ STAMP, "2027-03-01T00:00:00+24:00", NULL },
	{ STAMP, "2027-03-01T00:00:00+05:60", NULL },
	{ STAMP, "2027-03-01T00:00:00z", NULL },
	{ "%s", "0", "1970-01-01" },
	{ "%s", "-1", "1969-12-31" },
	{ "%s", "1803859200.5", NULL },
	{ "%s", "253402300799", "9999-12-31" },
	{ "%s", "253402300800", NULL },
	{ "%s", "99999999999999999999", NULL },
	{ "%Q", "999999999999999", NULL },
	{ "%s", "-", NULL },
	/* several formats, literals */
	{ ISO " | " US, "2027-03-01", "2027-03-01" },
	{ ISO " | " US, "3/1/2027", "2027-03-01" },
	{ ISO "|" US "|%B %d, %Y", "March 1, 2027", "2027-03-01" },
	{ ISO " | " US, "1.3.2027", NULL },
	{ "%d.%m.%Y", "1.3.2027", "2027-03-01" },
	{ "valid %Y-%m-%d", "valid 2027-03-01", "2027-03-01" },
	{ "%%%Y-%m-%d", "%2027-03-01", "2027-03-01" },
	{ "%Y-%m-%d%%", "2027-03-01%", "2027-03-01" },
	{ "%Y-%m-%d", "2027-03-01 %", NULL },
	{ "%Y  %m %d", "2027 \t 3 1", "2027-03-01" },
	/* no format */
	{ "", "2027-03-01", NULL },
	{ "%", "2027-03-01", NULL },
	{ "%x", "2027-03-01", NULL },
};

static void
test_parse(void **state)
{
	const struct cs_date before = { 1234, 5, 6 };
	char buf[CS_DATE_TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(readings); i++) {
		struct cs_date d = before;
		enum cs_date_rc rc;
		const char *want = readings[i].want;

		rc = cs_date_parse(readings[i].format, readings[i].text, &d);
		if (want == NULL ? rc != CS_DATE_BAD || cs_date_compare(d, before) != 0 :
		    rc != (want[0] == '\0' ? CS_DATE_BLANK : CS_DATE_OK) ||
		    strcmp(cs_date_text(d, buf), want) != 0)
			fail_msg("'%s' under '%s': rc %d, %s", readings[i].text,
			    readings[i].format, (int)rc, cs_date_text(d, buf));
	}
}

/* Every day there is survives being written and read back. */
static void
test_round_trip(void **state)
{
	char buf[CS_DATE_TEXT], text[32];

	(void)state;
	for (int32_t n = -719162; n <= 2932896; n += 97) {
		struct cs_date d = cs_date_from_days(n), back = { 0 };

		assert_int_equal(cs_date_parse(ISO, cs_date_text(d, buf), &back), CS_DATE_OK);
		assert_int_equal(cs_date_compare(d, back), 0);
		(void)snprintf(text, sizeof(text), "%lld", (long long)n * 86400000);
		back = (struct cs_date){ 0 };
		assert_int_equal(cs_date_parse("%Q", text, &back), CS_DATE_OK);
		assert_int_equal(cs_date_compare(d, back), 0);
	}
}

static void
test_format_ok(void **state)
{
	static const char *const good[] = {
		ISO, STAMP, US, "%Y%m%d", "%d-%b-%Y", "%B %d, %Y", "%s", "%Q",
		ISO " | " US, "%m/%d/%y", "%Y-%b-%d %H:%M:%S+0000 UTC", "%%%Y %m %d",
	};
	static const char *const bad[] = {
		"", " ", "%Y-%m", "%m/%d", "%Y-%d", "%Y-%y-%m-%d", "%Y-%m-%b-%d",
		"%Y-%m-%d-%d", "%", "%Y-%m-%d%", "%j %Y", "%s %Y-%m-%d", "%s%Q",
		"%s %H", ISO " |", "| " ISO, ISO " || " US, ISO " | %q", "%E",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (!cs_date_format_ok(good[i]))
			fail_msg("refused: '%s'", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (cs_date_format_ok(bad[i]))
			fail_msg("accepted: '%s'", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_valid_compare_text),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_format_ok),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
