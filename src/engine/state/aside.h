/* SPDX-License-Identifier: ISC */
/*
 * aside.h -- badges that cannot be decided or written now, by a fault of their own.
 *
 * A key of another type, a write that keeps failing: such a badge is told, noted and
 * set aside, so that the poll or the change of rules it belongs to goes on without it.
 * It is tried again with growing pauses, also after a restart:
 *	PREFIX:{p}:internal:owed	hash, badge -> cause of the decision that is owed
 */
#ifndef ENGINE_ASIDE_H
#define ENGINE_ASIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/badge.h"
#include "engine/state/engine.h"

#define ASIDE_MAX		1000	/* more are no faults of single badges: they wait in line */
#define ASIDE_WHY_MAX		160	/* bytes of the reason that is kept */

struct aside;

/* The badge is to be decided again. */
typedef void aside_again_fn(void *arg, const char *badge, enum badge_cause);
/* It is noted, or could not be: then it is not set aside. */
typedef void aside_noted_fn(void *arg, bool ok);

/* NULL: no memory. */
struct aside	*aside_new(struct engine *, aside_again_fn *, void *arg);
struct aside	*aside_free(struct aside *);	/* NULL allowed; returns NULL */
/*
 * Sets a badge of the index aside; why is told.  fn is called once, perhaps before the
 * return.  false: there are too many, or no such badge; fn is not called.
 */
bool	aside_put(struct aside *, const char *badge, enum badge_cause, const char *why,
	    aside_noted_fn *fn, void *arg);
/* The note alone, that a decision of the badge is owed.  fn as of store_txn_send(). */
void	aside_note(struct engine *, unsigned partition, const char *badge, enum badge_cause,
	    store_fn *fn, void *arg);
/* It has been decided after all, whoever asked for that. */
void	aside_done(struct aside *, const char *badge);
/* Found in the store: owed since an earlier start.  Tried soon, or forgotten with its badge. */
void	aside_owed(struct aside *, unsigned partition, const char *badge, enum badge_cause);
/* How many there are; of the first, lent: badge and reason. */
size_t	aside_count(const struct aside *, const char **out_badge, const char **out_why);
/* The store is open: what is due is tried. */
void	aside_resume(struct aside *);
const char *aside_key(const struct engine *, unsigned partition, key_buf);

#endif /* ENGINE_ASIDE_H */
