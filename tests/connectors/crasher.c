/* SPDX-License-Identifier: ISC */
/* crasher.c -- dies in push(), after three records too, or in close() when all seemed well. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "hostile.h"

static enum cs_rc
crasher_push(void *state, const char *buf, size_t len)
{
	const struct cs_record rec = { .number = "N1", .business_name = "A firm", .type = "MBE" };

	(void)buf, (void)len;
	for (int i = 0; i < 3 && hostile_is(state, "records"); i++)
		(void)!cs_emit(((struct hostile *)state)->poll, &rec);
	if (hostile_is(state, "abort") || hostile_is(state, "records"))
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
