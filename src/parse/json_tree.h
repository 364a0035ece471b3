/* SPDX-License-Identifier: ISC */
/*
 * json_tree.h -- one framed JSON value as a tree.
 *
 * The only door to yajl.  yajl 2.1.0 dereferences every failed malloc (measured:
 * SIGSEGV at 7 of 7), so it works in fixed memory of ours that is taken once and
 * is larger than what an element under the cap can make it ask for.
 */
#ifndef PARSE_JSON_TREE_H
#define PARSE_JSON_TREE_H

#include <stddef.h>

#include <certsync/json.h>

/* Bytes of the tree: 128 Ki one-byte values of the largest element fit. */
#define JSON_TREE_MAX	((size_t)16 << 20)
#define JSON_KEYS_MAX	1024	/* members of one object; they are compared */

struct json_tree;

struct json_tree *json_tree_new(void);	/* NULL: no memory */
/*
 * Parses text, len bytes that json_frame.h gave and json_text_ok() passed, the
 * LF included.  *out is lent until the next call.  CS_OK; CS_E_INPUT, _LIMIT,
 * _NOMEM with *out_fault saying why in our words; the tree is then of no use.
 */
enum cs_rc	 json_tree_parse(struct json_tree *, const char *text, size_t len,
		    const struct cs_json **out, const char **out_fault);
struct json_tree *json_tree_free(struct json_tree *);

#endif /* PARSE_JSON_TREE_H */
