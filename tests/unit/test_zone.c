/* SPDX-License-Identifier: ISC */
/*
 * test_zone.c -- time zones as values: src/base/zone.c and zone_rule.c.
 *
 * Files and expected values: tests/fixtures/tzdata/SOURCE.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/zone.h"
#include "base/zone_rule.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))
#define FIXTURES	"tests/fixtures/tzdata/real"
#define FILE_MOST	8192	/* bytes of a fixture */

static struct zone *
load(const char *name)
{
	struct err err;
	struct zone *z = zone_load(FIXTURES, name, &err);

	if (z == NULL)
		fail_msg("%s", err.text);
	return z;
}

static const struct {
	const char	*zone;
	struct cs_date	 day;
	int64_t		 start, end;
} days[] = {
	{ "America/New_York", { 2026, 3, 7 }, INT64_C(1772859600), INT64_C(1772946000) },	/* 24 h */
	{ "America/New_York", { 2026, 3, 8 }, INT64_C(1772946000), INT64_C(1773028800) },	/* 23 h */
	{ "America/New_York", { 2026, 11, 1 }, INT64_C(1793505600), INT64_C(1793595600) },	/* 25 h */
	{ "America/New_York", { 2026, 12, 31 }, INT64_C(1798693200), INT64_C(1798779600) },	/* 24 h */
	{ "America/New_York", { 2027, 3, 1 }, INT64_C(1803877200), INT64_C(1803963600) },	/* 24 h */
	{ "America/New_York", { 2028, 2, 28 }, INT64_C(1835326800), INT64_C(1835413200) },	/* 24 h */
	{ "America/New_York", { 2028, 2, 29 }, INT64_C(1835413200), INT64_C(1835499600) },	/* 24 h */
	{ "America/New_York", { 2100, 2, 28 }, INT64_C(4107474000), INT64_C(4107560400) },	/* 24 h */
	{ "America/New_York", { 2100, 3, 14 }, INT64_C(4108683600), INT64_C(4108766400) },	/* 23 h */
	{ "America/New_York", { 2100, 7, 4 }, INT64_C(4118356800), INT64_C(4118443200) },	/* 24 h */
	{ "America/New_York", { 2100, 11, 7 }, INT64_C(4129243200), INT64_C(4129333200) },	/* 25 h */
	{ "America/New_York", { 9998, 7, 1 }, INT64_C(253354881600), INT64_C(253354968000) },	/* 24 h */
	{ "UTC", { 2026, 3, 8 }, INT64_C(1772928000), INT64_C(1773014400) },	/* 24 h */
	{ "UTC", { 2028, 2, 29 }, INT64_C(1835395200), INT64_C(1835481600) },	/* 24 h */
	{ "UTC", { 2100, 12, 31 }, INT64_C(4133894400), INT64_C(4133980800) },	/* 24 h */
	{ "UTC", { 1969, 12, 31 }, INT64_C(-86400), INT64_C(0) },	/* 24 h */
	{ "America/Chicago", { 2026, 3, 8 }, INT64_C(1772949600), INT64_C(1773032400) },	/* 23 h */
	{ "America/Chicago", { 2026, 7, 1 }, INT64_C(1782882000), INT64_C(1782968400) },	/* 24 h */
	{ "America/Chicago", { 2026, 11, 1 }, INT64_C(1793509200), INT64_C(1793599200) },	/* 25 h */
	{ "America/Chicago", { 2100, 7, 4 }, INT64_C(4118360400), INT64_C(4118446800) },	/* 24 h */
	{ "America/Sao_Paulo", { 2017, 10, 14 }, INT64_C(1507950000), INT64_C(1508036400) },	/* 24 h */
	{ "America/Sao_Paulo", { 2017, 10, 15 }, INT64_C(1508036400), INT64_C(1508119200) },	/* 23 h */
	{ "America/Sao_Paulo", { 2018, 2, 17 }, INT64_C(1518832800), INT64_C(1518922800) },	/* 25 h */
	{ "America/Sao_Paulo", { 2018, 2, 18 }, INT64_C(1518922800), INT64_C(1519009200) },	/* 24 h */
	{ "America/Sao_Paulo", { 2018, 11, 3 }, INT64_C(1541214000), INT64_C(1541300400) },	/* 24 h */
	{ "America/Sao_Paulo", { 2018, 11, 4 }, INT64_C(1541300400), INT64_C(1541383200) },	/* 23 h */
	{ "America/Sao_Paulo", { 2026, 11, 1 }, INT64_C(1793502000), INT64_C(1793588400) },	/* 24 h */
	{ "Asia/Beirut", { 2022, 3, 26 }, INT64_C(1648245600), INT64_C(1648332000) },	/* 24 h */
	{ "Asia/Beirut", { 2022, 3, 27 }, INT64_C(1648332000), INT64_C(1648414800) },	/* 23 h */
	{ "Asia/Beirut", { 2022, 10, 29 }, INT64_C(1666990800), INT64_C(1667080800) },	/* 25 h */
	{ "Asia/Beirut", { 2022, 10, 30 }, INT64_C(1667080800), INT64_C(1667167200) },	/* 24 h */
	{ "Asia/Beirut", { 2100, 3, 28 }, INT64_C(4109868000), INT64_C(4109950800) },	/* 23 h */
	{ "Africa/Cairo", { 2023, 4, 27 }, INT64_C(1682546400), INT64_C(1682632800) },	/* 24 h */
	{ "Africa/Cairo", { 2023, 4, 28 }, INT64_C(1682632800), INT64_C(1682715600) },	/* 23 h */
	{ "Africa/Cairo", { 2023, 10, 26 }, INT64_C(1698267600), INT64_C(1698357600) },	/* 25 h */
	{ "Africa/Cairo", { 2023, 10, 27 }, INT64_C(1698357600), INT64_C(1698444000) },	/* 24 h */
	{ "Africa/Cairo", { 2100, 4, 30 }, INT64_C(4112719200), INT64_C(4112802000) },	/* 23 h */
	{ "Australia/Lord_Howe", { 2026, 4, 5 }, INT64_C(1775307600), INT64_C(1775395800) },	/* 24.5 h */
	{ "Australia/Lord_Howe", { 2026, 10, 4 }, INT64_C(1791034200), INT64_C(1791118800) },	/* 23.5 h */
	{ "Australia/Lord_Howe", { 2026, 1, 15 }, INT64_C(1768395600), INT64_C(1768482000) },	/* 24 h */
	{ "Australia/Lord_Howe", { 2100, 7, 4 }, INT64_C(4118304600), INT64_C(4118391000) },	/* 24 h */
	{ "Australia/Lord_Howe", { 2100, 12, 25 }, INT64_C(4133336400), INT64_C(4133422800) },	/* 24 h */
	{ "America/Havana", { 2025, 3, 9 }, INT64_C(1741496400), INT64_C(1741579200) },	/* 23 h */
	{ "America/Havana", { 2025, 11, 1 }, INT64_C(1761969600), INT64_C(1762056000) },	/* 24 h */
	{ "America/Havana", { 2025, 11, 2 }, INT64_C(1762056000), INT64_C(1762146000) },	/* 25 h */
	{ "America/St_Johns", { 2010, 3, 14 }, INT64_C(1268537400), INT64_C(1268620200) },	/* 23 h */
	{ "America/St_Johns", { 2010, 11, 6 }, INT64_C(1289010600), INT64_C(1289097000) },	/* 24 h */
	{ "America/St_Johns", { 2010, 11, 7 }, INT64_C(1289097000), INT64_C(1289187000) },	/* 25 h */
	{ "Pacific/Apia", { 2011, 12, 29 }, INT64_C(1325152800), INT64_C(1325239200) },	/* 24 h */
	{ "Pacific/Apia", { 2011, 12, 30 }, INT64_C(1325239200), INT64_C(1325239200) },	/* 0 h */
	{ "Pacific/Apia", { 2011, 12, 31 }, INT64_C(1325239200), INT64_C(1325325600) },	/* 24 h */
	{ "Europe/Dublin", { 2026, 1, 15 }, INT64_C(1768435200), INT64_C(1768521600) },	/* 24 h */
	{ "Europe/Dublin", { 2026, 3, 29 }, INT64_C(1774742400), INT64_C(1774825200) },	/* 23 h */
	{ "Europe/Dublin", { 2026, 10, 25 }, INT64_C(1792882800), INT64_C(1792972800) },	/* 25 h */
	{ "Europe/Dublin", { 2100, 7, 1 }, INT64_C(4118079600), INT64_C(4118166000) },	/* 24 h */
	{ "Europe/Dublin", { 2100, 12, 1 }, INT64_C(4131302400), INT64_C(4131388800) },	/* 24 h */
	{ "Asia/Gaza", { 2100, 10, 30 }, INT64_C(4128526800), INT64_C(4128616800) },	/* 25 h */
	{ "Asia/Kathmandu", { 2026, 5, 1 }, INT64_C(1777572900), INT64_C(1777659300) },	/* 24 h */
};

