/* SPDX-License-Identifier: ISC */
/* store.c -- see store.h.  Reads, fenced writes and what their replies mean; opening is
 * store_open.c. */
#include "store/store.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/store_private.h"

/* One command under way. */
struct store_call {
	struct store	*store;
	store_fn	*fn;
	void		*arg;
	int		 script;	/* replies with status and operation id; -1: a read */
	size_t		 slot;		/* of a script; or STORE_SLOT_NONE */
	uint64_t	 op;
};

/* An answer that is not Redis's: given from the loop, like all others. */
struct store_answer {
	store_fn	*fn;
	void		*arg;
	enum store_outcome outcome;
};

enum store_state
store_state(const struct store *store)
{
	return store->state;
}

bool
store_is_idle(const struct store *store)
{
	return store->state == STORE_UNCONFIGURED || store->state == STORE_UNUSED;
}

bool
store_is_up(const struct store *store)
{
	return store->state == STORE_OPEN || store->state == STORE_UNUSED;
}

static bool
store_is_over(const struct store *store)
{
	return store->state >= STORE_IS_LOST;
}

const char *
store_reason(const struct store *store)
{
	if (store->state == STORE_CONNECTING && store->reason[0] == '\0')
		return redis_last_reason(store->redis);
	return store->state == STORE_OPEN ? "" : store->reason;
}

const char *
store_prefix(const struct store *store)
{
	return store->options.prefix;
}

unsigned
store_partitions(const struct store *store)
{
	return store->options.partitions;
}

const char *
store_epoch(const struct store *store)
{
	return store->epoch;
}

int64_t
store_fence(const struct store *store)
{
	return store->fence;
}

const uint8_t *
store_hash_key(const struct store *store)
{
	return store->hash_key;
}

uint64_t
store_hash_bytes(const struct store *store, const void *data, size_t len)
{
	return hash64(store_hash_key(store), data, len);
}

uint64_t
store_hash(const struct store *store, const char *text)
{
	return store_hash_bytes(store, text, strlen(text));
}

bool
store_was_reset(const struct store *store)
{
	return store->was_reset;
}

void
store_has_badges(struct store *store)
{
	store->badges = true;
}

const char *
store_meta_key(const struct store *store, const char *what, key_buf out)
{
	key_buf meta;

	(void)key_global(store->options.prefix, "meta", meta);
	return key_beside(store->options.prefix, meta, what, out);
}

size_t
store_in_flight(const struct store *store)
{
	return store->redis != NULL ? redis_in_flight(store->redis) : 0;
}

const char *
store_warning(const struct store *store)
{
	return store->warning;
}

uint64_t
store_errors(const struct store *store)
{
	return store->errors;
}

void
store_end(struct store *store, enum store_state state, const char *reason)
{
	if (store_is_over(store))
		return;
	store->state = state;
	(void)snprintf(store->reason, sizeof(store->reason), "%s", reason);
	/* What the next start compares it with. */
	if (store->opened)
		store_counts_save(store);
	store->events.on_ended(store->arg, state, store->reason);
}

/*
 * A script found another fence.  Whether somebody took over or the store was
 * rolled back shows in the number that is there now.
 */
static void
store_on_fence_read(void *arg, const struct redis_reply *reply)
{
	struct store *store = arg;
	const char *text = redis_reply_str(reply, NULL);
	int64_t now = 0;

	if (redis_reply_kind(reply) == REDIS_KIND_LOST)
		return;		/* the reopening compares it again */
	if (redis_reply_kind(reply) == REDIS_KIND_ERROR &&
	    redis_reply_error(reply) != REDIS_E_WRONGTYPE) {
		store_note_error(store, reply);
		return;		/* cannot be read now: the next script asks again */
	}
	if (text != NULL && redis_reply_kind(reply) == REDIS_KIND_STRING)
		(void)text_parse_i64(text, 0, INT64_MAX, &now);
	if (now > store->fence)
		store_end(store, STORE_IS_FENCED,
		    "another certsyncd has taken over this store (its fencing number is higher)");
	else
		store_end(store, STORE_IS_LOST, "the store was emptied or rolled back: its fencing "
		    "number is not ours; the next start begins a new epoch");
}

void
store_check_fence(struct store *store)
{
	key_buf fence;
	const char *argv[3] = { "HGET", store_meta_key(store, "fence", fence), "fence" };

	(void)redis_command(store->redis, store_on_fence_read, store, 3, argv, NULL);
}

/* What a script's own status word means; the reply has been matched with its call. */
static enum store_outcome
store_status(struct store *store, const struct redis_reply *status)
{
	if (redis_reply_is(status, "OK"))
		return STORE_OK;
	if (redis_reply_is(status, "STALE"))
		return STORE_STALE;
	if (redis_reply_is(status, "DUP"))
		return STORE_DUP;
	if (redis_reply_is(status, "FULL"))
		return STORE_FULL;
	if (redis_reply_is(status, "NOGROUP"))
		return STORE_NOGROUP;
	if (redis_reply_is(status, "TYPE"))
		return STORE_TYPE;
	if (redis_reply_is(status, "FENCED"))
		store_check_fence(store);
	return STORE_RETRY;
}

