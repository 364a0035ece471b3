/* SPDX-License-Identifier: ISC */
/*
 * replay.h -- one poll of a connector over the answers of a fixture, and the
 * text of what it said: the types covered, each request, each record, the
 * items, proofs, remarks and checkpoint, and how the poll ended.  Of a failed
 * poll only request, result and reason count, as its records are dropped.
 *
 * It calls what a worker calls, in the same order, and looks on as worker and
 * engine would.
 */
#ifndef CHECK_REPLAY_H
#define CHECK_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>
#include "base/buf.h"
#include "base/err.h"
#include "check/fixture.h"

#define REPLAY_WHOLE	SIZE_MAX	/* pieces: each body in one */
#define REPLAY_SPLIT	((size_t)0)	/* pieces: of random sizes */
#define REPLAY_SPLITS	50		/* so many ways to split are tried */

/* Where a run is, for whoever finds its process dead: in memory that both share. */
struct replay_where {
	char		 call[8];	/* the hook that was called last; "" before the first */
	size_t		 answer;	/* the one in hand, from 1; 0: none yet */
	size_t		 at;		/* bytes of it that were pushed before this call */
	char		 what[64];	/* what is tried, as "cut at byte 17"; "": nothing */
};

/*
 * Gets the answer that a request wants and the fixture does not have yet, and adds it
 * to the fixture.  -1: err.
 */
typedef int replay_more_fn(void *arg, const struct cs_request *, struct err *);

struct replay_how {
	size_t		 piece;		/* bytes of a push; or as above */
	uint64_t	 seed;		/* of REPLAY_SPLIT; not 0 */
	struct replay_where *where;	/* lent; NULL: nobody asks */
	replay_more_fn	*more;		/* NULL: the fixture has all there is */
	void		*more_arg;
};

/* What came of a run besides its text. */
struct replay_seen {
	struct buf	 text;		/* owned */
	enum cs_rc	 rc;		/* of the last call; CS_DONE: the poll ended well */
	bool		 no_answer;	/* it asked for what the fixture does not have */
	bool		 proven;	/* what this list lacks would count, by core/feed */
	uint64_t	 records;
	uint64_t	 listed;	/* sum over whom it lists, in any order */
	uint64_t	 misfits;	/* records whose number does not fit the grammar */
	char		 unknown_type[CS_TYPE_MAX + 1]; /* not in types.conf; "": none */
	struct err	 breach;	/* the first rule of connector.h that it broke; "": none */
};

/* A seed that is the same on every machine; base: 0, or what is to change it. */
uint64_t replay_seed(const char *path, uint64_t base);
/* The next number below n of a seed that is not 0: the same on every machine. */
size_t	 replay_random(uint64_t *seed, size_t n);
/*
 * Runs one poll.  *out is to be freed in any case.  -1: it cannot be run to its end, err
 * says why: an answer that the fixture does not have (no_answer), or its settings.
 */
int	 replay_run(const struct cs_connector *, const struct fixture *,
	    const struct replay_how *, struct replay_seen *out, struct err *);
void	 replay_seen_free(struct replay_seen *);

#endif /* CHECK_REPLAY_H */
