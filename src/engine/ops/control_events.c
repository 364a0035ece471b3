/* SPDX-License-Identifier: ISC */
/* control_events.c -- the control socket's command `events`: what the streams hold, as lines. */
#include <stdio.h>

#include "engine/ops/control_private.h"

static void events_read(struct request *);

static void
events_on_timer(void *arg)
{
	struct request *request = arg;

	request->cancel = NULL;
	events_read(request);
}

/* The streams of all partitions have been looked at once. */
static void
events_turn(struct request *request)
{
	request->partition = 0;
	if (request->found) {
		request->found = false;
		events_read(request);
	} else if (!request->follow)
		request_answer(request, 0, NULL);
	else if (request->peer == NULL)
		request_answer(request, 0, NULL);
	else {
		request->cancel = request_free;
		timer_set_ms(&request->timer, CONTROL_FOLLOW_MS);
	}
}

static void
events_on_range(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct request *request = arg;
	unsigned partitions = store_partitions(request->engine->store);

	if (!request_outcome_ok(request, outcome))
		return;
	for (size_t i = 0; i < redis_reply_count(reply); i++) {
		const struct redis_reply *entry = redis_reply_at(reply, i);
		const char *id = redis_reply_str(redis_reply_at(entry, 0), NULL);
		const char *text =
		    redis_reply_str(redis_reply_field(redis_reply_at(entry, 1), "event"), NULL);
		json_t *event = text != NULL ? json_loads(text, 0, NULL) : NULL;

		if (id == NULL)
			continue;
		(void)snprintf(request->cursor[request->partition],
		    sizeof(request->cursor[0]), "(%s", id);
		request->found = true;
		if (event != NULL)
			request_line(request, json_pack("{s:s, s:o}", "id", id, "event", event));
	}
	if (++request->partition < partitions && request->partition < REQUEST_PARTITIONS_MAX)
		events_read(request);
	else
		events_turn(request);
}

static void
events_read(struct request *request)
{
	struct store *store = request->engine->store;
	key_buf key;

	store_read(store, events_on_range, request, 6, (const char *[]){
		"XRANGE", key_partition(store_prefix(store), request->partition,
		    "events", NULL, key),
		request->cursor[request->partition], "+", "COUNT", CONTROL_EVENTS_PAGE });
}

void
request_events(struct request *request)
{
	struct engine *engine = request->engine;
	const char *since = request_opt(request, "since");

	request->follow = request_flag(request, "follow");
	if (timer_init(&request->timer, engine->loop, events_on_timer, request) != 0) {
		request_error(request, "out of memory");
		return;
	}
	for (unsigned p = 0; p < REQUEST_PARTITIONS_MAX; p++)
		(void)snprintf(request->cursor[p], sizeof(request->cursor[0]), "%s%.40s",
		    since != NULL ? "(" : "", since != NULL ? since : "-");
	request->partition = 0;
	events_read(request);
}
