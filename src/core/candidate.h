/* SPDX-License-Identifier: ISC */
/*
 * candidate.h -- which record of a number answers a claim (rule 4 of
 * docs/decisions.md).  The order of the records never matters.
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

/* Index of the connector that decided the badge before; 0 if it is none of these. */
size_t	candidate_connector(const struct decide_input *);

#endif /* CORE_CANDIDATE_H */
