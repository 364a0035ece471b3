/* SPDX-License-Identifier: ISC */
/*
 * hold_store.c -- plans in Redis, beside their connector:
 *
 *	...:plans	hash: "state" and "window", and a plan's id with its head
 *	...:plan:ID	hash: badge with its line
 *
 * A plan's lines are written before its head: what has no head is no plan.
 * One writer a hold, one write under way; it goes on until nothing is left.
 */
#include "engine/guard/hold_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/transition.h"
#include "engine/registry/registry_store.h"

#define WRITE_LINES	200	/* of one script: well under a millisecond */
#define WRITE_RETRY_MS	1000
#define WRITE_SOON_MS	100	/* what comes within this time is stored together */
#define WINDOW_MAX	((size_t)GUARD_ENTRIES_MAX * 64) /* bytes of the counts as text */
#define EVENTS_LOOK	"1000"	/* last events in which an owed one may be */

const char *
hold_state_name(enum hold_state state)
{
	static const char *const names[] = {
		[HOLD_NONE] = "", [HOLD_HELD] = "held", [HOLD_DISCARDED] = "discarded",
		[HOLD_APPROVED] = "approved", [HOLD_ENDED] = "ended"
	};

	return names[state];
}

static void write_step(struct hold *);

/* A request has been answered.  false: its hold has been given up meanwhile, and is gone now. */
bool
hold_answered(struct hold *h)
{
	bool dead = h->dead;

	h->in_flight = false;
	if (dead)
		(void)hold_free(h);
	return !dead;
}

const char *
hold_plan_key(const struct hold_plan *plan, key_buf out)
{
	char what[32];

	(void)snprintf(what, sizeof(what), "plan:%" PRId64, plan->id);
	return hold_key(plan->hold, what, out);
}

/* --- as text ------------------------------------------------------------------------ */

/* Owned by the caller; NULL: no memory. */
static char *
head_text(const struct hold_plan *plan)
{
	json_t *except = plan->except != NULL ? json_deep_copy(plan->except) : json_null(), *root;
	char *text;

	root = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:I, s:s, s:o}",
	    "hash", plan->hash, "state", hold_state_name(plan->state),
	    "cause", badge_cause_name(plan->cause), "poll", plan->poll, "why", plan->why,
	    "opened", (json_int_t)plan->opened_s, "lines", (json_int_t)plan->opened_lines,
	    "by", plan->by, "at", (json_int_t)plan->at_s,
	    "only", plan->only != REASON_COUNT ? badge_reason_name(plan->only) : "",
	    "except", except);
	text = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	return text;
}

static char *
state_text(const struct hold *h)
{
	json_t *root = json_pack("{s:I, s:I, s:I, s:s, s:s, s:s, s:s}",
	    "last_plan", (json_int_t)h->last_plan, "notices", (json_int_t)h->notices,
	    "stopped", (json_int_t)h->stopped_s, "why", h->stopped_why, "by", h->stopped_by,
	    "owed", h->owed, "owed_data", h->owed_data);
	char *text = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;

	json_decref(root);
	return text;
}

void
hold_save(struct hold *h, struct store_txn *txn)
{
	char *state;
	struct buf window;
	key_buf key;

	if (!h->loaded)
		return;		/* what is stored is better than what is known */
	state = state_text(h);
	buf_init(&window, WINDOW_MAX);
	guard_window_text(&h->window, &window);
	if (state == NULL || window.failed)
		txn->failed = true;
	else {
		store_txn_key(txn, hold_key(h, "plans", key));
		store_txn_cmd(txn, 6,
		    (const char *[]){ "HSET", key, "state", state, "window", buf_str(&window) });
	}
	buf_free(&window);
	free(state);
}

/* --- the writer ----------------------------------------------------------------------- */

static void
write_end(struct hold *h, bool ok)
{
	struct hold_waiter waiters[HOLD_WAITERS_MAX];
	size_t n = h->waiter_count;
	struct engine *engine = hold_engine(h);

	memcpy(waiters, h->waiters, sizeof(waiters));
	h->waiter_count = 0;
	h->writing = false;
	for (size_t i = 0; i < n; i++)
		waiters[i].fn(waiters[i].arg, ok);
	if (ok && h->resumed)
		hold_apply(h);
	engine_progress(engine);
}

/* true: go on. */
static bool
write_outcome_ok(struct hold *h, enum store_outcome outcome)
{
	if (outcome == STORE_OK)
		return true;
	if (outcome == STORE_ENDED)
		write_end(h, false);
	else
		timer_set_ms(&h->retry, WRITE_RETRY_MS);
	return false;
}

static void
lines_on_written(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct hold *h = arg;
	struct hold_line *line, *next;

	if (!hold_answered(h))
		return;
	(void)reply;
	for (line = h->sent; line != NULL; line = next) {
		next = line->next_dirty;
		if (outcome == STORE_OK) {
			line->dirty = false;
			/* Struck while it was under way: its removal is still to come. */
			if (line->gone && line->sent_gone)
				free(line);
			else if (line->gone) {
				line->dirty = true;
				line->next_dirty = line->plan->dirty;
				line->plan->dirty = line;
			}
		} else {
			line->next_dirty = line->plan->dirty;
			line->plan->dirty = line;
		}
	}
	h->sent = NULL;
	if (outcome == STORE_OK)
		h->sending->fresh = false;
	h->sending = NULL;
	if (write_outcome_ok(h, outcome))
		write_step(h);
}

