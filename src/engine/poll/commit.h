/* SPDX-License-Identifier: ISC */
/*
 * commit.h -- what a complete poll found becomes true (docs/decisions.md, "Polls").
 *
 *	MARK --> DECIDE* --> JUDGE --> APPLY* --> FINISH --> MERGE* --> FOLLOW* --> CLEAN
 *	 |		      |			   |		       |	    |
 *	 the diff is final    passed and counted,  checkpoint and      who is	    the diff
 *	 and written down     or a plan is stored  current number      missing	    is gone
 *
 * MARK writes down that the staged diff of this poll is final; from then on a
 * crash carries the commit on.  DECIDE decides every badge a changed number
 * touches, a page of the diff at a time: what is for the better is written,
 * what is for the worse collected.  JUDGE asks the guard (hold.h) about that as
 * a whole; APPLY writes it if it passes, else a plan holds it.  FINISH sets
 * checkpoint and times; MERGE brings the mirror up to date in small batches;
 * FOLLOW notes which verified badges it lacks now.  Every step may be repeated:
 * all of them compare before they write.
 */
#ifndef ENGINE_COMMIT_H
#define ENGINE_COMMIT_H

#include "engine/registry/registry.h"

struct commit_input {
	int64_t		 started_s;	/* of the poll */
	bool		 proven, complete;	/* complete: a full poll, not a delta */
	/* the mirror was not proven before: badges may be waiting for that */
	bool		 first_proof;
	bool		 passed;	/* the guard has let it pass before a restart */
	/* read with other settings, or by another plug-in, than the mirror */
	bool		 remapped;
	bool		 lookup;	/* of single numbers, which is the cause of what changes */
	size_t		 diff;		/* entries staged; 0: nothing changed */
};

/* fn(arg, badges changed, ok): once, from the loop; !ok: the store is over. */
typedef void commit_fn(void *arg, size_t changed, bool ok);

/* Begins; the registry owns the commit.  -1: no memory. */
int	commit_start(struct registry *, const struct commit_input *, commit_fn *, void *arg);
/* Carries on what registry->diff.pending says, after a restart; nothing if it says nothing. */
int	commit_carry_on(struct registry *, commit_fn *, void *arg);
/* The store is open again. */
void	commit_resume(struct commit *);
struct commit *commit_free(struct commit *);	/* NULL allowed; returns NULL */

#endif /* ENGINE_COMMIT_H */
