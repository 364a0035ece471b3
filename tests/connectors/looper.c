/* SPDX-License-Identifier: ISC */
/* looper.c -- push() never returns; "talks": it takes a second, with a record a millisecond. */
#include <time.h>

#include "hostile.h"

static void
looper_talk(struct hostile *h)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct cs_record rec = { .number = "N1", .type = "MBE" };
	char name[CS_NAME_MAX];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	rec.business_name = name;
	for (int i = 0; i < 1000; i++) {
		(void)!cs_emit(h->poll, &rec);
		(void)nanosleep(&pause, NULL);
	}
}

static enum cs_rc
looper_push(void *state, const char *buf, size_t len)
{
	volatile bool forever = true;

	(void)buf, (void)len;
	if (hostile_is(state, "talks")) {
		looper_talk(state);
		return CS_OK;
	}
	while (forever)
		continue;
	return CS_OK;
}

HOSTILE(looper, .next = hostile_next, .push = looper_push,
    .close = hostile_close);
