/* SPDX-License-Identifier: ISC */
/*
 * test_room_guard.c -- changes for the worse that wait for a person: one by
 * one, as a batch, in a second plan, struck, approved, discarded, and found
 * again after a restart.  Linked with what stands below the guard only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/guard/hold.h"
#include "engine/registry/registry_event.h"
#include "lib/engine_world.h"

#define VERIFIED	12	/* badges b00.. of WOSB: five of them may get worse, no more */

struct guard {
	struct engine_world w;
	struct hold	*h;		/* of firms */
	bool		 loaded, load_ok;
	unsigned	 stored;	/* calls of on_stored */
};

static void
on_loaded(void *arg, bool ok)
{
	struct guard *g = arg;

	g->loaded = true;
	g->load_ok = ok;
}

static bool
is_loaded(struct engine_world *w)
{
	return ((struct guard *)w->owner)->loaded;
}

static bool
is_idle(struct engine_world *w)
{
	return holds_idle(&w->engine) && work_pending(w->engine.work) == 0;
}

static void
on_stored(void *arg, bool ok)
{
	struct guard *g = arg;

	assert_true(ok);
	g->stored++;
}

static bool
is_stored(struct engine_world *w)
{
	return ((struct guard *)w->owner)->stored > 0;
}

/* What the badge room does: what is approved is done, what waits stays. */
static enum reconcile_result
decide_badge(struct engine_world *w, const char *badge)
{
	const struct hold_line *line = holds_find(w->engine.holds, badge);
	const char *by, *hash;

	if (line == NULL || !hold_line_approved(line, &by, &hash))
		return RECONCILE_UNCHANGED;
	holds_strike(w->engine.holds, badge);
	return RECONCILE_WRITTEN;
}

/* --- a process with its guard ------------------------------------------------------ */

static void
guard_load(struct guard *g, struct hold *h)
{
	g->loaded = false;
	hold_load(h, on_loaded, g);
	engine_world_until(&g->w, is_loaded);
	assert_true(g->load_ok && hold_loaded(h));
}

static void
guard_start(struct guard *g)
{
	struct engine *engine = &g->w.engine;
	char id[16];

	assert_non_null(holds_new(engine));
	g->h = hold_new(engine, g->w.firms);
	registry_tie(g->w.firms, g->h, NULL);
	assert_non_null(g->h);
	guard_load(g, g->h);
	guard_load(g, holds_config(engine->holds));
	for (unsigned i = 0; i < VERIFIED; i++) {
		(void)snprintf(id, sizeof(id), "b%02u", i);
		engine_world_badge(&g->w, id, "WOSB");
	}
	hold_resume(g->h);
	hold_resume(holds_config(engine->holds));
}

static void
guard_end(struct guard *g)
{
	registry_tie(g->w.firms, hold_free(g->h), NULL);
	g->w.engine.holds = holds_free(g->w.engine.holds);
}

/* Another process finds what this one has stored; what it had in mind only is gone. */
static void
guard_restart(struct guard *g)
{
	guard_end(g);
	engine_world_close(&g->w);
	engine_world_open(&g->w);
	guard_start(g);
}

static int
setup(void **state)
{
	struct guard *g = calloc(1, sizeof(*g));

	assert_non_null(g);
	engine_world_init(&g->w);
	g->w.owner = g;
	g->w.decide = decide_badge;
	guard_start(g);
	*state = g;
	return 0;
}

static int
teardown(void **state)
{
	struct guard *g = *state;

	guard_end(g);
	engine_world_fini(&g->w);
	free(g);
	return 0;
}

/* --- changes ------------------------------------------------------------------------- */

static struct plan_line
revoked(unsigned badge)
{
	struct plan_line line = {
		.version = 1, .from = BADGE_VERIFIED, .to = BADGE_REVOKED,
		.reason = REASON_RECORD_DECERTIFIED
	};

	(void)snprintf(line.badge, sizeof(line.badge), "b%02u", badge);
	return line;
}

/* One change by itself that is committed if it passes. */
static bool
single(struct guard *g, unsigned badge)
{
	struct plan_line line = revoked(badge);

	if (!hold_single(g->h, &line, "WOSB", CAUSE_POLL, "firms-1"))
		return false;
	hold_settle(g->h, "WOSB", true);
	return true;
}

