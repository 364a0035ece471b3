/* SPDX-License-Identifier: ISC */
/*
 * cage_filter.c -- see cage.h: the system calls a worker may make, by libseccomp.
 *
 * Lists of what is allowed; whatever else a plug-in calls is answered by SIGSYS,
 * whose handler tells the call's name.  A few are answered ENOSYS instead, since
 * libc falls back to what it used before them, which is refused or harmless.
 */
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "worker/cage.h"
#include "worker/cage_inside.h"
#include "worker/spawner.h"

/* What a signal handler can reach: set once, before the filter stands. */
static struct {
	cage_refused_fn	*fn;
	void		*arg;
} refused;

#define WX		((uint64_t)(PROT_WRITE | PROT_EXEC))
#define OPEN_CHANGES	((uint64_t)(O_ACCMODE | O_CREAT | O_TRUNC | O_PATH | O_DIRECTORY))

/* Memory, time, the socket, and leaving. */
static const int always[] = {
	SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(brk),
	SCMP_SYS(munmap), SCMP_SYS(madvise), SCMP_SYS(mremap), SCMP_SYS(futex),
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(sched_yield),
	SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid),
	SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(sysinfo),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
	SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group)
};

/* What loading a file takes beside openat, mmap and mprotect, and the next filter. */
static const int loading[] = {
	SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(pread64), SCMP_SYS(lseek),
	SCMP_SYS(seccomp)
};

/* The socket is a stream: its calls are recvfrom and sendto without an address. */
static const int on_the_socket[] = { SCMP_SYS(recvfrom), SCMP_SYS(sendto) };

static const int unknown[] = {
	SCMP_SYS(openat2), SCMP_SYS(clone3), SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register)
};

#define COUNT(list)	(sizeof(list) / sizeof(*(list)))

static struct scmp_arg_cmp
equals(unsigned argument, uint64_t value)
{
	return (struct scmp_arg_cmp){ .arg = argument, .op = SCMP_CMP_EQ, .datum_a = value };
}

static struct scmp_arg_cmp
masked(unsigned argument, uint64_t mask, uint64_t value)
{
	return (struct scmp_arg_cmp){
		.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value
	};
}

/* Answers all calls of the list so.  0, or minus an errno. */
static int
rules_add(scmp_filter_ctx ctx, uint32_t action, const int *list, size_t count)
{
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++)
		rc = seccomp_rule_add(ctx, action, list[i], 0);
	return rc;
}

/* Calls that only ask, or concern only this process. */
static int
rules_ask(scmp_filter_ctx ctx)
{
	static const uint64_t prctls[] = {
		PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP, PR_GET_NAME, PR_GET_DUMPABLE
	};
	int rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 1,
	    equals(2, 0));

	for (size_t i = 0; i < COUNT(prctls) && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
		    equals(0, prctls[i]));
	if (rc == 0)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
		    equals(1, F_GETFD));
	if (rc == 0)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
		    equals(0, (scmp_datum_t)getpid()));
	for (size_t i = 0; i < COUNT(on_the_socket) && rc == 0; i++)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, on_the_socket[i], 2,
		    equals(0, SPAWNER_WORKER_FD), equals(4, 0));
	return rc;
}

/* Memory that is not code: nothing becomes code once it could be written. */
static int
rules_memory(scmp_filter_ctx ctx)
{
	int rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
	    masked(2, PROT_EXEC, 0));

	return rc != 0 ? rc : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
	    masked(2, PROT_EXEC, 0));
}

/* Opening to read, and mapping code from a file. */
static int
rules_loading(scmp_filter_ctx ctx)
{
	int rc = rules_add(ctx, SCMP_ACT_ALLOW, loading, COUNT(loading));

	if (rc == 0)
		rc = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
		    masked(2, OPEN_CHANGES, O_RDONLY));
	return rc != 0 ? rc : seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2,
	    masked(2, WX, PROT_EXEC), masked(3, MAP_ANONYMOUS, 0));
}

static int
filter_load(bool tight, struct err *err)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_TRAP);
	int rc = -ENOMEM;

	/* cage_limit() has seen to "no new privileges" before exec. */
	if (ctx != NULL)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);
	if (rc == 0)
		rc = rules_add(ctx, SCMP_ACT_ALLOW, always, COUNT(always));
	if (rc == 0)
		rc = rules_add(ctx, SCMP_ACT_ERRNO(ENOSYS), unknown, COUNT(unknown));
	if (rc == 0)
		rc = rules_ask(ctx);
	if (rc == 0)
		rc = rules_memory(ctx);
	if (rc == 0 && !tight)
		rc = rules_loading(ctx);
	if (rc == 0)
		rc = seccomp_load(ctx);
	if (ctx != NULL)
		seccomp_release(ctx);
	return rc == 0 ? 0 : err_set(err, "the filter of system calls: %s", strerror(-rc));
}

/* Stands where the refused call stood, in no lock of malloc, so it may do what any code may. */
static void
on_refused(int signo, siginfo_t *info, void *context)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, info->si_syscall);

	(void)signo, (void)context;
	refused.fn(refused.arg, name != NULL ? name : "a call without a name");
}

int
cage_shut(int plugin_fd, cage_refused_fn *fn, void *arg, struct err *err)
{
	struct sigaction action = { .sa_sigaction = on_refused, .sa_flags = SA_SIGINFO };

	if (CAGE_OPEN)
		return 0;
	refused.fn = fn;
	refused.arg = arg;
	if (sigaction(SIGSYS, &action, NULL) != 0)
		return err_set(err, "sigaction(SIGSYS): %s", strerror(errno));
	return cage_landlock(plugin_fd, err) == 0 ? filter_load(false, err) : -1;
}

int
cage_tighten(struct err *err)
{
	return CAGE_OPEN ? 0 : filter_load(true, err);
}
