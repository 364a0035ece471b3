/* SPDX-License-Identifier: ISC */
/* date.c -- see date.h.  Nothing here depends on locale, clock or time zone. */
#include <certsync/date.h>

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define YEAR_MAX	9999
#define YEAR_PIVOT	70		/* two digits: from here on 19yy */
#define DAY_S		86400
#define FRACTION_MAX	9		/* digits; nanoseconds */
#define SECONDS_DIGITS	12		/* up to the year 9999, and well past it */
#define MILLIS_DIGITS	15

static const char *const months[] = {
	"january", "february", "march", "april", "may", "june", "july",
	"august", "september", "october", "november", "december",
};

/* --- days ------------------------------------------------------------------ */

bool
cs_date_is_set(struct cs_date d)
{
	return d.year != 0 || d.month != 0 || d.day != 0;
}

static int
month_days(int year, int month)
{
	static const uint8_t days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (leap && month == 2 ? 1 : 0);
}

bool
cs_date_is_valid(struct cs_date d)
{
	return d.year >= 1 && d.year <= YEAR_MAX && d.month >= 1 &&
	    d.month <= 12 && d.day >= 1 && d.day <= month_days(d.year, d.month);
}

int
cs_date_compare(struct cs_date a, struct cs_date b)
{
	int32_t x = a.year * 512 + a.month * 32 + a.day;
	int32_t y = b.year * 512 + b.month * 32 + b.day;

	return (x > y) - (x < y);
}

/*
 * Both ways by eras of 400 years that begin on 1 March, so that the leap day
 * is the last of its year (H. Hinnant, "chrono-compatible date algorithms").
 */
