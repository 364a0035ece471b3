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

#include "base/hash.h"
#include "base/journal.h"
#include "base/log_limit.h"
#include "base/text.h"

#define LOG_LINE_MAX	PIPE_BUF	/* bytes; a pipe takes them whole or not at all */
#define LOG_HEAD_MAX	40		/* bytes of time and level, or <N> */
#define LOG_MSG_MAX	2048		/* bytes before escaping */
#define LOG_THING_MAX	64		/* bytes of what a message is about */
#define LOG_IDENTIFIER	"certsyncd"

static const struct { const char *name; int priority; } levels[] = {
	[LOG_LEVEL_ERROR] =	{ "error", 3 },
	[LOG_LEVEL_WARN] =	{ "warn", 4 },
	[LOG_LEVEL_NOTICE] =	{ "notice", 5 },
	[LOG_LEVEL_INFO] =	{ "info", 6 },
	[LOG_LEVEL_DEBUG] =	{ "debug", 7 },
};

static const char *const ids[LOG_ID_COUNT] = {
#define LOG_ID_ROW(name, id)	[LOG_ID_##name] = (id),
	LOG_IDS(LOG_ID_ROW)
#undef LOG_ID_ROW
};

/* The sink: the one piece of state that the whole process shares. */
static struct {
	enum log_level	level;
	bool		ready;		/* journal has been looked up */
	bool		journal;	/* stderr goes to the journal */
	bool		native;		/* and is its own stream: its socket is worth a try */
	int		fd;		/* that socket; -1: not open */
	const char	*path;
	bool		torn;		/* the last line lacks its end */
	uint64_t	dropped;	/* lines since the last one written */
	struct log_limit limit;
	struct log_counts counts;
} sink = { .level = LOG_LEVEL_INFO, .fd = -1, .path = JOURNAL_SOCKET };

const char *
log_id_text(enum log_id id)
{
	return ids[id];
}

const char *
log_level_name(enum log_level level)
{
	return levels[level].name;
}

void
log_counts(struct log_counts *out)
{
	*out = sink.counts;
}

void
log_set_journal(const char *path)
{
	sink.path = path;
}

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
	int saved = errno;

	if (sink.ready)
		return;
	sink.journal = getenv("JOURNAL_STREAM") != NULL &&
	    isatty(STDERR_FILENO) == 0;
	sink.native = journal_is_stream(getenv("JOURNAL_STREAM"), STDERR_FILENO);
	sink.ready = true;
	errno = saved;
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

/* With its fields; false: not there, or it takes no more now. */
static bool
sink_journal(const struct log_site *site, enum log_level level, const char *connector,
    const char *msg, size_t len)
{
	struct journal_entry entry;
	char text[2 * LOG_MSG_MAX], number[16];
	const char *id = site != NULL ? ids[site->id] : NULL;

	/* Opened late: the spawner and its workers have none of it. */
	if (sink.fd == -1)
		sink.fd = journal_open(sink.path);
	if (sink.fd == -1)
		return false;
	journal_begin(&entry);
	(void)text_escape(msg, len, text, sizeof(text));
	journal_field(&entry, "MESSAGE", text, strlen(text));
	journal_field(&entry, "PRIORITY", number,
	    (size_t)snprintf(number, sizeof(number), "%d", levels[level].priority));
	journal_field(&entry, "SYSLOG_IDENTIFIER", LOG_IDENTIFIER, strlen(LOG_IDENTIFIER));
	if (site != NULL) {
		journal_field(&entry, "CODE_FILE", site->file, strlen(site->file));
		journal_field(&entry, "CODE_LINE", number,
		    (size_t)snprintf(number, sizeof(number), "%d", site->line));
		journal_field(&entry, "CODE_FUNC", site->function, strlen(site->function));
	}
	if (id != NULL) {
		journal_field(&entry, "MESSAGE_ID", id, strlen(id));
		journal_field(&entry, "DOCUMENTATION", "man:certsyncd(8)",
		    strlen("man:certsyncd(8)"));
	}
	if (connector != NULL)
		journal_field(&entry, "CERTSYNC_CONNECTOR", connector, strlen(connector));
	if (journal_send(sink.fd, &entry))
		return true;
	/* journald may have been restarted: its socket is another one then. */
	(void)close(sink.fd);
	sink.fd = -1;
	return false;
}

static bool
sink_put(const struct log_site *site, enum log_level level, const char *connector,
    const char *msg, size_t len)
{
	if (sink.native && sink_journal(site, level, connector, msg, len))
		return true;
	return sink_line(level, msg, len);
}

static void
sink_report_dropped(void)
{
	char msg[64];
	int n = snprintf(msg, sizeof(msg),
	    "log: %llu messages dropped, stderr took no more",
	    (unsigned long long)sink.dropped);

	if (sink_put(NULL, LOG_LEVEL_WARN, NULL, msg, (size_t)n))
		sink.dropped = 0;
}

static void
sink_message(const struct log_site *site, enum log_level level, const char *connector,
    const char *msg, size_t len)
{
	if (sink.dropped > 0)
		sink_report_dropped();
	if (sink_put(site, level, connector, msg, len))
		sink.counts.messages[level]++;
	else {
		sink.dropped++;
		sink.counts.dropped++;
	}
}

/* What is said by one place about one thing: "connector sba", "claims", "store". */
static uint64_t
sink_key(const struct log_site *site, const char *msg)
{
	struct { const char *file; int line; char thing[LOG_THING_MAX]; } key;
	const char *end = strstr(msg, ": ");
	size_t n = end != NULL ? (size_t)(end - msg) : 0;
	uint64_t hash;

	memset(&key, 0, sizeof(key));	/* padding is hashed too */
	key.file = site->file;
	key.line = site->line;
	memcpy(key.thing, msg, n < sizeof(key.thing) ? n : sizeof(key.thing));
	hash = hash_table_hash(&key, sizeof(key));
	return hash != 0 ? hash : 1;
}

/* false: too many like it; *last: it is the last of its kind for a while. */
static bool
sink_allows(const struct log_site *site, enum log_level level, const char *msg, bool *last)
{
	struct timespec now = { 0 };
	enum log_verdict verdict;
	uint32_t missed;
	char text[160];

	if (level == LOG_LEVEL_DEBUG)
		return true;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	verdict = log_limit_ask(&sink.limit, sink_key(site, msg),
	    (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, &missed);
	if (missed > 0) {
		(void)snprintf(text, sizeof(text),
		    "log: %u messages like the next one were left out", missed);
		sink_message(NULL, level, NULL, text, strlen(text));
	}
	*last = verdict == LOG_PASS_LAST;
	if (verdict == LOG_LEAVE_OUT)
		sink.counts.suppressed++;
	return verdict != LOG_LEAVE_OUT;
}

void
log_at(const struct log_site *site, enum log_level level, const char *connector,
    const char *fmt, ...)
{
	static const char more[] = "log: more messages like the last one are left out for a minute";
	char msg[LOG_MSG_MAX];
	int saved = errno, n;
	bool last = false;
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
	if (sink_allows(site, level, msg, &last)) {
		sink_message(site, level, connector, msg, (size_t)n);
		if (last)
			sink_message(NULL, level, NULL, more, sizeof(more) - 1);
	}
	errno = saved;
}
