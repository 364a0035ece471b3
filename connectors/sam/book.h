/* SPDX-License-Identifier: ISC */
/*
 * book.h -- from rows about entities to records; both modes of sam.c.
 *
 * An entity may have several rows, told apart by the EFT indicator: the row
 * without one decides, and only where there is none do the others count.  Rows
 * come in any order, so the book remembers every UEI that has such a row, and
 * keeps the records of the others until the answer has ended.  Both are bounded.
 */
#ifndef CONNECTORS_SAM_BOOK_H
#define CONNECTORS_SAM_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>

#include "lib/kept.h"

/* All zero but for the first two: an empty one. */
struct book {
	struct cs_poll	*poll;		/* lent until close */
	unsigned	 wanted;	/* bit i: programs[i] */
	bool		 doubtful;	/* it is not the whole file: no proof */
	uint64_t	*ueis;		/* owned; those with a row without EFT */
	size_t		 uei_slots, uei_used;
	struct kept_list eft;		/* records of rows with an EFT indicator */
	uint8_t		 warned[36 * 36 / 8]; /* a bit per two-character code */
};

/* What a row says of its entity.  Texts are lent; NULL where there is none. */
struct entity {
	const char	*uei;
	uint64_t	 key;		/* uei_pack(uei), not 0 */
	const char	*cage;
	char		 name[CS_NAME_MAX + 1], dba[CS_NAME_MAX + 1]; /* "": none */
	bool		 eft, excluded;
	const char	*what;		/* its place for messages: "line" 7 */
	uint64_t	 place;
};

/*
 * The five codes in use of the SBA list (entity-api; a sweep of all codes in
 * 2026 found no other).  A4 is legacy without holders.  VOSB and SDVOSB are
 * not in SAM: A5 and QF there are the entity's own word.
 */
struct program { const char *code, *name, *type; };
#define PROGRAMS	5
extern const struct program programs[PROGRAMS];

/* Notes that e has a row without EFT indicator, if this is one.  CS_E_LIMIT is told. */
enum cs_rc book_entity(struct book *, const struct entity *e);
/*
 * One SBA code of a row of e.  from and until are texts of dates, or NULL.
 * The record is emitted, or kept until book_end().
 */
enum cs_rc book_statement(struct book *, const struct entity *e, const char *code,
	    const char *from, const char *until);
/* Leaves out what cannot be read of e, all of it or one text of it: cs_left_out(). */
void	book_leave_out(struct book *, const struct entity *e, const char *text,
	    const char *what);
/* Takes every proof from this poll; says why, once. */
void	book_doubt(struct book *, const char *why);
/* The answer has ended: what was kept counts where nothing better came. */
enum cs_rc book_end(struct book *);
void	book_free(struct book *);	/* what it owns; it is empty then */

#endif /* CONNECTORS_SAM_BOOK_H */
