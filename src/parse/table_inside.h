/* SPDX-License-Identifier: ISC */
/*
 * table_inside.h -- what table.c and the files table_*.c share.  Nobody else includes it.
 */
#ifndef PARSE_TABLE_INSIDE_H
#define PARSE_TABLE_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/table.h>

struct arena;
struct report;

#define TABLE_ALIASES_MAX	32	/* alternatives one setting may list */
#define TABLE_NEAREST_MAX	512	/* bytes of a message */
#define TABLE_CELL_MAX		1024	/* bytes of a cell that is split or cut */
#define TABLE_PARTS_MAX		32	/* types or dates that one cell may name */
#define TABLE_UNKNOWN_MAX	8	/* words for types that are known again */
#define TABLE_FLAGS_MAX		16	/* types that have a column of their own */
#define TABLE_JOIN_MAX		4	/* columns that are joined to one */
#define TABLE_PLUS		" + "	/* between their names */
#define TABLE_JOINED_MAX	(2 * TABLE_CELL_MAX) /* bytes of them */
#define TABLE_LIST_BREAK	CS_TABLE_BREAK

struct table_list {
	const char	*items[TABLE_ALIASES_MAX + 1];	/* ended by NULL */
};

/* The columns of a row that one name stands for. */
struct table_column {
	size_t		 parts[TABLE_JOIN_MAX], n;	/* 0-based, how many */
};

struct table_field {
	const char	*setting;	/* its name */
	struct table_list names;	/* alternatives; none: not wanted */
	bool		 configured;	/* by the operator, so it must be there */
	bool		 seen;		/* some tree had it */
	struct table_column columns[TABLE_ALIASES_MAX]; /* of the header, as the names come */
	size_t		 column_count;	/* 0: the header has none of them */
};

/* A column that says yes or no to a type. */
struct table_flag {
	const char	*code;
	struct table_field field;
};

/* What the lines above the header say. */
struct table_preamble {
	bool		 filtered;	/* the list is a part */
	bool		 counts, twice;	/* its rows; otherwise again */
	uint64_t	 count;
};

struct cs_table {
	struct cs_poll	*poll;		/* lent */
	struct arena	*arena;		/* owned; all texts below */
	struct table_field fields[CS_FIELD_COUNT];
	enum cs_field	 key;		/* a row without it is nobody's: number, or business name */
	struct table_flag *flags;	/* owned */
	size_t		 flag_count;
	struct table_list none;		/* words that are no value */
	struct table_list statuses[CS_STATUS_DECERTIFIED + 1];
	const char	*type;		/* where there is no column; NULL: none */
	char		 separator;	/* of a type cell; 0: one type a cell */
	char		 date_separator; /* of an expiry cell; 0: one date a cell */
	const char	*date_format;	/* NULL: no date columns */
	const char *const *types;	/* lent, or map; pairs, or NULL */
	const char	*map[2 * TABLE_ALIASES_MAX + 1]; /* pairs, ended by NULL */
	bool		 match_words;	/* a cell names each mapped word that stands in it */
	struct table_list ignored;	/* words beside them that mean nothing */
	size_t		 phrase_words;	/* of the longest of both */
	bool		 own_items;	/* the caller counts items */
	/* the first words for types that nobody mapped; told: one of them, by its word */
	char		 unknown[TABLE_UNKNOWN_MAX][CS_WORD_MAX + 1];
	size_t		 unknown_count;
	bool		 unknown_told;
	unsigned	 categories;	/* of the next tree; 0: those of its type */
	size_t		 columns;	/* of the header */
	char		*header;	/* its cells, each ended by NUL; owned; NULL: none named */
	uint64_t	 header_line;	/* 0: not known */
	char		 nearest[TABLE_NEAREST_MAX]; /* of the line that is nearly a header */
	size_t		 nearest_hits;
	struct table_preamble preamble;
	uint64_t	 trees, items;
	struct report	*report;	/* lent by poll; NULL: the list is not only tried */
	size_t		 widest;	/* cells of the line that it has the columns of */
	/* Values of several columns of the row in hand; the last for flags. */
	char		 joined[CS_FIELD_COUNT + 1][TABLE_JOINED_MAX];
};

