/* SPDX-License-Identifier: ISC */
/* redecide.c -- see redecide.h. */
#include "engine/badge/redecide.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "engine/guard/hold.h"
#include "engine/registry/registry.h"
#include "engine/state/work.h"

#define RULES_VERSION	1	/* raised when decide.c comes to other answers for the same rules */
/* bytes of the rules as text; 64 connectors take some 10 KB */
#define RULES_MAX	((size_t)1 << 20)
#define RETRY_MS	1000

enum phase { PHASE_READ, PHASE_DECIDE, PHASE_OPEN, PHASE_DONE };

struct redecide {
	struct engine	*engine;
	char		 rules[65];	/* hash */
	enum phase	 phase;
	bool		 queued;	/* the badges */
	bool		 in_flight;	/* a request waits for its answer */
	bool		 opening;	/* the plan is being stored */
	bool		 dead;		/* freed by that answer */
	struct work_group group;
	struct hold_batch batch;
	struct timer	 retry;
};

static void redecide_step(struct redecide *);

/* --- the rules ---------------------------------------------------------------------- */

static void
connector_text(const struct registry *registry, struct buf *out)
{
	const struct config_connector *c = registry->config;
	const struct description *d = registry->plugin.description;

	/* Of one that is only observed nothing is a rule. */
	if (c->observe)
		return;
	buf_printf(out, "%s %s %s %s %d %d %" PRId64 " %d %s %s %u %d",
	    registry->name, c->plugin, c->body, zone_name(c->zone), c->grace_days, (int)c->absence,
	    c->interval_ms, c->absent_polls, c->number_pattern != NULL ? c->number_pattern : "-",
	    c->confirm != NULL ? c->confirm : "-", (unsigned)d->revision, d->unique_rows ? 1 : 0);
	if (c->number_zeros != CONFIG_ZEROS_KEEP)
		buf_printf(out, " zeros");
	if (d->by_name)
		buf_printf(out, " name");
	for (size_t i = 0; i < d->type_count; i++)
		buf_printf(out, " %s", d->types[i]);
	buf_putc(out, '\n');
}

/* -1: not everything is known. */
static int
rules_hash(const struct engine *engine, char out[65])
{
	const struct config *config = engine->config;
	struct buf text;

	buf_init(&text, RULES_MAX);
	buf_printf(&text, "%d %.4f %d %" PRId64 "\n", RULES_VERSION, config->name_match,
	    config->unconfirmed_days, config->expiry_evidence_ms);
	types_text(config->types, &text);
	for (size_t i = 0; i < engine->registry_count; i++) {
		/* A plug-in that cannot be asked now is no change of the rules. */
		if (engine->registries[i]->plugin.description == NULL) {
			buf_free(&text);
			return -1;
		}
		connector_text(engine->registries[i], &text);
	}
	if (text.failed || digest_sha256_hex(buf_str(&text), text.len, out) != 0)
		memory_end("the rules");
	buf_free(&text);
	return 0;
}

/* --- life ----------------------------------------------------------------------------- */

struct redecide *
redecide_free(struct redecide *r)
{
	if (r == NULL)
		return NULL;
	if (r->engine->redecide == r)
		r->engine->redecide = NULL;
	work_group_leave(r->engine->work, &r->group);
	hold_forget(holds_config(r->engine->holds), r);
	hold_batch_fini(&r->batch);
	timer_fini(&r->retry);
	r->dead = r->in_flight;
	if (!r->dead)
		free(r);
	return NULL;
}

/* A request has been answered.  false: there is nothing to go on with. */
static bool
answered(struct redecide *r, enum store_outcome outcome)
{
	r->in_flight = false;
	if (r->dead) {
		free(r);
		return false;
	}
	if (outcome == STORE_OK)
		return true;
	if (outcome == STORE_ENDED)
		(void)redecide_free(r);
	else
		timer_set_ms(&r->retry, RETRY_MS);
	return false;
}

/* --- the steps --------------------------------------------------------------------------- */

static void
on_read(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct redecide *r = arg;
	const char *text;

	if (!answered(r, outcome))
		return;
	text = redis_reply_str(reply, NULL);
	if (text != NULL && strcmp(text, r->rules) == 0) {
		(void)redecide_free(r);
		return;
	}
	/* A store without rules is a new one: its badges have been decided by these. */
	r->phase = text != NULL ? PHASE_DECIDE : PHASE_DONE;
	if (r->engine->rebuild)
		log_notice("the store was emptied or restored: deciding every badge anew");
	else if (text != NULL)
		log_notice("the rules have changed: deciding the badges again that they cover");
	redecide_step(r);
}

