/* SPDX-License-Identifier: ISC */
/* claims.c -- see claims.h. */
#include "engine/claim/claims.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/badge/reconcile.h"
#include "engine/claim/command.h"
#include "engine/claim/purge.h"
#include "engine/claim/rejected.h"

#define CLAIMS_ARENA_MAX	((size_t)8 << 20)	/* one read */
#define CLAIMS_RETRY_MS		1000
/* one writer, one name: own pending is all pending */
#define CLAIMS_CONSUMER		"certsyncd"

struct claims {
	struct engine	*engine;
	struct timer	 timer;
	struct arena	*arena;
	enum command_stream stream; /* being read */
	bool		 history[COMMAND_STREAMS]; /* own pending entries first, then new ones */
	uint64_t	 round[COMMAND_STREAMS]; /* how often it has begun again; of the last read */
	bool		 running;	/* a read or an entry is under way */
	bool		 stopped;
	bool		 found;		/* this round of both streams had entries */
	bool		 idle;
	struct command	*entries;	/* in arena */
	size_t		 entry_count, entry_next;
	struct command_order order;	/* of the entry in hand */
	/* ERASE PROFILE is one reconciliation a badge. */
	char		 erase_profile[BADGE_ID_MAX + 1];
};

static void claims_read(struct claims *);
static void claims_next(struct claims *);

static void
claims_on_timer(void *arg)
{
	claims_resume(arg);
}

struct claims *
claims_new(struct engine *engine)
{
	struct claims *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->engine = engine;
	for (int i = 0; i < COMMAND_STREAMS; i++)
		c->history[i] = true;
	c->arena = arena_new(CLAIMS_ARENA_MAX);
	if (c->arena == NULL || timer_init(&c->timer, engine->loop, claims_on_timer, c) != 0)
		return claims_free(c);
	return c;
}

struct claims *
claims_free(struct claims *c)
{
	if (c == NULL)
		return NULL;
	timer_fini(&c->timer);
	(void)arena_free(c->arena);
	free(c);
	return NULL;
}

bool
claims_are_idle(const struct claims *c)
{
	return c->idle && !c->running;
}

void
claims_stop(struct claims *c)
{
	c->stopped = true;
	timer_cancel(&c->timer);
}

/* Everything in hand is read again from the entries that are pending. */
static void
claims_start_over(struct claims *c, int64_t ms)
{
	c->running = false;
	c->erase_profile[0] = '\0';
	for (int i = 0; i < COMMAND_STREAMS; i++)
		c->history[i] = true;
	c->stream = COMMAND_CLAIMS;
	if (!c->stopped)
		timer_set_ms(&c->timer, ms);
}

void
claims_resume(struct claims *c)
{
	if (c->running || c->stopped || !c->engine->loaded ||
	    store_state(c->engine->store) != STORE_OPEN)
		return;
	c->running = true;
	claims_read(c);
}

/* --- removing ---------------------------------------------------------------------- */

static void
claims_on_removed(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct claims *c = arg;

	(void)reply;
	if (outcome != STORE_OK) {
		claims_start_over(c, CLAIMS_RETRY_MS);
		return;
	}
	c->entry_next++;
	claims_next(c);
}

static void
claims_remove(struct claims *c)
{
	const struct command *e = &c->entries[c->entry_next];
	struct store *store = c->engine->store;
	struct store_txn txn;
	key_buf stream;

	(void)key_global(store_prefix(store), command_stream_name(c->stream), stream);
	store_txn_begin(store, &txn, stream);
	store_txn_key(&txn, stream);
	store_txn_cmd(&txn, 4, (const char *[]){ "XACK", stream, CLAIMS_GROUP, e->id });
	store_txn_cmd(&txn, 3, (const char *[]){ "XDEL", stream, e->id });
	store_txn_send(store, &txn, claims_on_removed, c);
}

static void
claims_on_rejected(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct claims *c = arg;

	(void)reply;
	if (outcome != STORE_OK) {
		claims_start_over(c, CLAIMS_RETRY_MS);
		return;
	}
	c->engine->metrics.claims[c->stream][METRICS_CLAIM_REJECTED]++;
	/* The reason may hold a field's name, which is foreign: the stream is the place for it. */
	log_event(CLAIM_REJECTED, LOG_LEVEL_INFO, NULL,
	    "claims: entry %s of %s is rejected, see the stream claims:rejected",
	    c->entries[c->entry_next].id, command_stream_name(c->stream));
	claims_remove(c);
}

/* The note is in another slot than the stream: first it, then the removal.  A crash between repeats
 * the note. */
