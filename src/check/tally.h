/* SPDX-License-Identifier: ISC */
/*
 * tally.h -- what a check found: one line a check that is well, one line a finding.
 *
 *	ok    list.case: whole
 *	FAIL  list.case: cuts: answer 1 cut at byte 60 of 131: ...
 *	warn  descriptor: ...
 *
 * Foreign text is escaped here.
 */
#ifndef CHECK_TALLY_H
#define CHECK_TALLY_H

#include <stddef.h>
#include <stdio.h>

#define TALLY_LINE_MAX	1200	/* bytes of a finding, with NUL */
#define TALLY_TOLD	5	/* findings of one check that are printed; the rest is counted */

struct tally {
	FILE		*out;		/* lent */
	const char	*what;		/* the check in hand; lent */
	unsigned	 checks, findings, warnings;
	unsigned	 found, warned;	/* of the check in hand */
};

void	tally_begin(struct tally *, const char *what);
/* Prints "ok" if nothing was found. */
void	tally_end(struct tally *);
void	tally_find(struct tally *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	tally_warn(struct tally *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif /* CHECK_TALLY_H */
