/* SPDX-License-Identifier: ISC */
/*
 * daemon_reset.c -- a store that was lost or restored: org.certsync.store.reset.v1 to
 * every partition, and when that was, so that what is rebuilt is told as such.  What
 * registries know of their last lists is forgotten, and no poll begins before every
 * badge has been decided anew (redecide.h).
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "core/transition.h"
#include "engine/daemon/daemon_private.h"
#include "engine/registry/absences.h"
#include "engine/registry/registry.h"
#include "engine/registry/registry_event.h"
#include "engine/registry/registry_store.h"
#include "io/file.h"

static void
reset_on_added(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	(void)arg, (void)reply;
	if (outcome != STORE_OK)
		log_warn("store: a note of the reset could not be written; consumers see the new "
		    "epoch in the source of the next one");
}

static void
reset_on_read(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct engine *engine = arg;
	const char *text = outcome == STORE_OK ? redis_reply_str(reply, NULL) : NULL;

	/* Without it badges are told as found by claim or poll: no more than a word is lost. */
	if (text != NULL)
		(void)text_parse_i64(text, 0, INT64_MAX, &engine->reset_s);
}

static void
reset_note(struct engine *engine)
{
	struct store_txn txn;
	key_buf meta, key;
	char now[24];

	(void)snprintf(now, sizeof(now), "%" PRId64, engine->reset_s);
	store_txn_begin(engine->store, &txn, key_global(store_prefix(engine->store), "meta", meta));
	store_txn_key(&txn, store_meta_key(engine->store, "reset", key));
	store_txn_cmd(&txn, 3, (const char *[]){ "SET", key, now });
	store_txn_send(engine->store, &txn, reset_on_added, NULL);
}

static void
reset_announce(struct engine *engine)
{
	struct store_txn txn;
	struct event_context context = { .epoch = store_epoch(engine->store),
	    .now_s = engine_now_s(engine) };
	struct buf event;
	key_buf stream;
	char id[64];

	buf_init(&event, EVENT_MAX);
	for (unsigned p = 0; p < store_partitions(engine->store); p++) {
		context.partition = p;
		buf_clear(&event);
		(void)snprintf(id, sizeof(id), "reset-%.32s-%u", context.epoch, p);
		event_other(&context, "store.reset", id, "store", "{}", &event);
		(void)key_partition(store_prefix(engine->store), p, "events", NULL, stream);
		store_txn_begin_partition(engine->store, &txn, p);
		store_txn_key(&txn, stream);
		store_txn_cmd(&txn, 5,
		    (const char *[]){ "XADD", stream, "*", "event", buf_str(&event) });
		store_txn_send(engine->store, &txn, reset_on_added, NULL);
	}
	buf_free(&event);
}

void
reset_open(struct engine *engine)
{
	key_buf key;

	if (!store_was_reset(engine->store)) {
		store_read(engine->store, reset_on_read, engine, 2,
		    (const char *[]){ "GET", store_meta_key(engine->store, "reset", key) });
		return;
	}
	engine->rebuild = true;
	engine->reset_s = engine_now_s(engine);
	log_warn("store: it was emptied or restored; badges are rebuilt from claims and "
	    "registries as they come, nothing is concluded from what is gone, and consumers are "
	    "told to resync");
	reset_note(engine);
	reset_announce(engine);
}

/* Absences counted in the part that was lost would count twice. */
static void
reset_absences(struct registry *registry)
{
	struct store *store = registry->engine->store;
	struct store_txn txn;
	key_buf own, key;

	absences_forget(registry);
	store_txn_begin(store, &txn, key_connector(store_prefix(store), registry->name, own));
	store_txn_key(&txn, registry_key(registry, "absences", key));
	store_txn_cmd(&txn, 2, (const char *[]){ "DEL", key });
	store_txn_send(store, &txn, reset_on_added, NULL);
}

void
reset_loaded(struct engine *engine)
{
	if (!engine->rebuild)
		return;
	for (size_t i = 0; i < engine->registry_count; i++) {
		struct registry *registry = engine->registries[i];

		if (!registry->loaded || registry->state == REGISTRY_POLLING)
			continue;
		registry_distrusted(registry);
		reset_absences(registry);
		registry_save_now(registry);
	}
}

int
daemon_adopt(const struct daemon_options *options)
{
	struct daemon d = { .options = *options, .lock_fd = -1 };
	struct err err;
	int code;

	d.engine.config = daemon_config(options, &code);
	if (d.engine.config == NULL)
		return code;
	code = daemon_lock(&d);
	if (code == DAEMON_OK && store_adopt(d.engine.config->state_dir, &err) != 0) {
		log_error("%s", err.text);
		code = DAEMON_CONFIG;
	}
	if (code == DAEMON_OK)
		(void)printf("The next start of certsyncd takes the store of [redis] url as it "
		    "is, under a new epoch.\n");
	file_unlock(d.lock_fd);
	(void)config_free(d.engine.config);
	return code;
}
