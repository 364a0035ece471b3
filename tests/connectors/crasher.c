/* SPDX-License-Identifier: ISC */
/* crasher.c -- dies in push(), or in close() when all seemed well. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "hostile.h"

static enum cs_rc
crasher_push(void *state, const char *buf, size_t len)
{
	(void)buf, (void)len;
	if (hostile_is(state, "abort"))
		abort();
	if (hostile_is(state, "segv")) {
#ifdef __SANITIZE_ADDRESS__
		(void)signal(SIGSEGV, SIG_DFL);	/* it would report the crash and exit */
#endif
		(void)raise(SIGSEGV);
	}
	if (hostile_is(state, "exit"))
		_exit(3);
	return CS_OK;
}

static void
crasher_close(void *state)
{
	if (hostile_is(state, "close"))
		abort();
}

HOSTILE(crasher, .next = hostile_next, .push = crasher_push,
    .close = crasher_close);
