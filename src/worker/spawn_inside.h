/* SPDX-License-Identifier: ISC */
/*
 * spawn_inside.h -- what spawn.c and spawn_frames.c share: the worker itself.
 * Nobody else includes it.
 */
#ifndef WORKER_SPAWN_INSIDE_H
#define WORKER_SPAWN_INSIDE_H

#include <event2/bufferevent.h>

#include "base/buf.h"
#include "worker/note.h"
#include "worker/spawn.h"

/* What an operator can do about a fault of a plug-in. */
#define WORKER_REPORT	"report that to its author, with the answer it was given"

/* What its connector writes to standard output and error. */
struct worker_output {
	int		 fd;		/* owned; -1: none yet */
	struct event	*readable;	/* owned; NULL until it runs */
	char		 line[WORKER_OUTPUT_LINE + 1]; /* what has come of one */
	size_t		 len;
	uint64_t	 lines;		/* told, and left out */
	bool		 ended;
};

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
	struct worker_output output;
	const struct note *note;	/* owned; NULL until it runs */
	int64_t		 resumed_ms;	/* after the last pause */
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
/* Ends it, for it has been in one call for deadline_ms. */
void	worker_break_call(struct worker *);
/* "in push() after 7 records", or what it does in no call.  Returns out. */
#define WORKER_WHERE_SIZE 64
const char *worker_where(const struct worker *, char out[WORKER_WHERE_SIZE]);
/* Takes over fd, the reading end.  -1: no memory. */
int	worker_output_init(struct worker *, int fd);
/* Tells what is still in the pipe, and takes no more. */
void	worker_output_end(struct worker *);
void	worker_output_fini(struct worker *);
/* libevent's callbacks on its socket. */
void	worker_on_read(struct bufferevent *, void *arg);
void	worker_on_event(struct bufferevent *, short what, void *arg);

#endif /* WORKER_SPAWN_INSIDE_H */
