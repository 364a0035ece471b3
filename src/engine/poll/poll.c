/* SPDX-License-Identifier: ISC */
/* poll.c -- see poll.h.  Begin and failure; what a feed is worth is poll_judge.c. */
#include "engine/poll/poll.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "core/kind.h"
#include "engine/poll/poll_dry.h"
#include "engine/poll/poll_private.h"
#include "engine/registry/budget.h"
#include "engine/registry/registry_event.h"
#include "engine/registry/registry_store.h"
#include "engine/registry/timetable.h"

/* --- the end ------------------------------------------------------------------- */

static void
poll_free(void *arg)
{
	struct poll *poll = arg;

	poll_fetch_fini(poll);
	poll_dry_fini(poll);
	poll_try_fini(poll);
	worker_kill(poll->worker);
	timer_fini(&poll->deadline);
	poll_stage_fini(poll);
	(void)snapshot_free(poll->fresh);
	for (size_t i = 0; i < poll->number_count; i++)
		free((void *)(uintptr_t)poll->numbers[i]);
	free((void *)(uintptr_t)poll->numbers);
	free(poll->checkpoint);
	free(poll);
}

/* Takes it from its registry. */
static void
poll_leave(struct poll *poll)
{
	registry_poll_gone(poll->registry, poll->state_before);
	if (poll->phase == POLL_OVER)
		registry_save_forget(poll->registry);
	else
		poll_set_phase(poll, POLL_OVER);
	poll->gone = true;
	if (poll->writes == 0)
		poll_free(poll);
	/* else the last reply frees it */
}

void
poll_abandon(struct poll *poll, const char *why)
{
	struct poll_waiter waiters[POLL_WAITERS_MAX];
	size_t n;

	if (poll == NULL)
		return;
	n = poll->waiter_count;
	memcpy(waiters, poll->waiters, sizeof(waiters));
	if (poll->dry)
		registry_dry_run_found(poll->registry, NULL);
	poll_leave(poll);
	for (size_t i = 0; i < n; i++)
		waiters[i].fn(waiters[i].arg, POLL_FAILED, why);
}

/* The state is stored, or cannot be for now: tells everybody who waits, starts the one that
 * follows. */
static void
poll_over(struct poll *poll)
{
	struct registry *registry = poll->registry;
	struct poll_waiter waiters[POLL_WAITERS_MAX];
	size_t n = poll->waiter_count;
	enum poll_result result = poll->result;
	bool next = poll->next, next_full = poll->next_full;
	char text[ERR_MAX];

	memcpy(waiters, poll->waiters, sizeof(waiters));
	memcpy(text, poll->text, sizeof(text));
	poll_leave(poll);
	next = next && poll_start(registry, next_full, NULL, NULL) == 0;
	for (size_t i = 0; i < n; i++)
		if (!waiters[i].next || !next ||
		    poll_wait(registry, waiters[i].fn, waiters[i].arg) != 0)
			waiters[i].fn(waiters[i].arg, waiters[i].next ? POLL_FAILED : result, text);
	engine_progress(registry->engine);
}

/* What Redis refuses is tried again; without Redis nobody is kept waiting. */
static void
poll_on_saved(void *arg, enum store_outcome outcome)
{
	struct poll *poll = arg;

	if (outcome == STORE_OK || outcome == STORE_ENDED ||
	    store_state(poll->registry->engine->store) != STORE_OPEN)
		poll_over(poll);
}

void
poll_store_end(struct poll *poll)
{
	registry_save_then(poll->registry, poll_on_saved, poll);
}

void
poll_end(struct poll *poll, enum poll_result result, const char *text)
{
	struct registry *registry = poll->registry;

	poll->result = result;
	(void)snprintf(poll->text, sizeof(poll->text), "%s", text);
	worker_kill(poll->worker);
	poll->worker = NULL;
	poll_fetch_cancel(poll);
	poll_dry_fini(poll);
	timer_cancel(&poll->deadline);
	if (!poll->dry)
		metrics_poll(&registry->metrics, poll->kind, result,
		    loop_now_ms(registry->engine->loop) - poll->started_ms);
	if (registry->state == REGISTRY_STOPPED) {
		timetable_none(registry);
		poll->next = false;	/* but who asks from now on gets one */
	} else if (poll->kind != CS_POLL_LOOKUP && !poll->dry) {
		/* which have not moved the next poll */
		timetable_next(registry);
	}
	poll_enter(poll, POLL_OVER);
}

