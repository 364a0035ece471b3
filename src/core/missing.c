/* SPDX-License-Identifier: ISC */
/* missing.c -- see missing.h. */
#include "core/missing.h"

bool
missing_count(struct missing *m, int64_t started_s, int64_t apart_s)
{
	if (m->polls == 0)
		m->first_s = started_s;
	else if (started_s <= m->last_s || started_s - m->last_s < apart_s)
		return false;
	m->last_s = started_s;
	if (m->polls < UINT32_MAX)
		m->polls++;
	return true;
}

bool
missing_is_absence(const struct missing *m, uint32_t absent_polls)
{
	return m->polls > 0 && m->polls >= absent_polls;
}
