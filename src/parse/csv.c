/* SPDX-License-Identifier: ISC */
/*
 * csv.c -- see certsync/csv.h: libcsv behind caps of ours.
 *
 * Bytes go through charset.h, then line by line into libcsv, so that a row's
 * line is known and a hook can stop between rows.  libcsv's own traps (measured
 * with 3.0.3): without CSV_STRICT|CSV_STRICT_FINI an open quote swallows the
 * rest of the file, and a field grows without limit unless realloc says no.
 */
#include <certsync/csv.h>

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "parse/charset.h"

#define FIELD_BLOCK	4096	/* bytes libcsv grows a field by */
#define FIELD_BUFFER	(CS_CSV_FIELD_MAX + FIELD_BLOCK)

struct cs_csv {
	struct csv_parser parser;
	struct charset	 charset;
	const struct cs_csv_ops *ops;	/* lent */
	void		*arg;		/* lent */
	struct cs_poll	*poll;		/* lent */
	char		 delimiter;
	enum cs_rc	 rc;		/* what stopped us, or CS_OK */
	unsigned	 skip_lines;	/* still to skip */
	uint64_t	 line;		/* 1-based, of the next byte */
	uint64_t	 row_line;	/* of the open row's first byte */
	bool		 row_open;	/* it has a byte that is not blank */
	bool		 after_cr;	/* a LF now belongs to the CR before */
	bool		 newline_at_end;
	bool		 warned;	/* of control characters */
	size_t		 columns;	/* of the header; 0: not yet read */
	size_t		 n;		/* fields of the open row */
	size_t		 used;		/* bytes of row[] */
	const char	*fields[CS_CSV_COLUMNS_MAX];
	char		 row[CS_CSV_ROW_MAX + CS_CSV_COLUMNS_MAX];
};

/* libcsv asks for less and less until it gets a byte, so the cap is exact. */
static void *
capped_realloc(void *p, size_t size)
{
	return size > FIELD_BUFFER ? NULL : realloc(p, size);
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
	charset_init(&c->charset, opt->encoding);
	(void)csv_init(&c->parser, CSV_STRICT | CSV_STRICT_FINI);
	csv_set_delim(&c->parser, (unsigned char)c->delimiter);
	csv_set_realloc_func(&c->parser, capped_realloc);
	csv_set_blk_size(&c->parser, FIELD_BLOCK);
	return c;
}

struct cs_csv *
cs_csv_free(struct cs_csv *c)
{
	if (c == NULL)
		return NULL;
	csv_free(&c->parser);
	free(c);
	return NULL;
}

static enum cs_rc
fail_row(struct cs_csv *c, enum cs_rc rc, const char *what)
{
	if (c->rc != CS_OK)
		return c->rc;
	return c->rc = cs_fail(c->poll, rc, "CSV, line %llu: %s",
	    (unsigned long long)c->row_line, what);
}

/*
 * Copies a field to out without control characters: CR goes (the text may have
 * CRLF line ends inside quotes), others become a space.  SIZE_MAX: a NUL.
 */
static size_t
field_copy(struct cs_csv *c, const unsigned char *s, size_t len, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
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

	if (c->rc != CS_OK)
		return;
	if (len > CS_CSV_FIELD_MAX) {
		(void)fail_row(c, CS_E_LIMIT, "a field is too long");
		return;
	}
	if (c->n == CS_CSV_COLUMNS_MAX) {
		(void)fail_row(c, CS_E_LIMIT, "too many fields");
		return;
	}
	if (len > CS_CSV_ROW_MAX - (c->used - c->n)) {
		(void)fail_row(c, CS_E_LIMIT, "the row is too long");
		return;
	}
	n = field_copy(c, data, len, c->row + c->used);
	if (n == SIZE_MAX) {
		(void)fail_row(c, CS_E_INPUT, "a NUL byte");
		return;
	}
	c->fields[c->n++] = c->row + c->used;
	c->row[c->used + n] = '\0';
	c->used += n + 1;
}

