/* SPDX-License-Identifier: ISC */
/*
 * poll.h -- one run of one connector, from the first request to commit or
 * failure: all or nothing (docs/decisions.md, "Polls").
 *
 *	BEGIN --> READ --> SETTLE --> JUDGE --> REMOVE -----> COMMIT --> OVER
 *	           |                  ^ | \ \--> SUPERSEDE --> ^ ^
 *	           |                  | v  \------------------/  |
 *	           |                REREAD     the same bytes     |
 *	           \---------------------------------------------/
 *	                         "not changed"
 *
 * BEGIN notes the poll's number; in READ the worker names requests and turns
 * bytes into records, and each record that the snapshot does not know is staged
 * in Redis; SETTLE waits for the last of that; JUDGE asks feed.h what the feed is
 * worth, after a REREAD if only that can prove it; REMOVE stages what a proven
 * feed no longer lists, SUPERSEDE what came back changed in another; COMMIT is
 * commit.h; OVER stores the outcome and tells who waits.  A failure leads from
 * anywhere to OVER: the diff is dropped, the last snapshot stays.
 */
#ifndef ENGINE_POLL_H
#define ENGINE_POLL_H

#include "core/feed.h"
#include "engine/registry/registry.h"

#define POLL_WAITERS_MAX	16	/* control clients that wait for one poll */

/* text: one sentence, for people. */
typedef void poll_fn(void *arg, enum poll_result, const char *text);

/*
 * Starts one, of the kind that is due; full: the whole list in any case.  fn
 * may be NULL.  If one is running that does less, it follows that one.  -1: one
 * is running that does as much, or store or plug-in cannot be used.
 */
int	poll_start(struct registry *, bool full, poll_fn *fn, void *arg);
/*
 * Starts a look-up of n normalised numbers, copied, n at most the plug-in's
 * lookup_max.  It moves neither schedule nor state; what it finds is added.
 */
int	poll_start_lookup(struct registry *, const char *const *numbers, size_t n,
	    poll_fn *fn, void *arg);
/* Whether one is running that does what poll_start() would. */
bool	poll_serves(const struct registry *, bool full);
/*
 * Also tells fn when the running poll, or the one that follows it, has ended
 * and its outcome is stored, or the store is lost.  -1: none is running, or too
 * many wait.
 */
int	poll_wait(struct registry *, poll_fn *fn, void *arg);
/* Forgets a waiter that goes away. */
void	poll_forget(struct registry *, void *arg);
/* Ends it, with nothing but a word, why, to those who wait for it; NULL allowed. */
void	poll_abandon(struct poll *, const char *why);
/* The store was lost: a poll that needs it fails. */
void	poll_store_lost(struct registry *);
/* The registry's end of a commit carried on after a restart. */
void	poll_committed(void *registry, size_t changed, bool ok);

/*
 * poll_refused.c: the feed that was refused last, by the hash of its records.
 * Accepted, it is fetched again and counts as proven if it is still the same.
 * -1: err.
 */
int	poll_accept(struct registry *, const char *hash, const char *by, struct err *);

#endif /* ENGINE_POLL_H */
