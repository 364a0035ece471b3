/* SPDX-License-Identifier: ISC */
/*
 * store_open.c -- opening the store: its description, the epoch, the fencing
 * number, and what to think of a store that is not the one we left.
 *
 * state_dir keeps what we know of it (store_known.c) and the counts of
 * store_slots.c.  A store with a lower number than we took or counted came back
 * older: it gets a new epoch.  An empty one although there have been badges, or
 * one that never was ours, is refused until an operator adopts it.  Where nothing
 * is known, any store is taken.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "store/scripts.h"
#include "store/store_check.h"
#include "store/store_private.h"

#define STORE_FILE_MAX		4096	/* bytes of store.json */
#define ACCOUNT_SHOWN		4	/* refused commands and keys that a message names */
#define ACCOUNT_TEXT_MAX	130	/* leaves room for the rest of a reason */

#define META_FIELDS	"schema", "partitions", "epoch"

void
store_opened(struct store *store)
{
	bool first = !store->opened;

	store->opened = true;
	store->state = STORE_OPEN;
	store->reason[0] = '\0';
	store_lease_renew(store);
	timer_set_ms(&store->watch, STORE_META_WATCH_MS);
	store->events.on_open(store->arg, first);
}

void
store_try_again(struct store *store, const char *why)
{
	(void)snprintf(store->reason, sizeof(store->reason), "%s", why);
	timer_set_ms(&store->retry, STORE_LOST_GRACE_MS);
}

/* --- the description -------------------------------------------------------- */

static bool
store_hex_decode(const char *hex, uint8_t *out, size_t n)
{
	unsigned byte;

	if (hex == NULL || strlen(hex) != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return false;
		out[i] = (uint8_t)byte;
	}
	return true;
}

/* Three replies from first on as one text. */
static void
store_meta_text(const struct redis_reply *reply, size_t first, char out[STORE_META_MAX])
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < 3; i++) {
		const char *text = redis_reply_str(redis_reply_at(reply, first + i), NULL);

		(void)snprintf(out + at, STORE_META_MAX - at, "%.60s ", text != NULL ? text : "-");
		at = strlen(out);
	}
}

/* The description as a whole must be one we can work with. */
static bool
store_meta_ok(struct store *store, const struct redis_reply *reply)
{
	const char *schema = redis_reply_str(redis_reply_at(reply, 2), NULL);
	const char *partitions = redis_reply_str(redis_reply_at(reply, 3), NULL);
	char why[256] = "";
	int64_t n = 0;

	if (schema == NULL || partitions == NULL || atoi(schema) < 1)
		(void)snprintf(why, sizeof(why), "the store's description (%s:meta) is damaged; "
		    "restore it from a backup", store->options.prefix);
	else if (atoi(schema) > STORE_SCHEMA_MAJOR)
		(void)snprintf(why, sizeof(why), "the store has schema %.8s, this certsyncd knows "
		    "%s; install the newer version", schema, STORE_SCHEMA);
	else if (!text_parse_i64(partitions, 1, 16384, &n) || n != store->options.partitions)
		(void)snprintf(why, sizeof(why), "[redis] partitions = %u, "
		    "but the store was initialised with %.8s; they cannot change",
		    store->options.partitions, partitions);
	if (why[0] == '\0')
		return true;
	store_end(store, STORE_IS_REFUSED, why);
	return false;
}

/* Of an earlier start: a store, one with badges, or "". */
static const char *
store_knows(const struct store *store)
{
	if (store->known_epoch[0] == '\0' && !store->adopt)
		return "";
	return store->badges ? "badges" : "store";
}

