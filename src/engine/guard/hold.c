/* SPDX-License-Identifier: ISC */
/* hold.c -- see hold.h: plans and lines in memory, held or not; judging is hold_judge.c. */
#include "engine/guard/hold_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "engine/registry/fresh.h"
#include "engine/registry/registry_event.h"

struct engine *
hold_engine(const struct hold *h)
{
	return h->registry != NULL ? h->registry->engine : h->engine;
}

const char *
hold_name(const struct hold *h)
{
	return h->registry != NULL ? h->registry->name : HOLD_CONFIG;
}

const char *
hold_label(const struct hold *h)
{
	return h->registry != NULL ? h->registry->config->label : HOLD_CONFIG;
}

const char *
hold_public_key(const struct hold *h, key_buf out)
{
	const char *prefix = store_prefix(hold_engine(h)->store);

	return h->registry != NULL ? key_connector(prefix, h->registry->name, out) :
	    key_global(prefix, "meta", out);
}

const char *
hold_key(const struct hold *h, const char *what, key_buf out)
{
	key_buf public_key;

	return key_beside(store_prefix(hold_engine(h)->store),
	    hold_public_key(h, public_key), what, out);
}

/* --- life ------------------------------------------------------------------------ */

struct hold *
hold_new(struct engine *engine, struct registry *registry)
{
	struct hold *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->engine = engine;
	h->registry = registry;
	if (hold_store_init(h) != 0)
		return hold_free(h);
	return h;
}

struct hold *
hold_free(struct hold *h)
{
	struct hold_waiter waiters[HOLD_WAITERS_MAX];
	size_t n;

	if (h == NULL)
		return NULL;
	n = h->waiter_count;
	memcpy(waiters, h->waiters, sizeof(waiters));
	h->engine = hold_engine(h);
	h->registry = NULL;
	hold_store_fini(h);
	while (h->plans != NULL)
		hold_plan_remove(h->plans);
	guard_window_free(&h->window);
	h->waiter_count = 0;
	h->dead = h->in_flight;
	if (!h->dead)
		free(h);
	for (size_t i = 0; i < n; i++)
		waiters[i].fn(waiters[i].arg, false);
	return NULL;
}

struct holds *
holds_new(struct engine *engine)
{
	struct holds *holds = calloc(1, sizeof(*holds));

	if (holds == NULL)
		return NULL;
	holds->engine = engine;
	engine->holds = holds;
	holds->config = hold_new(engine, NULL);
	return holds->config != NULL ? holds : holds_free(holds);
}

struct holds *
holds_free(struct holds *holds)
{
	if (holds == NULL)
		return NULL;
	holds->config = hold_free(holds->config);
	holds->engine->holds = NULL;
	free(holds);
	return NULL;
}

struct hold *
holds_config(const struct holds *holds)
{
	return holds->config;
}

struct hold *
hold_find(const struct engine *engine, const char *name)
{
	struct registry *registry = registry_find(engine, name);

	if (registry != NULL)
		return registry->hold;
	for (size_t i = 0; i < engine->registry_count; i++)
		if (strcmp(engine->registries[i]->config->label, name) == 0)
			return engine->registries[i]->hold;
	return strcmp(name, HOLD_CONFIG) == 0 ? engine->holds->config : NULL;
}

/* --- plans and lines ---------------------------------------------------------------- */

void
hold_show(struct hold *h)
{
	if (h->registry != NULL)
		registry_hold_changed(h->registry, hold_is_held(h), hold_plan_hash(h));
}

struct hold_plan *
hold_plan_new(struct hold *h, int64_t id)
{
	struct hold_plan *plan = memory_get(sizeof(*plan)), **at = &h->plans;

	*plan = (struct hold_plan){
		.hold = h, .id = id, .state = HOLD_HELD, .only = REASON_COUNT,
		.opened_s = engine_now_s(hold_engine(h))
	};
	while (*at != NULL && (*at)->id < id)
		at = &(*at)->next;
	plan->next = *at;
	*at = plan;
	if (id > h->last_plan)
		h->last_plan = id;
	hold_show(h);
	return plan;
}

