/* SPDX-License-Identifier: ISC */
/*
 * html.h -- push-parse the rows of one table out of an HTML page, which is what most
 * .xls files of portals are.
 *
 * The first table is read in which one of the first 30 rows is the header; those
 * before it, and those around it for the layout, are passed over.  As browsers do:
 * rows and cells need no end tag, a cell over several columns leaves the others blank,
 * one over several rows stands in each.  Entities are read, <br> and the ends of
 * paragraphs and list items separate values (CS_TABLE_BREAK), scripts, styles and
 * comments are no text.  Source: the WHATWG's HTML standard, "tokenization" and
 * "tables", of which this is the part that tables need.
 *
 * A page that ends before the end tag of that table is cut.  Another table with the same
 * header is told by cs_left_out(), and not read.
 */
#ifndef CERTSYNC_HTML_H
#define CERTSYNC_HTML_H

#include <certsync/csv.h>

#define CS_HTML_DEPTH	32	/* open tables */

struct cs_html;

/*
 * ops, arg and poll are lent and must outlive the parser.  header() is asked of row
 * after row as cs_csv_seek_header() says, row() of those below it; line is that of the
 * row's start tag.  Caps are those of csv.h: a row over them is left out.  NULL: no
 * memory.
 */
CS_API struct cs_html	*cs_html_new(enum cs_encoding, const struct cs_csv_ops *, void *arg,
			    struct cs_poll *);
/*
 * With CS_ENCODING_AUTO, before the first push: what a page without byte order mark is
 * in.  Without it, what its <meta> says, else UTF-8.
 */
CS_API void		 cs_html_otherwise(struct cs_html *, enum cs_encoding);
CS_API enum cs_rc	 cs_html_push(struct cs_html *, const char *buf, size_t len) CS_MUST_USE;
/* Fails if the page has no such table, or is cut in it. */
CS_API enum cs_rc	 cs_html_end(struct cs_html *) CS_MUST_USE;
/* The line of the row that a hook has been given. */
CS_API uint64_t		 cs_html_line(const struct cs_html *);
/* NULL is allowed.  Returns NULL, for "x = cs_html_free(x);". */
CS_API struct cs_html	*cs_html_free(struct cs_html *);

#endif /* CERTSYNC_HTML_H */
