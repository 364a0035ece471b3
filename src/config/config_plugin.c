/* SPDX-License-Identifier: ISC */
/*
 * config_plugin.c -- the settings that only a plug-in knows, judged by what it
 * said of itself; and its secrets.
 */
#include <string.h>

#include "base/text.h"
#include "config/config.h"
#include "config/merged.h"
#include "config/nearest.h"
#include "config/settings.h"

#define SHOWN_MAX	80	/* bytes of a foreign name in a message */
#define API_KEY		"api_key"	/* the one secret that the engine's table has */

struct config_secret
config_secret_of(const struct config_connector *c, const char *setting)
{
	struct config_secret none = { NULL };
	size_t i;

	if (strcmp(setting, API_KEY) == 0)
		return c->api_key;
	for (i = 0; i < c->pair_count; i++)
		if (strcmp(c->pairs[i].key, setting) == 0 &&
		    setting_is_secret_ref(c->pairs[i].value))
			return (struct config_secret){ c->pairs[i].value };
	return none;
}

static const struct cs_setting_def *
plugin_setting(const struct config_plugin *plugin, const char *key)
{
	const struct cs_setting_def *def;

	for (def = plugin->settings; def != NULL && def->name != NULL; def++)
		if (text_is_key_of(def->name, key))
			return def;
	return NULL;
}

static void
check_unknown(const struct config_connector *c, const struct config_plugin *plugin,
    const struct config_pair *pair, struct config_errors *errors)
{
	const struct cs_setting_def *def;
	struct nearest n;
	char shown[SHOWN_MAX];
	size_t i;

	nearest_init(&n, pair->key);
	for (def = plugin->settings; def != NULL && def->name != NULL; def++)
		nearest_try(&n, def->name);
	for (i = 0; i < settings_count; i++)
		if (strcmp(settings_table[i].section, SETTINGS_CONNECTOR) == 0)
			nearest_try(&n, settings_table[i].key);
	(void)text_escape(pair->key, strlen(pair->key), shown, sizeof(shown));
	if (n.best != NULL)
		config_error(errors, pair->file, pair->line,
		    "[connector %s] neither connectors nor plug-in %s have a setting "
		    "%s: did you mean %s?", c->name, plugin->name, shown, n.best);
	else
		config_error(errors, pair->file, pair->line,
		    "[connector %s] neither connectors nor plug-in %s have a setting "
		    "%s: remove it", c->name, plugin->name, shown);
}

/* The row of settings.h that reads such a value; not for STRING and SECRET. */
static struct setting
plugin_row(const struct cs_setting_def *def)
{
	static const enum setting_type types[] = {
		[CS_SETTING_INT] = SETTING_INT64,
		[CS_SETTING_DURATION] = SETTING_DURATION,
		[CS_SETTING_SIZE] = SETTING_SIZE,
		[CS_SETTING_BOOL] = SETTING_BOOL,
		[CS_SETTING_ENUM] = SETTING_ENUM
	};
	struct setting row = { .type = types[def->type], .min = def->min,
	    .max = def->max, .choices = def->choices };

	if (row.min == 0 && row.max == 0)
		row.max = INT64_MAX;
	return row;
}

/* -1: err goes on from the setting's name. */
static int
check_value(const struct cs_setting_def *def, const char *value, struct err *err)
{
	struct setting row;
	int64_t unused;		/* as wide as any of these types */

	switch (def->type) {
	case CS_SETTING_STRING:
		return 0;
	case CS_SETTING_INT:
	case CS_SETTING_DURATION:
	case CS_SETTING_SIZE:
	case CS_SETTING_BOOL:
	case CS_SETTING_ENUM:
		if (def->type == CS_SETTING_ENUM && def->choices == NULL)
			break;
		row = plugin_row(def);
		return setting_set(&row, value, &unused, NULL, err);
	case CS_SETTING_SECRET:
		/* Never shown: it may be the secret itself. */
		if (setting_is_secret_ref(value))
			return 0;
		return err_set(err, "holds the secret itself, or a malformed "
		    "reference: write credential:NAME or file:/PATH");
	}
	return err_set(err, "is declared by its plug-in in a way not known here");
}

/* Whether the configuration gives key, as a pair or as the engine's api_key. */
static bool
is_given(const struct config_connector *c, const char *key)
{
	size_t i;

	if (strcmp(key, API_KEY) == 0)
		return c->api_key.ref != NULL;
	for (i = 0; i < c->pair_count; i++)
		if (strcmp(c->pairs[i].key, key) == 0)
			return true;
	return false;
}

bool
config_check_plugin(const struct config_connector *c,
    const struct config_plugin *plugin, struct config_errors *errors)
{
	size_t before = errors->n + errors->more, i;
	const struct cs_setting_def *def;
	struct err err;

	for (i = 0; i < c->pair_count; i++) {
		const struct config_pair *pair = &c->pairs[i];

		def = plugin_setting(plugin, pair->key);
		if (def == NULL)
			check_unknown(c, plugin, pair, errors);
		else if (check_value(def, pair->value, &err) == -1)
			config_error(errors, pair->file, pair->line,
			    "[connector %s] %s %s", c->name, pair->key, err.text);
	}
	for (def = plugin->settings; def != NULL && def->name != NULL; def++)
		if (def->required && !is_given(c, def->name))
			config_error(errors, c->file, c->line,
			    "[connector %s] has no %s, which plug-in %s needs: %s",
			    c->name, def->name, plugin->name,
			    def->help != NULL ? def->help : "see its documentation");
	if (c->api_key.ref != NULL && plugin_setting(plugin, API_KEY) == NULL)
		config_error(errors, c->file, c->line,
		    "[connector %s] plug-in %s takes no api_key: remove it",
		    c->name, plugin->name);
	return errors->n + errors->more == before;
}
