/* SPDX-License-Identifier: ISC */
/* fresh.c -- see fresh.h. */
#include "engine/registry/fresh.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/transition.h"

#define FRESH_RETRY_S	5	/* between questions to a store that did not answer */
#define DATA_MAX	1024	/* of an event: a label and two times */

/* --- pauses ----------------------------------------------------------------------- */

void
fresh_pause(struct registry *registry, int64_t now_s)
{
	bool stale = registry_is_stale(registry, now_s);
	int64_t since_s = now_s;

	/* It became stale at a known time, however late that is seen. */
	if (stale && !registry_is_held(registry) && registry->proof.last_complete_s != 0)
		since_s = registry->proof.last_complete_s + registry_stale_after_s(registry);
	(void)pause_set(&registry->pause, stale || registry_is_held(registry), since_s);
}

/* --- telling ----------------------------------------------------------------------- */

/* Whose answer is awaited; by name, as a reload may end the connector meanwhile. */
struct told_wait {
	struct engine	*engine;
	char		 name[33];
};

static struct told_wait *
told_wait(struct registry *registry)
{
	struct told_wait *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->engine = registry->engine;
	(void)text_copy(w->name, sizeof(w->name), registry->name);
	registry->told.busy = true;
	return w;
}

/* The connector, if it is still there; the timer looks at it again. */
static struct registry *
told_waited(struct told_wait *w)
{
	struct engine *engine = w->engine;
	struct registry *registry = registry_find(engine, w->name);

	free(w);
	if (registry != NULL)
		registry->told.busy = false;
	if (engine->on_due != NULL)
		engine->on_due(engine->on_due_arg);
	return registry;
}

static const char *
told_key(const struct registry *registry, key_buf out)
{
	return key_partition(store_prefix(registry->engine->store), 0, "internal:told", NULL, out);
}

static void
told_on_read(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct registry *registry = told_waited(arg);
	const char *text = redis_reply_str(reply, NULL);
	struct told told = { .known = true, .stored = true };
	char word[8];

	if (outcome != STORE_OK || registry == NULL)
		return;
	if (text != NULL &&
	    sscanf(text, "%" SCNd64 " %7s %" SCNd64, &told.count, word, &told.since_s) == 3)
		told.stale = strcmp(word, "stale") == 0;
	else
		told = (struct told){ .known = true, .since_s = engine_now_s(registry->engine) };
	registry->told = told;
}

static void
told_read(struct registry *registry)
{
	struct told_wait *w = NULL;
	key_buf key;

	registry->told.asked_s = engine_now_s(registry->engine);
	if (store_state(registry->engine->store) == STORE_OPEN)
		w = told_wait(registry);
	if (w != NULL)
		store_read(registry->engine->store, told_on_read, w, 3,
		    (const char *[]){ "HGET", told_key(registry, key), registry->name });
}

static void
told_on_written(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct registry *registry = told_waited(arg);

	(void)reply;
	/* Unknown: the store says whether it was told. */
	if (outcome != STORE_OK && registry != NULL)
		registry->told.known = false;
}

/* Writes what is told from now on, with the event if there is one. */
static void
told_write(struct registry *registry, const char *event)
{
	struct store *store = registry->engine->store;
	struct told *told = &registry->told;
	struct store_txn txn;
	key_buf key, stream;
	struct told_wait *w = told_wait(registry);
	char value[64];

	if (w == NULL) {
		told->known = false;
		return;
	}
	(void)snprintf(value, sizeof(value), "%" PRId64 " %s %" PRId64, told->count,
	    told->stale ? "stale" : "fresh", told->since_s);
	store_txn_begin_partition(store, &txn, 0);
	store_txn_key(&txn, told_key(registry, key));
	store_txn_cmd(&txn, 4, (const char *[]){ "HSET", key, registry->name, value });
	if (event != NULL) {
		store_txn_key(&txn, key_partition(store_prefix(store), 0, "events", NULL, stream));
		store_txn_cmd(&txn, 5, (const char *[]){ "XADD", stream, "*", "event", event });
	}
	store_txn_send(store, &txn, told_on_written, w);
}

/* Tells partition 0 org.certsync.connector.WHAT.v1; data is a JSON object. */
static void
tell(struct registry *registry, const char *what, const char *data)
{
	struct event_context context = {
		.epoch = store_epoch(registry->engine->store),
		.now_s = engine_now_s(registry->engine)
	};
	char id[64], type[48];
	struct buf event;

	buf_init(&event, EVENT_MAX);
	(void)snprintf(id, sizeof(id), "%s-s%" PRId64, registry->name, registry->told.count + 1);
	(void)snprintf(type, sizeof(type), "connector.%.32s", what);
	event_other(&context, type, id, registry->name, data, &event);
	if (!event.failed) {
		registry->told.count++;
		told_write(registry, buf_str(&event));
	}
	buf_free(&event);
}

static void
tell_freshness(struct registry *registry, bool stale)
{
	struct buf data;
	char time[TEXT_TIME];

	buf_init(&data, DATA_MAX);
	buf_puts(&data, "{\"connector\":");
	buf_json(&data, registry->config->label);
	buf_puts(&data, ",\"last_complete\":");
	if (registry->proof.last_complete_s != 0)
		buf_json(&data, text_time_s(registry->proof.last_complete_s, time));
	else
		buf_puts(&data, "null");
	buf_printf(&data, ",\"stale_after\":%" PRId64 "}", registry_stale_after_s(registry));
	registry->told.stale = stale;
	if (stale)
		log_event(SOURCE_STALE, LOG_LEVEL_WARN, registry->config->label,
		    "connector %s: stale, no complete poll for %" PRId64 " s: expiry and cases of "
		    "its badges wait", registry->config->label, registry_stale_after_s(registry));
	else
		log_event(SOURCE_STALE, LOG_LEVEL_NOTICE, registry->config->label, "connector %s: "
		    "recovered, its evidence is fresh again", registry->config->label);
	tell(registry, stale ? "stale" : "recovered", buf_str(&data));
	buf_free(&data);
}

/* When it is (or was) without a complete poll for too long; a new connector has its time too. */
static int64_t
stale_at_s(const struct registry *registry)
{
	int64_t from_s = registry->proof.last_complete_s != 0 ? registry->proof.last_complete_s :
	    registry->told.since_s;

	return from_s + registry_stale_after_s(registry) + 1;
}

static bool
stale_changed(const struct registry *registry, int64_t now_s)
{
	return registry->told.stale != (now_s >= stale_at_s(registry));
}

void
fresh_look(struct registry *registry, int64_t now_s)
{
	struct told *told = &registry->told;

	fresh_pause(registry, now_s);
	/* What consumers see of one that is only observed is nothing. */
	if (told->busy || registry->engine->stopping || registry->config->observe)
		return;
	if (!told->known)
		told_read(registry);
	else if (stale_changed(registry, now_s))
		tell_freshness(registry, !told->stale);
	else if (!told->stored) {
		told->stored = true;	/* since when its first poll is awaited */
		told_write(registry, NULL);
	}
}

int64_t
fresh_next_s(const struct registry *registry, int64_t now_s)
{
	const struct told *told = &registry->told;

	if (told->busy || registry->config->observe)
		return 0;	/* its answer comes first */
	if (!told->known)
		return told->asked_s + FRESH_RETRY_S;
	if (!told->stored || stale_changed(registry, now_s))
		return now_s;
	return told->stale ? 0 : stale_at_s(registry);
}
