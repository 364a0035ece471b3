/* SPDX-License-Identifier: ISC */
/* load.c -- see load.h. */
#include "engine/daemon/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/memory.h"
#include "core/record.h"
#include "engine/badge/reconcile.h"
#include "engine/daemon/registries.h"
#include "engine/daemon/stored_badge.h"
#include "engine/guard/hold.h"
#include "engine/registry/absences.h"
#include "engine/registry/mirror.h"
#include "engine/registry/registry.h"
#include "engine/registry/registry_event.h"
#include "engine/registry/registry_plugin.h"
#include "engine/registry/registry_store.h"
#include "engine/state/aside.h"
#include "engine/state/work.h"

#define LOAD_PAGE	1000	/* fields or badges at a time; halved when a reply was too large */
#define LOAD_BADGES	200	/* hashes read together */
#define LOAD_RETRY_MS	1000

enum load_phase {
	LOAD_DESCRIBE, LOAD_STATE, LOAD_MIRROR, LOAD_ABSENCES, LOAD_HOLDS, LOAD_BADGES_PAGE,
	LOAD_OWED
};

struct load {
	struct engine	*engine;
	struct unread	*unread;	/* lent */
	loop_fn		*fn;
	void		*arg;
	describe_fn	*late;
	enum load_phase	 phase;
	size_t		 describing;
	size_t		 at;		/* registry */
	/* the same, when their plans are read; last the configuration's */
	size_t		 hold_at;
	unsigned	 partition;
	char		 cursor[24];
	unsigned	 page_size;
	/* a page of badge ids and those under way */
	char		(*ids)[BADGE_ID_MAX + 1];	/* owned */
	size_t		 id_count, id_next, outstanding;
	bool		 last_page, failed;
	struct timer	 retry;		/* begins it, too */
	struct timer	 patience;
};

static void load_step(struct load *);
static void load_described(struct load *);

static void
load_on_retry(void *arg)
{
	struct load *l = arg;

	if (l->phase == LOAD_DESCRIBE)
		load_described(l);
	else
		load_resume(l);
}

struct load *
load_free(struct load *l)
{
	if (l == NULL)
		return NULL;
	timer_fini(&l->retry);
	timer_fini(&l->patience);
	free(l->ids);
	free(l);
	return NULL;
}

/* A read failed: again when the store is open, with a smaller page. */
static void
load_later(struct load *l, enum store_outcome outcome)
{
	if (l->page_size > 1)
		l->page_size /= 2;
	if (outcome != STORE_ENDED)
		timer_set_ms(&l->retry, LOAD_RETRY_MS);
}

/* --- registries --------------------------------------------------------------------- */

static bool
load_line(void *arg, const char *line, size_t len)
{
	struct registry *registry = ((void **)arg)[0];
	uint64_t number = *(uint64_t *)((void **)arg)[1];
	struct arena *arena;
	struct record record;

	if (snapshot_add(registry->snapshot, number,
	    store_hash_bytes(registry->engine->store, line, len)) != 0)
		memory_end("the snapshot of a list");
	if (!record_line_has_aliases(line, len))
		return true;
	arena = arena_new(RECORD_TEXT_MAX * 8);
	if (arena == NULL)
		memory_end("a record");
	if (record_decode(line, len, arena, &record, NULL) == 0)
		for (size_t i = 0; i < record.alias_count; i++)
			if (snapshot_alias_add(registry->snapshot,
			    store_hash(registry->engine->store, record.aliases[i]), number) != 0)
				memory_end("the snapshot of a list");
	(void)arena_free(arena);
	return true;
}

static void
load_next_registry(struct load *l)
{
	registry_loaded(l->engine->registries[l->at]);
	l->at++;
	l->phase = LOAD_STATE;
	load_step(l);
}

static void
load_on_fields(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct load *l = arg;
	const struct redis_reply *pairs = redis_reply_at(reply, 1);
	const char *cursor, *field, *value;
	uint64_t number;

	if (outcome != STORE_OK) {
		load_later(l, outcome);
		return;
	}
	cursor = redis_reply_str(redis_reply_at(reply, 0), NULL);
	(void)snprintf(l->cursor, sizeof(l->cursor), "%s", cursor != NULL ? cursor : "0");
	for (size_t i = 0; i + 1 < redis_reply_count(pairs); i += 2) {
		field = redis_reply_str(redis_reply_at(pairs, i), NULL);
		value = redis_reply_str(redis_reply_at(pairs, i + 1), NULL);
		if (field == NULL || value == NULL)
			continue;
		if (l->phase == LOAD_ABSENCES) {
			absences_load(l->engine->registries[l->at], field, value);
			continue;
		}
		number = strtoull(field, NULL, 16);
		mirror_each(value, load_line, (void *[]){ l->engine->registries[l->at], &number });
	}
	if (strcmp(l->cursor, "0") == 0 && l->phase == LOAD_ABSENCES) {
		load_next_registry(l);
		return;
	}
	if (strcmp(l->cursor, "0") == 0)
		l->phase = LOAD_ABSENCES;
	load_step(l);
}

