/* SPDX-License-Identifier: ISC */
/* control_badge.c -- the control socket's commands about badges and claims. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/badge.h"
#include "engine/badge/reconcile.h"
#include "engine/claim/command.h"
#include "engine/ops/control_private.h"

/* The badge's index entry, or NULL after an error answer. */
static const struct index_badge *
request_find_badge(struct request *request)
{
	const char *id = request_arg(request, 0);
	struct engine *engine = request->engine;
	const struct index_badge *b;

	if (store_state(engine->store) != STORE_OPEN || !engine->loaded) {
		request_error(request, "the store is not ready: %s", store_reason(engine->store));
		return NULL;
	}
	if (id == NULL || !text_is_id(id, BADGE_ID_MAX)) {
		request_error(request, "a badge's id is 1 to 64 of A-Z a-z 0-9 _ -");
		return NULL;
	}
	b = index_find(engine->index, id);
	if (b == NULL) {
		request_error(request, "no badge is called %s", id);
		return NULL;
	}
	(void)text_copy(request->id, sizeof(request->id), id);
	request->partition = badge_partition(b->profile, store_partitions(engine->store));
	return b;
}

static json_t *
reply_text(const struct redis_reply *reply)
{
	size_t len;
	const char *text = redis_reply_str(reply, &len);
	json_t *value = text != NULL ? json_stringn(text, len) : NULL;

	return value != NULL ? value : json_null();
}

/* --- badge, history, explain ---------------------------------------------------------------- */

static void
badge_on_tile(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct request *request = arg;
	const char *text;
	json_t *data;

	if (!request_outcome_ok(request, outcome))
		return;
	text = redis_reply_str(reply, NULL);
	data = request->data;
	request->data = NULL;
	(void)json_object_set_new(data, "tile",
	    text != NULL ? json_loads(text, 0, NULL) : json_null());
	request_answer(request, 0, data);
}

static void
badge_on_hash(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct request *request = arg;
	struct store *store = request->engine->store;
	const struct index_badge *b = index_find(request->engine->index, request->id);
	json_t *badge;
	key_buf key;

	if (!request_outcome_ok(request, outcome))
		return;
	if (b == NULL || redis_reply_count(reply) == 0) {
		request_error(request, "no badge is called %s", request->id);
		return;
	}
	badge = json_object();
	for (size_t i = 0; i + 1 < redis_reply_count(reply); i += 2)
		(void)json_object_set_new(badge, redis_reply_str(redis_reply_at(reply, i), NULL),
		    reply_text(redis_reply_at(reply, i + 1)));
	request->data = json_pack("{s:o}", "badge", badge);
	store_read(store, badge_on_tile, request, 3, (const char *[]){
		"HGET", key_partition(store_prefix(store), request->partition, "profile",
		    b->profile, key), request->id });
}

void
request_badge(struct request *request)
{
	struct store *store = request->engine->store;
	key_buf key;

	if (request_find_badge(request) == NULL)
		return;
	store_read(store, badge_on_hash, request, 2, (const char *[]){
		"HGETALL", key_partition(store_prefix(store), request->partition, "badge",
		    request->id, key) });
}

static void
history_on_list(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct request *request = arg;
	json_t *entries;

	if (!request_outcome_ok(request, outcome))
		return;
	entries = json_array();
	for (size_t i = 0; i < redis_reply_count(reply); i++) {
		const char *text = redis_reply_str(redis_reply_at(reply, i), NULL);
		json_t *entry = text != NULL ? json_loads(text, 0, NULL) : NULL;

		if (entry != NULL)
			(void)json_array_append_new(entries, entry);
	}
	request_answer(request, 0, json_pack("{s:o}", "entries", entries));
}

void
request_history(struct request *request)
{
	struct store *store = request->engine->store;
	key_buf key;

	if (request_find_badge(request) == NULL)
		return;
	store_read(store, history_on_list, request, 4, (const char *[]){
		"LRANGE", key_partition(store_prefix(store), request->partition, "history",
		    request->id, key), "0", "-1" });
}

static void
explain_on_done(void *arg, enum reconcile_result result, const char *text)
{
	struct request *request = arg;

	if (result == RECONCILE_UNCHANGED)
		request_answer(request, 0,
		    json_pack("{s:s, s:s}", "badge", request->id, "text", text));
	else
		request_error(request, "%s", text);
}

