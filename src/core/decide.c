/* SPDX-License-Identifier: ISC */
/*
 * decide.c -- the order of docs/decisions.md, and its rules 4 to 9: what a record
 * says of a claim.  "Rule n" is one of its numbers.
 */
#include "core/decide.h"

#include "base/text.h"
#include "core/candidate.h"
#include "core/case.h"
#include "core/expiry.h"
#include "core/name.h"
#include "core/verdict.h"

/* Whether the row's date replaces the one known; of equal ones the first connector's. */
static bool
row_dates_later(const struct decide_record *row, const struct last_known *k,
    bool k_of_row)
{
	int c = cs_date_compare(row->record->expires_on, k->expires_on);

	return c > 0 || (c == 0 && k_of_row && row->connector < k->connector);
}

/* In doubt about the rows, the latest date that any of them states counts. */
static struct last_known
last_known_listed(const struct decide_input *in)
{
	struct last_known k = {
		.expires_on = in->before->expires_on,
		.connector = candidate_connector(in),
	};
	bool of_row = false, dateless = false;

	for (size_t i = 0; i < in->record_count; i++) {
		const struct decide_record *row = &in->records[i];

		if (row->seen_s > k.seen_s)
			k.seen_s = row->seen_s;
		if (!decide_is_candidate(in->types, in->claim, row->record))
			continue;
		dateless = dateless || (row->record->status == CS_STATUS_ACTIVE &&
		    !cs_date_is_set(row->record->expires_on));
		if (row_dates_later(row, &k, of_row)) {
			k.expires_on = row->record->expires_on;
			k.connector = row->connector;
			of_row = true;
		}
	}
	/* A registry that gives no date never expires a badge by date. */
	if (dateless)
		k.expires_on = (struct cs_date){ 0 };
	return k;
}

/*
 * Whether the badge has expired and no row states a later day: doubt about the
 * rows does not reopen it.
 */
static bool
stays_expired(const struct decide_input *in)
{
	const struct badge *b = verdict_so_far(in);
	struct last_known k;

	if (b == NULL || b->status != BADGE_EXPIRED ||
	    !text_equal(b->expires_source, "record"))
		return false;
	k = last_known_listed(in);
	return expiry_look(in, &in->connectors[k.connector], k.expires_on, k.seen_s).ended;
}

/* Doubt about a badge that is held to: a case (or 0), unless its day has ended. */
static struct decision
keep_in_doubt(const struct decide_input *in, unsigned char rule,
    unsigned case_reasons, const struct candidate *c)
{
	struct decision d = verdict_keep(in, rule);

	(void)verdict_lapse(in, last_known_listed(in),
	    c->renewal ? REASON_RENEWAL_LISTED : REASON_EXPIRY_PASSED, &d);
	if (d.kept) {
		d.case_reasons |= case_reasons;
		d.record = c->row != NULL ? c->row->record : NULL;
	}
	return d;
}

/* The registry has the number but not the certification any more: another may confirm that. */
static struct decision
keep_unlisted(const struct decide_input *in, unsigned char rule,
    unsigned case_reasons, const struct candidate *c)
{
	struct decision d = keep_in_doubt(in, rule, 0, c);
	enum confirm_outcome outcome;

	if (!d.kept)
		return d;
	outcome = verdict_confirm(in, &d);
	if (outcome == CONFIRM_COUNTS || outcome == CONFIRM_WAITED_OUT)
		d.case_reasons |= case_reasons;
	return d;
}

static struct decision
doubt(const struct decide_input *in, unsigned char rule,
    enum badge_reason reason, const struct candidate *c)
{
	struct decision d;

	if (verdict_held(in) && c->row == NULL)
		return keep_unlisted(in, rule, VERDICT_BIT(reason), c);
	if (verdict_held(in))
		return keep_in_doubt(in, rule, VERDICT_BIT(reason), c);
	if (stays_expired(in))
		return verdict_keep(in, rule);
	if (c->row != NULL)
		return verdict_on(in, rule, BADGE_REVIEW, reason, c->row);
	d = verdict(in, rule, BADGE_REVIEW, reason);
	d.connector = in->records[0].connector;
	for (size_t i = 1; i < in->record_count; i++)
		if (in->records[i].connector < d.connector)
			d.connector = in->records[i].connector;
	return d;
}

