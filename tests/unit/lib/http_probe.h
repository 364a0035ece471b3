/* SPDX-License-Identifier: ISC */
/*
 * http_probe.h -- for tests of the HTTP client: the server tests/lib/faults.py,
 * and one fetch at a time with all that was heard of it.
 */
#ifndef TESTS_HTTP_PROBE_H
#define TESTS_HTTP_PROBE_H

#include "base/buf.h"
#include "io/http.h"
#include "child.h"

#define HTTP_ROWS_LEN	7090	/* bytes of the server's list; test_whole looks */
#define MAX_BYTES	200000	/* default cap */

extern struct child http_server;

/* One fetch and all that was heard of it. */
struct http_probe {
	struct loop	*loop;
	struct http_client *client;
	struct http_fetch *fetch;
	struct http_head head;
	struct buf	 body;
	unsigned	 heads, pieces, dones;
	enum http_outcome outcome;
	unsigned	 code;
	int64_t		 retry_after_s;
	char		 text[ERR_MAX];
	/* what to do */
	enum http_go	 at_head, at_piece;
	bool		 cancel_at_head, cancel_at_piece;
	struct timer	 later;
	unsigned	 resumed;
};

extern const struct http_events http_probe_events;

/* cmocka group set-up and tear-down: the server. */
int	http_server_start(void **state);
int	http_server_stop(void **state);

/* A loop with a client that trusts the server's authority. */
void	http_probe_init(struct http_probe *);
void	http_probe_init_with(struct http_probe *, const struct http_options *);
void	http_probe_fini(struct http_probe *);
/* "http" or a https port of the server, by its name there. */
void	http_probe_url(char *url, size_t size, const char *port, const char *path);
/* A request with the defaults of these tests; url is lent. */
struct http_request http_probe_request(const char *url);
/* Starts it and runs the loop until done, or what the probe does instead. */
void	http_probe_run(struct http_probe *, const struct http_request *);

#endif /* TESTS_HTTP_PROBE_H */
