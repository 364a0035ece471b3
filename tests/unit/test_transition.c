/* SPDX-License-Identifier: ISC */
/*
 * test_transition.c -- versions, events, cases and history: golden documents,
 * what is a change and what is none, and what must never be published.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/text.h"
#include "core/transition.h"

#define ARENA_MAX	((size_t)1 << 20)
#define NOW		INT64_C(1781539200)	/* 2026-06-15T16:00:00Z */
#define DAY		86400
#define LIFE_OTHERS	2	/* records beside the first */
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static struct types *types;
static struct zone *zone;

/* One badge with its connector and record, stepped through time. */
struct world {
	struct arena *arena;
	struct claim claim;
	struct badge badge;	/* version 0: none yet */
	struct record record, others[LIFE_OTHERS];	/* only test_life() lists the others */
	struct decide_record listed, rows[1 + LIFE_OTHERS];
	struct decide_connector connector;
	struct decide_input in;
	struct decision decision;
	struct transition_input step;
	struct transition t;
};

static void
world_init(struct world *w)
{
	*w = (struct world){ .arena = arena_new(ARENA_MAX) };
	assert_non_null(w->arena);
	w->claim = (struct claim){
		.badge = "b-1", .profile = "p_1", .holder = "p_1", .body = "secretbody",
		.category = CS_CATEGORY_WOMAN, .type = "WOSB", .number = "991234567",
		.business_name = "Acme Widgets LLC", .rev = 7,
		.names = { "Secretname" }, .name_count = 1,
		.aliases = { "SECRETALIAS" }, .alias_count = 1,
	};
	w->record = (struct record){
		.number = "991234567", .type = "WOSB", .business_name = "ACME WIDGETS LLC",
		.status = CS_STATUS_ACTIVE, .expires_on = { 2027, 3, 1 },
	};
	w->connector = (struct decide_connector){
		.name = "secretconn", .zone = zone, .last_proven_s = NOW,
		.negatives_count = true, .expiry_evidence_s = 3 * DAY,
	};
	w->listed = (struct decide_record){ .record = &w->record, .seen_s = NOW };
	w->in = (struct decide_input){
		.types = types, .claim = &w->claim, .connectors = &w->connector,
		.connector_count = 1, .records = &w->listed, .record_count = 1,
		.now_s = NOW, .name_match = 0.85, .unconfirmed_days = 30,
		.case_seconds = 14 * DAY,
	};
	w->step = (struct transition_input){
		.claim = &w->claim, .claim_id = "1781539200000-0", .claimed_at_s = NOW - 1,
		.connectors = &w->connector, .cause = CAUSE_CLAIM, .actor = "",
		.poll = "main-17", .fetched_s = NOW - 60,
	};
}

static void
world_free(struct world *w)
{
	arena_free(w->arena);
}

/* Decides, makes the next version and takes it over. */
static enum transition_kind
world_step(struct world *w)
{
	static struct badge before;

	before = w->badge;
	w->in.before = w->badge.version > 0 ? &before : NULL;
	w->decision = decide(&w->in);
	w->step.before = w->in.before;
	w->step.decision = &w->decision;
	w->step.now_s = w->in.now_s;
	assert_int_equal(transition_make(&w->step, w->arena, &w->t), 0);
	w->badge = w->t.after;
	w->step.claim_id = NULL;
	w->in.edited = false;
	w->step.cause = CAUSE_POLL;
	return w->t.kind;
}

static struct event_context ctx = { "e1", 3, NOW + 5 };

static const char *
event_text(const struct world *w, struct buf *out)
{
	buf_clear(out);
	event_badge(&ctx, w->step.before, &w->t, out);
	assert_false(out->failed);
	return buf_str(out);
}

