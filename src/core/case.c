/* SPDX-License-Identifier: ISC */
/* case.c -- see case.h. */
#include "core/case.h"

#include "base/text.h"
#include "core/verdict.h"

/* A dispute wants an answer of its own, however long that takes. */
#define DOUBTS(reasons)	((reasons) & ~VERDICT_BIT(REASON_DISPUTED))

bool
pause_set(struct pause *p, bool blocked, int64_t at_s)
{
	if (blocked == (p->since_s != 0))
		return false;
	if (blocked) {
		p->since_s = at_s;
		return true;
	}
	if (at_s > p->since_s)
		p->total_s += at_s - p->since_s;
	p->since_s = 0;
	return true;
}

int64_t
pause_total_s(const struct pause *p, int64_t now_s)
{
	return p->total_s + (p->since_s != 0 && now_s > p->since_s ? now_s - p->since_s : 0);
}

/* No source can be asked for an answer now. */
static bool
case_clock_stands(const struct decide_input *in)
{
	for (size_t i = 0; i < in->connector_count; i++)
		if (in->connectors[i].held || in->connectors[i].stale)
			return true;
	return in->connector_count == 0;
}

/* Of the connector that decided the badge before; -1: it is none of these. */
static int64_t
paused_s(const struct decide_input *in)
{
	for (size_t i = 0; i < in->connector_count; i++)
		if (text_equal(in->connectors[i].name, in->before->connector))
			return in->connectors[i].paused_s;
	return -1;
}

/* Whether the case is one of before, with a clock of its own. */
static bool
clock_started(const struct decide_input *in, const struct decision *d)
{
	const struct badge *b = in->before;

	return b != NULL && b->case_until_s != 0 && DOUBTS(b->case_reasons) != 0 &&
	    DOUBTS(d->case_reasons) != 0;
}

static int64_t
clock_until_s(const struct decide_input *in)
{
	const struct badge *b = in->before;
	int64_t paused = paused_s(in);

	return paused > b->case_paused_s ? b->case_until_s + paused - b->case_paused_s :
	    b->case_until_s;
}

bool
case_is_over(const struct decide_input *in, const struct decision *d)
{
	return d->kept && !d->unconfirmed && d->status == BADGE_VERIFIED &&
	    clock_started(in, d) && !case_clock_stands(in) && in->now_s >= clock_until_s(in);
}

void
case_keep(struct decision *d)
{
	d->case_settled |= DOUBTS(d->case_reasons);
	d->case_reasons &= VERDICT_BIT(REASON_DISPUTED);
}

void
case_leave_settled(const struct decide_input *in, struct decision *d)
{
	if (!d->kept || !verdict_held(in))
		return;
	d->case_settled = in->before->case_settled;
	d->case_reasons &= ~d->case_settled;
}

void
case_set_clock(const struct decide_input *in, struct decision *d)
{
	int64_t paused = in->before != NULL ? paused_s(in) : -1;

	if (d->case_reasons == 0 || in->case_seconds == 0)
		return;
	if (!clock_started(in, d)) {
		d->case_until_s = in->now_s + in->case_seconds;
		d->case_paused_s = paused > 0 ? paused : 0;
		if (DOUBTS(d->case_reasons) == 0 && in->before != NULL &&
		    in->before->case_until_s != 0)
			d->case_until_s = in->before->case_until_s;
	} else if (case_clock_stands(in)) {
		/* It stays as it is; the evidence that ends the pause sets it. */
		d->case_until_s = in->before->case_until_s;
		d->case_paused_s = in->before->case_paused_s;
	} else {
		d->case_until_s = clock_until_s(in);
		d->case_paused_s = paused >= 0 ? paused : in->before->case_paused_s;
	}
	if (DOUBTS(d->case_reasons) != 0 && !case_clock_stands(in) && in->now_s < d->case_until_s)
		d->next_check_s = verdict_earlier_s(d->next_check_s, d->case_until_s);
}
