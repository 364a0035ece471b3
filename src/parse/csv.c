/* SPDX-License-Identifier: ISC */
/*
 * csv.c -- see certsync/csv.h: rows put together line by line, each read by libcsv.
 *
 * Bytes go through charset.h, then line by line into the open row, until no quote
 * is open in it; libcsv reads that row in its strict mode.  So a stray or open
 * quote harms the line it stands in, never the rest of the file (libcsv alone
 * takes that for one field), and a row's line is known.
 */
#include "parse/csv_inside.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MAX	50	/* of one row; a quote open for longer is a stray one */
#define SUBSTITUTE	'\x1a'	/* Ctrl-Z: the end of a file, for programs of old */

/* Those of auto; the first of equals. */
static const struct { const char *name; char delimiter; } delimiters[] = {
	{ "comma", ',' }, { "semicolon", ';' }, { "tab", '\t' }, { "pipe", '|' }
};
#define DELIMITERS	(sizeof(delimiters) / sizeof(delimiters[0]))

char
cs_delimiter_parse(const char *name)
{
	for (size_t i = 0; i < DELIMITERS; i++)
		if (strcmp(delimiters[i].name, name) == 0)
			return delimiters[i].delimiter;
	return CS_CSV_AUTO;
}

struct cs_csv *
cs_csv_new(const struct cs_csv_options *opt, const struct cs_csv_ops *ops,
    void *arg, struct cs_poll *poll)
{
	struct cs_csv *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->ops = ops;
	c->arg = arg;
	c->poll = poll;
	c->line = 1;
	c->skip_lines = opt->skip_lines;
	c->delimiter = opt->delimiter != 0 ? opt->delimiter : ',';
	c->any_delimiter = c->delimiter == CS_CSV_AUTO;
	charset_init(&c->charset, opt->encoding);
	return c;
}

void
cs_csv_otherwise(struct cs_csv *c, enum cs_encoding encoding)
{
	c->charset.otherwise = encoding;
}

void
cs_csv_seek_header(struct cs_csv *c, unsigned lines)
{
	c->seek_lines = lines;
}

void
cs_csv_no_header(struct cs_csv *c)
{
	c->headless = true;
}

struct cs_csv *
cs_csv_free(struct cs_csv *c)
{
	free(c);
	return NULL;
}

/* --- rows out of lines ----------------------------------------------------------- */

static bool
is_delimiter(const struct cs_csv *c, char b)
{
	if (c->delimiter != CS_CSV_AUTO)
		return b == c->delimiter;
	for (size_t i = 0; i < DELIMITERS; i++)
		if (b == delimiters[i].delimiter)
			return true;
	return false;
}

/* What the header has the most of, outside quotes. */
static char
text_delimiter(const struct cs_csv *c)
{
	size_t counts[DELIMITERS] = { 0 }, best = 0;
	bool quoted = false;

	for (size_t i = 0; i < c->text_len; i++) {
		quoted = c->text[i] == '"' ? !quoted : quoted;
		for (size_t d = 0; !quoted && d < DELIMITERS; d++)
			counts[d] += c->text[i] == delimiters[d].delimiter;
	}
	for (size_t d = 1; d < DELIMITERS; d++)
		if (counts[d] > counts[best])
			best = d;
	return delimiters[best].delimiter;
}

/* The state behind b; ="..." is how spreadsheets are told that a number is text. */
static enum quoting
quoting_next(const struct cs_csv *c, char b)
{
	switch (c->quoting) {
	case QUOTED:
		return b == '"' ? AFTER_QUOTE : QUOTED;
	case AFTER_QUOTE:
		if (b == '"')
			return QUOTED;
		return is_delimiter(c, b) ? AT_START : b == ' ' ? AFTER_QUOTE : PLAIN;
	case AT_START:
		if (b == '"')
			return QUOTED;
		if (b == ' ' || b == '\t' || is_delimiter(c, b))
			return AT_START;
		__attribute__((fallthrough));
	default:
		return is_delimiter(c, b) ? AT_START : PLAIN;
	}
}

/* Appends to the open row, which has room for it. */
static void
text_add(struct cs_csv *c, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char b = s[i];

		/* The guard's sign goes, once its quote has come. */
		if (b == '"' && c->quoting == PLAIN && c->text_len > 0 &&
		    c->text[c->text_len - 1] == '=' && (c->text_len == 1 ||
		    is_delimiter(c, c->text[c->text_len - 2]) ||
		    c->text[c->text_len - 2] == '\n' || c->text[c->text_len - 2] == '\r')) {
			c->text_len--;
			c->quoting = AT_START;
		}
		c->text[c->text_len++] = b;
		c->quoting = quoting_next(c, b);
	}
}

static void
text_clear(struct cs_csv *c)
{
	c->text_len = c->first_len = 0;
	c->text_lines = 0;
	c->quoting = AT_START;
}

static bool
text_is_blank(const struct cs_csv *c)
{
	for (size_t i = 0; i < c->text_len; i++)
		if (strchr(" \t\r\n", c->text[i]) == NULL || c->text[i] == '\0')
			return false;
	return true;
}

static enum cs_rc feed(struct cs_csv *, const char *s, size_t len);

/* The rest of the text is lines again, which begin rows of their own. */
static enum cs_rc
text_again(struct cs_csv *c, size_t from)
{
	size_t len = c->text_len - from;
	char *rest = malloc(len + 1);
	uint64_t line = c->line;
	bool after_cr = c->after_cr;

	if (rest == NULL)
		return c->rc = CS_E_NOMEM;
	memcpy(rest, c->text + from, len);
	text_clear(c);
	c->line = c->row_line + 1;
	c->after_cr = false;
	(void)feed(c, rest, len);
	/* Whoever feeds the line that brought us here counts it. */
	c->line = line;
	c->after_cr = after_cr;
	free(rest);
	return c->rc;
}

