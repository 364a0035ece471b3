/* SPDX-License-Identifier: ISC */
/* lister.c -- see lister.h. */
#include "lister.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/badge/reconcile.h"
#include "engine/guard/hold.h"
#include "engine/poll/commit.h"
#include "engine/registry/absences.h"
#include "engine/registry/lookup.h"
#include "engine/registry/registry_event.h"
#include "engine/registry/registry_plugin.h"
#include "engine/registry/registry_store.h"
#include "engine/registry/timetable.h"
#include "../twins/spawn.h"

#define MIRROR	WORLD_INTERNAL "mirror"
#define STATE	WORLD_INTERNAL "state"

static struct registry *
firms(struct lister *l)
{
	return l->w.firms;
}

void
lister_told(void *arg, enum poll_result result, const char *text)
{
	struct lister *l = arg;

	l->told++;
	l->result = result;
	(void)snprintf(l->text, sizeof(l->text), "%s", text);
}

static bool
is_told(struct engine_world *w)
{
	return ((struct lister *)w->owner)->told > 0 && w->firms->poll == NULL;
}

static bool
has_worker(struct engine_world *w)
{
	(void)w;
	return twin_worker() != NULL;
}

static bool
is_idle(struct engine_world *w)
{
	return w->firms->poll == NULL && w->firms->saving.sent == NULL && holds_idle(&w->engine) &&
	    work_pending(w->engine.work) == 0;
}

static void
on_loaded(void *arg, bool ok)
{
	((struct lister *)arg)->done = ok;
}

static void
on_state(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct lister *l = arg;

	assert_int_equal(outcome, STORE_OK);
	registry_restore(firms(l), reply);
	l->done = true;
}

static void
on_decided(void *arg, enum reconcile_result result, const char *text)
{
	(void)text;
	assert_int_equal(result, RECONCILE_WRITTEN);
	((struct lister *)arg)->done = true;
}

static bool
is_done(struct engine_world *w)
{
	return ((struct lister *)w->owner)->done;
}

static int
on_ask(struct registry *registry, const char *const *numbers, size_t n)
{
	(void)registry, (void)numbers, (void)n;
	return -1;	/* not by itself */
}

static void
on_timer(void *arg)
{
	(void)arg;	/* polls are the test's */
}

/* --- a process with its connector ------------------------------------------------------- */

static void
lister_start(struct lister *l)
{
	struct engine *engine = &l->w.engine;
	struct registry *r = firms(l);

	registry_plugin_init(r);
	l->plugin = calloc(1, sizeof(*l->plugin));
	assert_non_null(l->plugin);
	l->plugin->kinds = CS_KIND(CS_POLL_FULL);
	r->plugin.description = l->plugin;
	assert_non_null(holds_new(engine));
	registry_tie(r, hold_new(engine, r), lookup_new(r, on_ask));
	assert_true(r->hold != NULL && r->lookup != NULL);
	assert_int_equal(timetable_init(r, on_timer, r), 0);
	l->done = false;
	hold_load(r->hold, on_loaded, l);
	engine_world_until(&l->w, is_done);
	l->done = false;
	hold_load(holds_config(engine->holds), on_loaded, l);
	engine_world_until(&l->w, is_done);
	l->done = false;
	store_read(engine->store, on_state, l, 2, (const char *[]){ "HGETALL", STATE });
	engine_world_until(&l->w, is_done);
	hold_resume(r->hold);
	registry_loaded(r);
	engine->loaded = true;
}

static void
lister_stop(struct lister *l)
{
	struct registry *r = firms(l);

	twin_refuse(false);
	poll_abandon(r->poll, "it is taken down");
	(void)commit_free(r->commit);
	registry_tie(r, hold_free(r->hold), lookup_free(r->lookup));
	timetable_fini(r);
	absences_free(r);
	registry_plugin_fini(r);
	l->w.engine.holds = holds_free(l->w.engine.holds);
}

void
lister_restart(struct lister *l)
{
	lister_stop(l);
	engine_world_close(&l->w);
	engine_world_open(&l->w);
	lister_start(l);
}

int
lister_setup(void **state)
{
	struct lister *l = calloc(1, sizeof(*l));
	struct err err;

	assert_non_null(l);
	l->w.decider = reconcile_start;
	engine_world_init(&l->w);
	l->w.owner = l;
	l->zone = zone_load(NULL, "America/New_York", &err);
	assert_non_null(l->zone);
	l->w.connector.zone = l->w.connector.budget_zone = l->zone;
	l->w.connector.timeout_ms = 60000;
	l->w.connector.max_requests = 1000;
	l->w.connector.full_interval_ms = INT64_C(7) * 86400 * 1000;
	l->w.connector.absent_polls = 1;
	l->w.connector.absent_share = 0.01;
	lister_start(l);
	*state = l;
	return 0;
}

int
lister_teardown(void **state)
{
	struct lister *l = *state;

	lister_stop(l);
	engine_world_fini(&l->w);
	zone_free(l->zone);
	free(l);
	return 0;
}

/* --- polls --------------------------------------------------------------------------------- */