static void
test_days(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(days); i++) {
		struct zone *z = load(days[i].zone);
		int64_t start = zone_day_start_s(z, days[i].day);
		int64_t end = zone_day_end_s(z, days[i].day);

		if (start != days[i].start || end != days[i].end)
			fail_msg("%s %d-%d-%d: %lld..%lld", days[i].zone,
			    days[i].day.year, days[i].day.month, days[i].day.day,
			    (long long)start, (long long)end);
		if (start < end) {
			assert_int_equal(cs_date_compare(zone_date(z, start), days[i].day), 0);
			assert_true(cs_date_compare(zone_date(z, start - 1), days[i].day) < 0);
			assert_true(cs_date_compare(zone_date(z, end), days[i].day) > 0);
		}
		(void)zone_free(z);
	}
}

static const struct {
	const char	*zone;
	int64_t		 t;
	int32_t		 offset;
	struct cs_date	 date;
} offsets[] = {
	{ "America/New_York", INT64_C(-5364662400), -17762, { 1799, 12, 31 } },
	{ "America/New_York", INT64_C(-2717650801), -17762, { 1883, 11, 18 } },
	{ "America/New_York", INT64_C(-2717650800), -18000, { 1883, 11, 18 } },
	{ "America/New_York", INT64_C(-1633280400), -14400, { 1918, 3, 31 } },
	{ "America/New_York", INT64_C(126687600), -14400, { 1974, 1, 6 } },
	{ "America/New_York", INT64_C(1173596399), -18000, { 2007, 3, 11 } },
	{ "America/New_York", INT64_C(1173596400), -14400, { 2007, 3, 11 } },
	{ "America/New_York", INT64_C(1782864000), -14400, { 2026, 6, 30 } },
	{ "America/New_York", INT64_C(2140667999), -14400, { 2037, 11, 1 } },
	{ "America/New_York", INT64_C(2140668000), -18000, { 2037, 11, 1 } },
	{ "America/New_York", INT64_C(2152162800), -14400, { 2038, 3, 14 } },
	{ "America/New_York", INT64_C(4108690799), -18000, { 2100, 3, 14 } },
	{ "America/New_York", INT64_C(4108690800), -14400, { 2100, 3, 14 } },
	{ "America/New_York", INT64_C(4129250399), -14400, { 2100, 11, 7 } },
	{ "America/New_York", INT64_C(4129250400), -18000, { 2100, 11, 7 } },
	{ "America/New_York", INT64_C(253402128000), -18000, { 9999, 12, 29 } },
	{ "Australia/Lord_Howe", INT64_C(1775314799), 39600, { 2026, 4, 5 } },
	{ "Australia/Lord_Howe", INT64_C(1775314800), 37800, { 2026, 4, 5 } },
	{ "Australia/Lord_Howe", INT64_C(4126174200), 39600, { 2100, 10, 3 } },
	{ "Australia/Lord_Howe", INT64_C(4126174199), 37800, { 2100, 10, 3 } },
	{ "Australia/Lord_Howe", INT64_C(4102444800), 39600, { 2100, 1, 1 } },
	{ "Europe/Dublin", INT64_C(-1691962501), -1521, { 1916, 5, 21 } },
	{ "Europe/Dublin", INT64_C(57722400), 0, { 1971, 10, 31 } },
	{ "Europe/Dublin", INT64_C(4109878799), 0, { 2100, 3, 28 } },
	{ "Europe/Dublin", INT64_C(4109878800), 3600, { 2100, 3, 28 } },
	{ "Europe/Dublin", INT64_C(4128627599), 3600, { 2100, 10, 31 } },
	{ "Europe/Dublin", INT64_C(4128627600), 0, { 2100, 10, 31 } },
	{ "Europe/Dublin", INT64_C(4133980799), 0, { 2100, 12, 31 } },
	{ "Asia/Gaza", INT64_C(4107542400), 7200, { 2100, 3, 1 } },
	{ "Asia/Gaza", INT64_C(4115491200), 10800, { 2100, 6, 1 } },
	{ "Asia/Gaza", INT64_C(4102358400), 7200, { 2099, 12, 31 } },
	{ "Asia/Kathmandu", INT64_C(504901799), 19800, { 1985, 12, 31 } },
	{ "Asia/Kathmandu", INT64_C(504901800), 20700, { 1986, 1, 1 } },
	{ "Asia/Kathmandu", INT64_C(4102444800), 20700, { 2100, 1, 1 } },
	{ "UTC", INT64_C(-2208988800), 0, { 1900, 1, 1 } },
	{ "UTC", INT64_C(4102444800), 0, { 2100, 1, 1 } },
	{ "Pacific/Apia", INT64_C(1325239199), -36000, { 2011, 12, 29 } },
	{ "Pacific/Apia", INT64_C(1325239200), 50400, { 2011, 12, 31 } },
	{ "Africa/Cairo", INT64_C(1435708800), 7200, { 2015, 7, 1 } },
	{ "Africa/Cairo", INT64_C(1688169600), 10800, { 2023, 7, 1 } },
	{ "Africa/Cairo", INT64_C(4118083200), 10800, { 2100, 7, 1 } },
};

