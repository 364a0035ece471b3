/* SPDX-License-Identifier: ISC */
/* supersede.c -- see supersede.h. */
#include "core/supersede.h"

#include "base/text.h"

bool
record_supersedes(const struct record *fresh, const struct record *old, bool unique_rows)
{
	if (!text_equal(fresh->number, old->number) || !text_equal(fresh->type, old->type))
		return false;
	return unique_rows || (cs_date_compare(fresh->issued_on, old->issued_on) == 0 &&
	    cs_date_compare(fresh->expires_on, old->expires_on) == 0);
}
