/* SPDX-License-Identifier: ISC */
/* lookup.c -- see lookup.h. */
#include "engine/lookup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/log.h"
#include "base/text.h"
#include "core/record.h"
#include "core/schedule.h"
#include "engine/budget.h"
#include "engine/poll.h"
#include "engine/work.h"
#include "io/source.h"
#include "worker/message.h"

#define LOOKUP_BUSY_MS		1000	/* while the registry is polled otherwise */
#define LOOKUP_PAUSE_MAX_MS	(3600 * 1000) /* a budget or a pause may end sooner than reckoned */
#define LOOKUP_BATCH_MAX	100	/* numbers at a time, whatever the plug-in takes */
#define LOOKUP_KEPT_S		"172800" /* days of asked numbers are read for today and yesterday */

enum number_state { NUMBER_WANTED = 0, NUMBER_RUNNING, NUMBER_ANSWERED };

struct number {
	uint64_t	 hash;
	char		 text[CS_NUMBER_MAX + 1];
	enum number_state state;
	unsigned	 tries;		/* that failed */
	bool		 put_off;	/* no request can be made soon: decisions do not wait */
	int64_t		 answered_s;
	bool		 absent;	/* nothing was found */
	UT_hash_handle	 hh;
};

/* Somebody who claims number after number that nobody has (settings [claims] max_misses). */
struct misses {
	uint64_t	 profile;	/* hash */
	int64_t		 count;
	UT_hash_handle	 hh;
};

struct lookup {
	struct registry	*registry;
	struct timer	 timer;
	struct number	*numbers;	/* owned; in the order they came */
	size_t		 waiting;	/* of those, WANTED */
	struct misses	*misses;	/* owned; of day */
	int64_t		 day;
	unsigned	 failures;	/* in a row */
	int64_t		 not_before_s;
	/* The batch under way. */
	struct number	*batch[LOOKUP_BATCH_MAX];
	size_t		 batch_count;
	unsigned	 days_read;	/* of asked numbers: today, yesterday */
	bool		 reading;	/* a read is under way; */
	bool		 over;		/* and frees what it finds given up */
	bool		 soon;		/* the timer is set, for LOOKUP_COLLECT_MS */
};

static void lookup_arm(struct lookup *);
static void lookup_run(struct lookup *);

/* --- what is known of a number ----------------------------------------------------- */

static bool
lookup_can(const struct lookup *l)
{
	const struct registry *registry = l->registry;

	return registry->description != NULL && (registry->description->kinds & CS_KIND(CS_POLL_LOOKUP)) != 0 &&
	    !source_is_file(registry->config->url) && registry->state != REGISTRY_STOPPED;
}

static struct number *
number_find(const struct lookup *l, const char *text)
{
	uint64_t hash = registry_hash(l->registry, text);
	struct number *n;

	HASH_FIND(hh, l->numbers, &hash, sizeof(hash), n);
	return n;
}

/* An answer counts for a day. */
static bool
number_is_answered(const struct lookup *l, const struct number *n)
{
	int64_t age_s = engine_now_s(l->registry->engine) - n->answered_s;

	return n->state == NUMBER_ANSWERED && age_s >= 0 && age_s < LOOKUP_AGAIN_S;
}

static bool
number_is_askable(const struct lookup *l, const char *text)
{
	const struct number_pattern *pattern = l->registry->config->pattern;

	/* The plug-in puts it into a request, whatever an operator lets through. */
	return text[0] != '\0' && lookup_can(l) && number_fits(registry_grammar(l->registry), text) &&
	    (pattern == NULL || number_matches(pattern, text));
}

static int64_t
lookup_today(const struct lookup *l)
{
	return engine_now_s(l->registry->engine) / 86400;
}

static uint64_t
profile_hash(const struct lookup *l, const char *profile)
{
	return registry_hash(l->registry, profile);
}

static bool
profile_may(const struct lookup *l, const char *profile)
{
	int64_t max = l->registry->engine->config->claims_max_misses;
	uint64_t hash = profile_hash(l, profile);
	struct misses *m;

	if (max == 0 || l->day != lookup_today(l))
		return true;
	HASH_FIND(hh, l->misses, &hash, sizeof(hash), m);
	return m != NULL ? m->count < max : HASH_COUNT(l->misses) < LOOKUP_PROFILES_MAX;
}

