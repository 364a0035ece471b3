/* SPDX-License-Identifier: ISC */
/* cell.c -- see certsync/cell.h. */
#include <certsync/cell.h>

#include <string.h>
#include <strings.h>

#define FIRST_YEAR	1971	/* of a day that can mean something */

static const char *const words_for_none[] = {
	"nil", "null", "none", "n/a", "#n/a", "(null)", "(none)", "(blank)"
};

size_t
cs_blank_len(const char *s)
{
	const unsigned char *b = (const unsigned char *)s;

	if (b[0] != '\0' && (b[0] <= 0x20 || b[0] == 0x7f))
		return 1;
	if (b[0] == 0xc2 && b[1] >= 0x80 && b[1] <= 0xa0)	/* C1, U+00A0 */
		return 2;
	if (b[0] == 0xe1 && b[1] == 0x9a && b[2] == 0x80)	/* U+1680 */
		return 3;
	if (b[0] == 0xe2 && b[1] == 0x80 &&	/* U+2000..200B, 2028, 2029, 202F */
	    ((b[2] >= 0x80 && b[2] <= 0x8b) || b[2] == 0xa8 || b[2] == 0xa9 || b[2] == 0xaf))
		return 3;
	if (b[0] == 0xe2 && b[1] == 0x81 && (b[2] == 0x9f || b[2] == 0xa0))
		return 3;				/* U+205F, U+2060 */
	if (b[0] == 0xe3 && b[1] == 0x80 && b[2] == 0x80)	/* U+3000 */
		return 3;
	if (b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf)	/* U+FEFF */
		return 3;
	return 0;
}

/* Without the blanks around it: where it begins, and its length. */
static const char *
cell_trim(const char *s, size_t *out_len)
{
	size_t end = 0, len;

	while ((len = cs_blank_len(s)) > 0)
		s += len;
	for (size_t i = 0; s[i] != '\0'; i += len) {
		len = cs_blank_len(s + i);
		if (len > 0)
			continue;
		len = 1;
		end = i + 1;
	}
	*out_len = end;
	return s;
}

bool
cs_cell_has_value(const char *cell)
{
	size_t len;

	if (cell == NULL)
		return false;
	cell = cell_trim(cell, &len);
	if (strspn(cell, "-") >= len)
		return false;
	for (size_t i = 0; i < sizeof(words_for_none) / sizeof(words_for_none[0]); i++)
		if (strlen(words_for_none[i]) == len &&
		    strncasecmp(cell, words_for_none[i], len) == 0)
			return false;
	return true;
}

/* The day before a spreadsheet's first. */
static bool
is_day_zero(const char *cell)
{
	static const char day_zero[] = "1/0/1900";
	size_t len;

	cell = cell_trim(cell, &len);
	return len >= sizeof(day_zero) - 1 && strncmp(cell, day_zero, sizeof(day_zero) - 1) == 0;
}

enum cs_date_rc
cs_cell_date(const char *formats, const char *cell, struct cs_date *out)
{
	struct cs_date day = { 0 };

	if (!cs_cell_has_value(cell) || is_day_zero(cell)) {
		*out = (struct cs_date){ 0 };
		return CS_DATE_BLANK;
	}
	if (cs_date_parse(formats, cell, &day) != CS_DATE_OK)
		return CS_DATE_BAD;
	if (day.year < FIRST_YEAR)
		day = (struct cs_date){ 0 };
	*out = day;
	return cs_date_is_set(day) ? CS_DATE_OK : CS_DATE_BLANK;
}
