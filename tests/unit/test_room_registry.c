/* SPDX-License-Identifier: ISC */
/*
 * test_room_registry.c -- one source: its state in Redis and back, its budget,
 * its freshness, what its lists lack, and when it is polled next.  Linked with
 * what stands below the registry only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/registry/absences.h"
#include "engine/registry/budget.h"
#include "engine/registry/fresh.h"
#include "engine/registry/registry_event.h"
#include "engine/registry/registry_store.h"
#include "engine/registry/timetable.h"
#include "lib/engine_world.h"

#define HOUR_S	3600
#define DAY_S	86400

struct source {
	struct engine_world w;
	struct registry	*other;		/* a second one, with the same credential */
	struct config_connector other_config;
	const struct zone *utc;
	unsigned	 retries, stored; /* as registry_save_then() tells */
	bool		 restored, batch_stored;
};

static struct registry *
firms(struct source *s)
{
	return s->w.firms;
}

static int64_t
now_s(struct source *s)
{
	return engine_now_s(&s->w.engine);
}

static void
on_saved(void *arg, enum store_outcome outcome)
{
	struct source *s = arg;

	if (outcome == STORE_OK)
		s->stored++;
	else
		s->retries++;
}

static bool
is_stored(struct engine_world *w)
{
	return ((struct source *)w->owner)->stored > 0;
}

static bool
is_refused(struct engine_world *w)
{
	return ((struct source *)w->owner)->retries > 0;
}

static bool
is_saved(struct engine_world *w)
{
	return w->firms->saving.sent == NULL && !w->firms->saving.unsaved;
}

static bool
is_told(struct engine_world *w)
{
	return !w->firms->told.busy;
}

static void
on_state(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct source *s = arg;

	assert_int_equal(outcome, STORE_OK);
	registry_restore(firms(s), reply);
	s->restored = true;
}

static bool
is_restored(struct engine_world *w)
{
	return ((struct source *)w->owner)->restored;
}

/* Another process reads what this one has stored. */
static void
source_restart(struct source *s)
{
	absences_free(firms(s));
	timer_fini(&firms(s)->timer);
	engine_world_close(&s->w);
	engine_world_open(&s->w);
	s->restored = false;
	store_read(s->w.engine.store, on_state, s, 2,
	    (const char *[]){ "HGETALL", WORLD_INTERNAL "state" });
	engine_world_until(&s->w, is_restored);
}

static int
setup(void **state)
{
	struct source *s = calloc(1, sizeof(*s));
	struct err err;

	assert_non_null(s);
	engine_world_init(&s->w);
	s->w.owner = s;
	s->utc = zone_load(NULL, "UTC", &err);
	assert_non_null(s->utc);
	s->w.connector.budget_zone = s->utc;
	*state = s;
	return 0;
}

static int
teardown(void **state)
{
	struct source *s = *state;

	absences_free(firms(s));
	timer_fini(&firms(s)->timer);
	s->other = registry_free(s->other);
	engine_world_fini(&s->w);
	zone_free((struct zone *)(uintptr_t)s->utc);
	free(s);
	return 0;
}

/* --- its state --------------------------------------------------------------------- */

