/* SPDX-License-Identifier: ISC */
/*
 * log.h -- the log sink: one line a message on stderr.
 *
 * With $JOURNAL_STREAM set (and stderr no terminal) each line begins with
 * systemd's <N> priority, otherwise with an RFC 3339 time and the level.  The
 * first call of a function here decides it: call log_set_level() before the
 * environment is cleared.  Control characters and
 * invalid UTF-8 are escaped here once more, so that no message can forge a
 * line.  At info and above no badge's number, name, category or type appears,
 * and no secret or raw foreign text (DESIGN.md 4 and 9.8).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_LEVEL_ERROR = 0, LOG_LEVEL_WARN, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* "error" "warn" "notice" "info" "debug".  false: unknown, *out untouched. */
bool	log_level_parse(const char *name, enum log_level *out);
/* Messages above this level are dropped.  Default: info. */
void	log_set_level(enum log_level);
/* Never blocks: a line that stderr cannot take is counted and dropped. */
void	log_msg(enum log_level, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#define log_error(...)	log_msg(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...)	log_msg(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_notice(...)	log_msg(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)	log_msg(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)	log_msg(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif /* BASE_LOG_H */
