/* SPDX-License-Identifier: ISC */
/* kind.c -- see kind.h. */
#include "core/kind.h"

/* By so much two polls of the same hour may be less than a day apart: summer time begins, and one
 * was late. */
#define HOURS_EARLY_S	7200

/* Whether the whole list is due.  A time ahead of now is a clock that was wrong. */
static bool
whole_is_due(const struct kind_input *in)
{
	int64_t early_s = in->at_hours ? HOURS_EARLY_S : 0;

	return in->forced || in->changed || in->last_whole_s == 0 || in->last_whole_s > in->now_s ||
	    in->now_s - in->last_whole_s >= in->full_interval_s - early_s;
}

struct kind_choice
kind_choose(const struct kind_input *in)
{
	struct kind_choice choice = { .kind = CS_POLL_FULL, .conditional = false };

	if (whole_is_due(in))
		return choice;
	if ((in->kinds & CS_KIND(CS_POLL_DELTA)) != 0 && in->has_checkpoint)
		choice.kind = CS_POLL_DELTA;
	else
		choice.conditional = in->has_validator;
	return choice;
}