void
poll_drop_staged(struct registry *registry)
{
	struct store *store = registry->engine->store;
	struct store_txn txn;
	key_buf connector, staged;

	(void)key_connector(store_prefix(store), registry->name, connector);
	store_txn_begin(store, &txn, connector);
	store_txn_key(&txn, registry_staged_key(registry, registry->poll_number, staged));
	store_txn_cmd(&txn, 2, (const char *[]){ "UNLINK", staged });
	store_txn_send(store, &txn, store_ignore, NULL);
}

/* The list is not at fault: its schedule and state stay. */
static void
poll_fail_lookup(struct poll *poll, const char *text)
{
	struct registry *registry = poll->registry;

	registry_poll_undone(registry, poll->state_before);
	poll_drop_staged(registry);
	log_warn("connector %s: look-up %" PRId64 " failed: %s", registry->config->label,
	    registry->poll_number, text);
	poll_end(poll, POLL_FAILED, text);
}

/* Of a drop directory: which file is meant, and that an older one was not taken in its place. */
static const char *
poll_name_file(const struct poll *poll, const char *text, char out[ERR_MAX])
{
	char among[48] = "";

	if (poll->file[0] == '\0')
		return text;
	if (poll->older > 0)
		(void)snprintf(among, sizeof(among), ", the newest of %u files", poll->older + 1);
	(void)snprintf(out, ERR_MAX, "%.128s%s: %s", poll->file, among, text);
	return out;
}

void
poll_source_failed(struct poll *poll, enum cs_rc rc, int64_t retry_at_s, const char *text)
{
	char named[ERR_MAX];

	text = poll_name_file(poll, text, named);
	if (poll->phase != POLL_REREAD) {
		poll_fail(poll, rc, retry_at_s, text);
		return;
	}
	poll->retry_at_s = schedule_retry_at(engine_now_s(poll->registry->engine), retry_at_s);
	poll_twice_done(poll, text);
}

bool
poll_time_ok(struct poll *poll, int64_t time_s, int64_t last_s)
{
	if (poll->forced || poll->registry->reading.identity != poll->identity || time_s >= last_s)
		return true;
	poll_source_failed(poll, CS_E_REMOTE, 0, "the list is older than the one read before; "
	    "`certsync sync NAME --full` takes it all the same");
	return false;
}

void
poll_fail(struct poll *poll, enum cs_rc rc, int64_t retry_at_s, const char *text)
{
	struct registry *registry = poll->registry;
	bool stop = rc == CS_E_AUTH || rc == CS_E_CONFIG;

	if (poll->phase == POLL_OVER)
		return;
	retry_at_s = schedule_retry_at(engine_now_s(registry->engine), retry_at_s);
	if (rc == CS_E_QUOTA && retry_at_s != 0)
		timetable_pause(registry, retry_at_s);
	if (poll->kind == CS_POLL_LOOKUP && rc != CS_E_AUTH) {
		poll_fail_lookup(poll, text);
		return;
	}
	if (poll->dry && rc != CS_E_AUTH) {
		poll_dry_fail(poll, text);
		return;
	}
	registry_poll_failed(registry, stop, retry_at_s, text);
	poll_drop_staged(registry);
	if (stop)
		log_event(CONNECTOR_STOPPED, LOG_LEVEL_ERROR, registry->config->label,
		    "connector %s: poll %" PRId64 " failed, keeping the last snapshot: %s; "
		    "it stays stopped until a reload or `certsync sync`", registry->config->label,
		    registry->poll_number, text);
	else
		log_event(POLL_FAILED, LOG_LEVEL_WARN, registry->config->label,
		    "connector %s: poll %" PRId64 " failed, keeping the last snapshot: %s",
		    registry->config->label, registry->poll_number, text);
	poll_end(poll, POLL_FAILED, text);
}

