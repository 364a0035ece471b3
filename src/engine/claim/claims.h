/* SPDX-License-Identifier: ISC */
/*
 * claims.h -- the command streams of marketplace and back office,
 * as certsync-events(5) describes them.
 *
 *	READ own pending, then new --> APPLY one after the other --> REMOVE
 *	  ^					| cannot be used
 *	  |					v
 *	  +------------------------------- claims:rejected
 *
 * Strictly in stream order.  An entry is removed once its effect is written;
 * one that cannot be used is rejected without its values and removed, and one that
 * cannot be carried out now, by a fault of its badge or profile, is set aside
 * (stuck.h), so that nothing blocks behind it.  Where a key of a whole partition is at
 * fault its commands stay pending, and the others go on.  Reading is a script, asked
 * again after a short while when there was nothing: it never carries an entry that is
 * too large.
 */
#ifndef ENGINE_CLAIMS_H
#define ENGINE_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/state/engine.h"

#define CLAIMS_GROUP		"certsyncd"
/* entries of one read: 64 x 32 KiB stay under the reply cap */
#define CLAIMS_BATCH		"64"
#define CLAIMS_ENTRY_MAX	"32768"	/* bytes: every field of a put at its cap */
#define CLAIMS_IDLE_MS		100	/* between reads while nothing comes */
#define CLAIMS_PARTITIONS_MAX	1024	/* as many as there can be */
#define CLAIMS_BLOCKED_MS	5000	/* between looks whether their partition can be written */
#define CLAIMS_SKIPPED_MAX	256	/* pending commands behind which no new ones are read */

struct claims;
struct stuck;

struct claims	*claims_new(struct engine *);
struct claims	*claims_free(struct claims *);	/* NULL allowed; returns NULL */
/* The store is open and everything loaded (again): goes on. */
void	claims_resume(struct claims *);
/* Stops reading; the entry in hand is finished. */
void	claims_stop(struct claims *);
/* Whether a read since the last entry found both streams empty. */
bool	claims_are_idle(const struct claims *);
const struct stuck *claims_stuck(const struct claims *);	/* lent */
/* Commands that cannot be carried out now; why of the first, lent. */
size_t	claims_left(const struct claims *, const char **out_why);

#endif /* ENGINE_CLAIMS_H */
