/* SPDX-License-Identifier: ISC */
/*
 * httpd.h -- the read-only pages: health, metrics, status.
 *
 * libevent's evhttp, with the limits it lacks: GET and
 * HEAD only, small heads, no bodies, few connections, each closed after one
 * answer or at its deadline however it drips, and a list of host names it
 * answers to, so that no web page can read it through a victim's browser.
 * However many dawdle, a probe that asks at once is answered: where all places
 * are taken, the one that has asked nothing for longest makes room.
 * The process must ignore SIGPIPE.
 */
#ifndef IO_HTTPD_H
#define IO_HTTPD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/loop.h"

#define HTTPD_CONNECTIONS_MAX	64	/* of the 4,096 descriptors that the unit allows */
#define HTTPD_HEAD_MAX		8192	/* bytes of a request's head */
#define HTTPD_ANSWER_MAX	(8u << 20) /* bytes of an answer; larger ones become 500 */
#define HTTPD_IDLE_S		3	/* silence ends a connection */
#define HTTPD_DEADLINE_MS	10000	/* and so does this, from its first byte to its last */

struct httpd;

/* To be filled in.  Before the call: 200, "text/plain; charset=utf-8", empty. */
struct httpd_answer {
	int		 code;
	const char	*content_type;	/* a constant */
	struct buf	 body;		/* owned by the server */
};

/*
 * Answers one request, at once.  path begins with '/' and is as sent (%XX not
 * resolved); query is without '?', NULL if none.  Both are foreign text, lent
 * until return.  Must not free the server.
 */
typedef void httpd_fn(void *arg, const char *path, const char *query,
	    struct httpd_answer *answer);

struct httpd_options {
	const char	*listen;	/* "127.0.0.1:9807", "[::1]:9807"; loopback only; */
					/* port 0: any free one.  NULL: fd */
	int		 fd;		/* a listening TCP socket (socket activation), */
					/* used if listen is NULL; owned, but on failure */
					/* perhaps left open: the program ends then */
	const char	*const *hosts;	/* Host names answered to besides the address */
	size_t		 host_count;	/* itself, localhost, 127.0.0.1 and [::1] */
	int64_t		 deadline_ms;	/* 0: HTTPD_DEADLINE_MS */
};

/* options are copied; loop, handler and arg are lent.  NULL: err says why. */
struct httpd	*httpd_new(struct loop *loop, const struct httpd_options *,
		    httpd_fn *handler, void *arg, struct err *);
/* Other names than options had, copied.  -1: err, and some of them are not answered to. */
int		 httpd_set_hosts(struct httpd *, const char *const *hosts, size_t n, struct err *);
/* Cuts all connections.  Not from inside the handler.  NULL allowed. */
void		 httpd_free(struct httpd *);
uint16_t	 httpd_port(const struct httpd *);	/* as bound */

#endif /* IO_HTTPD_H */
