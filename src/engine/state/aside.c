/* SPDX-License-Identifier: ISC */
/* aside.c -- see aside.h. */
#include "engine/state/aside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "core/schedule.h"

#include <uthash.h>

struct aside_badge {
	char		 badge[BADGE_ID_MAX + 1];
	unsigned	 partition;
	enum badge_cause cause;
	char		 why[ASIDE_WHY_MAX];
	unsigned	 tries;
	int64_t		 at_ms;		/* when it is tried again; INT64_MAX: it is being tried */
	bool		 noted;		/* in the store */
	UT_hash_handle	 hh;
};

struct aside {
	struct engine	*engine;
	struct aside_badge *badges;
	struct timer	 timer;
	aside_again_fn	*again;
	void		*arg;
};

/* A note on its way. */
struct aside_note {
	struct aside	*aside;
	char		 badge[BADGE_ID_MAX + 1];
	aside_noted_fn	*fn;
	void		*arg;
};

static struct aside_badge *
aside_find(const struct aside *aside, const char *badge)
{
	struct aside_badge *b;

	HASH_FIND_STR(aside->badges, badge, b);
	return b;
}

const char *
aside_key(const struct engine *engine, unsigned partition, key_buf out)
{
	return key_partition(store_prefix(engine->store), partition, "internal:owed", NULL, out);
}

/* --- when it is tried again --------------------------------------------------------- */

static void
aside_arm(struct aside *aside)
{
	struct aside_badge *b, *next;
	int64_t first_ms = INT64_MAX, now_ms = loop_now_ms(aside->engine->loop);

	HASH_ITER(hh, aside->badges, b, next)
		if (b->at_ms < first_ms)
			first_ms = b->at_ms;
	if (first_ms == INT64_MAX)
		timer_cancel(&aside->timer);
	else
		timer_set_ms(&aside->timer, first_ms > now_ms ? first_ms - now_ms : 0);
}

void
aside_resume(struct aside *aside)
{
	struct aside_badge *b, *next;
	int64_t now_ms = loop_now_ms(aside->engine->loop);

	if (store_state(aside->engine->store) != STORE_OPEN)
		return;
	HASH_ITER(hh, aside->badges, b, next)
		if (b->at_ms <= now_ms) {
			b->at_ms = INT64_MAX;
			aside->again(aside->arg, b->badge, b->cause);
		}
	aside_arm(aside);
}

static void
aside_on_timer(void *arg)
{
	aside_resume(arg);
}

/* --- life ----------------------------------------------------------------------------- */

struct aside *
aside_new(struct engine *engine, aside_again_fn *again, void *arg)
{
	struct aside *aside = calloc(1, sizeof(*aside));

	if (aside == NULL)
		return NULL;
	*aside = (struct aside){ .engine = engine, .again = again, .arg = arg };
	if (timer_init(&aside->timer, engine->loop, aside_on_timer, aside) != 0)
		return aside_free(aside);
	return aside;
}

struct aside *
aside_free(struct aside *aside)
{
	struct aside_badge *b, *next;

	if (aside == NULL)
		return NULL;
	HASH_ITER(hh, aside->badges, b, next) {
		HASH_DEL(aside->badges, b);
		free(b);
	}
	timer_fini(&aside->timer);
	free(aside);
	return NULL;
}

static struct aside_badge *
aside_add(struct aside *aside, const char *badge, enum badge_cause cause)
{
	const struct index_badge *known = index_find(aside->engine->index, badge);
	struct aside_badge *b;

	if (known == NULL || HASH_COUNT(aside->badges) >= ASIDE_MAX)
		return NULL;
	b = memory_get(sizeof(*b));
	*b = (struct aside_badge){
		.partition = badge_partition(known->profile,
		    store_partitions(aside->engine->store)), .cause = cause
	};
	(void)text_copy(b->badge, sizeof(b->badge), badge);
	HASH_ADD_STR(aside->badges, badge, b);
	return b;
}

static void
aside_remove(struct aside *aside, struct aside_badge *b)
{
	HASH_DEL(aside->badges, b);
	free(b);
	aside_arm(aside);
}