static void
write_lines(struct hold *h, struct hold_plan *plan)
{
	const char *set[2 + 2 * WRITE_LINES] = { "HSET" }, *del[2 + WRITE_LINES] = { "HDEL" };
	char (*texts)[PLAN_LINE_SIZE] = calloc(WRITE_LINES, sizeof(*texts));
	size_t sets = 2, dels = 2;
	struct store_txn txn;
	key_buf public_key, key;

	if (texts == NULL) {
		(void)write_outcome_ok(h, STORE_RETRY);
		return;
	}
	set[1] = del[1] = hold_plan_key(plan, key);
	h->sending = plan;
	for (size_t i = 0; i < WRITE_LINES && plan->dirty != NULL; i++) {
		struct hold_line *line = plan->dirty;

		plan->dirty = line->next_dirty;
		line->next_dirty = h->sent;
		h->sent = line;
		line->sent_gone = line->gone;
		if (line->gone)
			del[dels++] = line->change.badge;
		else {
			set[sets++] = line->change.badge;
			set[sets++] = plan_line_text(&line->change, texts[i]);
		}
	}
	store_txn_begin(hold_engine(h)->store, &txn, hold_public_key(h, public_key));
	store_txn_key(&txn, key);
	if (plan->fresh)
		store_txn_cmd(&txn, 2, (const char *[]){ "UNLINK", key });
	if (dels > 2)
		store_txn_cmd(&txn, dels, del);
	if (sets > 2)
		store_txn_cmd(&txn, sets, set);
	h->in_flight = true;
	store_txn_send(hold_engine(h)->store, &txn, lines_on_written, h);
	free(texts);
}

static void
heads_on_written(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct hold *h = arg;

	if (!hold_answered(h))
		return;
	(void)reply;
	for (struct hold_plan *plan = h->plans, *next; plan != NULL; plan = next) {
		next = plan->next;
		if (plan->sent_head == HOLD_NONE)
			continue;
		if (outcome == STORE_OK && plan->sent_head == HOLD_ENDED)
			hold_plan_remove(plan);
		else {
			plan->dirty_head |= outcome != STORE_OK;
			plan->sent_head = HOLD_NONE;
		}
	}
	if (outcome != STORE_OK)
		h->dirty = true;
	if (write_outcome_ok(h, outcome))
		write_step(h);
}

/* Heads, counts and the public state change together. */
static void
write_heads(struct hold *h)
{
	struct store *store = hold_engine(h)->store;
	struct store_txn txn;
	key_buf public_key, plans, key;
	char id[24], *text;
	size_t gone = 0;

	(void)hold_key(h, "plans", plans);
	store_txn_begin(store, &txn, hold_public_key(h, public_key));
	if (h->registry != NULL)
		registry_save(h->registry, &txn);
	hold_save(h, &txn);
	h->dirty = false;
	for (struct hold_plan *plan = h->plans; plan != NULL; plan = plan->next) {
		/* A script declares at most eight keys: the others go with the next one. */
		if (!plan->dirty_head || (plan->state == HOLD_ENDED && gone == 2))
			continue;
		plan->dirty_head = false;
		plan->sent_head = plan->state;
		(void)snprintf(id, sizeof(id), "%" PRId64, plan->id);
		if (plan->state == HOLD_ENDED) {
			gone++;
			store_txn_key(&txn, hold_plan_key(plan, key));
			store_txn_cmd(&txn, 3, (const char *[]){ "HDEL", plans, id });
			store_txn_cmd(&txn, 2, (const char *[]){ "UNLINK", key });
			continue;
		}
		text = head_text(plan);
		txn.failed |= text == NULL;
		store_txn_cmd(&txn, 4,
		    (const char *[]){ "HSET", plans, id, text != NULL ? text : "" });
		free(text);
	}
	h->in_flight = true;
	store_txn_send(store, &txn, heads_on_written, h);
}

static void
event_on_written(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct hold *h = arg;

	if (!hold_answered(h))
		return;
	(void)reply;
	if (outcome == STORE_OK) {
		h->owed[0] = h->owed_data[0] = '\0';
		h->dirty = true;
		hold_engine(h)->events++;
	}
	if (write_outcome_ok(h, outcome))
		write_step(h);
}

static void
notice_id(const struct hold *h, char out[64])
{
	(void)snprintf(out, 64, "%s-%" PRId64, hold_name(h), h->notices);
}

