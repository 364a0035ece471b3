/* SPDX-License-Identifier: ISC */
/*
 * daemon.h -- the whole daemon, from a configuration file to an exit code.
 */
#ifndef ENGINE_DAEMON_H
#define ENGINE_DAEMON_H

#include <stdbool.h>

#include "worker/spawner.h"

/* sysexits(3), as certsyncd(8) lists them. */
#define DAEMON_OK		0
#define DAEMON_USAGE		64
#define DAEMON_UNAVAILABLE	69
#define DAEMON_INTERNAL		70
#define DAEMON_TEMPORARY	75
#define DAEMON_CONFIG		78

struct daemon_options {
	const char	*config_path;
	bool		 once;		/* --once */
	bool		 verbose;	/* -v: debug, whatever the file says */
	/* Copied out of the environment before it was cleared; may be NULL. */
	const char	*notify_socket, *watchdog_usec, *watchdog_pid;
	int		 listen_fd;	/* of the health pages, in place of [http] listen; */
					/* owned; -1: not socket-activated */
};

/* Runs until a signal, or the work of --once is done.  Returns an exit code. */
int	daemon_run(struct spawner *, const struct daemon_options *);
/* -t: reads the files, asks every plug-in, says all that is wrong on stderr. */
int	daemon_check(struct spawner *, const struct daemon_options *);
/* --dump-config: to stdout. */
int	daemon_dump_config(const struct daemon_options *);
/* Lets the next start take whatever store it finds; needs the lock, no store.  The exit code. */
int	daemon_adopt(const struct daemon_options *);

#endif /* ENGINE_DAEMON_H */
