/* SPDX-License-Identifier: ISC */
/*
 * config.c -- from what the files say to struct config: every row of the
 * settings table applied, then the checks that need more than one setting.
 */
#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "config/merged.h"
#include "config/nearest.h"
#include "config/settings.h"
#include "core/number_pattern.h"
#include "io/file.h"
#include "io/source.h"

#define CONNECTOR_NAME_MAX	32		/* bytes, as certsyncd.conf(5) says */
#define DAY_MS			INT64_C(86400000)
#define INSTANCE_BYTES		65		/* a host's name and its NUL */
#define TYPES_FILE_MAX		(64u << 10)	/* bytes; the built-in table has 2 KiB */
#define SHOWN_MAX		160		/* bytes of a foreign name in a message */
#define DEFAULT_USER_AGENT	"certsyncd/" CERTSYNC_VERSION

/* One load on its way. */
struct config_load {
	struct config	*config;
	struct config_errors *errors;
	bool		 unread;	/* a line was refused: what is missing may stand there */
};

static void
load_default(struct config_load *l, const struct setting *s, void *base)
{
	struct err err;

	/* A test reads every default; what can fail here is memory or tzdata. */
	if (s->value != NULL &&
	    setting_set(s, s->value, base, l->config->store, &err) == -1)
		config_error(l->errors, NULL, 0, "default of [%s] %s: %s",
		    s->section, s->key, err.text);
}

/* Applies the rows of table_section to base, from section (NULL: no file has it). */
static void
load_rows(struct config_load *l, const char *table_section, void *base,
    const struct config_section *section)
{
	const struct config_entry *e;
	const struct setting *s;
	struct err err;
	size_t i;

	for (i = 0; i < settings_count; i++) {
		s = &settings_table[i];
		if (strcmp(s->section, table_section) != 0)
			continue;
		e = merged_entry(l->config->store, section, s->key);
		if (e == NULL || (*e->value == '\0' && s->derived != NULL)) {
			load_default(l, s, base);
			if (s->required && e == NULL && !l->unread)
				config_error(l->errors, section->file, section->line,
				    "[%s] has no %s: %s", section->name, s->key, s->text);
		} else if (setting_set(s, e->value, base, l->config->store, &err) == -1) {
			config_error(l->errors, e->file, e->line, "[%s] %s %s",
			    section->name, s->key, err.text);
			config_error_cause(l->errors, &err);
		}
	}
}

/* The same key in another section, or the nearest one in this. */
static void
load_unknown_key(struct config_load *l, const struct config_section *section,
    const struct config_entry *e)
{
	struct nearest n;
	char shown[SHOWN_MAX];
	const char *other = NULL;
	size_t i;

	nearest_init(&n, e->key);
	for (i = 0; i < settings_count; i++) {
		const struct setting *s = &settings_table[i];

		if (strcmp(s->section, section->name) == 0)
			nearest_try(&n, s->key);
		else if (strcmp(s->key, e->key) == 0 && other == NULL)
			other = s->section;
	}
	(void)text_escape(e->key, strlen(e->key), shown, sizeof(shown));
	if (n.best != NULL)
		config_error(l->errors, e->file, e->line,
		    "[%s] has no setting %s: did you mean %s?", section->name,
		    shown, n.best);
	else if (other != NULL)
		config_error(l->errors, e->file, e->line,
		    "[%s] has no setting %s: it belongs into [%s%s]",
		    section->name, shown, other,
		    strcmp(other, SETTINGS_CONNECTOR) == 0 ? " NAME" : "");
	else
		config_error(l->errors, e->file, e->line,
		    "[%s] has no setting %s: remove it", section->name, shown);
}

static void
load_plain_section(struct config_load *l, const struct config_section *section)
{
	const struct config_entry *e;
	size_t i = 0;

	while ((e = merged_next(l->config->store, section, &i)) != NULL)
		if (settings_find(section->name, e->key) == NULL)
			load_unknown_key(l, section, e);
}