static void
test_new_verified(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	world_init(&w);
	buf_init(&out, EVENT_MAX);
	assert_int_equal(world_step(&w), TRANSITION_STATUS);
	assert_int_equal(w.badge.version, 1);
	assert_string_equal(event_text(&w, &out),
	    "{\"specversion\":\"1.0\",\"id\":\"b-1-1\",\"source\":\"urn:certsync:e1\","
	    "\"type\":\"org.certsync.badge.verified.v1\",\"subject\":\"b-1\","
	    "\"time\":\"2026-06-15T16:00:00Z\",\"recordedtime\":\"2026-06-15T16:00:05Z\","
	    "\"datacontenttype\":\"application/json\","
	    "\"dataschema\":\"https://certsync.org/schemas/badge-status.v1.json\","
	    "\"partitionkey\":\"3\",\"data\":{\"badge\":\"b-1\",\"profile\":\"p_1\",\"version\":1,"
	    "\"from\":null,\"to\":\"verified\",\"reason\":\"record_active\",\"cause\":\"claim\","
	    "\"expires_on\":\"2027-03-01\",\"valid_until\":\"2027-03-02T05:00:00Z\","
	    "\"claim_id\":\"1781539200000-0\",\"rev\":7}}");
	assert_string_equal(w.badge.connector, "secretconn");
	assert_string_equal(w.badge.zone, "America/New_York");
	assert_string_equal(w.badge.registry_name, "ACME WIDGETS LLC");
	assert_string_equal(w.badge.expires_source, "record");
	assert_string_equal(w.badge.evidence, "{\"poll\":\"main-17\","
	    "\"record\":\"991234567/WOSB\",\"fetched\":\"2026-06-15T15:59:00Z\"}");
	assert_true(w.badge.verified_once);
	assert_int_equal(w.badge.since_s, NOW);
	assert_int_equal(w.badge.checked_at_s, NOW);
	assert_int_equal(w.badge.claimed_at_s, NOW - 1);
	assert_int_equal(w.badge.cause, CAUSE_CLAIM);
	buf_free(&out);
	world_free(&w);
}

static void
test_new_unknown(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	world_init(&w);
	buf_init(&out, EVENT_MAX);
	w.in.record_count = 0;
	w.in.connector_count = 0;
	w.claim.rev = -1;
	assert_int_equal(world_step(&w), TRANSITION_STATUS);
	assert_non_null(strstr(event_text(&w, &out), "\"from\":null,\"to\":\"self_reported\","
	    "\"reason\":\"no_connector\",\"cause\":\"claim\",\"expires_on\":null,"
	    "\"valid_until\":null,\"claim_id\":\"1781539200000-0\",\"rev\":null}}"));
	assert_string_equal(w.badge.connector, "");
	assert_string_equal(w.badge.expires_source, "");
	assert_string_equal(w.badge.evidence, "{\"poll\":\"main-17\",\"fetched\":\"2026-06-15T15:59:00Z\"}");
	buf_free(&out);
	world_free(&w);
}

/* A replay says nothing, whatever the status. */
static void
test_replay(void **state)
{
	(void)state;
	for (int s = CS_STATUS_UNKNOWN; s <= CS_STATUS_DECERTIFIED; s++)
		for (int listed = 0; listed < 2; listed++) {
			struct world w;
			struct badge first;

			world_init(&w);
			w.record.status = (enum cs_status)s;
			w.in.record_count = (size_t)listed;
			assert_int_equal(world_step(&w), TRANSITION_STATUS);
			first = w.badge;
			w.in.now_s += 3600;
			w.step.poll = "main-18";
			assert_int_equal(world_step(&w), TRANSITION_NONE);
			assert_memory_equal(&first, &w.badge, sizeof(first));
			world_free(&w);
		}
}

