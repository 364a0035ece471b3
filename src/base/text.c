/* SPDX-License-Identifier: ISC */
/* text.c -- see text.h.  ASCII tests of our own: libc's follow the locale. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#include <certsync/date.h>

#define RATIO_DIGITS	9	/* more than any setting needs; exact in a double */
#define DAY_S		86400

static const char hex_digits[] = "0123456789abcdef";

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

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static char
to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Bytes of the code point at s (1..4), 0 if it is not one; *out is its value. */
static size_t
utf8_next(const unsigned char *s, size_t len, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c = s[0];
	size_t n;

	if (c < 0x80) {
		*out = c;
		return 1;
	}
	if (c >= 0xc2 && c < 0xe0) {
		n = 2;
		c &= 0x1f;
	} else if (c >= 0xe0 && c < 0xf0) {
		n = 3;
		c &= 0x0f;
	} else if (c >= 0xf0 && c < 0xf5) {
		n = 4;
		c &= 0x07;
	} else
		return 0;
	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*out = c;
	return n;
}

static bool
is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/*
 * Valid, but able to forge, reorder or hide: separators, bidi controls, and what
 * Unicode calls format characters and default ignorable (UAX 44), which show nothing.
 */
static bool
is_disguise(uint32_t c)
{
	static const struct { uint32_t first, last; } ranges[] = {
		{ 0xad, 0xad }, { 0x61c, 0x61c }, { 0x180e, 0x180e }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
		{ 0xe0000, 0xe0fff }
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

bool
text_is_utf8(const char *s, size_t len)
{
	uint32_t c;

	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_next((const unsigned char *)s + i, len - i, &c);
		if (n == 0)
			return false;
	}
	return true;
}

bool
text_is_clean(const char *s, size_t len)
{
	uint32_t c;

	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_next((const unsigned char *)s + i, len - i, &c);
		if (n == 0 || is_control(c))
			return false;
	}
	return true;
}

const char *
text_escape(const char *s, size_t len, char *out, size_t out_size)
{
	const unsigned char *in = (const unsigned char *)s;
	size_t at = 0, keep = 0, n;	/* keep: up to here "..." still fits */
	uint32_t c;

	if (out_size == 0)
		return out;
	for (size_t i = 0; i < len; i += n) {
		bool plain;
		size_t need;

		n = utf8_next(in + i, len - i, &c);
		plain = n > 0 && !is_control(c) && !is_disguise(c);
		if (n == 0)
			n = 1;
		need = plain ? n : 4 * n;
		if (at + need >= out_size) {
			n = out_size - keep - 1;
			memcpy(out + keep, "...", n < 3 ? n : 3);
			at = keep + (n < 3 ? n : 3);
			break;
		}
		if (plain)
			memcpy(out + at, s + i, n);
		for (size_t k = 0; !plain && k < n; k++) {
			out[at + 4 * k] = '\\';
			out[at + 4 * k + 1] = 'x';
			out[at + 4 * k + 2] = hex_digits[in[i + k] >> 4];
			out[at + 4 * k + 3] = hex_digits[in[i + k] & 15];
		}
		at += need;
		if (at + 3 < out_size)
			keep = at;
	}
	out[at] = '\0';
	return out;
}

char *
text_trim(char *s)
{
	size_t len;

	while (is_space(*s))
		s++;
	len = strlen(s);
	while (len > 0 && is_space(s[len - 1]))
		len--;
	s[len] = '\0';
	return s;
}

bool
text_copy(char *out, size_t out_size, const char *s)
{
	size_t len = strlen(s);

	if (len >= out_size) {
		if (out_size > 0)
			out[0] = '\0';
		return false;
	}
	memcpy(out, s, len + 1);
	return true;
}

bool
text_equal(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

bool
text_equal_nocase(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	for (; *a != '\0'; a++, b++)
		if (to_lower(*a) != to_lower(*b))
			return false;
	return *b == '\0';
}

bool
text_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
text_is_key_of(const char *name, const char *key)
{
	size_t len = strlen(name);
	const char *member;

	if (len < 2 || strcmp(name + len - 2, ".*") != 0)
		return strcmp(name, key) == 0;
	if (strncmp(name, key, len - 1) != 0)
		return false;
	member = key + len - 1;
	return member[0] != '\0' && member[strspn(member,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")] == '\0';
}

bool
text_is_id(const char *s, size_t max)
{
	size_t n;

	for (n = 0; s[n] != '\0'; n++)
		if (n >= max || !(is_lower(to_lower(s[n])) || is_digit(s[n]) ||
		    s[n] == '_' || s[n] == '-'))
			return false;
	return n > 0;
}

bool
text_is_name(const char *s, size_t max)
{
	size_t n;

	for (n = 0; s[n] != '\0'; n++)
		if (n >= max || !(is_lower(s[n]) || is_digit(s[n]) || s[n] == '-'))
			return false;
	return n > 0;
}

/* Reads the digits at *s and moves *s behind them.  false: none, or too many. */
static bool
digits_read(const char **s, int64_t *out)
{
	int64_t value = 0;

	if (!is_digit(**s))
		return false;
	for (; is_digit(**s); ++*s)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, **s - '0', &value))
			return false;
	*out = value;
	return true;
}

bool
text_parse_i64(const char *s, int64_t min, int64_t max, int64_t *out)
{
	int64_t value;

	if (!digits_read(&s, &value) || *s != '\0' || value < min || value > max)
		return false;
	*out = value;
	return true;
}

struct unit {
	const char	*suffix;
	int64_t		 factor;
};

static bool
unit_parse(const char *s, const struct unit *units, size_t count, int64_t *out)
{
	int64_t value;

	if (!digits_read(&s, &value))
		return false;
	if (value == 0 && *s == '\0') {
		*out = 0;
		return true;
	}
	for (size_t i = 0; i < count; i++)
		if (strcmp(s, units[i].suffix) == 0) {
			if (__builtin_mul_overflow(value, units[i].factor, &value))
				return false;
			*out = value;
			return true;
		}
	return false;
}

bool
text_parse_duration_ms(const char *s, int64_t *out_ms)
{
	static const struct unit units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60 * 1000 },
		{ "h", 3600 * 1000 }, { "d", INT64_C(86400) * 1000 },
	};

	return unit_parse(s, units, sizeof(units) / sizeof(units[0]), out_ms);
}

