/* SPDX-License-Identifier: ISC */
/*
 * number.c -- certification numbers and aliases as they are compared; see
 * record.h.  ASCII by hand: a locale must not change which numbers are equal.
 */
#include "core/record.h"

#include <string.h>

static bool
number_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_graphic(char c)
{
	return c > ' ' && c < 0x7f;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char
to_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* What takes no room: joiners, marks of direction, a byte order mark. */
static bool
is_invisible(uint32_t c)
{
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

/* A blank of spreadsheets and web pages that is none of ASCII's. */
static bool
is_wide_blank(uint32_t c)
{
	return c == 0xa0 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f ||
	    c == 0x3000;
}

static bool
is_dash(uint32_t c)
{
	return c == 0xad || (c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xfe58 ||
	    c == 0xfe63;
}

/* The sequence of two or three bytes at s, or of one.  0: it is cut, or longer. */
static size_t
utf8_read(const char *s, uint32_t *out)
{
	const unsigned char *b = (const unsigned char *)s;

	*out = b[0];
	if (b[0] < 0x80)
		return 1;
	if (b[0] >= 0xc2 && b[0] <= 0xdf && (b[1] & 0xc0) == 0x80) {
		*out = (b[0] & 0x1fu) << 6 | (b[1] & 0x3fu);
		return 2;
	}
	if ((b[0] & 0xf0) != 0xe0 || (b[1] & 0xc0) != 0x80 || (b[2] & 0xc0) != 0x80)
		return 0;
	*out = (b[0] & 0x0fu) << 12 | (b[1] & 0x3fu) << 6 | (b[2] & 0x3fu);
	return 3;
}

/*
 * The next character as ASCII, if it is that in another dress: full-width, a dash for
 * a hyphen, a blank that is not ASCII's; '\0' if it cannot be seen.  A letter of another
 * script that only looks like one is none.  0: it is no character of a number.
 */
static size_t
folded(const char *s, char *out)
{
	uint32_t c;
	size_t len = utf8_read(s, &c);

	if (len == 0)
		return 0;
	if (c >= 0xff01 && c <= 0xff5e)
		c -= 0xff01 - 0x21;
	else if (is_dash(c))
		c = '-';
	else if (is_wide_blank(c))
		c = ' ';
	else if (is_invisible(c))
		c = '\0';
	*out = (char)c;
	return c < 0x80 ? len : 0;
}

/* Copies text by the CS_NORM_* rules but ZEROS.  0: does not fit, or not graphic. */
static size_t
copy_normalised(const char *text, unsigned rules, char out[CS_NUMBER_MAX + 1])
{
	bool apart = false;	/* a blank within it */
	size_t n = 0, len;

	for (char c; *text != '\0'; text += len) {
		if ((len = folded(text, &c)) == 0)
			return 0;
		if (c == '\0')
			continue;
		if (number_is_blank(c)) {
			apart = n > 0 && (rules & CS_NORM_SPACE) == 0;
			continue;
		}
		if (c == '-' && (rules & CS_NORM_DASH) != 0 && !apart)
			continue;
		if (apart || !is_graphic(c) || n == CS_NUMBER_MAX)
			return 0;
		out[n++] = (rules & CS_NORM_UPPER) != 0 ? to_upper(c) : c;
	}
	out[n] = '\0';
	return n;
}

static bool
normalise(const char *text, unsigned rules, char out[CS_NUMBER_MAX + 1])
{
	char all[CS_NUMBER_MAX + 1];
	size_t n = copy_normalised(text, rules, all), zeros = 0;

	out[0] = '\0';
	if (n == 0)
		return false;
	/* A number of zeros only keeps one. */
	if ((rules & CS_NORM_ZEROS) != 0)
		while (zeros + 1 < n && all[zeros] == '0')
			zeros++;
	memcpy(out, all + zeros, n - zeros + 1);
	return true;
}

bool
number_normalise(const struct cs_grammar *grammar, const char *text,
    char out[CS_NUMBER_MAX + 1])
{
	return normalise(text, grammar != NULL ? grammar->normalise : 0, out);
}

bool
alias_normalise(const char *text, char out[CS_NUMBER_MAX + 1])
{
	return normalise(text, CS_NORM_UPPER | CS_NORM_SPACE, out);
}

/* Whether c is in a set as in "A-Z0-9-"; NULL: any graphic ASCII. */
static bool
in_set(const char *set, char c)
{
	if (set == NULL)
		return is_graphic(c);
	for (; *set != '\0'; set++) {
		if (set[1] == '-' && set[2] != '\0') {
			if (c >= set[0] && c <= set[2])
				return true;
			set += 2;
		} else if (*set == c)
			return true;
	}
	return false;
}

bool
number_fits(const struct cs_grammar *grammar, const char *normalised)
{
	size_t len = strlen(normalised), max = CS_NUMBER_MAX;
	unsigned digits = 0;

	if (grammar != NULL && grammar->max_len > 0 && grammar->max_len < max)
		max = grammar->max_len;
	if (len == 0 || len > max)
		return false;
	if (grammar == NULL)
		return true;
	if (len < grammar->min_len ||
	    (grammar->first != NULL && !in_set(grammar->first, normalised[0])))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!in_set(grammar->chars, normalised[i]))
			return false;
		digits = is_digit(normalised[i]) ? digits + 1 : 0;
		if (grammar->max_digits > 0 && digits > grammar->max_digits)
			return false;
	}
	return true;
}