static void
claims_reject(struct claims *c, const char *error)
{
	rejected_add(c->engine, &c->entries[c->entry_next], error, claims_on_rejected, c);
}

/* --- applying ---------------------------------------------------------------------- */

static void
claims_on_applied(void *arg, enum reconcile_result result, const char *text)
{
	struct claims *c = arg;
	uint64_t *counts = c->engine->metrics.claims[c->stream];

	log_debug("claims: entry %s of %s: %s%s%s", c->entries[c->entry_next].id,
	    command_stream_name(c->stream), reconcile_result_name(result), text[0] != '\0' ? ": " : "",
	    text);
	switch (result) {
	case RECONCILE_REJECTED:
		claims_reject(c, text);
		return;
	case RECONCILE_RETRY:
		claims_start_over(c, CLAIMS_RETRY_MS);
		return;
	case RECONCILE_ENDED:
		c->running = false;
		return;
	case RECONCILE_WRITTEN:
		counts[METRICS_CLAIM_APPLIED]++;
		break;
	default:
		counts[METRICS_CLAIM_IGNORED]++;
		break;
	}
	if (c->erase_profile[0] != '\0')
		claims_next(c);		/* its other badges */
	else
		claims_remove(c);
}

static void
claims_apply(struct claims *c, enum reconcile_op op, const char *badge, const char *profile)
{
	const struct command *e = &c->entries[c->entry_next];
	struct reconcile_request request = {
		.op = op, .badge = badge, .profile = profile, .cause = CAUSE_CLAIM,
		.claim = op == RECONCILE_PUT ? &c->order.claim : NULL,
		/* One command on many badges cannot be marked as applied by the first. */
		.stream = op == RECONCILE_ERASE ? NULL : command_stream_name(c->stream),
		.entry_id = e->id, .round = c->round[c->stream]
	};

	if (reconcile_start(c->engine, &request, claims_on_applied, c) == NULL)
		claims_start_over(c, CLAIMS_RETRY_MS);
}

static void
claims_on_purged(void *arg, bool ok)
{
	struct claims *c = arg;

	c->erase_profile[0] = '\0';
	if (ok)
		claims_remove(c);
	else
		claims_start_over(c, CLAIMS_RETRY_MS);
}

/* Badge after badge, then what the streams still hold of the profile. */
static void
claims_erase(struct claims *c)
{
	const struct index_badge *b = index_profile_first(c->engine->index, c->erase_profile);

	if (b != NULL) {
		claims_apply(c, RECONCILE_ERASE, b->id, c->erase_profile);
		return;
	}
	if (purge_start(c->engine, c->erase_profile, claims_on_purged, c) != 0)
		claims_start_over(c, CLAIMS_RETRY_MS);
}

static void
claims_next(struct claims *c)
{
	const struct command *e;
	struct err err = { .text = "" };
	const char *error;

	if (c->erase_profile[0] != '\0') {
		claims_erase(c);
		return;
	}
	if (c->stopped) {
		c->running = false;
		engine_progress(c->engine);
		return;
	}
	if (c->entry_next == c->entry_count) {
		claims_read(c);
		return;
	}
	e = &c->entries[c->entry_next];
	log_debug("claims: entry %s of %s: %s", e->id, command_stream_name(c->stream),
	    command_id_field(e, "op", 16));
	error = command_read(e, c->stream, c->arena, &c->order, &err);
	if (err.passing)
		claims_start_over(c, CLAIMS_RETRY_MS);
	else if (error != NULL)
		claims_reject(c, error);
	else if (c->order.whole_profile) {
		(void)text_copy(c->erase_profile, sizeof(c->erase_profile), c->order.profile);
		claims_erase(c);
	} else
		claims_apply(c, c->order.op, c->order.badge, c->order.profile);
}

/* --- reading ----------------------------------------------------------------------- */

/* A NUL would cut the text silently: a control character makes it fail its rule instead. */
static const char *
claims_text(struct claims *c, const struct redis_reply *reply)
{
	size_t len;
	const char *text = redis_reply_str(reply, &len);

	if (text == NULL || strlen(text) != len)
		return arena_strdup(c->arena, "\x01");
	return arena_strndup(c->arena, text, len);
}

