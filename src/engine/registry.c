/* SPDX-License-Identifier: ISC */
/* registry.c -- see registry.h. */
#include "engine/registry.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/log.h"
#include "base/text.h"
#include "core/schedule.h"
#include "core/types.h"
#include "engine/absences.h"
#include "engine/commit.h"
#include "engine/hold.h"
#include "engine/lookup.h"
#include "engine/poll.h"
#include "worker/spawn.h"

/* A number that the last feed without proof did not list, or that was seen since. */
struct last_seen {
	uint64_t	 number;
	int64_t		 seen_s;
	bool		 keep;		/* still missing; a mark while clearing */
	UT_hash_handle	 hh;
};

static const char *const state_names[] = {
	[REGISTRY_IDLE] = "idle", [REGISTRY_POLLING] = "polling", [REGISTRY_HELD] = "held",
	[REGISTRY_BACKOFF] = "backoff", [REGISTRY_STOPPED] = "stopped"
};

const char *
registry_state_name(enum registry_state state)
{
	return state_names[state];
}

static void
registry_on_late_description(void *arg, struct registry *registry)
{
	struct engine *engine = arg;

	if (registry->description == NULL) {
		registry->failures++;
		registry->state = REGISTRY_BACKOFF;
		registry_schedule(registry);
		registry_save_now(registry);
		return;
	}
	log_notice("connector %s: its plug-in can be used now", registry->config->label);
	registry->failures = 0;
	registry->state = REGISTRY_IDLE;
	registry_schedule(registry);
	if (engine->on_described != NULL)
		engine->on_described(engine->on_described_arg);
}

enum registry_state
registry_state_shown(const struct registry *registry)
{
	if (registry->state == REGISTRY_POLLING || registry->state == REGISTRY_STOPPED)
		return registry->state;
	return hold_is_held(registry->hold) ? REGISTRY_HELD : registry->state;
}

static void
registry_on_timer(void *arg)
{
	struct registry *registry = arg;

	if (registry->engine->stopping || !registry->loaded || registry->poll != NULL || registry->commit != NULL ||
	    store_state(registry->engine->store) != STORE_OPEN) {
		timer_set_ms(&registry->timer, 1000);
		return;
	}
	if (registry->description == NULL && registry->describing == NULL)
		registry_describe(registry, registry_on_late_description, registry->engine);
	else if (poll_start(registry, false, NULL, NULL) != 0)
		registry_schedule(registry);
}

static void
registry_on_lookup(void *arg, enum poll_result result, const char *text)
{
	struct registry *registry = arg;

	(void)text;		/* the poll has logged it */
	lookup_answer(registry->lookup, result == POLL_COMMITTED || result == POLL_UNCHANGED || result == POLL_HELD);
}

static int
registry_ask(struct registry *registry, const char *const *numbers, size_t n)
{
	return poll_start_lookup(registry, numbers, n, registry_on_lookup, registry);
}

struct registry *
registry_new(struct engine *engine, const struct config_connector *config)
{
	struct registry *registry = calloc(1, sizeof(*registry));

	if (registry == NULL)
		return NULL;
	registry->engine = engine;
	registry->config = config;
	(void)text_copy(registry->name, sizeof(registry->name), config->name);
	(void)text_copy(registry->proof, sizeof(registry->proof), "none");
	registry->snapshot = snapshot_new();
	registry->hold = hold_new(engine, registry);
	registry->lookup = lookup_new(registry, registry_ask);
	if (registry->snapshot == NULL || registry->hold == NULL || registry->lookup == NULL ||
	    registry_saving_init(registry) != 0 ||
	    timer_init(&registry->timer, engine->loop, registry_on_timer, registry) != 0)
		return registry_free(registry);
	return registry;
}

static void
last_seen_mark(void *arg, uint64_t number, uint64_t content)
{
	struct registry *registry = arg;
	struct last_seen *s;

	(void)content;
	HASH_FIND(hh, registry->last_seen, &number, sizeof(number), s);
	if (s != NULL)
		s->keep = true;
}

