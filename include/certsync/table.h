/* SPDX-License-Identifier: ISC */
/*
 * table.h -- from named columns to records, by settings: the vocabulary that
 * table-like plug-ins share (field.number, date_format, status.active...).
 *
 * CSV columns, XML paths and JSON members look alike here: names in, one
 * record per certification out.
 */
#ifndef CERTSYNC_TABLE_H
#define CERTSYNC_TABLE_H

#include <certsync/connector.h>

/* The settings rows of the vocabulary, for a plug-in's own table. */
#define CS_TABLE_FIELD_SETTINGS \
	{ .name = "key", .type = CS_SETTING_ENUM, .value = "number", .choices = "number|name", \
	  .help = "what a claim is found by; name, of a list without numbers, verifies nobody" }, \
	{ .name = "field.number", .help = "column of the certification number" }, \
	{ .name = "field.alias", .help = "column of another identifier (UEI, CAGE)" }, \
	{ .name = "field.business_name", .help = "column of the legal business name" }, \
	{ .name = "field.dba_name", .help = "column of the trade name" }, \
	{ .name = "field.type", .help = "column of the certification type" }, \
	{ .name = "field.status", .help = "column of the status word" }, \
	{ .name = "field.issued_on", .help = "column of the first valid day" }, \
	{ .name = "field.expires_on", .help = "column of the last valid day" }, \
	{ .name = "type", .help = "type code where the registry has no such column" }, \
	{ .name = "type.separator", .help = "splits a cell that names several types" }, \
	{ .name = "status.active", .help = "status words that mean active" }, \
	{ .name = "status.suspended", .help = "status words that mean suspended" }, \
	{ .name = "status.expired", .help = "status words that mean expired" }, \
	{ .name = "status.withdrawn", .help = "status words that mean withdrawn" }, \
	{ .name = "status.decertified", .help = "status words that mean decertified" }, \
	{ .name = "status.graduated", .help = "status words that mean graduated" }, \
	{ .name = "status.pending", .help = "status words that mean pending" }, \
	{ .name = "none", .help = "words that are no value, beside blank, n/a and the like" }, \
	{ .name = "date_format", .help = "formats of the date columns, see date.h" }

/* Further rows, for registries that name several types in a cell. */
#define CS_TABLE_MAP_SETTINGS \
	{ .name = "type.map", .help = "type codes of the registry's words, " \
	    "as in Minority-Owned:MBE | Women-Owned:WBE" }, \
	{ .name = "type.match", .type = CS_SETTING_ENUM, .value = "cell", .choices = "cell|word", \
	    .help = "a whole cell is one of those words, or each of them found in it counts" }, \
	{ .name = "type.column.*", .help = "column that says yes or no to the type code " \
	    "that follows" }, \
	{ .name = "type.ignore", .help = "words that mean nothing beside them, with " \
	    "type.match = word" }, \
	{ .name = "expires_on.separator", .help = "splits a cell that has a " \
	    "date for each of its types, in their order" }

enum cs_field {
	CS_FIELD_NUMBER = 0, CS_FIELD_ALIAS, CS_FIELD_BUSINESS_NAME,
	CS_FIELD_DBA_NAME, CS_FIELD_TYPE, CS_FIELD_STATUS,
	CS_FIELD_ISSUED_ON, CS_FIELD_EXPIRES_ON, CS_FIELD_COUNT
};

/*
 * What applies where a setting is absent; each may be NULL.  Texts are as in
 * the configuration: aliases separated by '|'.
 */
struct cs_table_defaults {
	const char	*field[CS_FIELD_COUNT];
	const char	*type, *type_separator, *date_format;
	const char	*status[CS_STATUS_DECERTIFIED + 1];
	const char *const *types;	/* pairs "registry's word", "CODE", ...; NULL-ended */
	const char	*type_map;	/* as the setting type.map; wins over types */
	bool		 own_items;	/* the caller counts items, not the table */
};

struct cs_table;

