/* SPDX-License-Identifier: ISC */
/*
 * table_report.c -- see table_inside.h: what a table tells of a list that is only tried.
 * Without a report (parse/report.h) all of it does nothing.
 */
#include "parse/table_inside.h"

#include <stdio.h>
#include <string.h>

#include <certsync/cell.h>

#include "base/text.h"
#include "parse/report.h"

#define SHAPE_MAX	40	/* bytes of how a day is written, as "xxxxxxxxx 99, 9999" */

/* Texts put together as "a, b". */
struct joined {
	char	 text[REPORT_TEXT_MAX + 1];
	size_t	 len;
};

static void
joined_add(struct joined *j, const char *text)
{
	int n = snprintf(j->text + j->len, sizeof(j->text) - j->len, "%s%s",
	    j->len > 0 ? ", " : "", text);

	j->len += n > 0 ? (size_t)n : 0;
	if (j->len >= sizeof(j->text))
		j->len = sizeof(j->text) - 1;
}

/* --- columns ---------------------------------------------------------------------- */

static bool
field_reads(const struct table_field *f, size_t column)
{
	for (size_t i = 0; i < f->column_count; i++)
		for (size_t k = 0; k < f->columns[i].n; k++)
			if (f->columns[i].parts[k] == column)
				return true;
	return false;
}

static const char *
column_settings(const struct cs_table *t, size_t column, struct joined *out)
{
	*out = (struct joined){ .len = 0 };
	for (size_t i = 0; i < CS_FIELD_COUNT; i++)
		if (field_reads(&t->fields[i], column))
			joined_add(out, t->fields[i].setting);
	for (size_t i = 0; i < t->flag_count; i++)
		if (field_reads(&t->flags[i].field, column))
			joined_add(out, t->flags[i].field.setting);
	return out->text;
}

/* As a setting would write it: "City", "City#2" for the second one, "#3" without a name. */
static const char *
column_name(const char *const *names, size_t column, char out[REPORT_TEXT_MAX + 1])
{
	size_t before = 0;
	bool cut;

	if (names != NULL && cs_cell_has_value(names[column])) {
		(void)table_cell_copy(names[column], out, REPORT_TEXT_MAX - 4, &cut);
		for (size_t i = 0; i < column; i++)
			before += table_word_equal(names[i], out);
		if (before > 0)
			(void)snprintf(out + strlen(out), 5, "#%zu", before % 999 + 1);
	} else
		(void)snprintf(out, REPORT_TEXT_MAX + 1, "#%zu", column + 1);
	return out;
}

static void
columns_report(const struct cs_table *t, const char *const *names, size_t n, bool read)
{
	char name[REPORT_TEXT_MAX + 1];
	struct joined settings;

	report_clear(t->report, REPORT_COLUMN);
	for (size_t i = 0; i < n; i++)
		report_count(t->report, REPORT_COLUMN, column_name(names, i, name),
		    read ? column_settings(t, i, &settings) : "", 0);
}

/* The columns a field is read from, as they are written. */
static const char *
field_columns(const struct table_field *f, const char *const *names, bool tree,
    struct joined *out)
{
	char name[REPORT_TEXT_MAX + 1];

	*out = (struct joined){ .len = 0 };
	for (const char *const *a = f->names.items; tree && *a != NULL; a++)
		joined_add(out, *a);
	for (size_t i = 0; i < f->column_count; i++)
		for (size_t k = 0; k < f->columns[i].n; k++)
			joined_add(out, column_name(names, f->columns[i].parts[k], name));
	return out->text;
}

static void
fields_report(const struct cs_table *t, const char *const *names, bool tree)
{
	struct joined columns;

	report_clear(t->report, REPORT_FIELD);
	for (size_t i = 0; i < CS_FIELD_COUNT; i++)
		if (t->fields[i].names.items[0] != NULL)
			report_count(t->report, REPORT_FIELD, t->fields[i].setting,
			    field_columns(&t->fields[i], names, tree, &columns), 0);
	for (size_t i = 0; i < t->flag_count; i++)
		report_count(t->report, REPORT_FIELD, t->flags[i].field.setting,
		    field_columns(&t->flags[i].field, names, tree, &columns), 0);
}

void
table_report_header(struct cs_table *t, const char *const *names, size_t n)
{
	if (t->report == NULL)
		return;
	columns_report(t, names, n, true);
	fields_report(t, names, false);
	report_count(t->report, REPORT_LIST, "columns", "", n);
	report_count(t->report, REPORT_LIST, "header line", "", t->header_line);
}

