/* SPDX-License-Identifier: ISC */
/*
 * test_room_badge.c -- one badge: read, decided, let pass by the guard or not,
 * written once.  Linked with what stands below the badge only; the records are
 * put where a poll leaves them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "engine/badge/reconcile.h"
#include "engine/guard/hold.h"
#include "engine/registry/lookup.h"
#include "engine/registry/mirror.h"
#include "engine/registry/registry_event.h"
#include "lib/engine_world.h"

#define DAY_S	86400
#define BADGE	"certsync:{0}:badge:b1"
#define MIRROR	WORLD_INTERNAL "mirror"

struct badges {
	struct engine_world w;
	struct zone	*zone;
	bool		 done, loaded;
	enum reconcile_result result;
	char		 text[512];
	unsigned	 asked;		/* numbers that a look-up was to ask for */
};

static void
on_done(void *arg, enum reconcile_result result, const char *text)
{
	struct badges *b = arg;

	b->done = true;
	b->result = result;
	(void)snprintf(b->text, sizeof(b->text), "%s", text != NULL ? text : "");
}

static bool
is_done(struct engine_world *w)
{
	return ((struct badges *)w->owner)->done;
}

static bool
is_idle(struct engine_world *w)
{
	return holds_idle(&w->engine) && work_pending(w->engine.work) == 0;
}

static void
on_loaded(void *arg, bool ok)
{
	struct badges *b = arg;

	assert_true(ok);
	b->loaded = true;
}

static bool
is_loaded(struct engine_world *w)
{
	return ((struct badges *)w->owner)->loaded;
}

static int
on_ask(struct registry *registry, const char *const *numbers, size_t n)
{
	(void)registry, (void)numbers, (void)n;
	return -1;	/* not now */
}

static int
setup(void **state)
{
	struct badges *b = calloc(1, sizeof(*b));
	struct registry *firms;
	struct err err;

	assert_non_null(b);
	b->w.decider = reconcile_start;
	engine_world_init(&b->w);
	b->w.owner = b;
	b->zone = zone_load(NULL, "America/New_York", &err);
	assert_non_null(b->zone);
	b->w.connector.zone = b->zone;
	firms = b->w.firms;
	assert_non_null(holds_new(&b->w.engine));
	registry_tie(firms, hold_new(&b->w.engine, firms), lookup_new(firms, on_ask));
	assert_true(firms->hold != NULL && firms->lookup != NULL);
	hold_load(firms->hold, on_loaded, b);
	engine_world_until(&b->w, is_loaded);
	b->loaded = false;
	hold_load(holds_config(b->w.engine.holds), on_loaded, b);
	engine_world_until(&b->w, is_loaded);
	hold_resume(firms->hold);
	registry_loaded(firms);
	b->w.engine.loaded = true;
	firms->proof.proven = true;
	firms->proof.first_complete_s = engine_now_s(&b->w.engine);
	firms->proof.last_complete_s = firms->proof.last_proven_s = firms->proof.first_complete_s;
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct badges *b = *state;

	registry_tie(b->w.firms, hold_free(b->w.firms->hold), lookup_free(b->w.firms->lookup));
	b->w.engine.holds = holds_free(b->w.engine.holds);
	engine_world_fini(&b->w);
	zone_free(b->zone);
	free(b);
	return 0;
}

/* --- records and commands -------------------------------------------------------------- */

/* The one record of a number, as the last poll left it; line NULL: it is listed no more. */
static void
list(struct badges *b, const char *number, const char *line)
{
	uint64_t hash = store_hash(b->w.engine.store, number);
	char field[17];

	(void)mirror_field(hash, field);
	if (line == NULL) {
		(void)ENGINE_WORLD_ASK(&b->w, "HDEL", MIRROR, field);
		return;
	}
	(void)ENGINE_WORLD_ASK(&b->w, "HSET", MIRROR, field, line);
	(void)snapshot_add(b->w.firms->snapshot, hash, store_hash(b->w.engine.store, line));
}

#define ACTIVE(number)	"{\"number\":\"" number "\",\"name\":\"ACME WIDGETS\",\"type\":\"WOSB\"," \
	"\"status\":\"active\"}"
