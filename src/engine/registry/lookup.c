/* SPDX-License-Identifier: ISC */
/* lookup.c -- see lookup.h: wanting, asking, answers. */
#include "engine/registry/lookup_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/schedule.h"
#include "engine/registry/budget.h"
#include "engine/registry/mirror.h"
#include "engine/state/work.h"
#include "worker/message.h"

#define LOOKUP_BUSY_MS		1000	/* while the registry is polled otherwise */
#define LOOKUP_PAUSE_MAX_MS	(3600 * 1000) /* a budget or a pause may end sooner than reckoned */
/* days of asked numbers are read for today and yesterday */
#define LOOKUP_KEPT_S		"172800"

static void lookup_arm(struct lookup *);
static void lookup_run(struct lookup *);

/* --- wanting ------------------------------------------------------------------------- */

static void
number_drop(struct lookup *l, struct lookup_number *n)
{
	if (n->state == NUMBER_WANTED)
		l->waiting--;
	HASH_DEL(l->numbers, n);
	free(n);
}

/* Room for one more: the oldest answer goes. */
static bool
lookup_make_room(struct lookup *l)
{
	struct lookup_number *n, *next;

	if (HASH_COUNT(l->numbers) < LOOKUP_NUMBERS_MAX)
		return true;
	HASH_ITER(hh, l->numbers, n, next)
		if (n->state == NUMBER_ANSWERED) {
			number_drop(l, n);
			return true;
		}
	return false;		/* so many wait that this one must be found by a poll */
}

/* An entry that is not wanted yet.  NULL: no room. */
static struct lookup_number *
number_add(struct lookup *l, const char *number)
{
	struct lookup_number *n = lookup_make_room(l) ? calloc(1, sizeof(*n)) : NULL;

	if (n == NULL)
		return NULL;
	n->hash = store_hash(l->registry->engine->store, number);
	n->state = NUMBER_ANSWERED;
	(void)text_copy(n->text, sizeof(n->text), number);
	HASH_ADD(hh, l->numbers, hash, sizeof(n->hash), n);
	return n;
}

static void
number_want(struct lookup *l, struct lookup_number *n)
{
	if (n->state != NUMBER_ANSWERED || lookup_number_is_answered(l, n))
		return;
	n->state = NUMBER_WANTED;
	n->tries = 0;
	n->put_off = false;
	l->waiting++;
	lookup_arm(l);
}

void
lookup_want(struct lookup *l, const char *number, const char *profile)
{
	struct lookup_number *n;

	if (!lookup_is_askable(l, number) || !lookup_profile_may(l, profile))
		return;
	n = lookup_number_find(l, number);
	if (n == NULL)
		n = number_add(l, number);
	if (n != NULL)
		number_want(l, n);
}

bool
lookup_confirm(struct lookup *l, const char *number, int64_t after_s)
{
	struct lookup_number *n;
	int64_t now_s;

	if (!lookup_is_askable(l, number))
		return false;
	n = lookup_number_find(l, number);
	if (n == NULL)
		n = number_add(l, number);
	if (n == NULL)
		return false;
	now_s = engine_now_s(l->registry->engine);
	if (n->failed_s != 0 && now_s >= n->failed_s && now_s - n->failed_s < LOOKUP_FAILED_S)
		return true;
	n->failed_s = 0;
	n->confirms = true;
	if (n->after_s < after_s)
		n->after_s = after_s;
	number_want(l, n);
	return true;
}

/* --- answers --------------------------------------------------------------------------- */

struct answered {
	struct lookup	*l;
	bool		 missed;	/* counts against who claimed it */
};

static void
badge_answered(void *arg, struct index_badge *b)
{
	struct answered *a = arg;
	struct registry *registry = a->l->registry;

	if (strcmp(b->body, registry->config->body) != 0)
		return;
	if (a->missed)
		lookup_miss(a->l, b->profile);
	work_add(registry->engine->work, b->id, CAUSE_LOOKUP, NULL, NULL);
}

