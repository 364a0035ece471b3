/* SPDX-License-Identifier: ISC */
/*
 * registry_store.c -- see registry_store.h: a connector's state in Redis.  Its public
 * hash is what consumers read; what a restart needs stands in "...:state".
 */
#include "engine/registry/registry_store.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "engine/registry/mirror.h"

/* --- the feed that was refused last ---------------------------------------------- */

void
registry_refused_clear(struct registry *registry)
{
	registry->refused = (struct refused){ .records = 0 };
}

json_t *
registry_refused_json(const struct registry *registry)
{
	const struct refused *r = &registry->refused;
	char time[TEXT_TIME];

	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s}", "hash", r->hash, "why", r->why,
	    "records", (json_int_t)r->records, "known", (json_int_t)r->known,
	    "missing", (json_int_t)r->lacking, "missing_verified", (json_int_t)r->missing_verified,
	    "at", text_time_s(r->at_s, time), "accepted_by", r->accepted_by);
}

void
registry_refused_parse(struct registry *registry, const char *text)
{
	json_t *root = text[0] != '\0' ? json_loads(text, 0, NULL) : NULL;
	struct refused r = { .records = 0 };
	const char *hash, *why, *at, *by;
	json_int_t records, known, missing, missing_verified;

	if (root != NULL && json_unpack(root, "{s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s}",
	    "hash", &hash, "why", &why, "records", &records, "known", &known, "missing", &missing,
	    "missing_verified", &missing_verified, "at", &at, "accepted_by", &by) == 0 &&
	    text_parse_time_s(at, &r.at_s) &&
	    text_copy(r.hash, sizeof(r.hash), hash) &&
	    text_copy(r.accepted_by, sizeof(r.accepted_by), by)) {
		(void)snprintf(r.why, sizeof(r.why), "%s", why);
		r.records = (uint64_t)records;
		r.known = (uint64_t)known;
		r.lacking = (uint64_t)missing;
		r.missing_verified = (uint64_t)missing_verified;
		registry->refused = r;
	}
	json_decref(root);
}

/* --- all of it ------------------------------------------------------------------- */

enum stored_kind { STORED_S = 0, STORED_COUNT, STORED_SMALL, STORED_FLAG };

/* Numbers of the internal hash: S is int64_t, COUNT uint64_t, SMALL 32 bits without sign, FLAG
 * bool. */
static const struct {
	const char	*name;
	size_t		 offset;
	enum stored_kind kind;
	int64_t		 max;		/* a larger one is stored by nobody, and cut */
} numbers[] = {
#define STORED(name, member, kind, max) { name, offsetof(struct registry, member), kind, max }
	STORED("poll", poll_number, STORED_S, INT64_MAX),
	STORED("last_attempt", times.last_attempt_s, STORED_S, INT64_MAX),
	STORED("last_success", times.last_success_s, STORED_S, INT64_MAX),
	STORED("last_complete", proof.last_complete_s, STORED_S, INT64_MAX),
	STORED("last_proven", proof.last_proven_s, STORED_S, INT64_MAX),
	STORED("next_poll", times.next_poll_s, STORED_S, INT64_MAX),
	STORED("retry_at", times.retry_at_s, STORED_S, INT64_MAX),
	STORED("failures", times.failures, STORED_SMALL, 1000),
	STORED("unseen", proof.lacking_records, STORED_COUNT, INT64_MAX),
	STORED("quota_day", quota.day, STORED_S, INT64_MAX),
	STORED("quota_used", quota.used, STORED_SMALL, UINT32_MAX),
	STORED("paused", pause.total_s, STORED_S, INT64_MAX),
	STORED("paused_since", pause.since_s, STORED_S, INT64_MAX),
	STORED("last_whole", reading.last_whole_s, STORED_S, INT64_MAX),
	STORED("source_time", reading.source_time_s, STORED_S, INT64_MAX),
	STORED("as_of", reading.as_of_s, STORED_S, INT64_MAX),
	STORED("news", reading.news_s, STORED_S, INT64_MAX),
	STORED("proven", proof.proven, STORED_FLAG, INT64_MAX),
	STORED("first_complete", proof.first_complete_s, STORED_S, INT64_MAX),
	STORED("lacking_since", proof.lacking_since_s, STORED_S, INT64_MAX),
	STORED("largest", proof.largest, STORED_COUNT, INT64_MAX),
	STORED("largest_at", proof.largest_s, STORED_S, INT64_MAX),
	STORED("lacking", proof.lacking_numbers, STORED_COUNT, INT64_MAX)
#undef STORED
};
#define NUMBERS		(sizeof(numbers) / sizeof(numbers[0]))

