/* SPDX-License-Identifier: ISC */
/* csv_row.c -- see csv_inside.h: one row, read by libcsv, and what becomes of it. */
#include "parse/csv_inside.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <certsync/cell.h>

#include "parse/entity.h"
#include "parse/host.h"
#include "parse/report.h"

#define FIELD_BLOCK	4096	/* bytes libcsv grows a field by */
#define FIELD_BUFFER	(CS_CSV_FIELD_MAX + FIELD_BLOCK)

/* What a line in a row of its own says that has one cell, and is no firm. */
static const char *const footers[] = {
	"total", "grand total", "subtotal", "records", "record count", "row count", "count",
	"number of", "page ", "end of", "source:", "note:", "notes:", "as of", "data as of",
	"report ", "generated", "printed", "exported", "run date", "last updated", "updated",
	"copyright", "(c) ", "\xc2\xa9", "*"
};

enum cs_rc
csv_fail(struct cs_csv *c, enum cs_rc rc, const char *what)
{
	if (c->rc != CS_OK)
		return c->rc;
	return c->rc = cs_fail(c->poll, rc, "CSV, line %llu: %s",
	    (unsigned long long)c->row_line, what);
}

/* --- the fields of a row ------------------------------------------------------ */

/*
 * A field grows without limit unless realloc says no.  libcsv asks for less and
 * less until it gets a byte, so the cap is exact.
 */
static void *
capped_realloc(void *p, size_t size)
{
	return size > FIELD_BUFFER ? NULL : realloc(p, size);
}

/*
 * Copies a field to out without control characters: CR goes (the text may have
 * CRLF line ends inside quotes), others become a space; what HTML writes by name is
 * what it stands for.  SIZE_MAX: a NUL.
 */
static size_t
field_copy(struct cs_csv *c, const unsigned char *s, size_t len, char *out)
{
	size_t n = 0, entity, out_len;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '&' && (entity = entity_read((const char *)s + i, len - i, out + n,
		    &out_len)) > 0) {
			n += out_len;
			i += entity - 1;
			continue;
		}
		/* C1 controls are 0xc2 0x80..0x9f in UTF-8. */
		bool c1 = s[i] == 0xc2 && i + 1 < len && s[i + 1] <= 0x9f;

		if (s[i] == '\0')
			return SIZE_MAX;
		if (s[i] == '\r')
			continue;
		if ((s[i] >= 0x20 && s[i] != 0x7f && !c1) || s[i] == '\t' ||
		    s[i] == '\n') {
			out[n++] = (char)s[i];
			continue;
		}
		if (!c->warned)
			cs_warn(c->poll, "CSV, line %llu: control characters "
			    "read as spaces; is the encoding right?",
			    (unsigned long long)c->row_line);
		c->warned = true;
		out[n++] = ' ';
		i += c1;
	}
	return n;
}

static void
csv_on_field(void *data, size_t len, void *arg)
{
	struct cs_csv *c = arg;
	size_t n;

	if (c->fault != NULL || c->rc != CS_OK)
		return;
	if (len > CS_CSV_FIELD_MAX)
		c->fault = "a field is too long";
	else if (c->n == CS_CSV_COLUMNS_MAX)
		c->fault = "too many fields";
	else if (len > CS_CSV_ROW_MAX - (c->used - c->n))
		c->fault = "the row is too long";
	if (c->fault != NULL)
		return;
	n = field_copy(c, data, len, c->row + c->used);
	if (n == SIZE_MAX) {
		(void)csv_fail(c, CS_E_INPUT, "a NUL byte");
		return;
	}
	c->fields[c->n++] = c->row + c->used;
	c->row[c->used + n] = '\0';
	c->used += n + 1;
}

static void
csv_on_row(int end, void *arg)
{
	(void)end;
	((struct cs_csv *)arg)->rows++;
}

static const char *
parser_fault(struct cs_csv *c, struct csv_parser *parser)
{
	if (csv_error(parser) == CSV_EPARSE)
		return "a stray or open quote";
	if (csv_error(parser) == CSV_ENOMEM && csv_get_buffer_size(parser) >= FIELD_BUFFER)
		return "a field is too long (an open quote?)";
	if (csv_error(parser) == CSV_ENOMEM)
		c->rc = CS_E_NOMEM;
	return "unreadable";
}

bool
csv_row_read(struct cs_csv *c, size_t len, bool strict)
{
	struct csv_parser parser;

	c->n = c->used = 0;
	c->rows = 0;
	c->fault = NULL;
	(void)csv_init(&parser, strict ? CSV_STRICT | CSV_STRICT_FINI : 0);
	csv_set_delim(&parser, (unsigned char)c->delimiter);
	csv_set_realloc_func(&parser, capped_realloc);
	csv_set_blk_size(&parser, FIELD_BLOCK);
	if (csv_parse(&parser, c->text, len, csv_on_field, csv_on_row, c) != len ||
	    csv_fini(&parser, csv_on_field, csv_on_row, c) != 0)
		c->fault = c->fault != NULL ? c->fault : parser_fault(c, &parser);
	csv_free(&parser);
	return c->fault == NULL && c->rc == CS_OK;
}

/* --- what becomes of it --------------------------------------------------------- */

/* The row, or one line of it, stands for nobody that could be named. */
static void
row_leave_out(struct cs_csv *c, size_t len, const char *what)
{
	const char *line = c->row;

	if (len >= sizeof(c->row))
		len = sizeof(c->row) - 1;
	memcpy(c->row, c->text, len);
	c->row[len] = '\0';
	cs_left_out(c->poll, &line, 1, "line %llu: %s", (unsigned long long)c->row_line, what);
}

