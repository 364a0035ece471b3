/* SPDX-License-Identifier: ISC */
/*
 * log.h -- the log sink: to the journal with its fields, or one line a message
 * on stderr.
 *
 * When stderr is the journal's stream ($JOURNAL_STREAM) each message goes to
 * the journal's own socket with PRIORITY, CODE_FILE, CODE_LINE, CODE_FUNC and,
 * for events an operator acts on, MESSAGE_ID and CERTSYNC_CONNECTOR.  Where that
 * socket does not take it, and elsewhere, it is a line: with systemd's <N>
 * before it under $JOURNAL_STREAM, else with an RFC 3339 time and the level.
 * The first call of a function here decides it: call log_set_level() before
 * the environment is cleared.
 *
 * Of one place in the program about one thing (the text before the first ": ")
 * at most LOG_LIMIT_BURST messages a minute pass, debug apart.  Control
 * characters and invalid UTF-8 are escaped here once more, so that no message
 * can forge a line.  At info and above no badge's number, name, category or
 * type appears, and no secret or raw foreign text.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log_ids.h"

enum log_level {
	LOG_LEVEL_ERROR = 0, LOG_LEVEL_WARN, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};
#define LOG_LEVELS	(LOG_LEVEL_DEBUG + 1)

/* Where a message comes from, and what it is. */
struct log_site {
	const char	*file, *function;
	int		 line;
	enum log_id	 id;
};

struct log_counts {
	uint64_t	 messages[LOG_LEVELS];	/* written */
	uint64_t	 suppressed;	/* too many like them */
	uint64_t	 dropped;	/* neither journal nor stderr took them */
};

/* "error" "warn" "notice" "info" "debug".  false: unknown, *out untouched. */
bool	log_level_parse(const char *name, enum log_level *out);
const char *log_level_name(enum log_level);
/* Messages above this level are dropped.  Default: info. */
void	log_set_level(enum log_level);
/* Since the start of this process. */
void	log_counts(struct log_counts *);
/* Another socket than JOURNAL_SOCKET, lent for ever: for tests, before the first message. */
void	log_set_journal(const char *path);

/* Never blocks.  connector: label of the one it is about, or NULL. */
void	log_at(const struct log_site *, enum log_level, const char *connector, const char *fmt, ...)
	    __attribute__((format(printf, 4, 5)));

#define LOG_SITE(id)	(&(const struct log_site){ __FILE__, __func__, __LINE__, (id) })

#define log_error(...)	log_at(LOG_SITE(LOG_ID_NONE), LOG_LEVEL_ERROR, NULL, __VA_ARGS__)
#define log_warn(...)	log_at(LOG_SITE(LOG_ID_NONE), LOG_LEVEL_WARN, NULL, __VA_ARGS__)
#define log_notice(...)	log_at(LOG_SITE(LOG_ID_NONE), LOG_LEVEL_NOTICE, NULL, __VA_ARGS__)
#define log_info(...)	log_at(LOG_SITE(LOG_ID_NONE), LOG_LEVEL_INFO, NULL, __VA_ARGS__)
#define log_debug(...)	log_at(LOG_SITE(LOG_ID_NONE), LOG_LEVEL_DEBUG, NULL, __VA_ARGS__)

/* An event of log_ids.h: log_event(STORE_OPEN, LOG_LEVEL_NOTICE, NULL, "..."). */
#define log_event(name, level, connector, ...) \
	log_at(LOG_SITE(LOG_ID_##name), (level), (connector), __VA_ARGS__)

#endif /* BASE_LOG_H */
