/* SPDX-License-Identifier: ISC */
/*
 * control_private.h -- the commands of the control socket, shared by control.c
 * (transport, reading commands), control_badge.c (commands about badges),
 * control_events.c, control_rejected.c, control_records.c and control_try.c (what a list
 * says, and how it is read) and control_plan.c (commands about what waits).
 */
#ifndef ENGINE_CONTROL_PRIVATE_H
#define ENGINE_CONTROL_PRIVATE_H

#include "engine/ops/control.h"
#include "engine/ops/request.h"

#define CONTROL_PENDING_MAX	64	/* requests waiting for the store or a poll */
#define CONTROL_EVENTS_PAGE	"256"
#define CONTROL_FOLLOW_MS	200	/* between looks at the event streams */

struct control {
	struct engine	*engine;
	struct lines_server *server;
	size_t		 pending;
};

/* The connector named first, of a store that is ready; or NULL after an error answer. */
struct registry *request_registry(struct request *);
/* The same of one that is to be read now. */
struct registry *request_registry_to_poll(struct request *);
/* As request.leave of who waits for a poll: it is forgotten there. */
void	request_leave_polls(struct request *);

/* control_badge.c */
void	request_badge(struct request *);
void	request_explain(struct request *);
void	request_history(struct request *);
void	request_claim(struct request *);
void	request_erase(struct request *);

/* control_events.c */
void	request_events(struct request *);

/* control_rejected.c */
void	request_rejected(struct request *);

/* control_records.c */
void	request_records(struct request *);

/* control_try.c */
void	request_try(struct request *);

/* control_plan.c */
void	request_plan(struct request *);
void	request_approve(struct request *);
void	request_discard(struct request *);
void	request_hold_connector(struct request *);
void	request_release(struct request *);
void	request_accept(struct request *);

#endif /* ENGINE_CONTROL_PRIVATE_H */