/* The open row is all there will be of it; whole: its last line has ended. */
static enum cs_rc
row_end(struct cs_csv *c, bool whole)
{
	size_t first = c->first_len != 0 ? c->first_len : c->text_len;
	bool alone = first == c->text_len;
	const char *fault;

	if (text_is_blank(c)) {
		text_clear(c);
		return c->rc;
	}
	if (!whole && alone && c->quoting == QUOTED)
		return csv_fail(c, CS_E_INPUT, "a stray or open quote, or the file is cut");
	if (c->delimiter == CS_CSV_AUTO)
		c->delimiter = text_delimiter(c);
	if (csv_row_read(c, c->text_len, true) && c->rows <= 1) {
		(void)csv_row_deliver(c, c->text_len, whole);
		text_clear(c);
		return c->rc;
	}
	fault = c->fault != NULL ? c->fault : "two rows in one line";
	if (c->rc != CS_OK || csv_row_repair(c, first, fault, whole || !alone) != CS_OK)
		return c->rc;
	if (!alone)
		return text_again(c, first);
	text_clear(c);
	return c->rc;
}

/* A line of the open row has ended. */
static enum cs_rc
line_end(struct cs_csv *c)
{
	c->text_lines++;
	if (c->first_len == 0)
		c->first_len = c->text_len;
	if (c->quoting == QUOTED && c->text_lines < LINES_MAX)
		return c->rc;
	return row_end(c, true);
}

/* A piece of one line, its end included if it is there. */
static enum cs_rc
feed_piece(struct cs_csv *c, const char *s, size_t len, bool ends)
{
	if (c->skip_lines > 0)
		return CS_OK;
	/* A quote left open: what came before is no row. */
	while (c->text_len + len > CSV_TEXT_MAX && c->first_len != 0)
		if (row_end(c, true) != CS_OK)
			return c->rc;
	if (c->text_len + len > CSV_TEXT_MAX)
		return csv_fail(c, CS_E_LIMIT, "the row is too long");
	if (c->text_len == 0)
		c->row_line = c->line;
	text_add(c, s, len);
	return ends ? line_end(c) : c->rc;
}

static void
line_ended(struct cs_csv *c)
{
	c->line++;
	if (c->skip_lines > 0)
		c->skip_lines--;
}

/* Cuts s (UTF-8) at line ends: LF, CRLF or a lone CR. */
static enum cs_rc
feed(struct cs_csv *c, const char *s, size_t len)
{
	size_t start = 0;

	for (size_t i = 0; i < len; i++) {
		bool lf_of_crlf = s[i] == '\n' && c->after_cr;

		c->after_cr = s[i] == '\r';
		if (lf_of_crlf) {
			/* Its CR has counted; inside quotes it is content. */
			if (c->text_len > 0 && feed_piece(c, s + i, 1, false) != CS_OK)
				return c->rc;
			if (c->first_len + 1 == c->text_len)
				c->first_len = c->text_len;
			start = i + 1;
		} else if (s[i] == '\r' || s[i] == '\n') {
			if (feed_piece(c, s + start, i + 1 - start, true) != CS_OK)
				return c->rc;
			start = i + 1;
			line_ended(c);
		}
	}
	if (start < len)
		return feed_piece(c, s + start, len - start, false);
	return CS_OK;
}

enum cs_rc
cs_csv_push(struct cs_csv *c, const char *buf, size_t len)
{
	char utf8[CHARSET_OUT];

	while (len > 0 && c->rc == CS_OK) {
		size_t n = len < CHARSET_IN ? len : CHARSET_IN, out = 0;
		bool ok = charset_convert(&c->charset, buf, n, utf8, &out);

		if (out > 0)
			c->newline_at_end = utf8[out - 1] == '\n' || utf8[out - 1] == '\r';
		if (feed(c, utf8, out) == CS_OK && !ok)
			return c->rc = cs_fail(c->poll, CS_E_INPUT, "CSV, line %llu: bytes that "
			    "are invalid in %s: another encoding?",
			    (unsigned long long)c->line, charset_name(&c->charset));
		buf += n;
		len -= n;
	}
	return c->rc;
}

/* Nothing but the character that programs of old put behind the last line. */
static bool
text_is_end_mark(const struct cs_csv *c)
{
	for (size_t i = 0; i < c->text_len; i++)
		if (c->text[i] != SUBSTITUTE && c->text[i] != ' ')
			return false;
	return true;
}

enum cs_rc
cs_csv_end(struct cs_csv *c)
{
	if (c->rc != CS_OK)
		return c->rc;
	if (!charset_complete(&c->charset))
		return csv_fail(c, CS_E_INPUT, "cut within a character");
	while (c->rc == CS_OK && c->text_len > 0 && !text_is_end_mark(c)) {
		size_t before = c->text_len;

		(void)row_end(c, c->text_lines > 0 && c->newline_at_end);
		if (c->text_len >= before)
			text_clear(c);
	}
	if (c->rc == CS_OK && c->columns == 0 && c->seek_lines > 0)
		c->rc = c->ops->header(c->arg, NULL, 0);
	if (c->rc == CS_OK && c->columns == 0)
		c->rc = cs_fail(c->poll, CS_E_INPUT, "CSV: no header line");
	return c->rc;
}

uint64_t
cs_csv_line(const struct cs_csv *c)
{
	return c->row_line;
}

bool
cs_csv_newline_at_end(const struct cs_csv *c)
{
	return c->newline_at_end;
}