static void
batch_of(struct hold_batch *batch, unsigned first, unsigned n)
{
	*batch = (struct hold_batch){ .passed = false };
	for (unsigned i = first; i < first + n; i++) {
		struct plan_line line = revoked(i);

		assert_int_equal(hold_batch_add(batch, &line), 0);
	}
}

/* Holds badges first.. as one plan, stored; its hash. */
static void
hold_some(struct guard *g, unsigned first, unsigned n, char hash[PLAN_HASH_SIZE])
{
	struct hold_batch batch;
	struct err why;

	batch_of(&batch, first, n);
	assert_false(hold_judge(g->h, &batch, &why));
	hold_open(g->h, &batch, CAUSE_POLL, "firms-1", why.text, on_stored, g);
	hold_batch_fini(&batch);
	engine_world_until(&g->w, is_idle);
	(void)snprintf(hash, PLAN_HASH_SIZE, "%s", hold_plan_hash(g->h));
}

/* --- judging ------------------------------------------------------------------------- */

/* Five of twelve pass one by one, the sixth waits, and with it all that come after. */
static void
test_single_changes(void **state)
{
	struct guard *g = *state;

	for (unsigned i = 0; i < 5; i++)
		assert_true(single(g, i));
	assert_false(hold_is_held(g->h));
	assert_false(single(g, 5));
	assert_true(hold_is_held(g->h));
	assert_false(single(g, 6));
	assert_int_equal(hold_waiting(g->h), 2);
	assert_int_equal(registry_state_shown(g->w.firms), REGISTRY_HELD);
	assert_int_equal(holds_worse(&g->w.engine, NULL), 5);
	assert_null(holds_find(g->w.engine.holds, "b04"));
	assert_non_null(holds_find(g->w.engine.holds, "b05"));
}

/* What is under way counts until it is settled; what was not committed does not count. */
static void
test_reserved(void **state)
{
	struct guard *g = *state;
	struct plan_line line;

	for (unsigned i = 0; i < 5; i++) {
		line = revoked(i);
		assert_true(hold_single(g->h, &line, "WOSB", CAUSE_POLL, NULL));
	}
	assert_int_equal(holds_worse(&g->w.engine, NULL), 0);
	for (unsigned i = 0; i < 5; i++)
		hold_settle(g->h, "WOSB", i < 2);
	assert_int_equal(holds_worse(&g->w.engine, NULL), 2);
	for (unsigned i = 5; i < 8; i++)
		assert_true(single(g, i));
	assert_false(single(g, 8));
}

/* A batch is judged whole: six of twelve wait, five pass and are counted once. */
static void
test_batches(void **state)
{
	struct guard *g = *state;
	struct hold_batch batch;
	struct err why;

	hold_look(g->h);
	batch_of(&batch, 0, 6);
	assert_false(hold_would_pass(g->h, &batch, &why));
	assert_false(hold_judge(g->h, &batch, &why));
	assert_non_null(strstr(why.text, "6 of 12 verified badges"));
	assert_false(batch.passed);
	hold_batch_fini(&batch);
	batch_of(&batch, 0, 5);
	assert_true(hold_would_pass(g->h, &batch, &why));
	assert_int_equal(holds_worse(&g->w.engine, NULL), 0);
	assert_true(hold_judge(g->h, &batch, &why));
	assert_true(batch.passed);
	assert_int_equal(holds_worse(&g->w.engine, NULL), 5);
	hold_batch_fini(&batch);
	batch_of(&batch, 5, 1);
	assert_false(hold_judge(g->h, &batch, &why));
	hold_batch_fini(&batch);
	/* Nothing is no change. */
	batch_of(&batch, 0, 0);
	assert_true(hold_judge(g->h, &batch, &why));
	hold_batch_fini(&batch);
}