static int64_t
number_get(const struct registry *registry, size_t i)
{
	const char *at = (const char *)registry + numbers[i].offset;

	switch (numbers[i].kind) {
	case STORED_COUNT:
		return (int64_t)*(const uint64_t *)(const void *)at;
	case STORED_SMALL:
		return *(const uint32_t *)(const void *)at;
	case STORED_FLAG:
		return *(const bool *)(const void *)at;
	default:
		return *(const int64_t *)(const void *)at;
	}
}

static void
number_set(struct registry *registry, size_t i, int64_t value)
{
	char *at = (char *)registry + numbers[i].offset;

	if (value > numbers[i].max)
		value = numbers[i].max;
	switch (numbers[i].kind) {
	case STORED_COUNT:
		*(uint64_t *)(void *)at = (uint64_t)value;
		return;
	case STORED_SMALL:
		*(uint32_t *)(void *)at = (uint32_t)value;
		return;
	case STORED_FLAG:
		*(bool *)(void *)at = value != 0;
		return;
	default:
		*(int64_t *)(void *)at = value;
		return;
	}
}

static void
registry_save_internal(struct registry *registry, struct store_txn *txn)
{
	char texts[NUMBERS][24], revision[12], identity[17], checkpoint[2 * CS_CHECKPOINT_MAX + 1];
	const char *words[2 + 2 * NUMBERS + 20] = { "HSET" };
	json_t *refused = registry->refused.hash[0] != '\0' ? registry_refused_json(registry) :
	    NULL;
	char *refused_text = refused != NULL ? json_dumps(refused, JSON_COMPACT) : NULL;
	struct buf validator, left_out;
	key_buf key;
	size_t n = 2;

	words[1] = registry_key(registry, "state", key);
	store_txn_key(txn, key);
	for (size_t i = 0; i < NUMBERS; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "%" PRId64, number_get(registry, i));
		words[n++] = numbers[i].name;
		words[n++] = texts[i];
	}
	(void)snprintf(revision, sizeof(revision), "%" PRIu32,
	    registry->plugin.description != NULL ? registry->plugin.description->revision : 0);
	words[n++] = "revision";
	words[n++] = revision;
	words[n++] = "pending";
	words[n++] = registry->diff.pending;
	words[n++] = "proof";
	words[n++] = registry->proof.name;
	words[n++] = "error";
	words[n++] = registry->error;
	words[n++] = "file";
	words[n++] = registry->reading.file;
	words[n++] = "identity";
	words[n++] = mirror_field(registry->reading.identity, identity);
	buf_init(&validator, VALIDATOR_TEXT_MAX);
	validator_encode(&registry->reading.validator, &validator);
	words[n++] = "validator";
	words[n++] = buf_str(&validator);
	buf_init(&left_out, LEFT_OUT_TEXT_MAX);
	left_out_encode(&registry->left_out, &left_out);
	words[n++] = "left_out";
	words[n++] = buf_str(&left_out);
	words[n++] = "refused";
	words[n++] = refused_text != NULL ? refused_text : "";
	/* In hex: it may hold any byte, and NUL ends a word. */
	if (registry->reading.checkpoint != NULL)
		text_hex(registry->reading.checkpoint,
		    registry->reading.checkpoint_len, checkpoint);
	words[n++] = "checkpoint";
	words[n++] = registry->reading.checkpoint != NULL ? checkpoint : "";
	store_txn_cmd(txn, n, words);
	buf_free(&left_out);
	buf_free(&validator);
	free(refused_text);
	json_decref(refused);
}

