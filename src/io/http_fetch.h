/* SPDX-License-Identifier: ISC */
/*
 * http_fetch.h -- one fetch, shared by http.c (clients, the loop) and
 * http_fetch.c (what libcurl says about it).  For these two only; see http.h.
 *
 *	          launch              whole, but paused
 *	QUEUED -----------> RUNNING ------------------> WHOLE
 *	   ^                |  |                          |
 *	   +----------------+  | finish, cancel           | resume
 *	       redirect        v                          |
 *	                     OVER <-----------------------+
 *
 * Two rules carry these files.  libcurl is never called from inside one of its
 * own callbacks: they only note what should happen, and the client's kick,
 * deferred to the loop, does it.  And memory goes away only in that kick.
 */
#ifndef IO_HTTP_FETCH_H
#define IO_HTTP_FETCH_H

#include <curl/curl.h>

#include "io/http.h"
#include "io/http_url.h"

enum fetch_state {
	FETCH_QUEUED = 0,	/* to be handed to libcurl */
	FETCH_RUNNING,
	FETCH_WHOLE,		/* all is well, but the caller has paused */
	FETCH_OVER		/* to be freed; no callback any more */
};

struct http_client {
	struct loop	*loop;		/* lent */
	CURLM		*multi;
	struct timer	 timer;		/* libcurl's own */
	struct http_fetch *first;
	size_t		 count;
	bool		 kick_due;	/* client_kick() is deferred */
	bool		 dead;		/* to be freed */
	bool		 broken;	/* a socket could not be watched */
	char		*ca_file, *proxy, *user_agent; /* owned; NULL: not set */
	bool		 legacy_tls;
};

struct http_fetch {
	struct http_fetch *next;
	struct http_client *client;
	const struct http_events *events;	/* lent */
	void		*arg;
	enum fetch_state state;
	bool		 in_multi;
	bool		 paused;	/* by the caller */
	bool		 held;		/* by libcurl, holding one piece */
	bool		 redirecting;	/* this answer is a redirect */
	bool		 refused;	/* an address was refused a socket */
	unsigned	 hops;		/* redirects followed */
	struct timer	 total;
	struct timer	 stage;		/* to the head, then each idle window */

	CURL		*easy;
	struct curl_slist *sent;	/* header lines of this hop */
	char		 curl_text[CURL_ERROR_SIZE];

	char		*url;		/* of this hop, libcurl's */
	char		*secret;	/* "Name: value" */
	char		*body;
	size_t		 body_len;
	struct curl_slist *fields;
	struct http_reach reach;	/* hosts owned */
	struct http_origin here;	/* of this hop */
	bool		 post, accept_gzip, conditional;
	uint64_t	 max_bytes;
	int64_t		 connect_ms, first_byte_ms, idle_ms;

	struct http_headers headers;
	uint64_t	 bytes, window_bytes;
	enum http_outcome fault;	/* noted inside libcurl; HTTP_OK: none */
	char		 text[ERR_MAX];	/* escaped */
};

/* Runs client_kick() once from the loop. */
void	client_kick_later(struct http_client *);

/* Hands a queued fetch to libcurl, or finishes it. */
void	fetch_launch(struct http_fetch *);
/* libcurl is done with this hop: follows a redirect, waits, or finishes. */
void	fetch_complete(struct http_fetch *, CURLcode rc);
/* The stage timer: no head in time, or too little in this window. */
void	fetch_stage_expired(void *fetch);
void	fetch_total_expired(void *fetch);
/* Ends it and tells the caller.  Never from inside libcurl. */
void	fetch_finish(struct http_fetch *, enum http_outcome, const char *text);
/* Ends it without a word. */
void	fetch_over(struct http_fetch *);

#endif /* IO_HTTP_FETCH_H */
