/* SPDX-License-Identifier: ISC */
/*
 * control_events.c -- the control socket's command `events`: what the streams
 * hold, as lines, page by page as the peer reads them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/ops/control_private.h"

#define STREAM_ID_BYTES	48	/* "(" and two numbers of 64 bits */

/* A request's place in the streams. */
struct events {
	struct timer	 timer;		/* the next look of one that follows */
	char		 (*cursor)[STREAM_ID_BYTES];	/* by partition: where XRANGE begins */
	unsigned	 partition, partitions;
	int64_t		 age_ms;	/* -1: begins at an id */
	bool		 follow, found;
};

static void events_read(struct request *);

static struct events *
events_of(const struct request *request)
{
	return request->own;
}

static void
events_free(void *own)
{
	struct events *events = own;

	timer_fini(&events->timer);
	free(events->cursor);
	free(events);
}

/* As request.leave: nobody else knows of it. */
static void
events_leave(struct request *request)
{
	(void)request;
}

static void
events_on_timer(void *arg)
{
	events_read(arg);
}

/* The streams of all partitions have been looked at once. */
static void
events_turn(struct request *request)
{
	struct events *events = events_of(request);

	events->partition = 0;
	if (events->found) {
		events->found = false;
		events_read(request);
	} else if (!events->follow)
		request_answer(request, 0, NULL);
	else {
		request->leave = events_leave;
		timer_set_ms(&events->timer, CONTROL_FOLLOW_MS);
	}
}

static void
events_on_range(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct request *request = arg;
	struct events *events = events_of(request);

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
		(void)snprintf(events->cursor[events->partition], STREAM_ID_BYTES, "(%.46s", id);
		events->found = true;
		if (event != NULL)
			request_line(request, json_pack("{s:s, s:o}", "id", id, "event", event));
	}
	if (++events->partition < events->partitions)
		events_read(request);
	else
		events_turn(request);
}

/* The next page, but not while the peer has to read the last ones: its output would be cut. */
static void
events_read(struct request *request)
{
	struct events *events = events_of(request);
	struct store *store = request->engine->store;
	key_buf key;

	if (request->peer == NULL) {
		request_answer(request, 0, NULL);
		return;
	}
	if (lines_unread(request->peer) >= LINES_UNREAD_MAX) {
		request->leave = events_leave;
		request->drained = events_read;
		return;
	}
	request->leave = NULL;
	store_read(store, events_on_range, request, 6, (const char *[]){
		"XRANGE", key_partition(store_prefix(store), events->partition,
		    "events", NULL, key),
		events->cursor[events->partition], "+", "COUNT", CONTROL_EVENTS_PAGE });
}

static void
events_begin(struct request *request, const char *from)
{
	struct events *events = events_of(request);

	for (unsigned p = 0; p < events->partitions; p++)
		(void)snprintf(events->cursor[p], STREAM_ID_BYTES, "%.47s", from);
	events_read(request);
}

/* An age is told by the clock that made the ids. */
static void
events_on_time(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct request *request = arg;
	const char *text = redis_reply_str(redis_reply_at(reply, 0), NULL);
	int64_t now_s = 0, from_ms;
	char from[STREAM_ID_BYTES];

	if (!request_outcome_ok(request, outcome))
		return;
	if (text == NULL || !text_parse_i64(text, 0, INT64_MAX / 1000, &now_s)) {
		request_error(request, "Redis did not tell its time");
		return;
	}
	from_ms = now_s * 1000 - events_of(request)->age_ms;
	(void)snprintf(from, sizeof(from), "%" PRId64 "-0", from_ms > 0 ? from_ms : 0);
	events_begin(request, from);
}

/* "1795970374134-0", or its first part alone. */
static bool
is_stream_id(const char *text)
{
	char ms[24];
	const char *dash = strchr(text, '-');
	size_t len = dash != NULL ? (size_t)(dash - text) : strlen(text);
	int64_t n;

	if (len >= sizeof(ms))
		return false;
	memcpy(ms, text, len);
	ms[len] = '\0';
	return text_parse_i64(ms, 0, INT64_MAX, &n) &&
	    (dash == NULL || text_parse_i64(dash + 1, 0, INT64_MAX, &n));
}

static bool
events_open(struct request *request)
{
	struct engine *engine = request->engine;
	struct events *events = calloc(1, sizeof(*events));

	if (events == NULL)
		return false;
	request->own = events;
	request->own_free = events_free;
	events->age_ms = -1;
	events->partitions = store_partitions(engine->store);
	events->follow = request_flag(request, "follow");
	events->cursor = calloc(events->partitions, sizeof(*events->cursor));
	return events->cursor != NULL &&
	    timer_init(&events->timer, engine->loop, events_on_timer, request) == 0;
}

void
request_events(struct request *request)
{
	const char *since = request_opt(request, "since");
	char from[STREAM_ID_BYTES];

	if (!events_open(request)) {
		request_error(request, "out of memory");
		return;
	}
	if (since == NULL)
		events_begin(request, "-");
	else if (is_stream_id(since)) {
		(void)snprintf(from, sizeof(from), "(%.46s", since);
		events_begin(request, from);
	} else if (text_parse_duration_ms(since, &events_of(request)->age_ms))
		store_read(request->engine->store, events_on_time, request, 1,
		    (const char *[]){ "TIME" });
	else
		request_usage(request,
		    "since: an event's id such as 1795970374134-0, or an age such as 1h");
}
