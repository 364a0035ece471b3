/* SPDX-License-Identifier: ISC */
/*
 * test_core_nomem.c -- each allocation of the core's own data fails in turn.
 *
 * What could not be added was not added, what was there before still is, and
 * a text that could not be read gives nothing at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/guard.h"
#include "core/plan.h"
#include "core/record.h"
#include "core/snapshot.h"
#include "core/transition.h"
#include "core/types.h"
#include "lib/nomem.h"

#define ARENA_MAX	((size_t)1 << 20)
#define DAY_S		86400
#define NOW_S		INT64_C(1795000000)
#define MANY		200	/* of what grows: more than one growth */

/* --- the guard's window ------------------------------------------------------ */

static uint64_t
worse_of(const struct guard_window *w)
{
	struct guard_tally tallies[GUARD_TALLIES_MAX];

	(void)guard_window_tally(w, tallies);
	return tallies[0].worse;
}

static void
window_grows(void *arg)
{
	struct guard_window w = { .count = 0 };
	uint64_t added = 0;
	bool missed = false;

	(void)arg;
	/* A short bucket each, so that every one needs an entry of its own. */
	for (int i = 0; i < MANY; i++) {
		int64_t at_s = NOW_S + i / 20;
		char type[GUARD_TYPE_SIZE];

		(void)snprintf(type, sizeof(type), "T%d", i % 20);
		if (guard_window_look(&w, at_s, GUARD_BUCKETS, type, 7) != 0)
			missed = true;
		if (guard_window_add(&w, at_s, GUARD_BUCKETS, GUARD_ALL, 1) != 0)
			missed = true;
		else
			added++;
	}
	assert_int_equal(nomem_over(), missed);
	assert_int_equal(worse_of(&w), added);
	guard_window_free(&w);
}

static void
window_is_read(void *arg)
{
	struct guard_window w;
	int rc = guard_window_parse("1795000000 * 5 4;1795000000 WOSB 5 1", &w);

	(void)arg;
	assert_int_equal(rc, nomem_over() ? -1 : 0);
	assert_int_equal(w.count, rc == 0 ? 2 : 0);
	guard_window_free(&w);
}

static void
test_guard(void **state)
{
	(void)state;
	nomem_each(window_grows, NULL);
	nomem_each(window_is_read, NULL);
}

/* --- plans -------------------------------------------------------------------- */

static struct plan_line
line_make(int i)
{
	struct plan_line line = {
		.version = 1, .from = BADGE_VERIFIED, .to = BADGE_REVOKED,
		.reason = REASON_RECORD_WITHDRAWN,
	};

	(void)snprintf(line.badge, sizeof(line.badge), "b%03d", i);
	return line;
}

static void
plan_grows(void *arg)
{
	struct plan plan = { .count = 0 };
	size_t added = 0;

	(void)arg;
	for (int i = 0; i < MANY; i++) {
		struct plan_line line = line_make(i);

		if (plan_add(&plan, &line) == 0)
			added++;
	}
	assert_int_equal(added < MANY, nomem_over());
	assert_int_equal(plan.count, added);
	plan_free(&plan);
}

/* qsort() sorts in place where it gets no memory: then the plan is whole. */
static void
plan_is_read(void *arg)
{
	struct plan plan;
	struct err err = { .text = "" };
	int rc = plan_parse(arg, &plan, &err);

	assert_true(nomem_over() || rc == 0);
	assert_int_equal(plan.count, rc == 0 ? MANY : 0);
	assert_string_equal(err.text, rc == 0 ? "" : "a plan has too many lines, or memory is short");
	plan_free(&plan);
}

/* OpenSSL may do without one of its own: then the hash is right all the same. */
static void
plan_is_hashed(void *arg)
{
	char hash[PLAN_HASH_SIZE], again[PLAN_HASH_SIZE];
	int rc = plan_hash(arg, hash);
	bool failed = nomem_over();

	if (rc != 0)
		assert_true(failed);
	else {
		assert_int_equal(plan_hash(arg, again), 0);
		assert_string_equal(hash, again);
	}
}

static void
test_plan(void **state)
{
	struct plan plan = { .count = 0 };
	struct buf text;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		struct plan_line line = line_make(i);

		assert_int_equal(plan_add(&plan, &line), 0);
	}
	buf_init(&text, MANY * PLAN_LINE_SIZE);
	plan_text(&plan, &text);
	nomem_each(plan_grows, NULL);
	nomem_each(plan_is_read, (void *)(uintptr_t)buf_str(&text));
	nomem_each(plan_is_hashed, &plan);
	buf_free(&text);
	plan_free(&plan);
}

/* --- the snapshot's index ------------------------------------------------------ */

static void
index_grows(void *arg)
{
	struct snapshot *s = snapshot_new();
	uint64_t out[2];
	size_t records = 0;
	bool aliased[MANY + 1];

	(void)arg;
	if (s == NULL) {
		assert_true(nomem_over());
		return;
	}
	for (uint64_t n = 1; n <= MANY; n++) {
		records += snapshot_add(s, n, n) == 0;
		aliased[n] = snapshot_alias_add(s, n + MANY, n) == 0;
	}
	(void)nomem_over();
	assert_int_equal(snapshot_records(s), records);
	assert_int_equal(snapshot_numbers(s), records);
	assert_true(records >= MANY - 1);
	for (uint64_t n = 1; n <= MANY; n++) {
		assert_int_equal(snapshot_alias_find(s, n + MANY, out, 2), aliased[n]);
		assert_int_equal(snapshot_has(s, n), snapshot_poll_seen(s, n, n));
	}
	snapshot_free(s);
}

