/* SPDX-License-Identifier: ISC */
/*
 * fresh.h -- how fresh a connector's evidence is: the pauses in which nothing
 * runs out, and the events connector.stale and connector.recovered.
 *
 * What consumers were last told stands beside partition 0's events and changes
 * with them in one script, so that each change is told once:
 *	PREFIX:{0}:internal:told	NAME -> "N stale|fresh SINCE"
 * N is the number in the id of the connector's last such event, <name>-s<n>
 * (<name>-<n> are hold.h's, counted elsewhere); SINCE is when the connector was
 * first met, as its first poll is awaited too.  The store is asked once a
 * connector; after a write of unknown outcome, again.
 */
#ifndef ENGINE_FRESH_H
#define ENGINE_FRESH_H

#include "engine/registry/registry.h"

/*
 * Looks at the clock: a pause begins or ends, and whoever must know is told.
 * For due.c alone, which knows whether the clock can be believed; who changes
 * something calls engine->on_due.
 */
void	fresh_look(struct registry *, int64_t now_s);
/* Only the pause: before last_complete_s moves, and after. */
void	fresh_pause(struct registry *, int64_t now_s);
/* When fresh_look() is due next; 0: not by time alone. */
int64_t	fresh_next_s(const struct registry *, int64_t now_s);

#endif /* ENGINE_FRESH_H */
