/* SPDX-License-Identifier: ISC */
/*
 * spawner_client.h -- the daemon's side of the spawner, on the event loop.
 *
 *	spawner_client_worker(), _redis() --> started --> ended
 *					 \-> refused
 *
 * refused or ended comes exactly once, from the loop, unless the child was
 * forgotten before.  Nothing here blocks.  Events may call all of this but
 * spawner_client_free().
 */
#ifndef WORKER_SPAWNER_CLIENT_H
#define WORKER_SPAWNER_CLIENT_H

#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "io/loop.h"
#include "worker/cage.h"
#include "worker/spawner.h"

struct spawner_client;

/* How a child ended, and what it used. */
struct spawner_exit {
	int		signo;		/* the signal that ended it; 0: it exited */
	int		status;		/* exit status, if signo is 0 */
	uint64_t	maxrss_kib;	/* peak memory */
	uint64_t	cpu_ms;
};

/* What happens to one child.  Any may be NULL. */
struct spawner_events {
	/* ends: of a worker, now owned by the callee; all -1: redis. */
	void	(*started)(void *arg, pid_t pid, int ends[SPAWNER_ENDS]);
	void	(*refused)(void *arg, const char *text);
	/* signo SIGKILL and no usage if the spawner itself has died. */
	void	(*ended)(void *arg, const struct spawner_exit *);
};

/*
 * s and loop are lent until free.  dead(arg) is called once if the spawner has
 * gone: nothing can be started any more, the daemon must end.  NULL: err.
 */
struct spawner_client *spawner_client_new(struct spawner *s, struct loop *loop,
		    loop_fn *dead, void *arg, struct err *err);
/* Forgets all children; they end with spawner_stop().  NULL allowed, returns NULL. */
struct spawner_client *spawner_client_free(struct spawner_client *);
/* The loop it runs on, lent. */
struct loop	*spawner_client_loop(const struct spawner_client *);

/* The id of a new child, never 0; events and arg are lent until its end.  0: err. */
uint64_t	spawner_client_worker(struct spawner_client *,
		    const struct cage_limits *, const struct spawner_events *,
		    void *arg, struct err *err);
/* args as spawner_redis_args_check(); log_path NULL: its output is dropped. */
uint64_t	spawner_client_redis(struct spawner_client *,
		    const char *const *args, const char *log_path,
		    const struct spawner_events *, void *arg, struct err *err);
/* signo: SIGTERM or SIGKILL.  Fine for a child that has ended. */
void		spawner_client_kill(struct spawner_client *, uint64_t id, int signo);
/* Kills it and calls nothing of it any more. */
void		spawner_client_forget(struct spawner_client *, uint64_t id);

#endif /* WORKER_SPAWNER_CLIENT_H */
