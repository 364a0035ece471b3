/* SPDX-License-Identifier: ISC */
/*
 * test_simulation.c -- a day in the life, forty times in a row, on a clock of
 * its own: the pure core under a registry that lists, renews, lapses, suspends,
 * loses and finds certifications, and under outages, holds and feeds without
 * proof.
 *
 * Two sides see the same days.  The engine's side does what src/engine does:
 * it decides badges that a poll touches and badges whose next_check has come,
 * in any order, sometimes twice.  The oracle knows none of that: it looks at
 * every badge at every poll and every local midnight and says what
 * docs/decisions.md promises then.  Their event streams must be the same, to the second.
 *
 *	test_simulation [SEED]		CERTSYNC_SEEDS=N: how many (20000)
 *
 * A failure prints its seed; with SEED only that life is lived, aloud.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/sim.h"

#if defined(__SANITIZE_ADDRESS__)
#define SEEDS		2000	/* ten times as slow */
#else
#define SEEDS		20000
#endif
#define DAYS		40

static const char *const names[] = { "Acme Widgets LLC", "Zenith Foods Inc" };
static const char *const numbers[SUBJECTS] = { "1001", "1002", "1003" };
static const char *const ids[SUBJECTS] = { "b0", "b1", "b2" };

static struct types *types;
static struct zone *zones[4];

/* splitmix64 of seed and count: any draw can be had alone. */
static uint64_t
draw(struct life *l, uint64_t n)
{
	uint64_t z = l->seed * UINT64_C(0x9E3779B97F4A7C15) + ++l->draws * UINT64_C(0xD1B54A32D192ED03);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return (z ^ z >> 31) % n;
}

static bool
chance(struct life *l, unsigned percent)
{
	return draw(l, 100) < percent;
}

/* --- the engine's side ------------------------------------------------------------ */

static void
engine_events(struct life *l, struct subject *s, const struct badge *before, const struct transition *t)
{
	const struct badge *b = &t->after;
	struct happening *h;

	if (t->kind != TRANSITION_NONE && t->kind != TRANSITION_CASE) {
		h = sim_happen(l, &s->is, t->kind == TRANSITION_STATUS ? badge_status_name(b->status) :
		    t->kind == TRANSITION_RENEWED ? "renewed" : "changed",
		    t->kind == TRANSITION_STATUS ? b->since_s : b->checked_at_s);
		h->reason = (int)b->reason;
		h->date = b->expires_on;
		sim_tell(l, s, "is", h);
		if (b->version != (before != NULL ? before->version : 0) + 1)
			sim_fail(l, "a version does not follow the one before");
	} else if (before == NULL || b->version != before->version)
		sim_fail(l, "a version without event");
	if (t->case_closed)
		sim_tell(l, s, "is", sim_happen(l, &s->is, "case.closed", l->now_s));
	if (t->case_opened)
		sim_tell(l, s, "is", sim_happen(l, &s->is, "case.opened", l->now_s));
	if (t->remind.rung != 0) {
		h = sim_happen(l, &s->is, "expiring", 0);
		h->date = b->expires_on;
		h->rung = t->remind.rung;
		h->days_left = t->remind.days_left;
		sim_tell(l, s, "is", h);
	}
}

/* What may take a verified badge away. */
static void
check_taken(const struct life *l, const struct subject *s, const struct badge *before,
    const struct decision *d)
{
	if (before == NULL || before->status != BADGE_VERIFIED || d->status == BADGE_VERIFIED)
		return;
	if (d->rule == 5 && s->mirror.listed && s->mirror.status != CS_STATUS_ACTIVE)
		return;		/* the registry says so */
	if (d->rule == 6 && l->now_s >= d->time_s && (!sim_blocked(l) ||
	    l->now_s >= d->time_s + (l->unconfirmed_days - 1) * (int64_t)DAY))
		return;		/* its day has ended, on evidence or after the wait */
	if (d->rule == 3 && d->status == BADGE_REVOKED && l->connector.absence == ABSENCE_REVOKE &&
	    (s->missing.polls > 0 ? s->missing.polls : l->proving) >= l->absent_polls)
		return;		/* missing often enough, and that is to revoke */
	if (d->status == BADGE_REVIEW && before->case_reasons != 0 && !sim_blocked(l) && !l->keeps &&
	    l->now_s >= before->case_since_s + l->case_s)
		return;		/* nobody has answered its case */
	if (l->aloud)
		print_message("rule %d, %s (%s)\n", d->rule, badge_status_name(d->status), badge_reason_name(d->reason));
	sim_fail(l, "a badge was taken away by doubt");
}