/* How the list is written, where it is only tried. */
static void
form_report(const struct cs_csv *c)
{
	struct report *report = host_poll_report(c->poll);
	const char *delimiter = c->delimiter == ';' ? "semicolon" : c->delimiter == '\t' ? "tab" :
	    c->delimiter == '|' ? "pipe" : "comma";

	report_count(report, REPORT_LIST, "delimiter", delimiter, 0);
	report_count(report, REPORT_LIST, "encoding", charset_name(&c->charset), 0);
}

/* The header has not come yet: this line is it, or the next may be. */
static enum cs_rc
row_header(struct cs_csv *c)
{
	bool late = c->seek_lines > 0 && c->row_line > c->seek_lines;

	if (c->fields[0][0] == '<')
		return csv_fail(c, CS_E_INPUT,
		    "begins with '<': a web page instead of the list?");
	c->rc = late ? c->ops->header(c->arg, NULL, 0) :
	    c->ops->header(c->arg, c->fields, c->n);
	if (c->rc == CS_DONE && !late && c->seek_lines > 0) {
		if (c->any_delimiter)
			c->delimiter = CS_CSV_AUTO;
		return c->rc = CS_OK;
	}
	if (c->rc == CS_OK)
		form_report(c);
	c->columns = c->named = c->n;
	while (c->named > 1 && !cs_cell_has_value(c->fields[c->named - 1]))
		c->named--;
	return c->rc;
}

/* The first row says how many fields there are. */
static enum cs_rc
row_first(struct cs_csv *c)
{
	c->columns = c->named = c->n;
	form_report(c);
	return c->rc = c->ops->header(c->arg, NULL, c->n);
}

/* The only cell with a value, NULL: there are none or several. */
static const char *
row_single(const struct cs_csv *c)
{
	const char *single = NULL;

	for (size_t i = 0; i < c->n; i++) {
		if (!cs_cell_has_value(c->fields[i]))
			continue;
		if (single != NULL)
			return NULL;
		single = c->fields[i];
	}
	return single;
}

static bool
row_is_footer(const struct cs_csv *c)
{
	const char *single = c->columns > 1 ? row_single(c) : NULL;

	if (single == NULL)
		return false;
	single += strspn(single, " \t");
	for (size_t i = 0; i < sizeof(footers) / sizeof(footers[0]); i++)
		if (strncasecmp(single, footers[i], strlen(footers[i])) == 0)
			return true;
	return false;
}

static void
row_pad(struct cs_csv *c)
{
	static const char blank[] = "";

	while (c->n < c->columns)
		c->fields[c->n++] = blank;
}

/* Blank cells without a name may be there or not.  false: it has others, or lacks some. */
static bool
row_fit(struct cs_csv *c)
{
	while (c->n > c->columns && !cs_cell_has_value(c->fields[c->n - 1]))
		c->n--;
	if (c->n >= c->named)
		row_pad(c);
	return c->n == c->columns;
}

/* It lacks cells: those at its end, as spreadsheets leave them out; a guess all the same. */
static void
row_lengthen(struct cs_csv *c)
{
	cs_left_out(c->poll, c->fields, c->n, "line %llu: %zu fields, the header has %zu: the last "
	    "ones are taken for blank", (unsigned long long)c->row_line, c->n, c->columns);
	row_pad(c);
}

enum cs_rc
csv_row_deliver(struct cs_csv *c, size_t len, bool whole)
{
	if (c->rows == 0)
		return CS_OK;		/* blank */
	if (c->columns == 0 && !c->headless)
		return row_header(c);
	if (c->columns == 0 && row_first(c) != CS_OK)
		return c->rc;
	if (row_is_footer(c))
		return CS_OK;
	if (!row_fit(c) && (!whole || c->n > c->columns || c->n == 1)) {
		if (!whole)
			return c->rc = cs_fail(c->poll, CS_E_INPUT, "CSV, line %llu: %zu fields, "
			    "the header has %zu: the file is cut", (unsigned long long)c->row_line,
			    c->n, c->columns);
		row_leave_out(c, len, c->n > c->columns ?
		    "more fields than the header has, left out" : "one field alone, left out");
		return CS_OK;
	}
	if (c->n < c->columns)
		row_lengthen(c);
	return c->rc = c->ops->row(c->arg, c->fields, c->n, c->row_line);
}

enum cs_rc
csv_row_repair(struct cs_csv *c, size_t len, const char *fault, bool whole)
{
	/* What stands above the header may be anything. */
	if (c->columns == 0)
		return c->seek_lines > 0 ? CS_OK : csv_fail(c, CS_E_INPUT, fault);
	while (len > 0 && (c->text[len - 1] == '\n' || c->text[len - 1] == '\r'))
		len--;		/* of no quoted field */
	if (!csv_row_read(c, len, false) || c->rows != 1 || !row_fit(c)) {
		if (c->rc == CS_OK && !whole)
			return csv_fail(c, CS_E_INPUT, fault);
		if (c->rc == CS_OK)
			row_leave_out(c, len, fault);
		return c->rc;
	}
	cs_left_out(c->poll, c->fields, c->n, "line %llu: %s, read as text",
	    (unsigned long long)c->row_line, fault);
	return c->rc = c->ops->row(c->arg, c->fields, c->n, c->row_line);
}
