/* SPDX-License-Identifier: ISC */
/*
 * csv_inside.h -- what csv.c (rows out of lines) and csv_row.c (what a row says)
 * share.  Nobody else includes it.
 */
#ifndef PARSE_CSV_INSIDE_H
#define PARSE_CSV_INSIDE_H

#include <certsync/csv.h>

#include "parse/charset.h"

#define CSV_TEXT_MAX	(2 * CS_CSV_ROW_MAX) /* of one row: each byte may be quoted */

/* Where in a row the next byte stands. */
enum quoting { AT_START = 0, PLAIN, QUOTED, AFTER_QUOTE };

struct cs_csv {
	struct charset	 charset;
	const struct cs_csv_ops *ops;	/* lent */
	void		*arg;		/* lent */
	struct cs_poll	*poll;		/* lent */
	char		 delimiter;	/* CS_CSV_AUTO: not known yet */
	enum cs_rc	 rc;		/* what stopped us, or CS_OK */
	unsigned	 skip_lines;	/* still to skip */
	unsigned	 seek_lines;	/* the header is one of so many; 0: the first */
	bool		 headless;
	bool		 any_delimiter;	/* CS_CSV_AUTO was asked for */
	uint64_t	 line;		/* 1-based, of the next byte */
	uint64_t	 row_line;	/* of the open row's first byte */
	bool		 after_cr;	/* a LF now belongs to the CR before */
	bool		 newline_at_end;
	bool		 warned;	/* of control characters */
	size_t		 columns;	/* of the header; 0: not yet read */
	size_t		 named;		/* of those, up to the last one with a name */
	/* the open row as it came */
	enum quoting	 quoting;
	size_t		 first_len;	/* bytes of its first line; 0: that has not ended */
	size_t		 text_len;
	unsigned	 text_lines;	/* ended ones */
	/* the row that is being read */
	const char	*fault;		/* why it cannot be; NULL: it can */
	unsigned	 rows;		/* libcsv found in it */
	size_t		 n;		/* fields */
	size_t		 used;		/* bytes of row[] */
	const char	*fields[CS_CSV_COLUMNS_MAX];
	char		 row[CS_CSV_ROW_MAX + CS_CSV_COLUMNS_MAX];
	char		 text[CSV_TEXT_MAX];
};

/* Fails the poll, with the row's line in front. */
enum cs_rc	csv_fail(struct cs_csv *, enum cs_rc, const char *what);
/* Reads len bytes of the text into fields, as strictly as RFC 4180, or not.  false: fault or rc. */
bool		csv_row_read(struct cs_csv *, size_t len, bool strict);
/* What has been read is a row; whole: its last line has ended.  len: its bytes of the text. */
enum cs_rc	csv_row_deliver(struct cs_csv *, size_t len, bool whole);
/*
 * Reads the first line by itself, its quotes taken for text where they cannot be
 * what they should; what is no row then is left out.
 */
enum cs_rc	csv_row_repair(struct cs_csv *, size_t len, const char *fault, bool whole);

#endif /* PARSE_CSV_INSIDE_H */
