/* SPDX-License-Identifier: ISC */
/* claims.c -- see claims.h: reading, removing.  claims_apply.c carries out. */
#include "engine/claim/claims_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"
#include "engine/claim/rejected.h"

#define CLAIMS_ARENA_MAX	((size_t)8 << 20)	/* one read */
/* one writer, one name: own pending is all pending */
#define CLAIMS_CONSUMER		"certsyncd"

static void claims_read(struct claims *);

static void
claims_on_timer(void *arg)
{
	claims_resume(arg);
}

/* From the entries that are pending, in both streams. */
static void
claims_begin(struct claims *c)
{
	for (int i = 0; i < COMMAND_STREAMS; i++) {
		c->history[i] = true;
		(void)snprintf(c->cursor[i], sizeof(c->cursor[i]), "0");
	}
	c->stream = COMMAND_CLAIMS;
	c->skipped = 0;
}

struct claims *
claims_new(struct engine *engine)
{
	struct claims *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->engine = engine;
	claims_begin(c);
	c->arena = arena_new(CLAIMS_ARENA_MAX);
	c->stuck = stuck_new(engine);
	if (c->arena == NULL || c->stuck == NULL ||
	    timer_init(&c->timer, engine->loop, claims_on_timer, c) != 0)
		return claims_free(c);
	return c;
}

struct claims *
claims_free(struct claims *c)
{
	if (c == NULL)
		return NULL;
	timer_fini(&c->timer);
	(void)stuck_free(c->stuck);
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
void
claims_start_over(struct claims *c, int64_t ms)
{
	c->running = false;
	c->erase_profile[0] = '\0';
	claims_begin(c);
	if (!c->stopped)
		timer_set_ms(&c->timer, ms);
}

static void
claims_on_stuck_loaded(void *arg, bool ok)
{
	struct claims *c = arg;

	if (ok)
		claims_read(c);
	else
		claims_start_over(c, CLAIMS_RETRY_MS);
}

const struct stuck *
claims_stuck(const struct claims *c)
{
	return c->stuck;
}

size_t
claims_left(const struct claims *c, const char **out_why)
{
	size_t n = stuck_count(c->stuck, out_why);

	if (n == 0 && c->skipped > 0)
		*out_why = "a key of their partition has another type than it should, see the log";
	return n + c->skipped;
}

void
claims_resume(struct claims *c)
{
	if (c->running || c->stopped || !c->engine->loaded ||
	    store_state(c->engine->store) != STORE_OPEN)
		return;
	c->running = true;
	if (!stuck_is_loaded(c->stuck)) {
		stuck_load(c->stuck, claims_on_stuck_loaded, c);
		return;
	}
	stuck_resume(c->stuck);
	if (c->skipped > 0 && loop_now_ms(c->engine->loop) >= c->unblock_ms) {
		memset(c->blocked, 0, sizeof(c->blocked));
		claims_begin(c);
	}
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

void
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
void
claims_reject(struct claims *c, const char *error)
{
	rejected_add(c->engine, &c->entries[c->entry_next], error, claims_on_rejected, c);
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
	c->page_skipped = false;
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
		CLAIMS_GROUP, CLAIMS_CONSUMER, c->history[c->stream] ? c->cursor[c->stream] : ">",
		CLAIMS_BATCH, CLAIMS_ENTRY_MAX
	};

	(void)key_global(store_prefix(store), command_stream_name(c->stream), stream);
	(void)key_beside(store_prefix(store), stream, "fence", fence);
	(void)key_beside(store_prefix(store), stream, "stream", known);
	store_run(store, STORE_SCRIPT_CLAIMS, claims_on_read, c, keys, 3, args, 5);
}

/* The page in hand is through. */
void
claims_page_end(struct claims *c)
{
	if (c->page_skipped && c->history[c->stream])
		(void)text_copy(c->cursor[c->stream], sizeof(c->cursor[0]),
		    c->entries[c->entry_count - 1].id);
	if (c->skipped < CLAIMS_SKIPPED_MAX) {
		claims_read(c);
		return;
	}
	/* More would only be pending: it waits for those, and --once has done what it could. */
	c->running = false;
	c->idle = true;
	if (!c->stopped)
		timer_set_ms(&c->timer, CLAIMS_BLOCKED_MS);
	engine_progress(c->engine);
}