void
registry_save(struct registry *registry, struct store_txn *txn)
{
	char attempt[TEXT_TIME], success[TEXT_TIME], complete[TEXT_TIME], proven[TEXT_TIME],
	    next[TEXT_TIME];
	char records[24], left_out[24];
	key_buf key;

	(void)key_connector(store_prefix(registry->engine->store), registry->name, key);
	store_txn_key(txn, key);
	(void)snprintf(records, sizeof(records), "%zu", snapshot_records(registry->snapshot));
	(void)snprintf(left_out, sizeof(left_out), "%" PRIu64, registry->left_out.total);
	store_txn_cmd(txn, 24, (const char *[]){
		"HSET", key, "state", registry_state_name(registry_state_shown(registry)),
		"held_plan", registry->held.plan,
		"last_attempt", registry->times.last_attempt_s != 0 ?
		    text_time_s(registry->times.last_attempt_s, attempt) : "",
		"last_success", registry->times.last_success_s != 0 ?
		    text_time_s(registry->times.last_success_s, success) : "",
		"last_complete", registry->proof.last_complete_s != 0 ?
		    text_time_s(registry->proof.last_complete_s, complete) : "",
		"last_proven", registry->proof.last_proven_s != 0 ?
		    text_time_s(registry->proof.last_proven_s, proven) : "",
		"next_poll", registry->times.next_poll_s != 0 ?
		    text_time_s(registry->times.next_poll_s, next) : "",
		"proof", registry->proof.name, "records", records, "left_out", left_out,
		"error", registry->error
	});
	registry_save_internal(registry, txn);
}

static void
registry_restore_checkpoint(struct registry *registry, const char *hex, size_t len)
{
	char *bytes = len > 0 && len % 2 == 0 && len / 2 <= CS_CHECKPOINT_MAX ? malloc(len / 2) :
	    NULL;

	free(registry->reading.checkpoint);
	registry->reading.checkpoint = NULL;
	registry->reading.checkpoint_len = 0;
	if (bytes == NULL)
		return;		/* without it the next poll is a full one */
	for (size_t i = 0; i < len / 2; i++) {
		char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		bytes[i] = (char)strtoul(pair, NULL, 16);
	}
	registry->reading.checkpoint = bytes;
	registry->reading.checkpoint_len = len / 2;
}

void
registry_restore(struct registry *registry, const struct redis_reply *reply)
{
	const char *text;
	size_t len;

	for (size_t i = 0; i < NUMBERS; i++) {
		int64_t value = 0;

		text = redis_reply_str(redis_reply_field(reply, numbers[i].name), NULL);
		if (text != NULL)
			(void)text_parse_i64(text, 0, INT64_MAX, &value);
		number_set(registry, i, value);
	}
	registry->proof.seen_unknown = registry->proof.lacking_records > 0;
	text = redis_reply_str(redis_reply_field(reply, "identity"), NULL);
	registry->reading.identity = text != NULL ? strtoull(text, NULL, 16) : 0;
	text = redis_reply_str(redis_reply_field(reply, "file"), NULL);
	(void)text_copy(registry->reading.file, sizeof(registry->reading.file),
	    text != NULL ? text : "");
	text = redis_reply_str(redis_reply_field(reply, "validator"), NULL);
	(void)validator_decode(text != NULL ? text : "", &registry->reading.validator);
	text = redis_reply_str(redis_reply_field(reply, "left_out"), NULL);
	(void)left_out_decode(text != NULL ? text : "", &registry->left_out);
	text = redis_reply_str(redis_reply_field(reply, "pending"), NULL);
	(void)text_copy(registry->diff.pending, sizeof(registry->diff.pending),
	    text != NULL ? text : "");
	text = redis_reply_str(redis_reply_field(reply, "proof"), NULL);
	if (text != NULL)
		(void)text_copy(registry->proof.name, sizeof(registry->proof.name), text);
	text = redis_reply_str(redis_reply_field(reply, "error"), NULL);
	if (text != NULL && registry->error[0] == '\0')
		(void)text_copy(registry->error, sizeof(registry->error), text);
	text = redis_reply_str(redis_reply_field(reply, "refused"), NULL);
	registry_refused_parse(registry, text != NULL ? text : "");
	text = redis_reply_str(redis_reply_field(reply, "checkpoint"), &len);
	registry_restore_checkpoint(registry, text != NULL ? text : "", text != NULL ? len : 0);
}
