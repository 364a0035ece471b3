/* SPDX-License-Identifier: ISC */
/* merged.c -- see merged.h. */
#include "config/merged.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/ini.h"

#define CONFIG_DROP_INS		"certsyncd.conf.d"
#define CONFIG_DROP_IN_SUFFIX	".conf"
#define CONFIG_KEY_SHOWN	160	/* bytes of an escaped name in a message */

/* One file on its way into the store. */
struct config_source {
	struct merged *store;
	struct config_errors *errors;
	const char	*file;
	bool		 refused;	/* the section in hand did not fit */
};

void
config_error(struct config_errors *errors, const char *file, unsigned line,
    const char *fmt, ...)
{
	char text[ERR_MAX];
	struct err *err;
	va_list ap;

	if (errors->n == CONFIG_ERRORS_MAX) {
		errors->more++;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	err = &errors->v[errors->n++];
	if (file == NULL)
		(void)err_set(err, "%s", text);
	else if (line == 0)
		(void)err_set(err, "%s: %s", file, text);
	else
		(void)err_set(err, "%s:%u: %s", file, line, text);
}

void
config_error_cause(struct config_errors *errors, const struct err *why)
{
	if (errors->n > 0 && errors->more == 0)
		errors->v[errors->n - 1].passing = why->passing;
}

void
config_error_memory(struct config_errors *errors, const char *file, unsigned line)
{
	config_error(errors, file, line, "out of memory");
	config_error_cause(errors, &(struct err){ .passing = true });
}

struct merged *
merged_new(void)
{
	struct merged *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->arena = arena_new(CONFIG_MEMORY_MAX);
	s->entries = calloc(CONFIG_ENTRIES_MAX, sizeof(*s->entries));
	if (s->arena == NULL || s->entries == NULL)
		return merged_free(s);
	return s;
}

struct merged *
merged_free(struct merged *s)
{
	size_t i;

	if (s == NULL)
		return NULL;
	for (i = 0; i < s->zone_count; i++)
		zone_free(s->zones[i]);
	arena_free(s->arena);
	free(s->entries);
	free(s);
	return NULL;
}

const char *
merged_strdup(struct merged *s, const char *text, struct err *err)
{
	const char *copy = arena_strdup(s->arena, text);

	if (copy == NULL)
		(void)err_set_passing(err, "out of memory");
	return copy;
}

const struct zone *
merged_zone(struct merged *s, const char *name, struct err *err)
{
	struct zone *zone;
	size_t i;

	for (i = 0; i < s->zone_count; i++)
		if (strcmp(zone_name(s->zones[i]), name) == 0)
			return s->zones[i];
	if (s->zone_count == CONFIG_ZONES_MAX) {
		(void)err_set(err, "more than %d time zones", CONFIG_ZONES_MAX);
		return NULL;
	}
	zone = zone_load(NULL, name, err);
	if (zone != NULL)
		s->zones[s->zone_count++] = zone;
	return zone;
}

/* section_count: there is none. */
static size_t
section_index(const struct merged *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->section_count; i++)
		if (strcmp(s->sections[i].name, name) == 0)
			break;
	return i;
}

const struct config_section *
merged_section(const struct merged *s, const char *name)
{
	size_t i = section_index(s, name);

	return i < s->section_count ? &s->sections[i] : NULL;
}

const struct config_section *
merged_connector(const struct merged *s, const char *name)
{
	size_t i, prefix = strlen(CONFIG_CONNECTOR);

	for (i = 0; i < s->section_count; i++)
		if (text_starts(s->sections[i].name, CONFIG_CONNECTOR) &&
		    strcmp(s->sections[i].name + prefix, name) == 0)
			return &s->sections[i];
	return NULL;
}

/* entry_count: there is none. */
static size_t
entry_index(const struct merged *s, size_t section, const char *key)
{
	size_t i;

	for (i = 0; i < s->entry_count; i++)
		if (s->entries[i].section == section &&
		    strcmp(s->entries[i].key, key) == 0)
			break;
	return i;
}

