/* SPDX-License-Identifier: ISC */
/*
 * test_room_poll.c -- what a list is worth: the first, the same, one of the
 * wrong size, proven, read twice, lacking something.  Linked with what stands
 * below the poll only; the worker is a twin, so that the test says each record.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/lister.h"
#include "twins/spawn.h"

#define TWELVE	"1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012"
#define ELEVEN	"1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011"

/* --- lists ---------------------------------------------------------------------------------- */

static void
test_first_list(void **state)
{
	struct lister *l = *state;
	struct registry *r = l->w.firms;

	assert_int_equal(lister_poll(l, TWELVE), POLL_COMMITTED);
	assert_string_equal(l->text, "12 records, 12 differences, 0 badges changed, proof: none");
	lister_assert_known(l, 12);
	assert_int_equal(r->state, REGISTRY_IDLE);
	assert_int_equal(r->poll_number, 1);
	assert_int_equal(r->proof.largest, 12);
	assert_false(r->proof.proven);
	assert_int_not_equal(r->proof.last_complete_s, 0);
	assert_int_equal(r->proof.last_proven_s, 0);
	assert_false(registry_has_changed(r));
	assert_int_not_equal(r->times.next_poll_s, 0);
	assert_string_equal(ENGINE_WORLD_ASK(&l->w, "HGET", WORLD_FIRMS, "records"), "12");
	/* The same again is no news. */
	assert_int_equal(lister_poll(l, TWELVE), POLL_UNCHANGED);
	assert_string_equal(l->text, "12 records, 0 differences, 0 badges changed, proof: none");
	lister_assert_known(l, 12);
}

/* A record that comes twice is one; a number that none can be is left out; words are counted. */
static void
test_odd_records(void **state)
{
	struct lister *l = *state;

	lister_begin(l);
	lister_say(l, "1001 1002 1001 1003? 10\x80" "4 1005?");
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_COMMITTED);
	assert_string_equal(l->text, "5 records, 4 differences, 0 badges changed, proof: none; "
	    "1 came more than once");
	lister_assert_known(l, 4);
}

/* Rows that came back changed take the place of the old ones; others stay, proven or not. */
static void
test_changed_rows(void **state)
{
	struct lister *l = *state;

	assert_int_equal(lister_poll(l, "1001 1002 1003"), POLL_COMMITTED);
	l->plugin->unique_rows = true;
	assert_int_equal(lister_poll(l, "1001 1002* 1003-"), POLL_COMMITTED);
	lister_assert_known(l, 3);
	assert_int_equal(snapshot_records(l->w.firms->snapshot), 3);
	/* Another period is history where a registry may list several. */
	l->plugin->unique_rows = false;
	assert_int_equal(lister_poll(l, "1001 1002 1003-"), POLL_COMMITTED);
	assert_int_equal(snapshot_records(l->w.firms->snapshot), 4);
	/* What is listed again takes the place of what is listed no more, too. */
	l->plugin->unique_rows = true;
	assert_int_equal(lister_poll(l, "1001 1002 1003-"), POLL_COMMITTED);
	assert_int_equal(snapshot_records(l->w.firms->snapshot), 3);
}

/* --- sizes ------------------------------------------------------------------------------------ */

static void
assert_refused(struct lister *l, const char *rows, const char *why)
{
	uint32_t failures = l->w.firms->times.failures;

	assert_int_equal(lister_poll(l, rows), POLL_REFUSED);
	lister_assert_text(l, why);
	lister_assert_known(l, 12);
	assert_int_equal(l->w.firms->state, REGISTRY_BACKOFF);
	assert_string_equal(l->w.firms->error, l->text);
	assert_int_equal(l->w.firms->times.failures, failures + 1);
	assert_string_equal(lister_badge(l, 1001), "verified record_active (nil) 1");
}

