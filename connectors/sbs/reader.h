/* SPDX-License-Identifier: ISC */
/*
 * reader.h -- what is known over all rows of a poll, so that each certification
 * is told once, and one that ended only where no profile has it in force.
 */
#ifndef CONNECTORS_SBS_READER_H
#define CONNECTORS_SBS_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>

#include "lib/kept.h"
#include "lib/seen.h"
#include "program.h"

#define REMARKS_MAX	16	/* words told once each; more say nothing new */

/* What is known over all rows of a poll. */
struct reader {
	struct cs_poll	*poll;		/* lent until close */
	unsigned	 wanted;	/* bit i: programs[i] */
	bool		 search;	/* this answer lists the firms of program */
	enum program	 program;
	const char	*asked;		/* the number looked up, lent; or NULL */
	uint64_t	 rows, fitting;	/* of this answer; that fit its program */
	uint64_t	 unreadable;	/* of its rows, left out */
	bool		 doubtful;	/* something was unreadable: no proof */
	struct seen	 told;		/* UEI, and hash of a record of it */
	struct seen	 in_force;	/* UEI, and kind */
	struct kept_list ended;	/* told if no profile has them in force */
	uint64_t	 remarks[REMARKS_MAX];
	size_t		 remark_count;
};

/* Tells rec unless it was told already, of another profile or in another answer. */
enum cs_rc reader_tell(struct reader *, uint64_t uei, const struct cs_record *rec);
/* Keeps (a copy of) what ended until reader_end().  CS_E_LIMIT is told. */
enum cs_rc reader_hold(struct reader *, uint64_t uei, enum kind, const struct cs_record *rec);
/* All rows were read: what ended is told where nothing is in force. */
enum cs_rc reader_end(struct reader *);
void	reader_free(struct reader *);	/* what it owns */
/* Says once that word was met; what: its member. */
void	reader_remark(struct reader *, const char *what, const char *word);
/* Takes the proof from this poll; says why, once. */
void	reader_doubt(struct reader *, const char *why);

#endif /* CONNECTORS_SBS_READER_H */
