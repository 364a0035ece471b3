/* SPDX-License-Identifier: ISC */
/*
 * reconcile.h -- one badge, once: read it and the records its claim matches,
 * decide, and commit what changed with its events.
 *
 *	read badge --> read records --> decide --> commit --> done
 *	    ^                                        |
 *	    +------------- another version ----------+
 */
#ifndef ENGINE_RECONCILE_H
#define ENGINE_RECONCILE_H

#include "core/badge.h"
#include "core/plan.h"
#include "engine/engine.h"

struct registry;
struct work_group;

enum reconcile_op {
	RECONCILE_DECIDE = 0,	/* nothing but time or evidence has changed */
	RECONCILE_PUT, RECONCILE_DELETE, RECONCILE_HIDE, RECONCILE_SHOW,
	RECONCILE_RECHECK, RECONCILE_ERASE
};

enum reconcile_result {
	RECONCILE_COMMITTED = 0,
	RECONCILE_UNCHANGED,	/* nothing to write */
	RECONCILE_IGNORED,	/* an older rev, or applied before */
	RECONCILE_REJECTED,	/* text says why; fit for claims:rejected */
	RECONCILE_RETRY,	/* the store cannot now; nothing is known to be written */
	RECONCILE_ENDED		/* the store is over */
};

struct reconcile_request {
	enum reconcile_op op;
	const char	*badge;		/* copied */
	const char	*profile;	/* of commands; NULL otherwise; copied */
	const struct claim *claim;	/* of PUT; lent until fn */
	enum badge_cause cause;
	const char	*poll;		/* poll id or NULL; copied */
	const char	*stream;	/* "claims" or "staff" for commands, or NULL; lent for ever */
	const char	*entry_id;	/* of the command; copied */
	struct work_group *const *group; /* lent until fn: whose batch takes changes for the worse; or NULL */
};

typedef void reconcile_fn(void *arg, enum reconcile_result, const char *text);

/* fn is called once, from the loop.  NULL: no memory, fn is not called. */
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
	const struct registry *registry; /* its staged diff counts as if committed; compared, never followed */
	int64_t		 started_s;	/* of that poll */
	bool		 proven;
	/* the outcome: */
	bool		 changes, worse;
	struct plan_line line;		/* if worse */
	const char	*what;		/* else: a status, or what else would happen to it; static */
	enum badge_reason reason;
};

/* fn gets UNCHANGED once the outcome is there; dry is lent until then.  NULL: no memory. */
struct reconcile *reconcile_dry(struct engine *, const char *badge, struct reconcile_dry *dry,
	    reconcile_fn *fn, void *arg);

/* Rebuilds what the claim may match in the index.  -1: no memory. */
int	reconcile_index_keys(struct engine *, struct index_badge *, const struct claim *);

/* Fills the index entry of a badge as it is now.  -1: no memory. */
int	reconcile_index_badge(struct engine *, struct index_badge *, const struct badge *);

#endif /* ENGINE_RECONCILE_H */
