/* SPDX-License-Identifier: ISC */
/* certsyncd.c -- the daemon's main(); the same binary is also its workers. */
#include <string.h>

#include "worker/child.h"
#include "worker/spawner.h"

int
main(int argc, char **argv)
{
	if (argc > 0 && strcmp(argv[0], SPAWNER_WORKER_NAME) == 0)
		return child_main();
	return 64;
}
