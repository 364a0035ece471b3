/* SPDX-License-Identifier: ISC */
/*
 * remind.h -- which reminder of a coming expiry is due, and when the next one
 * will be.  Pure.
 *
 * A rung is a number of days left.  Its day begins at midnight in the body's
 * zone.  Once per expiry date and rung; a nearer one includes those before it.
 */
#ifndef CORE_REMIND_H
#define CORE_REMIND_H

#include <stddef.h>
#include <stdint.h>

#include "base/zone.h"
#include "core/badge.h"

struct remind_input {
	const struct badge *badge;	/* as it is to be, with what was reminded of before */
	const struct zone *zone;
	const int	*rungs;		/* days, in any order */
	size_t		 rung_count;	/* 0: nobody is reminded */
	int64_t		 now_s;
};

struct remind {
	int	 rung;		/* due now; 0: none */
	int	 days_left;	/* until expires_on; 0: it is the last day */
	int64_t	 due_s;		/* when that rung's day began */
	int64_t	 next_s;	/* when the next rung's day begins; 0: no more */
};

struct remind remind_look(const struct remind_input *);

#endif /* CORE_REMIND_H */
