/* SPDX-License-Identifier: ISC */
/*
 * request.h -- one request on the control socket, as control.c has read it, and
 * its answers.  The commands (control_*.c) take it and end it exactly once.
 */
#ifndef ENGINE_REQUEST_H
#define ENGINE_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "engine/state/engine.h"
#include "io/lines_server.h"

#define REQUEST_STUCK_MS	30000	/* as long as a client waits for an ordinary reply */

/* A request.  Lives until it is answered and no callback of its is out. */
struct request {
	struct engine	*engine;
	size_t		*pending;	/* lent: how many there are, this one among them */
	struct lines_peer *peer;	/* NULL: it has gone */
	json_t		*root;		/* owned */
	const char	*cmd;		/* lent by root */
	void		(*run)(struct request *); /* the command; again where it had to wait */
	json_t		*args, *opts;	/* lent by root; may be NULL */
	/* Set by who waits for what need not come: takes it from there, and it may be freed. */
	void		(*leave)(struct request *);
	struct timer	 watch;		/* of request_wait(), request_opens_store() */
	int64_t		 stuck_ms;	/* since when nothing can be written or opened; 0: it can */
	/* Set by who waits for the peer to read what it was sent: called once, when it has. */
	void		(*drained)(struct request *);
	char		 id[65];	/* a badge or profile */
	json_t		*data;		/* owned; an answer being built */
	char		 text[160];	/* a sentence for it */
	unsigned	 partition;	/* that badge's */
	void		*own;		/* what one command keeps; NULL: nothing */
	void		(*own_free)(void *);	/* ends it with the request */
};

/* Argument i as text, or NULL. */
const char	*request_arg(const struct request *, size_t i);
bool		 request_flag(const struct request *, const char *name);
const char	*request_opt(const struct request *, const char *name);
/* Ends it: {"exit":code,"data":data}; takes the reference. */
void		 request_answer(struct request *, int code, json_t *data);
/* Ends it: {"exit":1,"error":"..."}. */
void		 request_error(struct request *, const char *fmt, ...)
		     __attribute__((format(printf, 2, 3)));
/* The same for who asked wrongly: {"exit":2,...}. */
void		 request_usage(struct request *, const char *fmt, ...)
		     __attribute__((format(printf, 2, 3)));
/* An answer of the store, or the error has been told and the request is gone. */
bool		 request_outcome_ok(struct request *, enum store_outcome);
/*
 * It waits for what takes writes to come about: a poll, a plan that is stored.
 * leave takes it from there: when the peer goes, when the store is over, or when
 * Redis is not reachable or refuses writes for REQUEST_STUCK_MS, as it is told.
 */
void		 request_wait(struct request *, void (*leave)(struct request *));
/*
 * Whether it is the first command for a store that nobody has used: that is
 * opened then, and run() called again when it is.
 */
bool		 request_opens_store(struct request *);
/* A line before the last; takes the reference. */
void		 request_line(struct request *, json_t *line);
/* Ends it without a word: there is nobody to tell. */
void		 request_free(struct request *);

#endif /* ENGINE_REQUEST_H */
