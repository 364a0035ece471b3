/* SPDX-License-Identifier: ISC */
/*
 * spawner.h -- the small process that starts the others.
 *
 * Forked as main()'s first act, before configuration and secrets are read, so
 * that nothing it starts can inherit them and the daemon itself may forbid
 * fork and exec.  It starts two things only: certsyncd-worker, which it holds
 * open, so that workers are of the daemon's version after an upgrade too, and
 * redis-server with options of a fixed list.
 *
 *	daemon  -- SOCK_SEQPACKET -->  spawner  --fork, exec-->  worker, redis
 *		START, KILL				socket pair on fd 3
 *	   <--	STARTED (its ends by SCM_RIGHTS), REFUSED, ENDED
 *
 * Either end dies with the other: the spawner on end of file, after it has
 * ended and reaped its children; the daemon's side reports end of file as the
 * event dead, which the daemon must treat as fatal.
 *
 * This header is the process and its wire; spawner_client.h is the daemon's
 * side of it.
 */
#ifndef WORKER_SPAWNER_H
#define WORKER_SPAWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "worker/cage.h"

#define SPAWNER_WORKER_NAME	"certsyncd-worker"	/* the program, and its argv[0] */
#define SPAWNER_WORKER_FD	3	/* its socket to the engine */
#define SPAWNER_NOTE_FD		5	/* its note.h, to be mapped and closed */
#define SPAWNER_CHILDREN_MAX	128	/* two polls for each of 64 connectors */
#define SPAWNER_REDIS		"/usr/bin/redis-server"
#define SPAWNER_ARGS_MAX	64	/* arguments of a redis-server */
#define SPAWNER_ARGS_BYTES	4096	/* of them all, with NULs */
#define SPAWNER_PATH_MAX	512	/* bytes of a log file's name, with NUL */
#define SPAWNER_STOP_MS		5000	/* redis may save for so long at the end */
#define SPAWNER_EXIT_EXEC	127	/* status of a child that could not exec */

struct spawner {
	pid_t	pid;
	int	fd;		/* control socket, close-on-exec */
};

/*
 * Forks it.  worker: the file of the program certsyncd-worker.  Call while the
 * process has one thread and no secrets.  NULL: err says why.  Owned; end it
 * with spawner_stop().
 */
struct spawner	*spawner_start(const char *worker, struct err *);
/*
 * Closes the control socket and waits until the spawner and all it started
 * have gone (at most SPAWNER_STOP_MS and a little).  NULL allowed, returns NULL.
 */
struct spawner	*spawner_stop(struct spawner *);

/*
 * Whether args (NULL-terminated: "--option", value, ...) may go to
 * redis-server: known options only, each with one value.  -1: err names it.
 */
int	spawner_redis_args_check(const char *const *args, struct err *);

/* The engine's ends of a worker. */
enum spawner_end {
	SPAWNER_SOCKET = 0,	/* a stream: frames */
	SPAWNER_OUTPUT,		/* a pipe: what it writes to standard output and error */
	SPAWNER_NOTE,		/* to be mapped: note.h */
	SPAWNER_ENDS
};

/* Closes those that are not -1, and makes them so. */
void	spawner_ends_close(int ends[SPAWNER_ENDS]);

/* --- the wire, used by spawner.c and spawner_client.c only ------------------- */

enum spawner_op {
	SPAWNER_START_WORKER = 1, SPAWNER_START_REDIS, SPAWNER_KILL,
	SPAWNER_STARTED, SPAWNER_REFUSED, SPAWNER_ENDED
};

/* One packet.  Both ends are the same binary, so the layout is the struct's. */
struct spawner_packet {
	uint32_t	 op;		/* enum spawner_op */
	uint32_t	 arg_count;	/* START_REDIS */
	uint64_t	 id;		/* chosen by the client, never reused */
	int32_t		 pid;		/* STARTED */
	int32_t		 signo;		/* KILL; ENDED: 0 if it exited */
	int32_t		 status;	/* ENDED: exit status; REFUSED: errno */
	uint64_t	 maxrss_kib, cpu_ms; /* ENDED */
	struct cage_limits limits;	/* START_WORKER */
	char		 log_path[SPAWNER_PATH_MAX]; /* START_REDIS; "": none */
	char		 args[SPAWNER_ARGS_BYTES]; /* START_REDIS: C strings */
};

/* Sends one packet, ends too if not NULL.  -1: errno. */
int	spawner_send(int sock, const struct spawner_packet *, const int ends[SPAWNER_ENDS]);
/* 1: *out and ends (all -1: none) received; 0: end of file; -1: errno. */
int	spawner_recv(int sock, struct spawner_packet *out, int ends[SPAWNER_ENDS]);

#endif /* WORKER_SPAWNER_H */