static void
load_unknown_section(struct config_load *l, const struct config_section *section)
{
	char shown[SHOWN_MAX], word[NEAREST_WORD_MAX + 1];
	const char *best;
	size_t len = strcspn(section->name, " ");

	(void)text_escape(section->name, strlen(section->name), shown, sizeof(shown));
	(void)snprintf(word, sizeof(word), "%.*s", (int)len, section->name);
	best = settings_nearest_section(word);
	if (best == NULL)
		config_error(l->errors, section->file, section->line,
		    "there is no section [%s]: remove it", shown);
	else if (strcmp(best, SETTINGS_CONNECTOR) == 0)
		config_error(l->errors, section->file, section->line,
		    "there is no section [%s]: did you mean [connector NAME], "
		    "NAME of a-z, 0-9 and -, at most %d?", shown, CONNECTOR_NAME_MAX);
	else
		config_error(l->errors, section->file, section->line,
		    "there is no section [%s]: did you mean [%s]?", shown, best);
}

/* The keys that are no row: the plug-in's own. */
static void
load_pairs(struct config_load *l, struct config_connector *c,
    const struct config_section *section)
{
	const struct config_entry *e;
	size_t i = 0;

	while ((e = merged_next(l->config->store, section, &i)) != NULL) {
		if (settings_find(SETTINGS_CONNECTOR, e->key) != NULL)
			continue;
		if (c->pair_count == CONFIG_PAIRS_MAX) {
			config_error(l->errors, e->file, e->line,
			    "[%s] has more than %d settings of its plug-in",
			    section->name, CONFIG_PAIRS_MAX);
			return;
		}
		c->pairs[c->pair_count++] = (struct config_pair){ .key = e->key,
		    .value = e->value, .file = e->file, .line = e->line };
	}
}

/* Defaults that depend on other settings. */
static void
load_derived(struct config_load *l, struct config_connector *c,
    const struct config_section *section)
{
	const struct config *config = l->config;

	if (c->label == NULL)
		c->label = c->name;
	if (c->user_agent == NULL)
		c->user_agent = DEFAULT_USER_AGENT;
	if (c->stale_after_ms == 0)
		c->stale_after_ms = 2 * c->interval_ms;
	if (c->unchanged_after_ms == 0)
		c->unchanged_after_ms = 10 * c->interval_ms;
	if (merged_entry(config->store, section, "remind_days") == NULL) {
		memcpy(c->remind_days, config->remind_days, sizeof(c->remind_days));
		c->remind_count = config->remind_count;
	}
}

/* Pages and metrics tell connectors apart by nothing else. */
static void
load_label(struct config_load *l, const struct config_connector *c)
{
	for (const struct config_connector *other = l->config->connectors; other != c; other++)
		if (strcmp(other->label, c->label) == 0) {
			config_error(l->errors, c->file, c->line,
			    "connectors %s and %s have the same label; give one another `label`",
			    other->name, c->name);
			return;
		}
}

static void
load_connector(struct config_load *l, const struct config_section *section)
{
	struct config *config = l->config;
	struct config_connector *c;

	if (config->connector_count == CONFIG_CONNECTORS_MAX) {
		config_error(l->errors, section->file, section->line,
		    "more than %d connectors", CONFIG_CONNECTORS_MAX);
		return;
	}
	if (strcmp(section->name + strlen(CONFIG_CONNECTOR), CONFIG_PLANS_NAME) == 0) {
		config_error(l->errors, section->file, section->line,
		    "[%s] is what plans of the configuration are called; choose another name",
		    section->name);
		return;
	}
	c = &config->connectors[config->connector_count++];
	c->name = section->name + strlen(CONFIG_CONNECTOR);
	c->file = section->file;
	c->line = section->line;
	load_rows(l, SETTINGS_CONNECTOR, c, section);
	load_pairs(l, c, section);
	load_derived(l, c, section);
	load_label(l, c);
}

static bool
is_connector_section(const char *name)
{
	return text_starts(name, CONFIG_CONNECTOR) &&
	    text_is_name(name + strlen(CONFIG_CONNECTOR), CONNECTOR_NAME_MAX);
}

static bool
is_plain_section(const char *name)
{
	size_t i;

	for (i = 0; i < settings_count; i++)
		if (strcmp(settings_table[i].section, name) == 0)
			return strcmp(name, SETTINGS_CONNECTOR) != 0;
	return false;
}

