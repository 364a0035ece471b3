/* SPDX-License-Identifier: ISC */
/*
 * rules.h -- what a text from a worker must look like before the engine puts
 * it into a request, a key or a message.  All take len bytes without NUL.
 */
#ifndef WORKER_RULES_H
#define WORKER_RULES_H

#include <stdbool.h>
#include <stddef.h>

/* [A-Z0-9-]: a type code of config/types.conf. */
bool	rules_type(const char *s, size_t len);
/* [a-z][a-z0-9_]*: a connector's name. */
bool	rules_connector(const char *s, size_t len);
/* [a-z][a-z0-9_.]*, or that and ".*": a setting's name, a family's. */
bool	rules_setting(const char *s, size_t len);
/* A setting's name, with [A-Z0-9-]+ behind its last dot or without. */
bool	rules_setting_key(const char *s, size_t len);
/* Graphic ASCII and spaces: a class of characters, a list of choices. */
bool	rules_ascii(const char *s, size_t len);
/*
 * "/..." or "?..." of graphic ASCII: no white space, control character,
 * fragment or backslash, so that it stays one path of the configured host.
 */
bool	rules_path(const char *s, size_t len);
/* The same, or a whole address "http://..." or "https://...". */
bool	rules_link(const char *s, size_t len);
/* An absolute file name. */
bool	rules_file(const char *s, size_t len);
/* A header a connector may send: a token, and none that frames the request,
 * names the host or a credential, or belongs to the engine (ranges, validators,
 * encodings). */
bool	rules_header(const char *s, size_t len);
/* A header a credential may go into: as above, and Authorization. */
bool	rules_slot_header(const char *s, size_t len);
/* A header's value: visible ASCII, inner spaces and tabs. */
bool	rules_header_value(const char *s, size_t len);
/* A query parameter's name: [A-Za-z0-9_.-]. */
bool	rules_parameter(const char *s, size_t len);
/* GET or POST. */
bool	rules_method(const char *s, size_t len);

#endif /* WORKER_RULES_H */
