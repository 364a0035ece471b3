/* SPDX-License-Identifier: ISC */
/*
 * burglar.c -- tries to get out of the cage, in one way of many: in push() the
 * one that the setting "how" names, in a constructor the one that stands in
 * the file itself, where a test has written it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "hostile.h"

/* What the constructor tries; a test replaces the bytes in its copy of the file. */
static volatile char in_constructor[64] = "BURGLAR-CONSTRUCTOR:";

static long
by_socket(int family, const struct sockaddr *to, socklen_t len)
{
	int fd = socket(family, SOCK_STREAM, 0);

	return fd == -1 ? -1 : connect(fd, to, len);
}

static long
by_tcp(void)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(1), .sin_addr = { htonl(INADDR_LOOPBACK) }
	};

	return by_socket(AF_INET, (const struct sockaddr *)&to, sizeof(to));
}

static long
by_unix(void)
{
	const struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "/run/x" };

	return by_socket(AF_UNIX, (const struct sockaddr *)&to, sizeof(to));
}

static long
by_udp(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0);
}

static long
by_pair(void)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

static long
by_address(void)
{
	const struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(1) };

	return sendto(3, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to));
}

static long
by_open(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static long
by_proc(void)
{
	return open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
}

static long
by_plain_open(void)
{
#ifdef SYS_open
	return syscall(SYS_open, "/etc/passwd", O_RDONLY);
#else
	return open("/etc/passwd", O_RDONLY);
#endif
}

static long
by_openat2(void)
{
	const uint64_t how[3] = { 0 };

	return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", how, sizeof(how));
}

static long
by_create(void)
{
	return open("/tmp/certsync-burglar", O_WRONLY | O_CREAT, 0600);
}

static long
by_write(void)
{
	return open("/dev/null", O_RDWR);
}

static long
by_directory(void)
{
	return open("/etc", O_RDONLY | O_DIRECTORY);
}

static long
by_unlink(void)
{
	return unlink("/tmp/certsync-burglar-none");
}

static long
by_rename(void)
{
	return rename("/tmp/certsync-burglar-none", "/tmp/certsync-burglar-other");
}

static long
by_symlink(void)
{
	return symlink("/etc/passwd", "/tmp/certsync-burglar-link");
}

static long
by_chmod(void)
{
	return chmod("/tmp", 01777);
}

static long
by_readlink(void)
{
	char buf[64];

	return readlink("/proc/self/exe", buf, sizeof(buf));
}

static long
by_exec(void)
{
	return execl("/bin/true", "true", (char *)NULL);
}

static long
by_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

/* Nobody is left to tell the call's name. */
static long
by_blocked(void)
{
	sigset_t all;

	if (sigfillset(&all) != 0 || sigprocmask(SIG_BLOCK, &all, NULL) != 0)
		return -1;
	return socket(AF_INET, SOCK_STREAM, 0);
}

static long
by_vfork(void)
{
	return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static void *
thread(void *arg)
{
	return arg;
}

static long
by_thread(void)
{
	pthread_t id;

	errno = pthread_create(&id, NULL, thread, NULL);
	return errno == 0 ? 0 : -1;
}

static long
by_kill(void)
{
	return kill(1, 0);
}

static long
by_kill_self(void)
{
	return kill(getpid(), 0);
}

static long
by_tgkill(void)
{
	return syscall(SYS_tgkill, 1, 1, 0);
}

static long
by_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long
by_readv(void)
{
	return syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0);
}

static long
by_pidfd(void)
{
	return syscall(SYS_pidfd_open, 1, 0);
}

static long
by_sigaction(void)
{
	return signal(SIGSYS, SIG_IGN) == SIG_ERR ? -1 : 0;
}

static long
mapped(int prot, int flags)
{
	return mmap(NULL, 4096, prot, flags | MAP_PRIVATE, -1, 0) == MAP_FAILED ? -1 : 0;
}

static long
by_wx(void)
{
	return mapped(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_ANONYMOUS);
}

static long
by_anonymous_code(void)
{
	return mapped(PROT_READ | PROT_EXEC, MAP_ANONYMOUS);
}

static long
by_written_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? -1 : mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static long
by_memfd(void)
{
	return memfd_create("x", 0);
}

static long
by_limit(void)
{
	const struct rlimit l = { RLIM_INFINITY, RLIM_INFINITY };

	return setrlimit(RLIMIT_AS, &l);
}

static long
by_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long
by_leash(void)
{
	return prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

static long
by_unshare(void)
{
	return unshare(CLONE_NEWUSER);
}

static long
by_setuid(void)
{
	return setuid(0);
}

static long
by_uring(void)
{
	return syscall(SYS_io_uring_setup, 1, NULL);
}

static long
by_bpf(void)
{
	return syscall(SYS_bpf, 5, NULL, 0);
}

static long
by_userfaultfd(void)
{
	return syscall(SYS_userfaultfd, 1);
}

static long
by_keys(void)
{
	return syscall(SYS_keyctl, 0, -3, 0);
}

static long
by_dup(void)
{
	return dup(3);
}

static long
by_library(void)
{
	return system("true");
}

static const struct { const char *name; long (*attempt)(void); } attempts[] = {
	{ "tcp", by_tcp }, { "unix", by_unix }, { "udp", by_udp }, { "pair", by_pair },
	{ "address", by_address }, { "open", by_open }, { "proc", by_proc },
	{ "plain-open", by_plain_open }, { "openat2", by_openat2 }, { "create", by_create },
	{ "write", by_write }, { "directory", by_directory }, { "unlink", by_unlink },
	{ "rename", by_rename }, { "symlink", by_symlink }, { "chmod", by_chmod },
	{ "readlink", by_readlink }, { "exec", by_exec }, { "fork", by_fork },
	{ "blocked", by_blocked }, { "vfork", by_vfork }, { "thread", by_thread }, { "kill", by_kill },
	{ "kill-self", by_kill_self }, { "tgkill", by_tgkill }, { "ptrace", by_ptrace },
	{ "readv", by_readv }, { "pidfd", by_pidfd }, { "sigaction", by_sigaction },
	{ "wx", by_wx }, { "anonymous-code", by_anonymous_code },
	{ "written-code", by_written_code }, { "memfd", by_memfd }, { "limit", by_limit },
	{ "dumpable", by_dumpable }, { "leash", by_leash }, { "unshare", by_unshare },
	{ "setuid", by_setuid }, { "uring", by_uring }, { "bpf", by_bpf },
	{ "userfaultfd", by_userfaultfd }, { "keys", by_keys }, { "dup", by_dup },
	{ "system", by_library }
};

/* 1: it worked; 0: it failed; -1: no such attempt. */
static int
attempt(const char *how)
{
	for (size_t i = 0; i < sizeof(attempts) / sizeof(*attempts); i++)
		if (strcmp(attempts[i].name, how) == 0) {
			errno = 0;
			return attempts[i].attempt() >= 0;
		}
	return -1;
}

static struct {
	int	rc, error;
} constructed = { -1, 0 };

static void __attribute__((constructor))
burglar_constructor(void)
{
	char how[64];
	const char *colon;

	for (size_t i = 0; i < sizeof(how); i++)
		how[i] = in_constructor[i];
	colon = memchr(how, ':', sizeof(how));
	if (colon == NULL || colon[1] == '\0')
		return;
	constructed.rc = attempt(colon + 1);
	constructed.error = errno;
}

static enum cs_rc
burglar_push(void *state, const char *buf, size_t len)
{
	struct hostile *h = state;
	int rc = constructed.rc, error = constructed.error;

	(void)buf, (void)len;
	if (h->how[0] != '\0') {
		rc = attempt(h->how);
		error = errno;
	}
	cs_warn(h->poll, "%s, errno %d", rc == 1 ? "WORKED" : rc == 0 ? "failed" : "none", error);
	return CS_OK;
}

HOSTILE(burglar, .next = hostile_next, .push = burglar_push, .close = hostile_close);
