/* SPDX-License-Identifier: ISC */
/*
 * table.c -- see certsync/table.h: rows and trees to records, by settings.
 *
 * Nothing is guessed: an unknown status word, an unreadable date and an unknown
 * type make a record that decides nothing, never a default and never a failure
 * of the poll, which would let one odd row stop a whole registry.
 */
#include <certsync/table.h>

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

#define SETTINGS_MAX	65536	/* bytes of all texts of one table */
#define ALIASES_MAX	32	/* alternatives one setting may list */
#define CELL_MAX	1024	/* bytes of a cell that is split or cut */

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

struct list {
	const char	*items[ALIASES_MAX + 1];	/* ended by NULL */
};

struct field {
	struct list	 names;		/* alternatives; none: not wanted */
	bool		 configured;	/* by the operator, so it must be there */
	size_t		 column;	/* of the header; SIZE_MAX: absent */
};

struct cs_table {
	struct cs_poll	*poll;		/* lent */
	struct arena	*arena;		/* owned; all texts below */
	struct field	 fields[CS_FIELD_COUNT];
	struct list	 statuses[CS_STATUS_DECERTIFIED + 1];
	const char	*type;		/* where there is no column; NULL: none */
	char		 separator;	/* of a type cell; 0: one type a cell */
	const char	*date_format;	/* NULL: no date columns */
	const char *const *types;	/* lent; pairs, or NULL */
	size_t		 columns;	/* of the header */
};

/* The cells of one certification, NULL where absent. */
struct cells {
	const char	*v[CS_FIELD_COUNT];
	const char	*what;		/* "line" or "record", for messages */
	uint64_t	 place;
};

/* --- settings --------------------------------------------------------------- */

/* The setting, else the default; copied and split at '|' into *out. */
static enum cs_rc
list_read(struct cs_table *t, const char *name, const char *text,
    struct list *out)
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
		if (n == ALIASES_MAX)
			return cs_fail(t->poll, CS_E_CONFIG,
			    "%s: more than %d alternatives", name, ALIASES_MAX);
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

