/* SPDX-License-Identifier: ISC */
/*
 * lister.h -- a registry that lists what the test says: engine_world.h with the
 * guard, the badges and all that a poll needs, and a twin of the worker.  All
 * functions here fail the test by themselves.
 */
#ifndef TESTS_LISTER_H
#define TESTS_LISTER_H

#include "engine/poll/poll.h"
#include "engine_world.h"
#include "worker/message.h"

struct lister {
	struct engine_world w;
	struct zone	*zone;
	struct description *plugin;	/* of firms, which owns it: a whole list, no proof */
	bool		 done;
	unsigned	 told;		/* calls of lister_told() */
	enum poll_result result;
	char		 text[ERR_MAX];
	uint64_t	 items;		/* rows said in the poll under way */
	unsigned	 claims;	/* of lister_put() so far */
};

/* For cmocka: *state is the lister. */
int	lister_setup(void **state);
int	lister_teardown(void **state);
/* Another process finds what this one has stored; what it had in mind only is gone. */
void	lister_restart(struct lister *);

/* --- one poll ---------------------------------------------------------------- */

/* Starts one of the kind that is due, and waits for its worker. */
void	lister_begin(struct lister *);
/* The same in two, for one that is started otherwise: lister_told() hears of its end. */
poll_fn	lister_told;
void	lister_begun(struct lister *);
/*
 * The worker says rows: numbers with a blank between.  Each is an active record
 * unless a mark follows: '-' withdrawn, '?' a word nobody knows, '*' with an end,
 * '+' of another type.  "!N" is a row that could not be read, told by its number.
 */
void	lister_say(struct lister *, const char *rows);
void	lister_prove(enum cs_proof, uint64_t declared);
/* The worker has said all; or it has failed. */
void	lister_end(struct lister *);
void	lister_fail(enum cs_rc, int64_t retry_at_s, const char *text);
enum poll_result lister_outcome(struct lister *);

/* A whole poll without proof; the same with the registry's own count. */
enum poll_result lister_poll(struct lister *, const char *rows);
enum poll_result lister_poll_proven(struct lister *, const char *rows);

/* --- what came of it ----------------------------------------------------------- */

/* n badges from number first on, "b1001" for 1001: verified, as their numbers are listed. */
void	lister_put(struct lister *, unsigned first, unsigned n);
/* "status reason case version"; lent for now. */
const char *lister_badge(struct lister *, unsigned number);
/* So many numbers are known, in Redis and in memory alike, and nothing is left staged. */
void	lister_assert_known(struct lister *, size_t numbers);
/* The last outcome says that, among other things. */
void	lister_assert_text(const struct lister *, const char *part);
/* Until what waits is decided and stored. */
void	lister_settle(struct lister *);

#endif /* TESTS_LISTER_H */
