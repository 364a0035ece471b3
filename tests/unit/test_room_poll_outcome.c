/* SPDX-License-Identifier: ISC */
/*
 * test_room_poll_outcome.c -- what becomes of a list once it has been judged:
 * committed, held, refused and accepted, only foretold, of single numbers or of
 * changes, failed, followed by another, or carried on after a kill.  Linked as
 * test_room_poll.c is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "engine/guard/hold.h"
#include "engine/poll/commit.h"
#include "engine/poll/poll_dry.h"
#include "engine/registry/registry_event.h"
#include "lib/lister.h"
#include "twins/spawn.h"

#define MIRROR	WORLD_INTERNAL "mirror"
#define STATE	WORLD_INTERNAL "state"
#define ABSENCES WORLD_INTERNAL "absences"
#define TWELVE	"1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012"
#define ELEVEN	"1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011"
#define EIGHT	"1001 1002 1003 1004 1005 1006 1007 1008"

/* --- badges ------------------------------------------------------------------------------- */

/* A list of twelve, each claimed by a badge. */
static void
twelve_badges(struct lister *l)
{
	assert_int_equal(lister_poll_proven(l, TWELVE), POLL_COMMITTED);
	lister_put(l, 1001, 12);
}

static void
test_committed(void **state)
{
	struct lister *l = *state;

	twelve_badges(l);
	assert_int_equal(lister_poll_proven(l, "1001- 1002 1003 1004 1005 1006 1007 1008 1009 "
	    "1010 1011 1012"), POLL_COMMITTED);
	assert_string_equal(l->text, "12 records, 2 differences, 1 badges changed, proof: total");
	assert_string_equal(lister_badge(l, 1001), "revoked record_withdrawn (nil) 2");
	assert_string_equal(lister_badge(l, 1002), "verified record_active (nil) 1");
	/* It is back. */
	assert_int_equal(lister_poll_proven(l, TWELVE), POLL_COMMITTED);
	assert_string_equal(lister_badge(l, 1001), "verified record_active (nil) 3");
	lister_assert_known(l, 12);
}

/* Lines of the firms' first plan, now and when it was opened, and of the second; 0: there is none. */
static void
assert_plans(struct lister *l, int first, int opened, int second)
{
	struct err err;
	json_t *all = hold_json(l->w.firms->hold, NULL, "", 1, &err), *plans;
	int found[3] = { 0, 0, 0 };

	assert_non_null(all);
	plans = json_object_get(all, "plans");
	assert_int_equal(json_array_size(plans), (opened > 0 ? 1 : 0) + (second > 0 ? 1 : 0));
	(void)json_unpack(json_array_get(plans, 0), "{s:i, s:i}", "lines", &found[0],
	    "lines_first", &found[1]);
	(void)json_unpack(json_array_get(plans, 1), "{s:i}", "lines", &found[2]);
	json_decref(all);
	assert_int_equal(found[0], first);
	assert_int_equal(found[1], opened);
	assert_int_equal(found[2], second);
}