void
lister_begun(struct lister *l)
{
	l->told = 0;
	l->items = 0;
	engine_world_until(&l->w, has_worker);
}

void
lister_begin(struct lister *l)
{
	assert_int_equal(poll_start(firms(l), false, lister_told, l), 0);
	lister_begun(l);
}

static void
say_row(const char *number, char mark)
{
	struct worker *w = twin_worker();
	struct cs_record record = {
		.number = number, .business_name = "ACME WIDGETS", .type = "WOSB",
		.status = CS_STATUS_ACTIVE
	};

	if (mark == '-')
		record.status = CS_STATUS_WITHDRAWN;
	if (mark == '?') {
		record.status = CS_STATUS_UNKNOWN;
		record.status_word = "Under\tReview";
	}
	if (mark == '+')
		record.type = "EDWOSB";
	if (mark == '*')
		record.expires_on = (struct cs_date){ 2094, 1, 31 };
	if (w != NULL)
		w->on.record(w->arg, &record);
}

void
lister_say(struct lister *l, const char *rows)
{
	char text[1024], *next = text, *word, mark;

	assert_true(strlen(rows) < sizeof(text));
	(void)strcpy(text, rows);
	while ((word = strsep(&next, " ")) != NULL) {
		if (*word == '\0')
			continue;
		l->items++;
		if (*word == '!') {
			twin_worker()->on.left_out(twin_worker()->arg,
			    strtoull(word + 1, NULL, 10), "a row");
			continue;
		}
		mark = word[strcspn(word, "-?*+")];
		word[strcspn(word, "-?*+")] = '\0';
		say_row(word, mark);
	}
}

void
lister_prove(enum cs_proof proof, uint64_t declared)
{
	twin_worker()->on.proof(twin_worker()->arg, proof, declared);
}

void
lister_end(struct lister *l)
{
	struct worker_result result = { .items = l->items, .records = l->items };

	twin_worker()->on.done(twin_worker()->arg, &result);
}

void
lister_fail(enum cs_rc rc, int64_t retry_at_s, const char *text)
{
	struct worker_failure failure = { .rc = rc, .retry_at_s = retry_at_s, .text = text };

	twin_worker()->on.failed(twin_worker()->arg, &failure);
}

enum poll_result
lister_outcome(struct lister *l)
{
	engine_world_until(&l->w, is_told);
	return l->result;
}

enum poll_result
lister_poll(struct lister *l, const char *rows)
{
	lister_begin(l);
	lister_say(l, rows);
	lister_end(l);
	return lister_outcome(l);
}

enum poll_result
lister_poll_proven(struct lister *l, const char *rows)
{
	l->plugin->proofs = CS_PROOF(CS_PROOF_TOTAL);
	lister_begin(l);
	lister_say(l, rows);
	lister_prove(CS_PROOF_TOTAL, l->items);
	lister_end(l);
	return lister_outcome(l);
}

static void
put(struct lister *l, const char *badge, const char *number)
{
	struct claim claim = {
		.badge = badge, .profile = "p1", .holder = "p1", .body = "sba",
		.category = CS_CATEGORY_WOMAN, .type = "WOSB", .number = number,
		.business_name = "Acme Widgets LLC", .rev = -1,
	};
	char id[24];
	struct reconcile_request request = {
		.op = RECONCILE_PUT, .badge = badge, .profile = "p1", .claim = &claim,
		.cause = CAUSE_CLAIM, .stream = "claims", .entry_id = id
	};

	(void)snprintf(id, sizeof(id), "1-%u", ++l->claims);
	l->done = false;
	assert_non_null(reconcile_start(&l->w.engine, &request, on_decided, l));
	engine_world_until(&l->w, is_done);
}

/* --- what came of it --------------------------------------------------------------- */

void
lister_put(struct lister *l, unsigned first, unsigned n)
{
	char badge[16];

	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(badge, sizeof(badge), "b%u", first + i);
		put(l, badge, badge + 1);
		assert_string_equal(lister_badge(l, first + i), "verified record_active (nil) 1");
	}
}

const char *
lister_badge(struct lister *l, unsigned number)
{
	char key[64];

	(void)snprintf(key, sizeof(key), "certsync:{0}:badge:b%u", number);
	return ENGINE_WORLD_ASK(&l->w, "HMGET", key, "status", "reason", "case", "version");
}

void
lister_assert_text(const struct lister *l, const char *part)
{
	if (strstr(l->text, part) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", part, l->text);
}

void
lister_assert_known(struct lister *l, size_t numbers)
{
	char text[24];
	key_buf staged;

	(void)snprintf(text, sizeof(text), "%zu", numbers);
	assert_string_equal(ENGINE_WORLD_ASK(&l->w, "HLEN", MIRROR), text);
	assert_int_equal(snapshot_numbers(firms(l)->snapshot), numbers);
	(void)registry_staged_key(firms(l), firms(l)->poll_number, staged);
	assert_string_equal(ENGINE_WORLD_ASK(&l->w, "EXISTS", staged), "0");
	assert_string_equal(firms(l)->diff.pending, "");
}

void
lister_settle(struct lister *l)
{
	engine_world_until(&l->w, is_idle);
}