static void
test_sizes(void **state)
{
	struct lister *l = *state;
	struct config_connector *c = &l->w.connector;

	c->min_records = 2;
	assert_int_equal(lister_poll(l, TWELVE), POLL_COMMITTED);
	lister_put(l, 1001, 1);
	assert_refused(l, "", "it has 0 records, min_records is 2");
	assert_refused(l, "1001-", "it has 1 records, min_records is 2");
	c->max_shrink = 0.25;
	assert_refused(l, "1001 1002 1003 1004 1005 1006 1007 1008",
	    "it shrank from 12 to 8 records, max_shrink is 25%");
	assert_refused(l, "1001- 1002 1003 1004 1005 1006 1007 1008 2009 2010 2011 2012",
	    "4 of 12 numbers have gone, max_shrink is 25%");
	assert_string_equal(ENGINE_WORLD_ASK(&l->w, "HMGET", WORLD_FIRMS, "state", "records"),
	    "backoff 12");
	c->max_growth = 0.1;
	assert_refused(l, TWELVE " 1013 1014", "it grew from 12 to 14 records, max_growth is 10%");
	assert_int_equal(lister_poll(l, TWELVE " 1013"), POLL_COMMITTED);
	assert_int_equal(l->w.firms->times.failures, 0);
	assert_string_equal(l->w.firms->error, "");
	assert_string_equal(l->w.firms->refused.hash, "");
}

/* It is compared with the largest list lately: shrinking little by little is seen, too. */
static void
test_shrinks_slowly(void **state)
{
	struct lister *l = *state;

	l->w.connector.max_shrink = 0.25;
	assert_int_equal(lister_poll_proven(l, TWELVE), POLL_COMMITTED);
	assert_int_equal(lister_poll_proven(l, "1001 1002 1003 1004 1005 1006 1007 1008 1009"),
	    POLL_COMMITTED);
	lister_assert_known(l, 9);
	assert_int_equal(l->w.firms->proof.largest, 12);
	assert_int_equal(lister_poll_proven(l, "1001 1002 1003 1004 1005 1006 1007 1008"), POLL_REFUSED);
	lister_assert_text(l, "it shrank from 12 to 8 records");
	lister_assert_known(l, 9);
	/* Once the window is over, the last list is the measure. */
	l->w.firms->proof.largest_s -= l->w.config.guard_window_ms / 1000 + 60;
	assert_int_equal(lister_poll_proven(l, "1001 1002 1003 1004 1005 1006 1007 1008 1009"),
	    POLL_UNCHANGED);
	assert_int_equal(l->w.firms->proof.largest, 9);
	assert_int_equal(lister_poll_proven(l, "1001 1002 1003 1004 1005 1006 1007 1008"),
	    POLL_COMMITTED);
	lister_assert_known(l, 8);
}

/* --- proofs ----------------------------------------------------------------------------------- */

/* Each proof lets what is listed no more go; what the plug-in did not declare proves nothing. */
static void
test_proofs(void **state)
{
	static const struct { enum cs_proof proof; const char *name; } proofs[] = {
		{ CS_PROOF_TOTAL, "total" }, { CS_PROOF_TRAILER, "trailer" },
		{ CS_PROOF_CURSOR, "cursor" }, { CS_PROOF_CLOSED, "closed" }
	};
	struct lister *l = *state;

	l->w.connector.absent_share = 0.1;
	for (size_t i = 0; i < sizeof(proofs) / sizeof(proofs[0]); i++) {
		l->plugin->proofs = 0;
		(void)lister_poll(l, TWELVE);
		for (int declared = 0; declared < 2; declared++) {
			l->plugin->proofs = declared ? CS_PROOF(proofs[i].proof) : 0;
			lister_begin(l);
			lister_say(l, ELEVEN);
			lister_prove(proofs[i].proof, 11);
			lister_end(l);
			assert_int_equal(lister_outcome(l), declared ? POLL_COMMITTED : POLL_UNCHANGED);
			assert_string_equal(l->w.firms->proof.name,
			    declared ? proofs[i].name : "none");
			lister_assert_known(l, declared ? 11 : 12);
			assert_true(l->w.firms->proof.proven == (declared != 0));
		}
	}
}

/* A document that was closed proves nothing if more is missing than can be. */
static void
test_too_much_is_missing(void **state)
{
	struct lister *l = *state;

	l->plugin->proofs = CS_PROOF(CS_PROOF_CLOSED);
	(void)lister_poll(l, TWELVE);
	lister_begin(l);
	lister_say(l, ELEVEN);
	lister_prove(CS_PROOF_CLOSED, 0);
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_UNCHANGED);
	assert_string_equal(l->w.firms->proof.name, "none");
	lister_assert_known(l, 12);
}

