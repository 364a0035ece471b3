/* SPDX-License-Identifier: ISC */
/*
 * probe.c -- what the unit's sandbox lets a process do.  Runs in it, prints
 * "ok WHAT" or "no WHAT: errno" a line: the first group must work, because
 * workers need it, the second must not.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void
say(const char *what, int worked)
{
	int saved = errno;

	if (worked)
		printf("ok %s\n", what);
	else
		printf("no %s: %s\n", what, strerror(saved));
	fflush(stdout);
}

static int
seccomp_works(void)
{
	struct sock_filter allow = { .code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW };
	struct sock_fprog program = { .len = 1, .filter = &allow };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

/* A kernel without Landlock says so; the unit's filter would say EPERM. */
static int
landlock_passes(void)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE };
	long fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

	if (fd == -1)
		return errno == ENOSYS || errno == EOPNOTSUPP;
	return syscall(SYS_landlock_restrict_self, fd, 0) == 0;
}

static int
limits_work(void)
{
	struct rlimit none = { 0, 0 }, memory = { 512u << 20, 512u << 20 };

	return setrlimit(RLIMIT_CORE, &none) == 0 && setrlimit(RLIMIT_AS, &memory) == 0;
}

/* Runs path in a child; whether exec succeeded. */
static int
exec_works(const char *path, char *argument)
{
	char *argv[] = { (char *)(unsigned long)path, argument, NULL }, *envp[] = { NULL };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)close(1);
		(void)close(2);
		(void)execve(path, argv, envp);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) != pid)
		return 0;
	errno = WEXITSTATUS(status);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int
opens(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd != -1)
		(void)close(fd);
	return fd != -1;
}

int
main(int argc, char **argv)
{
	char again[] = "again";

	if (argc > 1)
		return strcmp(argv[1], again) == 0 ? 0 : 1;
	say("exec a worker", exec_works("/usr/lib/certsyncd/probe", again));
	say("write the state directory", opens("/var/lib/certsyncd/probe", O_WRONLY | O_CREAT));
	say("write the runtime directory", opens("/run/certsyncd/probe", O_WRONLY | O_CREAT));
	say("limits", limits_work());
	say("not dumpable", prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0);
	say("landlock", landlock_passes());
	say("seccomp", seccomp_works());

	say("exec a shell", exec_works("/bin/true", NULL));
	say("write /etc", opens("/etc/probe", O_WRONLY | O_CREAT));
	say("write /usr/lib", opens("/usr/lib/certsyncd/connectors/probe.so", O_WRONLY | O_CREAT));
	say("read /home", opens("/home/secret", O_RDONLY));
	say("read the credentials' files", opens("/etc/certsyncd/credentials/redis-password", O_RDONLY));
	say("see other processes", opens("/proc/1/status", O_RDONLY));
	say("see kernel settings", opens("/proc/sys/kernel/hostname", O_RDONLY));
	say("map code that can be written", mmap(NULL, 4096, PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	say("open a packet socket", socket(AF_PACKET, SOCK_RAW, 0) != -1);
	say("mount", mount("none", "/mnt", "tmpfs", 0, NULL) == 0);
	say("make a user namespace", syscall(SYS_unshare, 0x10000000) == 0);
	say("trace", syscall(SYS_ptrace, 0, 0, 0, 0) == 0);
	say("lock memory", mlockall(MCL_CURRENT) == 0);
	say("become root", setuid(0) == 0);
	return 0;
}
