/* SPDX-License-Identifier: ISC */
/*
 * date.h -- civil dates, and reading them by a declared format.
 *
 * A registry's "expires 2027-03-01" is a day, not an instant: it is kept as a
 * day and turned into an instant only by the engine, in the body's time zone.
 */
#ifndef CERTSYNC_DATE_H
#define CERTSYNC_DATE_H

#include <stdbool.h>
#include <stdint.h>

#define CS_API		__attribute__((visibility("default")))
#define CS_MUST_USE	__attribute__((warn_unused_result))

/* A proleptic Gregorian day, years 1..9999.  All zero: no date. */
struct cs_date {
	int16_t	year;
	uint8_t	month;		/* 1..12 */
	uint8_t	day;		/* 1..31 */
};

CS_API bool	cs_date_is_set(struct cs_date);
/* Whether it names a day that exists (2026-02-30 does not). */
CS_API bool	cs_date_is_valid(struct cs_date);
/* <0, 0, >0 as a is before, equal to, after b. */
CS_API int	cs_date_compare(struct cs_date a, struct cs_date b);
/* Days since 1970-01-01, and back. */
CS_API int32_t	cs_date_days(struct cs_date);
CS_API struct cs_date cs_date_from_days(int32_t days);

enum cs_date_rc {
	CS_DATE_OK = 0,
	CS_DATE_BLANK,		/* empty or white space: *out is no date */
	CS_DATE_BAD		/* does not fit the format, or no such day */
};

/*
 * Reads all of text by format, outer white space ignored.  formats holds one
 * or several, separated by '|' (spaces around it ignored), tried in order:
 *
 *	%Y 4 digits   %m 1-2 digits   %d 1-2 digits   %y 2 digits, see below
 *	%b month's English abbreviation, %B its full name (any case)
 *	%H (0-23) and %I (1-12) 1-2 digits   %p AM or PM   %M %S 2 digits each
 *	%f a fraction, optional with its dot
 *	%Z "Z" or +hh:mm, optional; the day is taken as written
 *	%s Unix seconds, %Q Unix milliseconds: the UTC day
 *	%% a percent sign; a space any run of white space; all else itself
 *
 * %Y%m%d and %H%M want two digits each.  %y counts 70..99 as 19yy, 00..69 as 20yy.
 * Nothing is guessed: 13/12/11 under %m/%d/%y is CS_DATE_BAD, 0000-00-00 too.
 * On CS_DATE_BAD *out is untouched.
 */
CS_API enum cs_date_rc cs_date_parse(const char *formats, const char *text,
    struct cs_date *out) CS_MUST_USE;
/* Whether every format is well formed and names a full day. */
CS_API bool	cs_date_format_ok(const char *formats);

#define CS_DATE_TEXT	11	/* "YYYY-MM-DD" and NUL */
/* Writes YYYY-MM-DD, or "" for no date.  Returns buf. */
CS_API const char *cs_date_text(struct cs_date, char buf[CS_DATE_TEXT]);

#endif /* CERTSYNC_DATE_H */
