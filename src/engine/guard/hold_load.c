/* SPDX-License-Identifier: ISC */
/* hold_load.c -- plans and counts out of Redis; see hold_store.c for what is where. */
#include "engine/guard/hold_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#define LOAD_PAGE	"1000"	/* lines at a time */

static void load_plan_next(struct hold *);

static bool
head_parse(struct hold_plan *plan, const char *text)
{
	const char *hash, *state, *cause, *poll, *why, *by, *only;
	json_int_t opened, lines, at;
	json_t *root = json_loads(text, 0, NULL), *except = NULL;
	bool ok = root != NULL &&
	    json_unpack(root, "{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:I, s:s, s:o}",
	    "hash", &hash, "state", &state, "cause", &cause, "poll", &poll,
	    "why", &why, "opened", &opened, "lines", &lines, "by", &by, "at", &at, "only", &only,
	    "except", &except) == 0 &&
	    text_copy(plan->hash, sizeof(plan->hash), hash) &&
	    badge_cause_parse(cause, &plan->cause) &&
	    (only[0] == '\0' || badge_reason_parse(only, &plan->only));

	if (ok) {
		for (int i = HOLD_HELD; i < HOLD_ENDED; i++)
			if (strcmp(state, hold_state_name((enum hold_state)i)) == 0)
				plan->state = (enum hold_state)i;
		(void)text_copy(plan->poll, sizeof(plan->poll), poll);
		(void)snprintf(plan->why, sizeof(plan->why), "%s", why);
		(void)text_copy(plan->by, sizeof(plan->by), by);
		plan->opened_s = (int64_t)opened;
		plan->opened_lines = (size_t)lines;
		plan->at_s = (int64_t)at;
		plan->except = json_is_object(except) ? json_incref(except) : NULL;
	}
	json_decref(root);
	return ok;
}

static void
state_parse(struct hold *h, const char *text)
{
	const char *why, *by, *owed, *owed_data;
	json_int_t last_plan, notices, stopped;
	json_t *root = json_loads(text, 0, NULL);

	if (root != NULL &&
	    json_unpack(root, "{s:I, s:I, s:I, s:s, s:s, s:s, s:s}", "last_plan", &last_plan,
	    "notices", &notices, "stopped", &stopped, "why", &why, "by", &by, "owed", &owed,
	    "owed_data", &owed_data) == 0) {
		h->last_plan = (int64_t)last_plan;
		h->notices = (int64_t)notices;
		h->stopped_s = (int64_t)stopped;
		(void)text_copy(h->stopped_why, sizeof(h->stopped_why), why);
		(void)text_copy(h->stopped_by, sizeof(h->stopped_by), by);
		(void)text_copy(h->owed, sizeof(h->owed), owed);
		(void)text_copy(h->owed_data, sizeof(h->owed_data), owed_data);
		h->owed_doubt = h->owed[0] != '\0';
	} else
		log_error("connector %s: what is stored of its hold is damaged and left out",
		    hold_label(h));
	json_decref(root);
}

static void
load_end(struct hold *h, bool ok)
{
	h->loading = false;
	h->loaded = ok;
	h->was_held = true;	/* an approval under way is part of its hold */
	h->was_held = hold_is_held(h);
	hold_show(h);
	h->load_fn(h->load_arg, ok);
}

static void
load_on_lines(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct hold *h = arg;
	const struct redis_reply *pairs = redis_reply_at(reply, 1);
	const char *cursor, *text;
	struct plan_line line;
	struct err err;

	if (!hold_answered(h))
		return;
	if (outcome != STORE_OK) {
		load_end(h, false);
		return;
	}
	cursor = redis_reply_str(redis_reply_at(reply, 0), NULL);
	(void)snprintf(h->load_cursor, sizeof(h->load_cursor), "%s", cursor != NULL ? cursor : "0");
	/* A scan may repeat a line. */
	for (size_t i = 0; i + 1 < redis_reply_count(pairs); i += 2) {
		text = redis_reply_str(redis_reply_at(pairs, i + 1), NULL);
		if (text == NULL || plan_line_parse(text, &line, &err) != 0)
			log_error("connector %s: a line of a plan is damaged and left out",
			    hold_label(h));
		else if (holds_find(hold_engine(h)->holds, line.badge) == NULL)
			hold_line_add(h->load_plan, &line, true);
	}
	if (strcmp(h->load_cursor, "0") == 0)
		h->load_plan = h->load_plan->next;
	load_plan_next(h);
}

static void
load_plan_next(struct hold *h)
{
	key_buf key;

	if (h->load_plan == NULL) {
		load_end(h, true);
		return;
	}
	h->in_flight = true;
	store_read(hold_engine(h)->store, load_on_lines, h, 5,
	    (const char *[]){ "HSCAN", hold_plan_key(h->load_plan, key), h->load_cursor,
	    "COUNT", LOAD_PAGE });
}

static void
load_head(struct hold *h, const char *name, const char *text)
{
	struct hold_plan *plan;
	int64_t id;

	if (strcmp(name, "state") == 0)
		state_parse(h, text);
	else if (strcmp(name, "window") == 0) {
		guard_window_free(&h->window);
		if (guard_window_parse(text, &h->window) != 0)
			memory_end("the guard's counts");
	} else if (text_parse_i64(name, 1, INT64_MAX, &id) &&
	    !head_parse(plan = hold_plan_new(h, id), text)) {
		log_error("connector %s: plan %" PRId64 " is damaged and left out",
		    hold_label(h), id);
		hold_plan_remove(plan);
	}
}

static void
load_on_heads(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct hold *h = arg;

	if (!hold_answered(h))
		return;
	if (outcome != STORE_OK) {
		load_end(h, false);
		return;
	}
	for (size_t i = 0; i + 1 < redis_reply_count(reply); i += 2) {
		const char *name = redis_reply_str(redis_reply_at(reply, i), NULL);
		const char *text = redis_reply_str(redis_reply_at(reply, i + 1), NULL);

		if (name != NULL && text != NULL)
			load_head(h, name, text);
	}
	h->load_plan = h->plans;
	(void)snprintf(h->load_cursor, sizeof(h->load_cursor), "0");
	load_plan_next(h);
}

void
hold_load(struct hold *h, hold_fn *fn, void *arg)
{
	key_buf key;

	h->load_fn = fn;
	h->load_arg = arg;
	if (h->loading)
		return;
	h->loading = true;
	while (h->plans != NULL)
		hold_plan_remove(h->plans);
	h->in_flight = true;
	store_read(hold_engine(h)->store, load_on_heads, h, 2,
	    (const char *[]){ "HGETALL", hold_key(h, "plans", key) });
}

bool
hold_loaded(const struct hold *h)
{
	return h->loaded;
}
