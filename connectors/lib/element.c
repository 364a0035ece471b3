/* SPDX-License-Identifier: ISC */
/* element.c -- see element.h. */
#include "lib/element.h"

#include <certsync/json.h>
#include <certsync/xml.h>

const char *
element_get(const void *node, const char *name)
{
	return cs_xml_get(node, name);
}

const char *
member_get(const void *node, const char *name)
{
	const struct cs_json *member = cs_json_get(node, name);

	if (cs_json_type(member) == CS_JSON_BOOL)
		return cs_json_true(member) ? "true" : "false";
	return cs_json_text(member);
}