static void
engine_input(struct life *l, struct subject *s, struct record *record, struct decide_record *row,
    struct decide_input *in)
{
	*record = (struct record){
		.number = s->claim.number, .type = "WOSB", .status = s->mirror.status,
		.business_name = names[s->mirror.good_name ? 0 : 1], .expires_on = s->mirror.date
	};
	*row = (struct decide_record){ .record = record, .seen_s = s->seen_s };
	l->connector.paused_s = pause_total_s(&l->pause, l->now_s);
	*in = (struct decide_input){
		.types = types, .claim = &s->claim, .before = s->badge.version > 0 ? &s->badge : NULL,
		.connectors = &l->connector, .connector_count = 1,
		.records = row, .record_count = s->mirror.listed ? 1 : 0,
		.absence_counts = s->missing.polls > 0 ? missing_is_absence(&s->missing, l->absent_polls) :
		    l->proving && l->absent_polls <= 1,
		.now_s = l->now_s, .name_match = 0.85, .unconfirmed_days = l->unconfirmed_days,
		.case_seconds = l->case_s, .case_timeout_keeps = l->keeps
	};
}

static void
engine_decide(struct life *l, struct subject *s, enum badge_cause cause)
{
	for (int look = 0; look < 2; look++) {
		struct record record;
		struct decide_record row;
		struct decide_input in;
		struct decision d;
		struct badge before = s->badge;
		struct transition t;
		struct transition_input change = {
			.claim = &s->claim, .decision = &d, .connectors = &l->connector, .cause = cause,
			.actor = "", .poll = "", .now_s = l->now_s
		};

		engine_input(l, s, &record, &row, &in);
		d = decide(&in);
		check_taken(l, s, in.before, &d);
		change.before = in.before != NULL ? &before : NULL;
		assert_int_equal(transition_make(&change, l->arena, &t), 0);
		if (look > 0 && (t.kind != TRANSITION_NONE || t.remind.rung != 0 ||
		    t.after.next_check_s != before.next_check_s || t.after.case_until_s != before.case_until_s))
			sim_fail(l, "a second look is not a no-op");
		engine_events(l, s, change.before, &t);
		s->badge = t.after;
		s->unconfirmed = d.unconfirmed;
	}
}

static bool
fact_equal(const struct fact *a, const struct fact *b)
{
	return a->listed == b->listed && a->status == b->status && a->good_name == b->good_name &&
	    cs_date_compare(a->date, b->date) == 0;
}

/* --- the world ----------------------------------------------------------------------- */

/* How often each kind has happened in all lives: what never happens is not tested. */
static struct {
	const char *kind;
	unsigned long n;
} tally[] = {
	{ "verified", 0 }, { "expired", 0 }, { "suspended", 0 }, { "revoked", 0 }, { "review", 0 },
	{ "not_found", 0 }, { "self_reported", 0 }, { "renewed", 0 }, { "changed", 0 },
	{ "case.opened", 0 }, { "case.closed", 0 }, { "expiring", 0 }
};

static void
tally_add(const char *kind)
{
	for (size_t i = 0; i < COUNT(tally); i++)
		if (strcmp(tally[i].kind, kind) == 0)
			tally[i].n++;
}

static void
compare(struct life *l)
{
	for (size_t i = 0; i < SUBJECTS; i++) {
		struct subject *s = &l->subjects[i];

		if (s->is.n != s->should.n)
			sim_fail(l, s->is.n > s->should.n ? "an event that should not be" : "an event is missing");
		for (size_t k = 0; k < s->is.n; k++) {
			const struct happening *a = &s->is.v[k], *b = &s->should.v[k];

			if (a->now_s != b->now_s || a->time_s != b->time_s || strcmp(a->kind, b->kind) != 0 ||
			    a->reason != b->reason || cs_date_compare(a->date, b->date) != 0 ||
			    a->rung != b->rung || a->days_left != b->days_left)
				sim_fail(l, "another event than should be");
			tally_add(a->kind);
		}
		s->is.n = s->should.n = 0;
	}
}

