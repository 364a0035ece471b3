/* SPDX-License-Identifier: ISC */
/*
 * report.h -- what a check found: one line a check that is well, one line a finding.
 *
 *	ok    list.case: whole
 *	FAIL  list.case: cuts: answer 1 cut at byte 60 of 131: ...
 *	warn  descriptor: ...
 *
 * Foreign text is escaped here.
 */
#ifndef CHECK_REPORT_H
#define CHECK_REPORT_H

#include <stddef.h>
#include <stdio.h>

#define REPORT_LINE_MAX	1200	/* bytes of a finding, with NUL */
#define REPORT_TOLD	5	/* findings of one check that are printed; the rest is counted */

struct report {
	FILE		*out;		/* lent */
	const char	*what;		/* the check in hand; lent */
	unsigned	 checks, findings, warnings;
	unsigned	 found, warned;	/* of the check in hand */
};

void	report_begin(struct report *, const char *what);
/* Prints "ok" if nothing was found. */
void	report_end(struct report *);
void	report_find(struct report *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	report_warn(struct report *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif /* CHECK_REPORT_H */
