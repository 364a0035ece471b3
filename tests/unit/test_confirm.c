/* SPDX-License-Identifier: ISC */
/*
 * test_confirm.c -- absences that another connector confirms, as a table, then
 * as a life of one badge.
 *
 * A verified WOSB of Acme Widgets LLC; connector "main" lists it no more, since
 * a day and an hour.  Ages are hours before now.  What a row wants is
 *	STATUS [case:REASON] [active@AGE|gone@AGE|waits@AGE] [next:HOURS from now]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "core/confirm.h"
#include "core/decide.h"
#include "core/explain.h"
#include "core/transition.h"

#define NOW		INT64_C(1781539200)	/* 2026-06-15T16:00:00Z */
#define HOUR		3600
#define DAY		86400
#define WAIT_DAYS	7
#define ROWS_MAX	3
#define BIT(reason)	(1u << (reason))
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

struct row_record {
	bool on;
	enum cs_status status;
	struct cs_date exp;	/* none: not stated */
	const char *type;	/* NULL: WOSB */
	const char *name;	/* NULL: as claimed; "-": none */
	bool mirror;		/* only the mirror has it, not the look-up */
};
#define REC(...)	{ .on = true, __VA_ARGS__ }
#define ACTIVE		.status = CS_STATUS_ACTIVE
#define ENDED		.status = CS_STATUS_EXPIRED
#define SUSPENDED	.status = CS_STATUS_SUSPENDED
#define PENDING		.status = CS_STATUS_PENDING
#define UNKNOWN		.status = CS_STATUS_UNKNOWN
#define EXP		.exp = { 2027, 3, 1 }
#define PAST		.exp = { 2026, 6, 10 }

struct row {
	const char *what;
	enum absence absence;
	bool nobody;		/* no connector confirms */
	bool early;		/* the absence does not count yet */
	bool other_type;	/* it is listed, with another certification */
	bool untyped;		/* the claim names no type */
	bool blocked;		/* "main" is held */
	unsigned was_case;
	enum confirm_said said;	/* what the badge remembers */
	int said_age, since_age;	/* 0: none */
	int looked_up, proven;	/* ages; 0: never */
	bool unproven, held, stale;	/* the other's mirror */
	struct row_record r[ROWS_MAX];
	const char *want;
};
#define LOOKED_UP	.looked_up = 1
#define PROVEN		.proven = 2
#define MISSING		BIT(REASON_RECORD_MISSING)