static void
line_free(struct hold_line *line)
{
	struct holds *holds = hold_engine(line->plan->hold)->holds;

	if (!line->gone) {
		HASH_DEL(holds->lines, line);
		line->plan->lines--;
	}
	free(line);
}

void
hold_plan_remove(struct hold_plan *plan)
{
	struct hold *h = plan->hold;
	struct hold_plan **at = &h->plans;
	struct hold_line *line, *next;

	if (hold_engine(h)->work != NULL)
		work_group_leave(hold_engine(h)->work, &plan->group);
	while (*at != plan)
		at = &(*at)->next;
	*at = plan->next;
	for (line = plan->dirty; line != NULL; line = next) {
		next = line->next_dirty;
		if (line->gone)
			line_free(line);
	}
	for (line = hold_engine(h)->holds->lines; plan->lines > 0 && line != NULL; line = next) {
		next = line->hh.next;
		if (line->plan == plan)
			line_free(line);
	}
	json_decref(plan->except);
	free(plan);
	hold_show(h);
}

static void
line_mark(struct hold_line *line)
{
	if (line->dirty)
		return;
	line->dirty = true;
	line->next_dirty = line->plan->dirty;
	line->plan->dirty = line;
}

static struct hold_line *
line_find(const struct holds *holds, const char *badge)
{
	struct hold_line *line;

	HASH_FIND(hh, holds->lines, badge, strlen(badge), line);
	return line;
}

void
hold_line_add(struct hold_plan *plan, const struct plan_line *change, bool stored)
{
	struct holds *holds = hold_engine(plan->hold)->holds;
	struct hold_line *line;

	if (line_find(holds, change->badge) != NULL)
		holds_strike(holds, change->badge);
	line = memory_get(sizeof(*line));
	*line = (struct hold_line){ .change = *change, .plan = plan };
	HASH_ADD_KEYPTR(hh, holds->lines, line->change.badge, strlen(line->change.badge), line);
	plan->lines++;
	if (!stored)
		line_mark(line);
}

bool
hold_line_selected(const struct hold_line *line)
{
	const struct hold_plan *plan = line->plan;

	return (plan->only == REASON_COUNT || plan->only == line->change.reason) &&
	    (plan->except == NULL || json_object_get(plan->except, line->change.badge) == NULL);
}

struct hold_plan *
hold_plan_first(const struct hold *h, enum hold_state state)
{
	struct hold_plan *plan = h->plans;

	while (plan != NULL && plan->state != state)
		plan = plan->next;
	return plan;
}

int
hold_plan_lines(const struct hold_plan *plan, struct plan *out)
{
	size_t left = plan->lines;

	*out = (struct plan){ .count = 0 };
	for (struct hold_line *line = hold_engine(plan->hold)->holds->lines;
	    left > 0 && line != NULL; line = line->hh.next) {
		if (line->plan != plan)
			continue;
		left--;
		if (plan_add(out, &line->change) != 0) {
			plan_free(out);
			return -1;
		}
	}
	plan_sort(out);
	return 0;
}

void
hold_plan_rehash(struct hold_plan *plan)
{
	struct plan lines;

	plan->dirty_head = true;
	plan->opened_lines = plan->lines;
	if (hold_plan_lines(plan, &lines) != 0 || plan_hash(&lines, plan->hash) != 0)
		memory_end("the hash of a plan");
	plan_free(&lines);
	hold_show(plan->hold);
}

void
hold_plan_settle(struct hold_plan *plan)
{
	plan->dirty_head = true;
	plan->applying = false;
	if (plan->lines == 0) {
		plan->state = HOLD_ENDED;
		hold_show(plan->hold);
		return;
	}
	plan->state = HOLD_HELD;
	plan->only = REASON_COUNT;
	json_decref(plan->except);
	plan->except = NULL;
	plan->by[0] = '\0';
	plan->at_s = 0;
	hold_plan_rehash(plan);
}

