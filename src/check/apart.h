/* SPDX-License-Identifier: ISC */
/*
 * apart.h -- one check of a connector in a process of its own: in the cage that a
 * worker has, with a limit of time.  A crash, a hang, or a system call that connectors
 * may not make is a finding, and the next check goes on.
 */
#ifndef CHECK_APART_H
#define CHECK_APART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>
#include "check/replay.h"
#include "check/tally.h"

#define APART_TIME_S	60	/* of one check, if not said: the slowest of ours takes 5 s */
#define APART_TIME_MAX_S 86400
#define APART_SAID_MAX	((size_t)64 << 10) /* bytes of what it finds; more is dropped */

/* What a check has, in its process. */
struct apart {
	const struct cs_connector *con;
	struct replay_where *where;
	int		 fd;		/* findings go there */
};

typedef void apart_fn(struct apart *, void *arg);

struct apart_job {
	const char	*plugin;	/* absolute path */
	unsigned	 time_s;
	bool		 open;		/* no cage: it reaches files and the network */
	apart_fn	*run;
	void		*arg;
};

/* Runs the job and tells tally what it found.  0; -1: there is no process for it. */
int	apart_run(const struct apart_job *, struct tally *);
/* Said by the job, in its process: a finding, a warning. */
void	apart_find(struct apart *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	apart_warn(struct apart *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif /* CHECK_APART_H */
