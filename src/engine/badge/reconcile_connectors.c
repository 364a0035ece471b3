/* SPDX-License-Identifier: ISC */
/* reconcile_connectors.c -- see reconcile.h: what the rules are told of each connector. */
#include "engine/badge/reconcile_private.h"
#include "engine/guard/hold.h"
#include "engine/registry/absences.h"
#include "engine/registry/lookup.h"

#define EVIDENCE_MIN_S	(72 * 3600)	/* least age of evidence for an expiry, by rule 6 */

/* While the clock cannot be believed nothing runs out, as if all were stale. */
static bool
clock_doubted(const struct engine *engine)
{
	return engine->clock_ok != NULL && !engine->clock_ok(engine->on_due_arg);
}

static int64_t
expiry_evidence_s(const struct registry *registry)
{
	int64_t set_s = registry->engine->config->expiry_evidence_ms / 1000;
	int64_t least_s = registry->config->interval_ms * 3 / 2 / 1000;

	if (set_s != 0)
		return set_s;
	return least_s < EVIDENCE_MIN_S ? EVIDENCE_MIN_S : least_s;
}

static void
absence_fill(struct decide_connector *out, const struct reconcile *r,
    const struct registry *registry)
{
	const struct index_badge *b = index_find(r->engine->index, r->badge);

	out->absence = registry->config->absence;
	out->absent_polls = (uint32_t)registry->config->absent_polls;
	out->absent_apart_s = registry->config->absent_hours_ms / 1000;
	if (b != NULL && !r->edited)
		out->missing = absences_of(registry, b);
}

void
reconcile_connector_fill(struct decide_connector *out,
    const struct registry *registry, int64_t now_s)
{
	const struct config_connector *config = registry->config;

	*out = (struct decide_connector){
		.name = registry->name,
		.zone = config->zone,
		.grammar = registry_grammar(registry),
		.pattern = config->pattern,
		.by_name = registry_is_by_name(registry),
		.unusable = registry->plugin.description == NULL,
		.last_complete_s = registry->proof.last_complete_s,
		.last_proven_s = registry->proof.last_proven_s,
		.left_out = registry->left_out.total,
		.held = registry_is_held(registry),
		.stale = registry_is_stale(registry, now_s) || clock_doubted(registry->engine),
		.unchanged = registry_is_unchanged(registry, now_s),
		.negatives_count = (registry->plugin.description != NULL &&
		    registry->plugin.description->unique_rows) ||
		    registry->proof.proven,
		.grace_days = config->grace_days,
		.expiry_evidence_s = expiry_evidence_s(registry),
		.paused_s = pause_total_s(&registry->pause, now_s),
		.remind_days = config->remind_days,
		.remind_count = config->remind_count
	};
}

void
reconcile_connector_tell(struct reconcile *r, size_t at, int64_t now_s)
{
	const struct registry *registry = r->reach[at].registry;
	struct decide_connector *out = &r->connectors[at];

	reconcile_connector_fill(out, registry, now_s);
	if (r->dry != NULL && r->dry->registry == registry && r->dry->proven) {
		out->last_proven_s = r->dry->started_s;
		out->negatives_count = true;
	}
	absence_fill(out, r, registry);
	reconcile_lookup_fill(r, at);
}

bool
reconcile_absence_counts(const struct reconcile *r)
{
	const struct index_badge *b = index_find(r->engine->index, r->badge);
	size_t numbered = 0;

	if (b == NULL || r->edited)
		return false;
	for (size_t i = 0; i < r->reach_count; i++) {
		/* A list without numbers cannot lack one. */
		if (registry_is_by_name(r->reach[i].registry))
			continue;
		numbered++;
		/* One that is asked for its word need not lack the number as well. */
		if ((!r->confirms ||
		    r->reach[i].registry != r->reach[RECONCILE_CONFIRM].registry) &&
		    !absences_count(r->reach[i].registry, b))
			return false;
	}
	return numbered > 0;
}

/* --- by asking for the number itself ----------------------------------------- */

void
reconcile_lookup_fill(struct reconcile *r, size_t at)
{
	const struct reach *reach = &r->reach[at];

	r->connectors[at].lookup_due = lookup_is_due(reach->registry->lookup,
	    reach->number, r->profile);
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
	return r->reach[r->decision.connector].registry->proof.last_complete_s;
}