static void
test_renewed_and_changed(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	world_init(&w);
	buf_init(&out, EVENT_MAX);
	world_step(&w);
	w.in.now_s = NOW + DAY;
	w.record.expires_on.year = 2028;
	assert_int_equal(world_step(&w), TRANSITION_RENEWED);
	assert_int_equal(w.badge.version, 2);
	assert_int_equal(w.badge.since_s, NOW);
	assert_int_equal(w.badge.checked_at_s, NOW + DAY);
	assert_int_equal(w.badge.cause, CAUSE_POLL);
	assert_non_null(strstr(event_text(&w, &out), "\"id\":\"b-1-2\""));
	assert_non_null(strstr(buf_str(&out), "org.certsync.badge.renewed.v1"));
	assert_non_null(strstr(buf_str(&out), "\"time\":\"2026-06-16T16:00:00Z\""));
	assert_non_null(strstr(buf_str(&out), "\"from\":\"verified\",\"to\":\"verified\""));
	/* The visibility is content of the claim. */
	w.claim.hidden = true;
	assert_int_equal(world_step(&w), TRANSITION_CHANGED);
	assert_int_equal(w.badge.version, 3);
	assert_non_null(strstr(event_text(&w, &out), "org.certsync.badge.changed.v1"));
	/* Grace moves valid_until only: consumers must hear of it. */
	w.connector.grace_days = 5;
	assert_int_equal(world_step(&w), TRANSITION_CHANGED);
	assert_int_equal(w.badge.version, 4);
	/* rev and claim_id alone are no version. */
	w.claim.rev = 8;
	w.step.claim_id = "1781539200001-0";
	assert_int_equal(world_step(&w), TRANSITION_NONE);
	assert_int_equal(w.badge.version, 4);
	assert_int_equal(w.badge.claim.rev, 8);
	assert_string_equal(w.badge.claim_id, "1781539200001-0");
	buf_free(&out);
	world_free(&w);
}

static void
test_reason_changes(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	w.record.status = CS_STATUS_SUSPENDED;
	world_step(&w);
	w.in.now_s = NOW + DAY;
	w.record.status = CS_STATUS_EXCLUDED;
	assert_int_equal(world_step(&w), TRANSITION_CHANGED);
	assert_int_equal(w.badge.version, 2);
	assert_int_equal(w.badge.since_s, NOW);
	w.record.status = CS_STATUS_ACTIVE;
	assert_int_equal(world_step(&w), TRANSITION_STATUS);
	assert_int_equal(w.badge.since_s, NOW + DAY);
	world_free(&w);
}

static void
test_expired_time(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	world_init(&w);
	buf_init(&out, EVENT_MAX);
	world_step(&w);
	assert_int_equal(w.badge.next_check_s, w.badge.valid_until_s);
	/* Found three days late: it expired when its day ended all the same. */
	w.in.now_s = w.badge.valid_until_s + 3 * DAY;
	w.listed.seen_s = w.in.now_s;
	w.step.cause = CAUSE_EXPIRY;
	assert_int_equal(world_step(&w), TRANSITION_STATUS);
	assert_non_null(strstr(event_text(&w, &out), "\"time\":\"2027-03-02T05:00:00Z\""));
	assert_non_null(strstr(buf_str(&out), "\"from\":\"verified\",\"to\":\"expired\","
	    "\"reason\":\"expiry_passed\",\"cause\":\"expiry\""));
	assert_true(w.badge.verified_once);
	/* Unlisted later: what is known of it stays. */
	w.in.record_count = 0;
	assert_int_equal(world_step(&w), TRANSITION_NONE);
	assert_string_equal(w.badge.registry_name, "ACME WIDGETS LLC");
	buf_free(&out);
	world_free(&w);
}

static void
test_expired_while_unlisted(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	world_step(&w);
	w.in.record_count = 0;
	w.in.now_s = w.badge.valid_until_s + DAY;
	w.connector.last_proven_s = w.in.now_s;
	assert_int_equal(world_step(&w), TRANSITION_STATUS);
	assert_int_equal(w.badge.status, BADGE_EXPIRED);
	assert_string_equal(w.badge.registry_name, "ACME WIDGETS LLC");
	assert_string_equal(w.badge.expires_source, "record");
	assert_int_equal(w.badge.expires_on.year, 2027);
	world_free(&w);
}

static void
test_unconfirmed(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	world_step(&w);
	w.in.now_s = w.badge.valid_until_s;
	w.connector.stale = true;
	assert_int_equal(world_step(&w), TRANSITION_CHANGED);
	assert_int_equal(w.badge.status, BADGE_VERIFIED);
	assert_int_equal(w.badge.valid_until_s, w.badge.next_check_s);
	assert_true(w.badge.valid_until_s > w.in.now_s + 29 * DAY);
	assert_int_equal(world_step(&w), TRANSITION_NONE);
	/* The source is back and has renewed it. */
	w.connector.stale = false;
	w.record.expires_on.year = 2028;
	w.listed.seen_s = w.in.now_s += DAY;
	assert_int_equal(world_step(&w), TRANSITION_RENEWED);
	world_free(&w);
}