static void
on_written(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct redecide *r = arg;
	struct engine *engine = r->engine;

	(void)reply;
	if (!answered(r, outcome))
		return;
	if (r->group.changed > 0)
		log_notice("%zu badges were changed by that", r->group.changed);
	engine->rebuild = false;
	(void)redecide_free(r);
	engine_progress(engine);
}

static void
rules_write(struct redecide *r)
{
	struct store *store = r->engine->store;
	struct store_txn txn;
	key_buf meta, key;

	(void)store_meta_key(store, "rules", key);
	store_txn_begin(store, &txn, key_global(store_prefix(store), "meta", meta));
	store_txn_key(&txn, key);
	store_txn_cmd(&txn, 3, (const char *[]){ "SET", key, r->rules });
	r->in_flight = true;
	store_txn_send(store, &txn, on_written, r);
}

/* What no connector covers any more keeps what it has (rule 2 of docs/decisions.md). */
static bool
is_covered(const struct engine *engine, const struct index_badge *b)
{
	for (size_t i = 0; i < engine->registry_count; i++)
		if (registry_decides(engine->registries[i], b->body,
		    b->type[0] != '\0' ? b->type : NULL))
			return true;
	return false;
}

static void
queue_badge(void *arg, struct index_badge *b)
{
	struct redecide *r = arg;

	if (is_covered(r->engine, b))
		work_add(r->engine->work, b->id, CAUSE_CONFIG, NULL, &r->group);
}

/* true: they are all done. */
static bool
queue_once(struct redecide *r)
{
	if (!r->queued) {
		r->queued = true;
		/* One that is ours until all are queued, so that idle comes once. */
		r->group.pending++;
		index_each(r->engine->index, queue_badge, r);
		r->group.pending--;
	}
	return r->group.pending == 0;
}

static void
on_idle(void *arg)
{
	struct redecide *r = arg;

	if (r->group.failed)
		(void)redecide_free(r);
	else
		redecide_step(r);
}

static void
on_opened(void *arg, bool ok)
{
	struct redecide *r = arg;

	r->opening = false;
	if (!ok) {
		/* Polls wait for a rebuilding; other rules wait for the next start. */
		if (r->engine->rebuild)
			timer_set_ms(&r->retry, RETRY_MS);
		else
			(void)redecide_free(r);
		return;
	}
	r->phase = PHASE_DONE;
	redecide_step(r);
}

/* What gets worse becomes a plan. */
static void
open_plan(struct redecide *r)
{
	struct hold *hold = holds_config(r->engine->holds);
	struct err why = { .text = "" };

	if (r->opening)
		return;		/* on_opened() */
	if (r->batch.plan.count == 0 || hold_judge(hold, &r->batch, &why)) {
		r->phase = PHASE_DONE;
		rules_write(r);
		return;
	}
	r->opening = true;
	hold_open(hold, &r->batch, CAUSE_CONFIG, NULL, why.text, on_opened, r);
}

/* The next thing to do; every branch ends in a request, in waiting for one, or in the end. */
static void
redecide_step(struct redecide *r)
{
	key_buf key;

	if (r->in_flight)
		return;
	switch (r->phase) {
	case PHASE_READ:
		r->in_flight = true;
		store_read(r->engine->store, on_read, r, 2,
		    (const char *[]){ "GET", store_meta_key(r->engine->store, "rules", key) });
		return;
	case PHASE_DECIDE:
		if (!queue_once(r))
			return;
		r->phase = PHASE_OPEN;
		__attribute__((fallthrough));
	case PHASE_OPEN:
		open_plan(r);
		return;
	case PHASE_DONE:
		rules_write(r);
		return;
	}
}

void
redecide_resume(struct redecide *r)
{
	if (r != NULL && r->group.pending == 0 && !r->opening)
		redecide_step(r);
}

static void
on_retry(void *arg)
{
	redecide_resume(arg);
}

void
redecide_start(struct engine *engine)
{
	struct redecide *r;
	char rules[65];

	if (rules_hash(engine, rules) != 0) {
		if (!engine->rebuild)
			return;
		/* No rules are like that: they are looked at again when all is known. */
		(void)text_copy(rules, sizeof(rules), "incomplete");
	}
	(void)redecide_free(engine->redecide);
	r = memory_get(sizeof(*r));
	*r = (struct redecide){
		.engine = engine,
		.group = { .on_idle = on_idle, .arg = r, .batch = &r->batch }
	};
	(void)text_copy(r->rules, sizeof(r->rules), rules);
	if (timer_init(&r->retry, engine->loop, on_retry, r) != 0)
		memory_end("a timer");
	engine->redecide = r;
	redecide_step(r);
}