static void
test_state_survives(void **state)
{
	static const char checkpoint[] = { 'a', '\0', '\n', '\xff' };
	struct source *s = *state;
	struct registry *r = firms(s);
	char *copy;

	r->poll_number = 7;
	r->times.last_attempt_s = r->times.last_success_s = r->proof.last_complete_s = now_s(s);
	r->proof.last_proven_s = now_s(s) - HOUR_S;
	registry_poll_failed(r, false, 0, "HTTP 503");
	r->times.failures = 3;
	r->proof.lacking_numbers = 12;
	r->proof.proven = true;
	r->reading.identity = UINT64_C(0xfedcba9876543210);
	r->pause = (struct pause){ .total_s = 60, .since_s = 0 };
	registry_commit_noted(r, "{\"poll\":7}");
	copy = malloc(sizeof(checkpoint));
	assert_non_null(copy);
	memcpy(copy, checkpoint, sizeof(checkpoint));
	registry_took_checkpoint(r, copy, sizeof(checkpoint));
	r->refused = (struct refused){
		.hash = "ab", .why = "it shrank", .records = 3, .known = 9, .at_s = now_s(s)
	};
	registry_save_then(r, on_saved, s);
	engine_world_until(&s->w, is_stored);
	assert_string_equal(ENGINE_WORLD_ASK(&s->w, "HMGET", WORLD_FIRMS, "state", "error",
	    "held_plan", "next_poll"), "backoff HTTP 503  ");
	source_restart(s);
	r = firms(s);
	assert_int_equal(r->poll_number, 7);
	assert_int_equal(r->proof.last_complete_s - r->proof.last_proven_s, HOUR_S);
	assert_int_equal(r->times.failures, 3);
	assert_int_equal(r->proof.lacking_numbers, 12);
	assert_true(r->proof.proven);
	assert_true(r->reading.identity == UINT64_C(0xfedcba9876543210));
	assert_int_equal(r->pause.total_s, 60);
	assert_string_equal(r->error, "HTTP 503");
	assert_string_equal(r->diff.pending, "{\"poll\":7}");
	assert_int_equal(r->reading.checkpoint_len, sizeof(checkpoint));
	assert_memory_equal(r->reading.checkpoint, checkpoint, sizeof(checkpoint));
	assert_string_equal(r->refused.why, "it shrank");
	assert_int_equal(r->refused.known, 9);
}

/* What is damaged in the store is as if it had not been there. */
static void
test_state_damaged(void **state)
{
	struct source *s = *state;

	(void)ENGINE_WORLD_ASK(&s->w, "HSET", WORLD_INTERNAL "state", "poll", "x",
	    "failures", "99999999", "checkpoint", "abc", "refused", "{", "last_complete", "-1");
	source_restart(s);
	assert_int_equal(firms(s)->poll_number, 0);
	assert_int_equal(firms(s)->times.failures, 1000);
	assert_null(firms(s)->reading.checkpoint);
	assert_string_equal(firms(s)->refused.hash, "");
	assert_int_equal(firms(s)->proof.last_complete_s, 0);
}

/* A write that Redis refuses is tried again until it takes it: nobody waits for the next poll. */
static void
test_refused_write(void **state)
{
	struct source *s = *state;

	(void)ENGINE_WORLD_ASK(&s->w, "CONFIG", "SET", "maxmemory", "1");
	registry_poll_failed(firms(s), false, 0, "HTTP 503");
	registry_save_then(firms(s), on_saved, s);
	engine_world_until(&s->w, is_refused);
	assert_int_equal(s->stored, 0);
	(void)ENGINE_WORLD_ASK(&s->w, "CONFIG", "SET", "maxmemory", "0");
	engine_world_until(&s->w, is_stored);
	assert_string_equal(ENGINE_WORLD_ASK(&s->w, "HGET", WORLD_FIRMS, "state"), "backoff");
}

/* While one write is under way the state changes: the last one is what is stored. */
static void
test_last_state_is_stored(void **state)
{
	struct source *s = *state;

	registry_poll_began(firms(s), NULL);
	registry_save_now(firms(s));
	registry_poll_failed(firms(s), false, 0, "HTTP 500");
	registry_save_then(firms(s), on_saved, s);
	registry_save_forget(firms(s));
	registry_poll_failed(firms(s), true, 0, "HTTP 401");
	registry_save_now(firms(s));
	engine_world_until(&s->w, is_saved);
	assert_int_equal(s->stored, 0);
	assert_string_equal(ENGINE_WORLD_ASK(&s->w, "HMGET", WORLD_FIRMS, "state", "error"),
	    "stopped HTTP 401");
}