static void
test_case(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	world_init(&w);
	buf_init(&out, EVENT_MAX);
	world_step(&w);
	w.record.business_name = "Zenith Foods Inc";
	w.in.now_s = NOW + DAY;
	assert_int_equal(world_step(&w), TRANSITION_CASE);
	assert_true(w.t.case_opened);
	assert_int_equal(w.badge.version, 1);
	assert_int_equal(w.badge.checked_at_s, NOW);
	assert_string_equal(w.badge.registry_name, "ACME WIDGETS LLC");
	event_case(&ctx, &w.t, true, &out);
	assert_string_equal(buf_str(&out),
	    "{\"specversion\":\"1.0\",\"id\":\"b-1-c1\",\"source\":\"urn:certsync:e1\","
	    "\"type\":\"org.certsync.case.opened.v1\",\"subject\":\"b-1\","
	    "\"time\":\"2026-06-16T16:00:00Z\",\"recordedtime\":\"2026-06-15T16:00:05Z\","
	    "\"datacontenttype\":\"application/json\","
	    "\"dataschema\":\"https://certsync.org/schemas/case.v1.json\","
	    "\"partitionkey\":\"3\",\"data\":{\"badge\":\"b-1\",\"profile\":\"p_1\",\"case\":1,"
	    "\"reasons\":[\"name_mismatch\"],\"until\":\"2026-06-30T16:00:00Z\"}}");
	assert_int_equal(world_step(&w), TRANSITION_NONE);
	/* A further reason joins the case, silently and with its old date. */
	w.in.record_count = 0;
	w.in.absence_counts = true;
	w.in.now_s = NOW + 2 * DAY;
	assert_int_equal(world_step(&w), TRANSITION_CASE);
	assert_false(w.t.case_opened || w.t.case_closed);
	assert_int_equal(w.badge.case_until_s, NOW + 15 * DAY);
	buf_clear(&out);
	event_case(&ctx, &w.t, true, &out);
	assert_non_null(strstr(buf_str(&out), "\"reasons\":[\"record_missing\",\"name_mismatch\"],"));
	/* All is well again: it closes by itself. */
	w.in.record_count = 1;
	w.record.business_name = "Acme Widgets";
	assert_int_equal(world_step(&w), TRANSITION_CASE);
	assert_true(w.t.case_closed);
	assert_int_equal(w.badge.case_since_s, 0);
	buf_clear(&out);
	event_case(&ctx, &w.t, false, &out);
	assert_non_null(strstr(buf_str(&out), "\"id\":\"b-1-c1x\""));
	assert_non_null(strstr(buf_str(&out),
	    "\"data\":{\"badge\":\"b-1\",\"profile\":\"p_1\",\"case\":1}}"));
	/* The next one has the next number. */
	w.record.business_name = "Zenith Foods Inc";
	assert_int_equal(world_step(&w), TRANSITION_CASE);
	assert_int_equal(w.badge.case_number, 2);
	/* A status that takes the badge closes it with the version. */
	w.record.status = CS_STATUS_WITHDRAWN;
	assert_int_equal(world_step(&w), TRANSITION_STATUS);
	assert_true(w.t.case_closed);
	buf_free(&out);
	world_free(&w);
}

static void
test_edit(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	world_step(&w);
	w.claim.number = "5";
	w.step.claim_id = "1781539200002-0";
	w.in.record_count = 0;
	w.in.edited = true;
	w.step.cause = CAUSE_CLAIM;
	assert_int_equal(world_step(&w), TRANSITION_STATUS);
	assert_int_equal(w.badge.status, BADGE_NOT_FOUND);
	assert_int_equal(w.badge.cause, CAUSE_CLAIM);
	assert_false(w.badge.verified_once);
	assert_string_equal(w.badge.registry_name, "");
	assert_string_equal(w.badge.expires_source, "");
	assert_false(cs_date_is_set(w.badge.expires_on));
	world_free(&w);
}

