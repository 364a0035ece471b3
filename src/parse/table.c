/* SPDX-License-Identifier: ISC */
/*
 * table.c -- see certsync/table.h: rows and trees to records, by settings.
 *
 * Nothing is guessed: an unknown status word, an unreadable date and an unknown
 * type make a record that decides nothing, never a default and never a failure
 * of the poll, which would let one odd row stop a whole registry.
 */
#include "parse/table_inside.h"

#include <string.h>

#include "base/text.h"

#define CELL_MAX	1024	/* bytes of a cell that is split or cut */
#define PARTS_MAX	32	/* types or dates that one cell may name */

/* The cells of one certification, NULL where absent. */
struct cells {
	const char	*v[CS_FIELD_COUNT];
	const char	*what;		/* "line" or "record", for messages */
	uint64_t	 place;
	const char *const *row;		/* all values of a row; NULL: a tree, of which v is kept */
	size_t		 n;
};

/* --- cells ------------------------------------------------------------------ */

/* ASCII white space, as in text_trim(). */
static bool
table_is_blank(unsigned char b)
{
	return b == ' ' || (b >= '\t' && b <= '\r');
}

/* Whether s, trimmed, is word in any case (ASCII). */
static bool
table_word_equal(const char *s, const char *word)
{
	size_t n, len = strlen(word);

	while (table_is_blank((unsigned char)*s))
		s++;
	n = strlen(s);
	while (n > 0 && table_is_blank((unsigned char)s[n - 1]))
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
	    t->fields[f].names.items[0] : table_field_setting(f);
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
	const struct table_field *f = &t->fields[CS_FIELD_STATUS];
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
			if (table_word_equal(cell, *w)) {
				rec->status = (enum cs_status)i;
				return;
			}
	rec->status_word = cell_copy(cell, x->word, sizeof(x->word), &cut);
	if (x->word[0] == '\0')
		rec->status_word = "(blank)";
}

/* The last valid day of each type a row names; one alone is that of all. */
struct days {
	struct cs_date	 v[PARTS_MAX];
	bool		 bad[PARTS_MAX];
	size_t		 n;		/* 0: none stated */
};

/* Splits text at sep and keeps empty parts: a date's place says whose it is. */
static size_t
parts_split(char *text, char sep, char *out[PARTS_MAX])
{
	char delimiter[2] = { sep, '\0' };
	size_t n = 0;

	while (text != NULL && n < PARTS_MAX)
		out[n++] = strsep(&text, delimiter);
	return text == NULL ? n : PARTS_MAX + 1;
}

static bool
map_date(const struct cs_table *t, const char *text, struct cs_date *out)
{
	return text == NULL || t->date_format == NULL ||
	    cs_date_parse(t->date_format, text, out) != CS_DATE_BAD;
}

static void
days_read(struct cs_table *t, const struct cells *c, struct days *out)
{
	const char *cell = c->v[CS_FIELD_EXPIRES_ON];
	char copy[CELL_MAX], *parts[PARTS_MAX] = { NULL };
	bool cut, bad = false;

	out->n = 0;
	if (cell == NULL || t->date_format == NULL ||
	    cell_copy(cell, copy, sizeof(copy), &cut)[0] == '\0')
		return;
	out->n = parts_split(copy, t->date_separator, parts);
	if (cut || out->n > PARTS_MAX) {
		out->n = PARTS_MAX + 1;
		remark(t, c, CS_FIELD_EXPIRES_ON, "is too long");
		return;
	}
	for (size_t i = 0; i < out->n; i++) {
		out->v[i] = (struct cs_date){ 0 };
		out->bad[i] = !map_date(t, parts[i], &out->v[i]);
		bad = bad || out->bad[i];
	}
	if (bad)
		remark(t, c, CS_FIELD_EXPIRES_ON, "has an unreadable date");
}

/* A record whose dates cannot be read says nothing about its badge. */
static void
dates_unreadable(struct cs_record *rec)
{
	rec->issued_on = rec->expires_on = (struct cs_date){ 0 };
	rec->status = CS_STATUS_UNKNOWN;
	rec->status_word = "unreadable-date";
}

