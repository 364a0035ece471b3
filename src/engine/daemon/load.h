/* SPDX-License-Identifier: ISC */
/*
 * load.h -- from an open store to a working engine: plug-ins described,
 * snapshots and index read from Redis.
 *
 *	DESCRIBE --> REGISTRIES --> BADGES --> done
 *
 * A plug-in that does not say soon what it is delays no other: without it the
 * rest is loaded, and who makes the registries is told when it says so.
 *
 * Also after a reload, when grammars or connectors may have changed: entries
 * that are there are refreshed, nothing is decided here.
 */
#ifndef ENGINE_LOAD_H
#define ENGINE_LOAD_H

#include "engine/daemon/unread.h"
#include "engine/registry/describe.h"
#include "engine/state/engine.h"

struct load;

#define LOAD_PATIENCE_MS	1000	/* for plug-ins, which are asked side by side */

/*
 * fn(arg): everything is in memory, but for what went into unread (lent).
 * late(registry): of plug-ins that have not answered after patience_ms (0: none is
 * late).  NULL: no memory.
 */
struct load	*load_start(struct engine *, struct unread *, int64_t patience_ms,
		    describe_fn *late, loop_fn *fn, void *arg);
/* The store is open again: the page in hand is read again. */
void		 load_resume(struct load *);
struct load	*load_free(struct load *);	/* NULL allowed; returns NULL */

#endif /* ENGINE_LOAD_H */
