/* SPDX-License-Identifier: ISC */
/*
 * worker_run.h -- one worker driven to its end by a scripted registry: every
 * request gets the same answer, in pieces of a chosen size, as far as credit
 * allows.  What comes back is kept as lines of text.
 */
#ifndef TESTS_WORKER_RUN_H
#define TESTS_WORKER_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "worker/spawn.h"

struct worker_run {
	/* set before worker_run_start() */
	const char	*body;		/* lent */
	size_t		 body_len, piece; /* bytes; piece 0: all that credit allows */
	unsigned	 code;		/* 0: 200 */
	bool		 hold;		/* do not answer requests */
	void		(*hook)(struct worker_run *, const char *event); /* may be NULL */
	void		*hook_arg;
	/* results */
	struct worker	*w;
	struct buf	 lines;		/* "record A1|MBE|2026-01-01|Name\n"... */
	struct buf	 printed;	/* what the connector printed, the same */
	struct description *description; /* owned */
	struct worker_result result;
	struct worker_failure failure;	/* text points to text */
	char		 text[600];
	unsigned	 requests, records, ends; /* ends: terminal events */
	size_t		 sent;		/* bytes of the present answer */
	size_t		 in_flight_max;
	bool		 answering, succeeded;
};

/* Zeroes nothing: r must come zeroed but for what is set.  -1: err. */
int	worker_run_start(struct worker_run *, struct spawner_client *,
	    const struct worker_options *, struct err *);
/* Runs the loop until all n have ended, at most 20 s.  false: they have not. */
bool	worker_run_all(struct loop *, struct worker_run **, size_t n);
void	worker_run_fini(struct worker_run *);

#endif /* TESTS_WORKER_RUN_H */