/* Half of them worse wait; the mirror follows the list, so that the next poll finds no news. */
static void
test_held(void **state)
{
	static const char six[] = "1001- 1002- 1003- 1004- 1005- 1006- 1007 1008 1009 1010 1011 "
	    "1012";
	struct lister *l = *state;
	char hash[PLAN_HASH_SIZE];

	twelve_badges(l);
	assert_int_equal(lister_poll_proven(l, six), POLL_HELD);
	lister_assert_text(l, "12 records, 12 differences, 0 badges changed, proof: total; held, 6 ");
	(void)snprintf(hash, sizeof(hash), "%s", hold_plan_hash(l->w.firms->hold));
	assert_plans(l, 6, 6, 0);
	assert_string_equal(lister_badge(l, 1001), "verified record_active (nil) 1");
	assert_int_equal(registry_state_shown(l->w.firms), REGISTRY_HELD);
	lister_assert_known(l, 12);
	assert_int_equal(lister_poll_proven(l, six), POLL_HELD);
	lister_assert_text(l, "12 records, 0 differences");
	/* A seventh goes to a second plan; the first stays as a person was shown it. */
	assert_int_equal(lister_poll_proven(l, "1001- 1002- 1003- 1004- 1005- 1006- 1007- 1008 "
	    "1009 1010 1011 1012"), POLL_HELD);
	assert_plans(l, 6, 6, 1);
	/* What is no longer true is struck. */
	assert_int_equal(lister_poll_proven(l, "1001 1002- 1003- 1004- 1005- 1006- 1007 1008 "
	    "1009 1010 1011 1012"), POLL_HELD);
	assert_plans(l, 5, 6, 0);
	assert_string_equal(hold_plan_hash(l->w.firms->hold), hash);
	/* The registry has found its mistake: the hold ends by itself. */
	assert_int_equal(lister_poll_proven(l, TWELVE), POLL_COMMITTED);
	lister_settle(l);
	assert_plans(l, 0, 0, 0);
	assert_int_equal(registry_state_shown(l->w.firms), REGISTRY_IDLE);
	assert_string_equal(lister_badge(l, 1002), "verified record_active (nil) 1");
	/* Twelve badges, one hold and its release were told. */
	assert_string_equal(ENGINE_WORLD_ASK(&l->w, "XLEN", WORLD_EVENTS), "14");
}

/* A list read otherwise than the mirror was: whatever gets worse waits as the configuration's. */
static void
test_read_otherwise(void **state)
{
	struct lister *l = *state;
	const struct hold *config = holds_config(l->w.engine.holds);

	twelve_badges(l);
	l->plugin->revision++;
	assert_int_equal(lister_poll_proven(l, ELEVEN " 1012-"), POLL_HELD);
	assert_int_equal(hold_waiting(l->w.firms->hold), 0);
	assert_int_equal(hold_waiting(config), 1);
	assert_string_equal(lister_badge(l, 1012), "verified record_active (nil) 1");
	lister_settle(l);
	/* The next one is read as the mirror was, and what waits goes on waiting. */
	assert_int_equal(lister_poll_proven(l, ELEVEN " 1012-"), POLL_UNCHANGED);
	assert_int_equal(hold_waiting(config), 1);
}

/* Missing once is noted, missing as often as `absent_polls` opens a case; back, it is closed. */
static void
test_absence(void **state)
{
	struct lister *l = *state;

	twelve_badges(l);
	l->w.connector.absent_polls = 2;
	assert_int_equal(lister_poll_proven(l, ELEVEN), POLL_COMMITTED);
	assert_string_equal(ENGINE_WORLD_ASK(&l->w, "HLEN", ABSENCES), "1");
	assert_string_equal(lister_badge(l, 1012), "verified record_active (nil) 1");
	l->w.connector.absent_polls = 1;
	assert_int_equal(lister_poll_proven(l, ELEVEN), POLL_COMMITTED);
	assert_string_equal(lister_badge(l, 1012), "verified record_active record_missing 1");
	assert_int_equal(lister_poll_proven(l, TWELVE), POLL_COMMITTED);
	assert_string_equal(lister_badge(l, 1012), "verified record_active (nil) 1");
	assert_string_equal(ENGINE_WORLD_ASK(&l->w, "HLEN", ABSENCES), "0");
}

/* --- refused, and accepted -------------------------------------------------------------------- */

/* A list that has shrunk is refused; it is fetched again as soon as a person accepts it. */
static void
accepted(struct lister *l)
{
	struct refused *refused = &l->w.firms->refused;
	struct err err;

	l->w.connector.max_shrink = 0.1;
	assert_int_equal(poll_accept(l->w.firms, "ab12", "anna", &err), -1);
	assert_string_equal(err.text, "no feed of firms has been refused");
	assert_int_equal(lister_poll_proven(l, EIGHT), POLL_REFUSED);
	assert_int_equal(refused->records, 8);
	assert_int_equal(refused->known, 12);
	assert_int_equal(refused->lacking, 4);
	assert_int_equal(refused->missing_verified, 2);
	assert_string_equal(refused->why, l->text);
	assert_int_equal(poll_accept(l->w.firms, "0123456789ab", "anna", &err), -1);
	assert_int_equal(poll_accept(l->w.firms, refused->hash, "anna", &err), 0);
	assert_int_equal(poll_wait(l->w.firms, lister_told, l), 0);
	lister_begun(l);
}

