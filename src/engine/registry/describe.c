/* SPDX-License-Identifier: ISC */
/* describe.c -- see describe.h. */
#include "engine/registry/describe.h"

#include <stdio.h>
#include <stdlib.h>

#include "worker/spawn.h"

/*
 * Two looks: without settings for the table, which judges them by file and
 * line, then with them, so that the plug-in itself can object.
 */
struct describe {
	struct registry	*registry;	/* which owns this; NULL: it has been stopped */
	struct worker	*worker;	/* owned; NULL: it could not be started */
	describe_fn	*fn;
	void		*arg;
	bool		 checking;	/* the second look */
};

static void describe_look(struct describe *);

static void
describe_done(struct describe *d)
{
	struct registry *registry = d->registry;
	describe_fn *fn = d->fn;
	void *arg = d->arg;

	registry->describing = NULL;
	worker_kill(d->worker);
	free(d);
	fn(arg, registry);
}

static void
describe_give_up(struct describe *d, const char *why)
{
	(void)snprintf(d->registry->error, sizeof(d->registry->error), "%s", why);
	d->registry->description = description_free(d->registry->description);
	describe_done(d);
}

static void
describe_on_description(void *arg, struct description *description)
{
	struct registry *registry = ((struct describe *)arg)->registry;

	(void)description_free(registry->description);
	registry->description = description;
	registry->error[0] = '\0';
}

static void
describe_on_done(void *arg, const struct worker_result *result)
{
	struct describe *d = arg;
	struct registry *registry = d->registry;
	struct config_plugin plugin = { .name = registry->config->plugin };

	(void)result;
	if (d->checking) {
		describe_done(d);
		return;
	}
	free(registry->setting_errors);
	registry->setting_errors = calloc(1, sizeof(*registry->setting_errors));
	if (registry->setting_errors == NULL || registry->description == NULL) {
		describe_give_up(d, "the plug-in did not say what it is");
		return;
	}
	plugin.settings = registry->description->settings;
	if (!config_check_plugin(registry->config, &plugin, registry->setting_errors)) {
		describe_give_up(d, registry->setting_errors->v[0].text);
		return;
	}
	free(registry->setting_errors);
	registry->setting_errors = NULL;
	d->checking = true;
	worker_kill(d->worker);
	describe_look(d);
}

static void
describe_on_failed(void *arg, const struct worker_failure *failure)
{
	describe_give_up(arg, failure->text);
}

/* A failure to start is told from the loop, as any other; the text is there already. */
static void
describe_refused(void *arg)
{
	struct describe *d = arg;

	if (d->registry != NULL)
		describe_done(d);
	else
		free(d);
}

static void
describe_look(struct describe *d)
{
	static const struct worker_events events = {
		.description = describe_on_description, .done = describe_on_done, .failed = describe_on_failed
	};
	struct registry *registry = d->registry;
	char path[512];
	const char *settings[CONFIG_SETTINGS_MAX];
	struct worker_options options = {
		.plugin = path, .mode = d->checking ? WORKER_CHECK : WORKER_DESCRIBE,
		.settings = d->checking ? settings : NULL
	};
	struct err err = { "out of memory" };

	registry_plugin_path(registry, path, sizeof(path));
	registry_settings(registry, settings);
	d->worker = worker_start(registry->engine->spawner, &options, &events, d, &err);
	if (d->worker == NULL) {
		(void)snprintf(registry->error, sizeof(registry->error), "%s", err.text);
		registry->description = description_free(registry->description);
		loop_defer(registry->engine->loop, describe_refused, d);
	}
}

int
describe_start(struct registry *registry, describe_fn *fn, void *arg)
{
	struct describe *d = malloc(sizeof(*d));

	if (d == NULL) {
		(void)snprintf(registry->error, sizeof(registry->error), "out of memory");
		return -1;
	}
	describe_stop(registry);
	*d = (struct describe){ .registry = registry, .fn = fn, .arg = arg };
	registry->describing = d;
	describe_look(d);
	return 0;
}

void
describe_stop(struct registry *registry)
{
	struct describe *d = registry->describing;

	if (d == NULL)
		return;
	registry->describing = NULL;
	d->registry = NULL;
	worker_kill(d->worker);
	/* One that could not be started is still to be told from the loop. */
	if (d->worker != NULL)
		free(d);
}
