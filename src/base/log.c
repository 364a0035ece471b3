/* SPDX-License-Identifier: ISC */
/*
 * log.c -- see log.h.
 *
 * stderr is shared with whoever started us, so O_NONBLOCK is not ours to set:
 * a line no longer than PIPE_BUF is written only when poll() says that it fits.
 */
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define LOG_LINE_MAX	PIPE_BUF	/* bytes; a pipe takes them whole or not at all */
#define LOG_HEAD_MAX	40		/* bytes of time and level, or <N> */
#define LOG_MSG_MAX	2048		/* bytes before escaping */

static const struct { const char *name; int priority; } levels[] = {
	[LOG_LEVEL_ERROR] =	{ "error", 3 },
	[LOG_LEVEL_WARN] =	{ "warn", 4 },
	[LOG_LEVEL_NOTICE] =	{ "notice", 5 },
	[LOG_LEVEL_INFO] =	{ "info", 6 },
	[LOG_LEVEL_DEBUG] =	{ "debug", 7 },
};

/* The sink: the one piece of state that the whole process shares. */
static struct {
	enum log_level	level;
	bool		ready;		/* journal has been looked up */
	bool		journal;	/* stderr goes to the journal */
	bool		torn;		/* the last line lacks its end */
	uint64_t	dropped;	/* lines since the last one written */
} sink = { .level = LOG_LEVEL_INFO };

bool
log_level_parse(const char *name, enum log_level *out)
{
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (strcmp(name, levels[i].name) == 0) {
			*out = (enum log_level)i;
			return true;
		}
	return false;
}

/* Once and early: main() clears the environment. */
static void
sink_init(void)
{
	if (sink.ready)
		return;
	sink.journal = getenv("JOURNAL_STREAM") != NULL &&
	    isatty(STDERR_FILENO) == 0;
	sink.ready = true;
}

void
log_set_level(enum log_level level)
{
	sink_init();
	sink.level = level;
}

/* Whole or not at all, except that a socket may take a part. */
static bool
sink_write(const char *line, size_t len)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
	ssize_t n;

	if (poll(&p, 1, 0) != 1 || (p.revents & POLLOUT) == 0)
		return false;
	n = send(STDERR_FILENO, line, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n == -1 && errno == ENOTSOCK)
		n = write(STDERR_FILENO, line, len);
	if (n > 0)
		sink.torn = line[n - 1] != '\n';
	return n == (ssize_t)len;
}

static bool
sink_line(enum log_level level, const char *msg, size_t len)
{
	char line[LOG_LINE_MAX], time[TEXT_TIME];
	struct timespec now = { 0 };
	const size_t body_max = sizeof(line) - LOG_HEAD_MAX - 1;
	size_t at;
	int n;

	if (sink.journal)
		n = snprintf(line, LOG_HEAD_MAX, "%s<%d>",
		    sink.torn ? "\n" : "", levels[level].priority);
	else {
		(void)clock_gettime(CLOCK_REALTIME, &now);
		n = snprintf(line, LOG_HEAD_MAX, "%s%s %s ",
		    sink.torn ? "\n" : "",
		    text_time_ms((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, time),
		    levels[level].name);
	}
	at = n > 0 ? (size_t)n : 0;
	(void)text_escape(msg, len, line + at, body_max);
	at += strlen(line + at);
	line[at++] = '\n';
	return sink_write(line, at);
}

static void
sink_report_dropped(void)
{
	char msg[64];
	int n = snprintf(msg, sizeof(msg),
	    "log: %llu messages dropped, stderr took no more",
	    (unsigned long long)sink.dropped);

	if (sink_line(LOG_LEVEL_WARN, msg, (size_t)n))
		sink.dropped = 0;
}

void
log_msg(enum log_level level, const char *fmt, ...)
{
	char msg[LOG_MSG_MAX];
	int saved = errno, n;
	va_list ap;

	sink_init();
	if (level > sink.level)
		return;
	va_start(ap, fmt);
	n = vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	if (n < 0)
		n = snprintf(msg, sizeof(msg), "log: unusable format");
	if ((size_t)n >= sizeof(msg)) {
		memcpy(msg + sizeof(msg) - 4, "...", 4);
		n = (int)sizeof(msg) - 1;
	}
	if (sink.dropped > 0)
		sink_report_dropped();
	if (!sink_line(level, msg, (size_t)n))
		sink.dropped++;
	errno = saved;
}