/* --- in the store ----------------------------------------------------------------------- */

static void
aside_on_noted(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct aside_note note = *(struct aside_note *)arg;
	struct aside_badge *b = aside_find(note.aside, note.badge);

	(void)reply;
	free(arg);
	if (b != NULL)
		b->noted = outcome == STORE_OK;
	if (b != NULL && outcome != STORE_OK)
		aside_remove(note.aside, b);
	note.fn(note.arg, outcome == STORE_OK);
}

void
aside_note(struct engine *engine, unsigned partition, const char *badge, enum badge_cause cause,
    store_fn *fn, void *arg)
{
	struct store_txn txn;
	key_buf key;

	store_txn_begin_partition(engine->store, &txn, partition);
	store_txn_key(&txn, aside_key(engine, partition, key));
	store_txn_cmd(&txn, 4, (const char *[]){ "HSET", key, badge, badge_cause_name(cause) });
	store_txn_send(engine->store, &txn, fn, arg);
}

/* If it is not removed now, the next start decides the badge once more, and that ends it. */
static void
aside_forget(struct aside *aside, unsigned partition, const char *badge)
{
	struct store *store = aside->engine->store;
	struct store_txn txn;
	key_buf key;

	store_txn_begin_partition(store, &txn, partition);
	store_txn_key(&txn, aside_key(aside->engine, partition, key));
	store_txn_cmd(&txn, 3, (const char *[]){ "HDEL", key, badge });
	store_txn_send(store, &txn, store_ignore, NULL);
}

/* --- what others tell ---------------------------------------------------------------------- */

bool
aside_put(struct aside *aside, const char *badge, enum badge_cause cause, const char *why,
    aside_noted_fn *fn, void *arg)
{
	struct aside_badge *b = aside_find(aside, badge);
	struct aside_note *note;
	bool known = b != NULL;
	int64_t ms;

	if (!known)
		b = aside_add(aside, badge, cause);
	if (b == NULL)
		return false;
	ms = schedule_pause_ms(++b->tries);
	b->at_ms = loop_now_ms(aside->engine->loop) + ms;
	(void)snprintf(b->why, sizeof(b->why), "%s", why);
	aside_arm(aside);
	if (!known)
		log_warn("badges: %s cannot be decided or written: %s; it is set aside, delays "
		    "nothing, and is tried again until it can", b->badge, b->why);
	else
		log_debug("badge %s: again in %" PRId64 " ms", b->badge, ms);
	if (b->noted) {
		fn(arg, true);
		return true;
	}
	note = memory_get(sizeof(*note));
	*note = (struct aside_note){ .aside = aside, .fn = fn, .arg = arg };
	(void)text_copy(note->badge, sizeof(note->badge), b->badge);
	aside_note(aside->engine, b->partition, b->badge, b->cause, aside_on_noted, note);
	return true;
}

void
aside_done(struct aside *aside, const char *badge)
{
	struct aside_badge *b = aside_find(aside, badge);

	if (b == NULL)
		return;
	log_notice("badges: %s can be decided and written again", b->badge);
	aside_forget(aside, b->partition, b->badge);
	aside_remove(aside, b);
}

void
aside_owed(struct aside *aside, unsigned partition, const char *badge, enum badge_cause cause)
{
	struct aside_badge *b = aside_find(aside, badge);

	if (b == NULL)
		b = aside_add(aside, badge, cause);
	if (b == NULL) {
		/* Of one that cannot be read it is still owed; else it is erased. */
		if (aside->engine->unread == 0 && index_find(aside->engine->index, badge) == NULL)
			aside_forget(aside, partition, badge);
		return;
	}
	b->noted = true;
	b->at_ms = loop_now_ms(aside->engine->loop);
	(void)snprintf(b->why, sizeof(b->why), "it could not be before the last start");
	aside_arm(aside);
}

size_t
aside_count(const struct aside *aside, const char **out_badge, const char **out_why)
{
	*out_badge = aside->badges != NULL ? aside->badges->badge : "";
	*out_why = aside->badges != NULL ? aside->badges->why : "";
	return HASH_COUNT(aside->badges);
}
