/* SPDX-License-Identifier: ISC */
/*
 * http.h -- the HTTP client: one request out, its answer in pieces back.
 *
 * libcurl's multi-socket interface on the loop; only http*.c see libcurl.
 * One client per connector, so that a source in trouble takes no other along.
 * The H numbers are rows of docs/reliability.md.
 *
 * What it promises:
 * - HTTP/1.1 over https with certificates checked; http only to loopback.
 * - No environment, netrc, cookies, proxy unless configured, and no
 *   decompression: bytes go on as they came, counted and bounded.
 * - At most HTTP_REDIRECTS_MAX redirects, each checked (see http_request).
 *   The secret goes to the first address only.
 * - HTTP_OK only for an answer whose framing was right.  That proves nothing
 *   about completeness: a wrong Content-Length or an unframed answer that was
 *   cut looks the same (H9, H13, H14).  Proofs are the engine's business.
 *
 * The life of a fetch; every arrow runs from the loop, never inside a call of
 * the caller's, and no callback comes after http_cancel() or http_free():
 *
 *	http_start --> head --> data* --> done
 *	      |          |        |         ^
 *	      +----------+--------+---------+	on any failure
 *
 * While paused no data comes and no done with HTTP_OK; a failure may.
 */
#ifndef IO_HTTP_H
#define IO_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/http_head.h"
#include "io/loop.h"

#define HTTP_REDIRECTS_MAX	3	/* rpki-client allows 10, from friends */
#define HTTP_FETCHES_MAX	8	/* at a time in one client */
#define HTTP_URL_MAX		8192	/* bytes, with a credential */
#define HTTP_FIELDS_MAX		16	/* request headers of the caller */
#define HTTP_BODY_MAX		(1u << 20) /* request body, bytes */
#define HTTP_PIECE_MAX		16384	/* most bytes data() gets at once */

/* Used where a request says 0. */
#define HTTP_CONNECT_MS		15000	/* name, TCP, TLS */
#define HTTP_FIRST_BYTE_MS	30000	/* more, until the head is complete */
#define HTTP_IDLE_MS		30000	/* window that must bring HTTP_SLOW_BYTES_S */
#define HTTP_TOTAL_MS		120000	/* all of it, redirects and pauses too */
#define HTTP_SLOW_BYTES_S	100	/* bytes a second; slower is no answer (H21) */

struct http_client;
struct http_fetch;

struct http_options {
	const char	*ca_file;	/* PEM bundle to trust; NULL: the system's */
	const char	*proxy;		/* "http://host:port"; NULL: none */
	const char	*user_agent;	/* NULL: none is sent */
	bool		 legacy_tls;	/* servers without secure renegotiation; */
					/* certificates are checked all the same */
	unsigned	 idle_max;	/* connections kept for reuse; 0: 2 */
};

struct http_field {
	const char	*name;		/* a token; not one of framing or routing */
	const char	*value;		/* no control characters */
};

/* Everything is copied by http_start(). */
struct http_request {
	const char	*method;	/* "GET", "POST"; NULL: GET */
	const char	*url;		/* http or https, no userinfo; may hold a secret */
	const struct http_field *fields;
	size_t		 field_count;
	const char	*secret_name;	/* header with a credential; NULL: none */
	const char	*secret_value;	/* wiped after use */
	const void	*body;		/* of POST */
	size_t		 body_len;	/* bytes */
	bool		 accept_gzip;	/* else gzip in the answer is an error */
	uint64_t	 max_encoded_bytes; /* of the answer's body; > 0 */
	int64_t		 connect_ms, first_byte_ms, idle_ms, total_ms; /* 0: default */
	/*
	 * Where redirects may lead besides the same host: names in lower case.
	 * Always: never from https to http, to the same port or 443, no
	 * userinfo; fields and body stay within the origin.
	 */
	const char *const *redirect_hosts;
	size_t		 redirect_host_count;
	/*
	 * What the configured address allows, the same in all requests of one
	 * client.  allow_loopback: http_url_is_loopback() of the setting "url"; without
	 * it sockets to loopback are refused, with it the proxy is not used.
	 * allow_private: the setting "private"; private networks, for the
	 * request's own host only.  Link-local, multicast and reserved
	 * addresses are always refused.  Judged by the socket's address.
	 */
	bool		 allow_loopback, allow_private;
};

