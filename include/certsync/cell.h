/* SPDX-License-Identifier: ISC */
/*
 * cell.h -- whether a cell of a list holds a value, decided in one place for
 * every field and format, and dates as spreadsheets and portals write them.
 */
#ifndef CERTSYNC_CELL_H
#define CERTSYNC_CELL_H

#include <stddef.h>

#include <certsync/date.h>

/*
 * Bytes of the blank that s begins with: ASCII white space, or one that
 * spreadsheets and web pages leave behind (U+00A0, U+2000..U+200B, U+202F,
 * U+205F, U+2060, U+3000, U+FEFF), or a control character.  0: none.
 */
CS_API size_t	cs_blank_len(const char *s);

/*
 * false for NULL, blanks alone, dashes alone, and the words by which exports say
 * "none", in any case: nil, null, none, n/a, #n/a, (null), (none), (blank).
 * "NA" is a value: some lists mean Native American.
 */
CS_API bool	cs_cell_has_value(const char *cell);

/*
 * As cs_date_parse(), of a cell: CS_DATE_BLANK as well without a value, and for
 * days that stand for none in databases and spreadsheets: all before 1971 (no
 * certificate's last day is so old; 0001-01-01, 1753-01-01, 1899-12-30,
 * 1900-01-01, 1970-01-01 among them), and the spreadsheet's day 0 (1/0/1900).
 * What is no day at all (00/00/0000) stays CS_DATE_BAD.
 */
CS_API enum cs_date_rc cs_cell_date(const char *formats, const char *cell,
    struct cs_date *out) CS_MUST_USE;

/*
 * What a table reads where no format is configured: ISO and the month first, as
 * in the United States, each with a time of day or without.
 */
#define CS_CELL_DATES \
	"%Y-%m-%d | %Y-%m-%dT%H:%M:%S%f%Z | %Y-%m-%d %H:%M:%S%f%Z | %Y-%m-%d %H:%M | " \
	"%m/%d/%Y | %m/%d/%Y %H:%M | %m/%d/%Y %H:%M:%S | %m/%d/%Y %I:%M %p | " \
	"%m/%d/%Y %I:%M:%S %p | %m/%d/%y | %m-%d-%Y | %B %d, %Y | %b %d, %Y | " \
	"%d-%b-%Y | %d-%b-%y"

#endif /* CERTSYNC_CELL_H */