#define WITHDRAWN(number) "{\"number\":\"" number "\",\"name\":\"ACME WIDGETS\"," \
	"\"type\":\"WOSB\",\"status\":\"withdrawn\"}"

static struct claim
claim_of(const char *badge, const char *number)
{
	return (struct claim){
		.badge = badge, .profile = "p1", .holder = "p1", .body = "sba",
		.category = CS_CATEGORY_WOMAN, .type = "WOSB", .number = number,
		.business_name = "Acme Widgets LLC", .rev = -1,
	};
}

static enum reconcile_result
run(struct badges *b, const struct reconcile_request *request)
{
	b->done = false;
	assert_non_null(reconcile_start(&b->w.engine, request, on_done, b));
	engine_world_until(&b->w, is_done);
	return b->result;
}

static enum reconcile_result
command(struct badges *b, enum reconcile_op op, const char *badge, const struct claim *claim,
    const char *id)
{
	struct reconcile_request request = {
		.op = op, .badge = badge, .profile = claim != NULL ? claim->profile : "p1",
		.claim = claim, .cause = CAUSE_CLAIM, .stream = "claims", .entry_id = id
	};

	return run(b, &request);
}

static enum reconcile_result
put(struct badges *b, const char *badge, const char *number, const char *id)
{
	struct claim claim = claim_of(badge, number);

	return command(b, RECONCILE_PUT, badge, &claim, id);
}

/* After a poll, by itself. */
static enum reconcile_result
decide_again(struct badges *b, const char *badge, struct work_group *group)
{
	struct reconcile_request request = {
		.op = RECONCILE_DECIDE, .badge = badge, .cause = CAUSE_POLL, .poll = "firms-2",
		.group = &group
	};

	return run(b, &request);
}

static const char *
field(struct badges *b, const char *name)
{
	return ENGINE_WORLD_ASK(&b->w, "HGET", BADGE, name);
}

static const char *
events(struct badges *b)
{
	return ENGINE_WORLD_ASK(&b->w, "XLEN", WORLD_EVENTS);
}

/* --- written once ---------------------------------------------------------------------- */

/* A new badge, whole: its hash, tile, sets and event, and what the index knows of it. */
static void
test_new_badge(void **state)
{
	struct badges *b = *state;
	const struct index_badge *known;

	list(b, "1001", ACTIVE("1001"));
	assert_int_equal(put(b, "b1", "1001", "1-1"), RECONCILE_WRITTEN);
	assert_string_equal(ENGINE_WORLD_ASK(&b->w, "HMGET", BADGE, "status", "reason", "version",
	    "connector"), "verified record_active 1 firms");
	assert_string_equal(events(b), "1");
	known = index_find(b->w.engine.index, "b1");
	assert_non_null(known);
	assert_int_equal(known->status, BADGE_VERIFIED);
	assert_string_equal(known->type, "WOSB");
	/* The same claim once more is no change. */
	assert_int_equal(put(b, "b1", "1001", "1-2"), RECONCILE_UNCHANGED);
	assert_string_equal(field(b, "version"), "1");
	assert_string_equal(events(b), "1");
}

/* A command that has been applied, and comes again as after a crash, is not applied twice. */
static void
test_same_command(void **state)
{
	struct badges *b = *state;

	list(b, "1001", ACTIVE("1001"));
	assert_int_equal(put(b, "b1", "1001", "1-1"), RECONCILE_WRITTEN);
	assert_int_equal(command(b, RECONCILE_HIDE, "b1", NULL, "1-2"), RECONCILE_WRITTEN);
	assert_int_equal(command(b, RECONCILE_SHOW, "b1", NULL, "1-3"), RECONCILE_WRITTEN);
	assert_int_equal(command(b, RECONCILE_HIDE, "b1", NULL, "1-2"), RECONCILE_IGNORED);
	assert_string_equal(field(b, "version"), "3");
	assert_string_equal(field(b, "visibility"), "shown");
	assert_string_equal(events(b), "3");
}

