/* SPDX-License-Identifier: ISC */
/*
 * spawn_inside.h -- what spawn.c and spawn_frames.c share: the worker itself.
 * Nobody else includes it.
 */
#ifndef WORKER_SPAWN_INSIDE_H
#define WORKER_SPAWN_INSIDE_H

#include <event2/bufferevent.h>

#include "base/buf.h"
#include "worker/spawn.h"

enum worker_state {
	WORKER_STARTING = 0, WORKER_THINKING, WORKER_WAITING, WORKER_ANSWERING,
	WORKER_LEAVING, WORKER_ENDED
};

struct worker {
	struct spawner_client *client;	/* lent */
	const struct worker_events *events; /* lent */
	void		*arg;
	enum worker_mode mode;
	enum worker_state state;
	uint64_t	 id;		/* of the process; 0: none runs */
	pid_t		 pid;
	struct bufferevent *bev;	/* owned; NULL until it runs */
	struct buf	 hello;		/* what it is told first */
	struct timer	 timer;		/* silence, or lingering */
	int64_t		 deadline_ms;
	uint32_t	 cpu_s;
	size_t		 in_flight;	/* bytes of DATA without credit yet */
	/* what it said so far */
	uint32_t	 record_limit;
	uint64_t	 records, items, left_out;
	unsigned	 warnings, proofs, unproven, reports;
	bool		 described, has_checkpoint, dated;
	bool		 tried;		/* it may report */
	struct message_done done;
	/* its end */
	struct spawner_exit exit;
	bool		 exited, hung_up;
	bool		 no_memory;	/* a frame could not be sent or read */
	bool		 paused;
	bool		 dead;		/* worker_kill() was called */
};

const char	*worker_state_name(enum worker_state);
/* The one place that changes the state. */
void	worker_set_state(struct worker *, enum worker_state);
/* Runs or stops the clock of silence; progress starts it anew. */
void	worker_watch(struct worker *, bool progress);
/* Ends it, once, with the event failed. */
void	worker_fail(struct worker *, const struct worker_failure *);
/* The same for a worker that broke a rule. */
void	worker_break(struct worker *, const char *text);
void	worker_conclude(struct worker *);
/* libevent's callbacks on its socket. */
void	worker_on_read(struct bufferevent *, void *arg);
void	worker_on_event(struct bufferevent *, short what, void *arg);

#endif /* WORKER_SPAWN_INSIDE_H */
