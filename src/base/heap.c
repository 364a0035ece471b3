/* SPDX-License-Identifier: ISC */
/* heap.c -- see heap.h. */
#include "base/heap.h"

#include <stdlib.h>

#define HEAP_FIRST	16	/* nodes */

void
heap_init(struct heap *h)
{
	*h = (struct heap){ 0 };
}

void
heap_free(struct heap *h)
{
	for (size_t i = 0; i < h->n; i++)
		h->v[i]->pos = 0;
	free(h->v);
	heap_init(h);
}

static void
heap_put(struct heap *h, size_t i, struct heap_node *node)
{
	h->v[i] = node;
	node->pos = i + 1;
}

static void
heap_up(struct heap *h, size_t i)
{
	struct heap_node *node = h->v[i];

	while (i > 0 && h->v[(i - 1) / 2]->key > node->key) {
		heap_put(h, i, h->v[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	heap_put(h, i, node);
}

static void
heap_down(struct heap *h, size_t i)
{
	struct heap_node *node = h->v[i];
	size_t child;

	while ((child = 2 * i + 1) < h->n) {
		if (child + 1 < h->n && h->v[child + 1]->key < h->v[child]->key)
			child++;
		if (h->v[child]->key >= node->key)
			break;
		heap_put(h, i, h->v[child]);
		i = child;
	}
	heap_put(h, i, node);
}

bool
heap_set(struct heap *h, struct heap_node *node, int64_t key)
{
	if (node->pos == 0) {
		if (h->n == h->cap) {
			size_t cap = h->cap == 0 ? HEAP_FIRST : h->cap * 2;
			struct heap_node **v = reallocarray(h->v, cap, sizeof(*v));

			if (v == NULL)
				return false;
			h->v = v;
			h->cap = cap;
		}
		heap_put(h, h->n++, node);
	}
	node->key = key;
	heap_up(h, node->pos - 1);
	heap_down(h, node->pos - 1);
	return true;
}

void
heap_remove(struct heap *h, struct heap_node *node)
{
	size_t i = node->pos;
	struct heap_node *last;

	if (i-- == 0)
		return;
	node->pos = 0;
	last = h->v[--h->n];
	if (last == node)
		return;
	heap_put(h, i, last);
	heap_up(h, i);
	heap_down(h, last->pos - 1);
}

struct heap_node *
heap_first(const struct heap *h)
{
	return h->n > 0 ? h->v[0] : NULL;
}
