/* SPDX-License-Identifier: ISC */
/* silent.c -- next() waits for something that never comes. */
#include <unistd.h>

#include "hostile.h"

static enum cs_rc
silent_next(void *state, struct cs_request *out)
{
	(void)state, (void)out;
	while (sleep(3600) == 0)
		continue;
	return CS_DONE;
}

HOSTILE(silent, .next = silent_next, .push = hostile_push,
    .close = hostile_close);