enum http_outcome {
	HTTP_OK = 0,	/* a whole answer, whatever its code; 304 only if asked */
	HTTP_STOPPED,	/* head() or data() said so */
	HTTP_REFUSED,	/* our rules forbid the address or redirect (H5 to H7) */
	HTTP_DNS,	/* no such name, or no answer (H31) */
	HTTP_CONNECT,	/* nobody answers there */
	HTTP_TLS,	/* certificate or handshake (H30) */
	HTTP_TIMEOUT,	/* connect, first byte, idle or total (H21) */
	HTTP_TOO_LARGE,	/* head or body above its limit (H18 to H20, H23) */
	HTTP_INCOMPLETE, /* the connection broke off, or chunks were wrong (H8, H15, H29) */
	HTTP_INVALID,	/* not HTTP as we accept it (H10 to H12, H17, H25), 204, 206 (H27) */
	HTTP_LOCAL,	/* no memory, no descriptors: ours, not theirs (H32) */
	HTTP_FAILED	/* anything else */
};

/* Lent until done() returns. */
struct http_result {
	enum http_outcome outcome;
	unsigned	 code;		/* 0 before a final head was seen */
	int64_t		 retry_after_s;	/* as http_head; 0: none */
	const char	*text;		/* escaped, no secret; "" if OK */
};

/* What a callback wants next. */
enum http_go {
	HTTP_GO_ON = 0,
	HTTP_GO_PAUSE,	/* these bytes are taken; no more before http_resume() */
	HTTP_GO_STOP	/* no more at all: done() comes with HTTP_STOPPED */
};

/* head and data may be NULL.  Arguments are lent until return. */
struct http_events {
	enum http_go	(*head)(void *arg, const struct http_head *);
	enum http_go	(*data)(void *arg, const char *bytes, size_t len); /* len > 0 */
	void		(*done)(void *arg, const struct http_result *);	/* once, last */
};

/* options are copied, loop is lent.  NULL: err says why. */
struct http_client *http_client_new(struct loop *loop, const struct http_options *,
	    struct err *);
/*
 * Ends all fetches without a callback and frees the client from the loop, which
 * must turn once more.  Allowed anywhere; NULL allowed.
 */
void	http_free(struct http_client *);
/*
 * events is lent until done.  The fetch belongs to the client and is gone when
 * done() has returned.  NULL: the request breaks a rule above, HTTP_FETCHES_MAX
 * or no memory.  Allowed anywhere.
 */
struct http_fetch *http_start(struct http_client *, const struct http_request *,
	    const struct http_events *events, void *arg, struct err *);
void	http_pause(struct http_fetch *);	/* at most one more piece is held, by libcurl */
void	http_resume(struct http_fetch *);
void	http_cancel(struct http_fetch *);	/* no callback any more; allowed anywhere */

/* "dns", "tls"...: for messages, metrics and status. */
const char *http_outcome_name(enum http_outcome);
/* Whether url is http or https to a literal loopback address or "localhost". */
bool	http_url_is_loopback(const char *url);
/*
 * Checks a URL of the configuration as http_start() would: https, or http to
 * loopback; no userinfo.  -1: err says why.
 */
int	http_url_check(const char *url, struct err *);
/* Appends text with all but RFC 3986's unreserved characters as %XX. */
void	http_url_escape(const char *text, struct buf *out);
/* Appends url and a path or query behind it: one slash between them, one ?. */
void	http_url_extend(const char *url, const char *path, struct buf *out);
/*
 * Appends where a link of an answer leads, always at url's scheme, host and port: "/..."
 * from its root, "?..." in place of its query, or a whole address of that host, which may
 * name http where url is https.  out NULL: only looks.  -1: err (NULL allowed) says why it
 * is none of these; no part of either is quoted.
 */
int	http_url_link(const char *url, const char *link, struct buf *out, struct err *);
/* url for a message: without query, fragment and userinfo, escaped.  Returns out. */
const char *http_url_show(const char *url, char *out, size_t out_size);

#endif /* IO_HTTP_H */
