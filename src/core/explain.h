/* SPDX-License-Identifier: ISC */
/*
 * explain.h -- a decision in sentences for the person who asks `certsync explain`.
 */
#ifndef CORE_EXPLAIN_H
#define CORE_EXPLAIN_H

#include "base/buf.h"
#include "core/decide.h"

/*
 * Appends plain text: the outcome, the rule that decided and why the earlier
 * ones did not, the evidence and its age, what happens next and when.
 */
void	explain_decision(const struct decide_input *, const struct decision *,
	    struct buf *out);
/* One sentence on what a reason means and what the owner or operator can do. */
const char *explain_reason(enum badge_reason);

#endif /* CORE_EXPLAIN_H */
