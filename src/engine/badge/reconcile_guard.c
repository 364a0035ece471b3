/* SPDX-License-Identifier: ISC */
/*
 * reconcile_guard.c -- whether what was decided may be written now (hold.h).
 *
 * The owner's edits, operators' decisions and what is for the better are
 * written.  A change for the worse is written once it is approved or its batch
 * has passed; else it is added to the batch it belongs to, or judged by itself.
 */
#include "engine/badge/reconcile_private.h"

#include <string.h>

#include "base/text.h"
#include "engine/guard/hold.h"
#include "engine/state/work.h"

/* Decides, with the connectors as they are in r, and makes the transition. */
static int
make(struct reconcile *r, const struct decide_input *in, struct transition_input *change)
{
	r->decision = decide(in);
	change->fetched_s = r->decision.connector != SIZE_MAX ? reconcile_seen_s(r) : 0;
	return transition_make(change, r->arena, &r->transition);
}

static bool
is_worse(const struct reconcile *r, struct plan_line *line)
{
	return r->exists && plan_line_of(&r->before, &r->transition.after, line);
}

/* Nothing but the day has changed: the date is the one the badge had. */
static bool
is_by_time_alone(const struct reconcile *r)
{
	const struct badge *after = &r->transition.after;

	return after->status == BADGE_EXPIRED &&
	    (after->reason == REASON_EXPIRY_PASSED || after->reason == REASON_RENEWAL_LISTED) &&
	    cs_date_compare(after->expires_on, r->before.expires_on) == 0;
}

/* Nor has it to do with the rules: by those in force before, the day had ended too. */
static bool
is_by_old_rules(const struct reconcile *r)
{
	const struct index_badge *b = index_find(r->engine->index, r->badge);

	return (b != NULL && b->unconfirmed) ||
	    (r->before.valid_until_s != 0 && r->before.valid_until_s <= engine_now_s(r->engine));
}

/* An expiry known since before the window began was foreseen by everybody. */
static bool
is_foreseen(const struct reconcile *r)
{
	int64_t since_s = r->before.expires_since_s != 0 ? r->before.expires_since_s :
	    r->before.checked_at_s;

	return is_by_time_alone(r) &&
	    since_s < engine_now_s(r->engine) - r->engine->config->guard_window_ms / 1000;
}

static bool
is_known(const struct hold_line *known, const struct plan_line *line)
{
	return known != NULL && plan_line_same(hold_line_change(known), line);
}

/*
 * A held connector's badges do not expire by time.  What its records say is
 * decided all the same, as if it were not held: that is what the lines of its
 * plans say, and what their approval does.
 */
static int
make_held(struct reconcile *r, const struct decide_input *in, struct transition_input *change,
    const struct hold_line *known)
{
	bool held[RECONCILE_REGISTRIES_MAX] = { false }, any = false;
	struct plan_line line;

	for (size_t i = 0; i < r->reach_count; i++) {
		held[i] = r->connectors[i].held;
		any |= held[i];
		r->connectors[i].held = false;
	}
	if (make(r, in, change) != 0)
		return -1;
	if (!any ||
	    (!r->edited && is_worse(r, &line) && (is_known(known, &line) || !is_by_time_alone(r))))
		return 0;
	for (size_t i = 0; i < r->reach_count; i++)
		r->connectors[i].held = held[i];
	return make(r, in, change);
}

static struct hold *
guard_of(const struct reconcile *r)
{
	size_t at = r->decision.connector;

	return r->cause == CAUSE_CONFIG || at == SIZE_MAX || at >= r->reach_count ?
	    holds_config(r->engine->holds) : r->reach[at].registry->hold;
}

/* 1: it passes, 0: it waits, -1: no memory. */
static int
judge_alone(struct reconcile *r, const struct plan_line *line)
{
	struct hold *hold = guard_of(r);
	const char *type = r->claim.type != NULL ? r->claim.type : HOLD_TYPE_NONE;

	/* Decided again after another version was there: it has been let pass once. */
	if (r->reserved[0] != '\0')
		return 1;
	if (!hold_single(hold, line, type, r->cause, r->poll)) {
		r->strike = false;	/* its line is the one just made */
		return 0;
	}
	(void)text_copy(r->reserved, sizeof(r->reserved), hold_name(hold));
	(void)text_copy(r->reserved_type, sizeof(r->reserved_type), type);
	return 1;
}