static void
store_on_meta(void *arg, const struct redis_reply *reply)
{
	struct store *store = arg;
	const char *epoch, *fence, *holder;
	int64_t count;
	bool again;

	if (redis_reply_kind(reply) == REDIS_KIND_LOST)
		return;
	if (redis_reply_kind(reply) == REDIS_KIND_ERROR) {
		store_note_error(store, reply);
		store_try_again(store, store->last_error);
		return;
	}
	if (redis_reply_is(redis_reply_at(reply, 0), "HELD")) {
		holder = redis_reply_str(redis_reply_at(reply, 2), NULL);
		store_lease_held(store, holder != NULL ? holder : "");
		return;
	}
	if (redis_reply_is(redis_reply_at(reply, 0), "EMPTY")) {
		store_end(store, STORE_IS_REFUSED, "this store is empty, but there have been "
		    "badges; a wrong [redis] url, database or prefix looks the same.  If it is the "
		    "right one, type: certsyncd --adopt-store");
		return;
	}
	if (redis_reply_is(redis_reply_at(reply, 0), "FOREIGN")) {
		store_end(store, STORE_IS_REFUSED, "this store has an epoch that never was ours: a "
		    "wrong [redis] url, database or prefix, or a backup from elsewhere.  If it is "
		    "the right one, type: certsyncd --adopt-store");
		return;
	}
	if (redis_reply_count(reply) != 8 || !store_meta_ok(store, reply))
		return;
	epoch = redis_reply_str(redis_reply_at(reply, 4), NULL);
	fence = redis_reply_str(redis_reply_at(reply, 6), NULL);
	if (epoch == NULL || !text_copy(store->epoch, sizeof(store->epoch), epoch) ||
	    fence == NULL ||
	    !text_parse_i64(fence, 1, INT64_MAX, &store->fence) ||
	    !store_hex_decode(redis_reply_str(redis_reply_at(reply, 5), NULL), store->hash_key,
	    HASH_KEY_BYTES)) {
		store_end(store, STORE_IS_REFUSED,
		    "the store's description is damaged; restore it from a backup");
		return;
	}
	store_meta_text(reply, 2, store->meta);
	again = redis_reply_is(redis_reply_at(reply, 0), "AGAIN");
	store->was_reset = again || (redis_reply_is(redis_reply_at(reply, 0), "NEW") &&
	    store_knows(store)[0] != '\0') ||
	    redis_reply_is(redis_reply_at(reply, 0), "RESET");
	if (!again && !redis_reply_is(redis_reply_at(reply, 0), "OK"))
		store_counts_forget(store);
	store_known_write(store);
	if (redis_reply_int(redis_reply_at(reply, 7), &count))
		store_slot_answered(store, STORE_SLOT_META, count);
	store->adopt = false;
	store_slots_take(store);
}

/* The epoch for a store that needs a new one, noted before anybody else sees it.  -1: no random
 * bytes. */
static int
store_offer(struct store *store)
{
	uint8_t random[16];
	struct err err;

	if (store->offered[0] == '\0') {
		if (hash_key_random(random) != 0)
			return -1;
		text_hex(random, sizeof(random), store->offered);
	}
	if (store_known_offer(store, &err) != 0)
		log_warn("%s: if certsyncd is killed now, a store with a new epoch would look like "
		    "another one", err.text);
	return 0;
}

void
store_meta_take(struct store *store)
{
	key_buf meta, fence, secret, lease, rules;
	char key_hex[2 * HASH_KEY_BYTES + 1], partitions[16], known[24], count[24], op[24],
	    epochs[STORE_EPOCHS_MAX + STORE_EPOCH_MAX + 1] = "";
	uint8_t key[HASH_KEY_BYTES];
	const char *keys[5] = { meta, fence, secret, lease, rules };
	const char *args[11] = {
		op, STORE_SCHEMA, partitions, store->offered, key_hex, known, store->id, count,
		store->adopt ? "adopt" : store->older ? "older" : "", store_knows(store), epochs
	};

	if (hash_key_random(key) != 0 || store_offer(store) != 0) {
		store_try_again(store, "the kernel gave no random bytes");
		return;
	}
	if (store->known_epoch[0] != '\0')
		(void)snprintf(epochs, sizeof(epochs), "%s%s ", store->epochs, store->offered);
	text_hex(key, sizeof(key), key_hex);
	(void)key_global(store->options.prefix, "meta", meta);
	(void)store_meta_key(store, "fence", fence);
	(void)store_meta_key(store, "hashkey", secret);
	(void)store_meta_key(store, "lease", lease);
	(void)store_meta_key(store, "rules", rules);
	(void)snprintf(partitions, sizeof(partitions), "%u", store->options.partitions);
	(void)snprintf(known, sizeof(known), "%" PRId64, store->known_fence);
	(void)snprintf(count, sizeof(count), "%" PRId64,
	    store->slots[STORE_SLOT_META].count);
	(void)snprintf(op, sizeof(op), "%" PRIu64, ++store->last_op);
	if (redis_eval(store->redis, &store->scripts[STORE_META_LUA], store_on_meta, store, keys, 5,
	    args, NULL, 11) != 0)
		store_try_again(store, "the connection was lost while opening");
}

