/* SPDX-License-Identifier: ISC */
/* reconcile_lookup.c -- see reconcile.h: numbers that the mirror does not know, and evidence newer than it. */
#include "engine/lookup.h"
#include "engine/reconcile_private.h"

void
reconcile_lookup_fill(struct reconcile *r, size_t at)
{
	const struct reach *reach = &r->reach[at];

	r->connectors[at].lookup_due = lookup_is_due(reach->registry->lookup, reach->number, r->profile);
	r->connectors[at].lookup_absent = lookup_is_absent(reach->registry->lookup, reach->number);
}

void
reconcile_lookup_want(struct reconcile *r)
{
	if (r->record_count > 0 ||
	    (r->decision.status != BADGE_SELF_REPORTED && r->decision.status != BADGE_NOT_FOUND))
		return;
	for (size_t i = 0; i < r->reach_count; i++)
		lookup_want(r->reach[i].registry->lookup, r->reach[i].number, r->profile);
}

int64_t
reconcile_seen_s(const struct reconcile *r)
{
	for (size_t i = 0; i < r->record_count; i++)
		if (r->decision.record != NULL && r->records[i].record == r->decision.record)
			return r->records[i].seen_s;
	return r->reach[r->decision.connector].registry->last_complete_s;
}