/* A count that does not agree fails the poll: half a list is none. */
static void
test_counts_disagree(void **state)
{
	struct lister *l = *state;

	(void)lister_poll_proven(l, TWELVE);
	lister_begin(l);
	lister_say(l, ELEVEN);
	lister_prove(CS_PROOF_TOTAL, 12);
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_FAILED);
	assert_string_equal(l->text, "the registry declares 12 items, 11 came");
	lister_assert_known(l, 12);
	assert_true(l->w.firms->proof.proven);
	assert_int_equal(l->w.firms->state, REGISTRY_BACKOFF);
	/* Items are counted by what they are, not by their rows. */
	lister_begin(l);
	lister_say(l, TWELVE);
	twin_worker()->on.items(twin_worker()->arg, 6);
	l->items = 6;
	lister_prove(CS_PROOF_TOTAL, 6);
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_UNCHANGED);
}

/* What an unproven list lacks stays, and its evidence ages. */
static void
test_lacking_without_proof(void **state)
{
	struct lister *l = *state;
	struct registry *r = l->w.firms;
	uint64_t lacked;
	int64_t seen_s;

	(void)lister_poll(l, TWELVE);
	lister_put(l, 1012, 1);
	lacked = store_hash(l->w.engine.store, "1012");
	l->w.connector.absence = ABSENCE_IGNORE;
	seen_s = r->proof.last_complete_s -= 1000;
	assert_int_equal(lister_poll(l, ELEVEN), POLL_UNCHANGED);
	lister_assert_known(l, 12);
	assert_int_equal(r->proof.lacking_records, 1);
	assert_int_equal(r->proof.lacking_numbers, 1);
	assert_int_equal(registry_seen_s(r, lacked), seen_s);
	assert_string_equal(lister_badge(l, 1012), "verified record_active (nil) 1");
	/* Missing again, it was seen no later. */
	assert_int_equal(lister_poll(l, ELEVEN), POLL_UNCHANGED);
	assert_int_equal(registry_seen_s(r, lacked), seen_s);
	assert_int_equal(lister_poll(l, TWELVE), POLL_UNCHANGED);
	assert_int_equal(r->proof.lacking_numbers, 0);
	assert_int_equal(registry_seen_s(r, lacked), r->proof.last_complete_s);
}

/* Numbers that the last list lacked are no news to the next one's size. */
static void
test_lacking_is_no_news(void **state)
{
	static const char two[] = "1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 2011 2012";
	struct lister *l = *state;

	(void)lister_poll(l, TWELVE);
	assert_int_equal(lister_poll(l, two), POLL_COMMITTED);
	assert_int_equal(l->w.firms->proof.lacking_numbers, 2);
	l->w.connector.max_shrink = 0.1;
	assert_int_equal(lister_poll(l, two), POLL_UNCHANGED);
	assert_int_equal(lister_poll(l, ELEVEN " 2011 2012"), POLL_UNCHANGED);
	assert_int_equal(l->w.firms->proof.lacking_numbers, 1);
	assert_int_equal(lister_poll(l, two), POLL_UNCHANGED);
	/* Two more are. */
	assert_int_equal(lister_poll(l, "1001 1002 1003 1004 1005 1006 1007 1008 2011 2012 2013 "
	    "2014"), POLL_REFUSED);
	lister_assert_text(l, "2 of 12 numbers have gone");
}

/* --- read twice ------------------------------------------------------------------------------- */

/* A list without proof that lacks a verified number; begun, so that a second one is to come. */
static void
first_of_two(struct lister *l)
{
	unsigned started;

	(void)lister_poll(l, TWELVE);
	lister_put(l, 1012, 1);
	lister_begin(l);
	started = twin_started();
	lister_say(l, ELEVEN);
	lister_end(l);
	lister_begun(l);
	assert_int_equal(twin_started(), started + 1);
}