static void
test_offsets(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(offsets); i++) {
		struct zone *z = load(offsets[i].zone);

		if (zone_offset_s(z, offsets[i].t) != offsets[i].offset ||
		    cs_date_compare(zone_date(z, offsets[i].t), offsets[i].date) != 0)
			fail_msg("%s %lld: %d", offsets[i].zone, (long long)offsets[i].t,
			    (int)zone_offset_s(z, offsets[i].t));
		(void)zone_free(z);
	}
}

/* Each day ends where the next begins, over all changes of two centuries. */
static void
test_days_join(void **state)
{
	static const char *const names[] = {
		"America/New_York", "Asia/Beirut", "Australia/Lord_Howe",
		"Pacific/Apia", "America/St_Johns",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct zone *z = load(names[i]);
		int64_t last = INT64_MIN;

		for (int32_t n = -36524; n < 47847; n++) {
			struct cs_date day = cs_date_from_days(n);
			int64_t start = zone_day_start_s(z, day);

			if ((last != INT64_MIN && start != last) ||
			    zone_day_end_s(z, day) < start)
				fail_msg("%s day %d", names[i], (int)n);
			last = zone_day_end_s(z, day);
		}
		(void)zone_free(z);
	}
}

static void
test_extremes(void **state)
{
	struct zone *z = load("America/New_York");

	(void)state;
	assert_false(cs_date_is_set(zone_date(z, INT64_MAX)));
	assert_false(cs_date_is_set(zone_date(z, INT64_MIN)));
	assert_int_equal(zone_offset_s(z, INT64_MAX), -18000);
	assert_int_equal(zone_offset_s(z, INT64_MIN), -17762);
	/* "No expiry" is written so by some; it must not be a special case. */
	assert_true(zone_day_end_s(z, (struct cs_date){ 9999, 12, 31 }) ==
	    INT64_C(253402300800) + 18000);
	assert_true(zone_day_start_s(z, (struct cs_date){ 1, 1, 1 }) ==
	    INT64_C(-62135596800) + 17762);
	assert_string_equal(zone_name(z), "America/New_York");
	(void)zone_free(z);
	assert_null(zone_free(NULL));
}

