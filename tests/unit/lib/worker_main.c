/* SPDX-License-Identifier: ISC */
/* worker_main.c -- see worker_main.h. */
#include "worker_main.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "worker/child.h"
#include "worker/spawner.h"

bool
worker_main(char **argv, int *out_status)
{
	if (strcmp(argv[0], SPAWNER_WORKER_NAME) != 0)
		return false;
	*out_status = child_main();
	return true;
}

const char *
worker_test_plugin(const char *name)
{
	static char path[4096];
	char self[2048];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return "";
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	(void)snprintf(path, sizeof(path), "%s/connectors/%s.so", self, name);
	return path;
}
