/* SPDX-License-Identifier: ISC */
/*
 * config_dump.c -- the configuration for people: what is in force and from
 * where, what there is to set, and what a reload cannot change.
 */
#include <string.h>

#include "base/text.h"
#include "config/config.h"
#include "config/merged.h"
#include "config/settings.h"

#define VALUE_MAX	(CONFIG_VALUE_MAX + 64)	/* bytes of one printed value */
#define CELL_MAX	1024			/* bytes of a table's cell */
#define COLUMN		40			/* of the dump's comments */

#define DESCRIBE_INTRO \
	"# Settings\n\n" \
	"Every setting of `certsyncd.conf` and `certsyncd.conf.d/*.conf`, from the table the\n" \
	"daemon itself reads them by (`src/config/settings_table.c`).  Write durations as\n" \
	"`500ms 60s 15m 24h 7d`, sizes as `65536 64K 8M 2G`, shares as `20%` or `0.2`.  " \
	"A setting\n" \
	"that takes *reload* is in force after SIGHUP, the others after a restart.  What a\n" \
	"plug-in adds of its own to `[connector NAME]` is in its documentation.\n"

/* Words in the name of a plug-in's setting that may be a secret. */
static const char *const secret_words[] = {
	"secret", "token", "password", "passwd", "api_key", "apikey"
};

/* Plug-ins declare their secrets only when they are loaded; be careful before. */
static bool
pair_may_be_secret(const struct config_pair *pair)
{
	size_t i;

	for (i = 0; i < sizeof(secret_words) / sizeof(secret_words[0]); i++)
		if (strstr(pair->key, secret_words[i]) != NULL)
			return !setting_is_secret_ref(pair->value);
	return false;
}

/* key = value ; file:line */
static void
dump_line(const char *key, const char *value, const char *file, unsigned line,
    struct buf *out)
{
	size_t len = strlen(key);

	buf_printf(out, "%s = %-*s ; ", key,
	    len < COLUMN ? (int)(COLUMN - len) : 0, value);
	if (file != NULL)
		buf_printf(out, "%s:%u\n", file, line);
	else
		buf_puts(out, "default\n");
}

static void
dump_setting(const struct config *config, const struct setting *s,
    const void *base, const struct config_section *section, struct buf *out)
{
	const struct config_entry *e =
	    merged_entry(config->store, section, s->key);
	struct buf value;

	buf_init(&value, VALUE_MAX);
	setting_print(s, base, &value);
	if (e != NULL)
		dump_line(s->key, buf_str(&value), e->file, e->line, out);
	else
		dump_line(s->key, buf_str(&value), NULL, 0, out);
	buf_free(&value);
}

static void
dump_rows(const struct config *config, const char *table_section,
    const void *base, const struct config_section *section, struct buf *out)
{
	size_t i;

	for (i = 0; i < settings_count; i++)
		if (strcmp(settings_table[i].section, table_section) == 0)
			dump_setting(config, &settings_table[i], base, section, out);
}

static void
dump_connector(const struct config *config, const struct config_connector *c,
    struct buf *out)
{
	size_t i;

	buf_printf(out, "\n[connector %s]\n", c->name);
	dump_rows(config, SETTINGS_CONNECTOR, c,
	    merged_connector(config->store, c->name), out);
	for (i = 0; i < c->pair_count; i++) {
		const struct config_pair *pair = &c->pairs[i];

		dump_line(pair->key,
		    pair_may_be_secret(pair) ? "(hidden)" : pair->value,
		    pair->file, pair->line, out);
	}
}

void
config_dump(const struct config *config, struct buf *out)
{
	const char *last = "";
	size_t i;

	for (i = 0; i < settings_count; i++) {
		const char *name = settings_table[i].section;

		if (strcmp(name, last) == 0 || strcmp(name, SETTINGS_CONNECTOR) == 0)
			continue;
		buf_printf(out, "%s[%s]\n", *last == '\0' ? "" : "\n", name);
		dump_rows(config, name, config,
		    merged_section(config->store, name), out);
		last = name;
	}
	for (i = 0; i < config->connector_count; i++)
		dump_connector(config, &config->connectors[i], out);
}

/* "duration, 1s to 30d"; words need no name for their kind. */
static void
describe_value(const struct setting *s, struct buf *out)
{
	bool words = s->type == SETTING_ENUM || s->type == SETTING_WORD ||
	    s->type == SETTING_BOOL;
	struct buf range;

	buf_init(&range, CELL_MAX);
	setting_print_range(s, &range);
	if (!words)
		buf_puts(out, setting_type_name(s));
	if (!words && range.len > 0)
		buf_puts(out, ", ");
	buf_puts(out, buf_str(&range));
	buf_free(&range);
}

static void
describe_setting(const struct setting *s, struct buf *out)
{
	buf_printf(out, "| `%s` | ", s->key);
	describe_value(s, out);
	buf_puts(out, " | ");
	if (s->required)
		buf_puts(out, "required");
	else if (s->derived != NULL)
		buf_puts(out, s->derived);
	else
		buf_printf(out, "`%s`", s->value);
	buf_printf(out, " | %s | %s |\n", s->reloadable ? "reload" : "restart",
	    s->text);
}

void
config_describe(struct buf *out)
{
	const char *last = "";
	size_t i;

	buf_puts(out, DESCRIBE_INTRO);
	for (i = 0; i < settings_count; i++) {
		const struct setting *s = &settings_table[i];

		if (strcmp(s->section, last) != 0)
			buf_printf(out, "\n## [%s%s]\n\n"
			    "| setting | value | default | takes | meaning |\n"
			    "|---|---|---|---|---|\n", s->section,
			    strcmp(s->section, SETTINGS_CONNECTOR) == 0 ? " NAME" : "");
		last = s->section;
		describe_setting(s, out);
	}
}

void
config_reload_diff(const struct config *old, const struct config *new,
    struct buf *out)
{
	struct buf a, b;
	size_t i;

	buf_init(&a, VALUE_MAX);
	buf_init(&b, VALUE_MAX);
	for (i = 0; i < settings_count; i++) {
		const struct setting *s = &settings_table[i];

		/* Connectors are stopped and started by a reload as a whole. */
		if (s->reloadable || strcmp(s->section, SETTINGS_CONNECTOR) == 0)
			continue;
		buf_clear(&a);
		buf_clear(&b);
		setting_print(s, old, &a);
		setting_print(s, new, &b);
		if (strcmp(buf_str(&a), buf_str(&b)) != 0)
			buf_printf(out, "[%s] %s: %s -> %s\n", s->section, s->key,
			    a.len > 0 ? buf_str(&a) : "(none)",
			    b.len > 0 ? buf_str(&b) : "(none)");
	}
	buf_free(&a);
	buf_free(&b);
}
