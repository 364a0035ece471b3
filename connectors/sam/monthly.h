/* SPDX-License-Identifier: ISC */
/*
 * monthly.h -- SAM's public monthly file, layout V2.
 *
 * A BOF line, one line of 142 pipe fields per entity row, an EOF line with the
 * same dates, count and sequence as the BOF line.  A file without its EOF line
 * is cut and fails the poll; so does one most of whose lines have another width,
 * which means another layout.  One such line is left out.
 */
#ifndef CONNECTORS_SAM_MONTHLY_H
#define CONNECTORS_SAM_MONTHLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>
#include <certsync/lines.h>

#include "book.h"

/* All zero but for the first two: nothing was read yet. */
struct monthly {
	struct cs_poll	*poll;		/* lent, as is book */
	struct book	*book;
	struct cs_lines	*lines;		/* owned; set by the first byte */
	uint64_t	 declared;	/* rows, says the BOF line */
	uint64_t	 rows, unreadable; /* that came; of those, of another width */
	char		 head[80];	/* what BOF and EOF must share */
	bool		 closed;	/* EOF was seen */
};

/* The next bytes, of any length > 0.  CS_OK, or an error that the poll was told. */
enum cs_rc monthly_push(struct monthly *, const char *buf, size_t len);
/* All bytes came: the last records, and the proof if there is one. */
enum cs_rc monthly_end(struct monthly *);
void	monthly_free(struct monthly *);	/* what it owns */

#endif /* CONNECTORS_SAM_MONTHLY_H */
