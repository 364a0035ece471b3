/* SPDX-License-Identifier: ISC */
/*
 * test_snapshot.c -- the snapshot index against a naive list that is right by
 * being simple, and its memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/snapshot.h"

#define MODEL_MAX	4096
#define OPS		60000
#define MANY		200000
#define BYTES_MAX	48	/* a record, at MANY of them */

struct model_pair {
	uint64_t first, second;
	bool seen;
};

struct model {
	struct model_pair v[MODEL_MAX];
	size_t n;
};

static uint64_t seed;

static uint64_t
draw(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

static size_t
model_find(const struct model *m, uint64_t first, uint64_t second)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (m->v[i].first == first && m->v[i].second == second)
			break;
	return i;
}

static bool
model_has(const struct model *m, uint64_t first)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].first == first)
			return true;
	return false;
}

static void
model_add(struct model *m, uint64_t first, uint64_t second)
{
	if (model_find(m, first, second) == m->n)
		m->v[m->n++] = (struct model_pair){ first, second, true };
}

static bool
model_remove(struct model *m, uint64_t first, uint64_t second)
{
	size_t i = model_find(m, first, second);

	if (i == m->n)
		return false;
	m->v[i] = m->v[--m->n];
	return true;
}

static size_t
model_numbers(const struct model *m)
{
	size_t n = 0, j;

	for (size_t i = 0; i < m->n; i++) {
		for (j = 0; j < i && m->v[j].first != m->v[i].first; j++)
			;
		n += j == i;
	}
	return n;
}

static void
check_lacking(void *arg, uint64_t number, uint64_t content)
{
	struct model *m = arg;
	size_t i = model_find(m, number, content);

	assert_true(i < m->n);
	assert_false(m->v[i].seen);
	m->v[i].seen = true;	/* each once */
}

static void
compare_lacking(const struct snapshot *s, const struct model *m)
{
	static struct model copy;
	size_t lacking = 0;

	copy = *m;
	for (size_t i = 0; i < m->n; i++)
		lacking += !m->v[i].seen;
	assert_int_equal(snapshot_poll_lacking_count(s), lacking);
	snapshot_poll_lacking(s, check_lacking, &copy);
	for (size_t i = 0; i < copy.n; i++)
		assert_true(copy.v[i].seen);
	for (size_t i = 0; i < m->n; i++) {
		bool seen = false;

		for (size_t j = 0; j < m->n; j++)
			seen |= m->v[j].first == m->v[i].first && m->v[j].seen;
		assert_true(snapshot_poll_number_seen(s, m->v[i].first) == seen);
	}
}

/*
 * Numbers as hashes whose low bits collide often and wrap around the end of
 * the table.
 */
static uint64_t
draw_number(uint64_t spread)
{
	uint64_t k = draw(spread);

	return (k << 32) + (UINT64_MAX - 8 + k % 8) % (UINT64_C(1) << 32) + 1;
}

static void
step(struct snapshot *s, struct model *m, uint64_t spread)
{
	uint64_t number = draw_number(spread), content = draw(3) + 1;
	size_t i = model_find(m, number, content);

	switch (draw(8)) {
	case 0: case 1: case 2:
		if (m->n == MODEL_MAX)
			break;
		assert_int_equal(snapshot_add(s, number, content), 0);
		model_add(m, number, content);
		break;
	case 3: case 4:
		assert_int_equal(snapshot_remove(s, number, content),
		    model_remove(m, number, content));
		break;
	case 5: case 6:
		assert_int_equal(snapshot_poll_seen(s, number, content), i < m->n);
		if (i < m->n)
			m->v[i].seen = true;
		break;
	default:
		assert_int_equal(snapshot_has(s, number), model_has(m, number));
	}
	assert_int_equal(snapshot_records(s), m->n);
}

static void
test_model(void **state)
{
	static const uint64_t spreads[] = { 5, 60, 1500 };
	static struct model m;

	(void)state;
	for (size_t k = 0; k < sizeof(spreads) / sizeof(spreads[0]); k++) {
		struct snapshot *s = snapshot_new();

		assert_non_null(s);
		seed = 1000 + k;
		m.n = 0;
		for (int i = 0; i < OPS; i++) {
			step(s, &m, spreads[k]);
			if (i % 4999 != 0)
				continue;
			assert_int_equal(snapshot_numbers(s), model_numbers(&m));
			compare_lacking(s, &m);
			snapshot_poll_begin(s);
			for (size_t j = 0; j < m.n; j++)
				m.v[j].seen = false;
		}
		while (m.n > 0) {
			assert_true(snapshot_remove(s, m.v[0].first, m.v[0].second));
			(void)model_remove(&m, m.v[0].first, m.v[0].second);
		}
		assert_int_equal(snapshot_records(s), 0);
		assert_int_equal(snapshot_numbers(s), 0);
		snapshot_free(s);
	}
}

