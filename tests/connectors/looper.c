/* SPDX-License-Identifier: ISC */
/* looper.c -- push() never returns. */
#include "hostile.h"

static enum cs_rc
looper_push(void *state, const char *buf, size_t len)
{
	volatile bool forever = true;

	(void)state, (void)buf, (void)len;
	while (forever)
		continue;
	return CS_OK;
}

HOSTILE(looper, .next = hostile_next, .push = looper_push,
    .close = hostile_close);
