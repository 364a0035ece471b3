/* SPDX-License-Identifier: ISC */
/* element.h -- XML elements as rows of a table (cs_table_tree()). */
#ifndef CONNECTORS_LIB_ELEMENT_H
#define CONNECTORS_LIB_ELEMENT_H

/* node: const struct cs_xml *. */
const char *element_get(const void *node, const char *name);

#endif /* CONNECTORS_LIB_ELEMENT_H */