static void
test_accepted(void **state)
{
	struct lister *l = *state;

	assert_int_equal(lister_poll_proven(l, TWELVE), POLL_COMMITTED);
	lister_put(l, 1008, 3);
	accepted(l);
	lister_say(l, "1008 1007 1006 1005 1004 1003 1002 1001");
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_COMMITTED);
	lister_assert_text(l, "8 records, 4 differences, ");
	lister_assert_text(l, "proof: accepted");
	lister_assert_known(l, 8);
	assert_int_equal(l->w.firms->proof.largest, 8);
	assert_string_equal(l->w.firms->refused.hash, "");
}

static void
test_accepted_says_otherwise(void **state)
{
	struct lister *l = *state;

	assert_int_equal(lister_poll_proven(l, TWELVE), POLL_COMMITTED);
	lister_put(l, 1008, 3);
	accepted(l);
	lister_say(l, "1001 1002 1003 1004 1005 1006 1007 1009");
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_REFUSED);
	lister_assert_known(l, 12);
	assert_string_equal(l->w.firms->refused.accepted_by, "");
}

/* --- dry runs ------------------------------------------------------------------------------------ */

static enum poll_result
dry(struct lister *l, const char *rows)
{
	assert_int_equal(poll_start_dry(l->w.firms, lister_told, l), 0);
	lister_begun(l);
	lister_say(l, rows);
	lister_prove(CS_PROOF_TOTAL, l->items);
	lister_end(l);
	return lister_outcome(l);
}

static void
assert_foretold(struct lister *l, int worse, int better, int missing)
{
	int found[3] = { -1, -1, -1 };

	assert_int_equal(json_unpack(l->w.firms->dry_result, "{s:i, s:i, s:i}", "worse",
	    &found[0], "better", &found[1], "missing_verified", &found[2]), 0);
	assert_int_equal(found[0], worse);
	assert_int_equal(found[1], better);
	assert_int_equal(found[2], missing);
}

/* What it says comes true later; till then all is as it was. */
static void
test_dry_run(void **state)
{
	struct lister *l = *state;

	twelve_badges(l);
	assert_int_equal(dry(l, TWELVE), POLL_UNCHANGED);
	assert_foretold(l, 0, 0, 0);
	assert_int_equal(dry(l, ELEVEN " 1012-"), POLL_COMMITTED);
	assert_foretold(l, 1, 0, 0);
	assert_int_equal(dry(l, "1001- 1002- 1003- 1004- 1005- 1006- 1007 1008 1009 1010 1011 "
	    "1012"), POLL_HELD);
	assert_foretold(l, 6, 0, 0);
	assert_int_equal(dry(l, ELEVEN), POLL_UNCHANGED);
	assert_foretold(l, 0, 0, 1);
	l->w.connector.min_records = 12;
	assert_int_equal(dry(l, ELEVEN), POLL_REFUSED);
	assert_int_equal(poll_start_dry(l->w.firms, lister_told, l), 0);
	lister_begun(l);
	lister_fail(CS_E_REMOTE, 0, "gone");
	assert_int_equal(lister_outcome(l), POLL_FAILED);
	lister_assert_known(l, 12);
	assert_int_equal(l->w.firms->state, REGISTRY_IDLE);
	assert_int_equal(l->w.firms->times.failures, 0);
	assert_string_equal(l->w.firms->refused.hash, "");
	assert_string_equal(lister_badge(l, 1001), "verified record_active (nil) 1");
	assert_false(hold_is_held(l->w.firms->hold));
}

/* --- numbers and changes ---------------------------------------------------------------------------- */

static void
look_up(struct lister *l, const char *number)
{
	assert_int_equal(poll_start_lookup(l->w.firms, &number, 1, lister_told, l), 0);
	lister_begun(l);
	assert_int_equal(twin_worker()->kind, CS_POLL_LOOKUP);
	assert_int_equal(twin_worker()->lookup_count, 1);
}

