/* SPDX-License-Identifier: ISC */
/*
 * daemon_reload.c -- SIGHUP: the new configuration is read, checked against its
 * plug-ins and swapped in whole, or nothing changes at all.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/daemon/check.h"
#include "engine/daemon/daemon_private.h"
#include "engine/daemon/registries.h"
#include "engine/poll/commit.h"
#include "engine/poll/poll.h"
#include "engine/registry/lookup.h"
#include "engine/registry/registry.h"
#include "engine/registry/registry_event.h"
#include "engine/registry/registry_plugin.h"

/* A configuration on trial. */
struct reload {
	struct daemon	*daemon;
	struct config	*config;	/* owned until the swap */
	struct described plugins[CONFIG_CONNECTORS_MAX]; /* owned; moved by the swap */
	/* lent: what runs and goes on with each; NULL: nothing does */
	struct registry	*stays[CONFIG_CONNECTORS_MAX];
	size_t		 count;
	struct check	*check;		/* owned, running */
};

static void
reload_again(void *arg)
{
	reload_begin(arg);
}

static void
reload_free(struct reload *r)
{
	for (size_t i = 0; i < r->count; i++)
		describe_fini(&r->plugins[i]);
	check_free(r->check);
	(void)config_free(r->config);
	free(r);
}

void
reload_abandon(struct daemon *d)
{
	if (d->reload != NULL)
		reload_free(d->reload);
	d->reload = NULL;
}

static void
reload_end(struct reload *r, bool ok, const char *outcome)
{
	struct daemon *d = r->daemon;
	char state[200];

	reload_free(r);
	d->engine.metrics.reload_failed = !ok;
	d->engine.metrics.reload_s = engine_now_s(&d->engine);
	d->reload = NULL;
	(void)snprintf(state, sizeof(state), "READY=1\nSTATUS=%s", outcome);
	(void)notify_send(d->notify, state);
	if (d->reload_again && d->load == NULL)
		loop_defer(d->engine.loop, reload_again, d);
}

static bool
reload_same_pairs(const struct config_connector *a, const struct config_connector *b)
{
	if (a->pair_count != b->pair_count || strcmp(a->plugin, b->plugin) != 0 ||
	    strcmp(a->body, b->body) != 0 || strcmp(a->url, b->url) != 0)
		return false;
	for (size_t i = 0; i < a->pair_count; i++)
		if (strcmp(a->pairs[i].key, b->pairs[i].key) != 0 ||
		    strcmp(a->pairs[i].value, b->pairs[i].value) != 0)
			return false;
	return true;
}

/* What the running registry knows of its body stays; only its settings are new. */
static void
reload_keep(struct registry *running, struct described *plugin)
{
	bool same = reload_same_pairs(running->config, plugin->connector);

	registry_configure(running, plugin);
	registry_wake(running);
	if (same)
		return;
	/* A feed read under the old settings would be judged by the new ones. */
	if (running->commit == NULL) {
		poll_abandon(running->poll, "its settings have changed: ask again");
		lookup_requeue(running->lookup);
	}
	registry_reset(running);
}

/* The running registry that goes on with this connector, or NULL. */
static struct registry *
reload_running(struct engine *engine, const struct config_connector *connector)
{
	struct registry *running = registry_find(engine, connector->name);

	return running != NULL && strcmp(running->config->body, connector->body) == 0 ?
	    running : NULL;
}

/* Every registry there is to be, the new ones made.  -1: no memory, and nothing has changed. */
static int
reload_make(struct reload *r, struct registry *merged[CONFIG_CONNECTORS_MAX])
{
	struct engine *engine = &r->daemon->engine;

	for (size_t i = 0; i < r->count; i++) {
		r->stays[i] = reload_running(engine, r->plugins[i].connector);
		merged[i] = r->stays[i] != NULL ? r->stays[i] :
		    registries_make(engine, r->plugins[i].connector);
		if (merged[i] != NULL)
			continue;
		while (i-- > 0)
			if (r->stays[i] == NULL)
				(void)registries_drop(merged[i]);
		return -1;
	}
	return 0;
}

static bool
reload_is_over(const struct reload *r, const struct registry *running)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->stays[i] == running)
			return false;
	return true;
}