bool
text_parse_size(const char *s, int64_t *out_bytes)
{
	static const struct unit units[] = {
		{ "", 1 }, { "K", INT64_C(1) << 10 }, { "M", INT64_C(1) << 20 },
		{ "G", INT64_C(1) << 30 },
	};

	return unit_parse(s, units, sizeof(units) / sizeof(units[0]), out_bytes);
}

bool
text_parse_ratio(const char *s, double *out)
{
	int64_t value = 0, scale = 1;
	int digits = 0, whole;

	for (; is_digit(*s) && ++digits <= RATIO_DIGITS; s++)
		value = value * 10 + (*s - '0');
	whole = digits;
	if (whole == 0)
		return false;
	if (*s == '.') {
		for (s++; is_digit(*s) && ++digits <= RATIO_DIGITS; s++) {
			value = value * 10 + (*s - '0');
			scale *= 10;
		}
		if (digits == whole)
			return false;
	}
	if (*s == '%') {
		scale *= 100;
		s++;
	}
	if (*s != '\0')
		return false;
	*out = (double)value / (double)scale;
	return true;
}

char *
text_list_next(char **rest, char sep)
{
	while (*rest != NULL) {
		char *item = *rest, *end = strchr(item, sep);

		*rest = end != NULL ? end + 1 : NULL;
		if (end != NULL)
			*end = '\0';
		item = text_trim(item);
		if (*item != '\0')
			return item;
	}
	return NULL;
}

void
text_hex(const void *bytes, size_t len, char *out)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < len; i++) {
		*out++ = hex_digits[b[i] >> 4];
		*out++ = hex_digits[b[i] & 15];
	}
	*out = '\0';
}

/* Seconds kept within years 1..9999, so that the text always fits. */
static int64_t
time_clamp(int64_t unix_s)
{
	const int64_t first = (int64_t)cs_date_days((struct cs_date){ 1, 1, 1 }) * DAY_S;
	const int64_t end = (int64_t)cs_date_days((struct cs_date){ 9999, 12, 31 }) * DAY_S +
	    DAY_S;

	return unix_s < first ? first : unix_s >= end ? end - 1 : unix_s;
}

static const char *
time_format(int64_t unix_s, int ms, char out[TEXT_TIME])
{
	int64_t t = time_clamp(unix_s), day = t / DAY_S, s = t % DAY_S;
	char date[CS_DATE_TEXT], fraction[16] = "";
	int n;

	if (s < 0) {
		s += DAY_S;
		day--;
	}
	if (ms >= 0)
		(void)snprintf(fraction, sizeof(fraction), ".%03d", ms);
	n = snprintf(out, TEXT_TIME, "%sT%02d:%02d:%02d%sZ",
	    cs_date_text(cs_date_from_days((int32_t)day), date),
	    (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60), fraction);
	if (n < 0 || n >= TEXT_TIME)
		out[0] = '\0';
	return out;
}

const char *
text_time_s(int64_t unix_s, char out[TEXT_TIME])
{
	return time_format(unix_s, -1, out);
}

const char *
text_time_ms(int64_t unix_ms, char out[TEXT_TIME])
{
	int64_t s = unix_ms / 1000, ms = unix_ms % 1000;

	if (ms < 0) {
		ms += 1000;
		s--;
	}
	return time_format(s, (int)ms, out);
}

/* Exactly width digits at s. */
static bool
fixed_read(const char *s, int width, int *out)
{
	int value = 0;

	for (int i = 0; i < width; i++) {
		if (!is_digit(s[i]))
			return false;
		value = value * 10 + (s[i] - '0');
	}
	*out = value;
	return true;
}

bool
text_parse_time_s(const char *s, int64_t *out_s)
{
	static const char shape[] = "0000-00-00T00:00:00";
	int year, month, day, hour, min, sec;
	struct cs_date date;

	for (size_t i = 0; i < sizeof(shape) - 1; i++)
		if (shape[i] == '0' ? !is_digit(s[i]) : s[i] != shape[i])
			return false;
	if (!fixed_read(s, 4, &year) || !fixed_read(s + 5, 2, &month) ||
	    !fixed_read(s + 8, 2, &day) || !fixed_read(s + 11, 2, &hour) ||
	    !fixed_read(s + 14, 2, &min) || !fixed_read(s + 17, 2, &sec))
		return false;
	s += sizeof(shape) - 1;
	if (*s == '.') {
		if (!is_digit(*++s))
			return false;
		while (is_digit(*s))
			s++;
	}
	date = (struct cs_date){ (int16_t)year, (uint8_t)month, (uint8_t)day };
	if (strcmp(s, "Z") != 0 || !cs_date_is_valid(date) || hour > 23 ||
	    min > 59 || sec > 59)
		return false;
	*out_s = (int64_t)cs_date_days(date) * DAY_S + hour * 3600 + min * 60 + sec;
	return true;
}