static void
test_names(void **state)
{
	static const char *const bad[] = {
		"", "/", "/etc/passwd", "../real/UTC", "America/../UTC", "America/..",
		"America//New_York", "America/", "UTC ", " UTC", "U\nTC", "zone.tab",
		"America", "Mars/Olympus", "\xc3\xa9", "UTC/UTC",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};
	struct err err;
	struct zone *z;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		err.text[0] = '\0';
		if (zone_load(FIXTURES, bad[i], &err) != NULL)
			fail_msg("accepted: '%s'", bad[i]);
		assert_true(strlen(err.text) > 0 && strchr(err.text, '\n') == NULL);
	}
	assert_null(zone_load(FIXTURES "/..", "SOURCE", &err));
	assert_non_null(strstr(err.text, "TZif"));
	z = zone_load(NULL, "UTC", &err);	/* the system's own */
	assert_non_null(z);
	assert_int_equal(zone_offset_s(z, 1795304580), 0);
	(void)zone_free(z);
}

/* --- broken files ----------------------------------------------------------- */

struct scratch {
	char	dir[64], path[80];
	unsigned char data[FILE_MOST];
	size_t	len;
};

static void
scratch_open(struct scratch *s, const char *fixture)
{
	char path[256];
	FILE *f;

	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/test_zone.XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	(void)snprintf(s->path, sizeof(s->path), "%s/Z", s->dir);
	(void)snprintf(path, sizeof(path), "%s/%s", FIXTURES, fixture);
	f = fopen(path, "rb");
	assert_non_null(f);
	s->len = fread(s->data, 1, sizeof(s->data), f);
	assert_true(s->len > 0 && s->len < sizeof(s->data));
	(void)fclose(f);
}