static void
reload_swap(struct reload *r, struct registry *merged[CONFIG_CONNECTORS_MAX])
{
	struct engine *engine = &r->daemon->engine;
	struct registry *over[CONFIG_CONNECTORS_MAX];
	struct config *old = engine->config;
	size_t over_count = 0;
	key_buf key;

	for (size_t i = 0; i < r->count; i++)
		if (r->stays[i] != NULL)
			reload_keep(merged[i], &r->plugins[i]);
		else
			registry_configure(merged[i], &r->plugins[i]);
	for (size_t i = 0; i < engine->registry_count; i++)
		if (reload_is_over(r, engine->registries[i]))
			over[over_count++] = engine->registries[i];
	memcpy(engine->registries, merged, sizeof(engine->registries));
	engine->registry_count = r->count;
	engine->generation++;
	engine->config = r->config;
	r->config = old;
	for (size_t i = 0; i < engine->registry_count; i++)
		(void)store_fence_key(engine->store, key_connector(store_prefix(engine->store),
		    engine->registries[i]->name, key));
	if (engine->registry_count > 0)
		store_want(engine->store);
	/* Last: who waited for one of them looks at what there is now. */
	for (size_t i = 0; i < over_count; i++)
		(void)registries_drop(over[i]);
}

static void
reload_say_restart(const struct config *old, const struct config *fresh)
{
	struct buf text;
	char *rest, *line;

	buf_init(&text, 65536);
	config_reload_diff(old, fresh, &text);
	for (rest = text.data; rest != NULL && (line = strsep(&rest, "\n")) != NULL;)
		if (*line != '\0')
			log_warn("needs a restart: %s", line);
	buf_free(&text);
}

/* They answer to the names that are configured now. */
static void
reload_pages(struct daemon *d)
{
	const struct config *config = d->engine.config;
	struct err err;

	if (d->httpd != NULL &&
	    httpd_set_hosts(d->httpd, config->http_hosts, config->http_host_count, &err) != 0)
		log_error("[http] allowed_hosts: %s", err.text);
}

static void
reload_on_checked(void *arg, bool ok, const struct config_errors *errors)
{
	struct registry *merged[CONFIG_CONNECTORS_MAX] = { NULL };
	struct reload *r = arg;
	struct daemon *d = r->daemon;

	r->check = NULL;
	if (!ok) {
		check_log(errors);
		log_event(CONFIG_REFUSED, LOG_LEVEL_ERROR, NULL,
		    "the new configuration is not used, the old one stays in force");
		reload_end(r, false, "reload failed, the old configuration stays in force");
		return;
	}
	if (reload_make(r, merged) != 0) {
		reload_end(r, false, "reload failed: out of memory");
		return;
	}
	reload_say_restart(d->engine.config, r->config);
	reload_swap(r, merged);
	reload_pages(d);
	log_set_level(d->options.verbose ? LOG_LEVEL_DEBUG : d->engine.config->log_level);
	log_event(RELOADED, LOG_LEVEL_NOTICE, NULL, "configuration reloaded, %zu connectors",
	    d->engine.registry_count);
	/* Grammars and coverage may be others now: the index is read again. */
	if (d->engine.loaded)
		daemon_load(d);
	reload_end(r, true, "configuration reloaded");
}

void
reload_begin(struct daemon *d)
{
	struct config_errors errors = { .n = 0 };
	struct reload *r;

	if (d->engine.stopping)
		return;
	/* What was saved meanwhile may not have been read: once more, afterwards. */
	d->reload_again = d->reload != NULL || d->load != NULL;
	if (d->reload_again)
		return;
	(void)notify_reloading(d->notify);
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return;
	d->reload = r;
	r->daemon = d;
	r->config = config_load(d->options.config_path, &errors);
	if (r->config == NULL) {
		reload_on_checked(r, false, &errors);
		return;
	}
	for (; r->count < r->config->connector_count; r->count++)
		describe_init(&r->plugins[r->count], d->engine.spawner, r->config,
		    &r->config->connectors[r->count]);
	if (r->count == 0) {
		reload_on_checked(r, true, &errors);
		return;
	}
	r->check = check_start(r->plugins, r->count, reload_on_checked, r);
	if (r->check == NULL)
		reload_end(r, false, "reload failed: out of memory");
}
