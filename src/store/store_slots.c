/* SPDX-License-Identifier: ISC */
/*
 * store_slots.c -- the hash slots we write to: the fence of each, and how many
 * of our scripts it has run.
 *
 * Every script of a slot raises its count by one and answers with it.  Each
 * says the highest count it knows of, and is refused where there is a lower
 * one; an answer that is not higher than all before says the same: the store
 * was lost, or came back older than we left it.  A new connection begins with
 * fence.lua in every slot, which nothing overtakes.  (Not seen is one that goes
 * back under a connection that lives, with scripts on their way, and then takes
 * their answers with it: no server does that by itself.)
 *
 * state_dir/counts.json keeps the counts for the next start.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "io/file.h"
#include "store/store_private.h"

#define COUNTS_FILE_MAX	((size_t)1 << 20)	/* STORE_FENCED_KEYS_MAX long keys, and counts */
#define COUNTS_SAVE_MS	1000
#define ROUND_WINDOW	256	/* slots asked at once: hides the round trip, leaves room */

const char *const store_globals[STORE_GLOBALS] = { "meta", "claims", "staff", "claims:rejected" };

/* --- the table --------------------------------------------------------------- */

size_t
store_slot_find(const struct store *store, const char *fence_key)
{
	for (size_t i = 0; i < store->slot_count; i++)
		if (strcmp(store->slots[i].fence, fence_key) == 0)
			return i;
	return STORE_SLOT_NONE;
}

static int
slot_add(struct store *store, const char *fence_key)
{
	struct store_slot *grown;

	if (store_slot_find(store, fence_key) != STORE_SLOT_NONE)
		return 0;
	if (store->slot_count == STORE_FENCED_KEYS_MAX)
		return -1;
	grown = reallocarray(store->slots, store->slot_count + 1, sizeof(*grown));
	if (grown == NULL)
		return -1;
	store->slots = grown;
	grown += store->slot_count++;
	(void)snprintf(grown->fence, sizeof(grown->fence), "%s", fence_key);
	grown->count = (int64_t)json_integer_value(json_object_get(store->counts, fence_key));
	return 0;
}

int
store_slots_init(struct store *store, struct err *err)
{
	key_buf public_key, fence;

	for (size_t i = 0; i < STORE_GLOBALS; i++) {
		(void)key_global(store->options.prefix, store_globals[i], public_key);
		if (slot_add(store,
		    key_beside(store->options.prefix, public_key, "fence", fence)) != 0)
			return err_set_passing(err, "out of memory");
	}
	for (unsigned p = 0; p < store->options.partitions; p++)
		if (slot_add(store,
		    key_partition(store->options.prefix, p, "fence", NULL, fence)) != 0)
			return err_set_passing(err, "out of memory");
	return 0;
}

/* --- what answers say --------------------------------------------------------- */

void
store_slot_older(struct store *store, const char *fence_key)
{
	char why[KEY_MAX + 160];

	(void)snprintf(why, sizeof(why), "the store was lost or came back older than it was left: "
	    "%s counts fewer scripts than were answered; the next start begins a new epoch",
	    fence_key);
	store_end(store, STORE_IS_LOST, why);
}

void
store_slot_answered(struct store *store, size_t slot, int64_t count)
{
	struct store_slot *s;

	if (slot >= store->slot_count)
		return;
	s = &store->slots[slot];
	if (count <= s->count) {
		store_slot_older(store, s->fence);
		return;
	}
	s->count = count;
	if (!timer_is_set(&store->save))
		timer_set_ms(&store->save, COUNTS_SAVE_MS);
}

/* --- one script or one look in every slot -------------------------------------------- */

static void round_send(struct store *store);

static void
slot_looked(struct store *store, const struct store_slot *s, const struct redis_reply *reply)
{
	const char *text = redis_reply_str(reply, NULL);
	int64_t count = 0;

	if (text != NULL && redis_reply_kind(reply) == REDIS_KIND_STRING)
		(void)text_parse_i64(text, 0, INT64_MAX, &count);
	if (count >= s->count || store->older)
		return;
	store->older = true;
	log_warn("store: %s counts %" PRId64 " scripts, %" PRId64 " were answered", s->fence, count,
	    s->count);
}

static void
slot_taken(struct store *store, size_t slot, const struct redis_reply *reply)
{
	int64_t count;

	if (redis_reply_is(redis_reply_at(reply, 0), "FENCED"))
		store_end(store, STORE_IS_FENCED,
		    "another certsyncd writes to this store: its fencing number is higher");
	else if (redis_reply_is(redis_reply_at(reply, 0), "OK") &&
	    redis_reply_int(redis_reply_at(redis_reply_at(reply, 1), 1), &count)) {
		store_slot_answered(store, slot, count);
		store->taken = slot + 1;
	} else
		store_slot_older(store, store->slots[slot].fence);
}

/* All asked have answered. */
static void
round_over(struct store *store)
{
	struct store_round *round = &store->round;
	bool looking = round->looking;

	round->running = false;
	if (round->failed) {
		if (round->why[0] != '\0')
			store_try_again(store, round->why);
	} else if (looking)
		store_meta_take(store);
	else if (store->state == STORE_CONNECTING)
		store_opened(store);
}

