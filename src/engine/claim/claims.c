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
#include "engine/claim/purge.h"

#define CLAIMS_ARENA_MAX	((size_t)8 << 20)	/* one read */
#define CLAIMS_RETRY_MS		1000
#define CLAIMS_FIELDS_MAX	64	/* of one entry; a put has at most 16 */
/* one writer, one name: own pending is all pending */
#define CLAIMS_CONSUMER		"certsyncd"

enum { STREAM_CLAIMS = 0, STREAM_STAFF, STREAMS };

static const char *const stream_names[STREAMS] = { "claims", "staff" };

/* One entry of the batch; strings in the arena. */
struct entry {
	const char	*id;
	struct badge_field fields[CLAIMS_FIELDS_MAX];
	size_t		 count;
	bool		 too_large;
};

struct claims {
	struct engine	*engine;
	struct timer	 timer;
	struct arena	*arena;
	int		 stream;	/* being read */
	bool		 history[STREAMS]; /* own pending entries first, then new ones */
	uint64_t	 round[STREAMS]; /* how often it has begun again; of the last read */
	bool		 running;	/* a read or an entry is under way */
	bool		 stopped;
	bool		 found;		/* this round of both streams had entries */
	bool		 idle;
	struct entry	*entries;	/* in arena */
	size_t		 entry_count, entry_next;
	struct claim	 claim;		/* of the entry in hand */
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
	for (int i = 0; i < STREAMS; i++)
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
	for (int i = 0; i < STREAMS; i++)
		c->history[i] = true;
	c->stream = STREAM_CLAIMS;
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

/* Only forms that are ids go into the rejection: other text is foreign. */
static const char *
entry_id_field(const struct entry *e, const char *name, size_t max)
{
	for (size_t i = 0; i < e->count; i++)
		if (strcmp(e->fields[i].name, name) == 0 && text_is_id(e->fields[i].value, max))
			return e->fields[i].value;
	return "";
}

static const char *
entry_field(const struct entry *e, const char *name)
{
	for (size_t i = 0; i < e->count; i++)
		if (strcmp(e->fields[i].name, name) == 0)
			return e->fields[i].value;
	return NULL;
}

static void
claims_remove(struct claims *c)
{
	const struct entry *e = &c->entries[c->entry_next];
	struct store *store = c->engine->store;
	struct store_txn txn;
	key_buf stream;

	(void)key_global(store_prefix(store), stream_names[c->stream], stream);
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
	    c->entries[c->entry_next].id, stream_names[c->stream]);
	claims_remove(c);
}

/* The note is in another slot than the stream: first it, then the removal.  A crash between repeats
 * the note. */
static void
claims_reject(struct claims *c, const char *error)
{
	const struct entry *e = &c->entries[c->entry_next];
	struct store *store = c->engine->store;
	struct store_txn txn;
	key_buf rejected;
	char oldest[32];
	int64_t rev;
	const char *rev_text = entry_field(e, "rev");

	(void)key_global(store_prefix(store), "claims:rejected", rejected);
	(void)snprintf(oldest, sizeof(oldest), "%" PRId64,
	    loop_wall_ms(c->engine->loop) - (int64_t)CLAIMS_REJECTED_DAYS * 86400 * 1000);
	store_txn_begin(store, &txn, rejected);
	store_txn_key(&txn, rejected);
	store_txn_cmd(&txn, 18, (const char *[]){
		"XADD", rejected, "MINID", "~", oldest, "*",
		"op", entry_id_field(e, "op", 16),
		"badge", entry_id_field(e, "badge", BADGE_ID_MAX),
		"profile", entry_id_field(e, "profile", BADGE_ID_MAX), "claim_id", e->id,
		"rev", rev_text != NULL && text_parse_i64(rev_text, 0, INT64_MAX, &rev) ?
		    rev_text : "",
		"error", error
	});
	store_txn_send(store, &txn, claims_on_rejected, c);
}

/* --- applying ---------------------------------------------------------------------- */

