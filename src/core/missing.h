/* SPDX-License-Identifier: ISC */
/*
 * missing.h -- how often in a row proven snapshots lacked a number, and
 * whether that counts as absence (docs/decisions.md).  Pure.
 */
#ifndef CORE_MISSING_H
#define CORE_MISSING_H

#include <stdbool.h>
#include <stdint.h>

/* All zero: it is listed. */
struct missing {
	int64_t	 first_s;	/* begin of the first poll that lacked it */
	int64_t	 last_s;	/* of the last one that was counted */
	uint32_t polls;		/* counted, each at least absent_hours after the one before */
};

/*
 * Another proven poll, begun at started_s, lacks it.  A poll too close to the
 * last one counted is none, nor is the same poll again.  true: it was counted.
 */
bool	missing_count(struct missing *, int64_t started_s, int64_t apart_s);
bool	missing_is_absence(const struct missing *, uint32_t absent_polls);

#endif /* CORE_MISSING_H */
