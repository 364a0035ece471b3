/* SPDX-License-Identifier: ISC */
/*
 * certsyncd-worker.c -- a worker's main().  A program of its own: what parses
 * foreign bytes and loads connectors has no client of HTTP, TLS or Redis in its
 * memory, and starts in a third of the time.
 */
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "worker/child.h"
#include "worker/spawner.h"

#define WORKER_USAGE	64	/* as the daemon's */

/* By what it was given: valgrind(1) has an argv[0] of its own. */
static bool
started_by_spawner(void)
{
	struct stat st;

	return fstat(SPAWNER_WORKER_FD, &st) == 0 && S_ISSOCK(st.st_mode);
}

int
main(int argc, char **argv)
{
	(void)argv;
	if (argc != 1 || !started_by_spawner()) {
		(void)fputs("certsyncd-worker: only certsyncd can use it\n", stderr);
		return WORKER_USAGE;
	}
	/* Started by descriptor, it would be called by that number. */
	(void)prctl(PR_SET_NAME, SPAWNER_WORKER_NAME, 0, 0, 0);
	return child_main();
}
