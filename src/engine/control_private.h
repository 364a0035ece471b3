/* SPDX-License-Identifier: ISC */
/*
 * control_private.h -- one request on the control socket, shared by control.c
 * (transport, reading commands), control_badge.c (commands about badges) and
 * control_plan.c (commands about what waits).
 */
#ifndef ENGINE_CONTROL_PRIVATE_H
#define ENGINE_CONTROL_PRIVATE_H

#include <jansson.h>

#include "engine/control.h"
#include "io/lines_server.h"

#define CONTROL_PENDING_MAX	64	/* requests waiting for the store or a poll */
#define CONTROL_EVENTS_PAGE	"256"
#define CONTROL_FOLLOW_MS	200	/* between looks at the event streams */

struct control {
	struct engine	*engine;
	struct lines_server *server;
	size_t		 pending;
};

/* A request.  Lives until it is answered and no callback of its is out. */
struct request {
	struct control	*control;
	struct lines_peer *peer;	/* NULL: it has gone */
	json_t		*root;		/* owned */
	const char	*cmd;		/* lent by root */
	json_t		*args, *opts;	/* lent by root; may be NULL */
	char		 id[65];	/* a badge or profile */
	json_t		*data;		/* owned; an answer being built */
	char		 text[160];	/* a sentence for it */
	/* events */
	struct timer	 timer;
	unsigned	 partition;
	char		 cursor[64][48];	/* per partition, up to 64 */
	bool		 follow, found;
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
/* A line before the last. */
void		 request_line(struct request *, json_t *line);

/* control_badge.c */
void	request_badge(struct request *);
void	request_explain(struct request *);
void	request_history(struct request *);
void	request_claim(struct request *);
void	request_erase(struct request *);
void	request_events(struct request *);

/* control_plan.c */
void	request_plan(struct request *);
void	request_approve(struct request *);
void	request_discard(struct request *);
void	request_hold_connector(struct request *);
void	request_release(struct request *);
void	request_accept(struct request *);

#endif /* ENGINE_CONTROL_PRIVATE_H */
