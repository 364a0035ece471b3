/* SPDX-License-Identifier: ISC */
/* poll_phase.c -- see poll_phase.h. */
#include "engine/poll/poll_phase.h"

#define TO(phase)	(1u << POLL_##phase)

static const struct {
	const char	*name;
	unsigned	 next;	/* a bit for each phase that may follow */
} phases[POLL_PHASES] = {
	[POLL_BEGIN] = { "BEGIN", TO(READ) | TO(OVER) },
	/* The registry's "not changed" needs no judgement. */
	[POLL_READ] = { "READ", TO(SETTLE) | TO(COMMIT) | TO(OVER) },
	[POLL_SETTLE] = { "SETTLE", TO(JUDGE) | TO(OVER) },
	/* The same bytes as before have nothing to stage. */
	[POLL_JUDGE] = { "JUDGE", TO(REREAD) | TO(REMOVE) | TO(SUPERSEDE) | TO(COMMIT) | TO(OVER) },
	[POLL_REREAD] = { "REREAD", TO(JUDGE) | TO(OVER) },
	[POLL_REMOVE] = { "REMOVE", TO(SUPERSEDE) | TO(COMMIT) | TO(OVER) },
	[POLL_SUPERSEDE] = { "SUPERSEDE", TO(COMMIT) | TO(OVER) },
	[POLL_COMMIT] = { "COMMIT", TO(OVER) },
	[POLL_OVER] = { "OVER", 0 }
};

const char *
poll_phase_name(enum poll_phase phase)
{
	return phases[phase].name;
}

bool
poll_phase_leads_to(enum poll_phase phase, enum poll_phase next)
{
	return (phases[phase].next & (1u << next)) != 0;
}