static enum cs_rc
deliver_header(struct cs_csv *c)
{
	if (c->fields[0][0] == '<')
		return fail_row(c, CS_E_INPUT,
		    "begins with '<': a web page instead of the list?");
	c->columns = c->n;
	return c->rc = c->ops->header(c->arg, c->fields, c->n);
}

static void
on_row(int end, void *arg)
{
	struct cs_csv *c = arg;

	c->newline_at_end = end >= 0;
	c->row_open = false;
	if (c->rc == CS_OK) {
		if (c->columns == 0)
			(void)deliver_header(c);
		else if (c->n != c->columns)
			c->rc = cs_fail(c->poll, CS_E_INPUT,
			    "CSV, line %llu: %zu fields, the header has %zu",
			    (unsigned long long)c->row_line, c->n, c->columns);
		else
			c->rc = c->ops->row(c->arg, c->fields, c->n,
			    c->row_line);
	}
	c->n = 0;
	c->used = 0;
}

static enum cs_rc
parser_error(struct cs_csv *c)
{
	switch (csv_error(&c->parser)) {
	case CSV_EPARSE:
		return fail_row(c, CS_E_INPUT, "a stray or open quote");
	case CSV_ENOMEM:
		if (csv_get_buffer_size(&c->parser) < FIELD_BUFFER)
			return c->rc = CS_E_NOMEM;
		return fail_row(c, CS_E_LIMIT,
		    "a field is too long (an open quote?)");
	default:
		return fail_row(c, CS_E_INPUT, "unreadable");
	}
}

/* Whether libcsv will see more than blanks here. */
static bool
has_content(const struct cs_csv *c, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] == c->delimiter || strchr(" \t\r\n", s[i]) == NULL ||
		    s[i] == '\0')
			return true;
	return false;
}

/* A piece of one line, its end included if it is there. */
static enum cs_rc
feed_piece(struct cs_csv *c, const char *s, size_t len)
{
	if (c->skip_lines > 0)
		return CS_OK;
	if (!c->row_open) {
		c->row_line = c->line;
		c->row_open = has_content(c, s, len);
	}
	if (csv_parse(&c->parser, s, len, csv_on_field, on_row, c) != len)
		return parser_error(c);
	return c->rc;
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
			if (c->row_open && feed_piece(c, s + i, 1) != CS_OK)
				return c->rc;
			start = i + 1;
		} else if (s[i] == '\r' || s[i] == '\n') {
			if (feed_piece(c, s + start, i + 1 - start) != CS_OK)
				return c->rc;
			start = i + 1;
			line_ended(c);
		}
	}
	if (start < len)
		return feed_piece(c, s + start, len - start);
	return CS_OK;
}

enum cs_rc
cs_csv_push(struct cs_csv *c, const char *buf, size_t len)
{
	char utf8[CHARSET_OUT];

	while (len > 0 && c->rc == CS_OK) {
		size_t n = len < CHARSET_IN ? len : CHARSET_IN, out = 0;
		bool ok = charset_convert(&c->charset, buf, n, utf8, &out);

		if (feed(c, utf8, out) == CS_OK && !ok) {
			c->row_line = c->line;
			return fail_row(c, CS_E_INPUT, "bytes that are invalid "
			    "in the configured encoding");
		}
		buf += n;
		len -= n;
	}
	return c->rc;
}

enum cs_rc
cs_csv_end(struct cs_csv *c)
{
	if (c->rc != CS_OK)
		return c->rc;
	if (!charset_complete(&c->charset))
		return fail_row(c, CS_E_INPUT, "cut within a character");
	if (csv_fini(&c->parser, csv_on_field, on_row, c) != 0)
		return parser_error(c);
	if (c->rc == CS_OK && c->columns == 0)
		c->rc = cs_fail(c->poll, CS_E_INPUT, "CSV: no header line");
	return c->rc;
}

bool
cs_csv_newline_at_end(const struct cs_csv *c)
{
	return c->newline_at_end;
}
