/* SPDX-License-Identifier: ISC */
/*
 * unread.h -- stored badges that could not be read at the start: their key is no hash,
 * or damaged.  Each is told, and read again until it can be, or is gone.
 */
#ifndef ENGINE_UNREAD_H
#define ENGINE_UNREAD_H

#include "engine/state/engine.h"

#define UNREAD_AGAIN_MS	(60 * 1000)	/* somebody has to mend it by hand */

struct unread	*unread_new(struct engine *);		/* NULL: no memory */
struct unread	*unread_free(struct unread *);	/* NULL allowed; returns NULL */
/* badge: copied; why: told once. */
void	unread_add(struct unread *, unsigned partition, const char *badge, const char *why);

#endif /* ENGINE_UNREAD_H */
