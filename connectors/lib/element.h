/* SPDX-License-Identifier: ISC */
/* element.h -- XML elements and JSON objects as rows of a table (cs_table_tree()). */
#ifndef CONNECTORS_LIB_ELEMENT_H
#define CONNECTORS_LIB_ELEMENT_H

#include <stddef.h>

struct cs_json;
struct cs_table;
struct cs_xml;

/* An object as a row, and room for what its arrays hold. */
#define MEMBERS_ROOM	32768	/* bytes for the arrays of one row */
#define MEMBERS_LIST	2048	/* of one of them: more than a table takes, so that it is seen */
struct members_room {
	size_t	 used;
	char	 text[MEMBERS_ROOM];
};
struct members {
	const struct cs_json *object;
	struct members_room *room;	/* lent */
};

/* The object as a row, and the room for it; what the room held of another is over. */
struct members members_row(const struct cs_json *object, struct members_room *room);

/* node: const struct cs_xml *. */
const char *element_get(const void *node, const char *name);
/*
 * node: const struct members *.  An array of texts is one text of several
 * (CS_TABLE_BREAK), null in it a blank one; lent until the room is used anew.  What is an
 * object, or an array of such, reads as absent.
 */
const char *member_get(const void *node, const char *name);

/* Names all that a record has to its table: cs_table_tree_member(). */
void	element_names(const struct cs_xml *, struct cs_table *);
void	member_names(const struct cs_json *object, struct cs_table *);

#endif /* CONNECTORS_LIB_ELEMENT_H */
