/* SPDX-License-Identifier: ISC */
/* spawner.c -- see spawner.h: the process itself.  Single-threaded, blocking,
 * no libevent: it must be small enough to be read whole. */
#include "worker/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "worker/note.h"

/* After spawner_tidy(): what it was told with, and what it starts. */
#define CONTROL_FD	3
#define WORKER_PROGRAM_FD 4

/* What joins the engine and a worker; -1: none. */
struct join {
	int		 engine[SPAWNER_ENDS];
	int		 socket, output; /* the worker's ends of these */
};

struct child {
	uint64_t	 id;
	pid_t		 pid;	/* 0: free */
	bool		 redis;
};

/* The state of the spawner process. */
struct nest {
	int		 control, signals;
	sigset_t	 mask_before;
	struct child	 children[SPAWNER_CHILDREN_MAX];
};

/* --- in the forked child, before exec ------------------------------------------ */

static void
child_signals(const struct nest *n)
{
	for (int signo = 1; signo < NSIG; signo++)
		if (signo != SIGKILL && signo != SIGSTOP)
			(void)signal(signo, SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &n->mask_before, NULL);
}

/* Ends with the spawner, even if that died before the call. */
static int
child_leash(pid_t spawner, int signo)
{
	if (prctl(PR_SET_PDEATHSIG, signo, 0, 0, 0) != 0)
		return -1;
	return getppid() == spawner ? 0 : -1;
}

/* Replaces fds 0, 1 and 2: nothing to read, out_fd and err_fd, -1: nowhere. */
static int
child_stdio(int out_fd, int err_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null == -1)
		return -1;
	if (out_fd == -1)
		out_fd = null;
	if (err_fd == -1)
		err_fd = null;
	if (dup2(null, 0) == -1 || dup2(out_fd, 1) == -1 || dup2(err_fd, 2) == -1)
		return -1;
	return 0;
}

static void
child_exec_worker(const struct nest *n, pid_t spawner, const struct join *join,
    const struct cage_limits *limits)
{
	static const char name[] = SPAWNER_WORKER_NAME;
	char *argv[] = { (char *)(uintptr_t)name, NULL };
	char *envp[] = { NULL };

	child_signals(n);
	if (child_leash(spawner, SIGKILL) != 0)
		cage_leave(SPAWNER_EXIT_EXEC);
	/* Sanitizers report on stderr; a connector must not write our log. */
	if (child_stdio(join->output, CAGE_CHECKED ? STDERR_FILENO : join->output) != 0)
		cage_leave(SPAWNER_EXIT_EXEC);
	/* The control socket is fd 3: the copy takes its place. */
	if (dup2(join->socket, SPAWNER_WORKER_FD) == -1 ||
	    dup2(join->engine[SPAWNER_NOTE], SPAWNER_NOTE_FD) == -1 ||
	    close_range(SPAWNER_NOTE_FD + 1, ~0U, 0) != 0 ||
	    cage_limit(limits) != 0)
		cage_leave(SPAWNER_EXIT_EXEC);
	(void)execveat(WORKER_PROGRAM_FD, "", argv, envp, AT_EMPTY_PATH);
	cage_leave(SPAWNER_EXIT_EXEC);
}

/* The packet's strings as a vector behind argv[0]; -1: they do not fit. */
static int
redis_argv(const struct spawner_packet *p, const char *argv[SPAWNER_ARGS_MAX + 2])
{
	const char *s = p->args, *end = p->args + sizeof(p->args);

	if (p->arg_count > SPAWNER_ARGS_MAX)
		return -1;
	argv[0] = SPAWNER_REDIS;
	for (size_t i = 0; i < p->arg_count; i++) {
		if (s >= end)
			return -1;
		argv[i + 1] = s;
		s += strlen(s) + 1;
	}
	argv[p->arg_count + 1] = NULL;
	return spawner_redis_args_check(argv + 1, NULL);
}

/* Of its socket: its own data lie below that, too. */
static int
redis_dir(const char *const *argv, char *out, size_t size)
{
	char *slash;

	for (; argv[0] != NULL; argv++) {
		if (strcmp(argv[0], "--unixsocket") != 0 || argv[1] == NULL ||
		    !text_copy(out, size, argv[1]))
			continue;
		slash = strrchr(out, '/');
		if (slash == NULL || slash == out)
			return -1;
		*slash = '\0';
		return 0;
	}
	return -1;
}

static void
child_exec_redis(const struct nest *n, pid_t spawner,
    const struct spawner_packet *p)
{
	const char *argv[SPAWNER_ARGS_MAX + 2];
	char *envp[] = { NULL }, dir[PATH_MAX];
	int log = -1;

	child_signals(n);
	if (child_leash(spawner, SIGTERM) != 0 || redis_argv(p, argv) != 0)
		cage_leave(SPAWNER_EXIT_EXEC);
	if (p->log_path[0] != '\0') {
		log = open(p->log_path, O_WRONLY | O_CREAT | O_APPEND |
		    O_CLOEXEC | O_NOFOLLOW, 0600);
		if (log == -1)
			cage_leave(SPAWNER_EXIT_EXEC);
	}
	if (child_stdio(log, log) != 0 || close_range(3, ~0U, 0) != 0 ||
	    redis_dir(argv, dir, sizeof(dir)) != 0 || cage_redis(dir, NULL) != 0)
		cage_leave(SPAWNER_EXIT_EXEC);
	(void)execve(SPAWNER_REDIS, (char **)(uintptr_t)argv, envp);
	cage_leave(SPAWNER_EXIT_EXEC);
}

