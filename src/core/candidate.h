/* SPDX-License-Identifier: ISC */
/*
 * candidate.h -- which record of a number answers a claim (rule 4 of
 * docs/decisions.md).  Used by decide.c only.  The order of the records never matters.
 */
#ifndef CORE_CANDIDATE_H
#define CORE_CANDIDATE_H

#include "core/decide.h"

struct candidate {
	const struct decide_record *row;	/* NULL: none answers */
	enum badge_reason doubt;	/* why a person must look; REASON_COUNT: nothing */
	bool	 renewal;		/* a pending row of the same type stands beside it */
};

struct candidate candidate_choose(const struct decide_input *);

#endif /* CORE_CANDIDATE_H */
