/* SPDX-License-Identifier: ISC */
/*
 * csv.h -- push-parse delimited text that may be cut, hostile or oddly encoded.
 *
 * RFC 4180 with the header first.  Read without a word: what HTML writes by name or
 * number (&amp; &quot; &#39; &eacute;), as the character it stands for; blank fields at the end
 * of a row that the header does not have, or has no name for; ="001", by which a
 * spreadsheet keeps zeros; a Ctrl-Z at the end; lines below the list that have
 * one value and begin as such lines do ("Total", "Page 1", "Data as of").
 *
 * One odd line harms no other.  Told by cs_left_out(), and read by a guess: a
 * stray or open quote, taken for text; fields missing at the end of a row, taken
 * for blank.  Left out: more fields than the header has, one field alone, a field
 * over the cap.  An open quote or a short row where the file ends without a line
 * end, a NUL and bytes invalid in the encoding fail the poll: the file is cut, or
 * another one than is thought.
 */
#ifndef CERTSYNC_CSV_H
#define CERTSYNC_CSV_H

#include <certsync/connector.h>

#define CS_CSV_FIELD_MAX	16384	/* bytes of one field, as UTF-8 */
#define CS_CSV_ROW_MAX		65536	/* bytes of one row, as UTF-8 */
#define CS_CSV_COLUMNS_MAX	512

enum cs_encoding {
	CS_ENCODING_UTF8 = 0,	/* a byte order mark is skipped */
	CS_ENCODING_LATIN1,	/* ISO-8859-1 */
	CS_ENCODING_CP1252,
	CS_ENCODING_UTF16,	/* by its byte order mark, else by where a NUL is first */
	CS_ENCODING_AUTO	/* by a byte order mark, else UTF-8 or what was said */
};
/*
 * "auto", "utf-8", "latin-1", "iso-8859-1", "cp1252", "windows-1252", "utf-16" and
 * their other usual names, in any case.  false: unknown.
 */
CS_API bool cs_encoding_parse(const char *name, enum cs_encoding *out) CS_MUST_USE;

/* Of a setting's choices: auto is the one of the others that the header has the most of. */
#define CS_CSV_DELIMITERS	"auto|comma|semicolon|tab|pipe"
#define CS_CSV_AUTO		'\1'
/* ',' for "comma"..., CS_CSV_AUTO for any other word. */
CS_API char cs_delimiter_parse(const char *name);

struct cs_csv_options {
	char		 delimiter;	/* or CS_CSV_AUTO; 0: ',' */
	enum cs_encoding encoding;
	unsigned	 skip_lines;	/* preamble before the header */
};

/*
 * Fields are UTF-8, NUL-terminated, without control characters other than
 * tab and newline, as many as the header has, lent until the hook returns.
 * line: 1-based, of the row's first byte.  Blank rows are skipped.  Returning
 * anything but CS_OK stops.
 */
struct cs_csv_ops {
	enum cs_rc	(*header)(void *arg, const char *const *fields, size_t n);
	enum cs_rc	(*row)(void *arg, const char *const *fields, size_t n,
			    uint64_t line);
};

struct cs_csv;

/* ops, arg and poll are lent and must outlive the parser; options copied.  NULL: no memory. */
CS_API struct cs_csv	*cs_csv_new(const struct cs_csv_options *,
			    const struct cs_csv_ops *, void *arg, struct cs_poll *);
/* With CS_ENCODING_AUTO, before the first push: what a text without byte order mark is in. */
CS_API void		 cs_csv_otherwise(struct cs_csv *, enum cs_encoding);
/*
 * Where the header is; before the first push.  Without either, the first line that
 * is not blank.  seek: among the first lines of the file, header() being asked of one
 * after the other until it says CS_OK; CS_DONE: another one.  Where it is none of
 * them, it is asked with NULL and 0 and says why not.  none: the first line is a row,
 * and header() is given NULL and how many fields that has.
 */
CS_API void		 cs_csv_seek_header(struct cs_csv *, unsigned lines);
CS_API void		 cs_csv_no_header(struct cs_csv *);
CS_API enum cs_rc	 cs_csv_push(struct cs_csv *, const char *buf, size_t len) CS_MUST_USE;
/* Delivers a last row without newline; fails if it is cut, or without a header. */
CS_API enum cs_rc	 cs_csv_end(struct cs_csv *) CS_MUST_USE;
/* The line of the row that a hook has been given. */
CS_API uint64_t		 cs_csv_line(const struct cs_csv *);
/* Whether the last row ended with a line end; valid after cs_csv_end(). */
CS_API bool		 cs_csv_newline_at_end(const struct cs_csv *);
/* NULL is allowed.  Returns NULL, for "x = cs_csv_free(x);". */
CS_API struct cs_csv	*cs_csv_free(struct cs_csv *);

#endif /* CERTSYNC_CSV_H */