/* It is held, stale, or neither from now on. */
static void
world_freshness(struct life *l, int64_t stale_since_s)
{
	bool was = sim_blocked(l);
	int64_t at_s;

	l->connector.held = l->now_s < l->hold_until_s;
	l->connector.stale = l->last_complete_s == 0 || l->now_s - l->last_complete_s > l->stale_after_s;
	at_s = !l->connector.held && stale_since_s != 0 ? stale_since_s : l->now_s;
	(void)pause_set(&l->pause, sim_blocked(l), at_s);
	if (!was && sim_blocked(l)) {
		assert_true(l->pause_count < PAUSES_MAX);
		l->pauses[l->pause_count].from_s = at_s;
		l->pauses[l->pause_count++].to_s = NEVER;
	} else if (was && !sim_blocked(l) && l->pause_count > 0)
		l->pauses[l->pause_count - 1].to_s = l->now_s;
}

static struct cs_date
new_date(struct life *l, struct subject *s)
{
	struct cs_date today = zone_date(l->connector.zone, l->now_s), date;
	size_t before;

	do {
		date = cs_date_from_days(cs_date_days(today) - 4 + (int)draw(l, chance(l, 70) ? 30 : 400));
		before = s->date_count;
	} while (sim_date_serial(l, s, date) < before);
	return date;
}

/* Something happens to one certification. */
static void
world_move(struct life *l, struct subject *s)
{
	struct fact *f = &s->truth;

	switch (draw(l, 9)) {
	case 0: case 1: f->date = new_date(l, s); break;
	case 2: f->date = chance(l, 30) ? (struct cs_date){ 0 } : new_date(l, s); break;
	case 3: f->status = CS_STATUS_SUSPENDED; break;
	case 4: f->status = CS_STATUS_DECERTIFIED; break;
	case 5: f->status = CS_STATUS_ACTIVE; break;
	case 6: f->good_name = !f->good_name; break;
	case 7: f->listed = false; break;
	default: f->listed = true; break;
	}
}

static void
shuffle(struct life *l, size_t order[SUBJECTS])
{
	for (size_t i = 0; i < SUBJECTS; i++) {
		size_t k = draw(l, i + 1);

		order[i] = order[k];
		order[k] = i;
	}
}

/* What commit.c does: which badges does this poll touch? */
static void
poll_engine(struct life *l, const struct fact old[SUBJECTS], bool proven)
{
	size_t order[SUBJECTS];

	shuffle(l, order);
	l->proving = proven && !l->connector.held;
	for (size_t i = 0; i < SUBJECTS; i++) {
		struct subject *s = &l->subjects[order[i]];
		bool absent = false, touched;

		if (!s->claimed)
			continue;
		if (l->proving && s->badge.status == BADGE_VERIFIED && (s->missing.polls > 0 || !old[order[i]].listed)) {
			(void)missing_count(&s->missing, l->now_s, l->apart_s);
			absent = missing_is_absence(&s->missing, l->absent_polls) &&
			    l->connector.absence != ABSENCE_IGNORE;
		}
		touched = absent || s->unconfirmed || s->badge.case_reasons != 0 ||
		    !fact_equal(&old[order[i]], &s->mirror) ||
		    s->badge.status == BADGE_SELF_REPORTED || chance(l, 10);
		if (touched)
			engine_decide(l, s, CAUSE_POLL);
		if (touched && chance(l, 10))
			engine_decide(l, s, CAUSE_POLL);
	}
	l->proving = false;
	for (size_t i = 0; i < SUBJECTS; i++) {
		struct subject *s = &l->subjects[i];

		if (s->mirror.listed || s->badge.status != BADGE_VERIFIED)
			s->missing = (struct missing){ 0 };
		else if (proven && s->missing.polls == 0 && !l->connector.held)
			(void)missing_count(&s->missing, l->now_s, l->apart_s);
	}
}