static const struct row rows[] = {
	{ "nobody to confirm: a case", .nobody = true, .want = "verified case:record_missing" },
	{ "nobody to confirm: revoked", .nobody = true, .absence = ABSENCE_REVOKE, .want = "revoked" },
	{ "too early to ask", .early = true, LOOKED_UP, .want = "verified" },
	{ "absence is ignored: nobody is asked", .absence = ABSENCE_IGNORE, .want = "verified" },

	/* No word yet. */
	{ "it waits", .absence = ABSENCE_REVOKE, .want = "verified waits@0 next:20" },
	{ "it goes on waiting", .absence = ABSENCE_REVOKE, .since_age = 100, .want = "verified waits@100 next:20" },
	{ "and is asked about, at last before the bound", .since_age = 161, .want = "verified waits@161 next:7" },
	{ "what was said before it was missed", .absence = ABSENCE_REVOKE, .looked_up = 26,
	    .want = "verified waits@0 next:20" },
	{ "a list of before it was missed", .absence = ABSENCE_REVOKE, .proven = 26,
	    .r = { REC(ACTIVE, EXP) }, .want = "verified waits@0 next:20" },
	{ "a list without proof", .absence = ABSENCE_REVOKE, PROVEN, .unproven = true,
	    .want = "verified waits@0 next:20" },
	{ "a list that is held", PROVEN, .held = true, .want = "verified waits@0 next:20" },
	{ "a stale list", PROVEN, .stale = true, .want = "verified waits@0 next:20" },
	{ "a word nobody knows", LOOKED_UP, .r = { REC(UNKNOWN, EXP) }, .want = "verified waits@0 next:20" },
	{ "an application", LOOKED_UP, .r = { REC(PENDING) }, .want = "verified waits@0 next:20" },
	{ "another firm", LOOKED_UP, .r = { REC(ACTIVE, EXP, .name = "Zenith Foods Inc") },
	    .want = "verified waits@0 next:20" },
	{ "unknown beside ended", LOOKED_UP, .r = { REC(ENDED, PAST), REC(UNKNOWN) },
	    .want = "verified waits@0 next:20" },

	/* In force there. */
	{ "the look-up has it", .absence = ABSENCE_REVOKE, LOOKED_UP, .r = { REC(ACTIVE, EXP) },
	    .want = "verified active@1" },
	{ "without a date", LOOKED_UP, .r = { REC(ACTIVE) }, .want = "verified active@1" },
	{ "without a name", LOOKED_UP, .r = { REC(ACTIVE, .name = "-") }, .want = "verified active@1" },
	{ "by a type that implies it", LOOKED_UP, .r = { REC(ACTIVE, EXP, .type = "EDWOSB") },
	    .want = "verified active@1" },
	{ "beside one that ended", LOOKED_UP, .r = { REC(ENDED, PAST), REC(ACTIVE, EXP) },
	    .want = "verified active@1" },
	{ "a fresh proven list has it", .absence = ABSENCE_REVOKE, PROVEN, .r = { REC(ACTIVE, EXP, .mirror = true) },
	    .want = "verified active@2" },
	{ "the wait is over", .since_age = 50, LOOKED_UP, .r = { REC(ACTIVE, EXP) }, .want = "verified active@1" },
	{ "late, after the bound", .since_age = 200, .was_case = MISSING, LOOKED_UP, .r = { REC(ACTIVE, EXP) },
	    .want = "verified active@1" },
	{ "remembered", .absence = ABSENCE_REVOKE, .said = CONFIRM_ACTIVE, .said_age = 10, .want = "verified active@10" },
	{ "remembered for too long: asked again", .absence = ABSENCE_REVOKE, .said = CONFIRM_ACTIVE, .said_age = 20,
	    .want = "verified waits@0 next:20" },
	{ "its case closes", .was_case = MISSING, .said = CONFIRM_GONE, .said_age = 20, LOOKED_UP,
	    .r = { REC(ACTIVE, EXP) }, .want = "verified active@1" },
	{ "but no other doubt's", .was_case = MISSING | BIT(REASON_NAME_MISMATCH), LOOKED_UP,
	    .r = { REC(ACTIVE, EXP) }, .want = "verified case:name_mismatch active@1" },

	/* Not in force there. */
	{ "not found: a case", LOOKED_UP, .want = "verified case:record_missing gone@1" },
	{ "not found: revoked", .absence = ABSENCE_REVOKE, LOOKED_UP, .want = "revoked" },
	{ "the firm has other certifications", .absence = ABSENCE_REVOKE, LOOKED_UP,
	    .r = { REC(ACTIVE, EXP, .type = "HUBZONE") }, .want = "revoked" },
	{ "it has ended", .absence = ABSENCE_REVOKE, LOOKED_UP, .r = { REC(ENDED, PAST) }, .want = "revoked" },
	{ "it is suspended", .absence = ABSENCE_REVOKE, LOOKED_UP, .r = { REC(SUSPENDED, EXP) }, .want = "revoked" },
	{ "its day is over", .absence = ABSENCE_REVOKE, LOOKED_UP, .r = { REC(ACTIVE, PAST) }, .want = "revoked" },
	{ "only the mirror has it", .absence = ABSENCE_REVOKE, LOOKED_UP, .r = { REC(ACTIVE, EXP, .mirror = true) },
	    .want = "revoked" },
	{ "a fresh proven list lacks it", PROVEN, .want = "verified case:record_missing gone@2" },
	{ "the newer word counts: the list", .absence = ABSENCE_REVOKE, .looked_up = 3, PROVEN,
	    .r = { REC(ACTIVE, EXP, .mirror = true) }, .want = "verified active@2" },
	{ "the newer word counts: the look-up", .absence = ABSENCE_REVOKE, .looked_up = 2, .proven = 3,
	    .r = { REC(ACTIVE, EXP, .mirror = true) }, .want = "revoked" },
	{ "remembered, however long ago", .said = CONFIRM_GONE, .said_age = 500,
	    .want = "verified case:record_missing gone@500" },
	{ "an older word does not replace it", .said = CONFIRM_GONE, .said_age = 1, .looked_up = 2,
	    .r = { REC(ACTIVE, EXP) }, .want = "verified case:record_missing gone@1" },
	{ "remembered from the future: nothing", .said = CONFIRM_GONE, .said_age = -5,
	    .want = "verified waits@0 next:20" },

	/* The bound. */
	{ "waited out: a person, never revoked", .absence = ABSENCE_REVOKE, .since_age = 168,
	    .want = "verified case:record_missing waits@168 next:12" },
	{ "not while its own source is held", .absence = ABSENCE_REVOKE, .since_age = 300, .blocked = true,
	    .want = "verified waits@300 next:20" },
	{ "then it is confirmed after all", .absence = ABSENCE_REVOKE, .since_age = 200, .was_case = MISSING, LOOKED_UP,
	    .want = "revoked" },
	{ "a wait that began in the future", .since_age = -50, .want = "verified waits@0 next:20" },

	/* The number is listed, the certification is not. */
	{ "another type: it waits", .other_type = true, .want = "verified waits@0 next:20" },
	{ "another type: in force there", .other_type = true, LOOKED_UP, .r = { REC(ACTIVE, EXP) },
	    .want = "verified active@1" },
	{ "another type: confirmed", .other_type = true, LOOKED_UP, .want = "verified case:type_mismatch gone@1" },
	{ "another type: waited out", .other_type = true, .since_age = 170,
	    .want = "verified case:type_mismatch waits@170 next:10" },
	{ "another type: nobody to ask", .other_type = true, .nobody = true, .want = "verified case:type_mismatch" },
	{ "another type: the case of before closes", .other_type = true, .was_case = BIT(REASON_TYPE_MISMATCH), LOOKED_UP,
	    .r = { REC(ACTIVE, EXP) }, .want = "verified active@1" },
	{ "no type claimed: it waits", .other_type = true, .untyped = true, .want = "verified waits@0 next:20" },
	{ "no type claimed: confirmed", .other_type = true, .untyped = true, LOOKED_UP,
	    .want = "verified case:category_conflict gone@1" },
};