const struct config_entry *
merged_next(const struct merged *s,
    const struct config_section *section, size_t *i)
{
	const struct config_entry *e;

	if (section == NULL)
		return NULL;
	while (*i < s->entry_count) {
		e = &s->entries[(*i)++];
		if (&s->sections[e->section] == section)
			return e;
	}
	return NULL;
}

const struct config_entry *
merged_entry(const struct merged *s,
    const struct config_section *section, const char *key)
{
	size_t i;

	if (section == NULL)
		return NULL;
	i = entry_index(s, (size_t)(section - s->sections), key);
	return i < s->entry_count ? &s->entries[i] : NULL;
}

static void
source_error(void *arg, unsigned line, const struct err *err)
{
	struct config_source *src = arg;

	config_error(src->errors, src->file, line, "%s", err->text);
	config_error_cause(src->errors, err);
}

static void
source_section(void *arg, const char *name, unsigned line)
{
	struct config_source *src = arg;
	struct merged *s = src->store;
	size_t i = section_index(s, name);
	struct config_section *section =
	    i < s->section_count ? &s->sections[i] : NULL;
	char shown[CONFIG_KEY_SHOWN];

	(void)text_escape(name, strlen(name), shown, sizeof(shown));
	src->refused = false;
	if (section != NULL && section->last_file == src->file) {
		config_error(src->errors, src->file, line,
		    "section [%s] is in this file already, at line %u: "
		    "put its settings there", shown, section->last_line);
		return;
	}
	if (section == NULL) {
		const char *copy = arena_strdup(s->arena, name);

		if (copy == NULL || s->section_count == CONFIG_SECTIONS_MAX) {
			config_error(src->errors, src->file, line,
			    "more than %d sections", CONFIG_SECTIONS_MAX);
			src->refused = true;
			return;
		}
		section = &s->sections[s->section_count++];
		*section = (struct config_section){ .name = copy,
		    .file = src->file, .line = line };
	}
	section->last_file = src->file;
	section->last_line = line;
}

/* The texts of a list's items are split by '|' where they may hold commas. */
static const char *
list_separator(const char *key)
{
	return text_starts(key, "field.") || text_starts(key, "status.") ||
	    text_starts(key, "type.") || strcmp(key, "none") == 0 ||
	    strcmp(key, "date_format") == 0 ? " | " : ", ";
}

/* "old, value" in the arena; NULL: an error was added. */
static const char *
source_joined(struct config_source *src, const char *key, const char *old,
    const char *value, unsigned line)
{
	const char *separator = *old == '\0' ? "" : list_separator(key);
	const char *joined = NULL;
	struct buf b;

	buf_init(&b, CONFIG_VALUE_MAX);
	buf_printf(&b, "%s%s%s", old, separator, value);
	if (b.failed)
		config_error(src->errors, src->file, line,
		    "%s is longer than %d bytes: write less", key, CONFIG_VALUE_MAX);
	else {
		joined = arena_strdup(src->store->arena, buf_str(&b));
		if (joined == NULL)
			config_error_memory(src->errors, src->file, line);
	}
	buf_free(&b);
	return joined;
}

/* A key that an earlier line has set. */
static void
source_again(struct config_source *src, struct config_entry *e,
    const char *value, bool append, unsigned line)
{
	if (!append && e->file == src->file) {
		config_error(src->errors, src->file, line,
		    "%s is set in this file already, at line %u: remove one "
		    "(a list goes on with \"%s += value\")", e->key, e->line, e->key);
		return;
	}
	value = append ? source_joined(src, e->key, e->value, value, line) :
	    arena_strdup(src->store->arena, value);
	if (value == NULL)
		return;
	e->value = value;
	e->file = src->file;
	e->line = line;
}

