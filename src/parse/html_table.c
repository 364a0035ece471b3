/* SPDX-License-Identifier: ISC */
/* html_table.c -- see html_inside.h: rows out of tags and text. */
#include <stdlib.h>
#include <string.h>

#include <certsync/cell.h>
#include <certsync/table.h>

#include "parse/entity.h"
#include "parse/host.h"
#include "parse/html_inside.h"
#include "parse/report.h"

#define HEADER_ROWS	30	/* of a table, among which its header is */

/* --- cells ----------------------------------------------------------------------- */

void
html_spans_free(struct cs_html *h)
{
	for (size_t i = 0; i < CS_CSV_COLUMNS_MAX; i++) {
		free(h->spans[i].text);
		h->spans[i] = (struct html_span){ 0 };
	}
}

static void
row_add(struct cs_html *h, char b)
{
	if (h->used - h->cell_start >= CS_CSV_FIELD_MAX)
		h->fault = "a cell is too long";
	else if (h->used >= CS_CSV_ROW_MAX)
		h->fault = "the row is too long";
	else
		h->row[h->used++] = b;
}

/* The cell's last byte; '\0': it has none. */
static char
cell_last(const struct cs_html *h)
{
	return h->used > h->cell_start ? h->row[h->used - 1] : '\0';
}

void
html_text(struct cs_html *h, const char *s, size_t len)
{
	for (size_t i = 0; h->cell_open && i < len; i++) {
		unsigned char b = (unsigned char)s[i];
		char last = cell_last(h);

		if (b > ' ' && b != 0x7f)
			row_add(h, s[i]);
		else if (last != '\0' && last != ' ' && last != CS_TABLE_BREAK[0])
			row_add(h, ' ');
	}
}

/* What follows is another value, if something came before. */
static void
cell_break(struct cs_html *h)
{
	if (!h->cell_open)
		return;
	while (cell_last(h) == ' ')
		h->used--;
	if (cell_last(h) != '\0' && cell_last(h) != CS_TABLE_BREAK[0])
		row_add(h, CS_TABLE_BREAK[0]);
}

/* Ends a field of the row; the text is behind cell_start. */
static void
field_end(struct cs_html *h)
{
	if (h->n == CS_CSV_COLUMNS_MAX) {
		h->fault = "too many cells";
		h->used = h->cell_start;
		return;
	}
	h->fields[h->n++] = h->row + h->cell_start;
	h->row[h->used++] = '\0';
	h->cell_start = h->used;
}

/* Cells of rows above that stand in this one. */
static void
spans_fill(struct cs_html *h)
{
	while (h->n < CS_CSV_COLUMNS_MAX && h->spans[h->n].rows > 0) {
		struct html_span *span = &h->spans[h->n];

		span->rows--;
		h->cell_start = h->used;
		for (const char *s = span->text; *s != '\0'; s++)
			row_add(h, *s);
		field_end(h);
	}
}

static void
span_keep(struct cs_html *h, size_t column, unsigned rows)
{
	struct html_span *span = &h->spans[column];

	free(span->text);
	span->text = strdup(h->fields[column]);
	span->rows = span->text != NULL ? rows : 0;
	if (span->text == NULL)
		h->rc = CS_E_NOMEM;
}

static void
cell_close(struct cs_html *h)
{
	size_t column = h->n;

	if (!h->cell_open)
		return;
	h->cell_open = false;
	while (cell_last(h) == ' ' || cell_last(h) == CS_TABLE_BREAK[0])
		h->used--;
	field_end(h);
	for (unsigned i = 1; i < h->cell_columns && h->fault == NULL; i++)
		field_end(h);
	for (size_t i = column; i < h->n && h->cell_rows > 1 && h->found > 0 && !h->done; i++)
		span_keep(h, i, h->cell_rows - 1);
}

static void
cell_begin(struct cs_html *h)
{
	cell_close(h);
	spans_fill(h);
	h->cell_start = h->used;
	h->cell_columns = h->colspan;
	h->cell_rows = h->rowspan;
	h->cell_open = true;
	h->cells++;
}

/* --- rows ------------------------------------------------------------------------ */

/* What stands in two lines of a header's cell is one name. */
static void
row_unbreak(struct cs_html *h)
{
	for (size_t i = 0; i < h->used; i++)
		if (h->row[i] == CS_TABLE_BREAK[0])
			h->row[i] = ' ';
}

/* Whether the row has the names of the header, in lines or not. */
static bool
row_is_header(const struct cs_html *h)
{
	const char *name = h->header;

	if (h->fault != NULL || h->n != h->columns)
		return false;
	for (size_t i = 0; i < h->n; i++, name++)
		for (const char *s = h->fields[i]; *s != '\0' || *name != '\0'; s++, name++)
			if (*s != *name && (*s != CS_TABLE_BREAK[0] || *name != ' '))
				return false;
	return true;
}

static size_t
row_values(const struct cs_html *h)
{
	size_t count = 0;

	for (size_t i = 0; i < h->n; i++)
		count += cs_cell_has_value(h->fields[i]);
	return count;
}

static void
header_keep(struct cs_html *h)
{
	h->found = h->depth;
	h->columns = h->n;
	report_count(host_poll_report(h->poll), REPORT_LIST, "encoding",
	    charset_name(&h->charset), 0);
	h->header = malloc(h->used);
	if (h->header == NULL)
		h->rc = CS_E_NOMEM;
	else
		memcpy(h->header, h->row, h->used);
}