/* --- the account ------------------------------------------------------------ */

/* Final: trying again would only repeat what the operator has to change. */
static void
store_refuse_account(struct store *store, const char *what)
{
	char why[256];

	(void)snprintf(why, sizeof(why), "[redis] username: the account may not use %s; "
	    "give it the rules of user certsyncd in redis.acl (docs/operations.md)", what);
	store_end(store, STORE_IS_REFUSED, why);
}

/* "A, B, C and 3 more" of a list of names; false: an empty one. */
static bool
account_names(const struct redis_reply *list, const char *before, char *out, size_t size)
{
	char name[KEY_MAX];
	size_t n = redis_reply_count(list), at;

	if (n == 0)
		return false;
	at = (size_t)snprintf(out, size, "%s", before);
	for (size_t i = 0; i < n && i < ACCOUNT_SHOWN; i++) {
		size_t len = 0;
		const char *s = redis_reply_str(redis_reply_at(list, i), &len);

		(void)text_escape(s != NULL ? s : "", len, name, sizeof(name));
		(void)snprintf(out + at, size - at, "%s%s", i > 0 ? ", " : "", name);
		at = strlen(out);
	}
	if (n > ACCOUNT_SHOWN)
		(void)snprintf(out + at, size - at, " and %zu more", n - ACCOUNT_SHOWN);
	return true;
}

static void
store_on_account(void *arg, const struct redis_reply *reply)
{
	struct store *store = arg;
	char what[ACCOUNT_TEXT_MAX];

	if (redis_reply_kind(reply) == REDIS_KIND_LOST)
		return;
	if (redis_reply_error(reply) == REDIS_E_NOPERM)
		store_refuse_account(store, "scripts (EVAL, EVALSHA, SCRIPT LOAD)");
	else if (redis_reply_kind(reply) == REDIS_KIND_ERROR) {
		store_note_error(store, reply);
		store_try_again(store, store->last_error);
	} else if (account_names(redis_reply_at(reply, 0), "", what, sizeof(what)) ||
	    account_names(redis_reply_at(reply, 1), "the keys ", what, sizeof(what)))
		store_refuse_account(store, what);
	else
		store_unused_look(store);
}

/* Inside a script Redis does not say what it refused: asked once, beforehand. */
static void
store_account_ask(struct store *store)
{
	key_buf keys[STORE_GLOBALS + 3];
	const char *args[STORE_GLOBALS + 3];
	size_t n = 0;

	for (; n < STORE_GLOBALS; n++)
		(void)key_global(store->options.prefix, store_globals[n], keys[n]);
	(void)key_partition(store->options.prefix, 0, "badge", "b", keys[n++]);
	(void)key_connector(store->options.prefix, "c", keys[n++]);
	(void)key_beside(store->options.prefix, keys[0], "fence", keys[n++]);
	for (size_t i = 0; i < n; i++)
		args[i] = keys[i];
	if (redis_eval(store->redis, &store->scripts[STORE_ACCOUNT_LUA], store_on_account, store,
	    NULL, 0, args, NULL, n) != 0)
		store_try_again(store, "the connection was lost while opening");
}

/* Whether it is the store we opened; if not, it ends, LOST. */
static bool
store_meta_same(struct store *store, const struct redis_reply *fields)
{
	char now[STORE_META_MAX];

	store_meta_text(fields, 0, now);
	if (strcmp(now, store->meta) == 0)
		return true;
	store_end(store, STORE_IS_LOST, "the store's description (meta) was deleted or is another "
	    "one: the store was emptied or replaced; the next start looks at it anew");
	return false;
}

static int
store_meta_read(struct store *store, redis_fn *fn)
{
	key_buf meta;

	(void)key_global(store->options.prefix, "meta", meta);
	return redis_command(store->redis, fn, store, 5,
	    (const char *[]){ "HMGET", meta, META_FIELDS }, NULL);
}

