/* SPDX-License-Identifier: ISC */
/* arena.c -- see arena.h.  A list of blocks, the newest first. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_FIRST	((size_t)4 << 10)	/* bytes; small uses stay small */
#define BLOCK_MOST	((size_t)1 << 20)	/* bytes; bounds what the last one wastes */
#define ARENA_ALIGN	alignof(max_align_t)

struct block {
	struct block	*next;
	size_t		 size, used;	/* bytes of data */
	max_align_t	 data[];
};

struct arena {
	struct block	*first;		/* owned; NULL while empty */
	size_t		 max, used;	/* bytes, rounded up per allocation */
	size_t		 step;		/* bytes of the next block */
};

struct arena *
arena_new(size_t max)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a == NULL)
		return NULL;
	a->max = max;
	a->step = BLOCK_FIRST;
	return a;
}

static struct block *
block_add(struct arena *a, size_t need)
{
	size_t size = need > a->step ? need : a->step;
	struct block *b;

	if (size - need > a->max - a->used - need)
		size = a->max - a->used;	/* never more than may be used */
	b = malloc(sizeof(*b) + size);
	if (b == NULL)
		return NULL;
	b->size = size;
	b->used = 0;
	b->next = a->first;
	a->first = b;
	if (a->step < BLOCK_MOST)
		a->step *= 2;
	return b;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t need = size == 0 ? ARENA_ALIGN :
	    (size + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
	struct block *b = a->first;
	void *p;

	if (need < size || need > a->max - a->used)
		return NULL;
	if ((b == NULL || need > b->size - b->used) &&
	    (b = block_add(a, need)) == NULL)
		return NULL;
	p = (char *)b->data + b->used;
	b->used += need;
	a->used += need;
	return memset(p, 0, need);
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = len < a->max ? arena_alloc(a, len + 1) : NULL;

	/* The NUL is there: memory of an arena is zeroed. */
	return p != NULL && len > 0 ? memcpy(p, s, len) : p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s != NULL ? arena_strndup(a, s, strlen(s)) : NULL;
}

static void
blocks_free(struct block *b)
{
	struct block *next;

	for (; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
}

void
arena_reset(struct arena *a)
{
	struct block *b = a->first;

	a->used = 0;
	if (b == NULL)
		return;
	blocks_free(b->next);
	b->next = NULL;
	b->used = 0;
	if (b->size > BLOCK_MOST) {	/* made for one huge item */
		blocks_free(b);
		a->first = NULL;
	}
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}

struct arena *
arena_free(struct arena *a)
{
	if (a != NULL)
		blocks_free(a->first);
	free(a);
	return NULL;
}