/* Who wrote between reading and committing wins: everything is read again. */
static void
test_another_version(void **state)
{
	struct badges *b = *state;
	struct reconcile_request request = {
		.op = RECONCILE_HIDE, .badge = "b1", .profile = "p1", .cause = CAUSE_CLAIM,
		.stream = "claims", .entry_id = "1-2"
	};

	list(b, "1001", ACTIVE("1001"));
	assert_int_equal(put(b, "b1", "1001", "1-1"), RECONCILE_WRITTEN);
	(void)ENGINE_WORLD_ASK(&b->w, "HSET", BADGE, "version", "7");
	assert_int_equal(run(b, &request), RECONCILE_WRITTEN);
	assert_string_equal(field(b, "version"), "8");
	assert_string_equal(field(b, "visibility"), "hidden");
}

/* A badge of another profile, one that is not there, an old edit. */
static void
test_commands_refused(void **state)
{
	struct badges *b = *state;
	struct claim claim = claim_of("b1", "1001");
	static const enum reconcile_op ops[] = {
		RECONCILE_HIDE, RECONCILE_SHOW, RECONCILE_RECHECK
	};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		assert_int_equal(command(b, ops[i], "b1", NULL, "1-1"), RECONCILE_REJECTED);
		assert_true(b->text[0] != '\0');
	}
	claim.rev = 5;
	assert_int_equal(command(b, RECONCILE_PUT, "b1", &claim, "2-1"), RECONCILE_WRITTEN);
	claim.rev = 4;
	claim.business_name = "Other";
	assert_int_equal(command(b, RECONCILE_PUT, "b1", &claim, "2-2"), RECONCILE_IGNORED);
	assert_string_equal(field(b, "business_name"), "Acme Widgets LLC");
	claim.rev = 6;
	claim.profile = "p2";
	assert_int_equal(command(b, RECONCILE_PUT, "b1", &claim, "2-3"), RECONCILE_REJECTED);
	assert_string_equal(events(b), "1");
}

static void
test_delete_and_put_again(void **state)
{
	struct badges *b = *state;

	list(b, "1001", ACTIVE("1001"));
	assert_int_equal(put(b, "b1", "1001", "1-1"), RECONCILE_WRITTEN);
	assert_int_equal(command(b, RECONCILE_DELETE, "b1", NULL, "1-2"), RECONCILE_WRITTEN);
	assert_string_equal(ENGINE_WORLD_ASK(&b->w, "EXISTS", BADGE), "0");
	assert_null(index_find(b->w.engine.index, "b1"));
	/* Versions go on, so that no consumer takes the new badge for an old event. */
	assert_int_equal(put(b, "b1", "1001", "1-3"), RECONCILE_WRITTEN);
	assert_string_equal(field(b, "version"), "3");
}

/* A record verifies badges of one holder only; explain says the same and writes nothing. */
static void
test_other_holder(void **state)
{
	struct badges *b = *state;
	struct claim other = claim_of("b2", "1001");

	list(b, "1001", ACTIVE("1001"));
	assert_int_equal(put(b, "b1", "1001", "1-1"), RECONCILE_WRITTEN);
	other.profile = other.holder = "p2";
	assert_int_equal(command(b, RECONCILE_PUT, "b2", &other, "1-2"), RECONCILE_WRITTEN);
	assert_string_equal(ENGINE_WORLD_ASK(&b->w, "HMGET", "certsync:{0}:badge:b2", "status",
	    "reason"), "review already_claimed");
	b->done = false;
	assert_non_null(reconcile_explain(&b->w.engine, "b2", 0, on_done, b));
	engine_world_until(&b->w, is_done);
	assert_non_null(strstr(b->text, "Status: review (already_claimed)"));
	assert_string_equal(events(b), "2");
}

/* --- for the worse ------------------------------------------------------------------------ */