void
table_report_line(struct cs_table *t, const char *const *names, size_t n)
{
	size_t cells = 0;

	if (t->report == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		cells += cs_cell_has_value(names[i]);
	if (cells <= t->widest)
		return;
	t->widest = cells;
	columns_report(t, names, n, false);
}

/* --- rows ------------------------------------------------------------------------------ */

void
table_report_row(const struct cs_table *t, const char *const *row, size_t n,
    const char *const *values)
{
	if (t->report == NULL)
		return;
	report_count(t->report, REPORT_LIST, "rows", "", 1);
	for (size_t i = 0; row != NULL && i < n; i++)
		if (table_value(t, CS_FIELD_STATUS, row[i]) != NULL)
			report_count_at(t->report, REPORT_COLUMN, i, 1);
	for (size_t i = 0; i < CS_FIELD_COUNT; i++)
		if (values[i] != NULL)
			report_count(t->report, REPORT_FIELD, t->fields[i].setting, "", 1);
}

/* Whether what a setting writes reads the member, or something inside it. */
static bool
written_reads(const char *written, const char *member)
{
	size_t len = strlen(member);

	for (const char *at = written; at != NULL; at = strstr(at, TABLE_PLUS)) {
		at += at != written ? strlen(TABLE_PLUS) : 0;
		if (strncmp(at, member, len) == 0 && (strchr("./", at[len]) != NULL ||
		    strncmp(at + len, TABLE_PLUS, strlen(TABLE_PLUS)) == 0))
			return true;
	}
	return false;
}

static void
member_settings_add(const struct table_field *f, const char *member, struct joined *out)
{
	for (const char *const *a = f->names.items; *a != NULL; a++)
		if (written_reads(*a, member)) {
			joined_add(out, f->setting);
			return;
		}
}

bool
cs_table_tree_member(struct cs_table *t, const char *name)
{
	struct joined settings = { .len = 0 };

	if (t->report == NULL)
		return false;
	for (size_t i = 0; i < CS_FIELD_COUNT; i++)
		member_settings_add(&t->fields[i], name, &settings);
	for (size_t i = 0; i < t->flag_count; i++)
		member_settings_add(&t->flags[i].field, name, &settings);
	report_count(t->report, REPORT_COLUMN, name, settings.text, 1);
	return true;
}

void
table_report_trees(const struct cs_table *t)
{
	if (t->report != NULL && t->trees == 0)
		fields_report(t, NULL, true);
}

/* --- words ----------------------------------------------------------------------------- */

void
table_report_status(const struct cs_table *t, const char *cell, enum cs_status status)
{
	static const char *const names[] = {
		[CS_STATUS_UNKNOWN] = "", [CS_STATUS_ACTIVE] = "active",
		[CS_STATUS_PENDING] = "pending", [CS_STATUS_SUSPENDED] = "suspended",
		[CS_STATUS_EXCLUDED] = "excluded",
		[CS_STATUS_EXPIRED] = "expired", [CS_STATUS_GRADUATED] = "graduated",
		[CS_STATUS_WITHDRAWN] = "withdrawn", [CS_STATUS_DECERTIFIED] = "decertified"
	};
	char word[REPORT_TEXT_MAX + 1];
	bool cut;

	if (t->report == NULL)
		return;
	(void)table_cell_copy(cell, word, sizeof(word), &cut);
	report_count(t->report, REPORT_STATUS, word[0] != '\0' ? word : "(blank)",
	    names[status], 1);
}

void
table_report_type(const struct cs_table *t, const char *word, const char *code)
{
	report_count(t->report, REPORT_TYPE, word, code != NULL ? code : "", 1);
}

void
table_report_flag(const struct cs_table *t, const struct table_flag *flag, const char *cell,
    const char *meaning)
{
	char text[REPORT_TEXT_MAX + 1], word[REPORT_TEXT_MAX / 2];
	bool cut;

	if (t->report == NULL)
		return;
	(void)table_cell_copy(cell, word, sizeof(word), &cut);
	(void)snprintf(text, sizeof(text), "%s: %s", table_field_name(&flag->field),
	    word[0] != '\0' ? word : "(blank)");
	table_report_type(t, text, meaning);
	report_count(t->report, REPORT_FIELD, flag->field.setting, "", cell != NULL);
}

/* How it is written: digits as 9, letters as x. */
static const char *
day_shape(const char *cell, char out[SHAPE_MAX + 1])
{
	size_t n = 0;

	for (; *cell != '\0' && n < SHAPE_MAX; cell++)
		out[n++] = *cell >= '0' && *cell <= '9' ? '9' :
		    ((*cell | 0x20) >= 'a' && (*cell | 0x20) <= 'z') ||
		    (unsigned char)*cell >= 0x80 ? 'x' : *cell;
	out[n] = '\0';
	return out;
}

void
table_report_day(const struct cs_table *t, enum cs_field f, const char *cell, struct cs_date day,
    bool read)
{
	char word[REPORT_TEXT_MAX + 1], shape[SHAPE_MAX + 1], text[CS_DATE_TEXT];

	if (t->report == NULL || cell == NULL)
		return;
	(void)snprintf(word, sizeof(word), "%s %s",
	    f == CS_FIELD_ISSUED_ON ? "issued_on" : "expires_on", day_shape(cell, shape));
	report_count(t->report, REPORT_DATE, word, !read ? "" :
	    cs_date_is_set(day) ? cs_date_text(day, text) : "-", 1);
}
