/* SPDX-License-Identifier: ISC */
/* table_header.c -- see table_inside.h: which columns of a header the fields are in. */
#include "parse/table_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_TEXT	200	/* bytes of a header in a message */

const char *
table_field_name(const struct table_field *f)
{
	return f->names.items[0] != NULL ? f->names.items[0] : f->setting;
}

/* The start of the header, for messages: names of columns are nobody's data. */
static const char *
header_text(const char *const *names, size_t n, char out[HEADER_TEXT])
{
	size_t used = 0;
	bool cut;

	out[0] = '\0';
	for (size_t i = 0; i < n && used + 8 < HEADER_TEXT; i++) {
		if (i > 0) {
			(void)strcpy(out + used, " | ");
			used += 3;
		}
		(void)table_cell_copy(names[i], out + used, HEADER_TEXT - 4 - used, &cut);
		used += strlen(out + used);
		if (cut) {
			(void)strcpy(out + used, "...");
			break;
		}
	}
	return out;
}

/* What is said of a field that has no column among these names. */
static const char *
missing_text(const struct table_field *f, const char *const *names, size_t n,
    char out[TABLE_NEAREST_MAX])
{
	char header[HEADER_TEXT];

	if (names == NULL)
		(void)snprintf(out, TABLE_NEAREST_MAX, "there is no column \"%s\" among %zu "
		    "without names; write #1 for the first. See %s", table_field_name(f), n,
		    f->setting);
	else
		(void)snprintf(out, TABLE_NEAREST_MAX, "there is no column \"%s\" among these "
		    "%zu: %s; has the layout changed? See %s", table_field_name(f), n,
		    header_text(names, n, header), f->setting);
	return out;
}

/* The columns a field is in: those of its alternatives that the header has. */
static enum cs_rc
find_columns(struct cs_table *t, struct table_field *field, const char *const *names, size_t n)
{
	struct table_column column;
	char text[TABLE_NEAREST_MAX];

	field->column_count = 0;
	for (const char **a = field->names.items; *a != NULL; a++) {
		size_t count = table_column_find(*a, names, n, &column);

		if (count > 1)
			return cs_fail(t->poll, CS_E_INPUT, "the column \"%s\" is there twice: "
			    "write \"%s#1\" for the first of them. See %s", *a, *a,
			    field->setting);
		if (count == 1)
			field->columns[field->column_count++] = column;
	}
	if (field->column_count > 0)
		return CS_OK;
	/* A list that has lost it says "no end" and "in force" of everybody. */
	if (!field->configured && field->names.items[0] != NULL &&
	    (field == &t->fields[CS_FIELD_EXPIRES_ON] || field == &t->fields[CS_FIELD_STATUS]))
		cs_warn(t->poll, "there is no column \"%s\"; if it has another name now, set %s",
		    table_field_name(field), field->setting);
	return !field->configured ? CS_OK : cs_fail(t->poll, CS_E_INPUT, "%s",
	    missing_text(field, names, n, text));
}

/* Keeps the names, to know them again. */
static enum cs_rc
names_keep(struct cs_table *t, const char *const *names, size_t n)
{
	size_t len = 0, used = 0;

	free(t->header);
	t->header = NULL;
	for (size_t i = 0; names != NULL && i < n; i++)
		len += strlen(names[i]) + 1;
	if (len == 0)
		return CS_OK;
	t->header = malloc(len);
	if (t->header == NULL)
		return CS_E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		size_t size = strlen(names[i]) + 1;

		memcpy(t->header + used, names[i], size);
		used += size;
	}
	return CS_OK;
}

enum cs_rc
cs_table_header(struct cs_table *t, const char *const *names, size_t n)
{
	enum cs_rc rc = names_keep(t, names, n);

	for (size_t i = 0; rc == CS_OK && i < CS_FIELD_COUNT; i++)
		rc = find_columns(t, &t->fields[i], names, n);
	for (size_t i = 0; rc == CS_OK && i < t->flag_count; i++)
		rc = find_columns(t, &t->flags[i].field, names, n);
	t->columns = n;
	if (rc == CS_OK)
		table_report_header(t, names, n);
	else
		table_report_line(t, names, n);
	return rc;
}

/* --- looking for it ------------------------------------------------------------- */

/* What a line has of the columns that a header must have. */
struct hits {
	size_t	 found;
	const struct table_field *missing;	/* the first one; NULL: none */
};

static void
hits_count(struct hits *h, const struct table_field *f, const char *const *names, size_t n)
{
	struct table_column column;

	if (!f->configured)
		return;
	for (const char *const *a = f->names.items; *a != NULL; a++)
		if (!table_column_is_named(*a) || table_column_find(*a, names, n, &column) > 0) {
			h->found++;
			return;
		}
	if (h->missing == NULL)
		h->missing = f;
}

enum cs_rc
cs_table_seek_header(struct cs_table *t, const char *const *names, size_t n, uint64_t line)
{
	struct hits hits = { .missing = NULL };

	if (names == NULL)
		return cs_fail(t->poll, CS_E_INPUT, "%s", t->nearest[0] != '\0' ? t->nearest :
		    "no header line: the file is blank");
	for (size_t i = 0; i < CS_FIELD_COUNT; i++)
		hits_count(&hits, &t->fields[i], names, n);
	for (size_t i = 0; i < t->flag_count; i++)
		hits_count(&hits, &t->flags[i].field, names, n);
	if (hits.missing == NULL) {
		t->header_line = line;
		return cs_table_header(t, names, n);
	}
	table_preamble_line(t, names, n);
	table_report_line(t, names, n);
	if (hits.found > t->nearest_hits || t->nearest[0] == '\0') {
		t->nearest_hits = hits.found;
		(void)missing_text(hits.missing, names, n, t->nearest);
	}
	return CS_DONE;
}

/* --- finding it again ------------------------------------------------------------ */

static const char *
name_at(const struct cs_table *t, size_t column)
{
	const char *name = t->header;

	while (column-- > 0)
		name += strlen(name) + 1;
	return name;
}

enum table_again
table_row_is_header(const struct cs_table *t, const char *const *values)
{
	const struct table_field *key = &t->fields[t->key];
	size_t column = key->columns[0].parts[0];
	const char *name = t->header;

	if (t->header == NULL || key->column_count == 0 ||
	    !table_word_equal(values[column], name_at(t, column)))
		return TABLE_ROW;
	for (size_t i = 0; i < t->columns; i++, name += strlen(name) + 1)
		if (strcmp(values[i], name) != 0)
			return TABLE_OTHER_HEADER;
	return TABLE_PAGE_BREAK;
}