/* A key that no earlier line has set. */
static void
source_first(struct config_source *src, size_t section, const char *key,
    const char *value, unsigned line)
{
	struct merged *s = src->store;
	struct config_entry e = { .section = section, .file = src->file,
	    .line = line };

	if (s->entry_count == CONFIG_ENTRIES_MAX) {
		config_error(src->errors, src->file, line,
		    "more than %d settings", CONFIG_ENTRIES_MAX);
		return;
	}
	e.key = arena_strdup(s->arena, key);
	e.value = arena_strdup(s->arena, value);
	if (e.key == NULL || e.value == NULL)
		config_error_memory(src->errors, src->file, line);
	else
		s->entries[s->entry_count++] = e;
}

static void
source_item(void *arg, const char *name, const char *key, const char *value,
    bool append, unsigned line)
{
	struct config_source *src = arg;
	struct merged *s = src->store;
	size_t section = section_index(s, name);
	size_t entry = entry_index(s, section, key);
	char shown[CONFIG_KEY_SHOWN];

	(void)text_escape(key, strlen(key), shown, sizeof(shown));
	if (src->refused)
		return;
	if (section == s->section_count)
		config_error(src->errors, src->file, line,
		    "%s stands before the first [section]: move it into one", shown);
	else if (entry < s->entry_count)
		source_again(src, &s->entries[entry], value, append, line);
	else if (append)
		config_error(src->errors, src->file, line,
		    "%s += continues a list that no earlier line has begun: "
		    "write %s = value", shown, shown);
	else
		source_first(src, section, key, value, line);
}

static void
merged_file(struct merged *s, const char *path,
    struct config_errors *errors)
{
	struct config_source src = { .store = s, .errors = errors };
	struct ini_sink sink = { .arg = &src, .section = source_section,
	    .item = source_item, .error = source_error };

	src.file = arena_strdup(s->arena, path);
	if (src.file == NULL)
		config_error_memory(errors, path, 0);
	else
		ini_read_file(src.file, &sink);
}

static int
drop_in_wanted(const struct dirent *d)
{
	size_t len = strlen(d->d_name);
	size_t suffix = sizeof(CONFIG_DROP_IN_SUFFIX) - 1;

	return d->d_name[0] != '.' && len > suffix &&
	    strcmp(d->d_name + len - suffix, CONFIG_DROP_IN_SUFFIX) == 0;
}

/* By byte: the order must not depend on anybody's locale. */
static int
drop_in_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
merged_drop_ins(struct merged *s, const char *dir,
    struct config_errors *errors)
{
	char path[PATH_MAX];
	struct dirent **names;
	int i, n = scandir(dir, &names, drop_in_wanted, drop_in_order);
	struct err err;

	if (n == -1) {
		if (errno == ENOENT)
			return;
		(void)err_set_errno(&err, errno, "cannot be read");
		config_error(errors, dir, 0, "%s", err.text);
		config_error_cause(errors, &err);
		return;
	}
	if (n > CONFIG_FILES_MAX)
		config_error(errors, dir, 0, "more than %d files: merge some",
		    CONFIG_FILES_MAX);
	for (i = 0; i < n; i++) {
		int len = snprintf(path, sizeof(path), "%s/%s", dir,
		    names[i]->d_name);

		if (len < 0 || (size_t)len >= sizeof(path))
			config_error(errors, dir, 0, "the path of a file is too long");
		else if (n <= CONFIG_FILES_MAX)
			merged_file(s, path, errors);
		free(names[i]);
	}
	free(names);
}

void
merged_read(struct merged *s, const char *path,
    struct config_errors *errors)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	int len;

	merged_file(s, path, errors);
	if (slash == NULL)
		len = snprintf(dir, sizeof(dir), "%s", CONFIG_DROP_INS);
	else
		len = snprintf(dir, sizeof(dir), "%.*s/%s", (int)(slash - path),
		    path, CONFIG_DROP_INS);
	if (len < 0 || (size_t)len >= sizeof(dir))
		config_error(errors, path, 0, "the path is too long");
	else
		merged_drop_ins(s, dir, errors);
}
