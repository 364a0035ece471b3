/* SPDX-License-Identifier: ISC */
/*
 * html_inside.h -- what html.c (tags and text out of bytes) and html_table.c (rows out
 * of these) share.  Nobody else includes it.
 */
#ifndef PARSE_HTML_INSIDE_H
#define PARSE_HTML_INSIDE_H

#include <certsync/html.h>

#include "parse/charset.h"

#define HTML_HEAD	1024	/* bytes in which a page must name its encoding (WHATWG) */
#define HTML_NAME_MAX	10	/* bytes of a tag's or attribute's name that matters */
#define HTML_VALUE_MAX	4	/* digits of a span */
#define HTML_ENTITY_MAX	10	/* bytes of an entity's name */

/* A cell that stands in rows to come as well. */
struct html_span {
	char		*text;		/* owned */
	unsigned	 rows;		/* of them; 0: none */
};

/* Where the next byte stands. */
enum html_state {
	HTML_TEXT = 0, HTML_ENTITY, HTML_OPEN, HTML_CLOSE, HTML_TAG, HTML_SPACE, HTML_ATTRIBUTE,
	HTML_BEFORE_VALUE, HTML_VALUE, HTML_QUOTED, HTML_BANG, HTML_COMMENT, HTML_BOGUS, HTML_RAW
};

/* A name, in lower case, or a value; what is longer is none that matters. */
struct html_word {
	char	 text[HTML_NAME_MAX + 1];
	size_t	 len;			/* as it came */
};

struct cs_html {
	struct charset	 charset;
	const struct cs_csv_ops *ops;	/* lent */
	void		*arg;		/* lent */
	struct cs_poll	*poll;		/* lent */
	enum cs_rc	 rc;		/* what stopped us, or CS_OK */
	uint64_t	 line;		/* 1-based, of the next byte */
	char		 head[HTML_HEAD]; /* kept until the encoding is known */
	size_t		 head_len;
	bool		 begun;		/* it is */
	/* tags */
	enum html_state	 state;
	struct html_word tag, attribute, value;
	bool		 closing;
	char		 quote;
	unsigned	 dashes;	/* of a comment's begin or end */
	unsigned	 colspan, rowspan;
	size_t		 raw_at;	/* bytes matched of the end tag of `tag` */
	char		 entity[HTML_ENTITY_MAX + 1];
	size_t		 entity_len;
	/* tables */
	size_t		 depth;		/* open ones */
	size_t		 found;		/* depth of the one that is read; 0: not yet */
	bool		 done;		/* it has ended */
	bool		 told;		/* that there is another one like it */
	unsigned	 tried[CS_HTML_DEPTH + 1]; /* rows of each */
	size_t		 columns;	/* of the header */
	char		*header;	/* owned; its cells, each ended by NUL */
	/* the open row */
	bool		 row_open, cell_open;
	uint64_t	 row_line;
	const char	*fault;		/* why it cannot be read; NULL: it can */
	size_t		 n, used;	/* fields, bytes of row[] */
	size_t		 cells;		/* as they were written */
	size_t		 cell_start;	/* in row[] */
	unsigned	 cell_columns, cell_rows; /* spans of the open cell */
	const char	*fields[CS_CSV_COLUMNS_MAX];
	struct html_span spans[CS_CSV_COLUMNS_MAX];
	char		 row[CS_CSV_ROW_MAX + CS_CSV_COLUMNS_MAX];
};

/* A tag has ended: its name is in `tag`, its spans in colspan and rowspan. */
void	html_tag(struct cs_html *);
/* Text of the open cell, if there is one; blanks are put together. */
void	html_text(struct cs_html *, const char *s, size_t len);
void	html_spans_free(struct cs_html *);
/* The character that an entity's name ("amp", "#8217", "#x2019") stands for.  0: none. */
size_t	html_entity(const char *name, char out[4]);

#endif /* PARSE_HTML_INSIDE_H */