/* Held shows instead of idle and back-off, not instead of what is going on. */
static void
test_state_shown(void **state)
{
	struct source *s = *state;

	registry_hold_changed(firms(s), true, "");
	for (int i = REGISTRY_IDLE; i <= REGISTRY_STOPPED; i++) {
		registry_poll_undone(firms(s), (enum registry_state)i);
		assert_int_equal(registry_state_shown(firms(s)),
		    i == REGISTRY_POLLING || i == REGISTRY_STOPPED ? i : REGISTRY_HELD);
	}
	assert_true(registry_is_held(firms(s)));
	assert_ptr_equal(registry_find(&s->w.engine, "firms"), firms(s));
	assert_null(registry_find(&s->w.engine, "other"));
	/* Until the plug-in has said what it covers: anything of its body. */
	assert_true(registry_covers(firms(s), "sba", "WOSB"));
	assert_true(registry_covers(firms(s), "sba", NULL));
	assert_false(registry_covers(firms(s), "nglcc", NULL));
}

/* --- its budget ------------------------------------------------------------------------ */

static void
other_add(struct source *s)
{
	s->other_config = s->w.connector;
	s->other_config.name = s->other_config.label = "other";
	s->other = registry_new(&s->w.engine, &s->other_config);
	assert_non_null(s->other);
	s->w.engine.registries[s->w.engine.registry_count++] = s->other;
}

/* Polls leave the reserve to look-ups; what is taken is stored before it is spent. */
static void
test_budget(void **state)
{
	struct source *s = *state;

	assert_int_equal(budget_remaining(firms(s)), UINT32_MAX);
	s->w.connector.daily_budget = 4;
	s->w.connector.budget_reserve = 1;
	assert_true(budget_take(firms(s), 2, false));
	assert_true(budget_has(firms(s), false));
	assert_false(budget_take(firms(s), 2, false));
	assert_true(budget_take(firms(s), 1, false));
	assert_false(budget_has(firms(s), false));
	assert_true(budget_has(firms(s), true));
	assert_true(budget_take(firms(s), 1, true));
	assert_false(budget_has(firms(s), true));
	assert_int_equal(budget_used(firms(s)), 4);
	engine_world_until(&s->w, is_saved);
	source_restart(s);
	assert_int_equal(budget_used(firms(s)), 4);
	/* Tomorrow it is another one. */
	assert_in_range(budget_reset_s(firms(s)) - now_s(s), 0, DAY_S);
	firms(s)->quota.day--;
	assert_int_equal(budget_used(firms(s)), 0);
}

/* Connectors with one credential share what they use and what they are told. */
static void
test_budget_shared(void **state)
{
	struct source *s = *state;
	int64_t until_s = now_s(s) + 5 * HOUR_S;

	s->w.connector.daily_budget = 4;
	s->w.connector.api_key.ref = "file:/key";
	other_add(s);
	assert_true(budget_is_shared(firms(s), s->other));
	assert_true(budget_take(firms(s), 3, false));
	assert_int_equal(budget_remaining(s->other), 1);
	assert_false(budget_take(s->other, 2, false));
	timetable_pause(firms(s), until_s);
	assert_int_equal(s->other->times.retry_at_s, until_s);
	timetable_pause(firms(s), until_s - HOUR_S);
	assert_int_equal(s->other->times.retry_at_s, until_s);
	s->other_config.api_key.ref = "file:/other";
	assert_false(budget_is_shared(firms(s), s->other));
	assert_int_equal(budget_remaining(s->other), 4);
	engine_world_until(&s->w, is_saved);
}

static void
on_timer(void *arg)
{
	(void)arg;
}

/* The next poll: after its interval; not before a request is left; what was planned survives. */
static void
test_timetable(void **state)
{
	struct source *s = *state;
	int64_t planned_s;

	assert_int_equal(timer_init(&firms(s)->timer, s->w.engine.loop, on_timer, s), 0);
	firms(s)->times.last_success_s = now_s(s);
	timetable_next(firms(s));
	planned_s = firms(s)->times.next_poll_s;
	assert_in_range(planned_s - now_s(s), DAY_S - DAY_S / 20 - 1, DAY_S + DAY_S / 20 + 1);
	timetable_resume(firms(s));
	assert_int_equal(firms(s)->times.next_poll_s, planned_s);
	s->w.connector.daily_budget = 1;
	s->w.connector.interval_ms = 1000;
	firms(s)->times.failures = 1;
	assert_true(budget_take(firms(s), 1, false));
	timetable_next(firms(s));
	assert_true(firms(s)->times.next_poll_s >= budget_reset_s(firms(s)));
	engine_world_until(&s->w, is_saved);
}

