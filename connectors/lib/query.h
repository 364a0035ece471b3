/* SPDX-License-Identifier: ISC */
/* query.h -- texts of answers and settings in a request's path. */
#ifndef CONNECTORS_LIB_QUERY_H
#define CONNECTORS_LIB_QUERY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Appends to the string out of size bytes.  value: anything, of which only RFC 3986's
 * unreserved characters stay as they are.  name: of a parameter, of which those stay
 * too that many write plainly, as in $skip and page[number].  link: as it is, without
 * fragment, what no path may have being encoded.  false: no room, and out is of no use.
 */
bool	query_add_value(char *out, size_t size, const char *value);
bool	query_add_name(char *out, size_t size, const char *name);
bool	query_add_link(char *out, size_t size, const char *link);
/* Appends "?name=value", or with & behind a first one. */
bool	query_add(char *out, size_t size, const char *name, const char *value);

#endif /* CONNECTORS_LIB_QUERY_H */
