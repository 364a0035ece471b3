/* SPDX-License-Identifier: ISC */
/*
 * unlisted.c -- the decision when no record speaks: no connector covers the
 * claim (rule 2 of docs/decisions.md), or the mirror does not know its number (rule 3).
 */
#include "core/verdict.h"

#include "base/text.h"
#include "core/candidate.h"
#include "core/confirm.h"
#include "core/named.h"
#include "core/number_pattern.h"
#include "core/record.h"

struct decision
decide_uncovered(const struct decide_input *in)
{
	const struct badge *b = verdict_so_far(in);
	bool decided = b != NULL && b->connector[0] != '\0';

	if (decided && verdict_held(in))
		return verdict_keep(in, 2);
	if (verdict_may_attest(in))
		return verdict_attested(in, 2);
	if (decided && b->how != HOW_ATTESTED && b->how != HOW_PINNED)
		return verdict_keep(in, 2);
	return verdict(in, 2, BADGE_SELF_REPORTED, REASON_NO_CONNECTOR);
}

static struct last_known
last_known_unlisted(const struct decide_input *in)
{
	struct last_known k = {
		.expires_on = in->before->expires_on, .seen_s = INT64_MAX,
		.connector = candidate_connector(in),
	};

	/* Every connector that may list the number must have listed it no more. */
	for (size_t i = 0; i < in->connector_count; i++) {
		const struct decide_connector *c = &in->connectors[i];

		if (c->last_proven_s < k.seen_s)
			k.seen_s = c->last_proven_s;
		k.blocked = k.blocked || c->held || c->stale;
	}
	return k;
}

/* Of several connectors the one that decided last has the say, else the mildest. */
static enum absence
absence_policy(const struct decide_input *in)
{
	enum absence mildest = ABSENCE_REVOKE;

	for (size_t i = 0; i < in->connector_count; i++) {
		const struct decide_connector *c = &in->connectors[i];

		if (text_equal(c->name, in->before->connector))
			return c->absence;
		if (c->absence == ABSENCE_IGNORE ||
		    (c->absence == ABSENCE_CASE && mildest == ABSENCE_REVOKE))
			mildest = c->absence;
	}
	return mildest;
}

/* The absence rule: d is the badge kept. */
static struct decision
decide_absence(const struct decide_input *in, struct decision d)
{
	enum absence policy = absence_policy(in);
	enum confirm_outcome outcome;
	struct badge_confirm confirm;

	if (!in->absence_counts || policy == ABSENCE_IGNORE)
		return d;
	outcome = verdict_confirm(in, &d);
	if (outcome == CONFIRM_WAITS || outcome == CONFIRM_DENIED)
		return d;
	if (policy == ABSENCE_CASE || outcome == CONFIRM_WAITED_OUT) {
		d.case_reasons |= VERDICT_BIT(REASON_RECORD_MISSING);
		return d;
	}
	confirm = d.confirm;
	d = verdict(in, 3, BADGE_REVOKED, REASON_RECORD_MISSING);
	d.confirm = confirm;	/* for decide_wait() */
	d.how = HOW_RECORD;
	d.connector = candidate_connector(in);
	d.expires_on = in->before->expires_on;
	d.valid_until_s = in->before->valid_until_s;
	return d;
}

/* A case that ran out while the number is unlisted: d is the badge kept. */
static struct decision
decide_unanswered(const struct decide_input *in, struct decision d)
{
	unsigned reasons = in->before->case_reasons & ~VERDICT_BIT(REASON_DISPUTED);
	unsigned reason = REASON_RECORD_MISSING;

	if ((reasons & VERDICT_BIT(reason)) == 0)
		for (reason = 0; (reasons & VERDICT_BIT(reason)) == 0;)
			reason++;
	d.status = BADGE_REVIEW;
	d.reason = (enum badge_reason)reason;
	d.how = HOW_RECORD;
	d.kept = false;
	d.case_reasons &= VERDICT_BIT(REASON_DISPUTED);
	return d;
}

/* Whether some connector could list the claimed number at all. */
static bool
number_is_possible(const struct decide_input *in)
{
	char number[CS_NUMBER_MAX + 1];

	for (size_t i = 0; i < in->connector_count; i++) {
		const struct decide_connector *c = &in->connectors[i];

		if (number_normalise(c->grammar, in->claim->number, number) && (c->pattern != NULL ?
		    number_matches(c->pattern, number) : number_fits(c->grammar, number)))
			return true;
	}
	return false;
}

/* Of a list without numbers nothing is concluded but what it has: it need not be proven. */
static bool
has_answered(const struct decide_connector *c)
{
	if (c->by_name)
		return !c->unusable && c->last_complete_s != 0;
	return !c->unusable && !c->lookup_due &&
	    ((c->last_proven_s != 0 && c->left_out == 0) || c->lookup_absent);
}

static bool
all_have_answered(const struct decide_input *in)
{
	for (size_t i = 0; i < in->connector_count; i++)
		if (!has_answered(&in->connectors[i]))
			return false;
	return true;
}

/* Rule 3, never verified, where the claim is looked up by its name: that verifies nobody. */
static struct decision
decide_named(const struct decide_input *in)
{
	const struct decide_record *row = named_choose(in);
	struct decision d;

	if (row == NULL)
		return all_have_answered(in) ? verdict(in, 3, BADGE_SELF_REPORTED,
		    REASON_UNCHECKED) : verdict_await(in, 3);
	/* Not its dates: whether it is this firm is what a person must say. */
	d = verdict(in, 3, BADGE_REVIEW, REASON_LISTED_BY_NAME);
	d.how = HOW_RECORD;
	d.record = row->record;
	d.connector = row->connector;
	d.next_check_s = expiry_look(in, &in->connectors[row->connector],
	    row->record->expires_on, row->seen_s).end_s;
	return d;
}

/* Rule 3, never verified. */
static struct decision
decide_never_listed(const struct decide_input *in)
{
	struct decision d;

	if (!number_is_possible(in))
		d = verdict(in, 3, BADGE_INVALID, REASON_NUMBER_MALFORMED);
	else if (!all_have_answered(in))
		return verdict_await(in, 3);
	else
		d = verdict(in, 3, BADGE_NOT_FOUND, REASON_NUMBER_UNKNOWN);
	d.connector = 0;
	return d;
}

/* Whether the badge has expired by the day of its last known record: it stays so. */
static bool
has_lapsed(const struct decide_input *in, const struct badge *b)
{
	return b->status == BADGE_EXPIRED && text_equal(b->expires_source, "record") &&
	    b->valid_until_s != 0 && in->now_s >= b->valid_until_s;
}

struct decision
decide_unlisted(const struct decide_input *in)
{
	const struct badge *b = verdict_so_far(in);
	struct decision d = { .kept = false };

	if (b != NULL) {
		d = verdict_keep(in, 3);
		/* What was taken back or has expired already does not expire (again). */
		if ((b->status == BADGE_REVIEW || b->status == BADGE_SUSPENDED ||
		    verdict_is_verified(in)) && verdict_lapse(in, last_known_unlisted(in),
		    REASON_EXPIRY_PASSED, &d))
			return d;
	}
	if (verdict_may_attest(in))
		return verdict_attested(in, 3);
	if (b != NULL && has_lapsed(in, b))
		return d;
	if (in->case_over)
		return decide_unanswered(in, d);
	if (verdict_held(in))
		return decide_absence(in, d);
	if (b != NULL && b->verified_once && b->status != BADGE_VERIFIED)
		return d;
	return named_is_asked(in) ? decide_named(in) : decide_never_listed(in);
}
