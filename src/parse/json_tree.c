/* SPDX-License-Identifier: ISC */
/* json_tree.c -- see json_tree.h; the only file that knows yajl. */
#include "parse/json_tree.h"

#include <stdlib.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "base/arena.h"
#include "base/hash.h"

/*
 * yajl's buffers double from 2 KiB and are realloc()ed, so that all of them
 * together stay below twice the element; the rest is its handle and stacks.
 */
#define YAJL_MEMORY	(4 * CS_JSON_ELEMENT_MAX + ((size_t)64 << 10))
#define YAJL_ALIGN	16
#define ARENA_SLACK	256	/* more than one node and its rounding */

struct cs_json {
	const char	*key;		/* of a member; NULL: not one */
	const char	*text;		/* of STRING and NUMBER */
	struct cs_json	*parent, *first, *last, *next;
	const struct cs_json **items;	/* of ARRAY, set when it closes */
	size_t		 count;		/* of members or items */
	enum cs_json_type type;
	bool		 truth;
};

struct json_tree {
	yajl_handle	 yajl;		/* lives in memory[] */
	struct arena	*arena;		/* owned; the current tree */
	struct cs_json	*root, *open;	/* open: innermost container */
	const char	*key;		/* waiting for its value */
	enum cs_rc	 rc;
	const char	*fault;
	size_t		 used;		/* bytes of memory[] */
	_Alignas(YAJL_ALIGN) unsigned char memory[YAJL_MEMORY];
};

/* --- yajl's memory: blocks with their size in front, never given back -------- */

static void *
memory_alloc(void *ctx, size_t size)
{
	struct json_tree *t = ctx;
	size_t total = YAJL_ALIGN +
	    (size + YAJL_ALIGN - 1) / YAJL_ALIGN * YAJL_ALIGN;
	unsigned char *block = t->memory + t->used;

	/* Out of reach by the caps; a crash of the worker if it is not. */
	if (size > YAJL_MEMORY || total > YAJL_MEMORY - t->used)
		abort();
	memcpy(block, &size, sizeof(size));
	t->used += total;
	return block + YAJL_ALIGN;
}

static void *
memory_realloc(void *ctx, void *p, size_t size)
{
	size_t old = 0;
	void *block;

	if (p != NULL)
		memcpy(&old, (unsigned char *)p - YAJL_ALIGN, sizeof(old));
	if (size <= old)
		return p;
	block = memory_alloc(ctx, size);
	if (old > 0)
		memcpy(block, p, old);
	return block;
}

static void
memory_free(void *ctx, void *p)
{
	(void)ctx, (void)p;
}

/* --- building --------------------------------------------------------------- */

/* Ends the parse; returns what a yajl callback must. */
static int
fault(struct json_tree *t, enum cs_rc rc, const char *why)
{
	t->rc = rc;
	t->fault = why;
	return 0;
}

static int
json_no_memory(struct json_tree *t, size_t wanted)
{
	if (arena_used(t->arena) + wanted + ARENA_SLACK >= JSON_TREE_MAX)
		return fault(t, CS_E_LIMIT, "an element has too many values");
	return fault(t, CS_E_NOMEM, "out of memory");
}

/* NULL: the parse must end, and fault() was called. */
static struct cs_json *
value_add(struct json_tree *t, enum cs_json_type type)
{
	struct cs_json *v, *in = t->open;

	if (in == NULL && t->root != NULL) {
		(void)fault(t, CS_E_INPUT, "two values where one belongs");
		return NULL;
	}
	v = arena_alloc(t->arena, sizeof(*v));
	if (v == NULL) {
		(void)json_no_memory(t, sizeof(*v));
		return NULL;
	}
	v->type = type;
	v->key = t->key;
	v->parent = in;
	t->key = NULL;
	if (in == NULL)
		t->root = v;
	else {
		if (in->last != NULL)
			in->last->next = v;
		else
			in->first = v;
		in->last = v;
		in->count++;
	}
	return v;
}

static int
on_null(void *ctx)
{
	return value_add(ctx, CS_JSON_NULL) != NULL;
}

static int
on_boolean(void *ctx, int truth)
{
	struct cs_json *v = value_add(ctx, CS_JSON_BOOL);

	if (v != NULL)
		v->truth = truth != 0;
	return v != NULL;
}

static int
json_add_text(struct json_tree *t, enum cs_json_type type, const char *s, size_t len)
{
	struct cs_json *v = value_add(t, type);

	if (v == NULL)
		return 0;
	v->text = arena_strndup(t->arena, s, len);
	return v->text != NULL ? 1 : json_no_memory(t, len);
}

static int
on_number(void *ctx, const char *s, size_t len)
{
	return json_add_text(ctx, CS_JSON_NUMBER, s, len);
}

static int
on_string(void *ctx, const unsigned char *s, size_t len)
{
	return json_add_text(ctx, CS_JSON_STRING, (const char *)s, len);
}

static int
container_open(struct json_tree *t, enum cs_json_type type)
{
	struct cs_json *v = value_add(t, type);

	if (v != NULL)
		t->open = v;
	return v != NULL;
}

static int
on_start_map(void *ctx)
{
	return container_open(ctx, CS_JSON_OBJECT);
}

static int
on_start_array(void *ctx)
{
	return container_open(ctx, CS_JSON_ARRAY);
}

