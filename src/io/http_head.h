/* SPDX-License-Identifier: ISC */
/*
 * http_head.h -- the head of an HTTP answer: what it says, and what makes it
 * unfit to be believed.  Pure: lines in, a verdict out.
 *
 * libcurl takes some heads that must not be taken, with CURLE_OK: two lengths
 * that differ, a length beside chunks, thousands of headers.  The H numbers
 * are rows of docs/reliability.md.
 */
#ifndef IO_HTTP_HEAD_H
#define IO_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define HTTP_HEADERS_MAX	200		/* lines, with 1xx heads and trailers (H23, H24) */
#define HTTP_HEADER_BYTES_MAX	65536		/* of all of them (H22); curl allows 300 KiB */
#define HTTP_RETRY_MIN_S	60		/* a hint below would be a busy loop (H2) */
#define HTTP_RETRY_MAX_S	(24 * 3600)	/* and one above would park the source */

enum http_framing {
	HTTP_FRAMING_LENGTH = 0, /* Content-Length, or no body at all */
	HTTP_FRAMING_CHUNKED,
	HTTP_FRAMING_UNFRAMED	/* ends with the connection: may be cut unseen (H13, H14) */
};

enum http_encoding {
	HTTP_ENCODING_IDENTITY = 0,
	HTTP_ENCODING_GZIP	/* the bytes delivered are gzip, one layer */
};

/* Texts are printable ASCII, "" when absent or longer than their room. */
struct http_head {
	unsigned	 code;			/* 200..599 */
	char		 content_type[96];	/* lower case, without parameters */
	char		 charset[32];		/* its parameter of that name, lower case */
	enum http_encoding encoding;
	enum http_framing framing;
	int64_t		 content_length;	/* encoded bytes; -1: not stated */
	char		 etag[256];		/* as sent, for If-None-Match */
	char		 last_modified[64];	/* as sent, for If-Modified-Since */
	int64_t		 retry_after_s;		/* 60..86400; 0: no usable hint */
	int64_t		 date_s;		/* the server's clock, Unix; 0: unknown */
};

/* Collects one answer.  Zero it, then feed it every line. */
struct http_headers {
	struct http_head head;
	size_t	 lines, bytes;
	bool	 complete;	/* the final head has ended; trailers may follow */
	bool	 too_large;	/* why http_headers_line() failed */
	/* internal */
	bool	 has_length, chunked, encoded, has_type;
	char	 retry_after[64];
	bool	 has_location;
};

/*
 * One header line as it came, with or without its line end; an empty one ends
 * a head.  1xx heads are counted and forgotten, lines after complete too.
 * now_s: Unix time, for a Retry-After date where the server sent no Date.
 * 1: this line completed the head; 0: go on; -1: refuse the answer, err says
 * why: conflicting or malformed Content-Length (H10, H11), length and
 * chunks together (H12), unknown or repeated encodings (H17), control
 * characters (H25), too many or too much.
 */
int	http_headers_line(struct http_headers *, const char *line, size_t len,
	    int64_t now_s, struct err *);
/* Whether the head is a redirect that names a place to go. */
bool	http_headers_redirect(const struct http_headers *);

/*
 * Retry-After as seconds or as an HTTP date against now_s: clamped to
 * HTTP_RETRY_MIN_S..MAX_S; 0 for zero, the past and what cannot be read, where
 * the caller's own back-off applies (H2).
 */
int64_t	http_retry_after_s(const char *value, int64_t now_s);
/* The three date forms of RFC 9110 5.6.7.  false: none of them. */
bool	http_date_parse(const char *text, int64_t *out_s);

#endif /* IO_HTTP_HEAD_H */
