/* SPDX-License-Identifier: ISC */
/*
 * lines.h -- split pushed bytes into lines, for delimiter files such as SAM's.
 *
 * Ends a line at LF; a CR before it is dropped.  Lines may hold NUL bytes
 * (SAM quotes pipes with them), so they come with a length.
 */
#ifndef CERTSYNC_LINES_H
#define CERTSYNC_LINES_H

#include <certsync/connector.h>

#define CS_LINE_MAX	65536	/* bytes of one line */

struct cs_lines;

/* line is lent, writable, NUL-terminated at line[len]; no is 1-based. */
typedef enum cs_rc cs_line_fn(void *arg, char *line, size_t len, uint64_t no);

CS_API struct cs_lines	*cs_lines_new(cs_line_fn *, void *arg, struct cs_poll *);
CS_API enum cs_rc	 cs_lines_push(struct cs_lines *, const char *buf, size_t len) CS_MUST_USE;
/* Delivers a last line without LF. */
CS_API enum cs_rc	 cs_lines_end(struct cs_lines *) CS_MUST_USE;
CS_API struct cs_lines	*cs_lines_free(struct cs_lines *);

#endif /* CERTSYNC_LINES_H */