static void
write_event(struct hold *h)
{
	struct store *store = hold_engine(h)->store;
	struct event_context context = { .epoch = store_epoch(store),
	    .now_s = engine_now_s(hold_engine(h)) };
	struct store_txn txn;
	struct buf event;
	char id[64], type[32];
	key_buf stream;

	notice_id(h, id);
	(void)snprintf(type, sizeof(type), "connector.%s", h->owed);
	buf_init(&event, EVENT_MAX);
	event_other(&context, type, id, hold_label(h),
	    h->owed_data[0] != '\0' ? h->owed_data : "{}", &event);
	(void)key_partition(store_prefix(store), 0, "events", NULL, stream);
	store_txn_begin_partition(store, &txn, 0);
	store_txn_key(&txn, stream);
	store_txn_cmd(&txn, 5, (const char *[]){ "XADD", stream, "*", "event", buf_str(&event) });
	txn.failed |= event.failed;
	h->in_flight = true;
	store_txn_send(store, &txn, event_on_written, h);
	buf_free(&event);
}

static void
event_on_looked(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct hold *h = arg;
	char id[64], want[80];

	if (!hold_answered(h))
		return;
	if (!write_outcome_ok(h, outcome))
		return;
	notice_id(h, id);
	(void)snprintf(want, sizeof(want), "\"id\":\"%s\"", id);
	h->owed_doubt = false;
	for (size_t i = 0; i < redis_reply_count(reply); i++) {
		const char *text = redis_reply_str(
		    redis_reply_field(redis_reply_at(redis_reply_at(reply, i), 1), "event"), NULL);

		if (text == NULL || strstr(text, want) == NULL ||
		    strstr(text, store_epoch(hold_engine(h)->store)) == NULL)
			continue;
		h->owed[0] = h->owed_data[0] = '\0';
		h->dirty = true;
	}
	write_step(h);
}

/* After a restart an event may be there although that is not noted yet. */
static void
look_for_event(struct hold *h)
{
	struct store *store = hold_engine(h)->store;
	key_buf stream;

	h->in_flight = true;
	store_read(store, event_on_looked, h, 6, (const char *[]){ "XREVRANGE",
	    key_partition(store_prefix(store), 0, "events", NULL, stream), "+", "-",
	    "COUNT", EVENTS_LOOK });
}

/* The next thing to store; every branch ends in one request or in write_end(). */
static void
write_step(struct hold *h)
{
	bool heads = h->dirty;

	for (struct hold_plan *plan = h->plans; plan != NULL; plan = plan->next) {
		if (plan->dirty != NULL && plan->state != HOLD_ENDED) {
			write_lines(h, plan);
			return;
		}
		heads |= plan->dirty_head;
	}
	if (heads)
		write_heads(h);
	else if (h->owed[0] == '\0')
		write_end(h, true);
	else if (h->owed_doubt)
		look_for_event(h);
	else
		write_event(h);
}

static void
write_on_retry(void *arg)
{
	struct hold *h = arg;

	if (store_state(hold_engine(h)->store) >= STORE_IS_LOST)
		write_end(h, false);
	else
		write_step(h);
}

void
hold_flush(struct hold *h, hold_fn *fn, void *arg)
{
	/* Who changes a plan or an operator's hold ends by showing it. */
	assert(h->registry == NULL || (h->registry->held.waits == hold_is_held(h) &&
	    strcmp(h->registry->held.plan, hold_plan_hash(h)) == 0));
	if (fn != NULL && h->waiter_count < HOLD_WAITERS_MAX)
		h->waiters[h->waiter_count++] = (struct hold_waiter){ .fn = fn, .arg = arg };
	else if (fn != NULL)
		log_error("connector %s: too many wait for its plans", hold_label(h));
	if (h->writing)
		return;		/* it goes on until nothing is left */
	h->writing = true;
	timer_set_ms(&h->retry, 0);
}

static void
flush_now(void *arg)
{
	hold_flush(arg, NULL, NULL);
}

void
hold_flush_soon(struct hold *h)
{
	if (!h->writing && !timer_is_set(&h->flush))
		timer_set_ms(&h->flush, WRITE_SOON_MS);
}

void
hold_forget(struct hold *h, void *arg)
{
	for (size_t i = 0; i < h->waiter_count; i++)
		if (h->waiters[i].arg == arg) {
			h->waiters[i] = h->waiters[--h->waiter_count];
			i--;
		}
}

int
hold_store_init(struct hold *h)
{
	if (timer_init(&h->flush, h->engine->loop, flush_now, h) != 0)
		return -1;
	return timer_init(&h->retry, h->engine->loop, write_on_retry, h);
}

void
hold_store_fini(struct hold *h)
{
	struct hold_line *line, *next;

	timer_fini(&h->flush);
	timer_fini(&h->retry);
	for (line = h->sent; line != NULL; line = next) {
		next = line->next_dirty;
		if (line->gone)
			free(line);
	}
	h->sent = NULL;
}

static bool
hold_idle(const struct hold *h)
{
	if (h->writing || timer_is_set(&h->flush))
		return false;
	for (const struct hold_plan *plan = h->plans; plan != NULL; plan = plan->next)
		if (plan->state == HOLD_APPROVED)
			return false;
	return true;
}

bool
holds_idle(const struct engine *engine)
{
	for (size_t i = 0; i < engine->registry_count; i++)
		if (!hold_idle(engine->registries[i]->hold))
			return false;
	return hold_idle(engine->holds->config);
}
