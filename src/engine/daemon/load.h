/* SPDX-License-Identifier: ISC */
/*
 * load.h -- from an open store to a working engine: plug-ins described,
 * snapshots and index read from Redis.
 *
 *	DESCRIBE --> REGISTRIES --> BADGES --> done
 *
 * Also after a reload, when grammars or connectors may have changed: entries
 * that are there are refreshed, nothing is decided here.
 */
#ifndef ENGINE_LOAD_H
#define ENGINE_LOAD_H

#include "engine/state/engine.h"

struct load;

/* fn(arg): everything is in memory.  NULL: no memory. */
struct load	*load_start(struct engine *, loop_fn *fn, void *arg);
/* The store is open again: the page in hand is read again. */
void		 load_resume(struct load *);
struct load	*load_free(struct load *);	/* NULL allowed; returns NULL */

#endif /* ENGINE_LOAD_H */