/* Decides the badges that claim the number: what they waited for has come, or does not. */
static void
number_decide(struct lookup *l, const struct lookup_number *n, bool missed)
{
	struct answered a = { .l = l, .missed = missed };

	index_each_key(l->registry->engine->index, n->hash, badge_answered, &a);
}

static void
number_answer(struct lookup *l, struct lookup_number *n, int64_t at_s, bool missed)
{
	n->state = NUMBER_ANSWERED;
	n->answered_s = at_s;
	if (at_s < n->asked_s || n->asked_s == 0)
		n->asked_s = at_s;	/* before a restart perhaps */
	n->absent = !snapshot_has(l->registry->snapshot, n->hash);
	missed = missed && n->absent && !n->confirms;
	n->confirms = false;
	number_decide(l, n, missed);
}

void
lookup_note(struct lookup *l, uint64_t number, uint64_t content)
{
	struct lookup_number *n;

	HASH_FIND(hh, l->numbers, &number, sizeof(number), n);
	if (n == NULL || n->state != NUMBER_RUNNING)
		return;
	if (n->told_count < LOOKUP_TOLD_MAX)
		n->told[n->told_count++] = content;
	else
		n->too_many = true;
}

static void
number_fail(struct lookup *l, struct lookup_number *n)
{
	n->state = NUMBER_WANTED;
	n->tries++;
	l->waiting++;
	number_decide(l, n, false);
	if (n->tries < LOOKUP_TRIES_MAX)
		return;
	if (!n->confirms) {
		number_drop(l, n);	/* a poll will find it, or its owner asks again */
		return;
	}
	/* Whoever waits for its word asks again, but not at once. */
	n->state = NUMBER_ANSWERED;
	n->asked_s = 0;
	n->failed_s = engine_now_s(l->registry->engine);
	l->waiting--;
}

static const char *
lookup_asked_key(const struct lookup *l, int64_t day, key_buf out)
{
	char what[40];

	(void)snprintf(what, sizeof(what), "asked:%" PRId64, day);
	return registry_key(l->registry, what, out);
}

/*
 * Numbers without record: asked again tomorrow at the earliest.  What is not
 * remembered may be asked once more after a restart.
 */
static void
lookup_remember(struct lookup *l)
{
	struct store *store = l->registry->engine->store;
	struct store_txn txn;
	key_buf connector, key;
	char field[17], now[24];
	size_t count = 0;

	(void)key_connector(store_prefix(store), l->registry->name, connector);
	(void)lookup_asked_key(l, lookup_today(l), key);
	(void)snprintf(now, sizeof(now), "%" PRId64, engine_now_s(l->registry->engine));
	store_txn_begin(store, &txn, connector);
	store_txn_key(&txn, key);
	for (size_t i = 0; i < l->batch_count; i++)
		if (l->batch[i]->absent) {
			store_txn_cmd(&txn, 4, (const char *[]){ "HSET", key,
			    mirror_field(l->batch[i]->hash, field), now });
			count++;
		}
	if (count > 0)
		store_txn_cmd(&txn, 3, (const char *[]){ "EXPIRE", key, LOOKUP_KEPT_S });
	store_txn_send(store, &txn, store_ignore, NULL);
}

/* One number may fail all that are asked with it: after a failure half as many are. */
static void
batch_limit(struct lookup *l, bool ok)
{
	if (!ok)
		l->limit = l->batch_count > 1 ? l->batch_count / 2 : 1;
	else if (l->limit > 0)
		l->limit = l->limit < LOOKUP_BATCH_MAX ? l->limit * 2 : 0;
}

