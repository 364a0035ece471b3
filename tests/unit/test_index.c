/* SPDX-License-Identifier: ISC */
/* test_index.c -- the badge index against a naive model, with seeded random operations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "engine/state/index.h"

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

static void
sum(void *arg, const struct index_kind *kind)
{
	size_t *total = arg;

	total[0]++;
	total[1] += kind->badges;
	total[2] += kind->by_status[BADGE_VERIFIED];
	total[3] += kind->cases;
	total[4] += kind->unconfirmed;
}

static void
check_kinds(const struct index *ix, const size_t want[5])
{
	size_t got[5] = { 0 };

	index_each_kind(ix, sum, got);
	assert_memory_equal(got, want, sizeof(got));
	assert_int_equal(index_count_cases(ix), want[3]);
}

static void
test_kinds(void **state)
{
	struct index *ix = index_new();
	struct index_badge *a = index_add(ix, "a", "p"), *b = index_add(ix, "b", "p");

	(void)state;
	check_kinds(ix, (size_t[]){ 1, 2, 0, 0, 0 });
	index_set_kind(ix, a, "sba", "WOSB");
	index_set_kind(ix, b, "sba", NULL);
	index_set_status(ix, a, BADGE_VERIFIED);
	index_set_marks(ix, a, true, true);
	check_kinds(ix, (size_t[]){ 2, 2, 1, 1, 1 });
	index_set_marks(ix, a, true, false);
	index_set_kind(ix, a, "sba", NULL);
	check_kinds(ix, (size_t[]){ 1, 2, 1, 1, 0 });
	index_remove(ix, a);
	check_kinds(ix, (size_t[]){ 1, 1, 0, 0, 0 });
	index_remove(ix, b);
	check_kinds(ix, (size_t[]){ 0, 0, 0, 0, 0 });
	(void)index_free(ix);
}

/* Members choose the bodies: their number is bounded all the same. */
static void
test_kinds_are_bounded(void **state)
{
	struct index *ix = index_new();
	size_t got[5] = { 0 };
	char name[33];

	(void)state;
	for (int i = 0; i < INDEX_KINDS_MAX + 50; i++) {
		(void)snprintf(name, sizeof(name), "b%d", i);
		index_set_kind(ix, index_add(ix, name, "p"), name, "T");
	}
	index_each_kind(ix, sum, got);
	assert_int_equal(got[0], INDEX_KINDS_MAX + 1);
	assert_int_equal(got[1], INDEX_KINDS_MAX + 50);
	(void)index_free(ix);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model), cmocka_unit_test(test_profiles_and_counts),
		cmocka_unit_test(test_kinds), cmocka_unit_test(test_kinds_are_bounded)
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