/* --- the spawner process --------------------------------------------------------- */

static struct child *
nest_find(struct nest *n, uint64_t id)
{
	for (size_t i = 0; i < SPAWNER_CHILDREN_MAX; i++)
		if (n->children[i].pid != 0 && n->children[i].id == id)
			return &n->children[i];
	return NULL;
}

static struct child *
nest_find_free(struct nest *n)
{
	for (size_t i = 0; i < SPAWNER_CHILDREN_MAX; i++)
		if (n->children[i].pid == 0)
			return &n->children[i];
	return NULL;
}

/* The ends a worker needs for itself, which the spawner keeps no longer than the engine's. */
static void
join_close(struct join *j)
{
	spawner_ends_close(j->engine);
	if (j->socket != -1)
		(void)close(j->socket);
	if (j->output != -1)
		(void)close(j->output);
}

/* Returns an errno; join_close() is due in any case. */
static int
join_open(struct join *j)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return errno;
	j->engine[SPAWNER_SOCKET] = pair[0];
	j->socket = pair[1];
	/* Who writes to a full pipe must not wait for the engine. */
	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) != 0)
		return errno;
	j->engine[SPAWNER_OUTPUT] = pair[0];
	j->output = pair[1];
	j->engine[SPAWNER_NOTE] = note_new();
	return j->engine[SPAWNER_NOTE] == -1 ? errno : 0;
}

/* Forks what p asks for, a worker with its ends.  Returns an errno. */
static int
nest_fork(struct nest *n, const struct spawner_packet *p, const struct join *join,
    pid_t *out_pid)
{
	pid_t self = getpid();

	*out_pid = fork();
	if (*out_pid == 0) {
		if (p->op == SPAWNER_START_WORKER)
			child_exec_worker(n, self, join, &p->limits);
		child_exec_redis(n, self, p);
	}
	return *out_pid == -1 ? errno : 0;
}

/* -1: the daemon is gone. */
static int
nest_start(struct nest *n, const struct spawner_packet *p)
{
	bool worker = p->op == SPAWNER_START_WORKER;
	struct join join = { .engine = { -1, -1, -1 }, .socket = -1, .output = -1 };
	struct child *c = nest_find_free(n);
	struct spawner_packet reply = { .op = SPAWNER_STARTED, .id = p->id };
	int rc;
	pid_t pid = 0;

	reply.status = c == NULL ? EAGAIN : worker ? join_open(&join) : 0;
	if (reply.status == 0)
		reply.status = nest_fork(n, p, &join, &pid);
	if (reply.status == 0) {
		*c = (struct child){ .id = p->id, .pid = pid, .redis = !worker };
		reply.pid = (int32_t)pid;
	} else {
		reply.op = SPAWNER_REFUSED;
	}
	rc = spawner_send(n->control, &reply,
	    reply.status == 0 && worker ? join.engine : NULL);
	join_close(&join);
	return rc;
}

/* -1: the daemon is gone. */
static int
nest_on_control(struct nest *n)
{
	struct spawner_packet p;
	struct child *c;
	int ends[SPAWNER_ENDS];

	if (spawner_recv(n->control, &p, ends) <= 0)
		return -1;
	spawner_ends_close(ends);
	switch (p.op) {
	case SPAWNER_START_WORKER:
	case SPAWNER_START_REDIS:
		return nest_start(n, &p);
	case SPAWNER_KILL:
		c = nest_find(n, p.id);
		if (c != NULL && (p.signo == SIGTERM || p.signo == SIGKILL))
			(void)kill(c->pid, p.signo);
		return 0;
	default:
		return -1;
	}
}

static uint64_t
cpu_ms(const struct rusage *u)
{
	return (uint64_t)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1000 +
	    (uint64_t)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1000;
}

/* Reaps what has ended and reports it if told to.  -1: the daemon is gone. */
static int
nest_reap(struct nest *n, bool report)
{
	struct rusage usage;
	int status, rc = 0;
	pid_t pid;

	while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
		for (size_t i = 0; i < SPAWNER_CHILDREN_MAX; i++) {
			struct child *c = &n->children[i];
			struct spawner_packet p = { .op = SPAWNER_ENDED };

			if (c->pid != pid)
				continue;
			p.id = c->id;
			p.signo = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
			p.status = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
			p.maxrss_kib = (uint64_t)usage.ru_maxrss;
			p.cpu_ms = cpu_ms(&usage);
			c->pid = 0;
			if (report && spawner_send(n->control, &p, NULL) != 0)
				rc = -1;
		}
	}
	return rc;
}

static bool
nest_is_empty(const struct nest *n)
{
	for (size_t i = 0; i < SPAWNER_CHILDREN_MAX; i++)
		if (n->children[i].pid != 0)
			return false;
	return true;
}

