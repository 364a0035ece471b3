/* SPDX-License-Identifier: ISC */
/*
 * reconcile_confirm.c -- see reconcile.h: the connector that another names in
 * `confirm`.  Of what both cover it decides nothing; it is asked before an
 * absence counts (core/confirm.h).
 */
#include <string.h>

#include "base/text.h"
#include "engine/badge/reconcile_private.h"
#include "engine/registry/absences.h"
#include "engine/registry/lookup.h"

static bool
names_in_confirm(const struct registry *registry, const struct registry *other)
{
	return registry != other && registry->config->confirm != NULL &&
	    strcmp(registry->config->confirm, other->name) == 0;
}

static bool
has_type(const struct registry *registry, const char *type)
{
	const struct description *d = registry->plugin.description;

	for (size_t i = 0; d != NULL && i < d->type_count; i++)
		if (text_equal(d->types[i], type))
			return true;
	return false;
}

static bool
has_all_types(const struct registry *registry, const struct registry *other)
{
	const struct description *d = other->plugin.description;

	for (size_t i = 0; d != NULL && i < d->type_count; i++)
		if (!has_type(registry, d->types[i]))
			return false;
	return d != NULL;
}

bool
reconcile_only_confirms(const struct reconcile *r, const struct registry *registry)
{
	for (size_t i = 0; i < r->engine->registry_count; i++) {
		const struct registry *first = r->engine->registries[i];

		if (!names_in_confirm(first, registry) ||
		    !registry_decides(first, r->claim.body, r->claim.type))
			continue;
		/* What a plug-in covers that cannot be asked shows in what it decided. */
		if (first->plugin.description == NULL ?
		    r->exists && text_equal(r->before.connector, first->name) :
		    r->claim.type != NULL || has_all_types(first, registry))
			return true;
	}
	return false;
}

bool
reconcile_row_only_confirms(const struct reconcile *r, const struct registry *registry,
    const struct record *record)
{
	for (size_t i = 0; r->claim.type == NULL && i < r->engine->registry_count; i++)
		if (names_in_confirm(r->engine->registries[i], registry) &&
		    (record->type == NULL || has_type(r->engine->registries[i], record->type)))
			return true;
	return false;
}

/* The connector that decided the badge; if that is gone, one that covers it now. */
static const struct registry *
decider(const struct reconcile *r)
{
	const struct registry *other = NULL;

	for (size_t i = 0; i < r->reach_count; i++) {
		const struct registry *registry = r->reach[i].registry;

		if (text_equal(registry->name, r->before.connector))
			return registry;
		if (other == NULL && registry->config->confirm != NULL)
			other = registry;
	}
	return other;
}

struct registry *
reconcile_confirmer(const struct reconcile *r)
{
	const struct registry *first;
	struct registry *registry;

	if (!r->exists || r->edited || r->before.status != BADGE_VERIFIED ||
	    r->before.how != HOW_RECORD)
		return NULL;
	first = decider(r);
	if (first == NULL || first->config->confirm == NULL)
		return NULL;
	registry = registry_find(r->engine, first->config->confirm);
	return registry != NULL && registry_decides(registry, r->claim.body, r->claim.type) ?
	    registry : NULL;
}

/* What it can be asked by: the number, or an alias that looks like one of its numbers. */
static const char *
number_to_ask(const struct reconcile *r, char out[CS_NUMBER_MAX + 1])
{
	const struct cs_grammar *grammar = registry_grammar(r->reach[RECONCILE_CONFIRM].registry);

	if (number_normalise(grammar, r->claim.number, out) && number_fits(grammar, out))
		return out;
	for (size_t i = 0; i < r->claim.alias_count; i++)
		if (number_normalise(grammar, r->claim.aliases[i], out) &&
		    number_fits(grammar, out))
			return out;
	return "";
}

bool
reconcile_confirm_add(struct reconcile *r, const struct record *record,
    const char *line, size_t len)
{
	const struct registry *registry = r->reach[RECONCILE_CONFIRM].registry;
	uint64_t content = store_hash_bytes(r->engine->store, line, len);
	char number[CS_NUMBER_MAX + 1];

	if (r->confirm.row_count == RECONCILE_RECORDS_MAX)
		return false;
	r->confirm_rows[r->confirm.row_count++] = (struct confirm_row){
		.record = record,
		.answered = lookup_told(registry->lookup, number_to_ask(r, number), content)
	};
	return true;
}

/* When the connector that decides was first seen without it. */
static int64_t
missing_since_s(const struct reconcile *r)
{
	const struct index_badge *b = index_find(r->engine->index, r->badge);
	const struct registry *first = decider(r);
	int64_t since_s = b != NULL ? absences_of(first, b).first_s : 0;

	/* It may list the number still, with other certifications. */
	return since_s != 0 ? since_s : first->proof.last_proven_s;
}

void
reconcile_confirm_fill(struct reconcile *r, int64_t now_s)
{
	const struct registry *registry = r->reach[RECONCILE_CONFIRM].registry;
	char number[CS_NUMBER_MAX + 1];

	r->confirm = (struct decide_confirm){
		.mirror_proven = registry->proof.proven,
		.after_s = missing_since_s(r),
		.looked_up_s = lookup_answer_s(registry->lookup, number_to_ask(r, number)),
		.wait_s = (int64_t)r->engine->config->confirm_days * 86400,
		.rows = r->confirm_rows
	};
	reconcile_connector_fill(&r->confirm.connector, registry, now_s);
}

void
reconcile_confirm_want(struct reconcile *r)
{
	char number[CS_NUMBER_MAX + 1];

	if (r->confirms && r->decision.confirm.since_s != 0)
		(void)lookup_confirm(r->reach[RECONCILE_CONFIRM].registry->lookup,
		    number_to_ask(r, number), r->decision.confirm.since_s);
}
