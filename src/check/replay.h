/* SPDX-License-Identifier: ISC */
/*
 * replay.h -- one poll of a connector over the answers of a fixture, and the
 * text of what it said: the types covered, each request, each record, the
 * items, proofs, remarks and checkpoint, and how the poll ended.  Of a failed
 * poll only request, result and reason count, as its records are dropped.
 */
#ifndef CHECK_REPLAY_H
#define CHECK_REPLAY_H

#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>
#include "base/buf.h"
#include "base/err.h"
#include "check/fixture.h"

#define REPLAY_WHOLE	SIZE_MAX	/* pieces: each body in one */
#define REPLAY_SPLIT	((size_t)0)	/* pieces: of random sizes */
#define REPLAY_SPLITS	50		/* so many ways to split are tried */

struct replay_how {
	size_t		 piece;		/* bytes of a push; or as above */
	uint64_t	 seed;		/* of REPLAY_SPLIT; not 0 */
};

/* A seed that is the same on every machine; base: 0, or what is to change it. */
uint64_t replay_seed(const char *path, uint64_t base);
/*
 * Runs one poll.  0: out, which was initialised and stays the caller's, has its
 * text.  -1: it cannot be run, err says why, by its answers or settings.
 */
int	 replay_run(const struct cs_connector *, const struct fixture *,
	    const struct replay_how *, struct buf *out, struct err *);

#endif /* CHECK_REPLAY_H */