/* Rule 5: a word that takes away. */
static struct decision
decide_negative(const struct decide_input *in, const struct candidate *c)
{
	static const struct {
		enum badge_status status;
		enum badge_reason reason;
	} words[] = {
		[CS_STATUS_SUSPENDED] = { BADGE_SUSPENDED, REASON_RECORD_SUSPENDED },
		[CS_STATUS_EXCLUDED] = { BADGE_SUSPENDED, REASON_RECORD_EXCLUDED },
		[CS_STATUS_EXPIRED] = { BADGE_EXPIRED, REASON_RECORD_EXPIRED },
		[CS_STATUS_GRADUATED] = { BADGE_EXPIRED, REASON_RECORD_GRADUATED },
		[CS_STATUS_WITHDRAWN] = { BADGE_REVOKED, REASON_RECORD_WITHDRAWN },
		[CS_STATUS_DECERTIFIED] = { BADGE_REVOKED, REASON_RECORD_DECERTIFIED },
	};
	enum cs_status status = c->row->record->status;
	enum badge_reason reason = words[status].reason;

	if (!in->connectors[c->row->connector].negatives_count) {
		if (verdict_held(in))
			return keep_in_doubt(in, 5, 0, c);
		if (stays_expired(in))
			return verdict_keep(in, 5);
	}
	if (reason == REASON_RECORD_EXPIRED && c->renewal)
		reason = REASON_RENEWAL_LISTED;
	return verdict_on(in, 5, words[status].status, reason, c->row);
}

/* Rule 5: a word that neither gives nor takes, unknown or an application. */
static struct decision
decide_unclear(const struct decide_input *in, const struct candidate *c)
{
	const struct decide_record *row = c->row;
	bool pending = row->record->status == CS_STATUS_PENDING;
	struct decision d;

	if (verdict_held(in))
		d = keep_in_doubt(in, 5, 0, c);
	else if (pending && expiry_look(in, &in->connectors[row->connector],
	    row->record->expires_on, row->seen_s).confirmed)
		d = verdict_on(in, 5, BADGE_EXPIRED, REASON_RENEWAL_LISTED, row);
	else if (stays_expired(in))
		d = verdict_keep(in, 5);
	else
		d = verdict_on(in, 5, BADGE_REVIEW, REASON_STATUS_UNKNOWN, row);
	d.warn_status = !pending;
	return d;
}

/* Rule 6: the day of an active record has ended. */
static struct decision
decide_lapsed(const struct decide_input *in, const struct candidate *c,
    struct expiry e)
{
	const struct badge *b = verdict_so_far(in);
	struct decision d;

	/* A badge that has expired need not wait to be what it is. */
	if (e.confirmed || (b != NULL && b->status == BADGE_EXPIRED)) {
		d = verdict_on(in, 6, BADGE_EXPIRED,
		    c->renewal ? REASON_RENEWAL_LISTED : REASON_EXPIRY_PASSED, c->row);
		d.time_s = e.end_s;
		return d;
	}
	d = verdict_held(in) ? verdict_keep(in, 6) : verdict_await(in, 6);
	if (d.kept) {
		d.record = c->row->record;
		d.connector = c->row->connector;
	}
	if (verdict_held(in)) {
		d.expires_on = c->row->record->expires_on;
		d.valid_until_s = e.wait_s;
	}
	d.unconfirmed = true;
	d.next_check_s = e.wait_s;
	return d;
}

/* Rule 7.  A registry without names confirms none, but that is no news to take a badge for. */
static bool
name_differs(const struct decide_input *in, const struct record *rec)
{
	const struct claim *claim = in->claim;

	if (rec->business_name == NULL && rec->dba_name == NULL)
		return !verdict_held(in);
	return !name_matches(claim->business_name, rec->business_name, rec->dba_name,
	    claim->names, claim->name_count, in->name_match);
}

/* Rules 7 to 9: an active record in force. */
static struct decision
decide_active(const struct decide_input *in, const struct candidate *c)
{
	if (name_differs(in, c->row->record))
		return doubt(in, 7, REASON_NAME_MISMATCH, c);
	if (c->row->taken && !verdict_held(in))
		return verdict_on(in, 8, BADGE_REVIEW, REASON_ALREADY_CLAIMED, c->row);
	return verdict_on(in, 9, BADGE_VERIFIED, REASON_RECORD_ACTIVE, c->row);
}

