/* SPDX-License-Identifier: ISC */
/* check.c -- see check.h. */
#include "engine/daemon/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/registry/describe.h"
#include "io/source.h"

struct check {
	struct described *plugins;	/* lent */
	size_t		 count, pending;
	bool		 deferred;	/* check_begin() is still to be called, and frees */
	struct config_errors errors;
	check_fn	*fn;
	void		*arg;
};

void
check_log(const struct config_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++)
		log_error("%s", errors->v[i].text);
	if (errors->more > 0)
		log_error("and %zu more", errors->more);
}

static void
check_add(struct check *check, const struct config_connector *config, const char *text)
{
	if (check->errors.n == CONFIG_ERRORS_MAX)
		check->errors.more++;
	else
		(void)err_set(&check->errors.v[check->errors.n++], "%s:%u: [connector %s] %s",
		    config->file, config->line, config->name, text);
}

static bool
types_overlap(const struct described *a, const struct described *b, const char **type)
{
	for (size_t i = 0; i < a->description->type_count; i++)
		for (size_t k = 0; k < b->description->type_count; k++)
			if (strcmp(a->description->types[i], b->description->types[k]) == 0) {
				*type = a->description->types[i];
				return true;
			}
	return false;
}

/* One authority per body and type, unless one only confirms the other (docs/decisions.md). */
static void
check_overlap(struct check *check, const struct described *a, const struct described *b)
{
	const char *type = "";
	char text[300];

	/* One that is only observed takes no other's place. */
	if (a->connector->observe || b->connector->observe)
		return;
	if (a->description == NULL || b->description == NULL ||
	    strcmp(a->connector->body, b->connector->body) != 0)
		return;
	if ((a->connector->confirm != NULL &&
	    strcmp(a->connector->confirm, b->connector->name) == 0) ||
	    (b->connector->confirm != NULL &&
	    strcmp(b->connector->confirm, a->connector->name) == 0) ||
	    !types_overlap(a, b, &type))
		return;
	(void)snprintf(text, sizeof(text), "covers body %s and type %s, as [connector %s] does; "
	    "let one name the other in `confirm`, or give them different types",
	    a->connector->body, type, b->connector->name);
	check_add(check, a->connector, text);
}

static const struct described *
check_find(const struct check *check, const char *name)
{
	for (size_t i = 0; i < check->count; i++)
		if (strcmp(check->plugins[i].connector->name, name) == 0)
			return &check->plugins[i];
	return NULL;
}

/* Who is to confirm absences must be able to say something of a number. */
static void
check_confirm(struct check *check, const struct described *plugin)
{
	const struct described *other = plugin->connector->confirm != NULL ?
	    check_find(check, plugin->connector->confirm) : NULL;
	const char *type = "", *text = NULL;

	if (plugin->description == NULL || other == NULL || other->description == NULL)
		return;
	if (other->description->by_name)
		text = "names a connector whose list has no numbers";
	else if (source_is_file(other->connector->url))
		text = "names a connector that reads files: there no number can be looked up";
	else if ((other->description->kinds & CS_KIND(CS_POLL_LOOKUP)) == 0)
		text = "names a connector whose plug-in cannot look up single numbers";
	else if (!types_overlap(plugin, other, &type))
		text = "names a connector that covers none of the types of this one";
	if (text != NULL)
		config_connector_error(plugin->config, plugin->connector, "confirm", text,
		    &check->errors);
}

/* A secret that its requests go with and that nobody has set: known before the first poll fails. */
static void
check_secret(struct check *check, const struct described *plugin)
{
	const struct config_connector *c = plugin->connector;
	const char *needs = plugin->description != NULL ? plugin->description->needs : NULL;
	char text[200];

	if (needs == NULL || c->url == NULL || source_is_file(c->url) ||
	    config_secret_of(c, needs).ref != NULL)
		return;
	(void)snprintf(text, sizeof(text), "has no %s, which its requests go with: set %s = "
	    "credential:NAME or file:/PATH", needs, needs);
	check_add(check, c, text);
}

/* What a plug-in says of a setting ("programs: no list") belongs to that setting's line. */
static void
check_plugin_error(struct check *check, const struct described *plugin)
{
	const struct config_connector *c = plugin->connector;
	char text[ERR_MAX];

	for (size_t i = 0; i < c->pair_count; i++) {
		size_t len = strlen(c->pairs[i].key);

		if (strncmp(plugin->error, c->pairs[i].key, len) != 0 ||
		    plugin->error[len] != ':')
			continue;
		(void)snprintf(text, sizeof(text), "is refused by its plug-in: %s",
		    plugin->error + len + 1 + strspn(plugin->error + len + 1, " "));
		config_connector_error(plugin->config, c, c->pairs[i].key, text, &check->errors);
		return;
	}
	check_add(check, c, plugin->error);
}

static void
check_one(struct check *check, const struct described *plugin)
{
	const struct config_errors *found = plugin->setting_errors;

	if (found == NULL && plugin->description == NULL)
		check_plugin_error(check, plugin);
	check_secret(check, plugin);
	for (size_t i = 0; found != NULL && i < found->n; i++) {
		if (check->errors.n == CONFIG_ERRORS_MAX)
			check->errors.more++;
		else
			check->errors.v[check->errors.n++] = found->v[i];
	}
}

static void
check_done(struct check *check)
{
	if (--check->pending > 0)
		return;
	for (size_t i = 0; i < check->count; i++) {
		check_one(check, &check->plugins[i]);
		check_confirm(check, &check->plugins[i]);
		for (size_t k = 0; k < i; k++)
			check_overlap(check, &check->plugins[i], &check->plugins[k]);
	}
	check->fn(check->arg, check->errors.n == 0, &check->errors);
	free(check);
}

static void
check_on_described(void *arg, struct described *plugin)
{
	(void)plugin;
	check_done(arg);
}

static void
check_begin(void *arg)
{
	struct check *check = arg;

	check->deferred = false;
	if (check->fn != NULL)
		check_done(check);
	else
		free(check);
}

struct check *
check_start(struct described *plugins, size_t n, check_fn *fn, void *arg)
{
	struct check *check = calloc(1, sizeof(*check));

	if (check == NULL)
		return NULL;
	*check = (struct check){ .plugins = plugins, .count = n, .pending = 1,
	    .fn = fn, .arg = arg };
	for (size_t i = 0; i < n; i++)
		if (describe_start(&plugins[i], check_on_described, check) == 0)
			check->pending++;	/* else its error is told with the others */
	/* With nobody to wait for the answer still comes from the loop. */
	check->pending--;
	if (check->pending == 0 && n > 0) {
		check->pending = 1;
		check->deferred = true;
		loop_defer(spawner_client_loop(plugins[0].spawner), check_begin, check);
	}
	return check;
}

void
check_free(struct check *check)
{
	if (check == NULL)
		return;
	if (check->deferred)
		check->fn = NULL;
	else
		free(check);
}
