/* SPDX-License-Identifier: ISC */
/*
 * snapshot.h -- which records a registry listed at its last committed poll, in
 * tens of bytes each: what makes a poll that changed nothing write nothing.
 *
 * An entry is (number hash, content hash); both are hash64() with the store's
 * key.  The records themselves are in Redis (the mirror).  During a poll each
 * record is looked up: known ones are marked as seen, others are new and are
 * staged by the engine; what is lacking at the end is gone.
 */
#ifndef CORE_SNAPSHOT_H
#define CORE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct snapshot;

struct snapshot	*snapshot_new(void);			/* NULL: no memory */
struct snapshot	*snapshot_free(struct snapshot *);	/* NULL allowed; returns NULL */

/* Adds an entry (at load, or after a merge).  Twice the same is one.  -1: no memory. */
int	snapshot_add(struct snapshot *, uint64_t number, uint64_t content);
/* Takes an entry out; false: it was not there. */
bool	snapshot_remove(struct snapshot *, uint64_t number, uint64_t content);
/* Whether any record of the number is known. */
bool	snapshot_has(const struct snapshot *, uint64_t number);

/* Starts a poll: nothing has been seen yet. */
void	snapshot_poll_begin(struct snapshot *);
/* Marks an entry as seen.  true: known; false: a record new or changed. */
bool	snapshot_poll_seen(struct snapshot *, uint64_t number, uint64_t content);
/* Whether this entry, or any entry of the number, has been seen since poll_begin. */
bool	snapshot_poll_was_seen(const struct snapshot *, uint64_t number, uint64_t content);
bool	snapshot_poll_number_seen(const struct snapshot *, uint64_t number);
/* Whether an entry of the number is lacking: not seen since poll_begin. */
bool	snapshot_poll_number_lacking(const struct snapshot *, uint64_t number);
/* Calls fn for each entry that is lacking; fn must not change the snapshot. */
typedef void snapshot_fn(void *arg, uint64_t number, uint64_t content);
void	snapshot_poll_lacking(const struct snapshot *, snapshot_fn *, void *arg);
size_t	snapshot_poll_lacking_count(const struct snapshot *);
/* Calls fn once for each number; fn must not change the snapshot. */
typedef void snapshot_number_fn(void *arg, uint64_t number);
void	snapshot_each_number(const struct snapshot *, snapshot_number_fn *, void *arg);

/* Other identifiers: alias hash -> number hash, possibly several. */
int	snapshot_alias_add(struct snapshot *, uint64_t alias, uint64_t number);
void	snapshot_alias_remove(struct snapshot *, uint64_t alias, uint64_t number);
/* Up to max number hashes of an alias.  Returns how many were written. */
size_t	snapshot_alias_find(const struct snapshot *, uint64_t alias,
	    uint64_t *out, size_t max);

size_t	snapshot_records(const struct snapshot *);	/* entries */
size_t	snapshot_numbers(const struct snapshot *);	/* distinct numbers */
size_t	snapshot_bytes(const struct snapshot *);	/* memory held */

#endif /* CORE_SNAPSHOT_H */
