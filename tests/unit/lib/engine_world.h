/* SPDX-License-Identifier: ISC */
/*
 * engine_world.h -- what the lower rooms of the engine stand on, without a
 * daemon: a real Redis, a store that is open, an index, a work list and one
 * connector, "firms".  Who decides a badge is the test.
 */
#ifndef TESTS_ENGINE_WORLD_H
#define TESTS_ENGINE_WORLD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "engine/state/engine.h"
#include "engine/registry/registry.h"
#include "engine/state/work.h"
#include "redis_server.h"

#define WORLD_PREFIX	"certsync"
#define WORLD_FIRMS	"certsync:connector:firms"	/* its public key */
#define WORLD_INTERNAL	"certsync:internal:{certsync:connector:firms}:"
#define WORLD_EVENTS	"certsync:{0}:events"

struct engine_world {
	struct redis_server server;
	struct timer	 late, look;
	bool		 timed_out;
	bool		(*until)(struct engine_world *);
	struct config	 config;
	struct config_connector connector;
	struct engine	 engine;
	struct registry	*firms;
	/* Who decides the work list's badges; set before open.  NULL: the next. */
	work_decide_fn	*decider;
	/* Called for each badge that the work list has decided; its result. */
	enum reconcile_result (*decide)(struct engine_world *, const char *badge);
	struct buf	 decided;	/* "badge " each */
	struct decided	*deciding;	/* owned: begun and not told yet */
	struct buf	 answer;	/* of engine_world_ask() */
	size_t		 answers;
	void		*owner;		/* the test's own */
};

/* Starts Redis and opens the first time.  All functions here fail the test by themselves. */
void	engine_world_init(struct engine_world *);
void	engine_world_fini(struct engine_world *);
/* What a process has: close forgets it all, as SIGKILL does; Redis and its directory stay. */
void	engine_world_open(struct engine_world *);
void	engine_world_close(struct engine_world *);
/* Runs the loop until it holds, at most 20 s. */
void	engine_world_until(struct engine_world *, bool (*)(struct engine_world *));
/* A verified badge of firms' body in the index; type "": none. */
void	engine_world_badge(struct engine_world *, const char *id, const char *type);
/* Asks Redis: its reply as text, "(nil)", elements with a blank between; lent for now. */
const char *engine_world_ask(struct engine_world *, size_t argc, const char *const *argv);
#define ENGINE_WORLD_ASK(w, ...) \
	engine_world_ask((w), sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *), \
	    (const char *const[]){ __VA_ARGS__ })

#endif /* TESTS_ENGINE_WORLD_H */