static void
nest_kill(struct nest *n, bool redis_too)
{
	for (size_t i = 0; i < SPAWNER_CHILDREN_MAX; i++) {
		struct child *c = &n->children[i];

		if (c->pid == 0)
			continue;
		(void)kill(c->pid, c->redis && !redis_too ? SIGTERM : SIGKILL);
	}
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Ends and reaps every child: redis politely first. */
static void
nest_clear(struct nest *n)
{
	int64_t until = now_ms() + SPAWNER_STOP_MS, left;
	struct signalfd_siginfo info;

	nest_kill(n, false);
	for (;;) {
		struct pollfd pfd = { .fd = n->signals, .events = POLLIN };

		(void)nest_reap(n, false);
		left = until - now_ms();
		if (nest_is_empty(n) || left <= 0)
			break;
		if (poll(&pfd, 1, (int)left) == 1)
			(void)!read(n->signals, &info, sizeof(info));
	}
	nest_kill(n, true);
	while (!nest_is_empty(n) && poll(NULL, 0, 1) == 0)
		(void)nest_reap(n, false);
}

static void
nest_run(struct nest *n)
{
	struct pollfd pfd[2] = {
		{ .fd = n->control, .events = POLLIN },
		{ .fd = n->signals, .events = POLLIN },
	};
	struct signalfd_siginfo info;

	for (;;) {
		if (poll(pfd, 2, -1) == -1 && errno != EINTR)
			return;
		if (pfd[1].revents != 0) {
			(void)!read(n->signals, &info, sizeof(info));
			if (nest_reap(n, true) != 0)
				return;
		}
		if (pfd[0].revents != 0 && nest_on_control(n) != 0)
			return;
	}
}

/* Gives the two descriptors it keeps their numbers.  -1: errno. */
static int
spawner_keep(int control, int program)
{
	/* Neither may lie where the other goes. */
	int copy = fcntl(program, F_DUPFD_CLOEXEC, WORKER_PROGRAM_FD + 1);

	if (copy == -1)
		return -1;
	if (control != CONTROL_FD && dup3(control, CONTROL_FD, O_CLOEXEC) == -1)
		return -1;
	if (dup3(copy, WORKER_PROGRAM_FD, O_CLOEXEC) == -1)
		return -1;
	return close_range(WORKER_PROGRAM_FD + 1, ~0U, 0);
}

/* Lets go of everything the daemon had, but stderr. */
static int
spawner_tidy(struct nest *n, int control, int program)
{
	static const int ignored[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE
	};
	sigset_t chld;

	/* Ctrl-C and systemd's stop are the daemon's to act on, in order. */
	(void)setsid();
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)prctl(PR_SET_NAME, "certsyncd-spawn", 0, 0, 0);
	if (spawner_keep(control, program) != 0)
		return -1;
	/* A reader of the daemon's output must not wait for the spawner too. */
	if (child_stdio(-1, STDERR_FILENO) != 0)
		return -1;
	n->control = CONTROL_FD;
	(void)sigemptyset(&chld);
	(void)sigaddset(&chld, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &chld, &n->mask_before) != 0)
		return -1;
	n->signals = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	return n->signals == -1 ? -1 : 0;
}

static void __attribute__((noreturn))
spawner_main(int control, int program)
{
	struct nest nest = { 0 };	/* the process's whole state */

	if (spawner_tidy(&nest, control, program) != 0)
		cage_leave(1);
	nest_run(&nest);
	nest_clear(&nest);
	cage_leave(0);
}

/* --- the daemon's first act -------------------------------------------------------- */

/* Forks the spawner, whose two descriptors stay the caller's.  -1: err. */
static int
spawner_fork(struct spawner *s, int control, int program, struct err *err)
{
	s->pid = fork();
	if (s->pid == 0)
		spawner_main(control, program);
	return s->pid == -1 ? err_set(err, "spawner: fork: %s", strerror(errno)) : 0;
}

struct spawner *
spawner_start(const char *worker, struct err *err)
{
	struct spawner *s = calloc(1, sizeof(*s));
	int pair[2] = { -1, -1 }, program = open(worker, O_RDONLY | O_CLOEXEC), rc = -1;

	if (s == NULL)
		(void)err_set_passing(err, "spawner: out of memory");
	else if (program == -1)
		(void)err_set(err, "%s: %s: certsyncd is not installed whole", worker,
		    strerror(errno));
	else if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		(void)err_set(err, "spawner: socketpair: %s", strerror(errno));
	else
		rc = spawner_fork(s, pair[1], program, err);
	if (program != -1)
		(void)close(program);
	if (pair[1] != -1)
		(void)close(pair[1]);
	if (rc == 0) {
		s->fd = pair[0];
		return s;
	}
	if (pair[0] != -1)
		(void)close(pair[0]);
	free(s);
	return NULL;
}

struct spawner *
spawner_stop(struct spawner *s)
{
	if (s == NULL)
		return NULL;
	if (s->fd != -1)
		(void)close(s->fd);
	while (waitpid(s->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	free(s);
	return NULL;
}
