/* SPDX-License-Identifier: ISC */
/* reconcile_index.c -- see reconcile.h: what the index knows of a badge follows what is stored of
 * it. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "core/remind.h"
#include "engine/badge/reconcile_private.h"
#include "engine/guard/hold.h"
#include "engine/state/work.h"

/* Adds the hashes of what lists without numbers are asked for to the n there are. */
static size_t
names_add(const struct engine *engine, const struct claim *claim, uint64_t *keys, size_t n)
{
	char names[RECONCILE_NAMES_MAX][NAME_KEY_BYTES];
	size_t count = reconcile_claim_names(claim, names);

	for (size_t i = 0; i < count; i++)
		keys[n++] = store_hash(engine->store, names[i]);
	return n;
}

int
reconcile_index_keys(struct engine *engine, struct index_badge *b, const struct claim *claim)
{
	uint64_t keys[RECONCILE_REGISTRIES_MAX + BADGE_LIST_MAX + 1 + RECONCILE_NAMES_MAX];
	char text[CS_NUMBER_MAX + 1];
	bool by_name = false;
	size_t n = 0;

	for (size_t i = 0; i < engine->registry_count && n < RECONCILE_REGISTRIES_MAX; i++) {
		const struct registry *registry = engine->registries[i];

		if (strcmp(registry->config->body, claim->body) != 0)
			continue;
		if (registry_is_by_name(registry))
			by_name = true;
		else if (number_normalise(registry_grammar(registry), claim->number, text))
			keys[n++] = store_hash(registry->engine->store, text);
	}
	if (by_name)
		n = names_add(engine, claim, keys, n);
	if (alias_normalise(claim->number, text))
		keys[n++] = store_hash(engine->store, text);
	for (size_t i = 0; i < claim->alias_count; i++)
		if (alias_normalise(claim->aliases[i], text))
			keys[n++] = store_hash(engine->store, text);
	return index_set_keys(engine->index, b, keys, n);
}

static void
sibling_queue(void *arg, struct index_badge *b)
{
	struct engine *engine = arg;

	if (b->reason == REASON_ALREADY_CLAIMED)
		work_add(engine->work, b->id, CAUSE_CLAIM, NULL, NULL);
}

/* A record that verified this badge is free again for others who claimed it. */
static void
siblings_queue(struct engine *engine, const struct index_badge *b)
{
	for (size_t i = 0; i < b->key_count; i++)
		index_each_key(engine->index, index_key_at(b, i), sibling_queue, engine);
}

/* When the next reminder is due by the settings in force; 0: none. */
static int64_t
reminder_due_s(const struct engine *engine, const struct badge *badge)
{
	const struct registry *registry = registry_find(engine, badge->connector);
	struct remind_input in = { .badge = badge, .now_s = engine_now_s(engine) };
	struct remind remind;

	if (registry == NULL)
		return 0;
	in.zone = registry->config->zone;
	in.rungs = registry->config->remind_days;
	in.rung_count = registry->config->remind_count;
	remind = remind_look(&in);
	return remind.rung != 0 ? in.now_s : remind.next_s;
}

static int64_t
badge_due_s(const struct engine *engine, const struct badge *badge)
{
	int64_t due_s = badge->next_check_s, remind_s = reminder_due_s(engine, badge);

	return remind_s != 0 && (due_s == 0 || remind_s < due_s) ? remind_s : due_s;
}

/* Nothing expires that is not in the heap of what is due. */
static void
index_due(struct engine *engine, struct index_badge *b, int64_t due_s)
{
	if (!index_set_due(engine->index, b, due_s))
		memory_end("the index");
}

/* A check that is due already and decided nothing is not repeated at once. */
static void
index_rest(struct engine *engine, struct index_badge *b)
{
	int64_t now_s = engine_now_s(engine);

	if (b->due.key != 0 && b->due.key <= now_s)
		index_due(engine, b, now_s + RECONCILE_RECHECK_S);
}

void
reconcile_index_follow(struct reconcile *r, const struct badge *after)
{
	struct engine *engine = r->engine;
	struct index_badge *b = index_find(engine->index, r->badge);
	bool freed;

	if (b == NULL)
		return;
	freed = b->status == BADGE_VERIFIED && after->status != BADGE_VERIFIED;
	b->claiming = b->doubt = false;
	if (freed)
		siblings_queue(engine, b);
	index_set_marks(engine->index, b, b->has_case, r->decision.unconfirmed);
	if (reconcile_index_badge(engine, b, after) != 0)
		memory_end("the index");
	index_rest(engine, b);
}

void
reconcile_index_settle(struct reconcile *r)
{
	struct index_badge *b = index_find(r->engine->index, r->badge);

	if (b == NULL || !b->doubt || !r->read)
		return;
	if (r->exists) {
		r->decision.unconfirmed = b->unconfirmed;
		reconcile_index_follow(r, &r->before);
	} else {
		holds_strike(r->engine->holds, r->badge);
		reconcile_index_drop(r->engine, b);
	}
}

int
reconcile_index_badge(struct engine *engine, struct index_badge *b, const struct badge *badge)
{
	const struct claim *claim = &badge->claim;

	index_set_status(engine->index, b, badge->status);
	b->reason = badge->reason;
	index_set_marks(engine->index, b, badge->case_reasons != 0, b->unconfirmed);
	b->hidden = claim->hidden;
	b->category = claim->category;
	b->holder = store_hash(engine->store, claim->holder);
	index_set_kind(engine->index, b, claim->body, claim->type);
	if (!index_set_due(engine->index, b, badge_due_s(engine, badge)) ||
	    !index_set_confirm(engine->index, b, &badge->confirm))
		return -1;
	if (engine->on_due != NULL)
		engine->on_due(engine->on_due_arg);
	return reconcile_index_keys(engine, b, claim);
}

void
reconcile_index_drop(struct engine *engine, struct index_badge *b)
{
	siblings_queue(engine, b);
	index_remove(engine->index, b);
}

void
reconcile_index_due(struct engine *engine, struct index_badge *b, const struct badge *badge)
{
	/* The timer may have taken it out of its heap. */
	index_due(engine, b, badge_due_s(engine, badge));
	index_rest(engine, b);
}