void
request_explain(struct request *request)
{
	struct engine *engine = request->engine;
	const char *at = request_opt(request, "at");
	struct cs_date day;
	int64_t at_s = 0;

	if (at != NULL && !text_parse_time_s(at, &at_s)) {
		if (cs_date_parse("%Y-%m-%d", at, &day) != CS_DATE_OK || !cs_date_is_set(day)) {
			request_error(request,
			    "--at takes a date (2027-03-01) or a time (2027-03-01T12:00:00Z)");
			return;
		}
		/* noon: the same day almost everywhere */
		at_s = (int64_t)cs_date_days(day) * 86400 + 12 * 3600;
	}
	if (request_find_badge(request) == NULL)
		return;
	if (reconcile_explain(engine, request->id, at_s, explain_on_done, request) == NULL)
		request_error(request, "out of memory");
}

/* --- commands on the streams ------------------------------------------------------------------ */

static void
stream_on_added(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct request *request = arg;

	if (!request_outcome_ok(request, outcome))
		return;
	request_answer(request, 0, json_pack("{s:o}", "id", reply_text(redis_reply_at(reply, 2))));
}

/* argv: field and value words after "XADD key *". */
static void
stream_add(struct request *request, const char *stream, size_t n, const char *const *fields)
{
	struct store *store = request->engine->store;
	const char *words[64] = { "XADD" };
	struct store_txn txn;
	key_buf key;

	if (request_opens_store(request))
		return;
	words[1] = key_global(store_prefix(store), stream, key);
	words[2] = "*";
	for (size_t i = 0; i < n; i++)
		words[3 + i] = fields[i];
	store_txn_begin(store, &txn, key);
	store_txn_key(&txn, key);
	store_txn_cmd(&txn, 3 + n, words);
	store_txn_send(store, &txn, stream_on_added, request);
}

/* Whether the daemon would reject it when it reads it: then whoever asks hears of it at once. */
static bool
claim_is_rejected(struct request *request, size_t n, const char *const *fields)
{
	struct command command = { .id = "" };
	struct arena *arena = arena_new(COMMAND_ARENA_MAX);
	struct command_order order;
	struct err err = { .text = "" };
	const char *error = "out of memory";

	for (size_t i = 0; i + 1 < n && command.count < COMMAND_FIELDS_MAX; i += 2)
		command.fields[command.count++] = (struct badge_field){ fields[i], fields[i + 1] };
	if (arena != NULL)
		error = command_read(&command, COMMAND_CLAIMS, arena, &order, &err);
	if (error != NULL)
		request_error(request, "%s", error);
	(void)arena_free(arena);
	return error != NULL;
}

static void
claim_add(struct request *request, size_t n, const char *const *fields)
{
	if (!claim_is_rejected(request, n, fields))
		stream_add(request, "claims", n, fields);
}

static void
claim_put(struct request *request)
{
	const char *fields[48] = { "op", "put" };
	char names[24][33];
	size_t n = 2;

	for (size_t i = 1; i < json_array_size(request->args); i++) {
		const char *arg = request_arg(request, i);
		const char *eq = arg != NULL ? strchr(arg, '=') : NULL;

		if (eq == NULL || eq == arg || (size_t)(eq - arg) > 32 || i > 20) {
			request_error(request, "claim put takes FIELD=VALUE, at most 20 of them");
			return;
		}
		(void)snprintf(names[i], sizeof(names[i]), "%.*s", (int)(eq - arg), arg);
		fields[n++] = names[i];
		fields[n++] = eq + 1;
	}
	claim_add(request, n, fields);
}

void
request_claim(struct request *request)
{
	static const char *const ops[] = { "delete", "hide", "show", "recheck" };
	const char *op = request_arg(request, 0), *badge = request_arg(request, 1),
	    *profile = request_arg(request, 2);

	if (op != NULL && strcmp(op, "put") == 0) {
		claim_put(request);
		return;
	}
	for (size_t i = 0;
	    op != NULL && badge != NULL && profile != NULL && i < sizeof(ops) / sizeof(ops[0]); i++)
		if (strcmp(op, ops[i]) == 0) {
			claim_add(request, 6,
			    (const char *[]){ "op", op, "badge", badge, "profile", profile });
			return;
		}
	request_error(request, "claim put FIELD=VALUE... | delete|hide|show|recheck BADGE PROFILE");
}

void
request_erase(struct request *request)
{
	const char *profile = request_arg(request, 0);

	if (profile == NULL || !text_is_id(profile, BADGE_ID_MAX)) {
		request_error(request, "a profile's id is 1 to 64 of A-Z a-z 0-9 _ -");
		return;
	}
	stream_add(request, "staff", 4, (const char *[]){ "op", "erase", "profile", profile });
}
