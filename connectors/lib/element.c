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
	return cs_json_text(cs_json_get(node, name));
}