void
poll_refuse(struct poll *poll, const char *why)
{
	struct registry *registry = poll->registry;

	if (poll->dry) {
		poll_dry_refuse(poll, why);
		return;
	}
	registry_poll_refused(registry, why);
	poll_drop_staged(registry);
	log_event(FEED_REFUSED, LOG_LEVEL_WARN, registry->config->label, "connector %s: the feed "
	    "of poll %" PRId64 " is refused whole, keeping the last snapshot: %s",
	    registry->config->label, registry->poll_number, why);
	poll_refused_note(poll, why);
	poll_end(poll, POLL_REFUSED, why);
}

/* --- the beginning --------------------------------------------------------------- */

static void
poll_on_begun(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct poll *poll = arg;

	(void)reply;
	if (!poll_write_done(poll))
		return;
	if (outcome != STORE_OK) {
		poll_fail(poll, CS_E_REMOTE, 0, "the store could not note that the poll begins");
		return;
	}
	snapshot_poll_begin(poll->registry->snapshot);
	poll_enter(poll, POLL_READ);
}

bool
poll_write_done(struct poll *poll)
{
	poll->writes--;
	if (poll->phase != POLL_OVER)
		return true;
	if (poll->gone && poll->writes == 0)
		loop_defer(poll->loop, poll_free, poll);
	return false;
}

void
poll_begin(struct poll *poll)
{
	struct registry *registry = poll->registry;
	struct store *store = registry->engine->store;
	struct store_txn txn;
	key_buf connector, old, staged;

	(void)key_connector(store_prefix(store), registry->name, connector);
	store_txn_begin(store, &txn, connector);
	store_txn_key(&txn, registry_staged_key(registry, registry->poll_number, old));
	registry_poll_numbered(registry);
	store_txn_key(&txn, registry_staged_key(registry, registry->poll_number, staged));
	store_txn_cmd(&txn, 3, (const char *[]){ "UNLINK", old, staged });
	registry_save(registry, &txn);
	poll->writes++;
	store_txn_send(store, &txn, poll_on_begun, poll);
}

static void
poll_on_deadline(void *arg)
{
	struct poll *poll = arg;
	int64_t thought_ms = worker_call_ms(poll->worker);
	struct err err;

	(void)err_set(&err, "it took longer than `timeout` allows");
	/* Not over the registry, then. */
	if (thought_ms > poll->registry->config->timeout_ms / 2)
		(void)err_set(&err, "it took longer than `timeout` allows, the last %" PRId64
		    " ms in %s of its plug-in", thought_ms, worker_call(poll->worker));
	poll_source_failed(poll, CS_E_REMOTE, 0, err.text);
}

int
poll_wait(struct registry *registry, poll_fn *fn, void *arg)
{
	struct poll *poll = registry->poll;

	if (poll == NULL || poll->waiter_count == POLL_WAITERS_MAX)
		return -1;
	poll->waiters[poll->waiter_count++] = (struct poll_waiter){ .fn = fn, .arg = arg,
	    .next = poll->next };
	return 0;
}

bool
poll_serves(const struct registry *registry, bool full)
{
	const struct poll *poll = registry->poll;

	return poll != NULL && poll->phase != POLL_OVER &&
	    poll->kind != CS_POLL_LOOKUP && !poll->dry &&
	    (!full || poll->forced || (poll->kind == CS_POLL_FULL && !poll->conditional));
}

/* After the one that is running. */
static int
poll_follow(struct registry *registry, bool full, poll_fn *fn, void *arg)
{
	if (poll_serves(registry, full))
		return -1;
	registry->poll->next = true;
	registry->poll->next_full |= full;
	return fn != NULL ? poll_wait(registry, fn, arg) : 0;
}

void
poll_forget(struct registry *registry, void *arg)
{
	struct poll *poll = registry->poll;

	for (size_t i = 0; poll != NULL && i < poll->waiter_count; i++)
		if (poll->waiters[i].arg == arg) {
			poll->waiters[i] = poll->waiters[--poll->waiter_count];
			i--;
		}
}

