/* SPDX-License-Identifier: ISC */
/*
 * certsyncd-worker.c -- a worker's main().  A program of its own: what parses
 * foreign bytes and loads connectors has no client of HTTP, TLS or Redis in its
 * memory, and starts in a third of the time.
 */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "worker/child.h"
#include "worker/spawner.h"

#define WORKER_USAGE	64	/* as the daemon's */

int
main(int argc, char **argv)
{
	if (argc != 1 || strcmp(argv[0], SPAWNER_WORKER_NAME) != 0) {
		(void)fputs("certsyncd-worker: only certsyncd can use it\n", stderr);
		return WORKER_USAGE;
	}
	/* Started by descriptor, it would be called by that number. */
	(void)prctl(PR_SET_NAME, SPAWNER_WORKER_NAME, 0, 0, 0);
	return child_main();
}
