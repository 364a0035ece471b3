/* SPDX-License-Identifier: ISC */
/* daemon_check.c -- certsyncd -t: files and plug-ins, without Redis or network. */
#include <stdio.h>

#include "base/log.h"
#include "engine/daemon/check.h"
#include "engine/daemon/check_here.h"
#include "engine/daemon/daemon_private.h"

static void
check_on_done(void *arg, bool ok, const struct config_errors *errors)
{
	struct daemon *d = arg;

	check_log(errors);
	daemon_end(d, ok ? DAEMON_OK : DAEMON_CONFIG);
}

static void
check_on_dead(void *arg)
{
	daemon_end(arg, DAEMON_INTERNAL);
}

static int
check_run(struct daemon *d, struct spawner *spawner, struct described *plugins, size_t *out_n,
    struct err *err)
{
	struct engine *engine = &d->engine;

	engine->loop = loop_new();
	engine->spawner = engine->loop == NULL ? NULL :
	    spawner_client_new(spawner, engine->loop, check_on_dead, d, err);
	if (engine->spawner == NULL)
		return DAEMON_INTERNAL;
	for (; *out_n < engine->config->connector_count; (*out_n)++) {
		describe_init(&plugins[*out_n], engine->spawner, engine->config,
		    &engine->config->connectors[*out_n]);
		plugins[*out_n].tries = true;
	}
	if (*out_n == 0)
		return DAEMON_OK;
	if (check_start(plugins, *out_n, check_on_done, d) == NULL || loop_run(engine->loop) != 0)
		return DAEMON_INTERNAL;
	return d->exit_code;
}

int
daemon_check(struct spawner *spawner, const struct daemon_options *options)
{
	struct daemon d = { .options = *options };
	struct described plugins[CONFIG_CONNECTORS_MAX];
	struct err err = { .text = "out of memory" };
	struct config_errors here = { .n = 0 };
	size_t n = 0;
	int code;

	d.engine.config = daemon_config(options, &code);
	if (d.engine.config == NULL)
		return code;
	check_here(d.engine.config, &here);
	check_log(&here);
	code = check_run(&d, spawner, plugins, &n, &err);
	if (code == DAEMON_OK && here.n > 0)
		code = DAEMON_CONFIG;
	if (code == DAEMON_OK)
		(void)printf("%s: ok, %zu connectors\n", options->config_path, n);
	else if (code == DAEMON_INTERNAL)
		log_error("the check could not be run: %s", err.text);
	for (size_t i = 0; i < n; i++)
		describe_fini(&plugins[i]);
	if (d.engine.loop != NULL)
		loop_drain(d.engine.loop);
	(void)spawner_client_free(d.engine.spawner);
	(void)loop_free(d.engine.loop);
	(void)config_free(d.engine.config);
	return code;
}
