/* SPDX-License-Identifier: ISC */
/* confirm.c -- see confirm.h. */
#include "core/confirm.h"

#include "core/candidate.h"
#include "core/expiry.h"
#include "core/name.h"
#include "core/verdict.h"

/* What one record says of the claim; SILENT where it answers it but says nothing. */
static enum confirm_said
record_says(const struct decide_input *in, const struct record *rec)
{
	const struct claim *claim = in->claim;
	bool named = rec->business_name != NULL || rec->dba_name != NULL;

	if (rec->status == CS_STATUS_UNKNOWN || rec->status == CS_STATUS_PENDING)
		return CONFIRM_SILENT;
	if (rec->status != CS_STATUS_ACTIVE ||
	    expiry_look(in, &in->confirm->connector, rec->expires_on, 0).ended)
		return CONFIRM_GONE;
	if (named && !name_matches(claim->business_name, rec->business_name, rec->dba_name,
	    claim->names, claim->name_count, in->name_match))
		return CONFIRM_SILENT;
	return CONFIRM_ACTIVE;
}

/* What all records together say; answered: those of the look-up only. */
static enum confirm_said
records_say(const struct decide_input *in, bool answered)
{
	enum confirm_said all = CONFIRM_GONE, said;

	for (size_t i = 0; i < in->confirm->row_count; i++) {
		const struct confirm_row *row = &in->confirm->rows[i];

		if ((answered && !row->answered) ||
		    !decide_is_candidate(in->types, in->claim, row->record))
			continue;
		said = record_says(in, row->record);
		if (said == CONFIRM_ACTIVE)
			return said;
		if (said == CONFIRM_SILENT)
			all = said;
	}
	return all;
}

/* What its newest evidence says: the look-up's answer, or the mirror. */
static struct badge_confirm
evidence(const struct decide_input *in, int64_t after_s)
{
	const struct decide_confirm *c = in->confirm;
	bool mirror = c->mirror_proven && !c->connector.held && !c->connector.stale &&
	    (c->connector.left_out == 0 || c->row_count > 0);
	int64_t proven_s = mirror ? c->connector.last_proven_s : 0;
	bool answered = c->looked_up_s > proven_s;
	struct badge_confirm e = { .said_s = answered ? c->looked_up_s : proven_s };

	if (e.said_s == 0 || e.said_s < after_s)
		return (struct badge_confirm){ 0 };
	e.said = records_say(in, answered);
	return e.said != CONFIRM_SILENT ? e : (struct badge_confirm){ 0 };
}

/* What the badge remembers, as far as it can be from before now. */
static struct badge_confirm
remembered(const struct decide_input *in)
{
	struct badge_confirm c = in->before->confirm;

	if (c.said_s > in->now_s)
		c = (struct badge_confirm){ .since_s = c.since_s };
	if (c.since_s > in->now_s)
		c.since_s = in->now_s;
	return c;
}

/* Nothing runs out while the connector that lists it no more cannot be asked itself. */
static bool
confirm_clock_stands(const struct decide_input *in)
{
	const struct decide_connector *c = &in->connectors[candidate_connector(in)];

	return c->held || c->stale;
}

static enum confirm_outcome
confirm_wait(const struct decide_input *in, struct badge_confirm *out, int64_t *next_s)
{
	int64_t until_s, waited_s;

	if (out->since_s == 0)
		out->since_s = in->now_s;
	*out = (struct badge_confirm){ .since_s = out->since_s };
	until_s = out->since_s + in->confirm->wait_s;
	waited_s = in->now_s - out->since_s;
	*next_s = out->since_s + (waited_s / CONFIRM_AGAIN_S + 1) * CONFIRM_AGAIN_S;
	if (in->now_s < until_s) {
		if (*next_s > until_s)
			*next_s = until_s;
		return CONFIRM_WAITS;
	}
	return confirm_clock_stands(in) ? CONFIRM_WAITS : CONFIRM_WAITED_OUT;
}

enum confirm_outcome
confirm_look(const struct decide_input *in, struct badge_confirm *out, int64_t *next_s)
{
	struct badge_confirm e;
	int64_t after_s;

	*out = (struct badge_confirm){ 0 };
	*next_s = 0;
	if (in->confirm == NULL)
		return CONFIRM_COUNTS;
	*out = remembered(in);
	after_s = in->confirm->after_s;
	if (out->since_s != 0 && out->since_s < after_s)
		after_s = out->since_s;
	e = evidence(in, after_s);
	if (e.said != CONFIRM_SILENT && e.said_s >= out->said_s)
		*out = e;
	if (out->said == CONFIRM_GONE)
		return CONFIRM_COUNTS;
	if (out->said == CONFIRM_ACTIVE && in->now_s - out->said_s < CONFIRM_AGAIN_S)
		return CONFIRM_DENIED;
	return confirm_wait(in, out, next_s);
}
