/* SPDX-License-Identifier: ISC */
/*
 * store_unused.c -- a Redis that nobody has used for this yet is left as it is.
 *
 * What is written there first is fixed, such as the number of partitions, and a
 * package that was only just installed must not fix it in whatever Redis it was
 * given.  So it waits: for a connector, or for somebody who puts a first command
 * into a stream.  A store that is described, or that state_dir knows, is used.
 */
#include <stdio.h>

#include "store/store_private.h"

#define UNUSED_LOOK_MS	250	/* how long a first command waits to be seen */

/* One of them is there once somebody uses it; asked for singly, for they share no hash slot. */
static const char *const used_keys[] = { "meta", "claims", "staff" };
#define USED_KEYS	(sizeof(used_keys) / sizeof(used_keys[0]))

static void unused_ask(struct store *);

static void
unused_ends(struct store *store)
{
	timer_cancel(&store->unused);
	store->wanted = true;
	store->state = STORE_CONNECTING;
	store->reason[0] = '\0';
	store_slots_look(store);
}

static void
unused_goes_on(struct store *store)
{
	store->state = STORE_UNUSED;
	(void)snprintf(store->reason, sizeof(store->reason), "nothing is kept yet: no connector "
	    "is configured, and no command has come");
	timer_set_ms(&store->unused, UNUSED_LOOK_MS);
	if (store->unused_told)
		return;
	store->unused_told = true;
	store->events.on_unused(store->arg);
}

static void
unused_on_reply(void *arg, const struct redis_reply *reply)
{
	struct store *store = arg;
	int64_t keys = 0;

	store->unused_asked = false;
	if (redis_reply_kind(reply) == REDIS_KIND_LOST)
		return;
	if (redis_reply_kind(reply) == REDIS_KIND_ERROR) {
		store_note_error(store, reply);
		store->state = STORE_CONNECTING;
		store_try_again(store, store->last_error);
	} else if (store->wanted || !redis_reply_int(reply, &keys) || keys > 0)
		unused_ends(store);
	else if (++store->unused_at < USED_KEYS)
		unused_ask(store);
	else
		unused_goes_on(store);
}

static void
unused_ask(struct store *store)
{
	key_buf key;

	store->unused_asked = redis_command(store->redis, unused_on_reply, store, 2,
	    (const char *[]){ "EXISTS", key_global(store->options.prefix,
	    used_keys[store->unused_at], key) }, NULL) == 0;
	if (!store->unused_asked)
		store_try_again(store, "the connection was lost while opening");
}

void
store_unused_look(struct store *store)
{
	if (store->wanted || store->known_epoch[0] != '\0' || store->adopt) {
		unused_ends(store);
		return;
	}
	store->unused_at = 0;
	unused_ask(store);
}

static void
unused_on_timer(void *arg)
{
	struct store *store = arg;

	if (store->state == STORE_UNUSED)
		store_unused_look(store);
}

void
store_unused_lost(struct store *store)
{
	timer_cancel(&store->unused);
	if (store->state == STORE_UNUSED)
		store->state = STORE_CONNECTING;
}

void
store_want(struct store *store)
{
	store->wanted = true;
	if (store->state == STORE_UNUSED && !store->unused_asked)
		unused_ends(store);
}

int
store_unused_init(struct store *store, struct err *err)
{
	if (timer_init(&store->unused, store->loop, unused_on_timer, store) != 0)
		return err_set_passing(err, "out of memory");
	return 0;
}