static void
test_public_reasons(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	world_init(&w);
	buf_init(&out, EVENT_MAX);
	w.record.status = CS_STATUS_GRADUATED;
	world_step(&w);
	assert_int_equal(w.badge.reason, REASON_RECORD_GRADUATED);
	assert_non_null(strstr(event_text(&w, &out), "\"reason\":\"record_expired\""));
	buf_free(&out);
	world_free(&w);
}

static void
test_other_events(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, EVENT_MAX);
	event_erased(&ctx, "b-1", 9, &out);
	assert_non_null(strstr(buf_str(&out), "\"id\":\"b-1-9\""));
	assert_non_null(strstr(buf_str(&out), "org.certsync.badge.erased.v1"));
	assert_non_null(strstr(buf_str(&out), "\"data\":{\"badge\":\"b-1\",\"version\":9}}"));
	buf_clear(&out);
	event_other(&ctx, "store.reset", "store-1", NULL, "{}", &out);
	assert_string_equal(buf_str(&out),
	    "{\"specversion\":\"1.0\",\"id\":\"store-1\",\"source\":\"urn:certsync:e1\","
	    "\"type\":\"org.certsync.store.reset.v1\","
	    "\"time\":\"2026-06-15T16:00:05Z\",\"recordedtime\":\"2026-06-15T16:00:05Z\","
	    "\"datacontenttype\":\"application/json\","
	    "\"dataschema\":\"https://certsync.org/schemas/notice.v1.json\","
	    "\"partitionkey\":\"3\",\"data\":{}}");
	buf_clear(&out);
	event_other(&ctx, "connector.held", "nglcc-4", "nglcc", "{\"plan\":\"ab\"}", &out);
	assert_non_null(strstr(buf_str(&out), "\"subject\":\"nglcc\""));
	buf_free(&out);
}

static void
check_json(const char *text)
{
	json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	if (root == NULL)
		fail_msg("not JSON: %s", text);
	json_decref(root);
}

/* None of these beside a badge. */
static void
check_private(const char *text)
{
	static const char *const words[] = { "woman", "WOSB", "secretbody", "991234567",
	    "cme", "CME", "Secret", "SECRET", "secretconn", "Zenith" };

	for (size_t i = 0; i < COUNT(words); i++)
		if (strstr(text, words[i]) != NULL)
			fail_msg("\"%s\" in %s", words[i], text);
}

static void
test_privacy(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, EVENT_MAX);
	for (int s = CS_STATUS_UNKNOWN; s <= CS_STATUS_DECERTIFIED; s++)
		for (int k = 0; k < 6; k++) {
			struct world w;

			world_init(&w);
			world_step(&w);
			w.record.status = (enum cs_status)s;
			w.in.record_count = k != 1;
			w.in.absence_counts = true;
			w.connector.absence = k == 1 ? ABSENCE_REVOKE : ABSENCE_CASE;
			if (k == 2)
				w.record.business_name = "Zenith";
			if (k == 3)
				w.record.type = "SBA8A";
			w.in.edited = k == 4;
			w.claim.hidden = k == 5;
			world_step(&w);
			check_json(event_text(&w, &out));
			check_private(buf_str(&out));
			buf_clear(&out);
			event_case(&ctx, &w.t, true, &out);
			check_json(buf_str(&out));
			check_private(buf_str(&out));
			world_free(&w);
		}
	buf_free(&out);
}