static enum store_outcome
store_scripted(struct store *store, const struct store_call *call, const struct redis_reply *reply)
{
	const struct redis_reply *id = redis_reply_at(reply, 1);
	int64_t count;
	char want[24];

	(void)snprintf(want, sizeof(want), "%" PRIu64, call->op);
	if (!redis_reply_is(redis_reply_at(id, 0), want)) {
		/* An acknowledgement of something else would be a lie. */
		redis_reset(store->redis, "a reply belongs to another command");
		return STORE_RETRY;
	}
	if (call->slot != STORE_SLOT_NONE && redis_reply_is(redis_reply_at(reply, 0), "OLDER"))
		store_slot_older(store, store->slots[call->slot].fence);
	else if (redis_reply_int(redis_reply_at(id, 1), &count))
		store_slot_answered(store, call->slot, count);
	if (call->script == STORE_SCRIPT_WRITE && redis_reply_is(redis_reply_at(reply, 0), "OK"))
		store->badges = true;
	return store_is_over(store) ? STORE_ENDED : store_status(store, redis_reply_at(reply, 0));
}

/* A script was answered, by an error or not. */
static void
store_note_refusal(struct store *store, int script, bool refused)
{
	struct store_refused *r = &store->refused[script];
	int64_t now_ms = loop_now_ms(store->loop);

	if (!refused) {
		*r = (struct store_refused){ 0, 0 };
		return;
	}
	if (r->first_ms == 0 || now_ms - r->last_ms > STORE_REFUSAL_MS)
		r->first_ms = now_ms;
	r->last_ms = now_ms;
	(void)snprintf(store->refused_text, sizeof(store->refused_text), "%s", store->last_error);
}

const char *
store_refusal(const struct store *store)
{
	int64_t now_ms = loop_now_ms(store->loop);

	for (size_t i = 0; i < STORE_SCRIPTS; i++) {
		const struct store_refused *r = &store->refused[i];

		if (r->last_ms - r->first_ms >= STORE_REFUSED_TWICE_MS &&
		    now_ms - r->last_ms <= STORE_REFUSAL_MS)
			return store->refused_text;
	}
	return "";
}

bool
store_takes_writes(const struct store *store)
{
	return store->state == STORE_OPEN && store_refusal(store)[0] == '\0';
}

void
store_ignore(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	(void)arg, (void)outcome, (void)reply;
}

static void
store_on_reply(void *arg, const struct redis_reply *reply)
{
	struct store_call *call = arg, done = *call;
	enum store_outcome outcome = STORE_OK;

	free(call);
	if (redis_reply_kind(reply) == REDIS_KIND_LOST)
		outcome = STORE_RETRY;
	else if (redis_reply_kind(reply) == REDIS_KIND_ERROR) {
		store_note_error(done.store, reply);
		if (done.script >= 0)
			store_note_refusal(done.store, done.script, true);
		outcome = done.script < 0 && redis_reply_error(reply) == REDIS_E_WRONGTYPE ?
		    STORE_TYPE : STORE_RETRY;
	} else if (done.script >= 0) {
		store_note_refusal(done.store, done.script, false);
		outcome = store_scripted(done.store, &done, reply);
	}
	if (store_is_over(done.store))
		outcome = STORE_ENDED;
	done.fn(done.arg, outcome,
	    outcome == STORE_RETRY || outcome == STORE_ENDED ? redis_reply_lost() : reply);
}

void
store_note_error(struct store *store, const struct redis_reply *reply)
{
	char escaped[200];
	size_t len = 0;
	const char *text = redis_reply_str(reply, &len);
	int64_t now_ms = loop_now_ms(store->loop);

	(void)text_escape(text != NULL ? text : "", len, escaped, sizeof(escaped));
	(void)snprintf(store->last_error, sizeof(store->last_error), "%s", escaped);
	store->errors++;
	if (now_ms - store->last_error_logged_ms < STORE_ERROR_LOG_MS &&
	    store->last_error_logged_ms != 0)
		return;
	store->last_error_logged_ms = now_ms;
	log_event(STORE_ERROR, LOG_LEVEL_ERROR, NULL,
	    "store: Redis answered an error, trying again: %s", escaped);
}

static void
store_answer_now(void *arg)
{
	struct store_answer a = *(struct store_answer *)arg;

	free(arg);
	a.fn(a.arg, a.outcome, redis_reply_lost());
}

static void
store_answer(struct store *store, store_fn *fn, void *arg, enum store_outcome outcome)
{
	struct store_answer *a = malloc(sizeof(*a));

	if (a == NULL)
		memory_end("an answer of the store");
	*a = (struct store_answer){ .fn = fn, .arg = arg, .outcome = outcome };
	loop_defer(store->loop, store_answer_now, a);
}

