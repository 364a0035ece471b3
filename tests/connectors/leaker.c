/* SPDX-License-Identifier: ISC */
/* leaker.c -- takes all memory there is, and keeps it. */
#include <stdlib.h>

#include "hostile.h"

#define BLOCK	((size_t)1 << 20)

static enum cs_rc
leaker_push(void *state, const char *buf, size_t len)
{
	/* Chained, so that no compiler sees that nobody needs them. */
	void **last = NULL, **block;

	(void)buf, (void)len;
	while ((block = malloc(BLOCK)) != NULL) {
		memset(block, 1, BLOCK);
		*block = last;
		last = block;
	}
	((struct hostile *)state)->how = (const char *)last;
	return CS_E_NOMEM;
}

HOSTILE(leaker, .next = hostile_next, .push = leaker_push,
    .close = hostile_close);