static int
on_map_key(void *ctx, const unsigned char *s, size_t len)
{
	struct json_tree *t = ctx;

	if (t->open->count == JSON_KEYS_MAX)
		return fault(t, CS_E_LIMIT, "an object has too many members");
	t->key = arena_strndup(t->arena, (const char *)s, len);
	if (t->key == NULL)
		return json_no_memory(t, len);
	for (const struct cs_json *v = t->open->first; v != NULL; v = v->next)
		if (strcmp(v->key, t->key) == 0)
			return fault(t, CS_E_INPUT, "an object has a key twice");
	return 1;
}

static int
on_end_map(void *ctx)
{
	struct json_tree *t = ctx;

	t->open = t->open->parent;
	return 1;
}

static int
on_end_array(void *ctx)
{
	struct json_tree *t = ctx;
	struct cs_json *a = t->open;
	size_t i = 0, size = a->count * sizeof(struct cs_json *);

	t->open = a->parent;
	if (a->count == 0)
		return 1;
	a->items = arena_alloc(t->arena, size);
	if (a->items == NULL)
		return json_no_memory(t, size);
	for (const struct cs_json *v = a->first; v != NULL; v = v->next)
		a->items[i++] = v;
	return 1;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null, .yajl_boolean = on_boolean,
	.yajl_number = on_number, .yajl_string = on_string,
	.yajl_start_map = on_start_map, .yajl_map_key = on_map_key,
	.yajl_end_map = on_end_map, .yajl_start_array = on_start_array,
	.yajl_end_array = on_end_array,
};

struct json_tree *
json_tree_new(void)
{
	struct json_tree *t = aligned_alloc(YAJL_ALIGN, sizeof(*t));
	yajl_alloc_funcs funcs = {
		.malloc = memory_alloc, .realloc = memory_realloc,
		.free = memory_free, .ctx = t
	};

	if (t == NULL)
		return NULL;
	/* Not calloc: most of memory[] is never touched. */
	memset(t, 0, offsetof(struct json_tree, memory));
	t->arena = arena_new(JSON_TREE_MAX);
	if (t->arena == NULL)
		return json_tree_free(t);
	t->yajl = yajl_alloc(&callbacks, &funcs, t);
	(void)yajl_config(t->yajl, yajl_allow_multiple_values, 1);
	return t;
}

struct json_tree *
json_tree_free(struct json_tree *t)
{
	if (t == NULL)
		return NULL;
	t->arena = arena_free(t->arena);
	free(t);	/* yajl lives in it */
	return NULL;
}

enum cs_rc
json_tree_parse(struct json_tree *t, const char *text, size_t len,
    const struct cs_json **out, const char **out_fault)
{
	yajl_status status;

	arena_reset(t->arena);
	t->root = t->open = NULL;
	t->key = NULL;
	status = yajl_parse(t->yajl, (const unsigned char *)text, len);
	if (status == yajl_status_ok && (t->root == NULL || t->open != NULL))
		status = yajl_status_error;
	if (status == yajl_status_error)
		(void)fault(t, CS_E_INPUT, "not valid JSON");
	*out = t->root;
	*out_fault = t->fault;
	return t->rc;
}

/* --- access ----------------------------------------------------------------- */

enum cs_json_type
cs_json_type(const struct cs_json *v)
{
	return v != NULL ? v->type : CS_JSON_NULL;
}

const struct cs_json *
cs_json_get(const struct cs_json *v, const char *path)
{
	while (v != NULL && v->type == CS_JSON_OBJECT) {
		size_t n = strcspn(path, ".");
		const struct cs_json *m = v->first;

		while (m != NULL && (strncmp(m->key, path, n) != 0 ||
		    m->key[n] != '\0'))
			m = m->next;
		if (path[n] == '\0')
			return m;
		v = m;
		path += n + 1;
	}
	return NULL;
}

const char *
cs_json_text(const struct cs_json *v)
{
	return v != NULL ? v->text : NULL;
}

bool
cs_json_true(const struct cs_json *v)
{
	return v != NULL && v->truth;
}

size_t
cs_json_count(const struct cs_json *v)
{
	if (v == NULL || v->type == CS_JSON_NULL)
		return 0;
	return v->type == CS_JSON_ARRAY ? v->count : 1;
}

const struct cs_json *
cs_json_at(const struct cs_json *v, size_t i)
{
	if (i >= cs_json_count(v))
		return NULL;
	return v->type == CS_JSON_ARRAY ? v->items[i] : v;
}

/* Kind, name and text of each value, depth first; json_frame.h caps the depth. */
uint64_t
cs_json_hash(const struct cs_json *v, uint64_t hash)
{
	const unsigned char kind[] = { (unsigned char)cs_json_type(v), cs_json_true(v) };

	hash = hash64_on(hash, kind, sizeof(kind));
	if (v == NULL)
		return hash;
	if (v->key != NULL)
		hash = hash64_on(hash, v->key, strlen(v->key));
	if (v->text != NULL)
		hash = hash64_on(hash, v->text, strlen(v->text));
	for (const struct cs_json *m = v->first; m != NULL; m = m->next)
		hash = cs_json_hash(m, hash);
	return hash64_on(hash, "", 0);
}

const char *
cs_json_member(const struct cs_json *v, size_t i)
{
	const struct cs_json *m = v != NULL && v->type == CS_JSON_OBJECT ? v->first : NULL;

	while (m != NULL && i-- > 0)
		m = m->next;
	return m != NULL ? m->key : NULL;
}