/* Whether a request could be made at once. */
static bool
lookup_is_open(const struct lookup *l)
{
	int64_t now_s = engine_now_s(l->registry->engine);

	return l->not_before_s <= now_s && l->registry->retry_at_s <= now_s && budget_has(l->registry, true);
}

bool
lookup_is_due(const struct lookup *l, const char *number, const char *profile)
{
	const struct number *n;

	if (!number_is_askable(l, number))
		return false;
	n = number_find(l, number);
	if (n != NULL && n->state != NUMBER_ANSWERED)
		return n->tries == 0 && !n->put_off;
	if (n != NULL && number_is_answered(l, n))
		return false;
	return lookup_is_open(l) && profile_may(l, profile);
}

bool
lookup_is_absent(const struct lookup *l, const char *number)
{
	const struct number *n = number[0] != '\0' ? number_find(l, number) : NULL;

	return n != NULL && number_is_answered(l, n) && n->absent && l->registry->description != NULL &&
	    l->registry->description->lookup_absent;
}

size_t
lookup_pending(const struct lookup *l)
{
	size_t count = 0;

	for (const struct number *n = l->numbers; n != NULL; n = n->hh.next)
		if (n->state != NUMBER_ANSWERED && n->tries == 0 && !n->put_off)
			count++;
	return count;
}

size_t
lookup_waiting(const struct lookup *l)
{
	return l->waiting + l->batch_count;
}

/* --- wanting ------------------------------------------------------------------------- */

static void
number_drop(struct lookup *l, struct number *n)
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
	struct number *n, *next;

	if (HASH_COUNT(l->numbers) < LOOKUP_NUMBERS_MAX)
		return true;
	HASH_ITER(hh, l->numbers, n, next)
		if (n->state == NUMBER_ANSWERED) {
			number_drop(l, n);
			return true;
		}
	return false;		/* so many wait that this one must be found by a poll */
}

void
lookup_want(struct lookup *l, const char *number, const char *profile)
{
	struct number *n;

	if (!number_is_askable(l, number) || !profile_may(l, profile))
		return;
	n = number_find(l, number);
	if (n != NULL && (n->state != NUMBER_ANSWERED || number_is_answered(l, n)))
		return;
	if (n == NULL) {
		n = lookup_make_room(l) ? calloc(1, sizeof(*n)) : NULL;
		if (n == NULL)
			return;
		n->hash = registry_hash(l->registry, number);
		(void)text_copy(n->text, sizeof(n->text), number);
		HASH_ADD(hh, l->numbers, hash, sizeof(n->hash), n);
	}
	n->state = NUMBER_WANTED;
	n->tries = 0;
	n->put_off = false;
	l->waiting++;
	lookup_arm(l);
}

/* --- answers --------------------------------------------------------------------------- */

struct answered {
	struct lookup	*l;
	bool		 missed;	/* counts against who claimed it */
};

static void
misses_count(struct lookup *l, const char *profile)
{
	uint64_t hash = profile_hash(l, profile);
	struct misses *m, *next;

	if (l->day != lookup_today(l)) {
		HASH_ITER(hh, l->misses, m, next) {
			HASH_DEL(l->misses, m);
			free(m);
		}
		l->day = lookup_today(l);
	}
	HASH_FIND(hh, l->misses, &hash, sizeof(hash), m);
	if (m == NULL && HASH_COUNT(l->misses) < LOOKUP_PROFILES_MAX && (m = calloc(1, sizeof(*m))) != NULL) {
		m->profile = hash;
		HASH_ADD(hh, l->misses, profile, sizeof(m->profile), m);
	}
	if (m != NULL)
		m->count++;
}

static void
badge_answered(void *arg, struct index_badge *b)
{
	struct answered *a = arg;
	struct registry *registry = a->l->registry;

	if (strcmp(b->body, registry->config->body) != 0)
		return;
	if (a->missed)
		misses_count(a->l, b->profile);
	if (work_add(registry->engine->work, b->id, CAUSE_LOOKUP, NULL, NULL) != 0)
		log_error("connector %s: out of memory, a badge waits for the next poll", registry->name);
}

/* Decides the badges that claim the number: what they waited for has come, or does not. */
static void
number_decide(struct lookup *l, const struct number *n, bool missed)
{
	struct answered a = { .l = l, .missed = missed };

	index_each_key(l->registry->engine->index, n->hash, badge_answered, &a);
}