/* A look-up adds what it finds; schedule, state and what the list proves stay. */
static void
test_look_up(void **state)
{
	struct lister *l = *state;
	struct registry *r = l->w.firms;
	int64_t next_s;

	assert_int_equal(lister_poll_proven(l, TWELVE), POLL_COMMITTED);
	next_s = r->times.next_poll_s -= 100;
	r->proof.last_complete_s -= 100;
	look_up(l, "1013");
	lister_say(l, "1013");
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_COMMITTED);
	assert_string_equal(l->text, "look-up: 1 records, 1 differences, 0 badges changed, "
	    "proof: none");
	lister_assert_known(l, 13);
	assert_true(r->proof.proven);
	assert_int_equal(r->times.next_poll_s, next_s);
	/* What was just seen is newer evidence than the list. */
	assert_true(registry_seen_s(r, store_hash(l->w.engine.store, "1013")) >
	    r->proof.last_complete_s);
	look_up(l, "1014");
	lister_fail(CS_E_REMOTE, 0, "gone");
	assert_int_equal(lister_outcome(l), POLL_FAILED);
	assert_int_equal(r->state, REGISTRY_IDLE);
	assert_int_equal(r->times.failures, 0);
	assert_int_equal(r->times.next_poll_s, next_s);
	/* A key that is refused is refused for every poll. */
	look_up(l, "1014");
	lister_fail(CS_E_AUTH, 0, "no");
	assert_int_equal(lister_outcome(l), POLL_FAILED);
	assert_int_equal(r->state, REGISTRY_STOPPED);
	assert_int_equal(r->times.next_poll_s, 0);
}

/* Changes since the checkpoint add and renew; what they do not list has not gone. */
static void
test_changes_only(void **state)
{
	struct lister *l = *state;
	struct registry *r = l->w.firms;

	l->plugin->kinds |= CS_KIND(CS_POLL_DELTA);
	l->plugin->unique_rows = true;
	l->plugin->proofs = CS_PROOF(CS_PROOF_TOTAL);
	lister_begin(l);
	assert_int_equal(twin_worker()->kind, CS_POLL_FULL);
	lister_say(l, TWELVE);
	lister_prove(CS_PROOF_TOTAL, 12);
	twin_worker()->on.checkpoint(twin_worker()->arg, "c1", 2);
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_COMMITTED);
	lister_begin(l);
	assert_int_equal(twin_worker()->kind, CS_POLL_DELTA);
	assert_string_equal(twin_worker()->checkpoint, "c1");
	lister_say(l, "1002* 1013");
	twin_worker()->on.checkpoint(twin_worker()->arg, "c2", 2);
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_COMMITTED);
	assert_string_equal(l->text, "changes only: 2 records, 3 differences, 0 badges changed, "
	    "proof: none");
	lister_assert_known(l, 13);
	assert_int_equal(snapshot_records(r->snapshot), 13);
	assert_false(r->proof.proven);
	assert_int_equal(r->proof.largest, 12);
	/* One that fails leaves the checkpoint where it was. */
	lister_begin(l);
	lister_say(l, "1014");
	lister_prove(CS_PROOF_TOTAL, 2);
	twin_worker()->on.checkpoint(twin_worker()->arg, "c3", 2);
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_FAILED);
	assert_memory_equal(r->reading.checkpoint, "c2", 2);
	lister_assert_known(l, 13);
	/* An operator may want it whole. */
	assert_int_equal(poll_start(r, true, lister_told, l), 0);
	lister_begun(l);
	assert_int_equal(twin_worker()->kind, CS_POLL_FULL);
}

/* --- failures ------------------------------------------------------------------------------------------ */