void
lookup_answer(struct lookup *l, bool ok)
{
	uint64_t *numbers = l->registry->metrics.numbers;
	struct schedule_input in = { .now_s = engine_now_s(l->registry->engine), .interval_s = 1 };
	uint8_t random[HASH_KEY_BYTES] = { 0 };

	for (size_t i = 0; i < l->batch_count; i++) {
		if (ok) {
			number_answer(l, l->batch[i], in.now_s, true);
			numbers[l->batch[i]->absent ? METRICS_NUMBER_ABSENT :
			    METRICS_NUMBER_FOUND]++;
		} else {
			number_fail(l, l->batch[i]);
			numbers[METRICS_NUMBER_FAILED]++;
		}
	}
	if (ok)
		lookup_remember(l);
	batch_limit(l, ok);
	l->batch_count = 0;
	l->failures = ok ? 0 : l->failures + 1;
	(void)hash_key_random(random);
	memcpy(&in.random, random, sizeof(in.random));
	in.failures = l->failures;
	l->not_before_s = ok ? 0 : schedule_next(&in);
	lookup_arm(l);
	engine_progress(l->registry->engine);
}

/* --- one batch ----------------------------------------------------------------------------- */

/* What is left of the batch is asked. */
static void
lookup_ask(struct lookup *l)
{
	const char *texts[LOOKUP_BATCH_MAX];

	if (l->batch_count == 0) {
		lookup_arm(l);
		return;
	}
	for (size_t i = 0; i < l->batch_count; i++)
		texts[i] = l->batch[i]->text;
	if (l->ask(l->registry, texts, l->batch_count) != 0) {
		lookup_requeue(l);
		timer_set_ms(&l->timer, LOOKUP_BUSY_MS);
	}
}

static void
lookup_on_asked(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct lookup *l = arg;
	int64_t now_s, at_s;
	const char *text;
	size_t left = 0;

	l->reading = false;
	if (l->over) {
		(void)lookup_free(l);
		return;
	}
	now_s = engine_now_s(l->registry->engine);
	for (size_t i = 0; i < l->batch_count; i++) {
		text = outcome == STORE_OK ? redis_reply_str(redis_reply_at(reply, i), NULL) : NULL;
		if (text != NULL && text_parse_i64(text, 1, INT64_MAX, &at_s) &&
		    now_s - at_s < LOOKUP_AGAIN_S &&
		    at_s >= l->batch[i]->after_s)
			number_answer(l, l->batch[i], at_s <= now_s ? at_s : now_s, false);
		else
			l->batch[left++] = l->batch[i];
	}
	l->batch_count = left;
	if (outcome != STORE_OK) {
		lookup_requeue(l);
		if (outcome != STORE_ENDED)
			timer_set_ms(&l->timer, LOOKUP_BUSY_MS);
	} else if (++l->days_read < 2)
		lookup_run(l);
	else
		lookup_ask(l);
}

/* Which of the batch have been asked within a day, before a restart perhaps? */
static void
lookup_run(struct lookup *l)
{
	const char *argv[2 + LOOKUP_BATCH_MAX] = { "HMGET" };
	char fields[LOOKUP_BATCH_MAX][17];
	key_buf key;

	if (l->batch_count == 0) {
		lookup_arm(l);
		return;
	}
	argv[1] = lookup_asked_key(l, lookup_today(l) - l->days_read, key);
	for (size_t i = 0; i < l->batch_count; i++)
		argv[2 + i] = mirror_field(l->batch[i]->hash, fields[i]);
	l->reading = true;
	store_read(l->registry->engine->store, lookup_on_asked, l, 2 + l->batch_count, argv);
}

static size_t
batch_max(const struct lookup *l)
{
	size_t max = l->registry->plugin.description->lookup_max;

	if (max > LOOKUP_BATCH_MAX)
		max = LOOKUP_BATCH_MAX;
	return l->limit != 0 && l->limit < max ? l->limit : max;
}