/* After a lost connection. */
static void
store_on_verify(void *arg, const struct redis_reply *reply)
{
	struct store *store = arg;

	if (redis_reply_kind(reply) == REDIS_KIND_LOST)
		return;
	if (redis_reply_kind(reply) == REDIS_KIND_ERROR) {
		store_note_error(store, reply);
		store_try_again(store, store->last_error);
	} else if (store_meta_same(store, reply))
		store_slots_take(store);
}

static void
store_on_watched(void *arg, const struct redis_reply *reply)
{
	struct store *store = arg;

	if (redis_reply_kind(reply) == REDIS_KIND_ARRAY && store->state == STORE_OPEN)
		(void)store_meta_same(store, reply);
}

/* Opening it again watches again. */
static void
store_on_watch(void *arg)
{
	struct store *store = arg;

	if (store->state != STORE_OPEN)
		return;
	(void)store_meta_read(store, store_on_watched);
	timer_set_ms(&store->watch, STORE_META_WATCH_MS);
}

static void store_describe(struct store *);

static void
store_on_script(void *arg, const struct redis_reply *reply)
{
	/* Without it EVALSHA falls back to EVAL once: slower, not wrong. */
	(void)arg, (void)reply;
}

/* Beforehand, so that the first calls of many need not wait for each other. */
static void
store_scripts_load(struct store *store)
{
	for (size_t i = 0; i < STORE_SCRIPTS; i++)
		(void)redis_command(store->redis, store_on_script, NULL, 3,
		    (const char *[]){ "SCRIPT", "LOAD", store->scripts[i].source }, NULL);
}

/* A server that may lose what it has acknowledged is told of, one that forgets on purpose
 * refused. */
static void
store_on_info(void *arg, const struct redis_reply *reply)
{
	struct store *store = arg;
	struct err why;

	if (redis_reply_kind(reply) == REDIS_KIND_LOST)
		return;
	switch (store_check(redis_reply_kind(reply) == REDIS_KIND_STRING ? redis_reply_str(reply,
	    NULL) : NULL, &why)) {
	case STORE_CHECK_REFUSED:
		store_end(store, STORE_IS_REFUSED, why.text);
		return;
	case STORE_CHECK_WARNING:
		if (strcmp(store->warning, why.text) != 0)
			log_event(REDIS_UNSAFE, LOG_LEVEL_WARN, NULL, "store: %s", why.text);
		(void)snprintf(store->warning, sizeof(store->warning), "%.*s",
		    STORE_WARNING_MAX - 1, why.text);
		break;
	case STORE_CHECK_OK:
		store->warning[0] = '\0';
		break;
	}
	store_describe(store);
}

void
store_open_begin(struct store *store)
{
	if (store->state != STORE_CONNECTING || redis_state(store->redis) != REDIS_STATE_READY)
		return;
	store_scripts_load(store);
	if (redis_command(store->redis, store_on_info, store, 1,
	    (const char *[]){ "INFO" }, NULL) != 0)
		store_try_again(store, "the connection was lost while opening");
}

/* Its description: taken the first time, compared later. */
static void
store_describe(struct store *store)
{
	if (!store->opened)
		store_account_ask(store);
	else if (store_meta_read(store, store_on_verify) != 0)
		store_try_again(store, "the connection was lost while opening");
}

/* --- the connection --------------------------------------------------------- */

static void
store_on_retry(void *arg)
{
	struct store *store = arg;

	if (store->state == STORE_OPEN)
		store_slots_take_more(store);
	else
		store_open_begin(store);
}

static void
store_on_ready(void *arg)
{
	store_open_begin(arg);
}

static void
store_on_lost(void *arg, const char *reason)
{
	struct store *store = arg;

	timer_cancel(&store->retry);
	timer_cancel(&store->watch);
	store_unused_lost(store);
	if (store->state != STORE_OPEN)
		return;
	store->state = STORE_CONNECTING;
	(void)snprintf(store->reason, sizeof(store->reason), "%s", reason);
	store->events.on_lost(store->arg, reason);
}