static void
scratch_close(struct scratch *s)
{
	(void)unlink(s->path);
	(void)rmdir(s->dir);
}

static struct zone *
scratch_load(struct scratch *s, size_t len, struct err *err)
{
	FILE *f = fopen(s->path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(s->data, 1, len, f), len);
	(void)fclose(f);
	return zone_load(s->dir, "Z", err);
}

static void
test_cut(void **state)
{
	struct scratch s;
	struct err err;

	(void)state;
	scratch_open(&s, "Asia/Kathmandu");
	for (size_t len = 0; len < s.len; len++)
		if (scratch_load(&s, len, &err) != NULL)
			fail_msg("%zu of %zu bytes", len, s.len);
	s.data[s.len] = 'x';
	assert_null(scratch_load(&s, s.len + 1, &err));
	scratch_close(&s);
}

/* Whatever one byte becomes: refused, or a zone that answers. */
static void
test_flipped(void **state)
{
	static const unsigned char values[] = { 0, 1, 0x7f, 0x80, 0xff };
	struct scratch s;
	struct err err;

	(void)state;
	scratch_open(&s, "Asia/Kathmandu");
	for (size_t i = 0; i < s.len; i++) {
		unsigned char old = s.data[i];

		for (size_t k = 0; k < COUNT(values); k++) {
			struct zone *z;

			s.data[i] = values[k];
			z = scratch_load(&s, s.len, &err);
			if (z != NULL) {
				struct cs_date day = { 2026, 5, 1 };

				assert_true(zone_day_start_s(z, day) <=
				    zone_day_end_s(z, day));
				(void)zone_date(z, INT64_MAX);
			}
			(void)zone_free(z);
		}
		s.data[i] = old;
	}
	scratch_close(&s);
}

