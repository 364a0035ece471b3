/* SPDX-License-Identifier: ISC */
/* test_heap.c -- what is due next: src/base/heap.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/heap.h"

#define NODES	500

struct item {
	int			 id;
	struct heap_node	 node;
};

static struct item items[NODES];

static void
setup_items(void)
{
	for (int i = 0; i < NODES; i++)
		items[i] = (struct item){ .id = i };
}

/* A small generator: the same numbers on every machine. */
static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void
test_order(void **state)
{
	uint32_t seed = 7;
	int64_t last = INT64_MIN;
	struct heap_node *n;
	struct heap h;
	int count = 0;

	(void)state;
	setup_items();
	heap_init(&h);
	assert_null(heap_first(&h));
	for (int i = 0; i < NODES; i++)
		assert_true(heap_set(&h, &items[i].node,
		    (int64_t)(next_random(&seed) % 100) - 50));
	while ((n = heap_first(&h)) != NULL) {
		assert_true(n->key >= last);
		last = n->key;
		assert_ptr_equal(&heap_item(n, struct item, node)->node, n);
		heap_remove(&h, n);
		assert_int_equal(n->pos, 0);
		count++;
	}
	assert_int_equal(count, NODES);
	heap_free(&h);
}

/* Against a plain search, through random inserts, moves and removals. */
static void
test_random(void **state)
{
	uint32_t seed = 42;
	struct heap h;

	(void)state;
	setup_items();
	heap_init(&h);
	for (int step = 0; step < 20000; step++) {
		struct heap_node *node = &items[next_random(&seed) % NODES].node;
		int64_t least = INT64_MAX;
		size_t in = 0;

		if (next_random(&seed) % 3 == 0) {
			heap_remove(&h, node);
			assert_int_equal(node->pos, 0);
		} else
			assert_true(heap_set(&h, node, next_random(&seed) % 1000));
		for (int i = 0; step % 37 == 0 && i < NODES; i++)
			if (items[i].node.pos != 0) {
				in++;
				if (items[i].node.key < least)
					least = items[i].node.key;
				assert_ptr_equal(h.v[items[i].node.pos - 1], &items[i].node);
			}
		if (step % 37 == 0) {
			assert_int_equal(in, h.n);
			assert_true(in == 0 ? heap_first(&h) == NULL :
			    heap_first(&h)->key == least);
		}
	}
	heap_free(&h);
	for (int i = 0; i < NODES; i++)
		assert_int_equal(items[i].node.pos, 0);
	assert_null(heap_first(&h));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
