/* SPDX-License-Identifier: ISC */
/* registries.c -- see registries.h. */
#include "engine/daemon/registries.h"

#include "base/log.h"
#include "engine/guard/hold.h"
#include "engine/poll/commit.h"
#include "engine/poll/poll.h"
#include "engine/registry/absences.h"
#include "engine/registry/describe.h"
#include "engine/registry/lookup.h"
#include "engine/registry/registry_event.h"
#include "engine/registry/registry_plugin.h"
#include "engine/registry/registry_store.h"
#include "engine/registry/timetable.h"

/* --- its look-ups ------------------------------------------------------------ */

static void
registries_on_lookup(void *arg, enum poll_result result, const char *text)
{
	struct registry *registry = arg;

	(void)text;		/* the poll has logged it */
	lookup_answer(registry->lookup, result == POLL_COMMITTED || result == POLL_UNCHANGED ||
	    result == POLL_HELD);
}

static int
registries_ask(struct registry *registry, const char *const *numbers, size_t n)
{
	return poll_start_lookup(registry, numbers, n, registries_on_lookup, registry);
}

/* --- its time ---------------------------------------------------------------- */

void
registries_say_unusable(const struct registry *registry)
{
	log_event(PLUGIN_UNUSABLE, LOG_LEVEL_ERROR, registry->config->label,
	    "connector %s: its plug-in cannot be used, its badges stay as they are: %s",
	    registry->config->label, registry->error);
}

void
registries_described_late(void *arg, struct described *plugin)
{
	struct registry *registry = arg;
	struct engine *engine = registry->engine;

	if (registry->loaded) {
		registry_described_late(registry);
		timetable_next(registry);
	} else
		registry_described(registry);	/* what is stored of it is still to come */
	if (plugin->description == NULL) {
		registries_say_unusable(registry);
		if (registry->loaded)
			registry_save_now(registry);
		return;
	}
	log_notice("connector %s: its plug-in can be used now", registry->config->label);
	if (engine->on_described != NULL)
		engine->on_described(engine->on_described_arg);
}

static void
registries_on_timer(void *arg)
{
	struct registry *registry = arg;

	if (registry->engine->stopping || registry->engine->rebuild || !registry->loaded ||
	    registry->poll != NULL ||
	    registry->commit != NULL ||
	    store_state(registry->engine->store) != STORE_OPEN) {
		timetable_soon(registry);
		return;
	}
	if (timetable_waits(registry))
		return;
	if (registry->plugin.description == NULL && registry->plugin.asking == NULL)
		registry_plugin_ask(registry, registries_described_late, registry);
	else if (poll_start(registry, false, NULL, NULL) != 0)
		timetable_next(registry);
}

/* --- its life ---------------------------------------------------------------- */

struct registry *
registries_make(struct engine *engine, const struct config_connector *config)
{
	struct registry *registry = registry_new(engine, config);

	if (registry == NULL)
		return NULL;
	registry_plugin_init(registry);
	registry_tie(registry, hold_new(engine, registry), lookup_new(registry, registries_ask));
	if (registry->hold == NULL || registry->lookup == NULL ||
	    timetable_init(registry, registries_on_timer, registry) != 0)
		return registries_drop(registry);
	return registry;
}

struct registry *
registries_drop(struct registry *registry)
{
	if (registry == NULL)
		return NULL;
	poll_abandon(registry->poll, "its connector is gone");
	(void)commit_free(registry->commit);
	registry_tie(registry, hold_free(registry->hold), lookup_free(registry->lookup));
	timetable_fini(registry);
	absences_free(registry);
	registry_plugin_fini(registry);
	return registry_free(registry);
}
