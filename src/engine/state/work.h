/* SPDX-License-Identifier: ISC */
/*
 * work.h -- badges waiting to be decided again, a bounded number at a time.
 *
 * Each entry has a cause and may belong to a group, so that the commit of a
 * poll knows when all of its badges are done.  An entry that the store could
 * not take now is tried again when the store is open; a badge with a fault of its own
 * is set aside (aside.h) and delays none.  Who decides a badge stands above this list
 * and is handed in.
 */
#ifndef ENGINE_WORK_H
#define ENGINE_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/badge.h"
#include "engine/state/engine.h"

#define WORK_PARALLEL	32	/* decisions under way; hides the round trips */

#define WORK_TRIES_MAX	5	/* in a store that takes writes: then it is the badge's own fault */
#define WORK_RETRY_MS	1000	/* after an error of Redis, such as OOM, or no memory of ours */

struct claim;
struct hold_batch;
struct reconcile;
struct work;

/* Those of one commit.  Embedded in the owner, which outlives its entries. */
struct work_group {
	size_t	 pending;	/* entries not done */
	size_t	 changed;	/* of those done: wrote a change */
	bool	 failed;	/* the store ended */
	void	(*on_idle)(void *arg);	/* called from the loop when pending falls to 0 */
	void	*arg;
	/* where their changes for the worse are collected, or NULL */
	struct hold_batch *batch;
};

/* --- what is to be decided, and what came of it ------------------------------- */

enum reconcile_op {
	RECONCILE_DECIDE = 0,	/* nothing but time or evidence has changed */
	RECONCILE_PUT, RECONCILE_DELETE, RECONCILE_HIDE, RECONCILE_SHOW,
	RECONCILE_RECHECK, RECONCILE_ERASE
};

enum reconcile_result {
	RECONCILE_WRITTEN = 0,
	RECONCILE_UNCHANGED,	/* nothing to write */
	RECONCILE_IGNORED,	/* an older rev, or applied before */
	RECONCILE_REJECTED,	/* text says why; fit for claims:rejected */
	RECONCILE_RETRY,	/* the store cannot now; nothing is known to be written */
	/* a key of another type, as text says: of the badge, its profile, the whole partition */
	RECONCILE_BADGE_FAULT, RECONCILE_PROFILE_FAULT, RECONCILE_PARTITION_FAULT,
	RECONCILE_ENDED		/* the store is over */
};

const char *reconcile_result_name(enum reconcile_result);	/* for the log */

struct reconcile_request {
	enum reconcile_op op;
	const char	*badge;		/* copied */
	const char	*profile;	/* of commands; NULL otherwise; copied */
	const struct claim *claim;	/* of PUT; lent until fn */
	enum badge_cause cause;
	const char	*poll;		/* poll id or NULL; copied */
	/* "claims" or "staff" for commands, or NULL; lent for ever */
	const char	*stream;
	const char	*entry_id;	/* of the command; copied */
	uint64_t	 round;		/* how often its stream has begun again */
	const char	*stuck;		/* its name among the stuck ones or NULL; copied */
	/* Lent until fn: whose batch takes changes for the worse; NULL: none.  A pointer to the
	 * owner's pointer, which becomes NULL when the group goes away meanwhile. */
	struct work_group *const *group;
};

typedef void reconcile_fn(void *arg, enum reconcile_result, const char *text);

/*
 * Decides one badge and writes what changed; fn is called once, from the loop.
 * NULL: no memory, fn is not called.
 */
typedef struct reconcile *work_decide_fn(struct engine *, const struct reconcile_request *,
	    reconcile_fn *fn, void *arg);

/* --- the list ----------------------------------------------------------------- */

struct work	*work_new(struct engine *, work_decide_fn *);	/* NULL: no memory */
struct work	*work_free(struct work *);	/* drops what waits; NULL allowed */
/*
 * Queues a badge; poll (copied) and group may be NULL.  No memory ends the process: a
 * change that nobody would look at again is lost, and the next start looks at all.
 */
void	work_add(struct work *, const char *badge, enum badge_cause cause,
	    const char *poll, struct work_group *group);
/* The store is open (again): goes on. */
void	work_resume(struct work *);
size_t	work_pending(const struct work *);
struct aside *work_aside(const struct work *);	/* lent */
/* Badges that cannot be read, decided or written by a fault of their own. */
size_t	work_stuck(const struct engine *);
/* Forgets a group whose owner goes away; its entries are still done. */
void	work_group_leave(struct work *, struct work_group *);

#endif /* ENGINE_WORK_H */