static void
test_reminder(void **state)
{
	static const int rungs[] = { 90, 30, 7, 1 };
	struct world w;
	struct buf out;

	(void)state;
	world_init(&w);
	buf_init(&out, EVENT_MAX);
	w.connector.remind_days = rungs;
	w.connector.remind_count = COUNT(rungs);
	world_step(&w);
	assert_int_equal(w.t.remind.rung, 0);
	assert_int_equal(w.badge.next_check_s, w.badge.valid_until_s - 91 * DAY);
	w.in.now_s = w.badge.next_check_s + 5;
	w.claim.hidden = true;		/* the owner still wants to know */
	assert_int_equal(world_step(&w), TRANSITION_CHANGED);
	assert_int_equal(w.t.remind.rung, 90);
	assert_int_equal(world_step(&w), TRANSITION_NONE);
	assert_int_equal(w.t.remind.rung, 0);
	/* Late, as the daemon was down: one for both, when it became true. */
	w.in.now_s = w.badge.valid_until_s - 6 * DAY;
	assert_int_equal(world_step(&w), TRANSITION_NONE);
	event_reminder(&ctx, &w.t, &out);
	check_json(buf_str(&out));
	check_private(buf_str(&out));
	assert_non_null(strstr(buf_str(&out), "\"id\":\"b-1-2-d7\""));
	assert_non_null(strstr(buf_str(&out), "\"type\":\"org.certsync.badge.expiring.v1\""));
	assert_non_null(strstr(buf_str(&out), "\"time\":\"2027-02-22T05:00:00Z\""));
	assert_non_null(strstr(buf_str(&out), "\"version\":2,\"from\":\"verified\",\"to\":\"verified\","
	    "\"reason\":\"record_active\",\"cause\":\"expiry\",\"expires_on\":\"2027-03-01\""));
	assert_non_null(strstr(buf_str(&out), ",\"rev\":7,\"days_left\":5}}"));
	/* A renewal cancels the rest. */
	w.record.expires_on.year = 2028;
	assert_int_equal(world_step(&w), TRANSITION_RENEWED);
	assert_int_equal(w.t.remind.rung, 0);
	buf_free(&out);
	world_free(&w);
}

/* A badge that waits gets a date it had none of before: the record's. */
static void
test_first_date_is_past(void **state)
{
	struct world w;

	(void)state;
	world_init(&w);
	w.record.expires_on = (struct cs_date){ 0 };
	world_step(&w);
	assert_string_equal(w.badge.expires_source, "");
	w.record.expires_on = (struct cs_date){ 2026, 6, 1 };
	w.connector.stale = true;
	assert_int_equal(world_step(&w), TRANSITION_RENEWED);
	assert_string_equal(w.badge.expires_source, "record");
	world_free(&w);
}

static void
test_history(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	world_init(&w);
	buf_init(&out, HISTORY_MAX);
	world_step(&w);
	history_entry(&w.step, &w.t, &out);
	assert_non_null(strstr(buf_str(&out), "{\"version\":1,\"time\":\"2026-06-15T16:00:00Z\","
	    "\"from\":null,\"to\":\"verified\",\"reason\":\"record_active\",\"rule\":9,"));
	assert_non_null(strstr(buf_str(&out), "\"actor\":\"\",\"poll\":\"main-17\",\"plan\":null,"
	    "\"claim\":{\"category\":\"woman\",\"body\":\"secretbody\",\"type\":\"WOSB\","
	    "\"number\":\"991234567\",\"business_name\":\"Acme Widgets LLC\",\"expires_on\":null},"
	    "\"record\":{\"number\":\"991234567\",\"name\":\"ACME WIDGETS LLC\",\"type\":\"WOSB\","
	    "\"status\":\"active\",\"expires_on\":\"2027-03-01\"}}"));
	check_json(buf_str(&out));
	buf_free(&out);
	world_free(&w);
}

/* The other half of what an entry may say: who, in which plan, of a badge that nothing lists. */
static void
test_history_of_a_plan(void **state)
{
	struct world w;
	struct buf out;

	(void)state;
	world_init(&w);
	buf_init(&out, HISTORY_MAX);
	w.claim.expires_on = (struct cs_date){ 2027, 1, 31 };
	world_step(&w);
	w.in.record_count = 0;
	w.in.edited = true;
	w.step.plan = "ab12";
	w.step.actor = "anna";
	w.step.poll = NULL;
	assert_int_equal(world_step(&w), TRANSITION_STATUS);
	history_entry(&w.step, &w.t, &out);
	assert_non_null(strstr(buf_str(&out), "\"from\":\"verified\",\"to\":\"not_found\""));
	assert_non_null(strstr(buf_str(&out), "\"actor\":\"anna\",\"poll\":\"\",\"plan\":\"ab12\","));
	assert_non_null(strstr(buf_str(&out), "\"expires_on\":\"2027-01-31\"},\"record\":null}"));
	check_json(buf_str(&out));
	buf_clear(&out);
	w.step.actor = NULL;
	history_entry(&w.step, &w.t, &out);
	assert_non_null(strstr(buf_str(&out), "\"actor\":\"\","));
	buf_free(&out);
	world_free(&w);
}

