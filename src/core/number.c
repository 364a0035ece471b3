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

/* Copies text by the CS_NORM_* rules but ZEROS.  0: does not fit, or not graphic. */
static size_t
copy_normalised(const char *text, size_t len, unsigned rules,
    char out[CS_NUMBER_MAX + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (number_is_blank(c) && (rules & CS_NORM_SPACE) != 0)
			continue;
		if (c == '-' && (rules & CS_NORM_DASH) != 0)
			continue;
		if (!is_graphic(c) || n == CS_NUMBER_MAX)
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
	size_t len = strlen(text), n, zeros = 0;

	out[0] = '\0';
	while (len > 0 && number_is_blank(text[len - 1]))
		len--;
	while (len > 0 && number_is_blank(*text)) {
		text++;
		len--;
	}
	n = copy_normalised(text, len, rules, all);
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