/* The day of type i of n. */
static void
map_days(const struct days *d, size_t i, size_t n, struct cs_record *rec)
{
	size_t at = d->n == 1 ? 0 : i;

	if (d->n == 0)
		return;
	if ((d->n != 1 && d->n != n) || d->bad[at])
		dates_unreadable(rec);
	else
		rec->expires_on = d->v[at];
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
		if (table_word_equal(word, p[0]))
			return p[1];
	for (char *b = word; *b != '\0'; b++)
		if (*b >= 'a' && *b <= 'z')
			*b = (char)(*b - 'a' + 'A');
	return table_type_ok(word) ? word : NULL;
}

/*
 * The types a cell names, in its own copy.  One that is blank where types are
 * listed has no place in the list.
 */
static size_t
types_split(struct cs_table *t, const struct cells *c, char copy[CELL_MAX],
    char *out[PARTS_MAX])
{
	char *rest, *word;
	size_t n = 0;
	bool cut;

	rest = cell_copy(c->v[CS_FIELD_TYPE], copy, CELL_MAX, &cut);
	if (!cut && t->separator == '\0') {
		out[0] = copy;
		return copy[0] != '\0' ? 1 : 0;
	}
	while (!cut && (word = text_list_next(&rest, t->separator)) != NULL)
		if (n == PARTS_MAX)
			cut = true;
		else
			out[n++] = word;
	if (cut)
		remark(t, c, CS_FIELD_TYPE, "is too long");
	return cut ? 0 : n;
}

/* One record for each type the cell names; without any, one with none. */
static enum cs_rc
emit_types(struct cs_table *t, const struct cells *c, struct cs_record *rec)
{
	char copy[CELL_MAX], *words[PARTS_MAX];
	bool listed = c->v[CS_FIELD_TYPE] != NULL, unreadable;
	size_t n = listed ? types_split(t, c, copy, words) : 0;
	size_t records = n > 0 ? n : 1;
	enum cs_rc rc = CS_OK;
	struct days days;

	unreadable = !map_date(t, c->v[CS_FIELD_ISSUED_ON], &rec->issued_on);
	if (unreadable) {
		remark(t, c, CS_FIELD_ISSUED_ON, "has an unreadable date");
		dates_unreadable(rec);
	}
	days_read(t, c, &days);
	if (days.n > 1 && days.n <= PARTS_MAX && days.n != records)
		remark(t, c, CS_FIELD_EXPIRES_ON, "has not one date for each type");
	for (size_t i = 0; i < records && rc == CS_OK; i++) {
		struct cs_record one = *rec;

		one.type = n > 0 ? type_code(t, words[i]) : listed ? NULL : t->type;
		if (n > 0 && one.type == NULL)
			remark(t, c, CS_FIELD_TYPE, "has an unknown type");
		if (!unreadable)
			map_days(&days, i, records, &one);
		rc = cs_emit(t->poll, &one);
	}
	return rc;
}

static bool
all_blank(const struct cells *c)
{
	for (size_t i = 0; i < CS_FIELD_COUNT; i++)
		for (const char *s = c->v[i]; s != NULL && *s != '\0'; s++)
			if (!table_is_blank((unsigned char)*s))
				return false;
	return true;
}

/* A row that has values and cannot be read: it may be any firm. */
static enum cs_rc
leave_out(struct cs_table *t, const struct cells *c, enum cs_field f, const char *what)
{
	cs_left_out(t->poll, c->row != NULL ? c->row : c->v, c->row != NULL ? c->n :
	    CS_FIELD_COUNT, "%s %llu: \"%s\" %s", c->what, (unsigned long long)c->place,
	    field_name(t, f), what);
	return CS_OK;
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
	/* A row, not a number: a firm's former periods are rows of a manifest's count too. */
	t->items++;
	rc = t->own_items ? CS_OK :
	    cs_item(t->poll, (const char *)&t->items, sizeof(t->items));
	if (rc != CS_OK)
		return rc;
	rec.number = cell_copy(c->v[CS_FIELD_NUMBER], x.number,
	    sizeof(x.number), &cut);
	if (cut || x.number[0] == '\0')
		return leave_out(t, c, CS_FIELD_NUMBER, cut ? "is too long" : "is blank");
	map_status(t, c, &rec, &x);
	map_names(t, c, &rec, &x);
	return emit_types(t, c, &rec);
}

