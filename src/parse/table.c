/* SPDX-License-Identifier: ISC */
/*
 * table.c -- see certsync/table.h: rows and trees to records, by settings.
 *
 * Nothing is guessed: an unknown status word, an unreadable date and an unknown
 * type make a record that decides nothing, never a default and never a failure
 * of the poll, which would let one odd row stop a whole registry.
 */
#include "parse/table_inside.h"

#include <stdio.h>
#include <string.h>

#include <certsync/cell.h>

#include "base/text.h"

#define HEADING_COLUMNS	4	/* a list of fewer may have firms of one cell */

enum flag { FLAG_NO = 0, FLAG_YES, FLAG_UNKNOWN };

/* The cells of one certification, NULL where there is no value. */
struct cells {
	const char	*v[CS_FIELD_COUNT];
	bool		 listed[CS_FIELD_COUNT];	/* the row has such a cell, be it blank */
	const char	*what;		/* "line" or "record", for messages */
	uint64_t	 place;
	const char *const *row;		/* all values of a row; NULL: a tree, of which v is kept */
	size_t		 n;
	enum flag	 flags[TABLE_FLAGS_MAX];	/* what those of t->flags say */
};

/* --- cells ------------------------------------------------------------------ */

/* A byte as that of a small letter: of ASCII, or behind 0xc3 one of Latin-1's in UTF-8. */
static unsigned char
folded(char c, bool accent)
{
	unsigned char b = (unsigned char)c;

	if (accent && b >= 0x80 && b <= 0x9e && b != 0x97)
		return (unsigned char)(b + 0x20);
	return b >= 'A' && b <= 'Z' ? (unsigned char)(b + 'a' - 'A') : b;
}

bool
table_word_equal(const char *s, const char *word)
{
	size_t blank;
	bool accent = false;	/* the byte before begins one of Latin-1's letters */

	while ((blank = cs_blank_len(s)) > 0)
		s += blank;
	for (; *s != '\0'; s++, word++) {
		if (cs_blank_len(s) > 0) {
			while ((blank = cs_blank_len(s)) > 0)
				s += blank;
			if (*s == '\0')
				break;
			if (*word != ' ' && *word != '\t')
				return false;
			word += strspn(word, " \t");
		}
		if (folded(*s, accent) != folded(*word, accent))
			return false;
		accent = (unsigned char)*s == 0xc3;
	}
	return *word == '\0';
}

/* A blank that takes no room (U+200B, U+2060, U+FEFF) parts no word. */
static bool
is_without_width(const char *blank)
{
	return strncmp(blank, "\xe2\x80\x8b", 3) == 0 || strncmp(blank, "\xe2\x81\xa0", 3) == 0 ||
	    strncmp(blank, "\xef\xbb\xbf", 3) == 0;
}