static void
test_failures(void **state)
{
	static const struct { enum cs_rc rc; enum registry_state state; } failures[] = {
		{ CS_E_REMOTE, REGISTRY_BACKOFF }, { CS_E_INPUT, REGISTRY_BACKOFF },
		{ CS_E_QUOTA, REGISTRY_BACKOFF }, { CS_E_AUTH, REGISTRY_STOPPED },
		{ CS_E_CONFIG, REGISTRY_STOPPED }
	};
	struct lister *l = *state;
	struct registry *r = l->w.firms;
	int64_t retry_s = engine_now_s(&l->w.engine) + 7200;

	assert_int_equal(lister_poll(l, TWELVE), POLL_COMMITTED);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		lister_begin(l);
		lister_say(l, "1001 1099");
		lister_fail(failures[i].rc, retry_s, "it\x01 broke");
		assert_int_equal(lister_outcome(l), POLL_FAILED);
		assert_string_equal(l->text, "it\\x01 broke");
		assert_string_equal(r->error, l->text);
		assert_int_equal(r->state, failures[i].state);
		assert_int_equal(r->times.failures, i + 1);
		assert_int_equal(r->times.retry_at_s, retry_s);
		lister_assert_known(l, 12);
		registry_wake(r);
	}
	/* Without a worker, or when it takes too long. */
	twin_refuse(true);
	assert_int_equal(poll_start(r, false, lister_told, l), 0);
	l->told = 0;
	assert_int_equal(lister_outcome(l), POLL_FAILED);
	assert_string_equal(l->text, "no worker can start");
	twin_refuse(false);
	l->w.connector.timeout_ms = 20;
	lister_begin(l);
	assert_int_equal(lister_outcome(l), POLL_FAILED);
	assert_string_equal(l->text, "it took longer than `timeout` allows");
	lister_assert_known(l, 12);
}

/* More records of one number than a registry can mean fail the poll. */
static void
test_one_number_too_often(void **state)
{
	struct lister *l = *state;
	struct cs_record record = {
		.number = "1001", .business_name = "ACME", .type = "WOSB",
		.status = CS_STATUS_ACTIVE
	};

	lister_begin(l);
	for (short year = 1900; year < 2100; year++) {
		record.issued_on = (struct cs_date){ year, 1, 1 };
		twin_worker()->on.record(twin_worker()->arg, &record);
	}
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_FAILED);
	assert_string_equal(l->text, "one number has more records than a registry can mean");
	lister_assert_known(l, 0);
}

static bool
goes_on(struct engine_world *w)
{
	(void)w;
	return !twin_worker()->paused;
}

/* A worker that is faster than the store is paused. */
static void
test_faster_than_the_store(void **state)
{
	struct lister *l = *state;
	char number[16];

	lister_begin(l);
	for (int i = 0; i < 2000; i++) {
		(void)snprintf(number, sizeof(number), "%d", 1000 + i);
		lister_say(l, number);
	}
	assert_true(twin_worker()->paused);
	engine_world_until(&l->w, goes_on);
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_COMMITTED);
	lister_assert_known(l, 2000);
	/* They go as they came. */
	assert_int_equal(lister_poll_proven(l, "1000"), POLL_COMMITTED);
	lister_assert_known(l, 1);
}

static void
test_store_lost(void **state)
{
	struct lister *l = *state;

	lister_begin(l);
	lister_say(l, TWELVE);
	poll_store_lost(l->w.firms);
	assert_null(twin_worker());
	assert_int_equal(lister_outcome(l), POLL_FAILED);
	assert_string_equal(l->text, "the connection to Redis was lost");
	lister_assert_known(l, 0);
}

/* --- one after another ---------------------------------------------------------------------------------- */

/* Who asks for more than the running one does is served by the next. */
static void
test_followed(void **state)
{
	struct lister *l = *state, other = { .told = 0 };
	struct registry *r = l->w.firms;

	look_up(l, "1001");
	assert_false(poll_serves(r, false));
	assert_int_equal(poll_start(r, false, lister_told, &other), 0);
	assert_int_equal(poll_start(r, true, NULL, NULL), 0);
	lister_end(l);
	lister_begun(l);
	assert_int_equal(twin_worker()->kind, CS_POLL_FULL);
	assert_int_equal(other.told, 0);
	assert_true(poll_serves(r, true));
	assert_int_equal(poll_start(r, true, lister_told, l), -1);
	assert_int_equal(poll_wait(r, lister_told, l), 0);
	lister_say(l, ELEVEN);
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_COMMITTED);
	assert_int_equal(other.told, 1);
	assert_int_equal(other.result, POLL_COMMITTED);
	assert_int_equal(r->poll_number, 2);
}

