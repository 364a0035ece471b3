/* SPDX-License-Identifier: ISC */
/*
 * table_settings.c -- see certsync/table.h: the settings of a table, read and
 * checked once, and the types that follow from them.
 */
#include "parse/table_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "parse/host.h"

#define SETTINGS_MAX	65536	/* bytes of all texts of one table */
#define FLAGS		"type.column.*"

static const char *const field_settings[CS_FIELD_COUNT] = {
	[CS_FIELD_NUMBER] = "field.number",
	[CS_FIELD_ALIAS] = "field.alias",
	[CS_FIELD_BUSINESS_NAME] = "field.business_name",
	[CS_FIELD_DBA_NAME] = "field.dba_name",
	[CS_FIELD_TYPE] = "field.type",
	[CS_FIELD_STATUS] = "field.status",
	[CS_FIELD_ISSUED_ON] = "field.issued_on",
	[CS_FIELD_EXPIRES_ON] = "field.expires_on",
};

/* NULL: no setting, defaults only. */
static const char *const status_settings[CS_STATUS_DECERTIFIED + 1] = {
	[CS_STATUS_ACTIVE] = "status.active",
	[CS_STATUS_PENDING] = "status.pending",
	[CS_STATUS_SUSPENDED] = "status.suspended",
	[CS_STATUS_EXPIRED] = "status.expired",
	[CS_STATUS_GRADUATED] = "status.graduated",
	[CS_STATUS_WITHDRAWN] = "status.withdrawn",
	[CS_STATUS_DECERTIFIED] = "status.decertified",
};

/* The setting, else the default; copied and split at '|' into *out. */
static enum cs_rc
list_read(struct cs_table *t, const char *name, const char *text,
    struct table_list *out)
{
	char *rest, *item;
	size_t n = 0;

	if (text == NULL)
		return CS_OK;
	rest = arena_strdup(t->arena, text);
	if (rest == NULL)
		return strlen(text) < SETTINGS_MAX / 2 ? CS_E_NOMEM :
		    cs_fail(t->poll, CS_E_CONFIG, "%s: too long", name);
	while ((item = text_list_next(&rest, '|')) != NULL) {
		if (n == TABLE_ALIASES_MAX)
			return cs_fail(t->poll, CS_E_CONFIG,
			    "%s: more than %d alternatives", name, TABLE_ALIASES_MAX);
		out->items[n++] = item;
	}
	return CS_OK;
}

/* NULL or blank is "not set". */
static const char *
setting_or(const struct cs_settings *s, const char *name, const char *otherwise)
{
	const char *v = name != NULL ? cs_setting(s, name) : NULL;

	if (v == NULL || v[strspn(v, " \t")] == '\0')
		return otherwise;
	return v;
}

static bool
is_by_name(const struct cs_settings *s)
{
	return strcmp(setting_or(s, "key", "number"), "name") == 0;
}

/* What rows are told apart by has to have a column. */
static enum cs_rc
check_key(struct cs_table *t, const struct cs_settings *s)
{
	struct table_field *number = &t->fields[CS_FIELD_NUMBER];
	bool by_name = is_by_name(s);

	if (by_name && setting_or(s, number->setting, NULL) != NULL)
		return cs_fail(t->poll, CS_E_CONFIG, "field.number: with key = name the list has "
		    "no numbers; remove one of them");
	if (by_name)
		number->names.items[0] = NULL;
	if (t->fields[t->key].names.items[0] != NULL)
		return CS_OK;
	return cs_fail(t->poll, CS_E_CONFIG, by_name ?
	    "field.business_name: name the column of the business name, as key = name" :
	    "field.number: name the column of the certification number; if there is none, "
	    "key = name");
}

static enum cs_rc
read_fields(struct cs_table *t, const struct cs_settings *s,
    const struct cs_table_defaults *d)
{
	t->key = is_by_name(s) ? CS_FIELD_BUSINESS_NAME : CS_FIELD_NUMBER;
	for (size_t i = 0; i < CS_FIELD_COUNT; i++) {
		const char *name = field_settings[i];
		enum cs_rc rc = list_read(t, name,
		    setting_or(s, name, d->field[i]), &t->fields[i].names);

		if (rc != CS_OK)
			return rc;
		t->fields[i].setting = name;
		t->fields[i].configured = i == t->key ||
		    setting_or(s, name, NULL) != NULL;
	}
	return check_key(t, s);
}

