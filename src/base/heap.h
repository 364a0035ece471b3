/* SPDX-License-Identifier: ISC */
/*
 * heap.h -- what is due next: a binary min-heap of int64 keys with removal
 * from the middle.  Items embed a node; the heap owns none of them.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
	int64_t	key;
	size_t	pos;	/* 1-based place in the heap; 0: not in one */
};

struct heap {
	struct heap_node **v;	/* owned array of lent nodes */
	size_t	 n, cap;
};

void	heap_init(struct heap *);
void	heap_free(struct heap *);	/* nodes are marked as removed */
/* Inserts, or moves a node that is in it already, to key.  false: no memory. */
bool	heap_set(struct heap *, struct heap_node *, int64_t key);
void	heap_remove(struct heap *, struct heap_node *);	/* fine if not in it */
struct heap_node *heap_first(const struct heap *);	/* NULL: empty */

#define heap_item(node, type, member) \
	((type *)(void *)((char *)(node) - offsetof(type, member)))

#endif /* BASE_HEAP_H */
