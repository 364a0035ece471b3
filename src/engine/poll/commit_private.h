/* SPDX-License-Identifier: ISC */
/*
 * commit_private.h -- one commit under way, shared by commit.c (its steps),
 * commit_decide.c (whom it concerns) and commit_merge.c (bringing the mirror up
 * to date) only.
 */
#ifndef ENGINE_COMMIT_PRIVATE_H
#define ENGINE_COMMIT_PRIVATE_H

#include "base/arena.h"
#include "core/record.h"
#include "engine/guard/hold.h"
#include "engine/poll/commit.h"
#include "engine/state/work.h"

#define COMMIT_VALUE_MAX	((size_t)RECORDS_PER_NUMBER * 2 * (RECORD_TEXT_MAX + 1))

enum commit_phase {
	COMMIT_MARK = 0, COMMIT_DECIDE, COMMIT_JUDGE, COMMIT_APPLY, COMMIT_FINISH, COMMIT_MERGE,
	COMMIT_FOLLOW, COMMIT_CLEAN
};

/* A field of the page with its two texts; strings live in the page's arena. */
struct commit_field {
	const char	*field;
	const char	*staged, *mirror;	/* NULL: none */
	uint64_t	 number;
};

struct commit {
	struct registry	*registry;
	struct commit_input in;
	commit_fn	*fn;
	void		*arg;
	char		 poll[64];	/* "NAME-N" */
	enum commit_phase phase;
	char		 cursor[24];
	unsigned	 page_size;
	struct arena	*arena;		/* of the page */
	struct commit_field *fields;	/* in arena */
	size_t		 field_count;
	bool		 last_page;
	bool		 written;	/* what this phase had to write is stored */
	bool		 waiting_done;	/* those of touch_waiting() are queued */
	struct work_group group;
	struct hold_batch batch;	/* changes for the worse */
	bool		 opening, opened; /* its plan is being stored; is stored */
	bool		 applied;	/* its badges are queued */
	unsigned	 asked;		/* requests without answer */
	bool		 gone;		/* from its registry; only answers are awaited */
	struct timer	 retry;
};

/* A read by the commit, and a transaction of it: fn(c, ...) begins with commit_answered(). */
void	commit_read(struct commit *, store_fn *fn, size_t argc, const char *const *argv);
void	commit_send(struct commit *, struct store_txn *, store_fn *fn);
/* Common to all answers.  true: go on; false: it ends, is gone, or tries the phase again. */
bool	commit_answered(struct commit *, enum store_outcome);
/*
 * The next thing to do; every branch ends in one request or in the end.  Who has
 * got an answer notes it and calls this: where the commit goes is said here alone.
 */
void	commit_step(struct commit *);

enum badge_cause commit_cause(const struct commit *);

/* commit_decide.c: queues the badges that the page in hand touches, and its aliases. */
void	commit_decide_page(struct commit *);
/* The same for those that wait for a poll though their number did not change. */
void	commit_decide_waiting(struct commit *);

/* commit_merge.c: the page in hand into the mirror and out of the diff. */
void	commit_merge_page(struct commit *);

#endif /* ENGINE_COMMIT_PRIVATE_H */
