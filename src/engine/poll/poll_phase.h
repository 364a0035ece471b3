/* SPDX-License-Identifier: ISC */
/*
 * poll_phase.h -- what a poll is at (the picture is in poll.h), and which phase
 * may follow which.
 */
#ifndef ENGINE_POLL_PHASE_H
#define ENGINE_POLL_PHASE_H

#include <stdbool.h>

enum poll_phase {
	POLL_BEGIN = 0,	/* its number is being noted */
	POLL_READ,	/* the worker asks, the registry answers, records are staged */
	POLL_SETTLE,	/* all has come; the last of it is being staged */
	POLL_JUDGE,	/* what is it worth? */
	POLL_REREAD,	/* the list comes a second time, to prove what it lacks */
	POLL_REMOVE,	/* what a proven list no longer has is staged as gone */
	POLL_SUPERSEDE,	/* rows that came back changed are staged as gone */
	POLL_COMMIT,	/* commit.h has it, or a dry run decides */
	POLL_OVER	/* its outcome is being stored; then who waits is told */
};
#define POLL_PHASES	(POLL_OVER + 1)

const char	*poll_phase_name(enum poll_phase);
/* Whether next may follow phase. */
bool		 poll_phase_leads_to(enum poll_phase, enum poll_phase next);

#endif /* ENGINE_POLL_PHASE_H */