static void
load_sections(struct config_load *l)
{
	const struct merged *store = l->config->store;
	const char *last = "";
	size_t i;

	for (i = 0; i < settings_count; i++) {
		const char *name = settings_table[i].section;

		if (strcmp(name, last) != 0 && is_plain_section(name))
			load_rows(l, name, l->config,
			    merged_section(store, name));
		last = name;
	}
	for (i = 0; i < store->section_count; i++) {
		const struct config_section *section = &store->sections[i];

		if (is_connector_section(section->name))
			load_connector(l, section);
		else if (is_plain_section(section->name))
			load_plain_section(l, section);
		else
			load_unknown_section(l, section);
	}
}

/* Names the line that sets key, or else the section. */
static void
section_error(struct config_load *l, const struct config_section *section,
    const char *key, const char *text)
{
	const struct config_entry *e =
	    merged_entry(l->config->store, section, key);

	if (e != NULL)
		config_error(l->errors, e->file, e->line, "[%s] %s %s",
		    section->name, key, text);
	else
		config_error(l->errors, section->file, section->line, "[%s] %s %s",
		    section->name, key, text);
}

static void
connector_error(struct config_load *l, const struct config_connector *c,
    const char *key, const char *text)
{
	section_error(l, merged_connector(l->config->store, c->name), key, text);
}

void
config_setting_error(const struct config *config, const char *section, const char *key,
    const char *text, struct config_errors *errors)
{
	const struct config_entry *e = merged_entry(config->store,
	    merged_section(config->store, section), key);

	config_error(errors, e != NULL ? e->file : NULL, e != NULL ? e->line : 0, "[%s] %s %s",
	    section, key, text);
}

void
config_connector_error(const struct config *config, const struct config_connector *c,
    const char *key, const char *text, struct config_errors *errors)
{
	const struct config_section *section = merged_connector(config->store, c->name);
	const struct config_entry *e = merged_entry(config->store, section, key);

	config_error(errors, e != NULL ? e->file : c->file, e != NULL ? e->line : c->line,
	    "[connector %s] %s %s", c->name, key, text);
}

/* Whether it is one of those that are asked about its own absences, by way of others. */
static bool
confirms_itself(const struct config *config, const struct config_connector *c)
{
	const struct config_connector *next = c;

	for (size_t i = 0; i < config->connector_count && next != NULL && next->confirm != NULL;
	    i++) {
		next = config_connector(config, next->confirm);
		if (next == c)
			return true;
	}
	return false;
}

static void
confirm_check(struct config_load *l, const struct config_connector *c)
{
	const struct config_connector *other;

	if (c->confirm == NULL)
		return;
	other = config_connector(l->config, c->confirm);
	if (other == c)
		connector_error(l, c, "confirm", "names the connector itself");
	else if (other == NULL)
		connector_error(l, c, "confirm", "names no connector of this "
		    "configuration");
	else if (c->body != NULL && !text_equal(other->body, c->body))
		connector_error(l, c, "confirm", "names a connector of another body");
	else if (confirms_itself(l->config, c))
		connector_error(l, c, "confirm", "leads back to this connector: "
		    "one of them must have the say");
}

static void
connector_check(struct config_load *l, const struct config_connector *c)
{
	if (c->budget_reserve > 0 && c->budget_reserve >= c->daily_budget)
		connector_error(l, c, "budget_reserve",
		    "leaves nothing of daily_budget for polls: lower it");
	if (c->poll_at.set && c->interval_ms % DAY_MS != 0)
		connector_error(l, c, "poll_at", "is a time of day, and interval is not of whole "
		    "days: write 24h, or 7d for a poll a week");
	if (c->stale_after_ms < c->interval_ms)
		connector_error(l, c, "stale_after",
		    "is shorter than interval: every poll would come too late");
	if (c->unchanged_after_ms < c->interval_ms)
		connector_error(l, c, "unchanged_after",
		    "is shorter than interval: no poll could bring news in time");
	if (c->file_pattern != NULL && c->url != NULL && !source_is_file(c->url))
		connector_error(l, c, "pattern",
		    "is about a drop directory, and url is none: remove it");
	if (c->max_records > 0 && c->max_records < c->min_records)
		connector_error(l, c, "max_records",
		    "is less than min_records: no feed could be taken");
	confirm_check(l, c);
}