/*
 * Reads and checks the settings.  defaults, settings and poll are lent until
 * free.  *out is owned.  CS_OK, CS_E_CONFIG (a bad date format, no number
 * column), CS_E_NOMEM.  With key = name the number below is the business name: the
 * records have none.
 *
 * With type.match = word a cell names each word of type.map that stands in it,
 * the longest first and each part of the cell once.  What is left may be digits,
 * punctuation and the words of type.ignore; with anything else (non, former,
 * pending...) the cell names a type nobody knows.
 *
 * A column of type.column.CODE says yes (yes, y, x, 1, true, or a day), or no (blank,
 * no, n, 0, false) to that type; a row where it says something else is told by
 * cs_left_out().  Where last days are a list, theirs come behind those of the types.
 *
 * A separator is one character, or the word semicolon: in the configuration
 * file ";" begins a comment.  A cell that names several types has one date for
 * all of them or, with expires_on.separator, as many as types, in their order;
 * any other number of dates is unreadable.  A blank one is a date not stated.
 */
CS_API enum cs_rc	cs_table_new(const struct cs_settings *,
			    const struct cs_table_defaults *, struct cs_poll *,
			    struct cs_table **out) CS_MUST_USE;
/*
 * Names the columns of the rows to come; compared trimmed, any case.  names NULL: n
 * columns without names.  A field's column is that of its name; "City#2" is the second
 * one called City, "#3" the third column, "A + B" both, what has a value in them joined
 * by a blank (types, last days and aliases stay apart: the second day is the second type's).  A
 * name that stands as it is written wins.  Two columns of a name that is used without
 * "#" are CS_E_INPUT.  A missing
 * number, business_name (if its field is configured) or configured column is
 * CS_E_INPUT, the column named: the registry's layout has changed.  One of the
 * defaults' columns of expiry and status that is missing is warned of.
 */
CS_API enum cs_rc	cs_table_header(struct cs_table *, const char *const *names,
			    size_t n) CS_MUST_USE;
/*
 * As cs_table_header(), of a line that may be something above the header: CS_DONE
 * where the number or a configured column is not among the names (columns by index
 * aside).  names NULL, n 0: there is no other line; fails by what the line that came
 * nearest has not.  line: its own, for messages.
 */
CS_API enum cs_rc	cs_table_seek_header(struct cs_table *, const char *const *names,
			    size_t n, uint64_t line) CS_MUST_USE;
/*
 * One row in the header's order: cs_item() for the row, cs_emit() for each
 * certification, or cs_left_out() where it has no usable number.  Nothing for the
 * header once more (a page break) and for a heading, one cell among four or more.
 */
CS_API enum cs_rc	cs_table_row(struct cs_table *, const char *const *values,
			    size_t n, uint64_t line) CS_MUST_USE;
/*
 * After the last row of a whole list whose header was sought: what the lines above it say.
 * A count of its rows that agrees is CS_PROOF_TOTAL, one that does not, or "filtered",
 * cs_unproven(); without either, cs_proofless().
 */
CS_API void		cs_table_rows_end(struct cs_table *);
/*
 * For trees (XML, JSON): emits one record whose columns get() looks up by
 * name; alternatives are asked in order.  get returns NULL for "absent".
 */
CS_API enum cs_rc	cs_table_tree(struct cs_table *,
			    const char *(*get)(const void *node, const char *name),
			    const void *node, uint64_t index) CS_MUST_USE;
/*
 * Names a member that the next tree has, read or not, for `certsync try`.  false: this
 * poll is none, and nobody wants to know of any.
 */
CS_API bool		cs_table_tree_member(struct cs_table *, const char *name);
/* The categories (connector.h) of the next tree's records, where the list says them itself. */
CS_API void		cs_table_categories(struct cs_table *, unsigned categories);
/* Between texts that a get() gives as one value of several: types, last days, aliases. */
#define CS_TABLE_BREAK	"\xff"	/* in no UTF-8 */
/*
 * After the last tree of a full feed.  Members that are null are left out, so
 * only the whole feed tells that a column has gone: a configured number,
 * business_name, type, status or expires_on that no tree had is CS_E_INPUT,
 * another one a remark.  A feed without trees has no columns to miss.
 */
CS_API enum cs_rc	cs_table_tree_end(struct cs_table *) CS_MUST_USE;
/*
 * For cover(): the types of `type`, of type.column and, if types have a column, of type.map;
 * and cs_cover_by_name() with key = name.
 * CS_OK; CS_E_CONFIG: they name none, or badly; CS_E_LIMIT; CS_E_NOMEM.
 */
CS_API enum cs_rc	cs_table_cover(const struct cs_settings *,
			    const struct cs_table_defaults *,
			    struct cs_cover *) CS_MUST_USE;
CS_API struct cs_table	*cs_table_free(struct cs_table *);

#endif /* CERTSYNC_TABLE_H */
