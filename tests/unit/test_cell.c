/* SPDX-License-Identifier: ISC */
/* test_cell.c -- what is no value, in whatever field; dates as lists write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <certsync/cell.h>

static void
test_values(void **state)
{
	static const char *const none[] = {
		"", " ", "\t\r\n", "\xc2\xa0", "\xe2\x80\x89 \xef\xbb\xbf", "\xe2\x80\x8b", "\xe3\x80\x80",
		"-", "--", " ---- ", "nil", "NIL", " Null ", "NONE", "N/A", "#N/A", "(null)", "(none)",
		"(Blank)", "\xc2\xa0n/a\xc2\xa0"
	};
	static const char *const some[] = {
		"0", "x", "-1", "- -x", "NA", "nilsson", "n/a today", "None Such LLC", "\xc3\xa9",
		"\xe2\x80\x93", "(", "#"
	};

	(void)state;
	assert_false(cs_cell_has_value(NULL));
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (cs_cell_has_value(none[i]))
			fail_msg("a value: '%s'", none[i]);
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		if (!cs_cell_has_value(some[i]))
			fail_msg("no value: '%s'", some[i]);
}

/* want NULL: bad; "": no date. */
static const struct { const char *text, *want; } dates[] = {
	{ "6/30/2031", "2031-06-30" },
	{ "06/30/2031", "2031-06-30" },
	{ "6/30/2031 0:00", "2031-06-30" },
	{ "6/30/2031 23:59:59", "2031-06-30" },
	{ "06/30/2031 12:00:00 AM", "2031-06-30" },
	{ "6/30/2031 5:00 PM", "2031-06-30" },
	{ "6/30/31", "2031-06-30" },
	{ "06-30-2031", "2031-06-30" },
	{ "2031-06-30", "2031-06-30" },
	{ "2031-06-30T00:00:00.000", "2031-06-30" },
	{ "2031-06-30T00:00:00Z", "2031-06-30" },
	{ "2031-06-30 00:00:00", "2031-06-30" },
	{ "2031-06-30 00:00:00.000", "2031-06-30" },
	{ "2031-06-30 00:00", "2031-06-30" },
	{ "June 30, 2031", "2031-06-30" },
	{ "Jun 30, 2031", "2031-06-30" },
	{ "30-Jun-2031", "2031-06-30" },
	{ "30-JUN-31", "2031-06-30" },
	/* none */
	{ "", "" }, { "N/A", "" }, { " - ", "" }, { "\xc2\xa0", "" },
	{ "1/1/1900", "" }, { "01/01/1900 00:00:00", "" }, { "1/0/1900", "" }, { "1/0/1900 0:00", "" },
	{ "1899-12-30", "" }, { "1899-12-31T00:00:00.000", "" }, { "1753-01-01", "" },
	{ "0001-01-01", "" }, { "1/1/0001", "" }, { "1970-01-01", "" }, { "12/31/1969", "" },
	{ "1970-12-31", "" }, { "1971-01-01", "1971-01-01" }, { "9999-12-31", "9999-12-31" },
	/* no day */
	{ "00/00/0000", NULL }, { "0000-00-00", NULL }, { "13/12/2031", NULL }, { "30.06.2031", NULL },
	{ "soon", NULL }, { "46203", NULL }, { "02/30/2031", NULL },
};

static void
test_dates(void **state)
{
	char buf[CS_DATE_TEXT];

	(void)state;
	assert_true(cs_date_format_ok(CS_CELL_DATES));
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		struct cs_date d = { 1234, 5, 6 };
		enum cs_date_rc rc = cs_cell_date(CS_CELL_DATES, dates[i].text, &d);
		const char *want = dates[i].want;

		if (want == NULL ? rc != CS_DATE_BAD :
		    rc != (want[0] == '\0' ? CS_DATE_BLANK : CS_DATE_OK) ||
		    strcmp(cs_date_text(d, buf), want) != 0)
			fail_msg("'%s': rc %d, %s", dates[i].text, (int)rc, cs_date_text(d, buf));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