static void
round_on_reply(void *arg, const struct redis_reply *reply)
{
	struct store *store = arg;
	struct store_round *round = &store->round;
	size_t slot = round->answered++;

	if (redis_reply_kind(reply) == REDIS_KIND_LOST)
		round->failed = true;	/* the next connection begins anew */
	else if (redis_reply_kind(reply) == REDIS_KIND_ERROR &&
	    !(round->looking && redis_reply_error(reply) == REDIS_E_WRONGTYPE)) {
		store_note_error(store, reply);
		round->failed = true;
		(void)snprintf(round->why, sizeof(round->why), "%s", store->last_error);
	} else if (round->looking)
		slot_looked(store, &store->slots[slot], reply);
	else
		slot_taken(store, slot, reply);
	if (store->state > STORE_OPEN)
		round->failed = true;
	if (!round->failed)
		round_send(store);
	if (round->answered == round->sent)
		round_over(store);
}

static int
slot_ask(struct store *store, const struct store_slot *s)
{
	char number[24], count[24], op[24];
	const char *keys[1] = { s->fence }, *args[3] = { number, op, count };

	if (store->round.looking)
		return redis_command(store->redis, round_on_reply, store, 3,
		    (const char *[]){ "HGET", s->fence, "count" }, NULL);
	(void)snprintf(number, sizeof(number), "%" PRId64, store->fence);
	(void)snprintf(op, sizeof(op), "%" PRIu64, ++store->last_op);
	(void)snprintf(count, sizeof(count), "%" PRId64, s->count);
	return redis_eval(store->redis, &store->scripts[STORE_FENCE_LUA], round_on_reply, store,
	    keys, 1, args, NULL, 3);
}

static void
round_send(struct store *store)
{
	struct store_round *round = &store->round;

	while (!round->failed && round->sent < store->slot_count &&
	    round->sent - round->answered < ROUND_WINDOW) {
		if (slot_ask(store, &store->slots[round->sent]) == 0) {
			round->sent++;
			continue;
		}
		round->failed = true;
		(void)snprintf(round->why, sizeof(round->why), "%s",
		    "the connection was lost while taking fences");
	}
}

static void
round_begin(struct store *store, bool looking, size_t from)
{
	store->round = (struct store_round){
		.running = true, .looking = looking, .sent = from, .answered = from
	};
	round_send(store);
	if (store->round.answered == store->round.sent)
		round_over(store);
}

void
store_slots_look(struct store *store)
{
	store->older = false;
	round_begin(store, true, json_object_size(store->counts) == 0 ? store->slot_count : 0);
}

void
store_slots_take(struct store *store)
{
	store->taken = 0;
	store_slots_take_more(store);
}

void
store_slots_take_more(struct store *store)
{
	if (!store->round.running)
		round_begin(store, false, store->taken);
	else
		round_send(store);
}

int
store_fence_key(struct store *store, const char *public_key)
{
	key_buf key;

	if (slot_add(store, key_beside(store->options.prefix, public_key, "fence", key)) != 0)
		return -1;
	if (store->state == STORE_OPEN)
		store_slots_take_more(store);
	return 0;
}

/* --- the file ------------------------------------------------------------------- */

static void
counts_path(const struct store *store, char out[FILE_PATH_MAX])
{
	(void)snprintf(out, FILE_PATH_MAX, "%s/counts.json", store->options.state_dir);
}

void
store_counts_read(struct store *store)
{
	char path[FILE_PATH_MAX], *text;
	const char *epoch = "";
	json_t *root, *counts = NULL;
	int badges = 1;
	struct err err;
	size_t len;

	counts_path(store, path);
	text = file_read(path, COUNTS_FILE_MAX, &len, &err);
	root = text != NULL ? json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL) : NULL;
	free(text);
	store->badges = store->known_epoch[0] != '\0';	/* unless it says otherwise */
	if (root != NULL && json_unpack(root, "{s:s, s:b, s:o}", "epoch", &epoch, "badges",
	    &badges, "counts", &counts) == 0 && json_is_object(counts) &&
	    strcmp(epoch, store->known_epoch) == 0 &&
	    json_object_size(counts) <= STORE_FENCED_KEYS_MAX) {
		store->counts = json_incref(counts);
		store->badges = badges != 0;
	}
	json_decref(root);
}

void
store_counts_forget(struct store *store)
{
	json_decref(store->counts);
	store->counts = NULL;
	for (size_t i = 0; i < store->slot_count; i++)
		store->slots[i].count = 0;
}

void
store_counts_save(void *arg)
{
	struct store *store = arg;
	json_t *counts = json_object(), *root;
	char path[FILE_PATH_MAX], *text;
	struct err err = { .text = "out of memory" };

	timer_cancel(&store->save);
	for (size_t i = 0; i < store->slot_count; i++)
		(void)json_object_set_new(counts, store->slots[i].fence,
		    json_integer(store->slots[i].count));
	root = json_pack("{s:s, s:b, s:o}", "epoch", store->epoch, "badges",
	    store->badges ? 1 : 0, "counts", counts);
	text = root != NULL ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	counts_path(store, path);
	if (text == NULL || file_put(path, text, strlen(text), &err) != 0)
		log_warn("store: %s %s: a store that comes back older while certsyncd is down "
		    "would not be noticed", path, err.text);
	free(text);
}
