/* SPDX-License-Identifier: ISC */
/* load_badge.h -- one stored badge into the index. */
#ifndef ENGINE_LOAD_BADGE_H
#define ENGINE_LOAD_BADGE_H

#include "engine/state/engine.h"

/*
 * Adds the badge of an answer to HGETALL, or refreshes it; one without fields is none.
 * -1: it is damaged, as err says.  No memory ends the process.
 */
int	load_badge(struct engine *, const struct redis_reply *, struct err *);

#endif /* ENGINE_LOAD_BADGE_H */
