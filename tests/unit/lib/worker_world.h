/* SPDX-License-Identifier: ISC */
/*
 * worker_world.h -- a spawner, a loop and the client between them, for tests.
 */
#ifndef TESTS_WORKER_WORLD_H
#define TESTS_WORKER_WORLD_H

#include <stdbool.h>

#include "worker_run.h"

struct CMUnitTest;

struct worker_world {
	struct spawner	*spawner;	/* set before worker_world_open() */
	struct loop	*loop;
	struct spawner_client *client;
	bool		 dead;		/* the spawner has gone */
};

/* The worker of this build tree.  Lent until the next call. */
const char *worker_test_program(void);
/* A spawner that starts it; NULL: it said why on stderr. */
struct spawner	*worker_world_spawner(void);
/* "DIR/tests/connectors/NAME.so" of this build tree.  Lent until the next call. */
const char *worker_test_plugin(const char *name);
/* -1: no memory. */
int	worker_world_open(struct worker_world *);
/* All but the spawner. */
void	worker_world_close(struct worker_world *);
/* main() of a program whose tests share one world, their state: what cmocka says, or 1. */
int	worker_world_group(struct CMUnitTest *tests, size_t count);
/* Starts a spawner and opens; fails the test if it cannot. */
void	worker_world_new(struct worker_world *);
/* A full poll by the test plug-in; lent until the next call. */
struct worker_options worker_world_options(const char *plugin,
	    const char *const *settings);
/* Starts r, with body where it has none; fails the test if it cannot. */
void	worker_world_start(struct worker_world *, struct worker_run *,
	    const struct worker_options *, const char *body);
/* The same and runs it to its end. */
void	worker_world_run(struct worker_world *, struct worker_run *,
	    const struct worker_options *, const char *body);

#endif /* TESTS_WORKER_WORLD_H */