int32_t
cs_date_days(struct cs_date d)
{
	int32_t y = d.year - (d.month <= 2 ? 1 : 0);
	int32_t era = (y >= 0 ? y : y - 399) / 400;
	int32_t year = y - era * 400;
	int32_t day = (153 * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;

	return era * 146097 + year * 365 + year / 4 - year / 100 + day - 719468;
}

struct cs_date
cs_date_from_days(int32_t days)
{
	const int32_t first = cs_date_days((struct cs_date){ 1, 1, 1 });
	const int32_t last = cs_date_days((struct cs_date){ YEAR_MAX, 12, 31 });
	int32_t era, day, year, m;

	if (days < first || days > last)
		return (struct cs_date){ 0 };
	days += 719468;		/* from 0000-03-01; positive from here on */
	era = days / 146097;
	day = days - era * 146097;
	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	day -= 365 * year + year / 4 - year / 100;
	m = (5 * day + 2) / 153;
	return (struct cs_date){
		.year = (int16_t)(year + era * 400 + (m >= 10 ? 1 : 0)),
		.month = (uint8_t)(m < 10 ? m + 3 : m - 9),
		.day = (uint8_t)(day - (153 * m + 2) / 5 + 1),
	};
}

const char *
cs_date_text(struct cs_date d, char buf[CS_DATE_TEXT])
{
	static const char shape[] = "0000-00-00";
	int n[3] = { d.year, d.month, d.day };

	if (!cs_date_is_valid(d)) {
		buf[0] = '\0';
		return buf;
	}
	for (int i = CS_DATE_TEXT - 1, part = 2; i >= 0; i--) {
		buf[i] = shape[i];
		if (shape[i] == '-')
			part--;
		else if (shape[i] == '0') {
			buf[i] = (char)('0' + n[part] % 10);
			n[part] /= 10;
		}
	}
	return buf;
}

/* --- formats --------------------------------------------------------------- */

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What a conversion means; 0 ends the table. */
static const struct conversion {
	char	letter;
	char	field;		/* 'y' 'm' 'd' date, 't' an instant, '-' no date */
	bool	numeric;	/* begins and ends with a digit */
	int	width;		/* most digits */
	int	min, max;
} conversions[] = {
	{ 'Y', 'y', true, 4, 1, YEAR_MAX },
	{ 'y', 'y', true, 2, 0, 99 },
	{ 'm', 'm', true, 2, 1, 12 },
	{ 'b', 'm', false, 0, 0, 0 },
	{ 'B', 'm', false, 0, 0, 0 },
	{ 'd', 'd', true, 2, 1, 31 },
	{ 'H', '-', true, 2, 0, 23 },
	{ 'I', '-', true, 2, 1, 12 },
	{ 'p', '-', false, 0, 0, 0 },
	{ 'M', '-', true, 2, 0, 59 },
	{ 'S', '-', true, 2, 0, 60 },	/* 60: a leap second */
	{ 'f', '-', false, 0, 0, 0 },
	{ 'Z', '-', false, 0, 0, 0 },
	{ 's', 't', true, SECONDS_DIGITS, 0, 0 },
	{ 'Q', 't', true, MILLIS_DIGITS, 0, 0 },
	{ 0 },
};

static const struct conversion *
conversion_find(char letter)
{
	const struct conversion *c = conversions;

	while (c->letter != '\0' && c->letter != letter)
		c++;
	return c->letter != '\0' ? c : NULL;
}

/* Whether a number may go on right behind (at f) a conversion of the format. */
static bool
format_digit_follows(const char *f, const char *end)
{
	const struct conversion *c;

	if (f >= end)
		return false;
	if (*f != '%')
		return is_digit(*f);
	c = f + 1 < end ? conversion_find(f[1]) : NULL;
	return c != NULL && c->numeric;
}

/* Splits off one format; white space around it is not part of it. */
static bool
format_next(const char **rest, const char **f, const char **end)
{
	const char *bar;

	if (*rest == NULL)
		return false;
	bar = strchr(*rest, '|');
	*f = *rest;
	*end = bar != NULL ? bar : *rest + strlen(*rest);
	*rest = bar != NULL ? bar + 1 : NULL;
	while (*f < *end && is_space(**f))
		++*f;
	while (*end > *f && is_space((*end)[-1]))
		--*end;
	return true;
}

static bool
format_ok(const char *f, const char *end)
{
	int years = 0, month = 0, day = 0, instants = 0, all = 0;

	for (; f < end; f++) {
		const struct conversion *c;

		if (*f != '%')
			continue;
		if (++f == end)
			return false;
		if (*f == '%')
			continue;
		if ((c = conversion_find(*f)) == NULL)
			return false;
		all++;
		years += c->field == 'y';
		month += c->field == 'm';
		day += c->field == 'd';
		instants += c->field == 't';
	}
	if (instants > 0)
		return instants == 1 && all == 1;
	return years == 1 && month == 1 && day == 1;
}

bool
cs_date_format_ok(const char *formats)
{
	const char *f, *end;

	while (format_next(&formats, &f, &end))
		if (!format_ok(f, end))
			return false;
	return true;
}

/* --- reading --------------------------------------------------------------- */

struct reading {
	const char	*s, *end;	/* what is left of the text */
	int		 year, month, day;
	bool		 instant;
	int64_t		 days;		/* of an instant */
};

/* Reads least..most digits. */
static bool
read_digits(struct reading *r, int least, int most, int64_t *out)
{
	int64_t value = 0;
	int n = 0;

	while (n < most && r->s < r->end && is_digit(*r->s)) {
		value = value * 10 + (*r->s++ - '0');
		n++;
	}
	*out = value;
	return n >= least;
}

static bool
read_month(struct reading *r, bool full)
{
	for (int m = 0; m < 12; m++) {
		size_t len = full ? strlen(months[m]) : 3, i = 0;

		if ((size_t)(r->end - r->s) < len)
			continue;
		while (i < len && (r->s[i] | 0x20) == months[m][i])
			i++;
		if (i == len) {
			r->s += len;
			r->month = m + 1;
			return true;
		}
	}
	return false;
}

/* %Z: nothing, "Z", or an offset that is checked and not applied. */
static bool
read_zone(struct reading *r)
{
	int64_t hours, minutes;

	if (r->s == r->end)
		return true;
	if (*r->s == 'Z') {
		r->s++;
		return true;
	}
	if (*r->s != '+' && *r->s != '-')
		return true;
	r->s++;
	if (!read_digits(r, 2, 2, &hours) || hours > 23 || r->s == r->end ||
	    *r->s++ != ':')
		return false;
	return read_digits(r, 2, 2, &minutes) && minutes <= 59;
}

static bool
read_fraction(struct reading *r)
{
	int64_t ignored;

	if (r->s == r->end || *r->s != '.')
		return true;
	r->s++;
	return read_digits(r, 1, FRACTION_MAX, &ignored);
}

/* %p: "AM", "pm", "a.m.". */
static bool
read_half(struct reading *r)
{
	static const char *const halves[] = { "am", "pm", "a.m.", "p.m." };

	for (size_t i = 0; i < sizeof(halves) / sizeof(halves[0]); i++) {
		size_t len = strlen(halves[i]);

		if ((size_t)(r->end - r->s) >= len && strncasecmp(r->s, halves[i], len) == 0) {
			r->s += len;
			return true;
		}
	}
	return false;
}

static bool
read_instant(struct reading *r, const struct conversion *c)
{
	int64_t unit = c->letter == 'Q' ? (int64_t)DAY_S * 1000 : DAY_S, value;
	bool minus = r->s < r->end && *r->s == '-';

	if (minus)
		r->s++;
	if (!read_digits(r, 1, c->width, &value))
		return false;
	if (minus)
		value = -value;
	r->days = value / unit - (value % unit < 0 ? 1 : 0);
	r->instant = true;
	return true;
}

static bool
date_read_number(struct reading *r, const struct conversion *c, bool adjacent)
{
	bool one = strchr("mdHI", c->letter) != NULL && !adjacent;
	int64_t value;

	if (!read_digits(r, one ? 1 : c->width, c->width, &value) ||
	    value < c->min || value > c->max)
		return false;
	if (c->letter == 'y')
		value += value >= YEAR_PIVOT ? 1900 : 2000;
	if (c->field == 'y')
		r->year = (int)value;
	else if (c->field == 'm')
		r->month = (int)value;
	else if (c->field == 'd')
		r->day = (int)value;
	return true;
}

static bool
read_conversion(struct reading *r, const struct conversion *c, bool adjacent)
{
	switch (c->letter) {
	case 'b':
	case 'B':
		return read_month(r, c->letter == 'B');
	case 'f':
		return read_fraction(r);
	case 'Z':
		return read_zone(r);
	case 'p':
		return read_half(r);
	case 's':
	case 'Q':
		return read_instant(r, c);
	default:
		return date_read_number(r, c, adjacent);
	}
}

static bool
read_literal(struct reading *r, char c)
{
	if (r->s == r->end || (is_space(c) ? !is_space(*r->s) : *r->s != c))
		return false;
	r->s++;
	while (is_space(c) && r->s < r->end && is_space(*r->s))
		r->s++;
	return true;
}

static bool
read_format(struct reading *r, const char *f, const char *end)
{
	bool after_digit = false;	/* f stands right behind a number */

	while (f < end) {
		const struct conversion *c = NULL;

		if (*f == '%' && f[1] != '%') {
			if ((c = conversion_find(f[1])) == NULL)
				return false;
			f += 2;
			if (!read_conversion(r, c,
			    after_digit || format_digit_follows(f, end)))
				return false;
			after_digit = c->numeric;
			continue;
		}
		f += *f == '%' ? 1 : 0;
		if (!read_literal(r, *f))
			return false;
		after_digit = is_digit(*f);
		for (f++; is_space(f[-1]) && f < end && is_space(*f); f++)
			;	/* a run in the format is one run in the text */
	}
	return r->s == r->end;
}

static bool
parse_one(const char *f, const char *end, struct reading r, struct cs_date *out)
{
	struct cs_date d;

	if (!format_ok(f, end) || !read_format(&r, f, end))
		return false;
	if (r.instant && (r.days < INT32_MIN || r.days > INT32_MAX))
		return false;
	if (r.instant)
		d = cs_date_from_days((int32_t)r.days);
	else
		d = (struct cs_date){ (int16_t)r.year, (uint8_t)r.month, (uint8_t)r.day };
	if (!cs_date_is_valid(d))
		return false;
	*out = d;
	return true;
}

enum cs_date_rc
cs_date_parse(const char *formats, const char *text, struct cs_date *out)
{
	const char *end, *f, *f_end;

	while (is_space(*text))
		text++;
	end = text + strlen(text);
	while (end > text && is_space(end[-1]))
		end--;
	if (text == end) {
		*out = (struct cs_date){ 0 };
		return CS_DATE_BLANK;
	}
	while (format_next(&formats, &f, &f_end))
		if (parse_one(f, f_end, (struct reading){ .s = text, .end = end }, out))
			return CS_DATE_OK;
	return CS_DATE_BAD;
}