/* NULL, and fn will be told: nothing can be sent now. */
static struct store_call *
store_call_new(struct store *store, store_fn *fn, void *arg, int script)
{
	struct store_call *call = NULL;
	enum store_outcome outcome = STORE_RETRY;

	if (store_is_over(store))
		outcome = STORE_ENDED;
	else if (store->state == STORE_OPEN)
		call = malloc(sizeof(*call));
	if (call == NULL) {
		store_answer(store, fn, arg, outcome);
		return NULL;
	}
	*call = (struct store_call){
		.store = store, .fn = fn, .arg = arg,
		.script = script, .op = ++store->last_op
	};
	return call;
}

void
store_read(struct store *store, store_fn *fn, void *arg, size_t argc, const char *const *argv)
{
	struct store_call *call = store_call_new(store, fn, arg, -1);

	if (call == NULL)
		return;
	if (redis_command(store->redis, store_on_reply, call, argc, argv, NULL) != 0) {
		free(call);
		store_answer(store, fn, arg, STORE_RETRY);
	}
}

/* --- fenced writes ---------------------------------------------------------- */

static void
store_txn_word(struct store_txn *txn, const char *word)
{
	size_t cap = txn->word_cap == 0 ? 32 : txn->word_cap * 2;
	char **words;

	if (txn->failed)
		return;
	if (txn->word_count == txn->word_cap) {
		words = reallocarray(txn->words, cap, sizeof(*words));
		if (words == NULL) {
			txn->failed = true;
			return;
		}
		txn->words = words;
		txn->word_cap = cap;
	}
	txn->words[txn->word_count] = strdup(word);
	if (txn->words[txn->word_count] == NULL)
		txn->failed = true;
	else
		txn->word_count++;
}

void
store_txn_begin(struct store *store, struct store_txn *txn, const char *public_key)
{
	*txn = (struct store_txn){ .key_count = 1 };
	(void)key_beside(store->options.prefix, public_key, "fence", txn->keys[0]);
}

void
store_txn_begin_partition(struct store *store, struct store_txn *txn, unsigned p)
{
	*txn = (struct store_txn){ .key_count = 1 };
	(void)key_partition(store->options.prefix, p, "fence", NULL, txn->keys[0]);
}

void
store_txn_key(struct store_txn *txn, const char *key)
{
	if (txn->key_count == sizeof(txn->keys) / sizeof(txn->keys[0])) {
		txn->failed = true;
		return;
	}
	(void)snprintf(txn->keys[txn->key_count++], KEY_MAX, "%s", key);
}

void
store_txn_cmd(struct store_txn *txn, size_t argc, const char *const *argv)
{
	char count[24];

	(void)snprintf(count, sizeof(count), "%zu", argc);
	store_txn_word(txn, count);
	for (size_t i = 0; i < argc; i++)
		store_txn_word(txn, argv[i]);
}

static void
store_eval(struct store *store, int script, store_fn *fn, void *arg,
    const char *const *keys, size_t nkeys, const char *const *args, size_t nargs)
{
	struct store_call *call = store_call_new(store, fn, arg, script);
	const char **argv;
	char fence[24], op[24], count[24];
	int rc = -1;

	if (call == NULL)
		return;
	call->slot = nkeys > 0 ? store_slot_find(store, keys[0]) : STORE_SLOT_NONE;
	argv = calloc(nargs + 3, sizeof(*argv));
	if (argv != NULL) {
		(void)snprintf(fence, sizeof(fence), "%" PRId64, store->fence);
		(void)snprintf(op, sizeof(op), "%" PRIu64, call->op);
		argv[0] = fence;
		(void)snprintf(count, sizeof(count), "%" PRId64,
		    call->slot != STORE_SLOT_NONE ? store->slots[call->slot].count : 0);
		argv[1] = op;
		argv[2] = count;
		if (nargs > 0)
			memcpy(argv + 3, args, nargs * sizeof(*argv));
		rc = redis_eval(store->redis, &store->scripts[script], store_on_reply, call, keys,
		    nkeys, argv, NULL, nargs + 3);
	}
	free(argv);
	if (rc != 0) {
		free(call);
		store_answer(store, fn, arg, STORE_RETRY);
	}
}

void
store_txn_send(struct store *store, struct store_txn *txn, store_fn *fn, void *arg)
{
	const char *keys[8];

	for (size_t i = 0; i < txn->key_count; i++)
		keys[i] = txn->keys[i];
	if (txn->failed)
		store_answer(store, fn, arg, STORE_RETRY);
	else
		store_eval(store, STORE_FENCED_LUA, fn, arg, keys, txn->key_count,
		    (const char *const *)txn->words, txn->word_count);
	for (size_t i = 0; i < txn->word_count; i++)
		free(txn->words[i]);
	free(txn->words);
	*txn = (struct store_txn){ 0 };
}

void
store_run(struct store *store, enum store_script which, store_fn *fn, void *arg,
    const char *const *keys, size_t nkeys, const char *const *args, size_t nargs)
{
	store_eval(store, (int)which, fn, arg, keys, nkeys, args, nargs);
}