/* One badge by itself passes the guard; while a person holds the connector it waits. */
static void
test_worse_alone(void **state)
{
	struct badges *b = *state;
	const struct hold_selection all = { .only = REASON_COUNT };
	struct hold *h = b->w.firms->hold;
	char hash[PLAN_HASH_SIZE];
	struct err err;

	list(b, "1001", ACTIVE("1001"));
	assert_int_equal(put(b, "b1", "1001", "1-1"), RECONCILE_WRITTEN);
	assert_int_equal(hold_stop(h, "odd", "anna", NULL, NULL, &err), 0);
	list(b, "1001", WITHDRAWN("1001"));
	assert_int_equal(decide_again(b, "b1", NULL), RECONCILE_UNCHANGED);
	assert_string_equal(field(b, "status"), "verified");
	assert_int_equal(hold_waiting(h), 1);
	engine_world_until(&b->w, is_idle);
	(void)snprintf(hash, sizeof(hash), "%s", hold_plan_hash(h));
	assert_int_equal(hold_approve(h, hash, &all, "anna", NULL, NULL, &err), 0);
	engine_world_until(&b->w, is_idle);
	assert_string_equal(field(b, "status"), "revoked");
	assert_int_equal(hold_waiting(h), 0);
	/* What is for the better is written, held or not. */
	list(b, "1001", ACTIVE("1001"));
	assert_int_equal(decide_again(b, "b1", NULL), RECONCILE_WRITTEN);
	assert_string_equal(field(b, "status"), "verified");
	assert_int_equal(hold_release(h, "anna", NULL, NULL, &err), 0);
	list(b, "1001", WITHDRAWN("1001"));
	assert_int_equal(decide_again(b, "b1", NULL), RECONCILE_WRITTEN);
	assert_string_equal(field(b, "status"), "revoked");
	engine_world_until(&b->w, is_idle);
}

/* In a batch it is collected first, and written once the batch has passed. */
static void
test_worse_in_a_batch(void **state)
{
	struct badges *b = *state;
	struct hold_batch batch = { .passed = false };
	struct work_group group = { .batch = &batch };
	struct err why;

	list(b, "1001", ACTIVE("1001"));
	assert_int_equal(put(b, "b1", "1001", "1-1"), RECONCILE_WRITTEN);
	list(b, "1001", WITHDRAWN("1001"));
	assert_int_equal(decide_again(b, "b1", &group), RECONCILE_UNCHANGED);
	assert_int_equal(batch.plan.count, 1);
	assert_int_equal(batch.plan.lines[0].to, BADGE_REVOKED);
	assert_string_equal(field(b, "status"), "verified");
	assert_true(hold_judge(b->w.firms->hold, &batch, &why));
	assert_int_equal(decide_again(b, "b1", &group), RECONCILE_WRITTEN);
	assert_string_equal(field(b, "status"), "revoked");
	hold_batch_fini(&batch);
}

/* A change that waits and is no longer true leaves its plan by being decided. */
static void
test_no_longer_true(void **state)
{
	struct badges *b = *state;
	struct hold *h = b->w.firms->hold;
	struct err err;

	list(b, "1001", ACTIVE("1001"));
	assert_int_equal(put(b, "b1", "1001", "1-1"), RECONCILE_WRITTEN);
	assert_int_equal(hold_stop(h, "odd", "anna", NULL, NULL, &err), 0);
	list(b, "1001", WITHDRAWN("1001"));
	assert_int_equal(decide_again(b, "b1", NULL), RECONCILE_UNCHANGED);
	assert_int_equal(hold_waiting(h), 1);
	list(b, "1001", ACTIVE("1001"));
	(void)decide_again(b, "b1", NULL);
	assert_int_equal(hold_waiting(h), 0);
	assert_string_equal(field(b, "version"), "1");
	engine_world_until(&b->w, is_idle);
}

#define BADGE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		BADGE_TEST(test_new_badge),
		BADGE_TEST(test_same_command),
		BADGE_TEST(test_another_version),
		BADGE_TEST(test_commands_refused),
		BADGE_TEST(test_delete_and_put_again),
		BADGE_TEST(test_other_holder),
		BADGE_TEST(test_worse_alone),
		BADGE_TEST(test_worse_in_a_batch),
		BADGE_TEST(test_no_longer_true),
	};

	return cmocka_run_group_tests_name("room badge", tests, NULL, NULL);
}
