/* SPDX-License-Identifier: ISC */
/*
 * trial.h -- what is done to a connector with one fixture, each in a process of its own
 * (apart.h): the answers as they are and in pieces, cut, and spoilt.
 */
#ifndef CHECK_TRIAL_H
#define CHECK_TRIAL_H

#include <stdint.h>

#include "check/apart.h"
#include "check/fixture.h"

/*
 * Every byte of an answer is a place to cut it; of one that is longer so many, its first
 * and last ones among them, as each cut replays all before it.
 */
#define TRIAL_CUTS		4096u
#define TRIAL_LEAST		64u	/* of either, however few are asked for */
#define TRIAL_CUT_BYTES		(UINT64_C(64) << 20) /* replayed for one answer's cuts */
#define TRIAL_FLIPS		300u	/* spoilt copies of each answer */

struct trial {
	const struct fixture *fixture;
	const char	*golden;	/* what must come of it; NULL: not known yet */
	uint64_t	 seed;
	unsigned	 tries;		/* cuts and spoilt copies of one answer, at most */
};

/* Each is an apart_fn; arg is a struct trial. */
apart_fn	trial_whole;	/* the golden comes of it, by the rules; it stays constant */
apart_fn	trial_bytes;	/* byte by byte: the same comes of it */
apart_fn	trial_splits;	/* REPLAY_SPLITS random splits: the same */
apart_fn	trial_cuts;	/* a part of an answer fails, proves nothing, or lists the same */
apart_fn	trial_hostile;	/* empty, doubled, a page, flipped bytes: it lives */

#endif /* CHECK_TRIAL_H */
