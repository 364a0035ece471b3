/* SPDX-License-Identifier: ISC */
/* remind.c -- see remind.h. */
#include "core/remind.h"

static int64_t
rung_start_s(const struct remind_input *in, int rung)
{
	return zone_day_start_s(in->zone,
	    cs_date_from_days(cs_date_days(in->badge->expires_on) - rung));
}

struct remind
remind_look(const struct remind_input *in)
{
	const struct badge *b = in->badge;
	struct remind r = { .rung = 0 };
	int nearest = 0, next = 0;

	if (b->status != BADGE_VERIFIED || !cs_date_is_set(b->expires_on))
		return r;
	r.days_left = cs_date_days(b->expires_on) - cs_date_days(zone_date(in->zone, in->now_s));
	if (r.days_left < 0)
		return r;
	for (size_t i = 0; i < in->rung_count; i++) {
		int rung = in->rungs[i];

		if (rung >= r.days_left && (nearest == 0 || rung < nearest))
			nearest = rung;
		if (rung < r.days_left && rung > next)
			next = rung;
	}
	if (next != 0)
		r.next_s = rung_start_s(in, next);
	/* The same rung, or a nearer one, has been told for this date. */
	if (nearest == 0 || (cs_date_compare(b->reminded_for, b->expires_on) == 0 &&
	    b->reminded_days <= nearest))
		return r;
	r.rung = nearest;
	r.due_s = rung_start_s(in, nearest);
	return r;
}
