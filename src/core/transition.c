/* SPDX-License-Identifier: ISC */
/* transition.c -- from a decision to the next version; see transition.h. */
#include "core/transition.h"

#include "base/text.h"
#include "core/verdict.h"

#define EVIDENCE_MAX	1024	/* bytes; ids and a time */

static void
evidence_member(struct buf *out, const char *member, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	buf_printf(out, "%s\"%s\":", out->len > 1 ? "," : "", member);
	buf_json(out, value);
}

/* Poll, record key and time; "" if there is nothing to say.  NULL: no memory. */
static const char *
evidence_text(const struct transition_input *in, struct arena *arena)
{
	const struct record *rec = in->decision->record;
	char time[TEXT_TIME];
	struct buf key, out;
	const char *text;

	buf_init(&key, EVIDENCE_MAX);
	buf_init(&out, EVIDENCE_MAX);
	if (rec != NULL)
		buf_printf(&key, "%s/%s", rec->number, rec->type != NULL ? rec->type : "");
	buf_putc(&out, '{');
	evidence_member(&out, "poll", in->poll);
	evidence_member(&out, "record", buf_str(&key));
	if (in->fetched_s != 0)
		evidence_member(&out, "fetched", text_time_s(in->fetched_s, time));
	buf_putc(&out, '}');
	if (key.failed || out.failed)
		text = NULL;
	else
		text = arena_strdup(arena, out.len > 2 ? buf_str(&out) : "");
	buf_free(&key);
	buf_free(&out);
	return text;
}

/* What the badge says of its source, where the decision is a new one. */
static int
apply_source(const struct transition_input *in, struct arena *arena,
    struct badge *after)
{
	const struct decision *d = in->decision;
	bool known = d->connector != SIZE_MAX;

	after->connector = known ? in->connectors[d->connector].name : "";
	after->zone = known ? zone_name(in->connectors[d->connector].zone) : "";
	/* Expired or revoked while unlisted: the last record stays what is known. */
	if (d->record == NULL && d->how == HOW_RECORD && in->before != NULL)
		return 0;
	after->registry_name = d->record != NULL && d->record->business_name != NULL ?
	    d->record->business_name : "";
	after->expires_source = d->how == HOW_ATTESTED ? "attestation" : "record";
	after->evidence = evidence_text(in, arena);
	return after->evidence != NULL ? 0 : -1;
}

static int
apply_decision(const struct transition_input *in, struct arena *arena,
    struct badge *after)
{
	const struct decision *d = in->decision;

	if (in->before == NULL || in->before->status != d->status)
		after->since_s = d->time_s != 0 ? d->time_s : in->now_s;
	after->status = d->status;
	after->reason = d->reason;
	after->how = d->how;
	after->verified_once = d->verified_once;
	after->expires_on = d->expires_on;
	after->valid_until_s = d->valid_until_s;
	after->confirm = d->status == BADGE_VERIFIED ? d->confirm : (struct badge_confirm){ 0 };
	if (!d->kept && apply_source(in, arena, after) != 0)
		return -1;
	if (!cs_date_is_set(d->expires_on))
		after->expires_source = "";
	else if (after->expires_source[0] == '\0')	/* kept, but there was none before */
		after->expires_source = d->how == HOW_ATTESTED ? "attestation" : "record";
	return 0;
}

static void
apply_case(const struct transition_input *in, struct transition *t)
{
	struct badge *after = &t->after;
	bool was_open = in->before != NULL && in->before->case_reasons != 0;

	after->case_reasons = in->decision->case_reasons;
	after->case_settled = in->decision->case_settled;
	after->case_until_s = in->decision->case_until_s;
	after->case_paused_s = in->decision->case_paused_s;
	t->case_opened = !was_open && after->case_reasons != 0;
	t->case_closed = was_open && after->case_reasons == 0;
	if (t->case_opened) {
		after->case_number++;
		after->case_since_s = in->now_s;
	} else if (t->case_closed)
		after->case_since_s = 0;
}

/* Which reminder goes with it, and next_check_s for the one after. */
static void
apply_reminder(const struct transition_input *in, struct transition *t)
{
	const struct decision *d = in->decision;
	struct badge *after = &t->after;
	struct remind_input look = { .badge = after, .now_s = in->now_s };

	if (d->connector == SIZE_MAX)
		return;
	look.zone = in->connectors[d->connector].zone;
	look.rungs = in->connectors[d->connector].remind_days;
	look.rung_count = in->connectors[d->connector].remind_count;
	t->remind = remind_look(&look);
	after->next_check_s = verdict_earlier_s(after->next_check_s, t->remind.next_s);
	if (t->remind.rung == 0)
		return;
	after->reminded_for = after->expires_on;
	after->reminded_days = t->remind.rung;
	/* What was due before the store was lost has been told then. */
	if (in->cause == CAUSE_REBUILD)
		t->remind.rung = 0;
}

static bool
expiry_moved(const struct badge *a, const struct badge *b)
{
	return cs_date_compare(a->expires_on, b->expires_on) != 0;
}

static enum transition_kind
transition_kind_of(const struct badge *before, const struct badge *after)
{
	if (before == NULL || before->status != after->status)
		return TRANSITION_STATUS;
	if (after->status == BADGE_VERIFIED && expiry_moved(before, after))
		return TRANSITION_RENEWED;
	if (!claim_equal(&before->claim, &after->claim) ||
	    before->reason != after->reason || before->how != after->how ||
	    expiry_moved(before, after) || before->valid_until_s != after->valid_until_s)
		return TRANSITION_CHANGED;
	return before->case_reasons != after->case_reasons ?
	    TRANSITION_CASE : TRANSITION_NONE;
}

/* What a version brings with it; without one the source of before stands. */
static void
apply_version(const struct transition_input *in, struct transition *t)
{
	const struct badge *before = in->before;
	struct badge *after = &t->after;

	if (before != NULL &&
	    (t->kind == TRANSITION_NONE || t->kind == TRANSITION_CASE)) {
		after->registry_name = before->registry_name;
		after->connector = before->connector;
		after->zone = before->zone;
		after->evidence = before->evidence;
		return;
	}
	if (!cs_date_is_set(after->expires_on))
		after->expires_since_s = 0;
	else if (before == NULL || expiry_moved(before, after))
		after->expires_since_s = in->now_s;
	after->version++;
	after->cause = in->cause;
	after->checked_at_s = in->now_s;
}

int
transition_make(const struct transition_input *in, struct arena *arena,
    struct transition *out)
{
	struct transition t = { .after = {
		.claim_id = "", .expires_source = "", .registry_name = "",
		.connector = "", .zone = "", .evidence = "", .pin = "",
	} };

	if (in->before != NULL)
		t.after = *in->before;
	t.after.claim = *in->claim;
	if (in->claim_id != NULL) {
		t.after.claim_id = in->claim_id;
		t.after.claimed_at_s = in->claimed_at_s;
	}
	if (apply_decision(in, arena, &t.after) != 0)
		return -1;
	apply_case(in, &t);
	t.after.next_check_s = in->decision->next_check_s;
	t.kind = transition_kind_of(in->before, &t.after);
	apply_version(in, &t);
	apply_reminder(in, &t);
	*out = t;
	return 0;
}
