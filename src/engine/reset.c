/* SPDX-License-Identifier: ISC */
/* reset.c -- org.certsync.store.reset.v1 to every partition: the store was lost or restored. */
#include <stdio.h>

#include "base/log.h"
#include "core/transition.h"
#include "engine/daemon_private.h"

static void
reset_on_added(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	(void)arg, (void)reply;
	if (outcome != STORE_OK)
		log_warn("store: a reset event could not be written; consumers see the new epoch in the source of the next one");
}

void
reset_announce(struct engine *engine)
{
	struct store_txn txn;
	struct event_context context = { .epoch = store_epoch(engine->store), .now_s = engine_now_s(engine) };
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
		store_txn_cmd(&txn, 5, (const char *[]){ "XADD", stream, "*", "event", buf_str(&event) });
		store_txn_send(engine->store, &txn, reset_on_added, NULL);
	}
	buf_free(&event);
}