static bool
claims_keep(struct claims *c, const struct redis_reply *reply, struct command *out)
{
	const struct redis_reply *fields = redis_reply_at(reply, 2);
	size_t n = redis_reply_count(fields) / 2;
	const char *text = redis_reply_str(redis_reply_at(reply, 0), NULL);
	int64_t bytes = 0;

	out->id = arena_strdup(c->arena, text != NULL ? text : "");
	(void)redis_reply_int(redis_reply_at(reply, 1), &bytes);
	out->too_large = (n == 0 && bytes > 0) || n > COMMAND_FIELDS_MAX;
	out->count = out->too_large ? 0 : n;
	for (size_t i = 0; i < out->count; i++) {
		out->fields[i].name = claims_text(c, redis_reply_at(fields, 2 * i));
		out->fields[i].value = claims_text(c, redis_reply_at(fields, 2 * i + 1));
		if (out->fields[i].name == NULL || out->fields[i].value == NULL)
			return false;
	}
	return out->id != NULL;
}

/* Nothing more in this stream now: the other one, or a pause. */
static void
claims_turn(struct claims *c)
{
	c->stream = (c->stream + 1) % COMMAND_STREAMS;
	if (c->stream != COMMAND_CLAIMS || c->found) {
		if (c->stream == COMMAND_CLAIMS)
			c->found = false;
		claims_read(c);
		return;
	}
	c->running = false;
	c->idle = true;
	/* Each time: what finished during a read could not be told from what goes on. */
	engine_progress(c->engine);
	if (!c->stopped)
		timer_set_ms(&c->timer, CLAIMS_IDLE_MS);
}

static void
claims_on_group(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct claims *c = arg;

	(void)reply;
	if (outcome == STORE_OK)
		claims_read(c);
	else
		claims_start_over(c, CLAIMS_RETRY_MS);
}

/* From the stream's beginning: what was put before us is waiting for us. */
static void
claims_group(struct claims *c)
{
	struct store *store = c->engine->store;
	struct store_txn txn;
	key_buf stream;

	(void)key_global(store_prefix(store), command_stream_name(c->stream), stream);
	store_txn_begin(store, &txn, stream);
	store_txn_key(&txn, stream);
	store_txn_cmd(&txn, 6,
	    (const char *[]){ "XGROUP", "CREATE", stream, CLAIMS_GROUP, "0", "MKSTREAM" });
	store_txn_send(store, &txn, claims_on_group, c);
}

/* Before the entries: which round of the stream they are of. */
static void
claims_round(struct claims *c, const struct redis_reply *reply)
{
	const char *round = redis_reply_str(redis_reply_at(reply, 0), NULL);
	int64_t begun = 0;

	c->round[c->stream] = round != NULL ? strtoull(round, NULL, 10) : 0;
	(void)redis_reply_int(redis_reply_at(reply, 1), &begun);
	if (begun == 0)
		return;
	c->engine->metrics.claims_begun_again[c->stream]++;
	log_warn("claims: the stream %s was made anew, and its ids begin again: its commands are "
	    "new ones, whatever was applied before", command_stream_name(c->stream));
}

static void
claims_on_read(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct claims *c = arg;

	if (outcome == STORE_NOGROUP) {
		claims_group(c);
		return;
	}
	if (outcome != STORE_OK) {
		if (outcome == STORE_ENDED)
			c->running = false;
		else
			claims_start_over(c, CLAIMS_RETRY_MS);
		return;
	}
	arena_reset(c->arena);
	c->entry_next = 0;
	c->entry_count = redis_reply_count(reply) > 3 ? redis_reply_count(reply) - 3 : 0;
	if (c->entry_count == 0) {
		if (c->history[c->stream]) {
			c->history[c->stream] = false;
			claims_read(c);
		} else
			claims_turn(c);
		return;
	}
	c->found = true;
	c->idle = false;
	claims_round(c, redis_reply_at(reply, 2));
	c->entries = arena_alloc(c->arena, c->entry_count * sizeof(*c->entries));
	for (size_t i = 0; i < c->entry_count; i++)
		if (c->entries == NULL ||
		    !claims_keep(c, redis_reply_at(reply, i + 3), &c->entries[i])) {
			claims_start_over(c, CLAIMS_RETRY_MS);
			return;
		}
	claims_next(c);
}

static void
claims_read(struct claims *c)
{
	struct store *store = c->engine->store;
	key_buf stream, fence, known;
	const char *keys[3] = { fence, stream, known };
	const char *args[5] = {
		CLAIMS_GROUP, CLAIMS_CONSUMER, c->history[c->stream] ? "0" : ">",
		CLAIMS_BATCH, CLAIMS_ENTRY_MAX
	};

	(void)key_global(store_prefix(store), command_stream_name(c->stream), stream);
	(void)key_beside(store_prefix(store), stream, "fence", fence);
	(void)key_beside(store_prefix(store), stream, "stream", known);
	store_run(store, STORE_SCRIPT_CLAIMS, claims_on_read, c, keys, 3, args, 5);
}
