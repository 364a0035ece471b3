/* SPDX-License-Identifier: ISC */
/*
 * hold_private.h -- plans in memory, shared by hold.c and hold_judge.c,
 * hold_store.c, hold_load.c (Redis), hold_act.c (operators) and hold_json.c only.
 */
#ifndef ENGINE_HOLD_PRIVATE_H
#define ENGINE_HOLD_PRIVATE_H

#include "base/hash.h"

#include <uthash.h>

#include "engine/guard/hold.h"
#include "engine/registry/registry.h"
#include "engine/state/work.h"

#define HOLD_WAITERS_MAX 80	/* a commit, and every control client there may be */

/* One change for the worse.  Owned by its plan, by way of the map or of the dirty list. */
struct hold_line {
	struct plan_line change;
	struct hold_plan *plan;
	bool		 gone;		/* struck: out of the map, still in Redis */
	bool		 dirty;		/* in plan->dirty, or under way */
	bool		 sent_gone;	/* what is under way deletes it */
	struct hold_line *next_dirty;
	UT_hash_handle	 hh;		/* holds->lines, by badge */
};

enum hold_state { HOLD_NONE = 0, HOLD_HELD, HOLD_DISCARDED, HOLD_APPROVED, HOLD_ENDED };

struct hold_plan {
	struct hold	*hold;
	struct hold_plan *next;		/* in the order they were opened */
	int64_t		 id;
	enum hold_state	 state;
	char		 hash[PLAN_HASH_SIZE];
	enum badge_cause cause;
	char		 poll[64];
	char		 why[ERR_MAX];
	int64_t		 opened_s;
	size_t		 lines;		/* in the map */
	size_t		 opened_lines;	/* when its hash was made */
	/* APPROVED and DISCARDED */
	char		 by[HOLD_BY_SIZE];
	int64_t		 at_s;
	enum badge_reason only;		/* REASON_COUNT: any */
	json_t		*except;	/* owned object, badge id -> true; NULL: none */
	struct work_group group;
	bool		 applying;
	/* for the writer */
	bool		 fresh;		/* what Redis may have under its id is not ours */
	bool		 dirty_head;
	enum hold_state	 sent_head;	/* under way; NONE: it is not */
	struct hold_line *dirty;	/* lines to store or to delete */
};

struct hold_waiter {
	hold_fn	*fn;
	void	*arg;
};

struct hold {
	/* of the configuration's hold; else the registry's counts */
	struct engine	*engine;
	struct registry	*registry;	/* NULL: of the configuration */
	bool		 loaded, resumed;
	struct hold_plan *plans;	/* owned */
	int64_t		 last_plan;
	/* an operator's hold */
	int64_t		 stopped_s;	/* 0: none */
	char		 stopped_why[HOLD_WHY_MAX + 1], stopped_by[HOLD_BY_SIZE];
	struct guard_window window;
	struct guard_tally reserved[GUARD_TALLIES_MAX]; /* singles under way */
	size_t		 reserved_count;
	int64_t		 looked_ms;	/* monotonic; 0: never */
	bool		 was_held;	/* as last announced */
	/* the writer */
	int64_t		 notices;	/* events so far: their ids */
	char		 owed[12];	/* "held" or "released": not known to be in the stream */
	char		 owed_data[ERR_MAX * 2];
	bool		 owed_doubt;	/* a restart came between: it may be there */
	bool		 dirty;		/* its own state */
	bool		 writing;
	bool		 in_flight;	/* a request waits for its answer */
	bool		 dead;		/* freed by that answer */
	struct hold_plan *sending;	/* whose lines are under way */
	struct hold_line *sent;		/* those */
	struct timer	 flush, retry;
	struct hold_waiter waiters[HOLD_WAITERS_MAX];
	size_t		 waiter_count;
	/* loading */
	bool		 loading;
	hold_fn		*load_fn;
	void		*load_arg;
	struct hold_plan *load_plan;
	char		 load_cursor[24];
};

struct holds {
	struct engine	*engine;
	struct hold_line *lines;	/* uthash, by badge */
	struct hold	*config;
	bool		 alarmed;
};

struct engine	*hold_engine(const struct hold *);
const char	*hold_label(const struct hold *);	/* as events and logs show it */
/* "PREFIX:internal:{...}:WHAT" in the hold's slot, and the public key of that slot. */
const char	*hold_key(const struct hold *, const char *what, key_buf);
const char	*hold_public_key(const struct hold *, key_buf);

/* hold.c */
/* The registry is told what is held now: the end of whatever changes a plan or an operator's
 * hold. */
void	hold_show(struct hold *);
/* Appended.  No memory for a plan or a line ends the process: what waits must not be forgotten. */
struct hold_plan *hold_plan_new(struct hold *, int64_t id);
void	hold_plan_remove(struct hold_plan *);	/* with all its lines */
/* The line of a badge, in the plan and in the map; stored already or not. */
void	hold_line_add(struct hold_plan *, const struct plan_line *, bool stored);
bool	hold_line_selected(const struct hold_line *);
/* The first plan in that state, or NULL. */
struct hold_plan *hold_plan_first(const struct hold *, enum hold_state);
/* Sorted lines of a plan as they stand.  -1: no memory. */
int	hold_plan_lines(const struct hold_plan *, struct plan *out);
/* Its hash and opened_lines after it has grown or shrunk on purpose. */
void	hold_plan_rehash(struct hold_plan *);
/* All its lines are done: it ends, or goes on with those that were not selected. */
void	hold_plan_settle(struct hold_plan *);
/* Whether so many more of these plans would pass; lines of all in that state are added to
 * *tallies. */
bool	hold_judge_plans(struct hold *, enum hold_state, bool count, struct err *why);
/* Says it where it is said when held or released: log, event, public state. */
void	hold_follow(struct hold *, const char *why);

/* hold_store.c */
const char *hold_state_name(enum hold_state);
/* The key of a plan's lines. */
const char *hold_plan_key(const struct hold_plan *, key_buf);
/* A request has been answered.  false: its hold has been given up meanwhile, and is gone now. */
bool	hold_answered(struct hold *);
int	hold_store_init(struct hold *);
void	hold_store_fini(struct hold *);
/* Stores what has changed; fn may be NULL. */
void	hold_flush(struct hold *, hold_fn *, void *arg);
void	hold_flush_soon(struct hold *);		/* the same, with what else comes within a moment */

/* hold_act.c */
void	hold_apply(struct hold *);	/* carries out what is approved and not under way yet */

#endif /* ENGINE_HOLD_PRIVATE_H */
