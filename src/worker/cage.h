/* SPDX-License-Identifier: ISC */
/*
 * cage.h -- what a worker process may not do.
 *
 * Four moments: cage_limit() before exec, in the child the spawner forked;
 * cage_enter() first in the worker; cage_shut() once the plug-in's file is
 * open and judged, before a byte of it is read, for its constructors run as it
 * is loaded; cage_tighten() once it is loaded, before it is asked anything.
 *
 * Shut: Landlock leaves one file, the plug-in's, to be read; a filter leaves
 * memory, the clock, the socket, and opening to read and mapping code from
 * files, which loading needs.  Tightened: neither opens nor maps code any more.
 * The names are in cage_filter.c.
 */
#ifndef WORKER_CAGE_H
#define WORKER_CAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * AddressSanitizer maps terabytes of shadow, traces its own process for the leak
 * check and writes what it found to standard error, which may be a file: under it
 * address space, processes, tracing and files stay unlimited.
 */
#if defined(__SANITIZE_ADDRESS__)
#define CAGE_ASAN	1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CAGE_ASAN	1
#endif
#endif
#ifndef CAGE_ASAN
#define CAGE_ASAN	0
#endif

/* 1 in a build to be run under valgrind(1) (make VALGRIND=1), which needs the like. */
#ifndef CAGE_VALGRIND
#define CAGE_VALGRIND	0
#endif
#define CAGE_CHECKED	(CAGE_ASAN || CAGE_VALGRIND)

/*
 * 1 in a build that counts what is run (make coverage): a process writes its
 * counts to files when it leaves, so there a worker may write files.
 */
#ifndef CAGE_COVERAGE
#define CAGE_COVERAGE	0
#endif

/*
 * 1 in a build whose workers have no filter and no Landlock, for its runtime
 * opens and maps on its own account; the daemon says so when it starts.
 */
#define CAGE_OPEN	(CAGE_CHECKED || CAGE_COVERAGE)

#define CAGE_MEMORY_BYTES	(UINT64_C(512) << 20) /* address space, by default */
#define CAGE_CPU_S		600u	/* of one poll; SAM's largest file takes 60 s */
#define CAGE_FILES		16u	/* libc, the connector, the socket and room */

struct cage_limits {
	uint64_t	memory_bytes;	/* 0: CAGE_MEMORY_BYTES */
	uint32_t	cpu_s;		/* 0: CAGE_CPU_S */
};

/*
 * Resource limits and no new privileges; both survive exec.  No core, no file
 * growth, no further process.  -1: errno says why; do not go on.
 */
int	cage_limit(const struct cage_limits *);
/*
 * For the embedded redis-server, before exec: no new privileges, and where the
 * kernel has Landlock it writes below dir only, reaches nobody by TCP (Linux 6.7)
 * and signals nobody but its own children (6.12).  -1: err; do not go on.
 */
int	cage_redis(const char *dir, struct err *);
/* Not dumpable: no core, and nobody of the same user may trace or read it; the daemon calls it
 * too.  -1: err. */
int	cage_enter(struct err *);

/*
 * Called with the name of a system call that was refused, in a signal handler
 * but where the call stood: it says so to the engine, and never returns.
 */
typedef void cage_refused_fn(void *arg, const char *call);

/* Whether this kernel has Landlock; without it the filter stands alone. */
bool	cage_has_landlock(void);
/* What the cages of this build and kernel lack, for people; NULL: nothing.  Static. */
const char *cage_lack(void);
/*
 * Shuts the cage around the process, for good.  plugin_fd: the one file that
 * may still be opened and mapped.  refused and arg are lent for the process's
 * life.  -1: err, and the plug-in must not be loaded.
 */
int	cage_shut(int plugin_fd, cage_refused_fn *refused, void *arg, struct err *);
/* After cage_shut().  -1: err, and the plug-in must not be called. */
int	cage_tighten(struct err *);
/* _exit(): nothing is flushed or run at exit, but what a coverage build has counted is kept. */
_Noreturn void	cage_leave(int status);

#endif /* WORKER_CAGE_H */