static void
whole_check(struct config_load *l)
{
	const struct config *config = l->config;
	const struct config_section *redis =
	    merged_section(config->store, "redis");
	size_t i;

	if (config->redis_cert_file != NULL && config->redis_key_file == NULL)
		section_error(l, redis, "cert_file", "needs key_file beside it");
	if (config->redis_key_file != NULL && config->redis_cert_file == NULL)
		section_error(l, redis, "key_file", "needs cert_file beside it");
	for (i = 0; i < config->connector_count; i++)
		connector_check(l, &config->connectors[i]);
}

static void
load_instance(struct config *config)
{
	char host[INSTANCE_BYTES];

	if (config->instance != NULL)
		return;
	if (gethostname(host, sizeof(host)) == 0) {
		host[sizeof(host) - 1] = '\0';
		config->instance = merged_strdup(config->store, host, NULL);
	}
	if (config->instance == NULL)
		config->instance = "certsyncd";
}

static struct types *
types_from_file(const char *path, struct err *err)
{
	struct types *types;
	size_t len = 0;
	char *text = file_read(path, TYPES_FILE_MAX, &len, err);

	if (text == NULL)
		return NULL;
	types = types_parse(text, len, path, err);
	free(text);
	return types;
}

static void
load_types(struct config_load *l)
{
	struct config *config = l->config;
	struct err err = { .text = "" };

	if (config->types_file == NULL) {
		config->types = types_builtin(&err);
		if (config->types == NULL)
			config_error(l->errors, NULL, 0, "%s", err.text);
		return;
	}
	config->types = types_from_file(config->types_file, &err);
	if (config->types == NULL)
		section_error(l, merged_section(config->store, "daemon"),
		    "types", err.text);
}

/* The expressions have been checked; a second look is cheaper than a failed decision. */
static void
load_patterns(struct config_load *l)
{
	struct config *config = l->config;
	struct err err;

	for (size_t i = 0; i < config->connector_count; i++) {
		struct config_connector *c = &config->connectors[i];

		if (c->number_pattern == NULL)
			continue;
		c->pattern = number_pattern_new(c->number_pattern, &err);
		if (c->pattern == NULL)
			config_error(l->errors, c->file, c->line, "number_pattern %s", err.text);
	}
}

static struct config *
config_new(void)
{
	struct config *config = calloc(1, sizeof(*config));

	if (config == NULL)
		return NULL;
	config->store = merged_new();
	config->connectors = calloc(CONFIG_CONNECTORS_MAX,
	    sizeof(*config->connectors));
	if (config->store == NULL || config->connectors == NULL)
		return config_free(config);
	return config;
}

struct config *
config_load(const char *path, struct config_errors *errors)
{
	struct config_load l = { .config = config_new(), .errors = errors };

	errors->n = errors->more = 0;
	if (l.config == NULL) {
		config_error_memory(errors, path, 0);
		return NULL;
	}
	merged_read(l.config->store, path, errors);
	l.unread = errors->n > 0;
	load_sections(&l);
	load_instance(l.config);
	load_types(&l);
	whole_check(&l);
	if (errors->n == 0)
		load_patterns(&l);
	if (errors->n > 0)
		return config_free(l.config);
	return l.config;
}

bool
config_errors_pass(const struct config_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++)
		if (!errors->v[i].passing)
			return false;
	return errors->n > 0;
}

struct config *
config_free(struct config *config)
{
	if (config == NULL)
		return NULL;
	types_free(config->types);
	merged_free(config->store);
	for (size_t i = 0; i < config->connector_count; i++)
		number_pattern_free(config->connectors[i].pattern);
	free(config->connectors);
	free(config);
	return NULL;
}

const struct config_connector *
config_connector(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->connector_count; i++)
		if (strcmp(config->connectors[i].name, name) == 0)
			return &config->connectors[i];
	return NULL;
}