char *
table_cell_copy(const char *cell, char *out, size_t size, bool *out_cut)
{
	const char *s = cell != NULL ? cell : "";
	size_t n = 0, len;

	for (*out_cut = false; *s != '\0'; s += len) {
		const unsigned char lead = (unsigned char)*s;

		if ((len = cs_blank_len(s)) > 0) {
			if (!is_without_width(s) && n > 0 && out[n - 1] != ' ' && n + 1 < size)
				out[n++] = ' ';
			continue;
		}
		len = lead < 0x80 || lead == (unsigned char)TABLE_LIST_BREAK[0] ? 1 :
		    lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
		if (strnlen(s, len) < len || n + len >= size) {
			*out_cut = true;
			break;
		}
		memcpy(out + n, s, len);
		n += len;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	return out;
}

static void
remark(struct cs_table *t, const struct cells *c, enum cs_field f,
    const char *what)
{
	cs_warn(t->poll, "%s %llu: \"%s\" %s", c->what,
	    (unsigned long long)c->place, table_field_name(&t->fields[f]), what);
}

/* --- one record ------------------------------------------------------------- */

struct texts {
	char	number[CS_NUMBER_MAX + 1], aliases[TABLE_JOINED_MAX];
	char	name[CS_NAME_MAX + 1], dba[CS_NAME_MAX + 1];
	char	word[CS_WORD_MAX + 1];
};

static enum cs_status
status_of(const struct cs_table *t, const char *cell)
{
	for (size_t i = 0; i <= CS_STATUS_DECERTIFIED; i++)
		for (const char *const *w = t->statuses[i].items; *w != NULL; w++)
			if (table_word_equal(cell, *w))
				return (enum cs_status)i;
	return CS_STATUS_UNKNOWN;
}

static void
map_status(struct cs_table *t, const struct cells *c, struct cs_record *rec,
    struct texts *x)
{
	const struct table_field *f = &t->fields[CS_FIELD_STATUS];
	const char *cell = c->v[CS_FIELD_STATUS];
	bool cut;

	/* Only a registry without such a column lists none but active ones. */
	if (!c->listed[CS_FIELD_STATUS] && !f->configured) {
		rec->status = CS_STATUS_ACTIVE;
		return;
	}
	if (cell == NULL)
		cell = "";
	rec->status = status_of(t, cell);
	table_report_status(t, cell, rec->status);
	if (rec->status != CS_STATUS_UNKNOWN)
		return;
	rec->status_word = table_cell_copy(cell, x->word, sizeof(x->word), &cut);
	if (x->word[0] == '\0')
		rec->status_word = "(blank)";
}

/* The last valid day of each type a row names; one alone is that of all. */
struct days {
	struct cs_date	 v[TABLE_PARTS_MAX];
	bool		 bad[TABLE_PARTS_MAX];
	size_t		 n;		/* 0: none stated */
};

/*
 * Splits text at sep, or into the columns it was joined of, and keeps empty parts: a
 * date's place says whose it is.
 */
static size_t
parts_split(char *text, char sep, char *out[TABLE_PARTS_MAX])
{
	const char delimiters[] = { TABLE_LIST_BREAK[0], sep, '\0' };
	size_t n = 0;

	while (text != NULL && n < TABLE_PARTS_MAX)
		out[n++] = strsep(&text, delimiters);
	return text == NULL ? n : TABLE_PARTS_MAX + 1;
}

static bool
map_date(const struct cs_table *t, enum cs_field f, const char *text, struct cs_date *out)
{
	bool read;

	if (text == NULL || t->date_format == NULL)
		return true;
	read = cs_cell_date(t->date_format, text, out) != CS_DATE_BAD;
	table_report_day(t, f, text, *out, read);
	return read;
}

static void
days_read(struct cs_table *t, const struct cells *c, struct days *out)
{
	const char *cell = c->v[CS_FIELD_EXPIRES_ON];
	char copy[TABLE_CELL_MAX], *parts[TABLE_PARTS_MAX] = { NULL };
	bool cut, bad = false;

	out->n = 0;
	if (cell == NULL || t->date_format == NULL ||
	    table_cell_copy(cell, copy, sizeof(copy), &cut)[0] == '\0')
		return;
	out->n = parts_split(copy, t->date_separator, parts);
	if (cut || out->n > TABLE_PARTS_MAX) {
		out->n = TABLE_PARTS_MAX + 1;
		remark(t, c, CS_FIELD_EXPIRES_ON, "is too long");
		return;
	}
	for (size_t i = 0; i < out->n; i++) {
		out->v[i] = (struct cs_date){ 0 };
		out->bad[i] = !map_date(t, CS_FIELD_EXPIRES_ON, parts[i], &out->v[i]);
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

/* The day at that place of a list of n. */
static void
map_days(const struct days *d, size_t place, size_t n, struct cs_record *rec)
{
	size_t at = d->n == 1 ? 0 : place;

	if (d->n == 0)
		return;
	if ((d->n != 1 && d->n != n) || d->bad[at])
		dates_unreadable(rec);
	else
		rec->expires_on = d->v[at];
}

static void
map_aliases(struct cs_table *t, const struct cells *c, struct cs_record *rec, struct texts *x)
{
	char *rest, *alias;
	size_t n = 0;
	bool cut;

	rest = table_cell_copy(c->v[CS_FIELD_ALIAS], x->aliases, sizeof(x->aliases), &cut);
	while ((alias = strsep(&rest, TABLE_LIST_BREAK)) != NULL) {
		alias = text_trim(alias);
		if (alias[0] == '\0')
			continue;
		if (n == CS_ALIASES_MAX || strlen(alias) > CS_NUMBER_MAX)
			remark(t, c, CS_FIELD_ALIAS, n == CS_ALIASES_MAX ?
			    "is one too many and left out" : "is too long and left out");
		else
			rec->aliases[n++] = alias;
	}
}

static void
map_names(struct cs_table *t, const struct cells *c, struct cs_record *rec,
    struct texts *x)
{
	bool cut;

	map_aliases(t, c, rec, x);
	(void)table_cell_copy(c->v[CS_FIELD_BUSINESS_NAME], x->name, sizeof(x->name),
	    &cut);
	if (cut)
		remark(t, c, CS_FIELD_BUSINESS_NAME, "is cut: too long");
	rec->business_name = x->name[0] != '\0' ? x->name : NULL;
	(void)table_cell_copy(c->v[CS_FIELD_DBA_NAME], x->dba, sizeof(x->dba), &cut);
	if (cut)
		remark(t, c, CS_FIELD_DBA_NAME, "is cut: too long");
	rec->dba_name = x->dba[0] != '\0' ? x->dba : NULL;
}

/* A row that has values and cannot be read: it may be any firm. */
static void
leave_out(const struct cs_table *t, const struct cells *c, const struct table_field *f,
    const char *what)
{
	cs_left_out(t->poll, c->row != NULL ? c->row : c->v, c->row != NULL ? c->n :
	    CS_FIELD_COUNT, "%s %llu: \"%s\" %s", c->what, (unsigned long long)c->place,
	    table_field_name(f), what);
}

/* Behind the types that the cell names, those whose columns say yes. */
static void
types_add_flags(struct cs_table *t, const struct cells *c, struct table_types *types)
{
	size_t cell_days = types->days;

	for (size_t i = 0; i < t->flag_count; i++) {
		if (c->flags[i] == FLAG_UNKNOWN)
			leave_out(t, c, &t->flags[i].field, "says neither yes nor no");
		if (c->flags[i] != FLAG_YES || types->n == TABLE_PARTS_MAX)
			continue;
		types->places[types->n] = cell_days + i;
		types->codes[types->n++] = t->flags[i].code;
	}
	types->days = cell_days + t->flag_count;
}

/* Words for types come again; what does not may be a name, in a column that is another than
 * thought. */
static bool
word_comes_again(struct cs_table *t, const char *word)
{
	for (size_t i = 0; i < t->unknown_count; i++)
		if (table_word_equal(t->unknown[i], word))
			return true;
	if (t->unknown_count < TABLE_UNKNOWN_MAX)
		(void)text_copy(t->unknown[t->unknown_count++], CS_WORD_MAX + 1, word);
	return false;
}

static void
unknown_type(struct cs_table *t, const struct cells *c, const char *word)
{
	if (t->unknown_told || !word_comes_again(t, word)) {
		remark(t, c, CS_FIELD_TYPE, "has an unknown type");
		return;
	}
	t->unknown_told = true;
	cs_warn(t->poll, "%s %llu: \"%s\" has an unknown type, \"%s\"; type.map says which types "
	    "words are", c->what, (unsigned long long)c->place,
	    table_field_name(&t->fields[CS_FIELD_TYPE]), word);
}

/* One record for each type the cell names; without any, one with none. */
static enum cs_rc
emit_types(struct cs_table *t, const struct cells *c, struct cs_record *rec)
{
	bool listed = c->listed[CS_FIELD_TYPE] || t->flag_count > 0, unreadable;
	struct table_types types = { .n = 0 };
	enum cs_rc rc = CS_OK;
	struct days days;
	size_t records, places;

	if (c->listed[CS_FIELD_TYPE] && !table_types_read(t, c->v[CS_FIELD_TYPE], &types))
		remark(t, c, CS_FIELD_TYPE, "is too long");
	types_add_flags(t, c, &types);
	records = types.n > 0 ? types.n : 1;
	places = types.n > 0 ? types.days : 1;
	unreadable = !map_date(t, CS_FIELD_ISSUED_ON, c->v[CS_FIELD_ISSUED_ON], &rec->issued_on);
	if (unreadable) {
		remark(t, c, CS_FIELD_ISSUED_ON, "has an unreadable date");
		dates_unreadable(rec);
	}
	days_read(t, c, &days);
	if (days.n > 1 && days.n <= TABLE_PARTS_MAX && days.n != places)
		remark(t, c, CS_FIELD_EXPIRES_ON, "has not one date for each type");
	for (size_t i = 0; i < records && rc == CS_OK; i++) {
		struct cs_record one = *rec;

		one.type = types.n > 0 ? types.codes[i] : listed ? NULL : t->type;
		if (types.n > 0 && one.type == NULL)
			unknown_type(t, c, types.unknown);
		if (!unreadable)
			map_days(&days, types.n > 0 ? types.places[i] : 0, places, &one);
		rc = cs_emit(t->poll, &one);
	}
	return rc;
}

static bool
all_blank(const struct cells *c)
{
	for (size_t i = 0; i < CS_FIELD_COUNT; i++)
		if (c->v[i] != NULL)
			return false;
	return true;
}

/* What the row is found by, its number or its name; left out where that cannot be used. */
static bool
row_has_key(const struct cs_table *t, const struct cells *c, struct texts *x)
{
	bool numbered = t->key == CS_FIELD_NUMBER, cut;
	const char *key = table_cell_copy(c->v[t->key], numbered ? x->number : x->name,
	    numbered ? sizeof(x->number) : sizeof(x->name), &cut);

	if (!cut && key[0] != '\0' && strstr(key, TABLE_LIST_BREAK) == NULL)
		return true;
	leave_out(t, c, &t->fields[t->key], cut ? "is too long" : key[0] == '\0' ? "is blank" :
	    "has several values");
	return false;
}

static enum cs_rc
emit_cells(struct cs_table *t, const struct cells *c)
{
	struct cs_record rec = { .status = CS_STATUS_UNKNOWN, .categories = t->categories };
	struct texts x = { .number = "" };
	enum cs_rc rc;

	if (all_blank(c))
		return CS_OK;		/* directories end in rows of commas */
	/* A row, not a number: a firm's former periods are rows of a manifest's count too. */
	t->items++;
	table_report_row(t, c->row, c->n, c->v);
	rc = t->own_items ? CS_OK :
	    cs_item(t->poll, (const char *)&t->items, sizeof(t->items));
	if (rc != CS_OK)
		return rc;
	if (!row_has_key(t, c, &x))
		return CS_OK;
	rec.number = t->key == CS_FIELD_NUMBER ? x.number : NULL;
	map_status(t, c, &rec, &x);
	map_names(t, c, &rec, &x);
	return emit_types(t, c, &rec);
}

/* --- rows ------------------------------------------------------------------- */

/* A day that stands for none is none. */
const char *
table_value(const struct cs_table *t, enum cs_field f, const char *cell)
{
	struct cs_date day;

	if (!cs_cell_has_value(cell))
		return NULL;
	for (const char *const *w = t->none.items; *w != NULL; w++)
		if (table_word_equal(cell, *w))
			return NULL;
	return (f == CS_FIELD_ISSUED_ON || f == CS_FIELD_EXPIRES_ON) && t->date_format != NULL &&
	    cs_cell_date(t->date_format, cell, &day) == CS_DATE_BLANK ? NULL : cell;
}

static enum flag
flag_of(const struct cs_table *t, const char *cell)
{
	static const char *const yes[] = { "yes", "y", "x", "1", "true" };
	static const char *const no[] = { "no", "n", "0", "false" };
	struct cs_date day;

	if (cell == NULL)
		return FLAG_NO;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (table_word_equal(cell, yes[i]))
			return FLAG_YES;
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (table_word_equal(cell, no[i]))
			return FLAG_NO;
	return t->date_format != NULL &&
	    cs_cell_date(t->date_format, cell, &day) == CS_DATE_OK ? FLAG_YES : FLAG_UNKNOWN;
}

/* cell: a value, NULL: none. */
static enum flag
flag_read(const struct cs_table *t, const struct table_flag *flag, const char *cell)
{
	enum flag says = flag_of(t, cell);

	table_report_flag(t, flag, cell, says == FLAG_YES ? flag->code :
	    says == FLAG_NO ? "-" : "");
	return says;
}

/* The first of a field's columns that has a value in the row. */
static const char *
row_value(const struct cs_table *t, enum cs_field kind, const struct table_field *f,
    const char *const *values, char joined[TABLE_JOINED_MAX])
{
	const char *v = NULL;

	for (size_t k = 0; k < f->column_count && v == NULL; k++)
		v = table_column_value(t, kind, &f->columns[k], values, joined);
	return v;
}

/* The same of a tree. */
static const char *
tree_value(const struct cs_table *t, enum cs_field kind, const struct table_field *f,
    table_get_fn *get, const void *node, char joined[TABLE_JOINED_MAX], bool *listed)
{
	const char *v = NULL;

	for (const char *const *a = f->names.items; *a != NULL && v == NULL; a++)
		v = table_tree_value(t, kind, *a, get, node, joined, listed);
	return v;
}

/* A line of one cell among many columns: no firm has lost all else. */
static bool
row_is_heading(const char *const *values, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += cs_cell_has_value(values[i]);
	return n >= HEADING_COLUMNS && count == 1;
}

static enum cs_rc
other_header(const struct cs_table *t, uint64_t line)
{
	char first[48] = "";

	if (t->header_line != 0)
		(void)snprintf(first, sizeof(first), ", other than line %llu",
		    (unsigned long long)t->header_line);
	return cs_fail(t->poll, CS_E_INPUT, "line %llu is a header again%s: two lists in one?",
	    (unsigned long long)line, first);
}

enum cs_rc
cs_table_row(struct cs_table *t, const char *const *values, size_t n,
    uint64_t line)
{
	struct cells c = { .what = "line", .place = line, .row = values, .n = n };
	enum table_again again;

	if (n != t->columns)
		return cs_fail(t->poll, CS_E_INPUT,
		    "line %llu: %zu fields, the header has %zu",
		    (unsigned long long)line, n, t->columns);
	again = table_row_is_header(t, values);
	if (again != TABLE_ROW)
		return again == TABLE_PAGE_BREAK ? CS_OK : other_header(t, line);
	for (size_t i = 0; i < CS_FIELD_COUNT; i++) {
		const struct table_field *f = &t->fields[i];

		c.listed[i] = f->column_count > 0;
		c.v[i] = row_value(t, (enum cs_field)i, f, values, t->joined[i]);
	}
	if ((t->key != CS_FIELD_NUMBER || c.v[CS_FIELD_NUMBER] == NULL) &&
	    row_is_heading(values, n))
		return CS_OK;
	for (size_t i = 0; i < t->flag_count; i++)
		c.flags[i] = flag_read(t, &t->flags[i], row_value(t, CS_FIELD_STATUS,
		    &t->flags[i].field, values, t->joined[CS_FIELD_COUNT]));
	return emit_cells(t, &c);
}

void
cs_table_categories(struct cs_table *t, unsigned categories)
{
	t->categories = categories;
}

enum cs_rc
cs_table_tree(struct cs_table *t,
    const char *(*get)(const void *node, const char *name), const void *node,
    uint64_t index)
{
	struct cells c = { .what = "record", .place = index };

	table_report_trees(t);
	t->trees++;
	for (size_t i = 0; i < CS_FIELD_COUNT; i++) {
		c.v[i] = tree_value(t, (enum cs_field)i, &t->fields[i], get, node, t->joined[i],
		    &c.listed[i]);
		t->fields[i].seen = t->fields[i].seen || c.listed[i];
	}
	for (size_t i = 0; i < t->flag_count; i++)
		c.flags[i] = flag_read(t, &t->flags[i], tree_value(t, CS_FIELD_STATUS,
		    &t->flags[i].field, get, node, t->joined[CS_FIELD_COUNT],
		    &t->flags[i].field.seen));
	return emit_cells(t, &c);
}

/* A column that no tree had; flags: a firm that has none of a type is often left without. */
static enum cs_rc
tree_column_lost(struct cs_table *t, const struct table_field *f, bool needed, bool flag)
{
	const char *name = table_field_name(f);

	if (needed)
		return cs_fail(t->poll, CS_E_INPUT, "no record has a \"%s\"; "
		    "has the layout changed? See %s", name, f->setting);
	if (flag)
		cs_left_out(t->poll, &name, 1, "no record has a \"%s\"; see %s", name, f->setting);
	else
		cs_warn(t->poll, "no record has a \"%s\"", name);
	return CS_OK;
}

enum cs_rc
cs_table_tree_end(struct cs_table *t)
{
	enum cs_rc rc = CS_OK;

	if (t->trees == 0)
		return CS_OK;
	for (size_t i = 0; i < CS_FIELD_COUNT && rc == CS_OK; i++)
		if (t->fields[i].configured && !t->fields[i].seen)
			rc = tree_column_lost(t, &t->fields[i], i != CS_FIELD_ALIAS &&
			    i != CS_FIELD_DBA_NAME && i != CS_FIELD_ISSUED_ON, false);
	for (size_t i = 0; i < t->flag_count && rc == CS_OK; i++)
		if (!t->flags[i].field.seen)
			rc = tree_column_lost(t, &t->flags[i].field, false, true);
	return rc;
}