void
registry_clear_last_seen(struct registry *registry, const struct snapshot *unseen_in)
{
	struct last_seen *s, *next;

	registry->seen_unknown = false;
	if (unseen_in != NULL)
		snapshot_poll_unseen(unseen_in, last_seen_mark, registry);
	HASH_ITER(hh, registry->last_seen, s, next) {
		if (s->keep) {
			s->keep = false;
			continue;
		}
		HASH_DEL(registry->last_seen, s);
		free(s);
	}
}

struct registry *
registry_free(struct registry *registry)
{
	if (registry == NULL)
		return NULL;
	poll_abandon(registry->poll);
	(void)commit_free(registry->commit);
	registry->hold = hold_free(registry->hold);
	(void)lookup_free(registry->lookup);
	registry_describe_stop(registry);
	timer_fini(&registry->timer);
	registry_saving_fini(registry);
	(void)snapshot_free(registry->snapshot);
	(void)description_free(registry->description);
	registry_clear_last_seen(registry, NULL);
	free(registry->setting_errors);
	absences_free(registry);
	free(registry->checkpoint);
	json_decref(registry->dry_result);
	free(registry);
	return NULL;
}

struct registry *
registry_find(const struct engine *engine, const char *name)
{
	for (size_t i = 0; i < engine->registry_count; i++)
		if (strcmp(engine->registries[i]->name, name) == 0)
			return engine->registries[i];
	return NULL;
}

/* --- what it covers ---------------------------------------------------------- */

bool
registry_covers(const struct registry *registry, const char *body, const char *type)
{
	const struct description *d = registry->description;
	const struct types *types = registry->engine->config->types;

	if (strcmp(registry->config->body, body) != 0)
		return false;
	/* Until the plug-in has spoken, it may cover anything of its body. */
	if (type == NULL || d == NULL || d->type_count == 0)
		return true;
	for (size_t i = 0; i < d->type_count; i++)
		if (types_implies(types, d->types[i], type))
			return true;
	return false;
}

const struct cs_grammar *
registry_grammar(const struct registry *registry)
{
	const struct description *d = registry->description;

	return d != NULL && d->has_grammar ? &d->grammar : NULL;
}

/* --- keys and hashes ----------------------------------------------------------- */

const char *
registry_key(const struct registry *registry, const char *what, key_buf out)
{
	const char *prefix = store_prefix(registry->engine->store);
	key_buf connector;

	return key_beside(prefix, key_connector(prefix, registry->name, connector), what, out);
}

const char *
registry_staged_key(const struct registry *registry, int64_t n, key_buf out)
{
	char what[40];

	(void)snprintf(what, sizeof(what), "staged:%" PRId64, n);
	return registry_key(registry, what, out);
}

uint64_t
registry_hash(const struct registry *registry, const char *text)
{
	return hash64(store_hash_key(registry->engine->store), text, strlen(text));
}

const char *
registry_field(uint64_t hash, char out[17])
{
	(void)snprintf(out, 17, "%016" PRIx64, hash);
	return out;
}

int64_t
registry_seen_s(const struct registry *registry, uint64_t number)
{
	struct last_seen *s;

	/* Of records missing before a restart it is not known which: then none is fresher than the proof. */
	if (registry->seen_unknown)
		return registry->last_proven_s;
	HASH_FIND(hh, registry->last_seen, &number, sizeof(number), s);
	return s != NULL ? s->seen_s : registry->last_complete_s;
}

void
registry_note_seen(struct registry *registry, uint64_t number, int64_t seen_s)
{
	struct last_seen *s;

	registry_set_last_seen(registry, number, seen_s);
	HASH_FIND(hh, registry->last_seen, &number, sizeof(number), s);
	if (s != NULL)
		s->seen_s = seen_s;
}

void
registry_set_last_seen(struct registry *registry, uint64_t number, int64_t seen_s)
{
	struct last_seen *s;

	HASH_FIND(hh, registry->last_seen, &number, sizeof(number), s);
	if (seen_s == 0 && s != NULL) {
		HASH_DEL(registry->last_seen, s);
		free(s);
	}
	if (seen_s == 0 || s != NULL)
		return;		/* the first absence says when it was last seen */
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return;		/* it looks fresher than it is until the next poll */
	s->number = number;
	s->seen_s = seen_s;
	HASH_ADD(hh, registry->last_seen, number, sizeof(s->number), s);
}

bool
registry_is_held(const struct registry *registry)
{
	return hold_is_held(registry->hold);
}

