/* SPDX-License-Identifier: ISC */
/* apart.c -- see apart.h. */
#include "check/apart.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "worker/cage.h"
#include "worker/plugin.h"

/* No exit() of a connector's is like these. */
#define EXIT_WELL	0x5a	/* all was run */
#define EXIT_REFUSED	0x5b	/* a system call was refused, and told */
#define EXIT_UNUSABLE	0x5c	/* it could not be loaded, and why was told */

/* --- in the process of the check ---------------------------------------------------- */

/* "F text\n" is a finding, "W text\n" a warning. */
__attribute__((format(printf, 3, 0))) static void
say(const struct apart *a, char kind, const char *fmt, va_list ap)
{
	char line[TALLY_LINE_MAX];
	int n;

	line[0] = kind;
	n = vsnprintf(line + 1, sizeof(line) - 2, fmt, ap);
	if (n < 0)
		return;
	for (char *p = line + 1; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	(void)strcat(line, "\n");
	(void)!write(a->fd, line, strlen(line));
}

void
apart_find(struct apart *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(a, 'F', fmt, ap);
	va_end(ap);
}

void
apart_warn(struct apart *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(a, 'W', fmt, ap);
	va_end(ap);
}

static void
refused(void *arg, const char *call)
{
	struct apart *a = arg;

	apart_find(a, "%s called %s, which connectors may not: a worker ends there",
	    strcmp(a->where->call, "load") == 0 ? "its constructor" : a->where->call, call);
	cage_leave(EXIT_REFUSED);
}

/* Loads the plug-in in the cage of a worker.  -1: err. */
static int
load(struct apart *a, const struct apart_job *job, struct err *err)
{
	static const struct cage_limits limits = { 0 };
	int fd = plugin_open(job->plugin, err);

	if (fd == -1)
		return -1;
	(void)strcpy(a->where->call, "load");
	if (!job->open && (cage_limit(&limits) != 0 || cage_shut(fd, refused, a, err) != 0)) {
		(void)close(fd);
		return err_set(err, "there is no cage to run it in");
	}
	a->con = plugin_load(fd, job->plugin, err);
	if (a->con == NULL)
		return -1;
	return job->open ? 0 : cage_tighten(err);
}

_Noreturn static void
child(const struct apart_job *job, struct replay_where *where, int fd)
{
	struct apart a = { .where = where, .fd = fd };
	struct err err;

	/* What the connector prints is none of ours. */
	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	if (load(&a, job, &err) != 0) {
		apart_find(&a, "%s", err.text);
		cage_leave(EXIT_UNUSABLE);
	}
	job->run(&a, job->arg);
	cage_leave(EXIT_WELL);
}

/* --- in the process that waits ---------------------------------------------------------- */

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Takes in what the check says, until its end or its time is over. */
static void
listen_to(int fd, int64_t until, struct buf *said)
{
	int64_t left;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char chunk[4096];
	ssize_t n;

	while ((left = until - now_ms()) > 0) {
		if (poll(&p, 1, (int)left) < 1)
			continue;
		n = read(fd, chunk, sizeof(chunk));
		if (n == 0 || (n < 0 && errno != EINTR))
			return;
		if (n > 0)
			buf_add(said, chunk, (size_t)n);
	}
}

/* Its status, once it has gone; a connector may close all it finds and stay.  false: late. */
static bool
wait_for(pid_t pid, int64_t until, int *status)
{
	static const struct timespec pause = { .tv_nsec = 2000000 };

	while (waitpid(pid, status, WNOHANG) == 0) {
		if (now_ms() >= until) {
			(void)kill(pid, SIGKILL);
			(void)waitpid(pid, status, 0);
			return false;
		}
		(void)nanosleep(&pause, NULL);
	}
	return true;
}

static void
tell(struct tally *tally, struct buf *said)
{
	char *rest = said->data;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;)
		if (line[0] == 'W')
			tally_warn(tally, "%s", line + 1);
		else if (line[0] == 'F')
			tally_find(tally, "%s", line + 1);
}

/* Where it was when it died, as "push() of answer 1 from byte 17, cut at byte 20". */
static const char *
where_text(const struct replay_where *w, char out[200])
{
	struct replay_where now = *w;

	now.call[sizeof(now.call) - 1] = now.what[sizeof(now.what) - 1] = '\0';
	if (strcmp(now.call, "load") == 0)
		return "as it was loaded";
	if (now.answer == 0)
		(void)snprintf(out, 200, "in %s()", now.call);
	else
		(void)snprintf(out, 200, "in %s() of answer %zu from byte %zu%s%s", now.call,
		    now.answer, now.at, now.what[0] != '\0' ? ", " : "", now.what);
	return out;
}

static void
tell_end(struct tally *tally, const struct apart_job *job, const struct replay_where *where,
    int status, bool late)
{
	char text[200];

	if (late)
		tally_find(tally, "it did not come back within %u s, %s: see what it waits for "
		    "or repeats", job->time_s, where_text(where, text));
	else if (WIFSIGNALED(status))
		tally_find(tally, "it crashed (%s) %s: run it there under a debugger or a "
		    "sanitizer", strsignal(WTERMSIG(status)), where_text(where, text));
	else if (WEXITSTATUS(status) != EXIT_WELL && WEXITSTATUS(status) != EXIT_REFUSED &&
	    WEXITSTATUS(status) != EXIT_UNUSABLE)
		tally_find(tally, "it ended the process (status %d) %s: return a result instead",
		    WEXITSTATUS(status), where_text(where, text));
}

static void
attend(struct tally *tally, const struct apart_job *job, const struct replay_where *where,
    pid_t pid, int fd)
{
	int64_t until = now_ms() + (int64_t)job->time_s * 1000;
	struct buf said;
	int status = 0;
	bool late;

	buf_init(&said, APART_SAID_MAX);
	listen_to(fd, until, &said);
	late = !wait_for(pid, until, &status);
	if (said.data != NULL)
		tell(tally, &said);
	tell_end(tally, job, where, status, late);
	buf_free(&said);
}

int
apart_run(const struct apart_job *job, struct tally *tally)
{
	struct replay_where *where = mmap(NULL, sizeof(*where), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fds[2] = { -1, -1 };
	pid_t pid = -1;

	if (where == MAP_FAILED)
		return -1;
	if (pipe(fds) == 0)
		pid = fork();
	if (pid == 0) {
		(void)close(fds[0]);
		child(job, where, fds[1]);
	}
	if (fds[1] != -1)
		(void)close(fds[1]);
	if (pid > 0)
		attend(tally, job, where, pid, fds[0]);
	if (fds[0] != -1)
		(void)close(fds[0]);
	(void)munmap(where, sizeof(*where));
	return pid > 0 ? 0 : -1;
}