static struct decision
decide_candidate(const struct decide_input *in, const struct candidate *c)
{
	const struct record *rec;
	struct expiry e;

	if (c->doubt != REASON_COUNT)
		return doubt(in, 4, c->doubt, c);
	rec = c->row->record;
	if (rec->status == CS_STATUS_UNKNOWN || rec->status == CS_STATUS_PENDING)
		return decide_unclear(in, c);
	if (rec->status != CS_STATUS_ACTIVE)
		return decide_negative(in, c);
	e = expiry_look(in, &in->connectors[c->row->connector], rec->expires_on,
	    c->row->seen_s);
	return e.ended ? decide_lapsed(in, c, e) : decide_active(in, c);
}

/*
 * When the passing of time alone may change what the rows say together: a row
 * that ends no longer contradicts another.
 */
static int64_t
rows_next_s(const struct decide_input *in)
{
	int64_t next_s = 0;

	for (size_t i = 0; i < in->record_count; i++) {
		const struct decide_record *row = &in->records[i];
		const struct record *rec = row->record;
		struct expiry e = expiry_look(in, &in->connectors[row->connector],
		    rec->expires_on, row->seen_s);

		if ((rec->status != CS_STATUS_ACTIVE && rec->status != CS_STATUS_PENDING) ||
		    e.confirmed || !decide_is_candidate(in->types, in->claim, rec))
			continue;
		next_s = verdict_earlier_s(next_s, e.ended ? e.wait_s : e.end_s);
	}
	return next_s;
}

/* Rules 4 to 9: the mirror knows the number. */
static struct decision
decide_listed(const struct decide_input *in)
{
	struct candidate c = candidate_choose(in);
	struct decision d = decide_candidate(in, &c);

	d.next_check_s = verdict_earlier_s(d.next_check_s, rows_next_s(in));
	return d;
}

/* Rules 2 to 9. */
static struct decision
decide_unpinned(const struct decide_input *in)
{
	if (in->connector_count == 0)
		return decide_uncovered(in);
	if (in->record_count == 0)
		return decide_unlisted(in);
	return decide_listed(in);
}

/* A case that nobody has answered is decided on the latest record. */
static struct decision
decide_overdue(const struct decide_input *in, struct decision d)
{
	struct decide_input over = *in;
	struct decision anew;

	if (in->case_timeout_keeps) {
		case_keep(&d);
		return d;
	}
	over.case_over = true;
	anew = decide_unpinned(&over);
	return anew.status == BADGE_REVIEW ? anew : d;
}

/* Rule 1: an explicit negative status of the registry beats a pin to verified. */
static bool
pin_decides(const struct decide_input *in, const struct decision *d)
{
	if (in->pin == NULL || in->now_s >= in->pin->until_s)
		return false;
	return in->pin->status != BADGE_VERIFIED || d->rule != 5 || d->kept ||
	    d->status == BADGE_REVIEW;
}

struct decision
decide(const struct decide_input *in)
{
	struct decision d = decide_unpinned(in);
	const struct badge *b = verdict_so_far(in);

	case_leave_settled(in, &d);
	if (case_is_over(in, &d))
		d = decide_overdue(in, d);
	if (pin_decides(in, &d)) {
		d = verdict(in, 1, in->pin->status, REASON_PINNED);
		d.how = HOW_PINNED;
		d.valid_until_s = d.next_check_s = in->pin->until_s;
	}
	d.verified_once = (b != NULL && b->verified_once) ||
	    (d.status == BADGE_VERIFIED && d.how == HOW_RECORD);
	case_set_clock(in, &d);
	return d;
}

struct decision
decide_wait(const struct decide_input *in, const struct decision *would)
{
	struct decision d = verdict_keep(in, would->rule);

	/* No time alone ends the wait: whoever ends it has the badge decided again. */
	d.next_check_s = in->before->next_check_s;
	d.confirm = would->confirm;
	d.verified_once = in->before->verified_once;
	return d;
}
