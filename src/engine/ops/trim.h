/* SPDX-License-Identifier: ISC */
/*
 * trim.h -- keeps the event streams bounded: entries older than
 * retain_days by Redis's own clock go, unless a group has not acknowledged
 * them; at max_entries the oldest go whoever waits for them, and
 * org.certsync.stream.trimmed.v1 says so.  Each round removes all that is to
 * go, in slices.
 */
#ifndef ENGINE_TRIM_H
#define ENGINE_TRIM_H

#include "engine/state/engine.h"

#define TRIM_INTERVAL_MS	(60 * 1000)	/* by so much a stream may grow over its bounds */
#define TRIM_NODE		100	/* entries that go together: fewer over the cap stay */
#define TRIM_BATCH		"1000"	/* entries a script may remove: well under 5 ms */

struct trim;

struct trim	*trim_new(struct engine *);	/* NULL: no memory */
struct trim	*trim_free(struct trim *);
/* Everything is loaded: looks at all partitions now and every TRIM_INTERVAL_MS. */
void		 trim_start(struct trim *);

#endif /* ENGINE_TRIM_H */
