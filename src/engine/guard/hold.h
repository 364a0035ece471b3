/* SPDX-License-Identifier: ISC */
/*
 * hold.h -- the guard at work: changes for the worse that wait for a person
 * (docs/decisions.md, "The guard").
 *
 * Every connector has a hold, and one more belongs to the configuration.  A
 * change for the worse is decided, but not written: it becomes a line.  The
 * lines of one cause are judged together with the counts of the window:
 *
 *	lines --judge--> passed: counted, then written
 *		   \---> HELD plan --approve--> APPROVED --> written, gone
 *			  |   \----discard--> DISCARDED: not done, nor asked again,
 *			  |		      until the registry says something else
 *			  \--> struck line by line as they are no longer true
 *
 * The first plan of a hold never grows: its hash is what a person looked at.
 * Lines found later go to a second one, which grows until it is the first.
 * A badge has at most one line.  Plans are stored beside their connector, so
 * that a restart finds them as they were; an approval is stored before it is
 * carried out.
 */
#ifndef ENGINE_HOLD_H
#define ENGINE_HOLD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/guard.h"
#include "core/plan.h"
#include "engine/state/engine.h"

#define HOLD_CONFIG	CONFIG_PLANS_NAME /* the name of the configuration's hold */
#define HOLD_PLANS_MAX	8	/* of one hold; the oldest two discarded ones are joined beyond */
#define HOLD_WHY_MAX	200	/* bytes of a person's reason that are kept */
#define HOLD_TEXT_SIZE	128	/* bytes of hold_text(), with NUL */
#define HOLD_BY_SIZE	64	/* of who did it, and NUL */
#define HOLD_TYPE_NONE	"-"	/* stands for the type of a claim that names none */

struct hold;
struct holds;
struct hold_line;
struct registry;

/* What one cause would make worse; embedded in its owner. */
struct hold_batch {
	struct plan	 plan;
	bool		 passed;	/* judged and counted: nothing waits any more */
};

/* fn(arg, ok): from the loop, when it is stored; !ok: the store is over, or the hold goes away. */
typedef void hold_fn(void *arg, bool ok);

struct holds	*holds_new(struct engine *);		/* sets engine->holds; NULL: no memory */
struct holds	*holds_free(struct holds *);		/* after all registries; NULL allowed */
struct hold	*holds_config(const struct holds *);
/* The hold of the connector called or labelled name, or the configuration's; NULL: there is
 * none. */
struct hold	*hold_find(const struct engine *, const char *name);
const char	*hold_name(const struct hold *);	/* as commands take it */
bool		 holds_idle(const struct engine *);	/* nothing is being stored or applied */

struct hold	*hold_new(struct engine *, struct registry *);	/* NULL: no memory */
struct hold	*hold_free(struct hold *);		/* NULL allowed; returns NULL */
/* Reads its plans and counts; fn once, when they are in memory, or !ok: not now, call it again. */
void		 hold_load(struct hold *, hold_fn *fn, void *arg);
bool		 hold_loaded(const struct hold *);
/* Everything is loaded: carries on approvals, looks whether lines are still true. */
void		 hold_resume(struct hold *);

/* --- what is held ------------------------------------------------------------ */

bool		 hold_is_held(const struct hold *);	/* by a plan, or by an operator */
/* Hash of its first plan, "" without one; lent. */
const char	*hold_plan_hash(const struct hold *);
/* A clause for people: "held, 7 changes wait..."; "" if it is not held.  Returns out. */
const char	*hold_text(const struct hold *, char out[HOLD_TEXT_SIZE]);
size_t		 hold_waiting(const struct hold *);	/* lines of all its held plans */
/* Changes for the worse within the window, all connectors; why is set if that raises the alarm. */
uint64_t	 holds_worse(const struct engine *, struct err *why);

/* --- deciding: reconcile_guard.c, commit.c, redecide.c ------------------------- */

/* The line that waits for a badge, or NULL; lent until the loop turns. */
const struct hold_line *holds_find(const struct holds *, const char *badge);
const struct plan_line *hold_line_change(const struct hold_line *);
/* no registry is the cause */
bool		 hold_line_is_of_config(const struct hold_line *);
/* Whether its change is to be made, by whom and in which plan; lent likewise. */
bool		 hold_line_approved(const struct hold_line *, const char **by, const char **hash);
/* What explain says of the line before the decision it would make; NULL: nothing. */
void		 hold_line_explain(const struct hold_line *, struct buf *out);
/* The line of the badge is done or no longer true; nothing if it has none. */
void		 holds_strike(struct holds *, const char *badge);

/* A look at how many are verified: what the changes to come are measured by. */
void		 hold_look(struct hold *);
/* -1: no memory.  Beyond PLAN_LINES_MAX nothing is noted, and the change waits all the same. */
int		 hold_batch_add(struct hold_batch *, const struct plan_line *);
void		 hold_batch_fini(struct hold_batch *);
/*
 * Judges the batch as a whole.  true: it passes; the counts are in memory and
 * go with the next hold_save().  false: why says why it is held.
 */
bool		 hold_judge(struct hold *, struct hold_batch *, struct err *why);
/* The same question, of which nothing is counted. */
bool		 hold_would_pass(struct hold *, const struct hold_batch *, struct err *why);
/* Makes the batch a plan, or part of the second one; fn when it is stored. */
void		 hold_open(struct hold *, const struct hold_batch *, enum badge_cause,
		    const char *poll, const char *why, hold_fn *fn, void *arg);
/* Forgets the fn of an owner that goes away. */
void		 hold_forget(struct hold *, void *arg);
/*
 * One change by itself, of a claim of that type.  true: it passes and is
 * reserved until hold_settle(); false: it has become a line.
 */
bool		 hold_single(struct hold *, const struct plan_line *, const char *type,
		    enum badge_cause, const char *poll);
void		 hold_settle(struct hold *, const char *type, bool written);

/* --- storing ------------------------------------------------------------------ */

/*
 * Appends its counts and who holds it to a write on its slot: to those that must
 * carry the counts.  Plans are stored by themselves.
 */
void		 hold_save(struct hold *, struct store_txn *);

/* --- what operators do: control_plan.c.  Each fn is called when it is stored. ----- */

struct hold_selection {
	enum badge_reason only;		/* REASON_COUNT: any */
	const json_t	*except;	/* array of badge ids, or NULL; lent */
};

/* The plan whose hash typed stands for, as text for the errors below.  -1: err. */
int	hold_approve(struct hold *, const char *typed, const struct hold_selection *,
	    const char *by, hold_fn *, void *arg, struct err *);
/* typed NULL: the first plan. */
int	hold_discard(struct hold *, const char *typed, const char *by, hold_fn *,
	    void *arg, struct err *);
int	hold_stop(struct hold *, const char *why, const char *by, hold_fn *,
	    void *arg, struct err *);
/* Ends what hold_stop() began; plans that pass the guard now are carried out. */
int	hold_release(struct hold *, const char *by, hold_fn *, void *arg, struct err *);
/*
 * Everything about it as JSON, with at most so many lines of the plan typed
 * stands for (NULL: the first) that come after the badge `after` ("": all).
 * NULL: err.
 */
json_t	*hold_line_json(const struct plan_line *);
json_t	*hold_json(const struct hold *, const char *typed, const char *after,
	    size_t lines, struct err *);

#endif /* ENGINE_HOLD_H */
