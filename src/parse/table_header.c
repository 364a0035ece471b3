/* SPDX-License-Identifier: ISC */
/* table_header.c -- see table_inside.h: which columns of a header the fields are in. */
#include "parse/table_inside.h"

#include <string.h>

#define HEADER_TEXT	200	/* bytes of a header in a message */

const char *
table_field_name(const struct cs_table *t, enum cs_field f)
{
	return t->fields[f].names.items[0] != NULL ?
	    t->fields[f].names.items[0] : table_field_setting(f);
}

/* The column called name, SIZE_MAX: there is none.  CS_E_INPUT: there are two. */
static enum cs_rc
column_find(const struct cs_table *t, const char *name, const char *const *names, size_t n,
    size_t *out)
{
	*out = SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		if (!table_word_equal(names[i], name))
			continue;
		if (*out != SIZE_MAX)
			return cs_fail(t->poll, CS_E_INPUT,
			    "the column \"%s\" is there twice", name);
		*out = i;
	}
	return CS_OK;
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

/* The columns a field is in: those of its alternatives that the header has. */
static enum cs_rc
find_columns(struct cs_table *t, enum cs_field f, const char *const *names, size_t n)
{
	struct table_field *field = &t->fields[f];
	char header[HEADER_TEXT];
	enum cs_rc rc;
	size_t at;

	field->column_count = 0;
	for (const char **a = field->names.items; *a != NULL; a++) {
		if ((rc = column_find(t, *a, names, n, &at)) != CS_OK)
			return rc;
		if (at != SIZE_MAX)
			field->columns[field->column_count++] = at;
	}
	if (field->column_count > 0)
		return CS_OK;
	/* A list that has lost it says "no end" and "in force" of everybody. */
	if (!field->configured && field->names.items[0] != NULL &&
	    (f == CS_FIELD_EXPIRES_ON || f == CS_FIELD_STATUS))
		cs_warn(t->poll, "there is no column \"%s\"; if it has another name now, set %s",
		    table_field_name(t, f), table_field_setting(f));
	if (field->configured)
		return cs_fail(t->poll, CS_E_INPUT, "there is no column \"%s\" among these %zu: "
		    "%s; has the layout changed? See %s", table_field_name(t, f), n,
		    header_text(names, n, header), table_field_setting(f));
	return CS_OK;
}

enum cs_rc
cs_table_header(struct cs_table *t, const char *const *names, size_t n)
{
	enum cs_rc rc = CS_OK;

	for (size_t i = 0; rc == CS_OK && i < CS_FIELD_COUNT; i++)
		rc = find_columns(t, (enum cs_field)i, names, n);
	t->columns = n;
	return rc;
}

bool
table_row_is_header(const struct cs_table *t, const char *const *values)
{
	const struct table_field *number = &t->fields[CS_FIELD_NUMBER];

	for (size_t i = 0; i < number->column_count; i++)
		for (const char *const *a = number->names.items; *a != NULL; a++)
			if (table_word_equal(values[number->columns[i]], *a))
				return true;
	return false;
}
