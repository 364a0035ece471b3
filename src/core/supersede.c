/* SPDX-License-Identifier: ISC */
/* supersede.c -- see supersede.h. */
#include "core/supersede.h"

#include "base/text.h"

/* A row that had no end has one now, not over yet: what is over may be the history beside it. */
static bool
end_is_new(const struct record *fresh, const struct record *old, struct cs_date today)
{
	return !cs_date_is_set(old->expires_on) && fresh->status == CS_STATUS_ACTIVE &&
	    cs_date_compare(fresh->expires_on, today) >= 0;
}

bool
record_supersedes(const struct record *fresh, const struct record *old, bool unique_rows,
    struct cs_date today)
{
	if (!text_equal(fresh->number, old->number) || !text_equal(fresh->type, old->type))
		return false;
	return unique_rows || (cs_date_compare(fresh->issued_on, old->issued_on) == 0 &&
	    (cs_date_compare(fresh->expires_on, old->expires_on) == 0 ||
	    end_is_new(fresh, old, today)));
}
