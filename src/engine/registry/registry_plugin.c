/* SPDX-License-Identifier: ISC */
/*
 * registry_plugin.c -- see registry_plugin.h.  Apart, so that all else of a
 * registry can be linked without a worker.
 */
#include "engine/registry/registry_plugin.h"

void
registry_plugin_init(struct registry *registry)
{
	const struct engine *engine = registry->engine;

	describe_init(&registry->plugin, engine->spawner, engine->config, registry->config);
}

void
registry_plugin_fini(struct registry *registry)
{
	describe_fini(&registry->plugin);
}

void
registry_plugin_ask(struct registry *registry, describe_fn *fn, void *arg)
{
	if (describe_start(&registry->plugin, fn, arg) != 0)
		fn(arg, &registry->plugin);
}

void
registry_plugin_pass(struct registry *registry, describe_fn *fn, void *arg)
{
	describe_pass(&registry->plugin, fn, arg);
}

void
registry_configure(struct registry *registry, struct described *plugin)
{
	registry->config = plugin->connector;
	describe_move(&registry->plugin, plugin);
}