/* Why and how a badge is what it is are changes of their own; so is a record without a type. */
static void
test_how_changes(void **state)
{
	struct world w;
	struct badge_pin pin = { BADGE_VERIFIED, NOW + DAY };
	struct badge_attestation seen = { { 2027, 3, 1 }, NOW + 300 * DAY };

	(void)state;
	world_init(&w);
	w.record.type = NULL;
	w.record.categories = CS_CATEGORY_WOMAN;
	w.record.expires_on = (struct cs_date){ 0 };
	w.claim.type = NULL;
	world_step(&w);
	assert_non_null(strstr(w.badge.evidence, "\"record\":\"991234567/\""));
	w.in.pin = &pin;
	assert_int_equal(world_step(&w), TRANSITION_CHANGED);
	assert_int_equal(w.badge.how, HOW_PINNED);
	world_free(&w);
	world_init(&w);
	w.in.connector_count = w.in.record_count = 0;
	w.in.attestation = &seen;
	assert_int_equal(world_step(&w), TRANSITION_STATUS);
	assert_string_equal(w.badge.expires_source, "attestation");
	assert_string_equal(w.badge.zone, "");
	world_free(&w);
}

/* Every length of awkward names stays valid JSON within the limit. */
static void
test_history_limit(void **state)
{
	static char name[1025], number[1025], registry[513];
	struct world w;
	struct buf out;

	(void)state;
	world_init(&w);
	buf_init(&out, HISTORY_MAX);
	for (size_t len = 1; len < sizeof(name); len += 7) {
		for (size_t i = 0; i < len; i++)
			name[i] = number[i] = "\"\\x"[i % 3];
		for (size_t i = 0; i + 1 < len && i + 1 < sizeof(registry); i += 2)
			memcpy(registry + i, "\xc3\xa9", 2);
		w.claim.business_name = name;
		w.claim.number = number;
		w.record.business_name = w.record.dba_name = registry;
		w.badge.version = 0;
		w.step.actor = number;
		world_step(&w);
		buf_clear(&out);
		history_entry(&w.step, &w.t, &out);
		assert_false(out.failed);
		assert_true(out.len <= HISTORY_MAX);
		check_json(buf_str(&out));
		arena_reset(w.arena);
	}
	buf_free(&out);
	world_free(&w);
}

static uint64_t seed;