static void
test_waiters(void **state)
{
	struct lister *l = *state, others[POLL_WAITERS_MAX] = { { .told = 0 } };
	struct registry *r = l->w.firms;

	assert_int_equal(poll_wait(r, lister_told, l), -1);
	lister_begin(l);
	for (int i = 1; i < POLL_WAITERS_MAX; i++)
		assert_int_equal(poll_wait(r, lister_told, &others[i]), 0);
	assert_int_equal(poll_wait(r, lister_told, &others[0]), -1);
	poll_forget(r, &others[3]);
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_REFUSED);
	for (int i = 1; i < POLL_WAITERS_MAX; i++)
		assert_int_equal(others[i].told, i == 3 ? 0 : 1);
}

/* --- killed ------------------------------------------------------------------------------------------------ */

static bool
is_marked(struct engine_world *w)
{
	return w->firms->commit != NULL && w->firms->diff.pending[0] != '\0';
}

static bool
has_no_commit(struct engine_world *w)
{
	return w->firms->commit == NULL;
}

/* Its process is killed while a commit cannot go on: Redis has something else in the mirror's
 * place. */
static void
killed(struct lister *l)
{
	(void)ENGINE_WORLD_ASK(&l->w, "SET", MIRROR, "x");
	lister_begin(l);
	lister_say(l, TWELVE);
	lister_end(l);
	engine_world_until(&l->w, is_marked);
	assert_non_null(strstr(ENGINE_WORLD_ASK(&l->w, "HGET", STATE, "pending"),
	    "\"next\":\"decide\""));
	lister_restart(l);
	(void)ENGINE_WORLD_ASK(&l->w, "DEL", MIRROR);
}

/* Once it is written down that a list counts, it does, whatever comes between. */
static void
test_carried_on(void **state)
{
	struct lister *l = *state;

	killed(l);
	assert_int_equal(commit_carry_on(l->w.firms, poll_committed, l->w.firms), 0);
	engine_world_until(&l->w, has_no_commit);
	lister_assert_known(l, 12);
	assert_int_not_equal(l->w.firms->proof.last_complete_s, 0);
	/* There is nothing more to do. */
	assert_int_equal(commit_carry_on(l->w.firms, poll_committed, l->w.firms), 0);
	assert_null(l->w.firms->commit);
}

/* A note that cannot be read is dropped: the next poll brings the list again. */
static void
test_damaged_note(void **state)
{
	struct lister *l = *state;

	killed(l);
	registry_commit_noted(l->w.firms, "{");
	assert_int_equal(commit_carry_on(l->w.firms, poll_committed, l->w.firms), 0);
	assert_null(l->w.firms->commit);
	assert_string_equal(l->w.firms->diff.pending, "");
	assert_int_equal(lister_poll(l, TWELVE), POLL_COMMITTED);
	lister_assert_known(l, 12);
}

#define POLL_TEST(name) cmocka_unit_test_setup_teardown(name, lister_setup, lister_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POLL_TEST(test_committed),
		POLL_TEST(test_held),
		POLL_TEST(test_read_otherwise),
		POLL_TEST(test_absence),
		POLL_TEST(test_accepted),
		POLL_TEST(test_accepted_says_otherwise),
		POLL_TEST(test_dry_run),
		POLL_TEST(test_look_up),
		POLL_TEST(test_changes_only),
		POLL_TEST(test_failures),
		POLL_TEST(test_one_number_too_often),
		POLL_TEST(test_faster_than_the_store),
		POLL_TEST(test_store_lost),
		POLL_TEST(test_followed),
		POLL_TEST(test_waiters),
		POLL_TEST(test_carried_on),
		POLL_TEST(test_damaged_note),
	};

	return cmocka_run_group_tests_name("outcome of polls", tests, NULL, NULL);
}
