/* SPDX-License-Identifier: ISC */
/*
 * due.h -- what time alone may change, badges and connectors that become
 * stale: one timer for the next of them.
 *
 * Its fuse: while the wall clock is before the program's release or has just
 * moved against the monotonic clock, nothing expires, nobody is reminded and
 * nothing is stale.  Suspend stops the monotonic clock, so that
 * waking up is such a jump too.
 */
#ifndef ENGINE_DUE_H
#define ENGINE_DUE_H

#include "engine/state/engine.h"

#define DUE_JUMP_MS	(5 * 60 * 1000)		/* wall against monotonic clock */
#define DUE_SETTLE_MS	(10 * 60 * 1000)	/* after a jump, before time counts again */
#define DUE_BATCH	256			/* badges of one turn of the loop */
/* No clock is right that is before this release (2026-11-01). */
#define DUE_CLOCK_MIN_S	INT64_C(1793491200)

struct due;

struct due	*due_new(struct engine *);	/* sets engine->on_due; NULL: no memory */
struct due	*due_free(struct due *);
/* Everything is loaded: time counts. */
void		 due_start(struct due *);
/* Badges due by now that are not queued yet; for --once. */
bool		 due_pending(const struct due *);

#endif /* ENGINE_DUE_H */
