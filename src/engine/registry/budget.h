/* SPDX-License-Identifier: ISC */
/*
 * budget.h -- the requests a day that a registry allows.
 *
 * A registry counts by credential, so connectors with the same api_key share
 * what they use; each keeps its own count and its own limit, and reckons the
 * day in its own budget_timezone.
 */
#ifndef ENGINE_BUDGET_H
#define ENGINE_BUDGET_H

#include "engine/registry/registry.h"

/*
 * Takes cost from today's budget and stores that before the request is made,
 * so that no crash spends it twice.  How polls and look-ups share it: quota_share().
 * false: it is spent, nothing was taken.
 */
bool	budget_take(struct registry *, uint32_t cost, bool lookup);
/* What the credential has left of this one's limit, the reserve for look-ups included; UINT32_MAX:
 * no limit. */
uint32_t budget_remaining(const struct registry *);
/* Whether one request is left of it. */
bool	budget_has(const struct registry *, bool lookup);
/* When the next day of the budget begins, Unix seconds. */
int64_t	budget_reset_s(const struct registry *);
/* What connectors with the same credential have used today, this one included. */
uint32_t budget_used(const struct registry *);
/* Whether two connectors are one to the registry. */
bool	budget_is_shared(const struct registry *, const struct registry *);

#endif /* ENGINE_BUDGET_H */