static void
load_on_state(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct load *l = arg;

	if (outcome != STORE_OK) {
		load_later(l, outcome);
		return;
	}
	registry_restore(l->engine->registries[l->at], reply);
	l->phase = LOAD_MIRROR;
	(void)snprintf(l->cursor, sizeof(l->cursor), "0");
	load_step(l);
}

/* --- badges ------------------------------------------------------------------------- */

static void load_badge_next(struct load *);

/* One badge of the page, while its answer is awaited. */
struct load_read {
	struct load	*load;
	size_t		 at;		/* of ids */
};

static void
load_on_badge(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct load_read read = *(struct load_read *)arg;
	struct load *l = read.load;
	struct err err = { .text = "" };

	free(arg);
	l->outstanding--;
	if (outcome == STORE_TYPE)
		unread_add(l->unread, l->partition, l->ids[read.at], "its key is no hash");
	else if (outcome != STORE_OK)
		l->failed = true;
	else if (stored_badge_load(l->engine, reply, &err) != 0)
		unread_add(l->unread, l->partition, l->ids[read.at], err.text);
	load_badge_next(l);
}

static void
load_badge_next(struct load *l)
{
	key_buf key;
	const char *argv[2] = { "HGETALL", key };
	struct load_read *read;

	while (!l->failed && l->outstanding < LOAD_BADGES && l->id_next < l->id_count) {
		read = memory_get(sizeof(*read));
		*read = (struct load_read){ .load = l, .at = l->id_next++ };
		(void)key_partition(store_prefix(l->engine->store), l->partition, "badge",
		    l->ids[read->at], key);
		l->outstanding++;
		store_read(l->engine->store, load_on_badge, read, 2, argv);
	}
	if (l->outstanding > 0)
		return;
	if (l->failed) {
		l->failed = false;
		load_later(l, STORE_RETRY);
		return;
	}
	if (l->last_page) {
		l->partition++;
		(void)snprintf(l->cursor, sizeof(l->cursor), "0");
	}
	load_step(l);
}

static void
load_on_ids(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct load *l = arg;
	const struct redis_reply *pairs = redis_reply_at(reply, 1);
	const char *text;

	if (outcome != STORE_OK) {
		load_later(l, outcome);
		return;
	}
	text = redis_reply_str(redis_reply_at(reply, 0), NULL);
	(void)snprintf(l->cursor, sizeof(l->cursor), "%s", text != NULL ? text : "0");
	l->last_page = strcmp(l->cursor, "0") == 0;
	free(l->ids);
	l->id_next = 0;
	l->id_count = redis_reply_count(pairs) / 2;
	l->ids = calloc(l->id_count + 1, sizeof(*l->ids));
	if (l->ids == NULL) {
		l->id_count = 0;
		load_later(l, STORE_RETRY);
		return;
	}
	for (size_t i = 0; i < l->id_count; i++) {
		text = redis_reply_str(redis_reply_at(pairs, 2 * i), NULL);
		(void)snprintf(l->ids[i], sizeof(l->ids[i]), "%s", text != NULL ? text : "");
	}
	load_badge_next(l);
}

/* --- plans -------------------------------------------------------------------------- */

static void
load_on_hold(void *arg, bool ok)
{
	struct load *l = arg;

	if (!ok) {
		load_later(l, STORE_RETRY);
		return;
	}
	l->hold_at++;
	load_step(l);
}

/* true: one is being read. */
static bool
load_step_hold(struct load *l)
{
	const struct engine *engine = l->engine;
	struct hold *hold;

	for (; l->hold_at <= engine->registry_count; l->hold_at++) {
		hold = l->hold_at < engine->registry_count ? engine->registries[l->hold_at]->hold :
		    holds_config(engine->holds);
		if (hold_loaded(hold))
			continue;	/* at a reload: nothing to read again */
		hold_load(hold, load_on_hold, l);
		return true;
	}
	return false;
}

/* --- decisions that are owed ----------------------------------------------------------- */

static void
load_on_owed(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct load *l = arg;
	enum badge_cause cause;

	if (outcome != STORE_OK && outcome != STORE_TYPE) {
		load_later(l, outcome);
		return;
	}
	for (size_t i = 0; outcome == STORE_OK && i + 1 < redis_reply_count(reply); i += 2) {
		const char *badge = redis_reply_str(redis_reply_at(reply, i), NULL);
		const char *text = redis_reply_str(redis_reply_at(reply, i + 1), NULL);

		if (badge != NULL)
			aside_owed(work_aside(l->engine->work), l->partition, badge,
			    text != NULL && badge_cause_parse(text, &cause) ? cause : CAUSE_CONFIG);
	}
	l->partition++;
	load_step(l);
}