/* Two downloads with the same records, in whatever order, are a proof. */
static void
test_read_twice(void **state)
{
	struct lister *l = *state;

	first_of_two(l);
	lister_say(l, "1011 1010 1009 1008 1007 1006 1005 1004 1003 1002 1001");
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_COMMITTED);
	assert_string_equal(l->text, "11 records, 1 differences, 1 badges changed, proof: twice");
	lister_assert_known(l, 11);
	assert_string_equal(lister_badge(l, 1012), "verified record_active record_missing 1");
	assert_int_equal(l->w.firms->metrics.seconds[METRICS_SECOND_EQUAL], 1);
}

static void
test_second_differs(void **state)
{
	struct lister *l = *state;

	first_of_two(l);
	lister_say(l, "1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1012");
	lister_end(l);
	assert_int_equal(lister_outcome(l), POLL_UNCHANGED);
	lister_assert_text(l, "proof: none");
	lister_assert_known(l, 12);
	assert_string_equal(lister_badge(l, 1012), "verified record_active (nil) 1");
	assert_int_equal(l->w.firms->metrics.seconds[METRICS_SECOND_DIFFERENT], 1);
}

/* A second one that fails leaves the first as it is. */
static void
test_second_fails(void **state)
{
	struct lister *l = *state;
	struct worker_failure failure = { .rc = CS_E_AUTH, .text = "gone\n" };

	first_of_two(l);
	lister_say(l, "1001");
	twin_worker()->on.failed(twin_worker()->arg, &failure);
	assert_int_equal(lister_outcome(l), POLL_UNCHANGED);
	lister_assert_known(l, 12);
	assert_int_equal(l->w.firms->state, REGISTRY_IDLE);
	assert_int_equal(l->w.firms->metrics.seconds[METRICS_SECOND_FAILED], 1);
}

/* It is read once where a second look would change nothing, or cannot help. */
static void
test_read_once(void **state)
{
	struct lister *l = *state;
	unsigned started;

	(void)lister_poll(l, TWELVE);
	lister_put(l, 1012, 1);
	started = twin_started();
	assert_int_equal(lister_poll(l, TWELVE), POLL_UNCHANGED);
	assert_int_equal(twin_started(), started + 1);
	/* It lacks none that a badge needs. */
	assert_int_equal(lister_poll(l, "1002 1003 1012"), POLL_UNCHANGED);
	/* What was left out would be missing twice. */
	assert_int_equal(lister_poll(l, ELEVEN " 10\x80" "9"), POLL_UNCHANGED);
	/* A plug-in that knows proofs has withheld its own. */
	l->plugin->proofs = CS_PROOF(CS_PROOF_TOTAL);
	assert_int_equal(lister_poll(l, ELEVEN), POLL_UNCHANGED);
	l->plugin->proofs = 0;
	/* Absence means nothing here. */
	l->w.connector.absence = ABSENCE_IGNORE;
	assert_int_equal(lister_poll(l, ELEVEN), POLL_UNCHANGED);
	l->w.connector.absence = ABSENCE_CASE;
	/* Nothing is left to ask for. */
	l->w.connector.daily_budget = 10;
	l->w.connector.budget_reserve = 10;
	assert_int_equal(lister_poll(l, ELEVEN), POLL_UNCHANGED);
	assert_int_equal(twin_started(), started + 6);
}

#define POLL_TEST(name) cmocka_unit_test_setup_teardown(name, lister_setup, lister_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		POLL_TEST(test_first_list),
		POLL_TEST(test_odd_records),
		POLL_TEST(test_changed_rows),
		POLL_TEST(test_sizes),
		POLL_TEST(test_shrinks_slowly),
		POLL_TEST(test_proofs),
		POLL_TEST(test_too_much_is_missing),
		POLL_TEST(test_counts_disagree),
		POLL_TEST(test_lacking_without_proof),
		POLL_TEST(test_lacking_is_no_news),
		POLL_TEST(test_read_twice),
		POLL_TEST(test_second_differs),
		POLL_TEST(test_second_fails),
		POLL_TEST(test_read_once),
	};

	return cmocka_run_group_tests_name("room poll", tests, NULL, NULL);
}
