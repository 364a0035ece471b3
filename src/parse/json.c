/* SPDX-License-Identifier: ISC */
/*
 * json.c -- see certsync/json.h: walks a document down to its list.
 *
 *	VALUE --'{'--> KEY --"..."--> COLON --':'--> VALUE ... COMMA --'}'--> up
 *	      --'['--> VALUE ... COMMA --']'--> up
 *	      --any other first byte--> FRAME until the value is whole --> COMMA
 *
 * Only the outer objects and arrays are walked here, byte by byte; everything
 * in them is framed (json_frame.h), checked and parsed (json_tree.h) whole, be
 * it an element, a scalar, a key, or an array's item that nobody asked for.
 */
#include <certsync/json.h>

#include <stdlib.h>
#include <string.h>

#include "parse/json_frame.h"
#include "parse/json_tree.h"

#define OUTER_KEYS_MAX	256	/* members of one outer object */
#define OUTER_TEXT_MAX	65536	/* bytes of the keys of all open ones */
#define PATH_BYTES	1024	/* bytes of the dotted path of a member */
#define BYTE_ORDER_MARK	"\xef\xbb\xbf"

/* What a framed text is for. */
enum framing { AS_KEY, AS_ELEMENT, AS_SCALAR, AS_NOTHING };

struct level {
	bool		 array, list;	/* list: its items are the elements */
	size_t		 path_len;	/* of the container itself */
	size_t		 keys_start;	/* in keys[] */
	unsigned	 key_count;
};

struct cs_json_parser {
	const char *const *paths;	/* lent */
	const struct cs_json_ops *ops;	/* lent */
	void		*arg;		/* lent */
	struct cs_poll	*poll;		/* lent */
	enum cs_rc	 rc;		/* what stopped us, or CS_OK */
	enum { VALUE, VALUE_OR_END, KEY, KEY_OR_END, COLON, COMMA, FRAME, ENDED }
			 state;
	enum framing	 framing;
	bool		 list_seen;
	uint64_t	 offset;	/* bytes walked */
	uint64_t	 marked;	/* of those, of a byte order mark */
	uint64_t	 at;		/* where the byte or frame judged began */
	unsigned	 depth;		/* open levels */
	struct level	 levels[CS_JSON_DEPTH];
	size_t		 keys_len, path_len;
	struct json_tree *tree;		/* owned */
	struct json_frame frame;
	char		 keys[OUTER_TEXT_MAX];	/* each ended by NUL */
	char		 path[PATH_BYTES];
};

struct cs_json_parser *
cs_json_new(const char *const *paths, const struct cs_json_ops *ops, void *arg,
    struct cs_poll *poll)
{
	struct cs_json_parser *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->paths = paths;
	p->ops = ops;
	p->arg = arg;
	p->poll = poll;
	p->tree = json_tree_new();
	return p->tree != NULL ? p : cs_json_free(p);
}

struct cs_json_parser *
cs_json_free(struct cs_json_parser *p)
{
	if (p == NULL)
		return NULL;
	p->tree = json_tree_free(p->tree);
	free(p);
	return NULL;
}

static enum cs_rc
json_fail(struct cs_json_parser *p, enum cs_rc rc, const char *what)
{
	if (p->rc == CS_OK)
		p->rc = cs_fail(p->poll, rc, "JSON, byte %llu: %s",
		    (unsigned long long)p->at, what);
	return p->rc;
}

/* --- paths ------------------------------------------------------------------ */

/* Whether the current path is that of the list. */
static bool
at_list(const struct cs_json_parser *p)
{
	for (const char *const *l = p->paths; *l != NULL; l++)
		if (strcmp(*l, p->path) == 0)
			return true;
	return false;
}

/* Whether a list may lie below the current path. */
static bool
above_list(const struct cs_json_parser *p)
{
	for (const char *const *l = p->paths; *l != NULL; l++)
		if (strlen(*l) > p->path_len &&
		    strncmp(*l, p->path, p->path_len) == 0 &&
		    (p->path_len == 0 || (*l)[p->path_len] == '.'))
			return true;
	return false;
}

static void
path_cut(struct cs_json_parser *p, size_t len)
{
	p->path_len = len;
	p->path[len] = '\0';
}

