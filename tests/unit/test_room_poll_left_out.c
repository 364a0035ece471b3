/* SPDX-License-Identifier: ISC */
/*
 * test_room_poll_left_out.c -- rows that could not be read: who may be behind
 * them has not gone, and nobody else stays for their sake (core/left_out.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/registry/registry_event.h"
#include "lib/lister.h"
#include "lib/wall.h"
#include "twins/spawn.h"

#define VERIFIED	"verified record_active (nil) 1"
#define MISSING		"verified record_active record_missing 1"

/* A day later it lists these, with its own count. */
static void
list(struct lister *l, const char *rows)
{
	enum poll_result result;

	wall_elapse(86400);
	result = lister_poll_proven(l, rows);
	assert_true(result == POLL_COMMITTED || result == POLL_UNCHANGED);
	lister_settle(l);
}

static void
assert_proof(const struct lister *l, const char *name)
{
	assert_string_equal(l->w.firms->proof.name, name);
}

static int
setup(void **state)
{
	struct lister *l;

	(void)lister_setup(state);
	l = *state;
	l->w.connector.absent_polls = 2;
	list(l, "1001 1002 1003 1004 1005 1006");
	assert_proof(l, "total");
	lister_put(l, 1001, 4);
	return 0;
}

/* However often: it stands there, under a number that nobody can read. */
static void
test_damaged_number(void **state)
{
	struct lister *l = *state;

	for (unsigned i = 0; i < 5; i++) {
		list(l, "!1 1002 1003 1004 1005 1006");
		assert_string_equal(lister_badge(l, 1001), VERIFIED);
		assert_true(snapshot_has(l->w.firms->snapshot,
		    store_hash(l->w.engine.store, "1001")));
	}
	/* The row is mended, and then it has gone. */
	list(l, "1001 1002 1003 1004 1005 1006");
	assert_int_equal(l->w.firms->left_out.total, 0);
	list(l, "1002 1003 1004 1005 1006");
	assert_string_equal(lister_badge(l, 1001), VERIFIED);
	list(l, "1002 1003 1004 1005 1006");
	assert_string_equal(lister_badge(l, 1001), MISSING);
}

/* A row that has always been odd is nobody who was read beside it. */
static void
test_always_odd(void **state)
{
	struct lister *l = *state;

	list(l, "1001 1002 1003 1004 1005 1006 !7 !7");
	assert_proof(l, "none");
	list(l, "1002 1003 1004 1005 1006 !7 !7");
	assert_proof(l, "total");
	lister_assert_known(l, 5);
	list(l, "1002 1003 1004 1005 1006 !7 !7");
	assert_string_equal(lister_badge(l, 1001), MISSING);
	/* The same bytes once more may be somebody. */
	list(l, "1003 1004 1005 1006 !7 !7 !7");
	assert_proof(l, "none");
	list(l, "1003 1004 1005 1006 !7 !7 !7");
	list(l, "1003 1004 1005 1006 !7 !7 !7");
	assert_string_equal(lister_badge(l, 1002), VERIFIED);
}

/* Who went with the row's coming may be the row; who goes later cannot. */
static void
test_each_by_itself(void **state)
{
	struct lister *l = *state;

	list(l, "!1 1002 1003 1004 1005 1006");
	list(l, "!1 1003 1004 1005 1006");
	assert_proof(l, "total");
	lister_assert_known(l, 5);
	list(l, "!1 1003 1004 1005 1006");
	assert_string_equal(lister_badge(l, 1001), VERIFIED);
	assert_string_equal(lister_badge(l, 1002), MISSING);
	assert_int_equal(l->w.firms->proof.lacking_records, 1);
	assert_int_equal(l->w.firms->proof.lacking_numbers, 1);
}

/* What is remembered of them outlives the process. */
static void
test_restart(void **state)
{
	struct lister *l = *state;
	int64_t since_s;

	list(l, "!1 1002 1003 1004 1005 1006");
	since_s = l->w.firms->proof.last_complete_s;
	list(l, "!1 1002 1003 1004 1005 1006");
	lister_restart(l);
	assert_int_equal(l->w.firms->left_out.total, 1);
	assert_int_equal(left_out_newest_s(&l->w.firms->left_out), since_s);
	/* Which one lacks is not known; that one does, and since before the row came, is. */
	assert_true(l->w.firms->proof.seen_unknown);
	assert_int_equal(registry_seen_s(l->w.firms, 1), since_s - 86400);
	assert_true(l->w.firms->proof.last_proven_s > since_s);
}

/* Missing once, and then a row comes that may be it: the second time does not count. */
static void
test_comes_back_odd(void **state)
{
	struct lister *l = *state;

	list(l, "1002 1003 1004 1005 1006");
	lister_assert_known(l, 5);
	for (unsigned i = 0; i < 3; i++) {
		list(l, "!1 1002 1003 1004 1005 1006");
		assert_string_equal(lister_badge(l, 1001), VERIFIED);
	}
	list(l, "1002 1003 1004 1005 1006");
	assert_string_equal(lister_badge(l, 1001), MISSING);
}

/* One of two certifications of a number is damaged; the other is renewed meanwhile. */
static void
test_one_of_two(void **state)
{
	struct lister *l = *state;

	list(l, "1001 1001+ 1002 1003 1004 1005 1006");
	assert_int_equal(snapshot_records(l->w.firms->snapshot), 7);
	for (unsigned i = 0; i < 3; i++)
		list(l, "!1 1001+ 1002 1003 1004 1005 1006");
	assert_int_equal(snapshot_records(l->w.firms->snapshot), 7);
	assert_string_equal(lister_badge(l, 1001), VERIFIED);
	/* What came back changed takes the place of what it was all the same. */
	l->plugin->unique_rows = true;
	list(l, "!1 1001 1001+ 1002- 1003 1004 1005 1006");
	assert_int_equal(snapshot_records(l->w.firms->snapshot), 7);
	list(l, "!1 1001 1003 1004 1005 1006");
	assert_int_equal(snapshot_records(l->w.firms->snapshot), 5);
}

/* More rows than are told apart: whoever is missing may be any of them. */
static void
test_too_many(void **state)
{
	struct lister *l = *state;

	for (unsigned polls = 0; polls < 4; polls++) {
		wall_elapse(86400);
		lister_begin(l);
		lister_say(l, "1002 1003 1004 1005 1006");
		for (uint64_t i = 0; i <= LEFT_OUT_MAX; i++, l->items++)
			twin_worker()->on.left_out(twin_worker()->arg, i, "");
		lister_prove(CS_PROOF_TOTAL, l->items);
		lister_end(l);
		(void)lister_outcome(l);
		lister_settle(l);
		assert_proof(l, "none");
	}
	lister_assert_known(l, 6);
	assert_string_equal(lister_badge(l, 1001), VERIFIED);
}

#define LEFT_OUT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, lister_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		LEFT_OUT_TEST(test_damaged_number),
		LEFT_OUT_TEST(test_always_odd),
		LEFT_OUT_TEST(test_each_by_itself),
		LEFT_OUT_TEST(test_restart),
		LEFT_OUT_TEST(test_comes_back_odd),
		LEFT_OUT_TEST(test_one_of_two),
		LEFT_OUT_TEST(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