/* Whether the row is the header. */
static void
row_seek(struct cs_html *h)
{
	enum cs_rc rc;

	h->tried[0] = 1;
	if (h->fault != NULL || h->tried[h->depth]++ >= HEADER_ROWS)
		return;
	row_unbreak(h);
	rc = h->ops->header(h->arg, h->fields, h->n);
	if (rc == CS_OK)
		header_keep(h);
	else if (rc != CS_DONE)
		h->rc = rc;
}

static void
row_leave_out(struct cs_html *h, const char *why)
{
	cs_left_out(h->poll, h->fields, h->n, "line %llu: %s", (unsigned long long)h->row_line,
	    why);
}

/* Blank cells at the end may be there or not; others that are missing are a guess. */
static bool
row_fit(struct cs_html *h)
{
	static const char blank[] = "";

	while (h->n > h->columns && !cs_cell_has_value(h->fields[h->n - 1]))
		h->n--;
	if (h->fault == NULL && h->n > h->columns)
		h->fault = "more cells than the header has, left out";
	if (h->fault == NULL && h->n < h->columns && row_values(h) < 2)
		h->fault = "one cell alone, left out";
	if (h->fault == NULL && h->n < h->columns)
		row_leave_out(h, "fewer cells than the header has: the last ones are taken for "
		    "blank");
	if (h->fault != NULL)
		row_leave_out(h, h->fault);
	while (h->fault == NULL && h->n < h->columns)
		h->fields[h->n++] = blank;
	return h->fault == NULL;
}

/* What was written by name twice, as "&amp;amp;", is text all the same. */
static void
row_plain(struct cs_html *h)
{
	for (size_t i = 0; i < h->n; i++)
		if (strchr(h->fields[i], '&') != NULL)
			(void)entity_copy(h->fields[i], strlen(h->fields[i]),
			    h->row + (h->fields[i] - h->row));
}

static void
row_deliver(struct cs_html *h)
{
	/* A page break, a blank row, or a heading over all columns. */
	if (h->fault == NULL && (row_is_header(h) || row_values(h) == 0 ||
	    (h->cells == 1 && h->columns > 1 && h->cell_columns >= h->columns)))
		return;
	if (!row_fit(h))
		return;
	row_plain(h);
	h->rc = h->ops->row(h->arg, h->fields, h->n, h->row_line);
}

/* Behind the table: a list in several tables is not read by its first one. */
static void
row_after(struct cs_html *h)
{
	if (h->told || !row_is_header(h))
		return;
	row_leave_out(h, "another table with the same columns, which is not read");
	h->told = true;
}

static void
row_close(struct cs_html *h)
{
	if (!h->row_open)
		return;
	cell_close(h);
	spans_fill(h);
	h->row_open = false;
	if (h->rc != CS_OK || h->n == 0)
		return;
	if (h->done)
		row_after(h);
	else if (h->found > 0)
		row_deliver(h);
	else
		row_seek(h);
}

static void
row_begin(struct cs_html *h)
{
	h->row_open = true;
	h->row_line = h->line;
	h->fault = NULL;
	h->n = h->used = h->cell_start = h->cells = 0;
}

/* --- tags ------------------------------------------------------------------------ */

static void
table_open(struct cs_html *h)
{
	if (h->depth == CS_HTML_DEPTH) {
		h->rc = cs_fail(h->poll, CS_E_LIMIT, "HTML, line %llu: tables in tables, over %d",
		    (unsigned long long)h->line, CS_HTML_DEPTH);
		return;
	}
	h->depth++;
	h->tried[h->depth] = 0;
	/* What has a table in it is layout, not a row of a list. */
	if (h->found == 0 || h->done)
		h->row_open = h->cell_open = false;
}

static void
table_close(struct cs_html *h)
{
	if (h->depth == 0)
		return;
	if (h->found == 0 || h->found == h->depth || h->done)
		row_close(h);
	if (h->found == h->depth && !h->done) {
		h->done = true;
		html_spans_free(h);
	}
	h->depth--;
}

static bool
tag_is(const struct cs_html *h, const char *const *names)
{
	while (*names != NULL && strcmp(*names, h->tag.text) != 0)
		names++;
	return *names != NULL && h->tag.len <= HTML_NAME_MAX;
}

void
html_tag(struct cs_html *h)
{
	static const char *const table[] = { "table", NULL }, *const row[] = { "tr", NULL },
	    *const cell[] = { "td", "th", NULL },
	    *const part[] = { "thead", "tbody", "tfoot", "caption", NULL },
	    *const block[] = { "br", "p", "div", "li", "ul", "ol", "tr", "td", "th", "hr", NULL };
	bool nested = h->found > 0 && h->depth > h->found && !h->done;

	if (h->rc != CS_OK)
		return;
	if (tag_is(h, table)) {
		if (h->closing)
			table_close(h);
		else
			table_open(h);
	} else if (h->depth == 0) {
		return;
	} else if (!nested && (tag_is(h, row) || tag_is(h, part))) {
		row_close(h);
		if (tag_is(h, row) && !h->closing)
			row_begin(h);
	} else if (!nested && tag_is(h, cell)) {
		if (!h->row_open)
			row_begin(h);
		if (h->closing)
			cell_close(h);
		else
			cell_begin(h);
	} else if (tag_is(h, block)) {
		cell_break(h);
	}
}