/* --- its freshness ------------------------------------------------------------------------ */

static void
look(struct source *s, int64_t at_s)
{
	fresh_look(firms(s), at_s);
	engine_world_until(&s->w, is_told);
}

static const char *
events(struct source *s)
{
	return ENGINE_WORLD_ASK(&s->w, "XLEN", WORLD_EVENTS);
}

/* Consumers hear once that it is stale, and once that it has recovered, whoever runs then. */
static void
test_stale_and_recovered(void **state)
{
	struct source *s = *state;
	int64_t start_s = now_s(s), stale_s = start_s + registry_stale_after_s(firms(s)) + 1;

	look(s, start_s);		/* asks what was told */
	look(s, start_s);		/* notes since when its first poll is awaited */
	assert_int_equal(fresh_next_s(firms(s), start_s), stale_s);
	look(s, stale_s - 1);
	assert_string_equal(events(s), "0");
	look(s, stale_s);
	look(s, stale_s);
	assert_string_equal(events(s), "1");
	assert_true(registry_is_stale(firms(s), stale_s));
	source_restart(s);
	look(s, stale_s);
	look(s, stale_s + 1);
	assert_string_equal(events(s), "1");
	assert_true(firms(s)->pause.since_s != 0);
	firms(s)->proof.last_complete_s = stale_s + 10;
	look(s, stale_s + 10);
	look(s, stale_s + 11);
	assert_string_equal(events(s), "2");
	assert_false(registry_is_stale(firms(s), stale_s + 11));
	/* While it was stale nothing ran out. */
	assert_int_equal(firms(s)->pause.since_s, 0);
	assert_true(firms(s)->pause.total_s > 0);
}

/* --- what its lists lack --------------------------------------------------------------------- */

static void
on_batch(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct source *s = arg;

	(void)reply;
	assert_int_equal(outcome, STORE_OK);
	absences_saved(firms(s));
	s->batch_stored = true;
}

static bool
batch_is_stored(struct engine_world *w)
{
	return ((struct source *)w->owner)->batch_stored;
}

/* As many fields as the store has after all batches. */
static const char *
absences_store(struct source *s)
{
	struct store_txn txn;

	for (;;) {
		store_txn_begin(s->w.engine.store, &txn, WORLD_FIRMS);
		if (!absences_save(firms(s), &txn))
			break;
		s->batch_stored = false;
		store_txn_send(s->w.engine.store, &txn, on_batch, s);
		engine_world_until(&s->w, batch_is_stored);
	}
	store_txn_send(s->w.engine.store, &txn, on_batch, s);
	s->batch_stored = false;
	engine_world_until(&s->w, batch_is_stored);
	return ENGINE_WORLD_ASK(&s->w, "HLEN", WORLD_INTERNAL "absences");
}

static struct index_badge *
badge_add(struct source *s, const char *id, uint64_t number)
{
	struct index_badge *b;

	engine_world_badge(&s->w, id, "WOSB");
	b = index_find(s->w.engine.index, id);
	assert_int_equal(index_set_keys(s->w.engine.index, b, &number, 1), 0);
	return b;
}