/* What the configuration makes worse waits, however little. */
static void
test_configuration(void **state)
{
	struct guard *g = *state;
	struct hold *config = holds_config(g->w.engine.holds);
	struct plan_line line = revoked(0);
	struct hold_batch batch;
	struct err why;

	batch_of(&batch, 0, 1);
	assert_false(hold_judge(config, &batch, &why));
	assert_non_null(strstr(why.text, "the rules are others than before"));
	hold_batch_fini(&batch);
	assert_false(hold_single(config, &line, "WOSB", CAUSE_CONFIG, NULL));
	assert_true(hold_line_is_of_config(holds_find(g->w.engine.holds, "b00")));
	assert_ptr_equal(hold_find(&g->w.engine, HOLD_CONFIG), config);
	assert_ptr_equal(hold_find(&g->w.engine, "firms"), g->h);
	assert_null(hold_find(&g->w.engine, "other"));
}

/* --- plans ------------------------------------------------------------------------------ */

/* The first plan stays what a person looked at; later lines go to a second one, which grows. */
static void
test_second_plan(void **state)
{
	struct guard *g = *state;
	const struct hold_selection all = { .only = REASON_COUNT };
	char first[PLAN_HASH_SIZE], second[PLAN_HASH_SIZE];
	const char *by, *hash;
	struct err err;

	hold_some(g, 0, 6, first);
	assert_false(single(g, 6));
	assert_string_equal(hold_plan_hash(g->h), first);
	(void)hold_line_approved(holds_find(g->w.engine.holds, "b06"), &by, &hash);
	(void)snprintf(second, sizeof(second), "%s", hash);
	assert_string_not_equal(second, first);
	assert_false(single(g, 7));
	(void)hold_line_approved(holds_find(g->w.engine.holds, "b07"), &by, &hash);
	assert_string_not_equal(hash, second);
	(void)snprintf(second, sizeof(second), "%s", hash);
	assert_string_equal(hold_plan_hash(g->h), first);
	engine_world_until(&g->w, is_idle);
	/* Approved, the first is carried out, and the second is the first. */
	buf_clear(&g->w.decided);
	assert_int_equal(hold_approve(g->h, first, &all, "anna", on_stored, g, &err), 0);
	assert_true(hold_is_held(g->h));
	engine_world_until(&g->w, is_idle);
	assert_string_equal(buf_str(&g->w.decided), "b00 b01 b02 b03 b04 b05 ");
	assert_string_equal(hold_plan_hash(g->h), second);
	assert_int_equal(hold_waiting(g->h), 2);
	assert_int_equal(hold_approve(g->h, first, &all, "anna", on_stored, g, &err), -1);
	assert_non_null(strstr(err.text, "firms has no plan"));
}

/* A change that is no longer true leaves its plan; with the last one the plan ends. */
static void
test_strike(void **state)
{
	struct guard *g = *state;
	char hash[PLAN_HASH_SIZE], badge[8];

	hold_some(g, 0, 6, hash);
	assert_string_equal(ENGINE_WORLD_ASK(&g->w, "HLEN", WORLD_INTERNAL "plan:1"), "6");
	holds_strike(g->w.engine.holds, "b03");
	holds_strike(g->w.engine.holds, "unknown");
	engine_world_until(&g->w, is_idle);
	assert_string_equal(ENGINE_WORLD_ASK(&g->w, "HLEN", WORLD_INTERNAL "plan:1"), "5");
	/* It is known by the hash that a person was shown. */
	assert_string_equal(hold_plan_hash(g->h), hash);
	assert_int_equal(hold_waiting(g->h), 5);
	for (unsigned i = 0; i < 6; i++) {
		(void)snprintf(badge, sizeof(badge), "b%02u", i);
		holds_strike(g->w.engine.holds, badge);
	}
	assert_false(hold_is_held(g->h));
	engine_world_until(&g->w, is_idle);
	assert_string_equal(ENGINE_WORLD_ASK(&g->w, "EXISTS", WORLD_INTERNAL "plan:1"), "0");
	assert_string_equal(ENGINE_WORLD_ASK(&g->w, "HEXISTS", WORLD_INTERNAL "plans", "1"), "0");
	assert_string_equal(hold_plan_hash(g->h), "");
	assert_string_equal(ENGINE_WORLD_ASK(&g->w, "HGET", WORLD_FIRMS, "state"), "idle");
}

