/* SPDX-License-Identifier: ISC */
/* test_arena.c -- memory freed all at once: src/base/arena.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/arena.h"

static void
test_alloc(void **state)
{
	struct arena *a = arena_new((size_t)8 << 20);
	size_t used = 0;

	(void)state;
	assert_non_null(a);
	assert_int_equal(arena_used(a), 0);
	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *p = arena_alloc(a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xa5, size);
		assert_true(arena_used(a) >= used + size);
		used = arena_used(a);
	}
	assert_null(arena_free(a));
	assert_null(arena_free(NULL));
}

static void
test_strings(void **state)
{
	struct arena *a = arena_new(1000);

	(void)state;
	assert_string_equal(arena_strdup(a, "text"), "text");
	assert_string_equal(arena_strdup(a, ""), "");
	assert_null(arena_strdup(a, NULL));
	assert_string_equal(arena_strndup(a, "text", 2), "te");
	assert_memory_equal(arena_strndup(a, "a\0b", 3), "a\0b", 4);
	assert_string_equal(arena_strndup(a, NULL, 0), "");
	assert_null(arena_strndup(a, "x", SIZE_MAX));
	(void)arena_free(a);
}

static void
test_limit(void **state)
{
	struct arena *a = arena_new(1024);
	size_t got = 0;

	(void)state;
	assert_null(arena_alloc(a, 1025));
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_alloc(a, SIZE_MAX - 7));
	while (arena_alloc(a, 16) != NULL)
		got += 16;
	assert_int_equal(got, 1024);
	arena_reset(a);
	assert_non_null(arena_alloc(a, 1024));
	assert_null(arena_alloc(a, 1));
	(void)arena_free(a);
	a = arena_new(0);
	assert_null(arena_alloc(a, 1));
	(void)arena_free(a);
}

/* After a reset memory is zeroed again, and one block serves anew. */
static void
test_reset(void **state)
{
	struct arena *a = arena_new((size_t)64 << 20);
	unsigned char *p;

	(void)state;
	arena_reset(a);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++) {
			p = arena_alloc(a, 1000);
			assert_non_null(p);
			assert_int_equal(p[0] | p[999], 0);
			memset(p, 0xff, 1000);
		}
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	assert_non_null(arena_alloc(a, (size_t)9 << 20));
	arena_reset(a);
	assert_non_null(arena_alloc(a, 10));
	(void)arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
