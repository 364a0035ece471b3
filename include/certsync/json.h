/* SPDX-License-Identifier: ISC */
/*
 * json.h -- push-parse a large untrusted JSON document, one element at a time.
 *
 * A document is an array of elements at one of the given paths, with scalars
 * around it that say how many there should be.  Each element is framed first
 * (size, depth and string caps before any parser sees it), then parsed into a
 * tree that lives until the next one.  Strict: duplicate keys, bad UTF-8, lone
 * surrogates, \u0000, comments, NaN, trailing text and a cut end are errors.
 */
#ifndef CERTSYNC_JSON_H
#define CERTSYNC_JSON_H

#include <certsync/connector.h>

#define CS_JSON_DEPTH		32	/* open arrays and objects */
#define CS_JSON_ELEMENT_MAX	((size_t)256 << 10)	/* bytes of one element */

enum cs_json_type {
	CS_JSON_NULL = 0, CS_JSON_BOOL, CS_JSON_NUMBER, CS_JSON_STRING,
	CS_JSON_ARRAY, CS_JSON_OBJECT
};

struct cs_json;		/* one value; lent until the hook returns */

CS_API enum cs_json_type  cs_json_type(const struct cs_json *);	/* NULL reads as NULL */
/* Member at a dotted path of object keys ("a.b.c"), or NULL. */
CS_API const struct cs_json *cs_json_get(const struct cs_json *, const char *path);
/* Text of a string, or of a number as written; NULL for all else and for NULL. */
CS_API const char	*cs_json_text(const struct cs_json *);
CS_API bool		 cs_json_true(const struct cs_json *);	/* true only */
/* Elements of an array; an object or scalar counts as a list of itself, null as none. */
CS_API size_t		 cs_json_count(const struct cs_json *);
CS_API const struct cs_json *cs_json_at(const struct cs_json *, size_t i);
/* The name of member i of an object, in the order of the text.  NULL: there is none. */
CS_API const char	*cs_json_member(const struct cs_json *, size_t i);

/*
 * A hash of all that a value holds, names of members included, going on from hash: the
 * same for the same text, and no secret.
 */
CS_API uint64_t		 cs_json_hash(const struct cs_json *, uint64_t hash);

struct cs_json_ops {
	/* One element of the array; an object in the array's place is one element. */
	enum cs_rc	(*element)(void *arg, const struct cs_json *);
	/* A scalar outside the array, path dotted.  Optional. */
	enum cs_rc	(*scalar)(void *arg, const char *path, const struct cs_json *);
};

struct cs_json_parser;

/*
 * paths: where the array may be, dotted object keys, "" for the document
 * itself; ended by NULL.  Lent, as are ops, arg and poll.  NULL: no memory.
 */
CS_API struct cs_json_parser *cs_json_new(const char *const *paths,
			    const struct cs_json_ops *, void *arg, struct cs_poll *);
CS_API enum cs_rc	 cs_json_push(struct cs_json_parser *, const char *buf,
	    size_t len) CS_MUST_USE;
/* Checks that the document was closed and that the array was there. */
CS_API enum cs_rc	 cs_json_end(struct cs_json_parser *) CS_MUST_USE;
CS_API struct cs_json_parser *cs_json_free(struct cs_json_parser *);

/* For values one by one, as in a file that has one a line. */
struct cs_json_reader;

CS_API struct cs_json_reader *cs_json_reader_new(void);	/* NULL: no memory */
/*
 * Reads text, len bytes and a NUL, with one value and white space around it.  *out is
 * lent until the next call.  CS_OK; CS_E_INPUT, CS_E_LIMIT, *out_fault (a constant)
 * saying why; CS_E_NOMEM.
 */
CS_API enum cs_rc	 cs_json_read(struct cs_json_reader *, const char *text, size_t len,
			    const struct cs_json **out, const char **out_fault) CS_MUST_USE;
CS_API struct cs_json_reader *cs_json_reader_free(struct cs_json_reader *);

#endif /* CERTSYNC_JSON_H */