/* Everything a decision is made from. */
struct world {
	struct types *types;
	struct zone *zone;
	struct claim claim;
	struct badge badge;
	struct record records[ROWS_MAX], listed;
	struct confirm_row said[ROWS_MAX];
	struct decide_record row;
	struct decide_connector connector;
	struct decide_confirm confirm;
	struct decide_input in;
};

static struct types *types;
static struct zone *zone;

static int
setup(void **state)
{
	struct err err;

	(void)state;
	types = types_builtin(&err);
	zone = zone_load(NULL, "UTC", &err);
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

static int64_t
ago(int hours)
{
	return hours != 0 ? NOW - (int64_t)hours * HOUR : 0;
}

static void
world_confirm(struct world *w, const struct row *row)
{
	size_t n = 0;

	for (; n < ROWS_MAX && row->r[n].on; n++) {
		const struct row_record *r = &row->r[n];

		w->records[n] = (struct record){ .number = "17", .status = r->status, .expires_on = r->exp,
		    .type = r->type != NULL ? r->type : "WOSB",
		    .business_name = r->name == NULL ? "ACME WIDGETS" : strcmp(r->name, "-") == 0 ? NULL : r->name };
		w->said[n] = (struct confirm_row){ .record = &w->records[n], .answered = !r->mirror };
	}
	w->confirm = (struct decide_confirm){
		.connector = { .name = "other", .zone = zone, .last_proven_s = ago(row->proven),
		    .held = row->held, .stale = row->stale },
		.mirror_proven = !row->unproven, .after_s = ago(25), .looked_up_s = ago(row->looked_up),
		.wait_s = WAIT_DAYS * DAY, .rows = w->said, .row_count = n
	};
	w->in.confirm = row->nobody ? NULL : &w->confirm;
}

static void
world_init(struct world *w, const struct row *row)
{
	*w = (struct world){ .types = types, .zone = zone };
	w->claim = (struct claim){ .badge = "b", .profile = "p", .holder = "p", .body = "sba",
	    .category = CS_CATEGORY_WOMAN, .type = row->untyped ? NULL : "WOSB", .number = "17",
	    .business_name = "Acme Widgets LLC", .rev = -1 };
	w->badge = (struct badge){ .claim = w->claim, .claim_id = "1-1", .status = BADGE_VERIFIED,
	    .reason = REASON_RECORD_ACTIVE, .how = HOW_RECORD, .verified_once = true, .version = 1,
	    .expires_source = "", .connector = "main", .zone = "UTC", .registry_name = "", .evidence = "", .pin = "",
	    .case_reasons = row->was_case,
	    .confirm = { row->said, ago(row->said_age), ago(row->since_age) } };
	w->listed = (struct record){ .number = "17", .type = "HUBZONE", .status = CS_STATUS_ACTIVE,
	    .business_name = "ACME WIDGETS" };
	w->row = (struct decide_record){ .record = &w->listed, .seen_s = NOW };
	w->connector = (struct decide_connector){ .name = "main", .zone = zone, .last_proven_s = NOW,
	    .negatives_count = true, .expiry_evidence_s = 3 * DAY, .absence = row->absence, .held = row->blocked };
	w->in = (struct decide_input){ .types = types, .claim = &w->claim, .before = &w->badge,
	    .connectors = &w->connector, .connector_count = 1, .records = &w->row,
	    .record_count = row->other_type ? 1 : 0, .absence_counts = !row->early, .now_s = NOW,
	    .name_match = 0.85, .unconfirmed_days = 30 };
	world_confirm(w, row);
}

static void
outcome_text(const struct decision *d, struct buf *out)
{
	const struct badge_confirm *c = &d->confirm;

	buf_puts(out, badge_status_name(d->status));
	for (unsigned i = 0; i < REASON_COUNT; i++)
		if ((d->case_reasons & BIT(i)) != 0)
			buf_printf(out, " case:%s", badge_reason_name((enum badge_reason)i));
	if (d->status != BADGE_VERIFIED)
		return;
	if (c->said != CONFIRM_SILENT)
		buf_printf(out, " %s@%lld", c->said == CONFIRM_ACTIVE ? "active" : "gone",
		    (long long)(NOW - c->said_s) / HOUR);
	if (c->since_s != 0)
		buf_printf(out, " waits@%lld", (long long)(NOW - c->since_s) / HOUR);
	if (d->next_check_s != 0)
		buf_printf(out, " next:%lld", (long long)(d->next_check_s - NOW) / HOUR);
}

static void
test_rows(void **state)
{
	struct world w;
	struct decision d;
	struct buf text;
	int failed = 0;

	(void)state;
	buf_init(&text, 1000);
	for (size_t i = 0; i < COUNT(rows); i++) {
		world_init(&w, &rows[i]);
		d = decide(&w.in);
		buf_clear(&text);
		outcome_text(&d, &text);
		if (strcmp(buf_str(&text), rows[i].want) != 0) {
			print_error("%s:\n  want %s\n  got  %s\n", rows[i].what, rows[i].want, buf_str(&text));
			failed++;
		}
	}
	buf_free(&text);
	assert_int_equal(failed, 0);
}

/* What waits for an operator keeps the other's word, and what is listed again forgets it. */
static void
test_kept_and_forgotten(void **state)
{
	static const struct row gone = { "", .absence = ABSENCE_REVOKE, LOOKED_UP };
	struct world w;
	struct decision d, held;

	(void)state;
	world_init(&w, &gone);
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_REVOKED);
	held = decide_wait(&w.in, &d);
	assert_int_equal(held.status, BADGE_VERIFIED);
	assert_int_equal(d.confirm.said, CONFIRM_GONE);
	assert_int_equal(held.confirm.said, CONFIRM_GONE);
	/* Days later nothing of the answer is known but that. */
	w.badge.confirm = held.confirm;
	w.confirm.looked_up_s = 0;
	w.in.now_s += 5 * DAY;
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_REVOKED);
	w.listed.type = "WOSB";
	w.in.record_count = 1;
	d = decide(&w.in);
	assert_int_equal(d.reason, REASON_RECORD_ACTIVE);
	assert_int_equal(d.confirm.said, CONFIRM_SILENT);
	/* An edit makes it a new question. */
	w.in.record_count = 0;
	w.in.edited = true;
	d = decide(&w.in);
	assert_int_equal(d.status, BADGE_NOT_FOUND);
	assert_int_equal(d.confirm.said, CONFIRM_SILENT);
}

