/* SPDX-License-Identifier: ISC */
/*
 * spawn.h -- a worker without a process, linked in the place of worker/spawn.c:
 * what it says is the test's, by the events it was started with.
 */
#ifndef TESTS_TWINS_SPAWN_H
#define TESTS_TWINS_SPAWN_H

#include "worker/spawn.h"

struct worker {
	struct worker_events on;
	void		*arg;
	enum cs_poll_kind kind;
	size_t		 lookup_count;
	char		 checkpoint[64];	/* it was given; "" */
	bool		 answered;	/* a request of its was answered, to the end */
	bool		 paused;
};

/* The one that runs, NULL: none.  An event may end it. */
struct worker	*twin_worker(void);
/* How many have been started. */
unsigned	 twin_started(void);
/* From now on none starts, or one does again. */
void		 twin_refuse(bool);

#endif /* TESTS_TWINS_SPAWN_H */
