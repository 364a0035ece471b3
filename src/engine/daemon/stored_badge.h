/* SPDX-License-Identifier: ISC */
/* stored_badge.h -- one stored badge into the index. */
#ifndef ENGINE_STORED_BADGE_H
#define ENGINE_STORED_BADGE_H

#include "engine/state/engine.h"

/*
 * Adds the badge of an answer to HGETALL, or refreshes it; one without fields is none.
 * -1: it is damaged, as err says.  No memory ends the process.
 */
int	stored_badge_load(struct engine *, const struct redis_reply *, struct err *);

#endif /* ENGINE_STORED_BADGE_H */