/* Only what was selected is made; the rest waits on, under a hash of its own. */
static void
test_selection(void **state)
{
	struct guard *g = *state;
	json_t *except = json_pack("[s, s]", "b01", "b04");
	struct hold_selection some = { .only = REASON_COUNT, .except = except };
	char hash[PLAN_HASH_SIZE];
	struct err err;

	hold_some(g, 0, 6, hash);
	buf_clear(&g->w.decided);
	assert_int_equal(hold_approve(g->h, hash, &some, "anna", on_stored, g, &err), 0);
	engine_world_until(&g->w, is_idle);
	assert_string_equal(buf_str(&g->w.decided), "b00 b02 b03 b05 ");
	assert_int_equal(hold_waiting(g->h), 2);
	assert_string_not_equal(hold_plan_hash(g->h), hash);
	json_decref(except);
	some = (struct hold_selection){ .only = REASON_RECORD_WITHDRAWN };
	(void)snprintf(hash, sizeof(hash), "%s", hold_plan_hash(g->h));
	assert_int_equal(hold_approve(g->h, hash, &some, "anna", on_stored, g, &err), 0);
	engine_world_until(&g->w, is_idle);
	assert_int_equal(hold_waiting(g->h), 2);
}

/* Not done, nor asked again, until the registry says something else. */
static void
test_discard(void **state)
{
	struct guard *g = *state;
	struct hold_batch batch;
	struct plan_line other;
	char hash[PLAN_HASH_SIZE];
	struct err err;

	assert_int_equal(hold_discard(g->h, NULL, "anna", on_stored, g, &err), -1);
	assert_string_equal(err.text, "no change of firms waits");
	hold_some(g, 0, 6, hash);
	assert_int_equal(hold_discard(g->h, NULL, "anna", on_stored, g, &err), 0);
	engine_world_until(&g->w, is_idle);
	assert_false(hold_is_held(g->h));
	batch_of(&batch, 0, 6);
	assert_true(hold_judge(g->h, &batch, &err));
	assert_int_equal(batch.plan.count, 0);
	hold_batch_fini(&batch);
	assert_int_equal(holds_worse(&g->w.engine, NULL), 0);
	/* Another reason is another change. */
	batch_of(&batch, 1, 5);
	other = revoked(0);
	other.reason = REASON_RECORD_WITHDRAWN;
	assert_int_equal(hold_batch_add(&batch, &other), 0);
	assert_true(hold_judge(g->h, &batch, &err));
	assert_int_equal(batch.plan.count, 1);
	hold_batch_fini(&batch);
}

/* Held by a person: nothing passes, whatever the counts, until it is released. */
static void
test_operators_hold(void **state)
{
	struct guard *g = *state;
	char text[HOLD_TEXT_SIZE], why[HOLD_WHY_MAX + 2];
	struct err err;

	assert_int_equal(hold_release(g->h, "anna", on_stored, g, &err), -1);
	memset(why, 'x', sizeof(why));
	why[sizeof(why) - 1] = '\0';
	assert_int_equal(hold_stop(g->h, why, "anna", on_stored, g, &err), -1);
	assert_int_equal(hold_stop(g->h, "the list looks odd", "anna", on_stored, g, &err), 0);
	assert_int_equal(hold_stop(g->h, "once more", "bob", on_stored, g, &err), -1);
	assert_string_equal(err.text, "firms is held already, by anna: the list looks odd");
	assert_string_equal(hold_text(g->h, text), "held by an operator: certsync plan firms");
	assert_false(single(g, 0));
	engine_world_until(&g->w, is_idle);
	assert_string_equal(ENGINE_WORLD_ASK(&g->w, "HGET", WORLD_FIRMS, "state"), "held");
	guard_restart(g);
	assert_true(hold_is_held(g->h));
	/* One change is no pattern: what waited is made. */
	assert_int_equal(hold_release(g->h, "bob", on_stored, g, &err), 0);
	engine_world_until(&g->w, is_idle);
	assert_false(hold_is_held(g->h));
	assert_null(holds_find(g->w.engine.holds, "b00"));
	assert_int_equal(holds_worse(&g->w.engine, NULL), 1);
	assert_string_equal(ENGINE_WORLD_ASK(&g->w, "XLEN", WORLD_EVENTS), "2");
}

