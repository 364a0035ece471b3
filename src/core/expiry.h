/* SPDX-License-Identifier: ISC */
/*
 * expiry.h -- when a day has ended, and whether that is sure (rule 6 of
 * docs/decisions.md).  Used by decide.c and candidate.c only.
 */
#ifndef CORE_EXPIRY_H
#define CORE_EXPIRY_H

#include "core/decide.h"

struct expiry {
	int64_t	 end_s;		/* end of the day and grace; 0: there is no date */
	int64_t	 wait_s;	/* until when to wait for fresh evidence at most */
	bool	 ended;
	bool	 confirmed;	/* ended, and on fresh evidence or waited out */
};

/*
 * date in the connector's zone with its grace; seen_s: when the record was
 * last listed.  No date has never ended.
 */
struct expiry expiry_look(const struct decide_input *,
	    const struct decide_connector *, struct cs_date date, int64_t seen_s);

#endif /* CORE_EXPIRY_H */
