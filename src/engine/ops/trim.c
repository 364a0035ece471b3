/* SPDX-License-Identifier: ISC */
/* trim.c -- see trim.h. */
#include "engine/ops/trim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/transition.h"

/* A stream id as two numbers. */
struct stream_id {
	uint64_t ms, seq;
};

struct trim {
	struct engine	*engine;
	struct timer	 timer;
	unsigned	 partition;
	int64_t		 length;
	struct stream_id keep;		/* entries before it may go */
	struct stream_id needed;	/* the oldest that a group has not acknowledged */
	/* Owned; by partition: the entry that told that it is over its cap; 0-0: it is not. */
	struct stream_id *told;
	/* Of this round of a partition: it was over its cap, a group lost some, it is told. */
	bool		 over, lost, tells;
	bool		 telling;	/* in the slice that is under way */
	size_t		 asking;	/* groups whose oldest pending entry is asked for */
	bool		 running;
};

static void trim_partition(struct trim *);

static bool
stream_id_parse(const char *text, struct stream_id *out)
{
	return text != NULL && sscanf(text, "%" SCNu64 "-%" SCNu64, &out->ms, &out->seq) == 2;
}

static bool
stream_id_before(struct stream_id a, struct stream_id b)
{
	return a.ms < b.ms || (a.ms == b.ms && a.seq < b.seq);
}

static const char *
trim_key(const struct trim *t, key_buf out)
{
	return key_partition(store_prefix(t->engine->store), t->partition, "events", NULL, out);
}

static void
trim_next(struct trim *t)
{
	if (t->engine->stopping) {
		t->running = false;
		return;
	}
	if (++t->partition < store_partitions(t->engine->store)) {
		trim_partition(t);
		return;
	}
	t->running = false;
	timer_set_ms(&t->timer, TRIM_INTERVAL_MS);
}

static void trim_send(struct trim *);

static void
trim_on_trimmed(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct trim *t = arg;
	const char *told = redis_reply_str(redis_reply_at(reply, redis_reply_count(reply) - 1),
	    NULL);
	struct stream_id first;
	int64_t removed = 0, n;

	/* Whatever cannot be done now is left for the next time. */
	if (outcome == STORE_OK)
		for (size_t i = 2; i < 4; i++)
			if (redis_reply_int(redis_reply_at(reply, i), &n))
				removed += n;
	t->length -= removed;
	if (t->telling && outcome == STORE_OK)
		(void)stream_id_parse(told, &t->told[t->partition]);
	t->telling = false;
	/* Lost to a group, or to one who reads without and cannot have seen what told of it. */
	if (removed > 0 && stream_id_parse(redis_reply_str(redis_reply_at(redis_reply_at(
	    redis_reply_at(reply, 4), 0), 0), NULL), &first) &&
	    (stream_id_before(t->needed, first) ||
	    stream_id_before(t->told[t->partition], first)))
		t->lost = true;
	if ((removed > 0 || (t->lost && !t->tells)) && outcome == STORE_OK && !t->engine->stopping)
		trim_send(t);
	else
		trim_next(t);
}

/* Everybody is told that some events can be read no more. */
static void
trim_tell(struct trim *t, struct store_txn *txn, const char *key)
{
	struct engine *engine = t->engine;
	struct event_context context = {
		.epoch = store_epoch(engine->store), .partition = t->partition,
		.now_s = engine_now_s(engine)
	};
	struct buf event;
	char id[80];

	log_event(EVENTS_FULL, LOG_LEVEL_WARN, NULL, "events of partition %u: more than "
	    "max_entries = %" PRId64 ", the oldest are removed although a group may wait for them",
	    t->partition, engine->config->max_entries);
	buf_init(&event, EVENT_MAX);
	(void)snprintf(id, sizeof(id), "trimmed-%u-%" PRId64, t->partition, engine_now_s(engine));
	event_other(&context, "stream.trimmed", id, "events", "{}", &event);
	store_txn_cmd(txn, 5, (const char *[]){ "XADD", key, "*", "event", buf_str(&event) });
	buf_free(&event);
	t->tells = t->telling = true;
}

/* Over the cap: the oldest go.  The third result is the first entry that is left. */
static void
trim_cap(struct trim *t, struct store_txn *txn, const char *key)
{
	char length[24];

	(void)snprintf(length, sizeof(length), "%" PRId64, t->engine->config->max_entries);
	store_txn_cmd(txn, 7,
	    (const char *[]){ "XTRIM", key, "MAXLEN", "~", length, "LIMIT", TRIM_BATCH });
	store_txn_cmd(txn, 6, (const char *[]){ "XRANGE", key, "-", "+", "COUNT", "1" });
	t->over = true;
}

