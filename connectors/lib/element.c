/* SPDX-License-Identifier: ISC */
/* element.c -- see element.h. */
#include "lib/element.h"

#include <stdio.h>

#include <certsync/json.h>
#include <certsync/table.h>
#include <certsync/xml.h>

const char *
element_get(const void *node, const char *name)
{
	return cs_xml_get(node, name);
}

/* NULL: it has no one text. */
static const char *
scalar_text(const struct cs_json *v)
{
	if (cs_json_type(v) == CS_JSON_BOOL)
		return cs_json_true(v) ? "true" : "false";
	return cs_json_text(v);
}

/* Without room for it, blank: no value that a badge could rest on. */
static const char *
array_text(const struct cs_json *array, struct members_room *room)
{
	char *out = room->text + room->used;
	size_t used = 0;

	if (room->used + MEMBERS_LIST > MEMBERS_ROOM)
		return "";
	out[0] = '\0';
	for (size_t i = 0; i < cs_json_count(array); i++) {
		const struct cs_json *v = cs_json_at(array, i);
		const char *text = cs_json_type(v) == CS_JSON_NULL ? "" : scalar_text(v);

		if (text == NULL)
			return NULL;
		used += (size_t)snprintf(out + used, MEMBERS_LIST - used, "%s%s",
		    i > 0 ? CS_TABLE_BREAK : "", text);
		used = used < MEMBERS_LIST ? used : MEMBERS_LIST - 1;
	}
	room->used += used + 1;
	return out;
}

struct members
members_row(const struct cs_json *object, struct members_room *room)
{
	room->used = 0;
	return (struct members){ .object = object, .room = room };
}

void
element_names(const struct cs_xml *element, struct cs_table *table)
{
	const char *name;

	for (size_t i = 0; (name = cs_xml_child(element, i)) != NULL; i++)
		if (!cs_table_tree_member(table, name))
			return;
}

void
member_names(const struct cs_json *object, struct cs_table *table)
{
	const char *name;

	for (size_t i = 0; (name = cs_json_member(object, i)) != NULL; i++)
		if (!cs_table_tree_member(table, name))
			return;
}

const char *
member_get(const void *node, const char *name)
{
	const struct members *m = node;
	const struct cs_json *member = cs_json_get(m->object, name);

	return cs_json_type(member) == CS_JSON_ARRAY ? array_text(member, m->room) :
	    scalar_text(member);
}