/* --- rows ------------------------------------------------------------------- */

/* The column a field is in: its first alternative that the header has. */
static enum cs_rc
find_column(struct cs_table *t, enum cs_field f, const char *const *names,
    size_t n)
{
	struct table_field *field = &t->fields[f];

	field->column = SIZE_MAX;
	for (const char **a = field->names.items;
	    *a != NULL && field->column == SIZE_MAX; a++)
		for (size_t i = 0; i < n; i++) {
			if (!table_word_equal(names[i], *a))
				continue;
			if (field->column != SIZE_MAX)
				return cs_fail(t->poll, CS_E_INPUT,
				    "the column \"%s\" is there twice", *a);
			field->column = i;
		}
	/* A list that has lost it says "no end" and "in force" of everybody. */
	if (field->column == SIZE_MAX && !field->configured && field->names.items[0] != NULL &&
	    (f == CS_FIELD_EXPIRES_ON || f == CS_FIELD_STATUS))
		cs_warn(t->poll, "there is no column \"%s\"; if it has another name now, set %s",
		    field_name(t, f), table_field_setting(f));
	if (field->column == SIZE_MAX && field->configured)
		return cs_fail(t->poll, CS_E_INPUT, "there is no column \"%s\"; "
		    "has the layout changed? See %s", field_name(t, f),
		    table_field_setting(f));
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

/* Whether the row says again what its columns are called: one list appended to another. */
static bool
row_is_header(const struct cs_table *t, const char *const *values)
{
	const struct table_field *number = &t->fields[CS_FIELD_NUMBER];

	for (const char *const *a = number->names.items; *a != NULL; a++)
		if (table_word_equal(values[number->column], *a))
			return true;
	return false;
}

enum cs_rc
cs_table_row(struct cs_table *t, const char *const *values, size_t n,
    uint64_t line)
{
	struct cells c = { .what = "line", .place = line, .row = values, .n = n };

	if (n != t->columns)
		return cs_fail(t->poll, CS_E_INPUT,
		    "line %llu: %zu fields, the header has %zu",
		    (unsigned long long)line, n, t->columns);
	if (t->fields[CS_FIELD_NUMBER].column != SIZE_MAX && row_is_header(t, values))
		return cs_fail(t->poll, CS_E_INPUT, "line %llu is a header again: "
		    "two lists in one?", (unsigned long long)line);
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

	t->trees++;
	for (size_t i = 0; i < CS_FIELD_COUNT; i++) {
		for (const char **a = t->fields[i].names.items;
		    *a != NULL && c.v[i] == NULL; a++)
			c.v[i] = get(node, *a);
		t->fields[i].seen = t->fields[i].seen || c.v[i] != NULL;
	}
	return emit_cells(t, &c);
}

enum cs_rc
cs_table_tree_end(struct cs_table *t)
{
	for (size_t i = 0; t->trees > 0 && i < CS_FIELD_COUNT; i++) {
		const struct table_field *f = &t->fields[i];

		if (!f->configured || f->seen)
			continue;
		if (i != CS_FIELD_ALIAS && i != CS_FIELD_DBA_NAME &&
		    i != CS_FIELD_ISSUED_ON)
			return cs_fail(t->poll, CS_E_INPUT, "no record has a \"%s\"; "
			    "has the layout changed? See %s",
			    field_name(t, (enum cs_field)i),
			    table_field_setting((enum cs_field)i));
		cs_warn(t->poll, "no record has a \"%s\"",
		    field_name(t, (enum cs_field)i));
	}
	return CS_OK;
}
