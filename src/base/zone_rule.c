/* SPDX-License-Identifier: ISC */
/* zone_rule.c -- see zone_rule.h. */
#include "base/zone_rule.h"

#include <stddef.h>

#include <certsync/date.h>

#define DAY_S		86400
#define OFFSET_HOURS	24	/* POSIX: most of an offset */
#define TIME_HOURS	167	/* RFC 8536 3.3.1: most of a change's time */
#define TIME_DEFAULT_S	(2 * 3600)

/* --- reading --------------------------------------------------------------- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alpha(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool
rule_read_number(const char **s, int min, int max, int *out)
{
	int value = 0;

	if (!is_digit(**s))
		return false;
	for (; is_digit(**s); ++*s) {
		value = value * 10 + (**s - '0');
		if (value > max)
			return false;
	}
	*out = value;
	return value >= min;
}

/* An abbreviation, at least three characters; it is not kept. */
static bool
read_name(const char **s)
{
	bool quoted = **s == '<';
	int n = 0;

	if (quoted)
		++*s;
	while (is_alpha(**s) ||
	    (quoted && (is_digit(**s) || **s == '+' || **s == '-'))) {
		++*s;
		n++;
	}
	if (quoted && *(*s)++ != '>')
		return false;
	return n >= 3;
}

/* [+-]hh[:mm[:ss]] */
static bool
rule_read_time(const char **s, int max_hours, int32_t *out_s)
{
	int sign = **s == '-' ? -1 : 1, hours, minutes = 0, seconds = 0;

	if (**s == '-' || **s == '+')
		++*s;
	if (!rule_read_number(s, 0, max_hours, &hours))
		return false;
	if (**s == ':') {
		++*s;
		if (!rule_read_number(s, 0, 59, &minutes))
			return false;
		if (**s == ':') {
			++*s;
			if (!rule_read_number(s, 0, 59, &seconds))
				return false;
		}
	}
	*out_s = sign * (hours * 3600 + minutes * 60 + seconds);
	return true;
}

static bool
read_day(const char **s, struct zone_rule_change *c)
{
	if (**s == 'J') {
		++*s;
		c->kind = ZONE_RULE_JULIAN;
		return rule_read_number(s, 1, 365, &c->day);
	}
	if (**s != 'M') {
		c->kind = ZONE_RULE_DAY;
		return rule_read_number(s, 0, 365, &c->day);
	}
	++*s;
	c->kind = ZONE_RULE_WEEKDAY;
	return rule_read_number(s, 1, 12, &c->month) && *(*s)++ == '.' &&
	    rule_read_number(s, 1, 5, &c->week) && *(*s)++ == '.' &&
	    rule_read_number(s, 0, 6, &c->day);
}

static bool
read_change(const char **s, struct zone_rule_change *c)
{
	if (**s != ',')
		return false;
	++*s;
	if (!read_day(s, c))
		return false;
	c->time_s = TIME_DEFAULT_S;
	if (**s != '/')
		return true;
	++*s;
	return rule_read_time(s, TIME_HOURS, &c->time_s);
}

bool
zone_rule_parse(const char *tz, struct zone_rule *out)
{
	struct zone_rule r = { 0 };

	/* POSIX counts west of Greenwich as positive. */
	if (!read_name(&tz) || !rule_read_time(&tz, OFFSET_HOURS, &r.std_s))
		return false;
	r.std_s = -r.std_s;
	if (*tz != '\0') {
		r.has_dst = true;
		if (!read_name(&tz))
			return false;
		r.dst_s = r.std_s + 3600;
		if (*tz != ',') {
			if (!rule_read_time(&tz, OFFSET_HOURS, &r.dst_s))
				return false;
			r.dst_s = -r.dst_s;
		}
		if (!read_change(&tz, &r.start) || !read_change(&tz, &r.end))
			return false;
	}
	if (*tz != '\0')
		return false;
	*out = r;
	return true;
}

/* --- changes --------------------------------------------------------------- */

static int32_t
days_of(int year, int month, int day)
{
	return cs_date_days((struct cs_date){
	    (int16_t)year, (uint8_t)month, (uint8_t)day });
}

static int32_t
change_day(const struct zone_rule_change *c, int year)
{
	int32_t first = days_of(year, 1, 1), next, weekday;
	bool leap = days_of(year + 1, 1, 1) - first == 366;

	if (c->kind == ZONE_RULE_JULIAN)
		return first + c->day - 1 + (leap && c->day > 31 + 28 ? 1 : 0);
	if (c->kind == ZONE_RULE_DAY)
		return first + c->day;
	first = days_of(year, c->month, 1);
	next = c->month == 12 ? days_of(year + 1, 1, 1) : days_of(year, c->month + 1, 1);
	/* 1970-01-01 was a Thursday; years before need the double modulo. */
	weekday = ((first + 4) % 7 + 7) % 7;
	first += (c->day - weekday + 7) % 7 + 7 * (c->week - 1);
	return first < next ? first : first - 7;
}

struct change {
	int64_t	at_s;
	int32_t	offset_s;	/* from then on */
};

/* Behind its equals: where an end and the next start coincide, the start counts. */
static void
change_insert(struct change *v, size_t n, struct change c)
{
	for (; n > 0 && v[n - 1].at_s > c.at_s; n--)
		v[n] = v[n - 1];
	v[n] = c;
}

int32_t
zone_rule_offset_s(const struct zone_rule *r, int64_t unix_s, int64_t *out_until)
{
	const int64_t last_day = days_of(9999, 12, 31);
	int64_t day = unix_s / DAY_S - (unix_s % DAY_S < 0 ? 1 : 0);
	int32_t offset = r->std_s;
	struct change v[6];
	size_t n = 0;
	int year;

	*out_until = INT64_MAX;
	if (!r->has_dst || day > last_day || day < days_of(1, 1, 1))
		return r->std_s;
	year = cs_date_from_days((int32_t)day).year;
	for (int y = year - 1; y <= year + 1; y++) {
		change_insert(v, n++, (struct change){ r->start.time_s - r->std_s +
		    (int64_t)change_day(&r->start, y) * DAY_S, r->dst_s });
		change_insert(v, n++, (struct change){ r->end.time_s - r->dst_s +
		    (int64_t)change_day(&r->end, y) * DAY_S, r->std_s });
	}
	for (size_t i = 0; i < n; i++) {
		if (v[i].at_s > unix_s) {
			*out_until = v[i].at_s;
			break;
		}
		offset = v[i].offset_s;
	}
	return offset;
}