/* --- restarts ------------------------------------------------------------------------------ */

/* Plans, counts and who holds it are as they were, and told once. */
static void
test_restart_with_a_plan(void **state)
{
	struct guard *g = *state;
	char first[PLAN_HASH_SIZE];
	struct plan_line line = revoked(3);

	assert_true(single(g, 10));
	hold_some(g, 0, 6, first);
	assert_false(single(g, 7));
	engine_world_until(&g->w, is_idle);
	guard_restart(g);
	assert_true(hold_is_held(g->h));
	assert_string_equal(hold_plan_hash(g->h), first);
	assert_int_equal(hold_waiting(g->h), 7);
	assert_int_equal(holds_worse(&g->w.engine, NULL), 1);
	assert_true(plan_line_same(hold_line_change(holds_find(g->w.engine.holds, "b03")), &line));
	/* Whether each is still true is looked at again. */
	engine_world_until(&g->w, is_idle);
	assert_string_equal(buf_str(&g->w.decided), "b00 b01 b02 b03 b04 b05 b07 ");
	assert_string_equal(ENGINE_WORLD_ASK(&g->w, "XLEN", WORLD_EVENTS), "1");
}

/* An approval is stored before it is carried out: the next process does the rest. */
static void
test_restart_while_approving(void **state)
{
	struct guard *g = *state;
	const struct hold_selection all = { .only = REASON_COUNT };
	char hash[PLAN_HASH_SIZE];
	struct err err;

	hold_some(g, 0, 6, hash);
	g->w.engine.stopping = true;	/* the work list decides nothing any more */
	g->stored = 0;
	assert_int_equal(hold_approve(g->h, hash, &all, "anna", on_stored, g, &err), 0);
	engine_world_until(&g->w, is_stored);
	assert_int_equal(hold_waiting(g->h), 6);
	guard_restart(g);
	engine_world_until(&g->w, is_idle);
	assert_string_equal(buf_str(&g->w.decided), "b00 b01 b02 b03 b04 b05 ");
	assert_false(hold_is_held(g->h));
	assert_int_equal(hold_waiting(g->h), 0);
}

/* A plan that was not stored was never shown to anybody: it is found again by deciding. */
static void
test_killed_before_it_is_stored(void **state)
{
	struct guard *g = *state;

	for (unsigned i = 0; i < 7; i++)
		(void)single(g, i);
	assert_true(hold_is_held(g->h));
	guard_restart(g);
	assert_false(hold_is_held(g->h));
	assert_int_equal(hold_waiting(g->h), 0);
}

/* What is damaged in the store is left out, and the rest stands. */
static void
test_damaged(void **state)
{
	struct guard *g = *state;
	char hash[PLAN_HASH_SIZE];

	hold_some(g, 0, 6, hash);
	(void)ENGINE_WORLD_ASK(&g->w, "HSET", WORLD_INTERNAL "plans", "2", "{", "x", "y");
	(void)ENGINE_WORLD_ASK(&g->w, "HSET", WORLD_INTERNAL "plan:1", "b03", "b03 nonsense");
	guard_restart(g);
	assert_string_equal(hold_plan_hash(g->h), hash);
	assert_int_equal(hold_waiting(g->h), 5);
	(void)ENGINE_WORLD_ASK(&g->w, "HSET", WORLD_INTERNAL "plans", "state", "[]");
	guard_restart(g);
	assert_int_equal(hold_waiting(g->h), 5);
}

#define GUARD_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		GUARD_TEST(test_single_changes),
		GUARD_TEST(test_reserved),
		GUARD_TEST(test_batches),
		GUARD_TEST(test_configuration),
		GUARD_TEST(test_second_plan),
		GUARD_TEST(test_strike),
		GUARD_TEST(test_selection),
		GUARD_TEST(test_discard),
		GUARD_TEST(test_operators_hold),
		GUARD_TEST(test_restart_with_a_plan),
		GUARD_TEST(test_restart_while_approving),
		GUARD_TEST(test_killed_before_it_is_stored),
		GUARD_TEST(test_damaged),
	};

	return cmocka_run_group_tests_name("room guard", tests, NULL, NULL);
}
