/* SPDX-License-Identifier: ISC */
/* cage.c -- see cage.h. */
#include "worker/cage.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "worker/cage_inside.h"

#if CAGE_COVERAGE
#include <gcov.h>
#endif

static int
limit(__rlimit_resource_t what, uint64_t soft, uint64_t hard)
{
	struct rlimit now, want = { .rlim_cur = soft, .rlim_max = hard };

	if (getrlimit(what, &now) != 0)
		return -1;
	/* Without privilege a hard limit can only fall. */
	if (now.rlim_max != RLIM_INFINITY && want.rlim_max > now.rlim_max)
		want.rlim_max = now.rlim_max;
	if (want.rlim_cur > want.rlim_max)
		want.rlim_cur = want.rlim_max;
	return setrlimit(what, &want);
}

int
cage_limit(const struct cage_limits *l)
{
	uint64_t memory = l->memory_bytes != 0 ? l->memory_bytes : CAGE_MEMORY_BYTES;
	uint64_t cpu = l->cpu_s != 0 ? l->cpu_s : CAGE_CPU_S;

	if (!CAGE_CHECKED && (limit(RLIMIT_AS, memory, memory) != 0 ||
	    limit(RLIMIT_NPROC, 1, 1) != 0))
		return -1;
	/* The second past the soft limit lets SIGXCPU tell the reason. */
	if (limit(RLIMIT_CPU, cpu, cpu + 1) != 0 || limit(RLIMIT_CORE, 0, 0) != 0)
		return -1;
	/* valgrind(1) keeps descriptors of its own at the end of the range. */
	if (!CAGE_VALGRIND && limit(RLIMIT_NOFILE, CAGE_FILES, CAGE_FILES) != 0)
		return -1;
	if (!CAGE_OPEN && limit(RLIMIT_FSIZE, 0, 0) != 0)
		return -1;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

int
cage_redis(const char *dir, struct err *err)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set(err, "prctl(PR_SET_NO_NEW_PRIVS): %s", strerror(errno));
	return cage_landlock_writes(dir, err);
}

int
cage_enter(struct err *err)
{
	if (!CAGE_CHECKED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set(err, "prctl(PR_SET_DUMPABLE): %s", strerror(errno));
	return 0;
}

void
cage_leave(int status)
{
#if CAGE_COVERAGE
	__gcov_dump();
#endif
	_exit(status);
}
