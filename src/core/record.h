/* SPDX-License-Identifier: ISC */
/*
 * record.h -- one certification as a registry stated it, the form it is kept
 * in, and when two statements are the same.
 */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* Strings are lent: by an arena or by a worker's frame. */
struct record {
	const char	*number;	/* normalised by the connector's grammar */
	const char	*aliases[CS_ALIASES_MAX]; /* normalised: upper case, no blanks */
	size_t		 alias_count;
	const char	*business_name;	/* or NULL */
	const char	*dba_name;	/* or NULL */
	const char	*type;		/* or NULL */
	unsigned	 categories;	/* the record's own; 0: those of the type */
	enum cs_status	 status;
	const char	*status_word;	/* or NULL */
	struct cs_date	 issued_on, expires_on;
};

#define RECORD_TEXT_MAX	4096	/* bytes of one encoded record */
#define RECORDS_PER_NUMBER 64	/* of one number in one registry; more is an error */

/* Appends the record as one line of JSON without line end; equal records give equal bytes. */
void	record_encode(const struct record *, struct buf *out);
/* The reverse; strings live in arena.  -1: not such a line. */
int	record_decode(const char *line, size_t len, struct arena *,
	    struct record *out, struct err *err);

/* Whether an encoded record has aliases: spares decoding the many that have none. */
bool	record_line_has_aliases(const char *line, size_t len);

/* Whether key, normalised, is its number or one of its aliases. */
bool	record_has_key(const struct record *, const char *key);

const char *record_status_name(enum cs_status);	/* "active" ... */

/*
 * Number as compared: outer white space trimmed and the grammar's
 * normalisation applied; grammar NULL: trimmed only.  What spreadsheets, word
 * processors and keyboards make of ASCII is that again: full-width digits, letters and
 * signs (U+FF01..FF5E), dashes (U+00AD, U+2010..2015, U+2212, U+FE58, U+FE63), blanks
 * (U+00A0, U+2000..200A, U+202F, U+205F, U+3000), and what cannot be seen at all is gone
 * (U+200B..200F, U+202A..202E, U+2060..2069, U+FEFF).  Letters of other scripts are not
 * guessed.  false: empty, longer than CS_NUMBER_MAX, or not graphic ASCII after that.
 */
bool	number_normalise(const struct cs_grammar *, const char *text,
	    char out[CS_NUMBER_MAX + 1]);
/* Whether a normalised number can be one of this registry. */
bool	number_fits(const struct cs_grammar *, const char *normalised);

/* UEI, CAGE and the like: upper case, without white space. */
bool	alias_normalise(const char *text, char out[CS_NUMBER_MAX + 1]);

#endif /* CORE_RECORD_H */