/* Begins anything; kind and what belongs to it are set by the caller.  NULL: it cannot. */
static struct poll *
poll_new(struct registry *registry)
{
	struct engine *engine = registry->engine;
	struct poll *poll;

	/* Without a description no number can be normalised: everything would look new. */
	if (registry->poll != NULL || registry->commit != NULL || !registry->loaded ||
	    engine->stopping || engine->rebuild ||
	    registry->plugin.description == NULL ||
	    store_state(engine->store) != STORE_OPEN)
		return NULL;
	poll = calloc(1, sizeof(*poll));
	if (poll == NULL)
		return NULL;
	poll->registry = registry;
	poll->loop = engine->loop;
	poll->identity = registry_identity(registry);
	poll->remapped = registry->reading.identity != poll->identity;
	poll->state_before = registry->state;
	poll->started_s = engine_now_s(engine);
	poll->started_ms = loop_now_ms(engine->loop);
	poll->fresh = snapshot_new();
	if (poll->fresh == NULL ||
	    timer_init(&poll->deadline, engine->loop, poll_on_deadline, poll) != 0 ||
	    poll_fetch_init(poll) != 0 || poll_stage_init(poll) != 0) {
		poll_free(poll);
		return NULL;
	}
	return poll;
}

void
poll_run(struct poll *poll, poll_fn *fn, void *arg)
{
	struct registry *registry = poll->registry;

	registry_poll_began(registry, poll);
	timer_set_ms(&poll->deadline, registry->config->timeout_ms);
	if (fn != NULL)
		(void)poll_wait(registry, fn, arg);
	poll_step(poll);
}

int
poll_start(struct registry *registry, bool full, poll_fn *fn, void *arg)
{
	struct kind_input in = {
		.kinds = registry->plugin.description != NULL ?
		    registry->plugin.description->kinds : 0,
		.forced = full,
		.has_checkpoint = registry->reading.checkpoint != NULL,
		.has_validator = registry->reading.validator.request != 0,
		.last_whole_s = registry->reading.last_whole_s,
		.full_interval_s = registry->config->full_interval_ms / 1000,
		.at_hours = registry->config->poll_at.set
	};
	struct kind_choice choice;
	struct poll *poll;

	if (registry->poll != NULL)
		return poll_follow(registry, full, fn, arg);
	poll = poll_new(registry);
	if (poll == NULL)
		return -1;
	in.now_s = poll->started_s;
	in.changed = poll->remapped;
	choice = kind_choose(&in);
	poll->kind = choice.kind;
	poll->conditional = choice.conditional;
	poll->forced = full;
	registry_attempted(registry, poll->started_s);
	poll_run(poll, fn, arg);
	return 0;
}

struct poll *
poll_new_dry(struct registry *registry)
{
	struct poll *poll = poll_new(registry);

	if (poll == NULL)
		return NULL;
	/* What the last one found is not taken for what this one does not find. */
	registry_dry_run_found(registry, NULL);
	poll->kind = CS_POLL_FULL;
	poll->dry = poll->forced = true;
	return poll;
}

int
poll_start_dry(struct registry *registry, poll_fn *fn, void *arg)
{
	struct poll *poll = poll_new_dry(registry);

	if (poll == NULL)
		return -1;
	poll_run(poll, fn, arg);
	return 0;
}

int
poll_start_lookup(struct registry *registry, const char *const *numbers, size_t n,
    poll_fn *fn, void *arg)
{
	struct poll *poll = poll_new(registry);

	if (poll == NULL)
		return -1;
	poll->kind = CS_POLL_LOOKUP;
	poll->numbers = calloc(n, sizeof(*poll->numbers));
	for (; poll->numbers != NULL && poll->number_count < n; poll->number_count++) {
		poll->numbers[poll->number_count] = strdup(numbers[poll->number_count]);
		if (poll->numbers[poll->number_count] == NULL)
			break;
	}
	if (poll->number_count < n) {
		poll_free(poll);
		return -1;
	}
	poll_run(poll, fn, arg);
	return 0;
}

void
poll_store_lost(struct registry *registry)
{
	struct poll *poll = registry->poll;

	/* A commit is carried on when the store is back; a feed under way is not. */
	if (poll != NULL && poll->phase == POLL_OVER)
		poll_over(poll);
	else if (poll != NULL && registry->commit == NULL)
		poll_fail(poll, CS_E_REMOTE, 0, "the connection to Redis was lost");
}