/* A file of version 1 alone: 32-bit times and no footer. */
static void
test_version_1(void **state)
{
	static const unsigned char v1[] = {
		'T', 'Z', 'i', 'f', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 0, 0,  0, 0, 0, 2,  0, 0, 0, 2,
		0, 0, 0, 8,
		0xff, 0xff, 0xff, 0xff,  0, 0, 0, 100,	/* -1, 100 */
		1, 0,
		0, 0, 0, 0, 0, 0,
		0xff, 0xff, 0xf1, 0xf0, 0, 4,		/* -3600 */
		'U', 'T', 'C', 0, 'X', 'X', 'X', 0,
	};
	struct scratch s;
	struct err err;
	struct zone *z;

	(void)state;
	scratch_open(&s, "UTC");
	memcpy(s.data, v1, sizeof(v1));
	z = scratch_load(&s, sizeof(v1), &err);
	assert_non_null(z);
	assert_int_equal(zone_offset_s(z, -2), 0);
	assert_int_equal(zone_offset_s(z, -1), -3600);
	assert_int_equal(zone_offset_s(z, 99), -3600);
	assert_int_equal(zone_offset_s(z, 100), 0);
	assert_int_equal(zone_offset_s(z, INT64_MAX), 0);
	(void)zone_free(z);
	s.data[44 + 3] = 0xfe;			/* -2: still in order */
	(void)zone_free(z = scratch_load(&s, sizeof(v1), &err));
	assert_non_null(z);
	memcpy(s.data + 44, "\0\0\0\x64", 4);	/* 100, 100: not ascending */
	assert_null(scratch_load(&s, sizeof(v1), &err));
	scratch_close(&s);
}

static void
test_rules(void **state)
{
	static const char *const good[] = {
		"UTC0", "EST5EDT,M3.2.0,M11.1.0", "<+0545>-5:45", "<-03>3<-02>,0/0,J365/23",
		"IST-1GMT0,M10.5.0,M3.5.0/1", "EET-2EEST,M3.4.4/50,M10.4.4/50",
		"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "EST5EDT4:30:15,J1/167:59:59,365/-167",
		"XXX+24", "XXX-24YYY-23,0,365",
	};
	static const char *const bad[] = {
		"", "UTC", "UT0", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M3.2.0,M11.1.0,",
		"EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M0.2.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0",
		"EST5EDT,M3.0.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,M3,M11.1.0",
		"EST5EDT,J0,J1", "EST5EDT,J366,J1", "EST5EDT,366,1", "EST25", "EST5:60",
		"EST5:00:60", "<+05", "<+05-5", "<>5", "<+5>5", "EST5EDT,M3.2.0/168,M11.1.0",
		"EST99999999999", "EST5 ", " EST5", ":America/New_York", "EST--5",
		"EST5EDT,M3.2.0/,M11.1.0", "E\xc3\xa9T5",
	};
	struct zone_rule rule;
	int64_t until;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		if (!zone_rule_parse(good[i], &rule))
			fail_msg("refused: '%s'", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (zone_rule_parse(bad[i], &rule))
			fail_msg("accepted: '%s'", bad[i]);

	/* 29 February: J60 is always 1 March, 59 is the day before in leap years. */
	assert_true(zone_rule_parse("AAA0BBB,J60/0,59/0", &rule));
	assert_int_equal(zone_rule_offset_s(&rule, 1835481599, &until), 0);
	assert_true(until == 1835481600);	/* 2028-03-01 */
	/* Daylight time all year round (RFC 8536 3.3.1). */
	assert_true(zone_rule_parse("XXX3EDT4,0/0,J365/23", &rule));
	for (int64_t t = 1767225600; t < 1830297600; t += 3600)
		assert_int_equal(zone_rule_offset_s(&rule, t, &until), -4 * 3600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_days_join),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_version_1),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