void
holds_strike(struct holds *holds, const char *badge)
{
	struct hold_line *line = line_find(holds, badge);
	struct hold_plan *plan;

	if (line == NULL)
		return;
	plan = line->plan;
	HASH_DEL(holds->lines, line);
	line->gone = true;
	line_mark(line);
	plan->lines--;
	/* An approved one is settled when all of it has been looked at. */
	if (plan->lines == 0 && plan->state != HOLD_APPROVED) {
		plan->state = HOLD_ENDED;
		plan->dirty_head = true;
		hold_follow(plan->hold, "none of the changes that waited is true any more");
	}
	hold_flush_soon(plan->hold);
}

const struct hold_line *
holds_find(const struct holds *holds, const char *badge)
{
	return line_find(holds, badge);
}

const struct plan_line *
hold_line_change(const struct hold_line *line)
{
	return &line->change;
}

bool
hold_line_is_of_config(const struct hold_line *line)
{
	return line->plan->hold->registry == NULL;
}

bool
hold_line_approved(const struct hold_line *line, const char **by, const char **hash)
{
	*by = line->plan->by;
	*hash = line->plan->hash;
	return line->plan->state == HOLD_APPROVED && hold_line_selected(line);
}

void
hold_line_explain(const struct hold_line *line, struct buf *out)
{
	const struct hold_plan *plan;
	char to[PLAN_TO_SIZE];

	if (line == NULL)
		return;
	plan = line->plan;
	buf_printf(out, "The badge is still %s: its change to %s (%s) %s, plan %.*s of %s.\n"
	    "That change was decided thus.\n", badge_status_name(line->change.from),
	    plan_line_to(&line->change, to), badge_reason_name(line->change.reason),
	    plan->state == HOLD_DISCARDED ?
	    "was discarded and is not made while the registry says the same" :
	    plan->state == HOLD_APPROVED ? "has been approved and is being made" :
	    "waits for an operator", PLAN_HASH_SHOWN, plan->hash, hold_name(plan->hold));
}

/* --- new lines --------------------------------------------------------------- */

/* Where new lines go: a plan of their own, or the second one. */
static struct hold_plan *
plan_for_lines(struct hold *h, enum badge_cause cause, const char *poll, const char *why)
{
	struct hold_plan *first = hold_plan_first(h, HOLD_HELD), *last = first;

	for (struct hold_plan *plan = first; plan != NULL; plan = plan->next)
		if (plan->state == HOLD_HELD)
			last = plan;
	if (last != first)
		return last;
	last = hold_plan_new(h, h->last_plan + 1);
	last->fresh = true;
	last->cause = cause;
	(void)text_copy(last->poll, sizeof(last->poll), poll != NULL ? poll : "");
	(void)snprintf(last->why, sizeof(last->why), "%s", why);
	return last;
}

void
hold_open(struct hold *h, const struct hold_batch *batch, enum badge_cause cause, const char *poll,
    const char *why, hold_fn *fn, void *arg)
{
	struct hold_plan *plan = plan_for_lines(h, cause, poll, why);

	for (size_t i = 0; i < batch->plan.count; i++)
		if (plan->lines < PLAN_LINES_MAX)
			hold_line_add(plan, &batch->plan.lines[i], false);
	hold_plan_rehash(plan);
	hold_follow(h, why);
	hold_flush(h, fn, arg);
}

/* --- held or not ------------------------------------------------------------------------------ */

bool
hold_is_held(const struct hold *h)
{
	return h->stopped_s != 0 || hold_plan_first(h, HOLD_HELD) != NULL ||
	    (h->was_held && hold_plan_first(h, HOLD_APPROVED) != NULL);
}

const char *
hold_plan_hash(const struct hold *h)
{
	const struct hold_plan *plan = hold_plan_first(h, HOLD_HELD);

	if (plan == NULL)
		plan = hold_plan_first(h, HOLD_APPROVED);
	return plan != NULL ? plan->hash : "";
}

