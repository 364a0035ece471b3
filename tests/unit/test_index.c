/* SPDX-License-Identifier: ISC */
/* test_index.c -- the badge index against a naive model, with seeded random operations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "engine/index.h"

#define MODEL	64	/* badges */
#define KEYS	16	/* distinct keys */

struct model {
	bool	 there;
	bool	 has[KEYS];
	int64_t	 due;
};

static uint32_t seed = 20261121;

static unsigned
roll(unsigned n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static void
count(void *arg, struct index_badge *b)
{
	(void)b;
	(*(size_t *)arg)++;
}

static void
check(const struct index *ix, const struct model *m)
{
	size_t total = 0, n, want;
	int64_t first = 0;

	for (size_t i = 0; i < MODEL; i++) {
		total += m[i].there;
		if (m[i].there && m[i].due != 0 && (first == 0 || m[i].due < first))
			first = m[i].due;
	}
	assert_int_equal(index_count(ix), total);
	for (unsigned k = 0; k < KEYS; k++) {
		n = want = 0;
		index_each_key(ix, k + 1, count, &n);
		for (size_t i = 0; i < MODEL; i++)
			want += m[i].there && m[i].has[k];
		assert_int_equal(n, want);
	}
	if (first == 0)
		assert_null(index_next_due(ix));
	else
		assert_int_equal(index_next_due(ix)->due.key, first);
}

static void
step(struct index *ix, struct model *m)
{
	unsigned i = roll(MODEL);
	char id[16], profile[16];
	struct index_badge *b;
	uint64_t keys[KEYS];
	size_t n = 0;

	(void)snprintf(id, sizeof(id), "b%u", i);
	(void)snprintf(profile, sizeof(profile), "p%u", i % 7);
	b = index_find(ix, id);
	assert_int_equal(b != NULL, m[i].there);
	if (b != NULL && roll(4) == 0) {
		index_remove(ix, b);
		m[i] = (struct model){ .there = false };
		return;
	}
	b = index_add(ix, id, profile);
	assert_non_null(b);
	m[i].there = true;
	for (unsigned k = 0; k < KEYS; k++) {
		m[i].has[k] = roll(4) == 0;
		if (m[i].has[k])
			keys[n++] = k + 1;
	}
	assert_int_equal(index_set_keys(ix, b, keys, n), 0);
	m[i].due = roll(3) == 0 ? 0 : 1000 + roll(1000);
	assert_true(index_set_due(ix, b, m[i].due));
}

static void
test_model(void **state)
{
	struct index *ix = index_new();
	struct model m[MODEL] = { { .there = false } };

	(void)state;
	assert_non_null(ix);
	for (int i = 0; i < 20000; i++) {
		step(ix, m);
		if (i % 50 == 0)
			check(ix, m);
	}
	check(ix, m);
	(void)index_free(ix);
}

static void
test_profiles_and_counts(void **state)
{
	struct index *ix = index_new();
	struct index_badge *a = index_add(ix, "a", "p"), *b = index_add(ix, "b", "p");

	(void)state;
	assert_int_equal(index_profile_count(ix, "p"), 2);
	assert_int_equal(index_profile_count(ix, "q"), 0);
	index_set_status(ix, a, BADGE_VERIFIED);
	assert_int_equal(index_count_status(ix, BADGE_VERIFIED), 1);
	assert_int_equal(index_count_status(ix, BADGE_SELF_REPORTED), 1);
	index_remove(ix, b);
	assert_ptr_equal(index_profile_first(ix, "p"), a);
	index_remove(ix, a);
	assert_null(index_profile_first(ix, "p"));
	assert_int_equal(index_count_status(ix, BADGE_VERIFIED), 0);
	(void)index_free(ix);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model), cmocka_unit_test(test_profiles_and_counts)
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