static void
world_poll(struct life *l)
{
	struct fact old[SUBJECTS];
	bool proven;

	for (size_t i = 0; i < SUBJECTS; i++)
		if (chance(l, 12))
			world_move(l, &l->subjects[i]);
	if (l->now_s >= l->outage_until_s && chance(l, 7))
		l->outage_until_s = l->now_s + (int64_t)draw(l, 9 * DAY);
	if (l->now_s < l->outage_until_s || chance(l, 8))
		return;			/* it failed: nothing changes */
	proven = !chance(l, 15);
	for (size_t i = 0; i < SUBJECTS; i++) {
		struct subject *s = &l->subjects[i];

		old[i] = s->mirror;
		if (s->truth.listed) {
			s->mirror = s->truth;
			s->seen_s = l->now_s;
			s->want.absent_polls = 0;
		} else if (proven) {
			s->mirror.listed = false;
			sim_oracle_count(l, s);
		}
	}
	l->last_complete_s = l->now_s;
	if (proven)
		l->connector.last_proven_s = l->now_s;
	world_freshness(l, 0);
	poll_engine(l, old, proven);
	for (size_t i = 0; i < SUBJECTS; i++)
		sim_oracle_look(l, &l->subjects[i], false);
}

static void
world_hold(struct life *l, bool held)
{
	l->hold_until_s = held ? l->now_s + 1 + (int64_t)draw(l, 6 * DAY) : l->now_s;
	world_freshness(l, 0);
	for (size_t i = 0; i < SUBJECTS; i++) {
		struct subject *s = &l->subjects[i];

		/* A release decides what has waited for it. */
		if (!held && s->claimed && (s->unconfirmed || s->badge.case_reasons != 0))
			engine_decide(l, s, CAUSE_OPERATOR);
		sim_oracle_look(l, s, false);
	}
}

static void
world_claim(struct life *l, struct subject *s)
{
	s->claimed = true;
	s->want.status = BADGE_SELF_REPORTED;
	s->want.reason = REASON_AWAITING_SOURCE;
	engine_decide(l, s, CAUSE_CLAIM);
	sim_oracle_look(l, s, true);
}

static void
world_init(struct life *l, uint64_t seed, struct arena *arena)
{
	static const int rungs[][4] = { { 90, 30, 7, 1 }, { 10, 3, 2, 1 }, { 1, 7, 30, 90 }, { 366, 365, 20, 5 } };

	*l = (struct life){ .seed = seed, .arena = arena, .now_s = T0 };
	l->connector = (struct decide_connector){
		.name = "main", .zone = zones[draw(l, COUNT(zones))], .negatives_count = true,
		.grace_days = chance(l, 25) ? (int)draw(l, 4) : 0,
		.expiry_evidence_s = 72 * HOUR, .absence = (enum absence)draw(l, 3),
		.remind_days = l->rungs, .remind_count = COUNT(l->rungs)
	};
	memcpy(l->rungs, rungs[draw(l, COUNT(rungs))], sizeof(l->rungs));
	l->stale_after_s = (1 + (int64_t)draw(l, 3)) * DAY + HOUR;
	l->apart_s = (int64_t)draw(l, 3) * 24 * HOUR;
	l->absent_polls = 1 + (unsigned)draw(l, 3);
	l->case_s = (1 + (int64_t)draw(l, 10)) * DAY;
	l->unconfirmed_days = 2 + (int)draw(l, 6);
	l->keeps = chance(l, 30);
	world_freshness(l, 0);
	for (size_t i = 0; i < SUBJECTS; i++) {
		struct subject *s = &l->subjects[i];

		s->claim = (struct claim){
			.badge = ids[i], .profile = ids[i], .holder = ids[i], .body = "sba",
			.category = CS_CATEGORY_WOMAN, .type = "WOSB", .number = numbers[i],
			.business_name = names[0], .rev = -1
		};
		s->claim_s = T0 + (int64_t)draw(l, 8 * DAY);
		s->truth = (struct fact){ .listed = chance(l, 85), .status = CS_STATUS_ACTIVE,
		    .date = new_date(l, s), .good_name = chance(l, 85) };
	}
}

/* --- the clock ------------------------------------------------------------------------ */

static int64_t
engine_next(const struct life *l)
{
	int64_t next_s = NEVER;

	for (size_t i = 0; i < SUBJECTS; i++)
		if (l->subjects[i].badge.next_check_s > l->now_s)
			sim_earlier(&next_s, l->subjects[i].badge.next_check_s);
	return next_s;
}