/* The badge remembers it in its hash, and a damaged memory is none. */
static void
test_memory(void **state)
{
	static const struct row row = { "", .said = CONFIRM_GONE, .said_age = 3 };
	struct arena *arena = arena_new(65536);
	struct badge_field fields[BADGE_FIELDS_MAX];
	struct badge back;
	struct world w;
	struct err err;
	size_t n;

	(void)state;
	world_init(&w, &row);
	w.badge.claimed_at_s = w.badge.since_s = w.badge.checked_at_s = NOW;
	assert_int_equal(badge_to_fields(&w.badge, arena, fields, &n), 0);
	assert_int_equal(badge_from_fields(fields, n, arena, &back, &err), 0);
	assert_int_equal(back.confirm.said, CONFIRM_GONE);
	assert_int_equal(back.confirm.said_s, NOW - 3 * HOUR);
	assert_int_equal(back.confirm.since_s, 0);
	for (size_t i = 0; i < n; i++)
		if (strcmp(fields[i].name, "confirm") == 0)
			fields[i].value = "perhaps";
	assert_int_equal(badge_from_fields(fields, n, arena, &back, &err), 0);
	assert_int_equal(back.confirm.said, CONFIRM_SILENT);
	assert_int_equal(back.confirm.said_s, 0);
	(void)arena_free(arena);
}