static void
claims_on_applied(void *arg, enum reconcile_result result, const char *text)
{
	struct claims *c = arg;
	uint64_t *counts = c->engine->metrics.claims[c->stream];

	log_debug("claims: entry %s of %s: %s%s%s", c->entries[c->entry_next].id,
	    stream_names[c->stream], reconcile_result_name(result), text[0] != '\0' ? ": " : "",
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
	const struct entry *e = &c->entries[c->entry_next];
	struct reconcile_request request = {
		.op = op, .badge = badge, .profile = profile, .cause = CAUSE_CLAIM,
		.claim = op == RECONCILE_PUT ? &c->claim : NULL,
		/* One command on many badges cannot be marked as applied by the first. */
		.stream = op == RECONCILE_ERASE ? NULL : stream_names[c->stream],
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

static const struct {
	const char	*name;
	enum reconcile_op op;
} claim_ops[] = {
	{ "put", RECONCILE_PUT }, { "delete", RECONCILE_DELETE }, { "hide", RECONCILE_HIDE },
	{ "show", RECONCILE_SHOW }, { "recheck", RECONCILE_RECHECK }
};

/* NULL: it has been started; else why it cannot be used, now (err->passing) or ever. */
static const char *
claims_start(struct claims *c, const struct entry *e, struct err *err)
{
	const char *op = entry_field(e, "op");
	const char *badge = entry_field(e, "badge"), *profile = entry_field(e, "profile");

	if (e->too_large)
		return "too_large: an entry is at most 32 KiB";
	if (op == NULL)
		return "op_missing: a command has a field op";
	if (profile == NULL || !text_is_id(profile, BADGE_ID_MAX))
		return "profile_invalid: 1 to 64 of A-Z a-z 0-9 _ -";
	if (c->stream == STREAM_STAFF && strcmp(op, "erase") == 0) {
		(void)text_copy(c->erase_profile, sizeof(c->erase_profile), profile);
		claims_erase(c);
		return NULL;
	}
	if (badge == NULL || !text_is_id(badge, BADGE_ID_MAX))
		return "badge_invalid: 1 to 64 of A-Z a-z 0-9 _ -";
	for (size_t i = 0;
	    c->stream == STREAM_CLAIMS && i < sizeof(claim_ops) / sizeof(claim_ops[0]); i++) {
		if (strcmp(op, claim_ops[i].name) != 0)
			continue;
		if (claim_ops[i].op == RECONCILE_PUT &&
		    claim_parse(e->fields, e->count, c->arena, &c->claim, err) != 0)
			return err->text;
		claims_apply(c, claim_ops[i].op, badge, profile);
		return NULL;
	}
	return "op_unknown: this stream and version know no such command";
}

static void
claims_next(struct claims *c)
{
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
	log_debug("claims: entry %s of %s: %s", c->entries[c->entry_next].id,
	    stream_names[c->stream], entry_id_field(&c->entries[c->entry_next], "op", 16));
	error = claims_start(c, &c->entries[c->entry_next], &err);
	if (err.passing)
		claims_start_over(c, CLAIMS_RETRY_MS);
	else if (error != NULL)
		claims_reject(c, error);
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
claims_keep(struct claims *c, const struct redis_reply *reply, struct entry *out)
{
	const struct redis_reply *fields = redis_reply_at(reply, 2);
	size_t n = redis_reply_count(fields) / 2;
	const char *text = redis_reply_str(redis_reply_at(reply, 0), NULL);
	int64_t bytes = 0;

	out->id = arena_strdup(c->arena, text != NULL ? text : "");
	(void)redis_reply_int(redis_reply_at(reply, 1), &bytes);
	out->too_large = (n == 0 && bytes > 0) || n > CLAIMS_FIELDS_MAX;
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
	c->stream = (c->stream + 1) % STREAMS;
	if (c->stream != STREAM_CLAIMS || c->found) {
		if (c->stream == STREAM_CLAIMS)
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

	(void)key_global(store_prefix(store), stream_names[c->stream], stream);
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
	    "new ones, whatever was applied before", stream_names[c->stream]);
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

	(void)key_global(store_prefix(store), stream_names[c->stream], stream);
	(void)key_beside(store_prefix(store), stream, "fence", fence);
	(void)key_beside(store_prefix(store), stream, "stream", known);
	store_run(store, STORE_SCRIPT_CLAIMS, claims_on_read, c, keys, 3, args, 5);
}
