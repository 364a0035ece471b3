/* SPDX-License-Identifier: ISC */
/* poll_fetch_private.h -- a poll's request in hand, shared by the files poll_fetch*.c only. */
#ifndef ENGINE_POLL_FETCH_PRIVATE_H
#define ENGINE_POLL_FETCH_PRIVATE_H

#include "base/hash.h"
#include "engine/poll/poll_private.h"

#define FETCH_ENCODED_MAX	(UINT64_C(4) << 30)	/* of an answer, as it comes */

/* The request in hand and its answer. */
struct poll_fetch {
	struct poll	*poll;
	struct http_client *client;	/* owned; NULL until the first request */
	struct http_fetch *http;	/* running */
	struct source_read *file;	/* running */
	struct timer	 delay;
	bool		 paused;
	bool		 gzip_expected;	/* labelled as gzip: the first bytes must be */
	size_t		 seen;		/* bytes of this answer */
	unsigned	 requests;	/* of this worker, this one included */
	uint64_t	 request_hash;	/* of what is asked for */
	bool		 asked;		/* with validators: a 304 may come */
	struct hash_stream *body_hash;	/* owned; of the bytes as they come, NULL if not wanted */
	/* copy of the worker's request */
	char		 method[8], path[CS_PATH_MAX];
	char		 names[CS_HEADERS_MAX][64], values[CS_HEADERS_MAX][1024];
	size_t		 header_count;
	char		*body;		/* owned */
	size_t		 body_len;
	uint16_t	 codes[CS_CODES_MAX];
	uint64_t	 max_body;
	uint32_t	 cost;
	enum cs_slot	 slot;
	char		 slot_name[64];
	char		 slot_setting[48];
	char		 slot_prefix[CS_WORD_MAX + 1];
	bool		 linked;	/* path is a link, not what is appended to url */
	bool		 conditional;	/* it is the whole list, says the plug-in */
};

/* What is done with an answer, from wherever it comes; arg: the struct poll_fetch. */
extern const struct http_events poll_fetch_events;

/* The proven snapshot's validator if it is of this very request; else NULL. */
const struct validator *poll_fetch_known(const struct poll_fetch *);
/* Whether a list of that time may be read; false: the poll has ended. */
bool	poll_fetch_time_ok(struct poll_fetch *, int64_t time_s);
/* poll_fetch_file.c: reads what url names. */
void	poll_fetch_file(struct poll_fetch *);
/* The same of the file that came with the request to try it. */
void	poll_fetch_given(struct poll_fetch *);

#endif /* ENGINE_POLL_FETCH_PRIVATE_H */