static void
store_on_failed(void *arg, const char *reason)
{
	struct store *store = arg;
	int64_t now_ms = loop_now_ms(store->loop);

	(void)snprintf(store->reason, sizeof(store->reason), "%s", reason);
	if (now_ms - store->last_error_logged_ms < STORE_ERROR_LOG_MS &&
	    store->last_error_logged_ms != 0)
		return;
	store->last_error_logged_ms = now_ms;
	log_warn("store: %s not reachable, trying again: %s", redis_name(store->redis), reason);
}

static int
store_scripts_init(struct store *store, struct err *err)
{
	static const char *const sources[STORE_SCRIPTS] = {
		[STORE_SCRIPT_STAGE] = script_stage_lua,
		[STORE_SCRIPT_CLAIMS] = script_claims_lua,
		[STORE_SCRIPT_WRITE] = script_write_lua,
		[STORE_SCRIPT_STUCK] = script_stuck_lua,
		[STORE_FENCED_LUA] = script_fenced_lua,
		[STORE_FENCE_LUA] = script_fence_lua,
		[STORE_META_LUA] = script_meta_lua,
		[STORE_ACCOUNT_LUA] = script_account_lua,
	};

	for (size_t i = 0; i < STORE_SCRIPTS; i++)
		if (redis_script_init(&store->scripts[i], sources[i]) != 0)
			return err_set(err, "store: SHA-1 of a script failed");
	return 0;
}

struct store *
store_new(struct loop *loop, const struct store_options *options,
    const struct store_events *events, void *arg, struct err *err)
{
	static const struct redis_events redis_events = {
		.on_ready = store_on_ready, .on_lost = store_on_lost, .on_failed = store_on_failed
	};
	struct store *store = calloc(1, sizeof(*store));

	if (store == NULL) {
		(void)err_set_passing(err, "out of memory");
		return NULL;
	}
	store->loop = loop;
	store->options = *options;
	/* The configuration these come from goes with a reload. */
	if (!text_copy(store->prefix, sizeof(store->prefix), options->prefix) ||
	    !text_copy(store->state_dir, sizeof(store->state_dir), options->state_dir) ||
	    !text_copy(store->instance, sizeof(store->instance), options->instance)) {
		(void)err_set(err, "[redis] prefix, [daemon] state_dir or instance is too long");
		free(store);
		return NULL;
	}
	store->options.prefix = store->prefix;
	store->options.state_dir = store->state_dir;
	store->events = *events;
	store->arg = arg;
	if (store_known_read(store, err) != 0) {
		free(store);
		return NULL;
	}
	store_counts_read(store);
	(void)err_set_passing(err, "out of memory");	/* what follows may say more */
	if (store_lease_init(store, err) != 0 ||
	    timer_init(&store->retry, loop, store_on_retry, store) != 0 ||
	    timer_init(&store->lease, loop, store_lease_renew, store) != 0 ||
	    timer_init(&store->save, loop, store_counts_save, store) != 0 ||
	    timer_init(&store->watch, loop, store_on_watch, store) != 0 ||
	    store_unused_init(store, err) != 0 ||
	    store_scripts_init(store, err) != 0 || store_slots_init(store, err) != 0)
		return store_free(store);
	store->options.redis.in_flight_max = STORE_IN_FLIGHT;
	if (options->redis.url.host[0] == '\0' && options->redis.url.path[0] == '\0') {
		store->state = STORE_UNCONFIGURED;
		(void)snprintf(store->reason, sizeof(store->reason),
		    "[redis] url is not set: nothing is polled or kept");
		return store;
	}
	store->redis = redis_new(loop, &store->options.redis, &redis_events, store, err);
	if (store->redis == NULL)
		return store_free(store);
	return store;
}

struct store *
store_free(struct store *store)
{
	if (store == NULL)
		return NULL;
	if (timer_is_set(&store->save))
		store_counts_save(store);
	/* What is still awaited hears that it is over, not that it may ask again. */
	store->state = STORE_IS_LOST;
	(void)redis_free(store->redis);
	timer_fini(&store->retry);
	timer_fini(&store->lease);
	timer_fini(&store->save);
	timer_fini(&store->watch);
	timer_fini(&store->unused);
	json_decref(store->counts);
	free(store->slots);
	free(store);
	return NULL;
}
