/* SPDX-License-Identifier: ISC */
/*
 * reconcile.h -- one badge, once: read it and the records its claim matches,
 * decide, and write what changed with its events.
 *
 *	read badge --> read records --> decide --> write --> done
 *	    ^                                        |
 *	    +------------- another version ----------+
 */
#ifndef ENGINE_RECONCILE_H
#define ENGINE_RECONCILE_H

#include "core/badge.h"
#include "core/plan.h"
#include "engine/state/engine.h"
#include "engine/state/work.h"

struct registry;

/* As work_decide_fn says: the work list has badges decided by it, commands come here themselves. */
struct reconcile *reconcile_start(struct engine *, const struct reconcile_request *,
	    reconcile_fn *fn, void *arg);

/*
 * Only reads and decides, for explain: fn gets the sentences.  at_s 0: now.
 * NULL: no memory.
 */
struct reconcile *reconcile_explain(struct engine *, const char *badge, int64_t at_s,
	    reconcile_fn *fn, void *arg);

/* What a staged list would make of a badge; only read and decided. */
struct reconcile_dry {
	/* its staged diff counts as if committed; compared, never followed */
	const struct registry *registry;
	int64_t		 started_s;	/* of that poll */
	bool		 proven;
	/* the outcome: */
	bool		 changes, worse;
	struct plan_line line;		/* if worse */
	/* else: a status, or what else would happen to it; static */
	const char	*what;
	enum badge_reason reason;
	/* what it is then, changed or not, should nothing be held */
	enum badge_status status;
	enum badge_reason status_reason;
};

/* fn gets UNCHANGED once the outcome is there; dry is lent until then.  NULL: no memory. */
struct reconcile *reconcile_dry(struct engine *, const char *badge, struct reconcile_dry *dry,
	    reconcile_fn *fn, void *arg);

/* Rebuilds what the claim may match in the index.  -1: no memory. */
int	reconcile_index_keys(struct engine *, struct index_badge *, const struct claim *);

/* Fills the index entry of a badge as it is now.  -1: no memory. */
int	reconcile_index_badge(struct engine *, struct index_badge *, const struct badge *);

#endif /* ENGINE_RECONCILE_H */
