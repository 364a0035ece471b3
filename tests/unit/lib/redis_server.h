/* SPDX-License-Identifier: ISC */
/*
 * redis_server.h -- a real redis-server for a test, in a directory of its own.
 *
 * It listens on a Unix socket there, on a TCP port only if asked, saves nothing
 * unless asked, and dies with the test.
 */
#ifndef TESTS_REDIS_SERVER_H
#define TESTS_REDIS_SERVER_H

#include <stdint.h>
#include <sys/types.h>

#define REDIS_SERVER_ARGS_MAX	32

struct redis_server {
	char	 dir[64];	/* below /tmp, removed by stop */
	char	 socket[96];
	pid_t	 pid;		/* 0: not running */
	char	*args[REDIS_SERVER_ARGS_MAX];	/* owned; beyond the usual ones */
};

/* Makes the directory only.  All functions here fail the test by themselves. */
void	redis_server_init(struct redis_server *);
/* One more option for the next start: "--requirepass", "x". */
void	redis_server_option(struct redis_server *, const char *name, const char *value);
/* Starts it and returns once the socket accepts. */
void	redis_server_start(struct redis_server *);
/* SIGKILL; the directory stays, so that start may follow. */
void	redis_server_kill(struct redis_server *);
/* Kills it and removes the directory. */
void	redis_server_stop(struct redis_server *);
/* A TCP port of the loopback that was free a moment ago; not one that an outgoing
 * connection may take. */
uint16_t redis_server_free_port(void);

#endif /* TESTS_REDIS_SERVER_H */