size_t
hold_waiting(const struct hold *h)
{
	size_t n = 0;

	for (const struct hold_plan *plan = h->plans; plan != NULL; plan = plan->next)
		if (plan->state == HOLD_HELD || plan->state == HOLD_APPROVED)
			n += plan->lines;
	return n;
}

const char *
hold_text(const struct hold *h, char out[HOLD_TEXT_SIZE])
{
	out[0] = '\0';
	if (hold_plan_hash(h)[0] != '\0')
		(void)snprintf(out, HOLD_TEXT_SIZE, "held, %zu changes for the worse wait: "
		    "certsync plan %s", hold_waiting(h), hold_label(h));
	else if (h->stopped_s != 0)
		(void)snprintf(out, HOLD_TEXT_SIZE, "held by an operator: certsync plan %s",
		    hold_label(h));
	return out;
}

/* Badges whose day ended, or whose case stood still, while the connector was held. */
static void
requeue_waiting(void *arg, struct index_badge *b)
{
	struct hold *h = arg;
	struct engine *engine = hold_engine(h);

	if ((b->unconfirmed || b->has_case || b->confirming) &&
	    (h->registry == NULL ||
	    registry_decides(h->registry, b->body, b->type[0] != '\0' ? b->type : NULL)))
		work_add(engine->work, b->id, CAUSE_EXPIRY, NULL, NULL);
}

static void
follow_held(struct hold *h, const char *why)
{
	const char *hash = hold_plan_hash(h), *name = hold_label(h);
	json_t *data;

	if (hash[0] != '\0')
		log_event(CHANGES_HELD, LOG_LEVEL_WARN, hold_label(h), "connector %s: held, %zu "
		    "changes for the worse wait, nothing is taken away: %s; see `certsync plan "
		    "%s`, then `certsync approve %s %.*s` or `certsync discard %s`",
		    name, hold_waiting(h), why, name, name, PLAN_HASH_SHOWN, hash, name);
	else
		log_event(CHANGES_HELD, LOG_LEVEL_WARN, hold_label(h), "connector %s: held by an "
		    "operator (%s); `certsync plan %s` says why, `certsync release %s` ends it",
		    name, h->stopped_by, name, name);
	data = json_pack("{s:s, s:s%, s:I, s:s}", "connector", hold_label(h), "plan", hash,
	    hash[0] != '\0' ? (size_t)PLAN_HASH_SHOWN : (size_t)0,
	    "changes", (json_int_t)hold_waiting(h),
	    "why", hash[0] != '\0' ? why : "an operator holds it");
	h->owed_data[0] = '\0';
	if (data != NULL) {
		size_t n = json_dumpb(data, h->owed_data, sizeof(h->owed_data) - 1, JSON_COMPACT);

		h->owed_data[n < sizeof(h->owed_data) ? n : 0] = '\0';
	}
	json_decref(data);
}

void
hold_follow(struct hold *h, const char *why)
{
	bool held = hold_is_held(h);
	json_t *data;

	hold_show(h);
	h->dirty = true;
	if (held == h->was_held || !h->loaded)
		return;
	h->was_held = held;
	if (h->registry != NULL)
		fresh_pause(h->registry, engine_now_s(hold_engine(h)));
	h->notices++;
	h->owed_doubt = false;
	(void)snprintf(h->owed, sizeof(h->owed), "%s", held ? "held" : "released");
	if (held) {
		follow_held(h, why);
		return;
	}
	log_notice("connector %s: released: %s", hold_label(h), why);
	data = json_pack("{s:s}", "connector", hold_label(h));
	h->owed_data[data != NULL ? json_dumpb(data, h->owed_data, sizeof(h->owed_data) - 1,
	    JSON_COMPACT) : 0] = '\0';
	json_decref(data);
	index_each(hold_engine(h)->index, requeue_waiting, h);
}
