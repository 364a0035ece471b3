/* SPDX-License-Identifier: ISC */
/*
 * work.h -- badges waiting to be decided again, a bounded number at a time.
 *
 * Each entry has a cause and may belong to a group, so that the commit of a
 * poll knows when all of its badges are done.  An entry that the store could
 * not take now is tried again when the store is open.
 */
#ifndef ENGINE_WORK_H
#define ENGINE_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/badge.h"
#include "engine/engine.h"

#define WORK_PARALLEL	32	/* decisions under way; hides the round trips */

#define WORK_RETRY_MS	1000	/* after an error of Redis, such as OOM */

struct hold_batch;
struct work;

/* Those of one commit.  Embedded in the owner, which outlives its entries. */
struct work_group {
	size_t	 pending;	/* entries not done */
	size_t	 changed;	/* of those done: committed a change */
	bool	 failed;	/* the store ended */
	void	(*on_idle)(void *arg);	/* called from the loop when pending falls to 0 */
	void	*arg;
	struct hold_batch *batch;	/* where their changes for the worse are collected, or NULL */
};

struct work	*work_new(struct engine *);
struct work	*work_free(struct work *);	/* drops what waits; NULL allowed */
/* Queues a badge; poll (copied) and group may be NULL.  -1: no memory. */
int	work_add(struct work *, const char *badge, enum badge_cause cause,
	    const char *poll, struct work_group *group);
/* The store is open (again): goes on. */
void	work_resume(struct work *);
size_t	work_pending(const struct work *);
/* Forgets a group whose owner goes away; its entries are still done. */
void	work_group_leave(struct work *, struct work_group *);

#endif /* ENGINE_WORK_H */
