/* SPDX-License-Identifier: ISC */
/*
 * kept.h -- records that are kept longer than their rows, until the end of a
 * poll says whether they count.
 */
#ifndef CONNECTORS_LIB_KEPT_H
#define CONNECTORS_LIB_KEPT_H

#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>

struct kept {
	struct kept	*next;
	uint64_t	 key;		/* of whom it speaks */
	unsigned	 kind;		/* the connector's own */
	struct cs_record rec;		/* its texts are owned */
};

/* All zero: empty. */
struct kept_list {
	struct kept	*first, **tail;	/* in the order in which they came; owned */
	size_t		 count;
};

/*
 * Keeps a copy of rec with its number, first alias, names and status word; a
 * type must outlive the list.  CS_E_NOMEM.  How many there may be is the caller's.
 */
enum cs_rc kept_add(struct kept_list *, uint64_t key, unsigned kind, const struct cs_record *rec);
void	kept_free(struct kept_list *);	/* what it owns; it is empty then */

#endif /* CONNECTORS_LIB_KEPT_H */