int64_t
registry_stale_after_s(const struct registry *registry)
{
	const struct config_connector *config = registry->config;
	bool deltas = registry->description != NULL && registry->checkpoint != NULL &&
	    (registry->description->kinds & CS_KIND(CS_POLL_DELTA)) != 0;

	/* Between two full polls nothing is complete, and nothing stale. */
	return (config->stale_after_ms + (deltas ? config->full_interval_ms : 0)) / 1000;
}

bool
registry_is_stale(const struct registry *registry, int64_t now_s)
{
	return registry->last_complete_s == 0 ||
	    now_s - registry->last_complete_s > registry_stale_after_s(registry);
}

/* --- the stored state ----------------------------------------------------------- */

#define NUMBERS 20	/* of the internal hash, in the order of number_names */

static const char *const number_names[NUMBERS] = {
	"poll", "last_attempt", "last_success", "last_complete", "last_proven",
	"next_poll", "retry_at", "failures", "unseen", "quota_day", "quota_used",
	"paused", "paused_since", "last_whole", "source_time", "proven", "first_complete",
	"largest", "largest_at", "lacking"
};

static void
registry_save_internal(struct registry *registry, struct store_txn *txn)
{
	int64_t values[NUMBERS] = {
		registry->poll_number, registry->last_attempt_s, registry->last_success_s,
		registry->last_complete_s, registry->last_proven_s, registry->next_poll_s,
		registry->retry_at_s, registry->failures, (int64_t)registry->unseen,
		registry->quota.day, registry->quota.used, registry->pause.total_s, registry->pause.since_s,
		registry->last_whole_s, registry->source_time_s, registry->proven,
		registry->first_complete_s, (int64_t)registry->largest, registry->largest_s,
		(int64_t)registry->lacking
	};
	char texts[NUMBERS][24], revision[12], identity[17], checkpoint[2 * CS_CHECKPOINT_MAX + 1];
	const char *words[2 + 2 * NUMBERS + 16] = { "HSET" };
	json_t *refused = registry->refused.hash[0] != '\0' ? poll_refused_json(registry) : NULL;
	char *refused_text = refused != NULL ? json_dumps(refused, JSON_COMPACT) : NULL;
	struct buf validator;
	key_buf key;
	size_t n = 2;

	words[1] = registry_key(registry, "state", key);
	store_txn_key(txn, key);
	for (size_t i = 0; i < NUMBERS; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "%" PRId64, values[i]);
		words[n++] = number_names[i];
		words[n++] = texts[i];
	}
	(void)snprintf(revision, sizeof(revision), "%" PRIu32,
	    registry->description != NULL ? registry->description->revision : 0);
	words[n++] = "revision";
	words[n++] = revision;
	words[n++] = "pending";
	words[n++] = registry->pending;
	words[n++] = "proof";
	words[n++] = registry->proof;
	words[n++] = "error";
	words[n++] = registry->error;
	words[n++] = "identity";
	words[n++] = registry_field(registry->identity, identity);
	buf_init(&validator, VALIDATOR_TEXT_MAX);
	validator_encode(&registry->validator, &validator);
	words[n++] = "validator";
	words[n++] = buf_str(&validator);
	words[n++] = "refused";
	words[n++] = refused_text != NULL ? refused_text : "";
	/* In hex: it may hold any byte, and NUL ends a word. */
	if (registry->checkpoint != NULL)
		text_hex(registry->checkpoint, registry->checkpoint_len, checkpoint);
	words[n++] = "checkpoint";
	words[n++] = registry->checkpoint != NULL ? checkpoint : "";
	store_txn_cmd(txn, n, words);
	buf_free(&validator);
	free(refused_text);
	json_decref(refused);
}

