/* SPDX-License-Identifier: ISC */
/*
 * purge.h -- the last step of `erase PROFILE`: its events and rejected entries
 * leave the streams; badge.erased events stay, they name nothing else.
 */
#ifndef ENGINE_PURGE_H
#define ENGINE_PURGE_H

#include "engine/state/engine.h"

#define PURGE_PAGE	"500"	/* entries looked at together */
#define PURGE_DELETE	200	/* entries deleted by one script: well under 5 ms */

/* ok false: the store cannot now; start again later, all of it may be repeated. */
typedef void purge_fn(void *arg, bool ok);

/* fn is called once, from the loop.  -1: no memory, fn is not called. */
int	purge_start(struct engine *, const char *profile, purge_fn *, void *arg);

#endif /* ENGINE_PURGE_H */