static void
test_empty(void **state)
{
	struct snapshot *s = snapshot_new();
	uint64_t out[2];

	(void)state;
	assert_non_null(s);
	snapshot_poll_begin(s);
	assert_false(snapshot_has(s, 1));
	assert_false(snapshot_poll_seen(s, 1, 1));
	assert_false(snapshot_remove(s, 1, 1));
	assert_int_equal(snapshot_alias_find(s, 1, out, 2), 0);
	snapshot_alias_remove(s, 1, 1);
	assert_int_equal(snapshot_poll_lacking_count(s), 0);
	assert_false(snapshot_poll_number_seen(s, 1));
	assert_null(snapshot_free(s));
	assert_null(snapshot_free(NULL));
}

/* One poll: known, changed, new and gone. */
static void
number_add(void *arg, uint64_t number)
{
	*(uint64_t *)arg += number;
}

static void
test_poll(void **state)
{
	struct snapshot *s = snapshot_new();
	uint64_t numbers = 0;

	(void)state;
	snapshot_add(s, 1, 10);
	snapshot_add(s, 1, 10);
	snapshot_add(s, 2, 20);
	snapshot_add(s, 2, 21);
	assert_int_equal(snapshot_records(s), 3);
	assert_int_equal(snapshot_numbers(s), 2);
	snapshot_poll_begin(s);
	assert_int_equal(snapshot_poll_lacking_count(s), 3);
	assert_true(snapshot_poll_seen(s, 1, 10));
	assert_true(snapshot_poll_seen(s, 1, 10));
	assert_false(snapshot_poll_seen(s, 2, 22));
	assert_false(snapshot_poll_seen(s, 3, 30));
	assert_true(snapshot_poll_was_seen(s, 1, 10));
	assert_false(snapshot_poll_was_seen(s, 2, 20));
	assert_false(snapshot_poll_was_seen(s, 3, 30));
	assert_int_equal(snapshot_poll_lacking_count(s), 2);
	assert_false(snapshot_poll_number_lacking(s, 1));
	assert_true(snapshot_poll_number_lacking(s, 2));
	assert_false(snapshot_poll_number_lacking(s, 3));
	snapshot_each_number(s, number_add, &numbers);
	assert_int_equal(numbers, 3);	/* 1 and 2, each once */
	/* The merge: what it adds is not gone by the same poll. */
	snapshot_add(s, 2, 22);
	assert_int_equal(snapshot_poll_lacking_count(s), 2);
	snapshot_remove(s, 2, 20);
	snapshot_remove(s, 2, 21);
	assert_int_equal(snapshot_poll_lacking_count(s), 0);
	assert_true(snapshot_has(s, 2));
	snapshot_free(s);
}

static void
test_aliases(void **state)
{
	struct snapshot *s = snapshot_new();
	uint64_t out[4] = { 0 };

	(void)state;
	for (uint64_t n = 1; n <= 3; n++)
		assert_int_equal(snapshot_alias_add(s, 7, n), 0);
	assert_int_equal(snapshot_alias_add(s, 7, 2), 0);
	assert_int_equal(snapshot_alias_add(s, 8, 9), 0);
	assert_int_equal(snapshot_alias_find(s, 7, out, 4), 3);
	assert_int_equal(out[0] + out[1] + out[2], 6);
	assert_int_equal(snapshot_alias_find(s, 7, out, 2), 2);
	snapshot_alias_remove(s, 7, 2);
	assert_int_equal(snapshot_alias_find(s, 7, out, 4), 2);
	assert_int_equal(out[0] + out[1], 4);
	assert_int_equal(snapshot_alias_find(s, 6, out, 4), 0);
	assert_int_equal(snapshot_records(s), 0);
	snapshot_free(s);
}

static void
test_memory(void **state)
{
	struct snapshot *s = snapshot_new();
	size_t bytes;

	(void)state;
	seed = 42;
	for (size_t i = 0; i < MANY; i++) {
		uint64_t number = draw(UINT64_MAX) | 1;

		assert_int_equal(snapshot_add(s, number, i + 1), 0);
		assert_int_equal(snapshot_alias_add(s, draw(UINT64_MAX) | 1, number), 0);
	}
	bytes = snapshot_bytes(s);
	print_message("%zu records with one alias each: %zu bytes, %.1f a record\n",
	    snapshot_records(s), bytes, (double)bytes / MANY);
	assert_int_equal(snapshot_records(s), MANY);
	assert_true(bytes < (size_t)BYTES_MAX * MANY);
	snapshot_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_poll),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