static void
number_answer(struct lookup *l, struct number *n, int64_t at_s, bool missed)
{
	n->state = NUMBER_ANSWERED;
	n->answered_s = at_s;
	n->absent = !snapshot_has(l->registry->snapshot, n->hash);
	number_decide(l, n, missed && n->absent);
}

static void
number_fail(struct lookup *l, struct number *n)
{
	n->state = NUMBER_WANTED;
	n->tries++;
	l->waiting++;
	number_decide(l, n, false);
	if (n->tries >= LOOKUP_TRIES_MAX)
		number_drop(l, n);	/* a poll will find it, or its owner asks again */
}

static const char *
lookup_asked_key(const struct lookup *l, int64_t day, key_buf out)
{
	char what[40];

	(void)snprintf(what, sizeof(what), "asked:%" PRId64, day);
	return registry_key(l->registry, what, out);
}

static void
lookup_on_remembered(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	/* Without it the numbers may be asked once more after a restart. */
	(void)arg, (void)outcome, (void)reply;
}

/* Numbers without record: asked again tomorrow at the earliest. */
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
			store_txn_cmd(&txn, 4, (const char *[]){ "HSET", key, registry_field(l->batch[i]->hash, field), now });
			count++;
		}
	if (count > 0)
		store_txn_cmd(&txn, 3, (const char *[]){ "EXPIRE", key, LOOKUP_KEPT_S });
	store_txn_send(store, &txn, lookup_on_remembered, NULL);
}

static void
lookup_on_poll(void *arg, enum poll_result result, const char *text)
{
	struct lookup *l = arg;
	uint64_t *numbers = l->registry->metrics.numbers;
	struct schedule_input in = { .now_s = engine_now_s(l->registry->engine), .interval_s = 1 };
	uint8_t random[HASH_KEY_BYTES] = { 0 };
	bool ok = result == POLL_COMMITTED || result == POLL_UNCHANGED || result == POLL_HELD;

	(void)text;		/* the poll has logged it */
	for (size_t i = 0; i < l->batch_count; i++) {
		if (ok) {
			number_answer(l, l->batch[i], in.now_s, true);
			numbers[l->batch[i]->absent ? METRICS_NUMBER_ABSENT : METRICS_NUMBER_FOUND]++;
		} else {
			number_fail(l, l->batch[i]);
			numbers[METRICS_NUMBER_FAILED]++;
		}
	}
	if (ok)
		lookup_remember(l);
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
	if (poll_start_lookup(l->registry, texts, l->batch_count, lookup_on_poll, l) != 0) {
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
		if (text != NULL && text_parse_i64(text, 1, INT64_MAX, &at_s) && now_s - at_s < LOOKUP_AGAIN_S)
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
		argv[2 + i] = registry_field(l->batch[i]->hash, fields[i]);
	l->reading = true;
	store_read(l->registry->engine->store, lookup_on_asked, l, 2 + l->batch_count, argv);
}

static void
lookup_begin(struct lookup *l)
{
	size_t max = l->registry->description->lookup_max;
	struct number *n, *next;

	if (max > LOOKUP_BATCH_MAX)
		max = LOOKUP_BATCH_MAX;
	HASH_ITER(hh, l->numbers, n, next) {
		if (n->state != NUMBER_WANTED || l->batch_count == max)
			continue;
		if (snapshot_has(l->registry->snapshot, n->hash)) {
			number_drop(l, n);	/* a list has brought it meanwhile, and decided */
			continue;
		}
		n->state = NUMBER_RUNNING;
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
	if (l->reading || !engine->loaded || !registry->loaded || registry->poll != NULL || registry->commit != NULL ||
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

	if (at_s < l->registry->retry_at_s)
		at_s = l->registry->retry_at_s;
	if (!budget_has(l->registry, true) && at_s < budget_reset_s(l->registry))
		at_s = budget_reset_s(l->registry);
	return at_s;
}

/* Nobody waits for what cannot be asked for hours: the mirror has the word meanwhile. */
static void
lookup_put_off(struct lookup *l)
{
	for (struct number *n = l->numbers; n != NULL; n = n->hh.next)
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
lookup_new(struct registry *registry)
{
	struct lookup *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->registry = registry;
	if (timer_init(&l->timer, registry->engine->loop, lookup_on_timer, l) != 0) {
		free(l);
		return NULL;
	}
	return l;
}

struct lookup *
lookup_free(struct lookup *l)
{
	struct number *n, *next;
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
