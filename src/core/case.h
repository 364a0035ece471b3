/* SPDX-License-Identifier: ISC */
/*
 * case.h -- the clock of an open case: it runs only while the
 * connector is neither held nor stale, and when it has run out `case_timeout`
 * decides.  Pure.
 *
 * A connector counts how long it has been blocked in all (struct pause); a
 * badge remembers that count beside its case's end.  What the count has grown
 * by since is added to the end.
 */
#ifndef CORE_CASE_H
#define CORE_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/decide.h"

/* How long a connector has been held or stale, over all its life. */
struct pause {
	int64_t	 total_s;	/* of the pauses that are over */
	int64_t	 since_s;	/* of the one under way; 0: none */
};

/* It is (not) blocked from at_s on.  false: it was (not) before, nothing changed. */
bool	pause_set(struct pause *, bool blocked, int64_t at_s);
int64_t	pause_total_s(const struct pause *, int64_t now_s);

/* For decide() only: whether the open case of this decision has run out. */
bool	case_is_over(const struct decide_input *, const struct decision *);
/* For decide() only: `keep`, after which the same doubts open no case again. */
void	case_keep(struct decision *);
/* For decide() only: leaves out doubts that were settled. */
void	case_leave_settled(const struct decide_input *, struct decision *);
/* For decide() only: until when the case is open, and next_check_s with it. */
void	case_set_clock(const struct decide_input *, struct decision *);

#endif /* CORE_CASE_H */
