/* SPDX-License-Identifier: ISC */
/* expiry.c -- see expiry.h. */
#include "core/expiry.h"

/*
 * 9999-12-31T23:59:59Z.  Registries write 9999-12-31 for "never"; west of
 * Greenwich its end has no four-digit year and could not be written down.
 */
#define TIME_MAX_S	INT64_C(253402300799)

/* End of the day that many civil days after date. */
static int64_t
day_end_s(const struct zone *zone, struct cs_date date, int days)
{
	struct cs_date last = cs_date_from_days(cs_date_days(date) + days);
	int64_t end_s;

	if (!cs_date_is_set(last))
		return TIME_MAX_S;
	end_s = zone_day_end_s(zone, last);
	return end_s < TIME_MAX_S ? end_s : TIME_MAX_S;
}

struct expiry
expiry_look(const struct decide_input *in, const struct decide_connector *c,
    struct cs_date date, int64_t seen_s)
{
	struct expiry e = { 0 };

	if (!cs_date_is_set(date))
		return e;
	e.end_s = day_end_s(c->zone, date, c->grace_days);
	e.wait_s = day_end_s(c->zone, date, c->grace_days + in->unconfirmed_days);
	e.ended = in->now_s >= e.end_s;
	e.confirmed = e.ended && (in->now_s >= e.wait_s ||
	    (!c->held && !c->stale && !c->unchanged &&
	    seen_s >= e.end_s - c->expiry_evidence_s));
	return e;
}