static void
load_step_owed(struct load *l)
{
	key_buf key;

	if (l->partition == store_partitions(l->engine->store)) {
		l->fn(l->arg);
		return;
	}
	store_read(l->engine->store, load_on_owed, l, 2,
	    (const char *[]){ "HGETALL", aside_key(l->engine, l->partition, key) });
}

/* --- the order ---------------------------------------------------------------------- */

static void
load_step_registry(struct load *l)
{
	struct registry *registry = l->engine->registries[l->at];
	key_buf key;
	char count[12];

	if (registry->loaded) {		/* at a reload: nothing to read again */
		load_next_registry(l);
		return;
	}
	if (l->phase == LOAD_STATE) {
		store_read(l->engine->store, load_on_state, l, 2,
		    (const char *[]){ "HGETALL", registry_key(registry, "state", key) });
		return;
	}
	(void)snprintf(count, sizeof(count), "%u", l->page_size);
	store_read(l->engine->store, load_on_fields, l, 5,
	    (const char *[]){ "HSCAN", registry_key(registry, l->phase == LOAD_MIRROR ? "mirror" :
	    "absences", key), l->cursor, "COUNT", count });
}

static void
load_step(struct load *l)
{
	key_buf key;
	char count[12];

	if (l->phase == LOAD_DESCRIBE || l->engine->stopping)
		return;
	if (l->phase < LOAD_HOLDS && l->at < l->engine->registry_count) {
		load_step_registry(l);
		return;
	}
	if (l->phase < LOAD_BADGES_PAGE) {
		l->phase = LOAD_HOLDS;
		if (load_step_hold(l))
			return;
		l->phase = LOAD_BADGES_PAGE;
	}
	if (l->phase == LOAD_BADGES_PAGE &&
	    l->partition == store_partitions(l->engine->store)) {
		l->phase = LOAD_OWED;
		l->partition = 0;
	}
	if (l->phase == LOAD_OWED) {
		load_step_owed(l);
		return;
	}
	(void)snprintf(count, sizeof(count), "%u", l->page_size);
	store_read(l->engine->store, load_on_ids, l, 5, (const char *[]){
		"ZSCAN", key_partition(store_prefix(l->engine->store), l->partition,
		    "badges", NULL, key),
		l->cursor, "COUNT", count });
}

void
load_resume(struct load *l)
{
	if (store_state(l->engine->store) == STORE_OPEN && l->outstanding == 0)
		load_step(l);
}

static void
load_described(struct load *l)
{
	if (--l->describing > 0)
		return;
	timer_cancel(&l->patience);
	l->phase = LOAD_STATE;
	(void)snprintf(l->cursor, sizeof(l->cursor), "0");
	load_step(l);
}

static void
load_on_patience(void *arg)
{
	struct load *l = arg;

	for (size_t i = 0; i < l->engine->registry_count; i++) {
		struct registry *registry = l->engine->registries[i];

		if (registry->plugin.asking == NULL)
			continue;
		registry_plugin_pass(registry, l->late, registry);
		registry_described(registry);
		log_warn("connector %s: its plug-in has not said yet what it is, the others go on",
		    registry->config->label);
		load_described(l);
	}
}

static void
load_on_described(void *arg, struct described *plugin)
{
	struct load *l = arg;
	struct registry *registry = registry_find(l->engine, plugin->connector->name);

	registry_described(registry);
	if (registry->plugin.description == NULL)
		registries_say_unusable(registry);
	load_described(l);
}

struct load *
load_start(struct engine *engine, struct unread *unread, int64_t patience_ms, describe_fn *late,
    loop_fn *fn, void *arg)
{
	struct load *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->engine = engine;
	l->unread = unread;
	l->fn = fn;
	l->arg = arg;
	l->late = late;
	l->page_size = LOAD_PAGE;
	(void)snprintf(l->cursor, sizeof(l->cursor), "0");
	if (timer_init(&l->retry, engine->loop, load_on_retry, l) != 0 ||
	    timer_init(&l->patience, engine->loop, load_on_patience, l) != 0)
		return load_free(l);
	l->describing = 1;
	for (size_t i = 0; i < engine->registry_count; i++) {
		if (engine->registries[i]->plugin.description != NULL)
			continue;
		l->describing++;
		registry_plugin_ask(engine->registries[i], load_on_described, l);
	}
	if (l->describing > 1 && patience_ms > 0)
		timer_set_ms(&l->patience, patience_ms);
	/* With nothing to ask it goes on from the loop, too. */
	timer_set_ms(&l->retry, 0);
	return l;
}
