/* SPDX-License-Identifier: ISC */
/* element.h -- XML elements and JSON objects as rows of a table (cs_table_tree()). */
#ifndef CONNECTORS_LIB_ELEMENT_H
#define CONNECTORS_LIB_ELEMENT_H

/* node: const struct cs_xml *. */
const char *element_get(const void *node, const char *name);
/* node: const struct cs_json *, an object.  What is in objects and arrays reads as absent. */
const char *member_get(const void *node, const char *name);

#endif /* CONNECTORS_LIB_ELEMENT_H */
