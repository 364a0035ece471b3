/* SPDX-License-Identifier: ISC */
/*
 * table.h -- what the command prints for people: aligned columns, words in
 * colour, foreign text escaped.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define TABLE_COLUMNS_MAX 12
#define TABLE_CELL_MAX	256	/* bytes of a cell, escaped; longer ones are cut */

struct table;

/* headers: 1 to TABLE_COLUMNS_MAX, ended by NULL, lent.  NULL: no memory, which the calls below
 * take. */
struct table	*table_new(const char *const *headers, bool colour);
/* Adds a cell to the current row, copied and escaped; NULL or "" prints as "-". */
void		 table_cell(struct table *, const char *text);
void		 table_cell_int(struct table *, int64_t value);
/* Prints the rows so far and keeps how wide they were: for lists of any length.  A row is whole. */
void		 table_flush(struct table *);
/* Prints all rows; the last column is not padded.  Frees the table. */
void		 table_print(struct table *);

/* Whether the word of a state is good news, a warning or bad news, as an SGR sequence; "" if
 * neither. */
const char	*word_colour(const char *word);
/* One line, escaped, in the word's colour if colour. */
void		 word_print(const char *word, bool colour);
/* text escaped line by line: its newlines stay. */
void		 text_print(const char *text);

/* Member of an object as text: "" if it is missing or no string. */
const char	*json_text(const json_t *object, const char *name);
/* As a number; 0 if it is missing. */
int64_t		 json_int(const json_t *object, const char *name);
/* An RFC 3339 time as "12s ago" or "in 3h" by the wall clock; "" if it is none. */
const char	*time_relative(const char *rfc3339, char *out, size_t out_size);
/* A span in its two largest units: "3d 4h", "12s". */
const char	*span_text(int64_t seconds, char *out, size_t out_size);

#endif /* CLI_TABLE_H */
