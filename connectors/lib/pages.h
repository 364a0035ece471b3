/* SPDX-License-Identifier: ISC */
/*
 * pages.h -- a list in XML or JSON that comes in pages, or says how many it has.
 *
 *	next --> begin --> row*, mark* --> end --(more)--> next ...
 *	                                    `--(last)--> prove
 *
 * Ends: of page and offset at an empty page or one shorter than page.size; of
 * next where there is no next.  The end alone proves nothing, of next neither:
 * whether a link is a terminal cursor or an offset in disguise, over which rows
 * slip when others go, cannot be seen.  A total that stays the same and rows as
 * many, none of which came twice, do.
 */
#ifndef CONNECTORS_LIB_PAGES_H
#define CONNECTORS_LIB_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include <certsync/connector.h>

#include "lib/seen.h"

#define PAGES_PATH_MAX	256	/* bytes of a path in the configuration */

enum pages_mode { PAGES_NONE = 0, PAGES_PAGE, PAGES_OFFSET, PAGES_NEXT };
enum pages_mark { PAGES_MARK_NEXT = 0, PAGES_MARK_TOTAL, PAGES_MARK_INCOMPLETE, PAGES_MARKS };

/* All zero: one answer, of which nothing is known. */
struct pages {
	struct cs_poll	*poll;		/* lent until close */
	enum pages_mode	 mode;
	bool		 counts;	/* rows are items, one by one: pages, or a total */
	const char	*param, *size_param, *id; /* lent; NULL: not set */
	uint64_t	 first, size;	/* size 0: not known */
	char		 paths[PAGES_MARKS][PAGES_PATH_MAX]; /* of the marks; "": not wanted */
	const char	*marks[PAGES_MARKS + 1]; /* the same, ended by NULL */
	bool		 over;		/* nothing is left to ask for */
	uint64_t	 page, rows;	/* asked for, seen */
	/* of the open page */
	unsigned	 code;
	uint64_t	 page_rows, page_new;
	bool		 incomplete;
	char		 next[CS_PATH_MAX + 1]; /* as it was written; "": none */
	/* of all */
	bool		 has_total, moved, twice;
	uint64_t	 total;
	struct seen	 ids, page_ids, cursors;
	char		 path[CS_PATH_MAX + 1];
};

#define PAGES_SETTINGS \
	{ .name = "paging", .type = CS_SETTING_ENUM, .value = "none", \
	  .choices = "none|page|offset|next", .help = "XML or JSON in one answer, or by " \
	    "number of the page, number of the row, or what each page says is next" }, \
	{ .name = "page.param", .help = "query parameter of the page, of the row, or of " \
	    "a token that is no link" }, \
	{ .name = "page.first", .type = CS_SETTING_INT, .min = 0, .max = 1000000, \
	  .help = "number of the first page (1), or of the first row (0)" }, \
	{ .name = "page.size", .type = CS_SETTING_INT, .min = 1, .max = 1000000, \
	  .help = "rows of a page; one that has fewer is the last" }, \
	{ .name = "size.param", .help = "query parameter that asks for page.size" }, \
	{ .name = "next", .help = "path of the next link or token in a page" }, \
	{ .name = "total", .help = "path of the number of rows that the source declares: a " \
	    "proof" }, \
	{ .name = "incomplete", .help = "path of a flag that says that rows are missing" }, \
	{ .name = "field.id", .help = "column that tells rows apart; without it, the whole row" }

/*
 * Reads and checks the settings; lent until close.  tree: the list is XML or JSON.
 * below: its rows are below its root, so that there can be anything beside them.
 * CS_E_CONFIG.
 */
enum cs_rc pages_open(struct pages *, const struct cs_settings *, bool tree, bool below,
	    struct cs_poll *);
/* As of a connector. */
enum cs_rc pages_next(struct pages *, struct cs_request *out);
/* *out_read: whether there is a page to read, else nothing of the answer counts. */
enum cs_rc pages_begin(struct pages *, const struct cs_response *, bool *out_read);
/* Whether rows have to be known again, over pages: by their hashes where they have no id. */
bool	 pages_know_rows(const struct pages *);
/*
 * One row; id its field.id, NULL: none, hashes of all it has (0: pages_know_rows() does
 * not ask for them).  Counts the item where counts says so.
 */
enum cs_rc pages_row(struct pages *, const char *id, uint64_t hash, uint64_t other);
/* What stands at the path of a mark; text NULL: null or false. */
enum cs_rc pages_mark(struct pages *, enum pages_mark, const char *text);
/* The page has ended; *out_last: there are no more. */
enum cs_rc pages_end(struct pages *, bool *out_last);
/* After the last page. */
void	 pages_prove(struct pages *);
void	 pages_close(struct pages *);

#endif /* CONNECTORS_LIB_PAGES_H */
