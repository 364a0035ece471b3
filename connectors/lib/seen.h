/* SPDX-License-Identifier: ISC */
/*
 * seen.h -- what came before in this poll, as pairs of 64 bits: 16 bytes each,
 * and no text of the registry is kept.
 *
 * For any connector: the files of lib/ are linked into those that use them.
 */
#ifndef CONNECTORS_LIB_SEEN_H
#define CONNECTORS_LIB_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>

#define SEEN_MAX	((size_t)1 << 21)	/* slots, 32 MiB; a million pairs */

/* All zero: nothing was seen yet. */
struct seen {
	uint64_t	(*slots)[2];	/* owned */
	size_t		 size, used;	/* size: a power of two, or 0 */
};

/* FNV-1a, 64 bits, of a text (NULL too) and its NUL; hash is where to go on from. */
#define SEEN_HASH	UINT64_C(0xcbf29ce484222325)
uint64_t seen_hash(uint64_t hash, const char *text);

/*
 * Adds a pair, a not 0.  *out_new: whether it was not there.  CS_OK, CS_E_LIMIT
 * (told to the poll) with SEEN_MAX / 2 pairs, CS_E_NOMEM.
 */
enum cs_rc seen_add(struct seen *, struct cs_poll *, uint64_t a, uint64_t b, bool *out_new);
bool	 seen_has(const struct seen *, uint64_t a, uint64_t b);
void	 seen_free(struct seen *);	/* its slots; it may be used again */

#endif /* CONNECTORS_LIB_SEEN_H */