static enum cs_rc
read_fields(struct cs_table *t, const struct cs_settings *s,
    const struct cs_table_defaults *d)
{
	for (size_t i = 0; i < CS_FIELD_COUNT; i++) {
		const char *name = field_settings[i];
		enum cs_rc rc = list_read(t, name,
		    setting_or(s, name, d->field[i]), &t->fields[i].names);

		if (rc != CS_OK)
			return rc;
		t->fields[i].column = SIZE_MAX;
		t->fields[i].configured = i == CS_FIELD_NUMBER ||
		    setting_or(s, name, NULL) != NULL;
	}
	if (t->fields[CS_FIELD_NUMBER].names.items[0] == NULL)
		return cs_fail(t->poll, CS_E_CONFIG,
		    "field.number: name the column of the certification number");
	return CS_OK;
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

static bool
type_code_ok(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= CS_TYPE_MAX &&
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len;
}

static enum cs_rc
read_types(struct cs_table *t, const struct cs_settings *s,
    const struct cs_table_defaults *d)
{
	const char *type = setting_or(s, "type", d->type);
	const char *separator = setting_or(s, "type.separator",
	    d->type_separator);

	t->types = d->types;
	if (separator != NULL) {
		separator += strspn(separator, " \t");
		if (separator[1 + strspn(separator + 1, " \t")] != '\0')
			return cs_fail(t->poll, CS_E_CONFIG,
			    "type.separator: one character");
		t->separator = separator[0];
	}
	if (type == NULL)
		return CS_OK;
	t->type = arena_strdup(t->arena, type);
	if (t->type == NULL)
		return CS_E_NOMEM;
	return type_code_ok(t->type) ? CS_OK : cs_fail(t->poll, CS_E_CONFIG,
	    "type: a code such as LGBTBE, at most %d characters", CS_TYPE_MAX);
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
	t->arena = arena_new(SETTINGS_MAX);
	if (t->arena == NULL ||
	    (rc = read_fields(t, settings, d)) != CS_OK ||
	    (rc = read_statuses(t, settings, d)) != CS_OK ||
	    (rc = read_dates(t, settings, d)) != CS_OK ||
	    (rc = read_types(t, settings, d)) != CS_OK) {
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
	free(t);
	return NULL;
}

/* --- cells ------------------------------------------------------------------ */

/* ASCII white space, as in text_trim(). */
static bool
is_blank(unsigned char b)
{
	return b == ' ' || (b >= '\t' && b <= '\r');
}

/* Whether s, trimmed, is word in any case (ASCII). */
static bool
word_equal(const char *s, const char *word)
{
	size_t n, len = strlen(word);

	while (is_blank((unsigned char)*s))
		s++;
	n = strlen(s);
	while (n > 0 && is_blank((unsigned char)s[n - 1]))
		n--;
	return n == len && strncasecmp(s, word, n) == 0;
}

/*
 * Copies a cell as one line of clean text: controls and runs of white space as
 * one space, trimmed.  At most size - 1 bytes; *out_cut tells if more were
 * there.  A multi-byte character is never halved.
 */
static char *
cell_copy(const char *cell, char *out, size_t size, bool *out_cut)
{
	const unsigned char *s = (const unsigned char *)(cell != NULL ? cell : "");
	size_t n = 0;

	*out_cut = false;
	while (*s != '\0') {
		size_t len = *s < 0x80 ? 1 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : 4;
		bool c1 = *s == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f;

		if (*s <= 0x20 || *s == 0x7f || c1) {
			if (n > 0 && out[n - 1] != ' ' && n + 1 < size)
				out[n++] = ' ';
		} else if (strnlen((const char *)s, len) < len ||
		    n + len >= size) {
			*out_cut = true;
			break;
		} else {
			memcpy(out + n, s, len);
			n += len;
		}
		s += c1 ? 2 : *s <= 0x20 || *s == 0x7f ? 1 : len;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return out;
}

/* The operator's first name of a field, for messages. */
static const char *
field_name(const struct cs_table *t, enum cs_field f)
{
	return t->fields[f].names.items[0] != NULL ?
	    t->fields[f].names.items[0] : field_settings[f];
}

static void
remark(struct cs_table *t, const struct cells *c, enum cs_field f,
    const char *what)
{
	cs_warn(t->poll, "%s %llu: \"%s\" %s", c->what,
	    (unsigned long long)c->place, field_name(t, f), what);
}

/* --- one record ------------------------------------------------------------- */

struct texts {
	char	number[CS_NUMBER_MAX + 1], alias[CS_NUMBER_MAX + 1];
	char	name[CS_NAME_MAX + 1], dba[CS_NAME_MAX + 1];
	char	word[CS_WORD_MAX + 1];
};

static void
map_status(struct cs_table *t, const struct cells *c, struct cs_record *rec,
    struct texts *x)
{
	const struct field *f = &t->fields[CS_FIELD_STATUS];
	const char *cell = c->v[CS_FIELD_STATUS];
	bool cut;

	/* Only a registry without such a column lists none but active ones. */
	if (cell == NULL && !f->configured) {
		rec->status = CS_STATUS_ACTIVE;
		return;
	}
	rec->status = CS_STATUS_UNKNOWN;
	if (cell == NULL)
		cell = "";
	for (size_t i = 0; i <= CS_STATUS_DECERTIFIED; i++)
		for (const char **w = t->statuses[i].items; *w != NULL; w++)
			if (word_equal(cell, *w)) {
				rec->status = (enum cs_status)i;
				return;
			}
	rec->status_word = cell_copy(cell, x->word, sizeof(x->word), &cut);
	if (x->word[0] == '\0')
		rec->status_word = "(blank)";
}

static bool
map_date(struct cs_table *t, const struct cells *c, enum cs_field f,
    struct cs_date *out)
{
	if (c->v[f] == NULL || t->date_format == NULL)
		return true;
	if (cs_date_parse(t->date_format, c->v[f], out) != CS_DATE_BAD)
		return true;
	remark(t, c, f, "has an unreadable date");
	return false;
}

/* A record whose dates cannot be read says nothing about its badge. */
static void
map_dates(struct cs_table *t, const struct cells *c, struct cs_record *rec)
{
	bool issued = map_date(t, c, CS_FIELD_ISSUED_ON, &rec->issued_on);
	bool expires = map_date(t, c, CS_FIELD_EXPIRES_ON, &rec->expires_on);

	if (issued && expires)
		return;
	rec->issued_on = rec->expires_on = (struct cs_date){ 0 };
	rec->status = CS_STATUS_UNKNOWN;
	rec->status_word = "unreadable-date";
}

static void
map_names(struct cs_table *t, const struct cells *c, struct cs_record *rec,
    struct texts *x)
{
	bool cut;

	(void)cell_copy(c->v[CS_FIELD_ALIAS], x->alias, sizeof(x->alias), &cut);
	if (cut)
		remark(t, c, CS_FIELD_ALIAS, "is too long and left out");
	else if (x->alias[0] != '\0')
		rec->aliases[0] = x->alias;
	(void)cell_copy(c->v[CS_FIELD_BUSINESS_NAME], x->name, sizeof(x->name),
	    &cut);
	if (cut)
		remark(t, c, CS_FIELD_BUSINESS_NAME, "is cut: too long");
	rec->business_name = x->name[0] != '\0' ? x->name : NULL;
	(void)cell_copy(c->v[CS_FIELD_DBA_NAME], x->dba, sizeof(x->dba), &cut);
	if (cut)
		remark(t, c, CS_FIELD_DBA_NAME, "is cut: too long");
	rec->dba_name = x->dba[0] != '\0' ? x->dba : NULL;
}

/* The code of a registry's word; NULL: it has none.  word is changed. */
static const char *
type_code(const struct cs_table *t, char *word)
{
	for (const char *const *p = t->types; p != NULL && *p != NULL; p += 2)
		if (word_equal(word, p[0]))
			return p[1];
	for (char *b = word; *b != '\0'; b++)
		if (*b >= 'a' && *b <= 'z')
			*b = (char)(*b - 'a' + 'A');
	return type_code_ok(word) ? word : NULL;
}

static enum cs_rc
emit_type(struct cs_table *t, const struct cells *c, struct cs_record *rec,
    char *word)
{
	rec->type = type_code(t, word);
	if (rec->type == NULL)
		remark(t, c, CS_FIELD_TYPE, "has an unknown type");
	return cs_emit(t->poll, rec);
}

/* One record for each type the cell names; without any, one with none. */
static enum cs_rc
emit_types(struct cs_table *t, const struct cells *c, struct cs_record *rec)
{
	char copy[CELL_MAX], *rest, *word;
	enum cs_rc rc = CS_OK;
	size_t emitted = 0;
	bool cut;

	if (c->v[CS_FIELD_TYPE] == NULL) {
		rec->type = t->type;
		return cs_emit(t->poll, rec);
	}
	rest = cell_copy(c->v[CS_FIELD_TYPE], copy, sizeof(copy), &cut);
	if (cut) {
		remark(t, c, CS_FIELD_TYPE, "is too long");
		copy[0] = '\0';
	}
	if (t->separator == '\0' && copy[0] != '\0')
		return emit_type(t, c, rec, copy);
	while (t->separator != '\0' && rc == CS_OK &&
	    (word = text_list_next(&rest, t->separator)) != NULL) {
		rc = emit_type(t, c, rec, word);
		emitted++;
	}
	return rc != CS_OK || emitted > 0 ? rc : cs_emit(t->poll, rec);
}

static bool
all_blank(const struct cells *c)
{
	for (size_t i = 0; i < CS_FIELD_COUNT; i++)
		for (const char *s = c->v[i]; s != NULL && *s != '\0'; s++)
			if (!is_blank((unsigned char)*s))
				return false;
	return true;
}

static enum cs_rc
emit_cells(struct cs_table *t, const struct cells *c)
{
	struct cs_record rec = { .status = CS_STATUS_UNKNOWN };
	struct texts x = { .number = "" };
	enum cs_rc rc;
	bool cut;

	if (all_blank(c))
		return CS_OK;		/* directories end in rows of commas */
	rec.number = cell_copy(c->v[CS_FIELD_NUMBER], x.number,
	    sizeof(x.number), &cut);
	if (cut || x.number[0] == '\0') {
		/* Not counted as an item, so a declared total will not fit. */
		remark(t, c, CS_FIELD_NUMBER, cut ? "is too long, left out" :
		    "is blank, left out");
		return CS_OK;
	}
	rc = cs_item(t->poll, x.number, strlen(x.number));
	if (rc != CS_OK)
		return rc;
	map_status(t, c, &rec, &x);
	map_dates(t, c, &rec);
	map_names(t, c, &rec, &x);
	return emit_types(t, c, &rec);
}

/* --- rows ------------------------------------------------------------------- */

/* The column a field is in: its first alternative that the header has. */
static enum cs_rc
find_column(struct cs_table *t, enum cs_field f, const char *const *names,
    size_t n)
{
	struct field *field = &t->fields[f];

	field->column = SIZE_MAX;
	for (const char **a = field->names.items;
	    *a != NULL && field->column == SIZE_MAX; a++)
		for (size_t i = 0; i < n; i++) {
			if (!word_equal(names[i], *a))
				continue;
			if (field->column != SIZE_MAX)
				return cs_fail(t->poll, CS_E_INPUT,
				    "the column \"%s\" is there twice", *a);
			field->column = i;
		}
	if (field->column == SIZE_MAX && field->configured)
		return cs_fail(t->poll, CS_E_INPUT, "there is no column \"%s\"; "
		    "has the layout changed? See %s", field_name(t, f),
		    field_settings[f]);
	return CS_OK;
}

enum cs_rc
cs_table_header(struct cs_table *t, const char *const *names, size_t n)
{
	enum cs_rc rc = CS_OK;

	for (size_t i = 0; rc == CS_OK && i < CS_FIELD_COUNT; i++)
		rc = find_column(t, (enum cs_field)i, names, n);
	t->columns = n;
	return rc;
}

enum cs_rc
cs_table_row(struct cs_table *t, const char *const *values, size_t n,
    uint64_t line)
{
	struct cells c = { .what = "line", .place = line };

	if (n != t->columns)
		return cs_fail(t->poll, CS_E_INPUT,
		    "line %llu: %zu fields, the header has %zu",
		    (unsigned long long)line, n, t->columns);
	for (size_t i = 0; i < CS_FIELD_COUNT; i++)
		if (t->fields[i].column != SIZE_MAX)
			c.v[i] = values[t->fields[i].column];
	return emit_cells(t, &c);
}

enum cs_rc
cs_table_tree(struct cs_table *t,
    const char *(*get)(const void *node, const char *name), const void *node,
    uint64_t index)
{
	struct cells c = { .what = "record", .place = index };

	for (size_t i = 0; i < CS_FIELD_COUNT; i++)
		for (const char **a = t->fields[i].names.items;
		    *a != NULL && c.v[i] == NULL; a++)
			c.v[i] = get(node, *a);
	return emit_cells(t, &c);
}