/* Remembers a key of the innermost object and puts it on the path. */
static enum cs_rc
key_add(struct cs_json_parser *p, const char *key)
{
	struct level *l = &p->levels[p->depth - 1];
	size_t len = strlen(key) + 1, dot = p->path_len > 0;
	const char *k = p->keys + l->keys_start;

	for (; k < p->keys + p->keys_len; k += strlen(k) + 1)
		if (strcmp(k, key) == 0)
			return json_fail(p, CS_E_INPUT, "an object has a key twice");
	if (++l->key_count > OUTER_KEYS_MAX ||
	    len > sizeof(p->keys) - p->keys_len ||
	    len + dot > sizeof(p->path) - p->path_len)
		return json_fail(p, CS_E_LIMIT, "too many or too long keys");
	memcpy(p->keys + p->keys_len, key, len);
	p->keys_len += len;
	if (dot)
		p->path[p->path_len] = '.';
	memcpy(p->path + p->path_len + dot, key, len);
	p->path_len += dot + len - 1;
	return CS_OK;
}

/* --- values ----------------------------------------------------------------- */

/* Where a value has ended: what comes next depends on what it is in. */
static void
value_ended(struct cs_json_parser *p)
{
	if (p->depth == 0) {
		p->state = ENDED;
		return;
	}
	path_cut(p, p->levels[p->depth - 1].path_len);
	p->state = COMMA;
}

static enum cs_rc
list_found(struct cs_json_parser *p)
{
	if (p->list_seen)
		return json_fail(p, CS_E_INPUT, "the list is there twice");
	p->list_seen = true;
	return CS_OK;
}

static enum cs_rc
level_open(struct cs_json_parser *p, bool array)
{
	bool list = array && at_list(p);

	if (p->depth == CS_JSON_DEPTH)
		return json_fail(p, CS_E_LIMIT, "nested too deeply");
	if (list && list_found(p) != CS_OK)
		return p->rc;
	p->levels[p->depth++] = (struct level){
		.array = array, .list = list, .path_len = p->path_len,
		.keys_start = p->keys_len
	};
	p->state = array ? VALUE_OR_END : KEY_OR_END;
	return CS_OK;
}

static enum cs_rc
level_close(struct cs_json_parser *p)
{
	struct level *l = &p->levels[--p->depth];

	p->keys_len = l->keys_start;
	value_ended(p);
	return CS_OK;
}

static enum cs_rc
scalar_done(struct cs_json_parser *p, const struct cs_json *v)
{
	if (at_list(p)) {
		if (cs_json_type(v) != CS_JSON_NULL)
			return json_fail(p, CS_E_INPUT,
			    "a single value where the list belongs");
		if (list_found(p) != CS_OK)	/* null: no elements */
			return p->rc;
	}
	if (p->ops->scalar != NULL)
		p->rc = p->ops->scalar(p->arg, p->path, v);
	return p->rc;
}

static enum cs_rc
frame_done(struct cs_json_parser *p)
{
	const struct cs_json *v = NULL;
	const char *why = NULL;
	enum cs_rc rc;

	if (!json_text_ok(p->frame.data, p->frame.len))
		return json_fail(p, CS_E_INPUT, "not strict UTF-8");
	rc = json_tree_parse(p->tree, p->frame.data, p->frame.len + 1, &v, &why);
	if (rc != CS_OK)
		return json_fail(p, rc, why);
	switch (p->framing) {
	case AS_KEY:
		p->state = COLON;
		return key_add(p, cs_json_text(v));
	case AS_ELEMENT:
		p->rc = p->ops->element(p->arg, v);
		break;
	case AS_SCALAR:
		(void)scalar_done(p, v);
		break;
	case AS_NOTHING:
		break;
	}
	value_ended(p);
	return p->rc;
}

/* Feeds the frame; *out_used as in json_frame_push(). */
static enum cs_rc
frame_bytes(struct cs_json_parser *p, const char *s, size_t len,
    size_t *out_used)
{
	enum json_frame_rc rc = json_frame_push(&p->frame, s, len, out_used);

	switch (rc) {
	case JSON_FRAME_MORE:
		return CS_OK;
	case JSON_FRAME_DONE:
		return frame_done(p);
	case JSON_FRAME_BAD:
		return json_fail(p, CS_E_INPUT, "not valid JSON");
	case JSON_FRAME_LONG:
		return json_fail(p, CS_E_LIMIT, "an element or string is too long");
	case JSON_FRAME_DEEP:
		return json_fail(p, CS_E_LIMIT, "nested too deeply");
	}
	return CS_E_INPUT;
}