/* A slice; what is left follows in the next one. */
static void
trim_send(struct trim *t)
{
	struct store_txn txn;
	char keep[48];
	key_buf key;

	(void)trim_key(t, key);
	store_txn_begin_partition(t->engine->store, &txn, t->partition);
	store_txn_key(&txn, key);
	(void)snprintf(keep, sizeof(keep), "%" PRIu64 "-%" PRIu64, t->keep.ms, t->keep.seq);
	store_txn_cmd(&txn, 7,
	    (const char *[]){ "XTRIM", key, "MINID", "~", keep, "LIMIT", TRIM_BATCH });
	if (t->length >= t->engine->config->max_entries + TRIM_NODE)
		trim_cap(t, &txn, key);
	/*
	 * Once when a stream has outgrown its cap, and then only if somebody loses
	 * something: whoever hears it reads all badges again.
	 */
	if (!t->tells && (t->lost || (t->over && t->told[t->partition].ms == 0)))
		trim_tell(t, &txn, key);
	else if (!t->over)
		t->told[t->partition] = (struct stream_id){ 0, 0 };
	store_txn_send(t->engine->store, &txn, trim_on_trimmed, t);
}

/* Entries before id may go as far as one group is concerned. */
static void
trim_keep_from(struct trim *t, const char *id)
{
	struct stream_id parsed;

	if (!stream_id_parse(id, &parsed))
		return;
	if (stream_id_before(parsed, t->keep))
		t->keep = parsed;
	if (stream_id_before(parsed, t->needed))
		t->needed = parsed;
}

/* The oldest entry a group has not acknowledged. */
static void
trim_on_pending(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct trim *t = arg;

	if (outcome == STORE_OK)
		trim_keep_from(t, redis_reply_str(redis_reply_at(reply, 1), NULL));
	else
		t->keep = t->needed = (struct stream_id){ 0, 0 };	/* unknown: keep it all */
	if (--t->asking == 0)
		trim_send(t);
}

/* What a group has not acknowledged stays: its oldest pending entry, else all after its last
 * one. */
static void
trim_on_groups(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct trim *t = arg;
	key_buf key;

	if (outcome != STORE_OK) {
		trim_next(t);
		return;
	}
	t->asking = 1;		/* ours */
	for (size_t i = 0; i < redis_reply_count(reply); i++) {
		const struct redis_reply *group = redis_reply_at(reply, i);
		const char *name = redis_reply_str(redis_reply_field(group, "name"), NULL);
		int64_t pending = 0;

		(void)redis_reply_int(redis_reply_field(group, "pending"), &pending);
		trim_keep_from(t,
		    redis_reply_str(redis_reply_field(group, "last-delivered-id"), NULL));
		if (pending == 0 || name == NULL)
			continue;
		t->asking++;
		store_read(t->engine->store, trim_on_pending, t, 3,
		    (const char *[]){ "XPENDING", trim_key(t, key), name });
	}
	if (--t->asking == 0)
		trim_send(t);
}

static void
trim_on_length(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct trim *t = arg;
	key_buf key;

	if (outcome != STORE_OK || !redis_reply_int(reply, &t->length) || t->length == 0) {
		trim_next(t);
		return;
	}
	store_read(t->engine->store, trim_on_groups, t, 3,
	    (const char *[]){ "XINFO", "GROUPS", trim_key(t, key) });
}

static void
trim_on_time(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct trim *t = arg;
	const char *text = outcome == STORE_OK ? redis_reply_str(redis_reply_at(reply, 0), NULL) :
	    NULL;
	int64_t now_s = 0, oldest_s;
	key_buf key;

	if (text == NULL || !text_parse_i64(text, 0, INT64_MAX / 1000, &now_s)) {
		trim_next(t);
		return;
	}
	t->over = t->lost = t->tells = false;
	t->needed = (struct stream_id){ UINT64_MAX, UINT64_MAX };
	oldest_s = now_s - (int64_t)t->engine->config->retain_days * 86400;
	t->keep = (struct stream_id){ .ms = oldest_s > 0 ? (uint64_t)oldest_s * 1000 : 0 };
	store_read(t->engine->store, trim_on_length, t, 2,
	    (const char *[]){ "XLEN", trim_key(t, key) });
}

static void
trim_partition(struct trim *t)
{
	store_read(t->engine->store, trim_on_time, t, 1, (const char *[]){ "TIME" });
}

static void
trim_on_timer(void *arg)
{
	trim_start(arg);
}

struct trim *
trim_new(struct engine *engine)
{
	struct trim *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->engine = engine;
	if (timer_init(&t->timer, engine->loop, trim_on_timer, t) != 0)
		return trim_free(t);
	return t;
}

struct trim *
trim_free(struct trim *t)
{
	if (t == NULL)
		return NULL;
	timer_fini(&t->timer);
	free(t->told);
	free(t);
	return NULL;
}

void
trim_start(struct trim *t)
{
	if (t->running)
		return;
	if (t->told == NULL)
		t->told = calloc(store_partitions(t->engine->store), sizeof(*t->told));
	if (t->told == NULL) {
		timer_set_ms(&t->timer, TRIM_INTERVAL_MS);
		return;
	}
	t->running = true;
	t->partition = 0;
	trim_partition(t);
}
