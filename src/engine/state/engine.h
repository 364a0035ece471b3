/* SPDX-License-Identifier: ISC */
/*
 * engine.h -- what the rooms of the engine share: one struct, built and torn
 * down in daemon.c, handed down explicitly.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "engine/state/index.h"
#include "engine/state/metrics.h"
#include "io/loop.h"
#include "store/store.h"

struct claims;
struct holds;
struct redecide;
struct registry;
struct sample;
struct spawner_client;
struct work;

struct engine {
	struct loop	*loop;
	struct spawner_client *spawner;
	struct config	*config;	/* in force; swapped whole by a reload */
	struct store	*store;
	struct index	*index;
	struct registry	*registries[CONFIG_CONNECTORS_MAX]; /* owned */
	size_t		 registry_count;
	/* of config and registries: who has read under another reads again */
	uint64_t	 generation;
	struct work	*work;		/* badges waiting to be decided again */
	struct holds	*holds;		/* changes for the worse that wait */
	struct redecide	*redecide;	/* running; owned */
	struct claims	*claims;	/* reader of the command streams */
	/* the index holds every badge, the snapshots every record */
	bool		 loaded;
	bool		 stopping;
	size_t		 unread;	/* stored badges that cannot be read: unread.h of daemon */
	int64_t		 started_s;	/* wall clock */
	/* when the store was last found emptied or restored; 0: never */
	int64_t		 reset_s;
	/* it was just now: no registry is polled before every badge has been decided anew */
	bool		 rebuild;
	uint64_t	 writes, events; /* of badges, since the start; for status */
	struct metrics	 metrics;
	struct sample	*sample;	/* NULL: none, as under --once */
	/* Called when another badge may be due first. */
	void		(*on_due)(void *arg);
	/* Whether the wall clock can be believed; with the same argument. */
	bool		(*clock_ok)(void *arg);
	void		*on_due_arg;
	/* Called when a plug-in could be described late: what its badges match is known only
	 * now. */
	void		(*on_described)(void *arg);
	void		*on_described_arg;
	/* Called when something finished that --once or a control client waits for. */
	void		(*on_progress)(void *arg);
	void		*on_progress_arg;
};

/* Unix seconds now. */
int64_t	engine_now_s(const struct engine *);
/* Whether the store was emptied or restored so lately that its badges are still coming back. */
bool	engine_is_rebuilding(const struct engine *);
void	engine_progress(struct engine *);

#endif /* ENGINE_ENGINE_H */
