/* SPDX-License-Identifier: ISC */
/* verdict.c -- see verdict.h. */
#include "core/verdict.h"

#include "base/text.h"
#include "core/candidate.h"

const struct badge *
verdict_so_far(const struct decide_input *in)
{
	return in->edited ? NULL : in->before;
}

bool
verdict_is_verified(const struct decide_input *in)
{
	const struct badge *b = verdict_so_far(in);

	return b != NULL && b->status == BADGE_VERIFIED && b->how == HOW_RECORD;
}

bool
verdict_held(const struct decide_input *in)
{
	return !in->case_over && verdict_is_verified(in);
}

bool
verdict_may_attest(const struct decide_input *in)
{
	return in->attestation != NULL && in->now_s < in->attestation->until_s;
}

/* A case closes with any verdict; only a dispute wants an answer of its own. */
static unsigned
case_left(const struct decide_input *in)
{
	return in->before != NULL ? in->before->case_reasons & VERDICT_BIT(REASON_DISPUTED) : 0;
}

struct decision
verdict(const struct decide_input *in, unsigned char rule,
    enum badge_status status, enum badge_reason reason)
{
	return (struct decision){
		.status = status, .reason = reason, .rule = rule,
		.connector = SIZE_MAX, .case_reasons = case_left(in),
	};
}

struct decision
verdict_on(const struct decide_input *in, unsigned char rule,
    enum badge_status status, enum badge_reason reason,
    const struct decide_record *row)
{
	struct decision d = verdict(in, rule, status, reason);

	d.how = HOW_RECORD;
	d.record = row->record;
	d.connector = row->connector;
	d.expires_on = row->record->expires_on;
	d.valid_until_s = expiry_look(in, &in->connectors[row->connector],
	    d.expires_on, row->seen_s).end_s;
	return d;
}

struct decision
verdict_keep(const struct decide_input *in, unsigned char rule)
{
	const struct badge *b = in->before;
	struct decision d = verdict(in, rule, b->status, b->reason);

	d.how = b->how;
	d.kept = true;
	d.case_reasons = b->case_reasons;
	d.expires_on = b->expires_on;
	d.valid_until_s = b->valid_until_s;
	if (in->connector_count > 0 && b->connector[0] != '\0')
		d.connector = candidate_connector(in);
	return d;
}

struct decision
verdict_attested(const struct decide_input *in, unsigned char rule)
{
	struct decision d = verdict(in, rule, BADGE_VERIFIED, REASON_ATTESTED);

	d.how = HOW_ATTESTED;
	d.expires_on = in->attestation->until;
	d.valid_until_s = d.next_check_s = in->attestation->until_s;
	return d;
}

struct decision
verdict_await(const struct decide_input *in, unsigned char rule)
{
	const struct badge *b = verdict_so_far(in);

	if (b != NULL && b->connector[0] != '\0' && b->status != BADGE_SELF_REPORTED &&
	    b->status != BADGE_INVALID && b->how != HOW_ATTESTED && b->how != HOW_PINNED)
		return verdict_keep(in, rule);
	return verdict(in, rule, BADGE_SELF_REPORTED, REASON_AWAITING_SOURCE);
}

int64_t
verdict_earlier_s(int64_t a_s, int64_t b_s)
{
	if (a_s == 0 || b_s == 0)
		return a_s == 0 ? b_s : a_s;
	return a_s < b_s ? a_s : b_s;
}

enum confirm_outcome
verdict_confirm(const struct decide_input *in, struct decision *d)
{
	int64_t next_s;
	enum confirm_outcome outcome = confirm_look(in, &d->confirm, &next_s);

	if (outcome == CONFIRM_DENIED)
		d->case_reasons &= ~(VERDICT_BIT(REASON_RECORD_MISSING) |
		    VERDICT_BIT(REASON_TYPE_MISMATCH) | VERDICT_BIT(REASON_CATEGORY_CONFLICT));
	d->next_check_s = verdict_earlier_s(d->next_check_s, next_s);
	return outcome;
}

bool
verdict_lapse(const struct decide_input *in, struct last_known k,
    enum badge_reason reason, struct decision *d)
{
	struct decide_connector c = in->connectors[k.connector];
	struct expiry e;

	if (!cs_date_is_set(in->before->expires_on) ||
	    !text_equal(in->before->expires_source, "record"))
		return false;
	c.held = c.held || k.blocked;
	e = expiry_look(in, &c, k.expires_on, k.seen_s);
	d->expires_on = k.expires_on;
	d->valid_until_s = d->next_check_s = e.end_s;
	if (!e.ended)
		return false;
	d->rule = 6;
	if (e.confirmed) {
		*d = verdict(in, 6, BADGE_EXPIRED, reason);
		d->how = HOW_RECORD;
		d->connector = k.connector;
		d->expires_on = k.expires_on;
		d->valid_until_s = d->time_s = e.end_s;
	} else {
		d->unconfirmed = true;
		d->next_check_s = e.wait_s;
		if (d->status == BADGE_VERIFIED)
			d->valid_until_s = e.wait_s;
	}
	return true;
}