static uint64_t
draw(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

/* Lists some of the records, seen then. */
static void
world_list(struct world *w, int64_t seen_s)
{
	for (size_t i = 0; i < 1 + LIFE_OTHERS; i++)
		w->rows[i] = (struct decide_record){
			.record = i == 0 ? &w->record : &w->others[i - 1], .seen_s = seen_s,
		};
	w->in.records = w->rows;
}

static void
world_disturb(struct world *w)
{
	static const char *const types_listed[] = { "WOSB", "WOSB", "EDWOSB", "SBA8A" };
	static const char *const names[] = { "ACME WIDGETS LLC", "ACME WIDGETS LLC", "Zenith Foods Inc", NULL };
	static const char *const numbers[] = { "991234567", "991234567", "55", "a b" };
	static const struct cs_date dates[] = { { 0, 0, 0 }, { 2026, 7, 1 }, { 2027, 3, 1 },
	    { 2026, 6, 20 }, { 2026, 6, 1 } };

	struct record *other = &w->others[draw(LIFE_OTHERS)];

	switch (draw(12)) {
	case 0: w->record.status = (enum cs_status)draw(CS_STATUS_DECERTIFIED + 1); break;
	case 1: w->record.status = CS_STATUS_ACTIVE; break;
	case 2: w->record.expires_on = dates[draw(COUNT(dates))]; break;
	case 3: w->record.business_name = names[draw(COUNT(names))]; break;
	case 4: w->in.record_count = draw(2 + LIFE_OTHERS); break;
	case 5: w->in.absence_counts = draw(2) == 0; break;
	case 6: w->connector.stale = draw(3) == 0; break;
	case 7: w->connector.negatives_count = draw(2) == 0; break;
	case 8:
		*other = w->record;
		other->type = types_listed[draw(COUNT(types_listed))];
		other->status = (enum cs_status)draw(CS_STATUS_DECERTIFIED + 1);
		break;
	case 9: other->expires_on = dates[draw(COUNT(dates))]; break;
	case 10: w->connector.absence = (enum absence)draw(3); break;
	default:
		w->claim.number = numbers[draw(COUNT(numbers))];
		w->in.edited = true;
		w->step.claim_id = "1781539200003-0";
	}
	w->in.now_s += (int64_t)draw(4 * DAY);
	w->connector.last_proven_s = w->in.now_s - (int64_t)draw(6 * DAY);
	world_list(w, w->connector.last_proven_s);
}

/*
 * Whatever happens, versions rise by one with exactly the changes, a second
 * look says nothing, and until next_check time alone says nothing either.
 */
static void
test_life(void **state)
{
	static const int polls = 60;
	int versions = 0;

	(void)state;
	seed = 99;
	for (int life = 0; life < 1000; life++) {
		struct world w;

		world_init(&w);
		w.others[0] = w.others[1] = w.record;
		world_step(&w);
		for (int i = 0; i < polls; i++) {
			int64_t version = w.badge.version, span;
			enum transition_kind kind;

			world_disturb(&w);
			kind = world_step(&w);
			assert_int_equal(w.badge.version, version +
			    (kind != TRANSITION_NONE && kind != TRANSITION_CASE));
			versions += w.badge.version != version;
			assert_int_equal(w.badge.case_reasons != 0, w.badge.case_until_s != 0);
			assert_int_equal(world_step(&w), TRANSITION_NONE);
			span = w.badge.next_check_s != 0 ?
			    w.badge.next_check_s - w.in.now_s - 1 : 4000 * (int64_t)DAY;
			w.in.now_s += span;
			assert_int_equal(world_step(&w), TRANSITION_NONE);
			w.in.now_s -= span;
		}
		world_free(&w);
	}
	print_message("%d versions\n", versions);
	assert_true(versions > 1000);
}

static void
test_no_memory(void **state)
{
	struct arena *tiny = arena_new(8);
	struct world w;
	struct transition t = { .kind = TRANSITION_CASE };

	(void)state;
	world_init(&w);
	world_step(&w);
	assert_int_equal(transition_make(&w.step, tiny, &t), -1);
	assert_int_equal(t.kind, TRANSITION_CASE);
	arena_free(tiny);
	world_free(&w);
}

static int
setup(void **state)
{
	struct err err;

	(void)state;
	types = types_builtin(&err);
	zone = zone_load(NULL, "America/New_York", &err);
	return types != NULL && zone != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	types_free(types);
	zone_free(zone);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_verified),
		cmocka_unit_test(test_new_unknown),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_renewed_and_changed),
		cmocka_unit_test(test_reason_changes),
		cmocka_unit_test(test_expired_time),
		cmocka_unit_test(test_expired_while_unlisted),
		cmocka_unit_test(test_unconfirmed),
		cmocka_unit_test(test_case),
		cmocka_unit_test(test_reminder),
		cmocka_unit_test(test_first_date_is_past),
		cmocka_unit_test(test_edit),
		cmocka_unit_test(test_public_reasons),
		cmocka_unit_test(test_other_events),
		cmocka_unit_test(test_privacy),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_history_of_a_plan),
		cmocka_unit_test(test_how_changes),
		cmocka_unit_test(test_history_limit),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("transition", tests, setup, teardown);
}
