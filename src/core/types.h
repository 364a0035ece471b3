/* SPDX-License-Identifier: ISC */
/*
 * types.h -- the table of certification types: which category a type code
 * implies and which types it includes, as docs/decisions.md says.  Data in config/types.conf.
 *
 * One type a line: CODE CATEGORY|- [> CODE...] ; source of the row
 */
#ifndef CORE_TYPES_H
#define CORE_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#include <certsync/connector.h>
#include "base/err.h"

#define TYPES_MAX	256	/* rows; the built-in table has about 20 */

struct types;

/* Parses len bytes of the file called name.  NULL: err says file:line. */
struct types	*types_parse(const char *text, size_t len, const char *name,
		    struct err *err);
/* The table built into the program (config/types.conf at build time). */
struct types	*types_builtin(struct err *err);
struct types	*types_free(struct types *);	/* NULL allowed; returns NULL */
bool		 types_known(const struct types *, const char *code);
/* CS_CATEGORY_* bits; 0 for a type that implies none or is unknown. */
unsigned	 types_categories(const struct types *, const char *code);
/* Whether a certificate of type have also serves as one of type want (equal included). */
bool		 types_implies(const struct types *, const char *have, const char *want);
/* Appends the whole table, so that two can be compared: equal text, equal answers. */
struct buf;
void		 types_text(const struct types *, struct buf *out);
/* [A-Z0-9-]{1,CS_TYPE_MAX} */
bool		 types_code_ok(const char *code);

/* "minority" "woman" "veteran" "disability" "lgbtq"; 0: no such category. */
unsigned	 category_parse(const char *name);
const char	*category_name(unsigned bit);	/* exactly one bit */

#endif /* CORE_TYPES_H */
