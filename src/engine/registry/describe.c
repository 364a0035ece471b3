/* SPDX-License-Identifier: ISC */
/* describe.c -- see describe.h. */
#include "engine/registry/describe.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "worker/spawn.h"

/*
 * Two looks: without settings for the table, which judges them by file and
 * line, then with them, so that the plug-in itself can object.
 */
struct describe {
	struct described *of;		/* which owns this; NULL: it has been stopped */
	struct worker	*worker;	/* owned; NULL: it could not be started */
	describe_fn	*fn;
	void		*arg;
	bool		 checking;	/* the second look */
	/* Owned: what it said.  It counts, and can be polled by, once both looks are over. */
	struct description *description;
};

static void describe_look(struct describe *);

static void
describe_done(struct describe *d)
{
	struct described *of = d->of;
	describe_fn *fn = d->fn;
	void *arg = d->arg;

	of->asking = NULL;
	(void)description_free(of->description);
	of->description = d->description;
	if (of->description != NULL)
		of->error[0] = '\0';
	worker_kill(d->worker);
	free(d);
	fn(arg, of);
}

static void
describe_give_up(struct describe *d, const char *why)
{
	(void)snprintf(d->of->error, sizeof(d->of->error), "%s", why);
	d->description = description_free(d->description);
	describe_done(d);
}

static void
describe_on_description(void *arg, struct description *description)
{
	struct describe *d = arg;

	(void)description_free(d->description);
	d->description = description;
	/* Whether a list has lost zeros its operator knows, not the plug-in. */
	if (d->of != NULL && d->of->connector->number_zeros == CONFIG_ZEROS_IGNORE) {
		description->has_grammar = true;
		description->grammar.normalise |= CS_NORM_ZEROS;
	}
}

static void
describe_on_done(void *arg, const struct worker_result *result)
{
	struct describe *d = arg;
	struct described *of = d->of;
	struct config_plugin plugin = { .name = of->connector->plugin };

	(void)result;
	if (d->checking) {
		describe_done(d);
		return;
	}
	free(of->setting_errors);
	of->setting_errors = calloc(1, sizeof(*of->setting_errors));
	if (of->setting_errors == NULL || d->description == NULL) {
		describe_give_up(d, "the plug-in did not say what it is");
		return;
	}
	plugin.settings = d->description->settings;
	if (!config_check_plugin(of->connector, &plugin, of->setting_errors)) {
		describe_give_up(d, of->setting_errors->v[0].text);
		return;
	}
	free(of->setting_errors);
	of->setting_errors = NULL;
	d->checking = true;
	worker_kill(d->worker);
	describe_look(d);
}

static void
describe_on_output(void *arg, const char *text)
{
	struct describe *d = arg;

	if (d->of != NULL)
		log_debug("connector %s: its plug-in printed: %s", d->of->connector->name, text);
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

	if (d->of != NULL)
		describe_done(d);
	else
		free(d);
}

static void
describe_look(struct describe *d)
{
	static const struct worker_events events = {
		.description = describe_on_description, .done = describe_on_done,
		.failed = describe_on_failed, .output = describe_on_output
	};
	struct described *of = d->of;
	char path[512];
	const char *settings[CONFIG_SETTINGS_MAX];
	struct worker_options options = {
		.plugin = path, .mode = !d->checking ? WORKER_DESCRIBE :
		    of->tries ? WORKER_TRY : WORKER_CHECK,
		.settings = d->checking ? settings : NULL, .deadline_ms = DESCRIBE_DEADLINE_MS
	};
	struct err err = { .text = "out of memory" };

	describe_path(of, path, sizeof(path));
	describe_settings(of, settings);
	d->worker = worker_start(of->spawner, &options, &events, d, &err);
	if (d->worker == NULL) {
		(void)snprintf(of->error, sizeof(of->error), "%s", err.text);
		d->description = description_free(d->description);
		loop_defer(spawner_client_loop(of->spawner), describe_refused, d);
	}
}

static void
describe_stop(struct described *of)
{
	struct describe *d = of->asking;

	if (d == NULL)
		return;
	of->asking = NULL;
	d->of = NULL;
	d->description = description_free(d->description);
	worker_kill(d->worker);
	/* One that could not be started is still to be told from the loop. */
	if (d->worker != NULL)
		free(d);
}

int
describe_start(struct described *of, describe_fn *fn, void *arg)
{
	struct describe *d = malloc(sizeof(*d));

	if (d == NULL) {
		(void)snprintf(of->error, sizeof(of->error), "out of memory");
		return -1;
	}
	describe_stop(of);
	*d = (struct describe){ .of = of, .fn = fn, .arg = arg };
	of->asking = d;
	describe_look(d);
	return 0;
}

void
describe_pass(struct described *of, describe_fn *fn, void *arg)
{
	if (of->asking == NULL)
		return;
	of->asking->fn = fn;
	of->asking->arg = arg;
	(void)snprintf(of->error, sizeof(of->error), "it has not said yet what it is");
}

/* --- its life ---------------------------------------------------------------- */

void
describe_init(struct described *d, struct spawner_client *spawner, const struct config *config,
    const struct config_connector *connector)
{
	*d = (struct described){ .spawner = spawner, .config = config, .connector = connector };
}

void
describe_fini(struct described *d)
{
	describe_stop(d);
	d->description = description_free(d->description);
	free(d->setting_errors);
	d->setting_errors = NULL;
}

void
describe_move(struct described *to, struct described *from)
{
	describe_fini(to);
	/* Nobody is being told while a configuration is swapped: both have been asked. */
	*to = *from;
	*from = (struct described){ .spawner = from->spawner };
}

/* --- what its workers are started with ------------------------------------------ */

void
describe_path(const struct described *d, char *out, size_t size)
{
	const char *dir = d->config->plugin_dir;
	char absolute[PATH_MAX];

	/* The worker wants an absolute path; a missing folder is its error to tell. */
	if (realpath(dir, absolute) == NULL)
		(void)snprintf(absolute, sizeof(absolute), "%s", dir);
	(void)snprintf(out, size, "%.400s/%s.so", absolute, d->connector->plugin);
}

void
describe_settings(const struct described *d, const char *out[CONFIG_SETTINGS_MAX])
{
	const struct config_connector *config = d->connector;
	size_t n = 0;

	for (size_t i = 0; i < config->pair_count; i++) {
		out[n++] = config->pairs[i].key;
		out[n++] = config->pairs[i].value;
	}
	/* That there is a key, never the key. */
	if (config->api_key.ref != NULL) {
		out[n++] = "api_key";
		out[n++] = config->api_key.ref;
	}
	out[n] = NULL;
}