static void
test_explained(void **state)
{
	static const struct {
		struct row row;
		const char *text;
	} cases[] = {
		{ { "", .since_age = 24 }, "To be confirmed: that it is listed no more does not count before connector other "
		    "has said the same; it has been asked since 2026-06-14T16:00:00Z, and from 2026-06-21T16:00:00Z on "
		    "a person must look.\n" },
		{ { "", .since_age = 192 }, "asked since 2026-06-07T16:00:00Z and gave no answer, so that a person must "
		    "look, as from 2026-06-14T16:00:00Z on.\n" },
		{ { "", .looked_up = 3, .r = { REC(ACTIVE, EXP) } }, "Not confirmed: connector other has it in force, as of "
		    "3 hours ago; so its absence does not count, and is asked about again.\n" },
		{ { "", .looked_up = 3 }, "Confirmed: connector other does not have it in force either, as of 3 hours ago.\n" },
	};
	struct world w;
	struct decision d;
	struct buf text;

	(void)state;
	buf_init(&text, 65536);
	for (size_t i = 0; i < COUNT(cases); i++) {
		world_init(&w, &cases[i].row);
		d = decide(&w.in);
		buf_clear(&text);
		explain_decision(&w.in, &d, &text);
		if (strstr(buf_str(&text), cases[i].text) == NULL)
			fail_msg("%zu: %s", i, buf_str(&text));
	}
	/* Nobody is asked about what is listed. */
	w.listed.type = "WOSB";
	w.in.record_count = 1;
	d = decide(&w.in);
	buf_clear(&text);
	explain_decision(&w.in, &d, &text);
	assert_null(strstr(buf_str(&text), "onfirmed"));
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_kept_and_forgotten),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_explained),
	};

	return cmocka_run_group_tests_name("confirm", tests, setup, teardown);
}