/* The types that a cell names, in the order in which it does. */
struct table_types {
	const char	*codes[TABLE_PARTS_MAX]; /* NULL: a word that is mapped to none */
	size_t		 places[TABLE_PARTS_MAX]; /* of its day in a list of days */
	size_t		 n;		/* 0: it names none */
	size_t		 days;		/* how many such a list has */
	char		 copy[TABLE_CELL_MAX];	/* codes that the cell itself has */
	char		 unknown[CS_WORD_MAX + 1]; /* the first part mapped to none; "": all are */
};
/* Once, when all that a cell may name has been read from the settings. */
void	table_types_prepare(struct cs_table *);
/* false, and *out names none: it is too long. */
bool	table_types_read(const struct cs_table *, const char *cell, struct table_types *out);

/* Whether s, trimmed, is word in any case (ASCII, Latin-1), runs of blanks in it being one. */
bool	table_word_equal(const char *s, const char *word);
/*
 * Copies a cell (NULL: "") as one line of clean text: runs of blanks
 * (cs_blank_len()) as one space, trimmed.  At most size - 1 bytes; *out_cut tells
 * if more were there.  A multi-byte character is never halved.  Returns out.
 */
char	*table_cell_copy(const char *cell, char *out, size_t size, bool *out_cut);
/* The operator's first name of a field, for messages. */
const char	*table_field_name(const struct table_field *);
/* A row that names the columns again: as the header does (a page break), or otherwise. */
enum table_again { TABLE_ROW = 0, TABLE_PAGE_BREAK, TABLE_OTHER_HEADER };
enum table_again table_row_is_header(const struct cs_table *, const char *const *values);

/* A line above the header: takes what it says of the list. */
void		 table_preamble_line(struct cs_table *, const char *const *cells, size_t n);

/* --- table_report.c: what is told of a list that is only tried; else nothing is done ---- */

/* The header, once its columns are found; names NULL: none. */
void		 table_report_header(struct cs_table *, const char *const *names, size_t n);
/* A line that is not the header: the one with most cells may be it, should none be found. */
void		 table_report_line(struct cs_table *, const char *const *names, size_t n);
/* A row, NULL: a tree, and what its fields have. */
void		 table_report_row(const struct cs_table *, const char *const *row, size_t n,
		    const char *const *values);
/* Before the first tree. */
void		 table_report_trees(const struct cs_table *);
void		 table_report_status(const struct cs_table *, const char *cell, enum cs_status);
/* code: what it means; "-": nothing; NULL: nobody knows. */
void		 table_report_type(const struct cs_table *, const char *word, const char *code);
void		 table_report_flag(const struct cs_table *, const struct table_flag *,
		    const char *cell, const char *meaning);
void		 table_report_day(const struct cs_table *, enum cs_field, const char *cell,
		    struct cs_date day, bool read);

/* A cell of the field that holds a value, else NULL. */
const char	*table_value(const struct cs_table *, enum cs_field, const char *cell);
/*
 * The column written as NAME, NAME#2, #3 or "A + B" (certsync/table.h) among n names,
 * or, names NULL, columns without.  Returns how many it may be: 0, 1, or more where a
 * name is there more than once.
 */
size_t		 table_column_find(const char *written, const char *const *names, size_t n,
		    struct table_column *out);
/* Whether a header has to have its name: not "#3". */
bool		 table_column_is_named(const char *written);
/* Its value in a row, NULL: none.  out holds what is joined. */
const char	*table_column_value(const struct cs_table *, enum cs_field,
		    const struct table_column *, const char *const *values,
		    char out[TABLE_JOINED_MAX]);
/* The same of a tree; *listed becomes true where it is there, be it blank. */
typedef const char *table_get_fn(const void *node, const char *name);
const char	*table_tree_value(const struct cs_table *t, enum cs_field f, const char *written,
		    table_get_fn *get, const void *node, char out[TABLE_JOINED_MAX], bool *listed);
/* Whether s can be a type code. */
bool		 table_type_ok(const char *s);

#endif /* PARSE_TABLE_INSIDE_H */
