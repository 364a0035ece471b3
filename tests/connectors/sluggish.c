/* SPDX-License-Identifier: ISC */
/* sluggish.c -- takes its time to load, and is well then. */
#include <time.h>

#include "hostile.h"

#define TIME_S	2	/* more than the others wait for it, less than it is given */

__attribute__((constructor)) static void
be_slow(void)
{
	struct timespec now, end;

	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += TIME_S;
	do
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
	while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
}

static enum cs_rc
sluggish_next(void *state, struct cs_request *out)
{
	(void)state, (void)out;
	return CS_DONE;
}

HOSTILE(sluggish, .next = sluggish_next, .push = hostile_push,
    .close = hostile_close);