static void
frame_open(struct cs_json_parser *p, enum framing framing)
{
	p->framing = framing;
	p->state = FRAME;
	json_frame_start(&p->frame, CS_JSON_DEPTH - p->depth);
}

/* The first byte of a value decides who reads it. */
static enum cs_rc
value_open(struct cs_json_parser *p, char b)
{
	const struct level *l = p->depth > 0 ? &p->levels[p->depth - 1] : NULL;

	if (b == '<' && p->depth == 0)
		return json_fail(p, CS_E_INPUT,
		    "begins with '<': a web page instead of the list?");
	if (l != NULL && l->array)
		frame_open(p, l->list ? AS_ELEMENT : AS_NOTHING);
	else if (b == '[' || (b == '{' && !(at_list(p) && !above_list(p))))
		return level_open(p, b == '[');
	else if (b == '{') {
		frame_open(p, AS_ELEMENT);
		return list_found(p);
	} else
		frame_open(p, AS_SCALAR);
	return CS_OK;
}

/* --- the walk --------------------------------------------------------------- */

static enum cs_rc
comma_byte(struct cs_json_parser *p, char b)
{
	bool array = p->levels[p->depth - 1].array;

	if (b == ',') {
		p->state = array ? VALUE : KEY;
		return CS_OK;
	}
	if (b == (array ? ']' : '}'))
		return level_close(p);
	return json_fail(p, CS_E_INPUT, "not valid JSON");
}

/* One byte that is not white space; *out_used 0: the frame must read it. */
static enum cs_rc
walk_byte(struct cs_json_parser *p, char b, size_t *out_used)
{
	*out_used = 1;
	p->at = p->offset;
	switch (p->state) {
	case VALUE_OR_END:
		if (b == ']')
			return level_close(p);
		__attribute__((fallthrough));
	case VALUE:
		if (value_open(p, b) == CS_OK && p->state == FRAME)
			*out_used = 0;
		return p->rc;
	case KEY_OR_END:
		if (b == '}')
			return level_close(p);
		__attribute__((fallthrough));
	case KEY:
		if (b != '"')
			break;
		frame_open(p, AS_KEY);
		*out_used = 0;
		return CS_OK;
	case COLON:
		if (b != ':')
			break;
		p->state = VALUE;
		return CS_OK;
	case COMMA:
		return comma_byte(p, b);
	case ENDED:
		return json_fail(p, CS_E_INPUT, "text after the end");
	case FRAME:
		break;
	}
	return json_fail(p, CS_E_INPUT, "not valid JSON");
}

/* Whether a byte is of the byte order mark that programs put first, whatever RFC 8259 says. */
static bool
is_mark(const struct cs_json_parser *p, char byte)
{
	return p->offset < sizeof(BYTE_ORDER_MARK) - 1 && p->marked == p->offset &&
	    byte == BYTE_ORDER_MARK[p->offset];
}

enum cs_rc
cs_json_push(struct cs_json_parser *p, const char *buf, size_t len)
{
	while (len > 0 && p->rc == CS_OK) {
		size_t n = 1;

		if (is_mark(p, *buf))
			p->marked++;
		else if (p->marked > 0 && p->offset < sizeof(BYTE_ORDER_MARK) - 1)
			(void)json_fail(p, CS_E_INPUT, "half a byte order mark");
		else if (p->state == FRAME)
			(void)frame_bytes(p, buf, len, &n);
		else if (*buf != ' ' && *buf != '\n' && *buf != '\r' &&
		    *buf != '\t')
			(void)walk_byte(p, *buf, &n);
		p->offset += n;
		buf += n;
		len -= n;
	}
	return p->rc;
}

enum cs_rc
cs_json_end(struct cs_json_parser *p)
{
	if (p->rc != CS_OK)
		return p->rc;
	p->at = p->offset;
	if (p->state != ENDED)
		return json_fail(p, CS_E_INPUT, "the document ends early");
	if (!p->list_seen)
		return p->rc = cs_fail(p->poll, CS_E_INPUT,
		    "JSON: there is no list at \"%s\"",
		    p->paths[0] != NULL ? p->paths[0] : "");
	return CS_OK;
}