static enum cs_rc
read_statuses(struct cs_table *t, const struct cs_settings *s,
    const struct cs_table_defaults *d)
{
	for (size_t i = 0; i <= CS_STATUS_DECERTIFIED; i++) {
		const char *name = status_settings[i];
		enum cs_rc rc = list_read(t, name != NULL ? name : "status",
		    setting_or(s, name, d->status[i]), &t->statuses[i]);

		if (rc != CS_OK)
			return rc;
	}
	return CS_OK;
}

static enum cs_rc
read_dates(struct cs_table *t, const struct cs_settings *s,
    const struct cs_table_defaults *d)
{
	const char *format = setting_or(s, "date_format", d->date_format);
	bool wanted = t->fields[CS_FIELD_ISSUED_ON].names.items[0] != NULL ||
	    t->fields[CS_FIELD_EXPIRES_ON].names.items[0] != NULL;

	if (format == NULL)
		return !wanted ? CS_OK : cs_fail(t->poll, CS_E_CONFIG,
		    "date_format: say how the date columns are written");
	if (!cs_date_format_ok(format))
		return cs_fail(t->poll, CS_E_CONFIG,
		    "date_format: not a format of a full day");
	t->date_format = arena_strdup(t->arena, format);
	return t->date_format != NULL ? CS_OK : CS_E_NOMEM;
}

/* A column of its own for each type of type.column.*. */
static enum cs_rc
read_flags(struct cs_table *t, const struct cs_settings *s)
{
	const char *code, *names;
	enum cs_rc rc = CS_OK;

	t->flags = calloc(TABLE_FLAGS_MAX, sizeof(*t->flags));
	if (t->flags == NULL)
		return CS_E_NOMEM;
	while (rc == CS_OK && (code = cs_setting_member(s, FLAGS, t->flag_count, &names)) != NULL) {
		char setting[sizeof(FLAGS) + CS_TYPE_MAX];
		struct table_flag *flag;

		if (t->flag_count == TABLE_FLAGS_MAX || !table_type_ok(code))
			return cs_fail(t->poll, CS_E_CONFIG, "type.column.%s: at most %d codes of "
			    "%d characters", code, TABLE_FLAGS_MAX, CS_TYPE_MAX);
		flag = &t->flags[t->flag_count++];
		flag->code = code;
		(void)snprintf(setting, sizeof(setting), "type.column.%s", code);
		flag->field.setting = arena_strdup(t->arena, setting);
		flag->field.configured = true;
		if (flag->field.setting == NULL)
			return CS_E_NOMEM;
		rc = list_read(t, flag->field.setting, names, &flag->field.names);
		if (rc == CS_OK && flag->field.names.items[0] == NULL)
			return cs_fail(t->poll, CS_E_CONFIG, "type.column.%s: name its column",
			    code);
	}
	return rc;
}

bool
table_type_ok(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= CS_TYPE_MAX &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len;
}

/* One separator character; 0 where there is none.  A ; would begin a comment. */
static enum cs_rc
read_separator(struct cs_table *t, const char *name, const char *text, char *out)
{
	if (text == NULL)
		return CS_OK;
	text += strspn(text, " \t");
	if (strncmp(text, "semicolon", 9) == 0 &&
	    text[9 + strspn(text + 9, " \t")] == '\0') {
		*out = ';';
		return CS_OK;
	}
	if (text[1 + strspn(text + 1, " \t")] != '\0')
		return cs_fail(t->poll, CS_E_CONFIG, "%s: one character, or "
		    "the word semicolon", name);
	*out = text[0];
	return CS_OK;
}

/*
 * Cuts "word:CODE" at its last colon.  false: there is none, or no word or
 * code beside it.
 */
static bool
map_cut(char *item, const char **out_code)
{
	char *colon = strrchr(item, ':');

	if (colon == NULL)
		return false;
	*colon = '\0';
	*out_code = text_trim(colon + 1);
	return item[strspn(item, " \t")] != '\0' && table_type_ok(*out_code);
}

static enum cs_rc
read_map(struct cs_table *t, const struct cs_settings *s,
    const struct cs_table_defaults *d)
{
	const char *text = setting_or(s, "type.map", d->type_map);
	struct table_list list = { 0 };
	enum cs_rc rc = list_read(t, "type.map", text, &list);

	t->types = text != NULL ? t->map : d->types;
	for (size_t i = 0; rc == CS_OK && list.items[i] != NULL; i++) {
		/* list_read() made the copy for us to cut. */
		char *item = (char *)(uintptr_t)list.items[i];

		if (!map_cut(item, &t->map[2 * i + 1]))
			return cs_fail(t->poll, CS_E_CONFIG,
			    "type.map: not \"word:CODE | word:CODE\"");
		t->map[2 * i] = text_trim(item);
	}
	return rc;
}

