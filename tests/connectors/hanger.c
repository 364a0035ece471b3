/* SPDX-License-Identifier: ISC */
/* hanger.c -- whoever loads it never comes back. */
#include "hostile.h"

__attribute__((constructor)) static void
hang(void)
{
	for (volatile unsigned turns = 0;; turns = turns + 1)
		continue;
}

static enum cs_rc
hanger_next(void *state, struct cs_request *out)
{
	(void)state, (void)out;
	return CS_DONE;
}

HOSTILE(hanger, .next = hanger_next, .push = hostile_push,
    .close = hostile_close);