void
registry_save(struct registry *registry, struct store_txn *txn)
{
	char attempt[TEXT_TIME], success[TEXT_TIME], complete[TEXT_TIME], proven[TEXT_TIME], next[TEXT_TIME];
	char records[24];
	key_buf key;

	(void)key_connector(store_prefix(registry->engine->store), registry->name, key);
	store_txn_key(txn, key);
	(void)snprintf(records, sizeof(records), "%zu", snapshot_records(registry->snapshot));
	store_txn_cmd(txn, 22, (const char *[]){
		"HSET", key, "state", registry_state_name(registry_state_shown(registry)),
		"held_plan", hold_plan_hash(registry->hold),
		"last_attempt", registry->last_attempt_s != 0 ? text_time_s(registry->last_attempt_s, attempt) : "",
		"last_success", registry->last_success_s != 0 ? text_time_s(registry->last_success_s, success) : "",
		"last_complete", registry->last_complete_s != 0 ? text_time_s(registry->last_complete_s, complete) : "",
		"last_proven", registry->last_proven_s != 0 ? text_time_s(registry->last_proven_s, proven) : "",
		"next_poll", registry->next_poll_s != 0 ? text_time_s(registry->next_poll_s, next) : "",
		"proof", registry->proof, "records", records, "error", registry->error
	});
	registry_save_internal(registry, txn);
	hold_save(registry->hold, txn);
}

static void
registry_restore_checkpoint(struct registry *registry, const char *hex, size_t len)
{
	char *bytes = len > 0 && len % 2 == 0 && len / 2 <= CS_CHECKPOINT_MAX ? malloc(len / 2) : NULL;

	free(registry->checkpoint);
	registry->checkpoint = NULL;
	registry->checkpoint_len = 0;
	if (bytes == NULL)
		return;		/* without it the next poll is a full one */
	for (size_t i = 0; i < len / 2; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		bytes[i] = (char)strtoul(pair, NULL, 16);
	}
	registry->checkpoint = bytes;
	registry->checkpoint_len = len / 2;
}

void
registry_restore(struct registry *registry, const struct redis_reply *reply)
{
	int64_t values[NUMBERS] = { 0 };
	const char *text;
	size_t len;

	for (size_t i = 0; i < NUMBERS; i++) {
		text = redis_reply_str(redis_reply_field(reply, number_names[i]), NULL);
		if (text != NULL)
			(void)text_parse_i64(text, 0, INT64_MAX, &values[i]);
	}
	registry->poll_number = values[0];
	registry->last_attempt_s = values[1];
	registry->last_success_s = values[2];
	registry->last_complete_s = values[3];
	registry->last_proven_s = values[4];
	registry->next_poll_s = values[5];
	registry->retry_at_s = values[6];
	registry->failures = (unsigned)(values[7] < 1000 ? values[7] : 1000);
	registry->unseen = (uint64_t)values[8];
	registry->seen_unknown = registry->unseen > 0;
	registry->quota = (struct quota){ .day = values[9], .used = (uint32_t)values[10] };
	registry->pause = (struct pause){ .total_s = values[11], .since_s = values[12] };
	registry->last_whole_s = values[13];
	registry->source_time_s = values[14];
	registry->proven = values[15] != 0;
	registry->first_complete_s = values[16];
	registry->largest = (uint64_t)values[17];
	registry->largest_s = values[18];
	registry->lacking = (uint64_t)values[19];
	text = redis_reply_str(redis_reply_field(reply, "identity"), NULL);
	registry->identity = text != NULL ? strtoull(text, NULL, 16) : 0;
	text = redis_reply_str(redis_reply_field(reply, "validator"), NULL);
	(void)validator_decode(text != NULL ? text : "", &registry->validator);
	text = redis_reply_str(redis_reply_field(reply, "pending"), NULL);
	(void)text_copy(registry->pending, sizeof(registry->pending), text != NULL ? text : "");
	text = redis_reply_str(redis_reply_field(reply, "proof"), NULL);
	if (text != NULL)
		(void)text_copy(registry->proof, sizeof(registry->proof), text);
	text = redis_reply_str(redis_reply_field(reply, "error"), NULL);
	if (text != NULL && registry->error[0] == '\0')
		(void)text_copy(registry->error, sizeof(registry->error), text);
	text = redis_reply_str(redis_reply_field(reply, "refused"), NULL);
	poll_refused_parse(registry, text != NULL ? text : "");
	text = redis_reply_str(redis_reply_field(reply, "checkpoint"), &len);
	registry_restore_checkpoint(registry, text != NULL ? text : "", text != NULL ? len : 0);
}

void
registry_set_state(struct registry *registry, enum registry_state state, const char *error)
{
	registry->state = state;
	(void)snprintf(registry->error, sizeof(registry->error), "%s", error);
}
