/* SPDX-License-Identifier: ISC */
/* value.c -- see value.h. */
#include "value.h"

#include <stdbool.h>
#include <string.h>

#include <certsync/cell.h>

#define DATES	"%Y%m%d | %Y%m%d %H:%M:%S | " CS_CELL_DATES

const char *
value_or_null(const char *text)
{
	if (text == NULL)
		return NULL;
	text += strspn(text, " \t");
	return *text == '\0' || strcmp(text, "null") == 0 ? NULL : text;
}

int
value_base36(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : -1;
}

/* Twelve base-36 digits fit 63 bits; one is added so that 0 means "no UEI". */
uint64_t
uei_pack(const char *text)
{
	uint64_t v = 0;

	if (text == NULL || strlen(text) != UEI_LEN)
		return 0;
	for (; *text != '\0'; text++) {
		int d = value_base36(*text);

		if (d < 0)
			return 0;
		v = v * 36 + (uint64_t)d;
	}
	return v + 1;
}

enum cs_date_rc
day_read(const char *text, struct cs_date *out)
{
	size_t zeros = strspn(text, "0-/");

	if (text[0] == '0' && (text[zeros] == '\0' || strchr(" T", text[zeros]) != NULL)) {
		*out = (struct cs_date){ 0 };
		return CS_DATE_BLANK;
	}
	return cs_cell_date(DATES, text, out);
}

/* A CAGE code only confirms: an odd one is left out, the row stays. */
const char *
cage_read(const char *text)
{
	size_t n = 0;

	if ((text = value_or_null(text)) == NULL)
		return NULL;
	while (n <= CAGE_MAX && value_base36(text[n]) >= 0)
		n++;
	return text[n] == '\0' && n <= CAGE_MAX ? text : NULL;
}

/* Length of the UTF-8 sequence at p, 0 if there is none. */
static size_t
utf8_len(const unsigned char *p)
{
	size_t n = *p < 0x80 ? 1 : *p < 0xC2 ? 0 : *p < 0xE0 ? 2 :
	    *p < 0xF0 ? 3 : *p < 0xF5 ? 4 : 0;

	if ((*p == 0xE0 && p[1] < 0xA0) || (*p == 0xED && p[1] > 0x9F) ||
	    (*p == 0xF0 && p[1] < 0x90) || (*p == 0xF4 && p[1] > 0x8F))
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return n;
}

void
name_read(const char *in, char out[CS_NAME_MAX + 1])
{
	const unsigned char *p = (const unsigned char *)value_or_null(in);
	bool utf8 = true;
	size_t n = 0, len;

	out[0] = '\0';
	if (p == NULL)
		return;
	for (const unsigned char *q = p; *q != '\0' && utf8; q += len)
		utf8 = (len = utf8_len(q)) != 0;
	for (; *p != '\0'; p += len) {
		len = utf8 ? utf8_len(p) : 1;
		if (n + len + 1 > CS_NAME_MAX) {
			out[0] = '\0';
			return;
		}
		if (*p < 0x20 || *p == 0x7F || (len == 1 && *p >= 0x80 && *p < 0xA0) ||
		    (*p == 0xC2 && len == 2 && p[1] < 0xA0)) {
			out[n++] = ' ';
		} else if (len == 1 && *p >= 0x80) {
			out[n++] = (char)(0xC0 | *p >> 6);
			out[n++] = (char)(0x80 | (*p & 0x3F));
		} else {
			memcpy(out + n, p, len);
			n += len;
		}
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}