static void
lookup_begin(struct lookup *l)
{
	size_t max = batch_max(l);
	struct lookup_number *n, *next;

	HASH_ITER(hh, l->numbers, n, next) {
		if (n->state != NUMBER_WANTED || l->batch_count == max)
			continue;
		if (!n->confirms && snapshot_has(l->registry->snapshot, n->hash)) {
			number_drop(l, n);	/* a list has brought it meanwhile, and decided */
			continue;
		}
		n->state = NUMBER_RUNNING;
		n->asked_s = engine_now_s(l->registry->engine);
		n->told_count = 0;
		n->too_many = false;
		l->waiting--;
		l->batch[l->batch_count++] = n;
	}
	l->days_read = 0;
	lookup_run(l);
}

static void
lookup_on_timer(void *arg)
{
	struct lookup *l = arg;
	struct registry *registry = l->registry;
	struct engine *engine = registry->engine;

	l->soon = false;
	if (l->batch_count > 0 || l->waiting == 0 || engine->stopping)
		return;
	if (l->reading || !engine->loaded || !registry->loaded || registry->poll != NULL ||
	    registry->commit != NULL ||
	    store_state(engine->store) != STORE_OPEN)
		timer_set_ms(&l->timer, LOOKUP_BUSY_MS);
	else if (!lookup_can(l) || !lookup_is_open(l))
		lookup_arm(l);
	else
		lookup_begin(l);
}

/* When a batch may begin that cannot begin now. */
static int64_t
lookup_open_s(const struct lookup *l)
{
	int64_t at_s = l->not_before_s;

	if (at_s < l->registry->times.retry_at_s)
		at_s = l->registry->times.retry_at_s;
	if (!budget_has(l->registry, true) && at_s < budget_reset_s(l->registry))
		at_s = budget_reset_s(l->registry);
	return at_s;
}

/* Nobody waits for what cannot be asked for hours: the mirror has the word meanwhile. */
static void
lookup_put_off(struct lookup *l)
{
	for (struct lookup_number *n = l->numbers; n != NULL; n = n->hh.next)
		if (n->state == NUMBER_WANTED && !n->put_off) {
			n->put_off = true;
			number_decide(l, n, false);
		}
}

/* Sets the timer for the next batch. */
static void
lookup_arm(struct lookup *l)
{
	int64_t ms = LOOKUP_COLLECT_MS;
	bool open = lookup_can(l) && lookup_is_open(l);

	/* Collecting goes on from the first number: a steady trickle must not put it off. */
	if (l->waiting == 0 || l->batch_count > 0 || (open && l->soon))
		return;
	l->soon = open;
	if (!open)
		lookup_put_off(l);
	if (!lookup_can(l))
		ms = LOOKUP_PAUSE_MAX_MS;
	else if (!open)
		ms = (lookup_open_s(l) - engine_now_s(l->registry->engine)) * 1000;
	if (ms < LOOKUP_COLLECT_MS)
		ms = LOOKUP_COLLECT_MS;
	timer_set_ms(&l->timer, ms < LOOKUP_PAUSE_MAX_MS ? ms : LOOKUP_PAUSE_MAX_MS);
}

void
lookup_requeue(struct lookup *l)
{
	for (size_t i = 0; i < l->batch_count; i++) {
		l->batch[i]->state = NUMBER_WANTED;
		l->waiting++;
	}
	l->batch_count = 0;
	lookup_arm(l);
}

struct lookup *
lookup_new(struct registry *registry, lookup_ask_fn *ask)
{
	struct lookup *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->registry = registry;
	l->ask = ask;
	if (timer_init(&l->timer, registry->engine->loop, lookup_on_timer, l) != 0) {
		free(l);
		return NULL;
	}
	return l;
}

struct lookup *
lookup_free(struct lookup *l)
{
	struct lookup_number *n, *next;
	struct misses *m, *after;

	if (l == NULL)
		return NULL;
	timer_fini(&l->timer);
	l->over = true;
	if (l->reading)
		return NULL;	/* the reply frees it */
	HASH_ITER(hh, l->numbers, n, next) {
		HASH_DEL(l->numbers, n);
		free(n);
	}
	HASH_ITER(hh, l->misses, m, after) {
		HASH_DEL(l->misses, m);
		free(m);
	}
	free(l);
	return NULL;
}