/* The same answers, for a change for the worse. */
static int
judge_change(struct reconcile *r, const struct plan_line *line, const struct hold_line *known)
{
	struct hold_batch *batch = r->group != NULL && *r->group != NULL ? (*r->group)->batch :
	    NULL;
	const char *by, *hash;

	if (is_known(known, line)) {
		if (hold_line_is_of_config(known) && is_foreseen(r) && is_by_old_rules(r))
			return 1;	/* its time has come anyway */
		if (!hold_line_approved(known, &by, &hash)) {
			r->strike = false;
			return 0;
		}
		r->actor = arena_strdup(r->arena, by);
		r->plan = arena_strdup(r->arena, hash);
		return r->actor != NULL && r->plan != NULL ? 1 : -1;
	}
	if ((batch != NULL && batch->passed) ||
	    (is_foreseen(r) && (r->cause != CAUSE_CONFIG || is_by_old_rules(r))))
		return 1;
	if (batch != NULL)
		return hold_batch_add(batch, line) == 0 ? 0 : -1;
	return judge_alone(r, line);
}

int
reconcile_guard(struct reconcile *r, const struct decide_input *in, struct transition_input *change)
{
	const struct hold_line *known = r->exists ? holds_find(r->engine->holds, r->badge) : NULL;
	struct plan_line line;
	int verdict;

	r->actor = r->plan = NULL;
	r->strike = known != NULL;
	if (make_held(r, in, change, known) != 0)
		return -1;
	if (r->edited || r->cause == CAUSE_OPERATOR || !is_worse(r, &line))
		return 0;
	verdict = judge_change(r, &line, known);
	if (verdict != 0)
		return verdict < 0 ? -1 : 0;
	r->decision = decide_wait(in, &r->decision);
	return transition_make(change, r->arena, &r->transition);
}

void
reconcile_guard_dry(struct reconcile *r, const struct decide_input *in,
    struct transition_input *change)
{
	static const char *const what[] = {
		[TRANSITION_NONE] = "", [TRANSITION_STATUS] = "", [TRANSITION_RENEWED] = "renewed",
		[TRANSITION_CHANGED] = "changed", [TRANSITION_CASE] = "case closed"
	};
	const struct hold_line *known = r->exists ? holds_find(r->engine->holds, r->badge) : NULL;
	struct reconcile_dry *dry = r->dry;

	if (make_held(r, in, change, known) != 0) {
		reconcile_finish(r, RECONCILE_RETRY, "out of memory");
		return;
	}
	dry->worse = is_worse(r, &dry->line) && !is_known(known, &dry->line);
	dry->changes = dry->worse ||
	    (r->transition.kind != TRANSITION_NONE && !is_worse(r, &dry->line));
	dry->what = r->transition.kind == TRANSITION_STATUS ?
	    badge_status_name(r->transition.after.status) :
	    what[r->transition.kind];
	dry->reason = r->transition.after.reason;
	dry->status = r->transition.after.status;
	dry->status_reason = r->transition.after.reason;
	reconcile_finish(r, RECONCILE_UNCHANGED, "");
}

void
reconcile_guard_end(struct reconcile *r, enum reconcile_result result)
{
	bool erased = r->op == RECONCILE_DELETE || r->op == RECONCILE_ERASE;
	struct hold *hold;

	if (r->explain || r->dry != NULL)
		return;
	if ((result == RECONCILE_WRITTEN && (r->strike || erased)) ||
	    (result == RECONCILE_UNCHANGED && r->strike))
		holds_strike(r->engine->holds, r->badge);
	if (r->reserved[0] == '\0')
		return;
	hold = hold_find(r->engine, r->reserved);
	if (hold != NULL)
		hold_settle(hold, r->reserved_type, result == RECONCILE_WRITTEN);
}
