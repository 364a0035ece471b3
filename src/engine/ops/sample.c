/* SPDX-License-Identifier: ISC */
/* sample.c -- see sample.h.  One read after the other: none of it is urgent. */
#include "engine/ops/sample.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char *const commands[2] = { "claims", "staff" };

struct sample {
	struct engine	*engine;
	struct timer	 timer;
	bool		 running;
	unsigned	 partition;
	size_t		 stream;	/* of commands */
	int64_t		 length;	/* of the stream in hand */
	struct sample_values next, values;
};

/* --- the commands that wait --------------------------------------------------------- */

static void sample_stream(struct sample *);

static void
sample_end(struct sample *s, bool ok)
{
	if (ok) {
		s->next.taken_s = engine_now_s(s->engine);
		s->values = s->next;
	}
	s->running = false;
	timer_set_ms(&s->timer, SAMPLE_INTERVAL_MS);
}

static void
sample_on_rejected(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct sample *s = arg;

	sample_end(s, outcome == STORE_OK && redis_reply_int(reply, &s->next.rejected));
}

static void
sample_on_first(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct sample *s = arg;
	const char *id = redis_reply_str(redis_reply_at(redis_reply_at(reply, 0), 0), NULL);

	if (outcome != STORE_OK) {
		sample_end(s, false);
		return;
	}
	/* "MS-SEQ"; none: it has been applied meanwhile. */
	s->next.oldest_ms[s->stream] = id != NULL ? strtoll(id, NULL, 10) : 0;
	s->stream++;
	sample_stream(s);
}

static void
sample_on_waiting(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct sample *s = arg;
	key_buf key;

	if (outcome != STORE_OK || !redis_reply_int(reply, &s->next.waiting[s->stream])) {
		sample_end(s, false);
		return;
	}
	(void)key_global(store_prefix(s->engine->store), commands[s->stream], key);
	store_read(s->engine->store, sample_on_first, s, 6,
	    (const char *[]){ "XRANGE", key, "-", "+", "COUNT", "1" });
}

static void
sample_stream(struct sample *s)
{
	bool last = s->stream == 2;
	key_buf key;

	(void)key_global(store_prefix(s->engine->store),
	    last ? "claims:rejected" : commands[s->stream], key);
	store_read(s->engine->store, last ? sample_on_rejected : sample_on_waiting, s, 2,
	    (const char *[]){ "XLEN", key });
}

/* --- partitions ------------------------------------------------------------------------ */

static void sample_partition(struct sample *);

static void
sample_on_due(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct sample *s = arg;
	const char *score = redis_reply_str(redis_reply_at(reply, 1), NULL);
	int64_t due_s;

	if (outcome != STORE_OK) {
		sample_end(s, false);
		return;
	}
	if (score != NULL && text_parse_i64(score, 0, INT64_MAX, &due_s) &&
	    (s->next.review_due_s == 0 || due_s < s->next.review_due_s))
		s->next.review_due_s = due_s;
	if (++s->partition < store_partitions(s->engine->store))
		sample_partition(s);
	else
		sample_stream(s);
}

static void
sample_on_review(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct sample *s = arg;
	int64_t n = 0;
	key_buf key;

	if (outcome != STORE_OK || !redis_reply_int(reply, &n)) {
		sample_end(s, false);
		return;
	}
	s->next.review += n;
	(void)key_partition(store_prefix(s->engine->store), s->partition, "review", NULL, key);
	store_read(s->engine->store, sample_on_due, s, 5,
	    (const char *[]){ "ZRANGE", key, "0", "0", "WITHSCORES" });
}

static void
sample_review(struct sample *s)
{
	key_buf key;

	(void)key_partition(store_prefix(s->engine->store), s->partition, "review", NULL, key);
	store_read(s->engine->store, sample_on_review, s, 2, (const char *[]){ "ZCARD", key });
}

static struct sample_group *
sample_group(struct sample_values *v, const char *name)
{
	char cut[SAMPLE_GROUP_NAME_MAX];

	(void)text_escape(name, strlen(name), cut, sizeof(cut));
	for (size_t i = 0; i < v->group_count; i++)
		if (strcmp(v->groups[i].name, cut) == 0)
			return &v->groups[i];
	if (v->group_count == SAMPLE_GROUPS_MAX) {
		v->groups_beyond++;
		return NULL;
	}
	(void)text_copy(v->groups[v->group_count].name, SAMPLE_GROUP_NAME_MAX, cut);
	return &v->groups[v->group_count++];
}

void
sample_add_groups(struct sample_values *v, const struct redis_reply *reply, int64_t events)
{
	for (size_t i = 0; i < redis_reply_count(reply); i++) {
		const struct redis_reply *one = redis_reply_at(reply, i);
		const char *name = redis_reply_str(redis_reply_field(one, "name"), NULL);
		const char *last = redis_reply_str(redis_reply_field(one, "last-delivered-id"),
		    NULL);
		struct sample_group *group = name != NULL ? sample_group(v, name) : NULL;
		int64_t lag = events, pending = 0,
		    last_ms = last != NULL ? strtoll(last, NULL, 10) : 0;

		if (group == NULL)
			continue;
		/* nil after entries have been deleted, by an erasure for instance. */
		(void)redis_reply_int(redis_reply_field(one, "lag"), &lag);
		(void)redis_reply_int(redis_reply_field(one, "pending"), &pending);
		group->lag += lag;
		group->pending += pending;
		if (lag > 0 && (group->delivered_ms == 0 || last_ms < group->delivered_ms))
			group->delivered_ms = last_ms;
	}
}

static void
sample_on_groups(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct sample *s = arg;

	if (outcome != STORE_OK) {
		sample_end(s, false);
		return;
	}
	sample_add_groups(&s->next, reply, s->length);
	sample_review(s);
}

static void
sample_on_length(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct sample *s = arg;
	key_buf key;

	if (outcome != STORE_OK || !redis_reply_int(reply, &s->length)) {
		sample_end(s, false);
		return;
	}
	s->next.events += s->length;
	if (s->length > s->next.events_fullest)
		s->next.events_fullest = s->length;
	if (s->length == 0) {	/* perhaps there is no such key, and XINFO would fail */
		sample_review(s);
		return;
	}
	(void)key_partition(store_prefix(s->engine->store), s->partition, "events", NULL, key);
	store_read(s->engine->store, sample_on_groups, s, 3,
	    (const char *[]){ "XINFO", "GROUPS", key });
}

static void
sample_partition(struct sample *s)
{
	key_buf key;

	if (s->engine->stopping) {
		sample_end(s, false);
		return;
	}
	(void)key_partition(store_prefix(s->engine->store), s->partition, "events", NULL, key);
	store_read(s->engine->store, sample_on_length, s, 2, (const char *[]){ "XLEN", key });
}

/* --- rounds ---------------------------------------------------------------------------- */

static void
sample_on_timer(void *arg)
{
	sample_start(arg);
}

struct sample *
sample_new(struct engine *engine)
{
	struct sample *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->engine = engine;
	if (timer_init(&s->timer, engine->loop, sample_on_timer, s) != 0)
		return sample_free(s);
	return s;
}

struct sample *
sample_free(struct sample *s)
{
	if (s == NULL)
		return NULL;
	timer_fini(&s->timer);
	free(s);
	return NULL;
}

void
sample_start(struct sample *s)
{
	if (s->running)
		return;
	s->running = true;
	s->next = (struct sample_values){ .taken_s = 0 };
	s->partition = 0;
	s->stream = 0;
	sample_partition(s);
}

const struct sample_values *
sample_values(const struct sample *s)
{
	return &s->values;
}
