/* SPDX-License-Identifier: ISC */
/*
 * registry_store.c -- see registry.h: a connector's state in Redis.  Its public
 * hash is what consumers read; what a restart needs stands in "...:state".
 */
#include "engine/registry/registry.h"

#include <inttypes.h>
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
	    "records", (json_int_t)r->records, "known", (json_int_t)r->known, "missing", (json_int_t)r->missing,
	    "missing_verified", (json_int_t)r->missing_verified, "at", text_time_s(r->at_s, time),
	    "accepted_by", r->accepted_by);
}

void
registry_refused_parse(struct registry *registry, const char *text)
{
	json_t *root = text[0] != '\0' ? json_loads(text, 0, NULL) : NULL;
	struct refused r = { .records = 0 };
	const char *hash, *why, *at, *by;
	json_int_t records, known, missing, missing_verified;

	if (root != NULL && json_unpack(root, "{s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s}", "hash", &hash, "why", &why,
	    "records", &records, "known", &known, "missing", &missing, "missing_verified", &missing_verified,
	    "at", &at, "accepted_by", &by) == 0 && text_parse_time_s(at, &r.at_s) &&
	    text_copy(r.hash, sizeof(r.hash), hash) && text_copy(r.accepted_by, sizeof(r.accepted_by), by)) {
		(void)snprintf(r.why, sizeof(r.why), "%s", why);
		r.records = (uint64_t)records;
		r.known = (uint64_t)known;
		r.missing = (uint64_t)missing;
		r.missing_verified = (uint64_t)missing_verified;
		registry->refused = r;
	}
	json_decref(root);
}

/* --- all of it ------------------------------------------------------------------- */

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
	json_t *refused = registry->refused.hash[0] != '\0' ? registry_refused_json(registry) : NULL;
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
	words[n++] = mirror_field(registry->identity, identity);
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
		"held_plan", registry->held_plan,
		"last_attempt", registry->last_attempt_s != 0 ? text_time_s(registry->last_attempt_s, attempt) : "",
		"last_success", registry->last_success_s != 0 ? text_time_s(registry->last_success_s, success) : "",
		"last_complete", registry->last_complete_s != 0 ? text_time_s(registry->last_complete_s, complete) : "",
		"last_proven", registry->last_proven_s != 0 ? text_time_s(registry->last_proven_s, proven) : "",
		"next_poll", registry->next_poll_s != 0 ? text_time_s(registry->next_poll_s, next) : "",
		"proof", registry->proof, "records", records, "error", registry->error
	});
	registry_save_internal(registry, txn);
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
	registry_refused_parse(registry, text != NULL ? text : "");
	text = redis_reply_str(redis_reply_field(reply, "checkpoint"), &len);
	registry_restore_checkpoint(registry, text != NULL ? text : "", text != NULL ? len : 0);
}
