/* SPDX-License-Identifier: ISC */
/*
 * client.h -- the client's end of the control socket: a JSON object a line,
 * either way (docs/control-protocol.md).  Blocking, but never past a deadline.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"

#define CLIENT_LINE_MAX	(16u << 20)	/* bytes of a reply; an export is the largest */
#define CLIENT_SEND_MS	10000		/* for a request to be taken */
#define CLIENT_REPLY_MS	30000		/* for an ordinary reply: Redis may be slow */
#define CLIENT_FOREVER	0		/* follow, wait */

struct client;

/* path is lent until close.  NULL: err says why, and what to do. */
struct client	*client_open(const char *path, struct err *err);
/* -1: err.  The request is lent. */
int		 client_send(struct client *, const json_t *request, struct err *err);
/* The same with an open file, which is lent; -1: none. */
int		 client_send_file(struct client *, const json_t *request, int file,
		    struct err *err);
/*
 * The next line, an object the caller owns.  within_ms: CLIENT_FOREVER waits
 * for ever.  NULL: err (closed, too late, no JSON object).
 */
json_t		*client_receive(struct client *, int64_t within_ms, struct err *err);
struct client	*client_close(struct client *);	/* NULL allowed; returns NULL */

#endif /* CLI_CLIENT_H */