static int64_t
stale_at(const struct life *l)
{
	return l->last_complete_s != 0 ? l->last_complete_s + l->stale_after_s + 1 : NEVER;
}

static void
step_to(struct life *l, int64_t now_s, bool looks)
{
	size_t order[SUBJECTS];
	int64_t was_s = l->now_s;

	l->now_s = now_s;
	/* The poll after an outage finds it stale since then, however late. */
	if (!l->connector.stale && now_s >= stale_at(l))
		world_freshness(l, l->connector.held ? 0 : stale_at(l) - 1);
	shuffle(l, order);
	for (size_t i = 0; i < SUBJECTS; i++) {
		struct subject *s = &l->subjects[order[i]];

		if (s->badge.next_check_s > was_s && s->badge.next_check_s <= now_s)
			engine_decide(l, s, CAUSE_EXPIRY);
	}
	for (size_t i = 0; i < SUBJECTS && looks; i++)
		sim_oracle_look(l, &l->subjects[i], false);
	for (size_t i = 0; i < SUBJECTS; i++)
		if (!l->subjects[i].claimed && now_s == l->subjects[i].claim_s)
			world_claim(l, &l->subjects[i]);
}

/* 0: it is over. */
static void
live(struct life *l)
{
	int64_t poll_s = T0 + (int64_t)draw(l, DAY), end_s = T0 + DAYS * (int64_t)DAY;

	while (l->now_s < end_s) {
		int64_t look_s = sim_oracle_next(l), next_s = poll_s, hold_s;

		hold_s = l->hold_until_s > l->now_s ? l->hold_until_s : NEVER;
		sim_earlier(&next_s, look_s);
		sim_earlier(&next_s, engine_next(l));
		sim_earlier(&next_s, hold_s);
		if (stale_at(l) > l->now_s)
			sim_earlier(&next_s, stale_at(l));
		for (size_t i = 0; i < SUBJECTS; i++)
			if (!l->subjects[i].claimed)
				sim_earlier(&next_s, l->subjects[i].claim_s);
		step_to(l, next_s, next_s == look_s);
		compare(l);
		if (next_s == hold_s)
			world_hold(l, false);
		if (next_s == poll_s) {
			world_poll(l);
			if (!l->connector.held && chance(l, 4))
				world_hold(l, true);
			poll_s += 6 * HOUR + (int64_t)draw(l, 36 * HOUR);
		}
		compare(l);
	}
}

static uint64_t only_seed;

static void
test_lives(void **state)
{
	const char *text = getenv("CERTSYNC_SEEDS");
	uint64_t seeds = text != NULL ? strtoull(text, NULL, 10) : SEEDS;
	struct arena *arena = arena_new((size_t)64 << 20);
	struct life *l = malloc(sizeof(*l));

	(void)state;
	assert_true(arena != NULL && l != NULL);
	for (uint64_t seed = 1; seed <= seeds; seed++) {
		world_init(l, only_seed != 0 ? only_seed : seed, arena);
		l->aloud = only_seed != 0;
		live(l);
		arena_reset(arena);
		if (only_seed != 0)
			break;
	}
	for (size_t i = 0; i < COUNT(tally) && only_seed == 0; i++) {
		print_message("%s%lu %s", i > 0 ? ", " : "", tally[i].n, tally[i].kind);
		assert_true(tally[i].n > seeds / 100);
	}
	print_message("\n");
	free(l);
	arena_free(arena);
}

static int
setup(void **state)
{
	static const char *const zone_names[] = { "America/New_York", "UTC", "Pacific/Honolulu", "America/Havana" };
	struct err err;

	(void)state;
	types = types_builtin(&err);
	for (size_t i = 0; i < COUNT(zones); i++)
		zones[i] = zone_load(NULL, zone_names[i], &err);
	return types != NULL && zones[0] != NULL && zones[3] != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(zones); i++)
		zone_free(zones[i]);
	types_free(types);
	return 0;
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives),
	};

	if (argc > 1)
		only_seed = strtoull(argv[1], NULL, 10);
	return cmocka_run_group_tests_name("simulation", tests, setup, teardown);
}