static enum cs_rc
read_types(struct cs_table *t, const struct cs_settings *s,
    const struct cs_table_defaults *d)
{
	const char *type = setting_or(s, "type", d->type);
	enum cs_rc rc;

	const char *match = setting_or(s, "type.match", "cell");

	t->match_words = strcmp(match, "word") == 0;
	if (t->match_words && setting_or(s, "type.map", d->type_map) == NULL)
		return cs_fail(t->poll, CS_E_CONFIG,
		    "type.match: word needs type.map, the words to look for");
	if ((rc = list_read(t, "type.ignore", setting_or(s, "type.ignore", NULL),
	    &t->ignored)) != CS_OK ||
	    (rc = read_separator(t, "type.separator", setting_or(s,
	    "type.separator", d->type_separator), &t->separator)) != CS_OK ||
	    (rc = read_separator(t, "expires_on.separator", setting_or(s,
	    "expires_on.separator", NULL), &t->date_separator)) != CS_OK ||
	    (rc = read_map(t, s, d)) != CS_OK)
		return rc;
	table_types_prepare(t);
	if (type == NULL)
		return CS_OK;
	t->type = arena_strdup(t->arena, type);
	if (t->type == NULL)
		return CS_E_NOMEM;
	return table_type_ok(t->type) ? CS_OK : cs_fail(t->poll, CS_E_CONFIG,
	    "type: a code such as LGBTBE, at most %d characters", CS_TYPE_MAX);
}

/* The codes of type.map.  CS_E_CONFIG: it is none. */
static enum cs_rc
cover_map(const char *map, struct cs_cover *cover)
{
	char *text, *rest, *item;
	enum cs_rc rc = CS_OK;
	const char *code;

	if ((rest = text = strdup(map)) == NULL)
		return CS_E_NOMEM;
	while (rc == CS_OK && (item = text_list_next(&rest, '|')) != NULL)
		rc = map_cut(item, &code) ? cs_cover_type(cover, code) : CS_E_CONFIG;
	free(text);
	return rc;
}

enum cs_rc
cs_table_cover(const struct cs_settings *settings,
    const struct cs_table_defaults *defaults, struct cs_cover *cover)
{
	const char *map = setting_or(settings, "type.map", defaults->type_map);
	bool listed = map != NULL && setting_or(settings, field_settings[CS_FIELD_TYPE],
	    defaults->field[CS_FIELD_TYPE]) != NULL;
	const char *code, *unused;
	bool flagged = cs_setting_member(settings, FLAGS, 0, &unused) != NULL;
	/* Where each row says its own, only an operator's `type` is one more. */
	const char *type = setting_or(settings, "type",
	    listed || flagged ? NULL : defaults->type);
	enum cs_rc rc = type != NULL ? cs_cover_type(cover, type) : CS_OK;

	if (type == NULL && !listed && !flagged)
		return CS_E_CONFIG;
	if (is_by_name(settings))
		cs_cover_by_name(cover);
	if (rc == CS_OK && listed)
		rc = cover_map(map, cover);
	for (size_t i = 0; rc == CS_OK &&
	    (code = cs_setting_member(settings, FLAGS, i, &unused)) != NULL; i++)
		rc = cs_cover_type(cover, code);
	return rc;
}

enum cs_rc
cs_table_new(const struct cs_settings *settings,
    const struct cs_table_defaults *defaults, struct cs_poll *poll,
    struct cs_table **out)
{
	static const struct cs_table_defaults none;
	const struct cs_table_defaults *d = defaults != NULL ? defaults : &none;
	struct cs_table *t = calloc(1, sizeof(*t));
	enum cs_rc rc = CS_E_NOMEM;

	if (t == NULL)
		return CS_E_NOMEM;
	t->poll = poll;
	t->own_items = d->own_items;
	t->report = host_poll_report(poll);
	t->arena = arena_new(SETTINGS_MAX);
	if (t->arena == NULL ||
	    (rc = read_fields(t, settings, d)) != CS_OK ||
	    (rc = read_statuses(t, settings, d)) != CS_OK ||
	    (rc = read_dates(t, settings, d)) != CS_OK ||
	    (rc = read_types(t, settings, d)) != CS_OK ||
	    (rc = read_flags(t, settings)) != CS_OK ||
	    (rc = list_read(t, "none", setting_or(settings, "none", NULL), &t->none)) != CS_OK) {
		(void)cs_table_free(t);
		return rc;
	}
	*out = t;
	return CS_OK;
}

struct cs_table *
cs_table_free(struct cs_table *t)
{
	if (t == NULL)
		return NULL;
	t->arena = arena_free(t->arena);
	free(t->flags);
	free(t->header);
	free(t);
	return NULL;
}