static void
test_snapshot(void **state)
{
	(void)state;
	nomem_each(index_grows, NULL);
}

/* --- what is read from text ------------------------------------------------------ */

static void
types_are_read(void *arg)
{
	static const char text[] = "A minority > B ; x\nB woman ; x\n";
	struct err err = { .text = "" };
	struct types *t = types_parse(text, sizeof(text) - 1, "types.conf", &err);
	bool failed = nomem_over();

	(void)arg;
	assert_int_equal(t == NULL, failed);
	assert_string_equal(err.text, failed ? "types.conf: out of memory" : "");
	types_free(t);
}

static void
record_is_read(void *arg)
{
	static const char line[] = "{\"number\":\"10164\",\"aliases\":[\"AA\",\"MM\"],\"name\":\"Ole\","
	    "\"dba\":\"Other\",\"type\":\"WOSB\",\"categories\":[\"woman\",\"veteran\"],"
	    "\"status\":\"unknown\",\"word\":\"Paused\",\"expires_on\":\"2027-03-01\"}";
	struct arena *arena = arena_new(ARENA_MAX);
	struct err err = { .text = "" };
	struct record rec;
	int rc = arena == NULL ? -1 : record_decode(line, sizeof(line) - 1, arena, &rec, &err);

	(void)arg;
	if (rc != 0)
		assert_true(nomem_over());
	else {
		(void)nomem_over();
		assert_string_equal(rec.number, "10164");
		assert_int_equal(rec.alias_count, 2);
		assert_string_equal(rec.status_word, "Paused");
	}
	arena_free(arena);
}

/* The same by the arena's limit: every text of the record is the last that fits. */
static void
test_record_in_little_room(void **state)
{
	static const char line[] = "{\"number\":\"10164\",\"aliases\":[\"AA\",\"MM\"],\"name\":\"Ole\","
	    "\"dba\":\"Other\",\"type\":\"WOSB\",\"status\":\"unknown\",\"word\":\"Paused\"}";
	int whole = 0;

	(void)state;
	for (size_t room = 16; room <= 160; room += 16) {
		struct arena *arena = arena_new(room);
		struct err err = { .text = "" };
		struct record rec;

		assert_non_null(arena);
		if (record_decode(line, sizeof(line) - 1, arena, &rec, &err) == 0)
			whole++;
		else
			assert_non_null(strstr(err.text, "memory"));
		assert_true(arena_used(arena) <= room);
		arena_free(arena);
	}
	assert_in_range(whole, 1, 9);
}

static void
test_texts(void **state)
{
	(void)state;
	nomem_each(types_are_read, NULL);
	nomem_each(record_is_read, NULL);
}

/* --- a version ---------------------------------------------------------------------- */

static const struct record listed = {
	.number = "17", .type = "WBE", .business_name = "A", .status = CS_STATUS_ACTIVE,
	.expires_on = { 2027, 3, 1 },
};
static struct decide_connector connector = { .name = "texas", .negatives_count = true };
static const struct claim claim = {
	.badge = "b1", .profile = "p1", .holder = "p1", .body = "texas-hub",
	.category = CS_CATEGORY_WOMAN, .type = "WBE", .number = "17", .business_name = "A",
	.names = { "One", "Two" }, .name_count = 2, .rev = -1,
};
static const struct decision verified = {
	.status = BADGE_VERIFIED, .reason = REASON_RECORD_ACTIVE, .how = HOW_RECORD,
	.rule = 9, .record = &listed, .verified_once = true, .expires_on = { 2027, 3, 1 },
	.case_reasons = 1u << REASON_NAME_MISMATCH,
};
static const struct transition_input first_step = {
	.claim = &claim, .claim_id = "1-1", .claimed_at_s = NOW_S, .decision = &verified,
	.connectors = &connector, .cause = CAUSE_CLAIM, .actor = "", .poll = "texas-1",
	.fetched_s = NOW_S, .now_s = NOW_S,
};

static void
version_is_made(void *arg)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct badge_field fields[BADGE_FIELDS_MAX];
	struct transition t;
	size_t n;
	int rc = arena == NULL ? -1 : transition_make(&first_step, arena, &t);

	(void)arg;
	if (rc == 0)
		rc = badge_to_fields(&t.after, arena, fields, &n);
	assert_int_equal(rc, nomem_over() ? -1 : 0);
	if (rc == 0) {
		assert_string_equal(t.after.evidence,
		    "{\"poll\":\"texas-1\",\"record\":\"17/WBE\",\"fetched\":\"2026-11-18T11:06:40Z\"}");
		assert_true(n > 20);
	}
	arena_free(arena);
}

static void
history_is_written(void *arg)
{
	struct transition *t = arg;
	struct buf out;

	buf_init(&out, HISTORY_MAX);
	history_entry(&first_step, t, &out);
	if (nomem_over())
		assert_true(out.failed || out.len > 0);
	else
		assert_false(out.failed);
	assert_true(out.failed || buf_str(&out)[out.len - 1] == '}');
	buf_free(&out);
}

static void
test_version(void **state)
{
	struct arena *arena = arena_new(ARENA_MAX);
	struct zone *zone;
	struct transition t;
	struct err err;

	(void)state;
	assert_non_null(arena);
	zone = zone_load(NULL, "America/Chicago", &err);
	assert_non_null(zone);
	connector.zone = zone;
	nomem_each(version_is_made, NULL);
	assert_int_equal(transition_make(&first_step, arena, &t), 0);
	nomem_each(history_is_written, &t);
	arena_free(arena);
	zone_free(zone);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guard),
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_snapshot),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_record_in_little_room),
		cmocka_unit_test(test_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