/* Two proven polls, a day apart, before a missing number counts; one listed again begins anew. */
static void
test_absences(void **state)
{
	struct source *s = *state;
	struct registry *r = firms(s);
	struct index_badge *b = badge_add(s, "b1", 77);
	int64_t start_s = now_s(s);

	s->w.connector.absent_polls = 2;
	s->w.connector.absent_hours_ms = INT64_C(24) * HOUR_S * 1000;
	r->diff.proving = true;
	assert_int_equal(snapshot_add(r->snapshot, 77, 1), 0);
	assert_false(absences_poll(r, b, start_s));
	absences_follow(r, start_s);
	assert_int_equal(absences_of(r, b).polls, 0);
	assert_string_equal(absences_store(s), "0");
	/* It goes. */
	assert_true(snapshot_remove(r->snapshot, 77, 1));
	absences_follow(r, start_s);
	assert_int_equal(absences_of(r, b).polls, 1);
	assert_false(absences_count(r, b));
	assert_string_equal(absences_store(s), "1");
	/* An hour later is the same absence; the same poll again, too. */
	assert_false(absences_poll(r, b, start_s + HOUR_S));
	assert_true(absences_poll(r, b, start_s + DAY_S));
	assert_true(absences_count(r, b));
	assert_int_equal(absences_of(r, b).polls, 2);
	assert_true(absences_poll(r, b, start_s + DAY_S));
	assert_int_equal(absences_of(r, b).polls, 2);
	/* It is back. */
	assert_int_equal(snapshot_add(r->snapshot, 77, 1), 0);
	absences_follow(r, start_s + 2 * DAY_S);
	assert_string_equal(absences_store(s), "0");
	assert_int_equal(absences_of(r, b).polls, 0);
	assert_false(absences_count(r, b));
}

/* A list that is read otherwise than the mirror was counts at once, and badges of others never. */
static void
test_absences_remapped(void **state)
{
	struct source *s = *state;
	struct registry *r = firms(s);
	struct index_badge *b = badge_add(s, "b1", 77), *other = badge_add(s, "b2", 78);

	s->w.connector.absent_polls = 3;
	index_set_kind(s->w.engine.index, other, "nglcc", "LGBTBE");
	r->diff.proving = r->diff.remapping = true;
	assert_true(absences_count(r, b));
	assert_true(absences_poll(r, b, now_s(s)));
	assert_false(absences_poll(r, other, now_s(s)));
	assert_int_equal(absences_of(r, b).polls, 3);
	assert_string_equal(absences_store(s), "1");
	absences_free(r);
	absences_load(r, "10", "2 5 6");
	absences_load(r, "10", "damaged");
	absences_load(r, "11", "0 1 2");
	assert_int_equal(absences_of(r, b).polls, 0);
}

/* What an unproven feed did not list was last seen before; a look-up may have seen it since. */
static void
test_last_seen(void **state)
{
	struct source *s = *state;
	struct registry *r = firms(s);

	r->proof.last_complete_s = 100;
	assert_int_equal(registry_seen_s(r, 1), 100);
	registry_set_last_seen(r, 1, 50);
	registry_set_last_seen(r, 1, 60);	/* the first absence says when */
	assert_int_equal(registry_seen_s(r, 1), 50);
	registry_note_seen(r, 1, 80);
	assert_int_equal(registry_seen_s(r, 1), 80);
	registry_set_last_seen(r, 1, 0);
	assert_int_equal(registry_seen_s(r, 1), 100);
	/* After a restart it is not known which were missing: none is fresher than the proof. */
	r->proof.last_proven_s = 40;
	r->proof.seen_unknown = true;
	assert_int_equal(registry_seen_s(r, 1), 40);
	registry_set_last_seen(r, 2, 50);
	assert_int_equal(snapshot_add(r->snapshot, 2, 1), 0);
	snapshot_poll_begin(r->snapshot);
	registry_clear_last_seen(r, r->snapshot);
	assert_int_equal(registry_seen_s(r, 2), 50);
	assert_true(snapshot_poll_seen(r->snapshot, 2, 1));
	registry_clear_last_seen(r, r->snapshot);
	assert_int_equal(registry_seen_s(r, 2), 100);
}

#define SOURCE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SOURCE_TEST(test_state_survives),
		SOURCE_TEST(test_state_damaged),
		SOURCE_TEST(test_refused_write),
		SOURCE_TEST(test_last_state_is_stored),
		SOURCE_TEST(test_state_shown),
		SOURCE_TEST(test_budget),
		SOURCE_TEST(test_budget_shared),
		SOURCE_TEST(test_timetable),
		SOURCE_TEST(test_stale_and_recovered),
		SOURCE_TEST(test_absences),
		SOURCE_TEST(test_absences_remapped),
		SOURCE_TEST(test_last_seen),
	};

	return cmocka_run_group_tests_name("room registry", tests, NULL, NULL);
}
