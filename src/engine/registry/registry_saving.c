/* SPDX-License-Identifier: ISC */
/*
 * registry_saving.c -- see registry_store.h: the state stored by itself, again and
 * again until it is stored.  Other writes take it along (registry_save()); what
 * one of them has stored already is written once more, which changes nothing.
 */
#include "engine/registry/registry_store.h"

#include <stdlib.h>

#define SAVE_RETRY_MS	1000

/* A write of the state alone; it outlives a registry that is gone before the answer. */
struct saving {
	struct registry	*registry;	/* NULL: it is gone */
};

static void save_send(struct registry *);

/* Who waits hears of all outcomes up to the last one. */
static void
save_tell(struct registry *registry, enum store_outcome outcome)
{
	registry_saved_fn *fn = registry->saving.fn;

	if (outcome == STORE_OK || outcome == STORE_ENDED)
		registry->saving.fn = NULL;
	if (fn != NULL)
		fn(registry->saving.arg, outcome);
}

static void
save_on_answer(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct saving *saving = arg;
	struct registry *registry = saving->registry;

	(void)reply;
	free(saving);
	if (registry == NULL)
		return;
	registry->saving.sent = NULL;
	if (outcome == STORE_OK && registry->saving.unsaved) {
		save_send(registry);	/* it has changed meanwhile */
		return;
	}
	if (outcome != STORE_OK && outcome != STORE_ENDED) {
		registry->saving.unsaved = true;
		timer_set_ms(&registry->saving.retry, SAVE_RETRY_MS);
	}
	save_tell(registry, outcome);
}

/* One at a time, so that an answer tells what is stored. */
static void
save_send(struct registry *registry)
{
	struct store *store = registry->engine->store;
	struct saving *saving;
	struct store_txn txn;
	key_buf key;

	if (registry->saving.sent != NULL)
		return;		/* save_on_answer() */
	saving = malloc(sizeof(*saving));
	if (saving == NULL) {
		timer_set_ms(&registry->saving.retry, SAVE_RETRY_MS);
		return;
	}
	timer_cancel(&registry->saving.retry);
	saving->registry = registry;
	registry->saving.sent = saving;
	registry->saving.unsaved = false;
	(void)key_connector(store_prefix(store), registry->name, key);
	store_txn_begin(store, &txn, key);
	registry_save(registry, &txn);
	store_txn_send(store, &txn, save_on_answer, saving);
}

static void
save_on_retry(void *arg)
{
	save_send(arg);
}

void
registry_save_now(struct registry *registry)
{
	registry->saving.unsaved = true;
	save_send(registry);
}

void
registry_save_then(struct registry *registry, registry_saved_fn *fn, void *arg)
{
	registry->saving.fn = fn;
	registry->saving.arg = arg;
	registry_save_now(registry);
}

void
registry_save_forget(struct registry *registry)
{
	registry->saving.fn = NULL;
}

int
registry_saving_init(struct registry *registry)
{
	return timer_init(&registry->saving.retry, registry->engine->loop, save_on_retry, registry);
}

void
registry_saving_fini(struct registry *registry)
{
	timer_fini(&registry->saving.retry);
	if (registry->saving.sent != NULL)
		registry->saving.sent->registry = NULL;
}
