/* SPDX-License-Identifier: ISC */
/* poll.c -- see poll.h.  Begin, worker and end; fetching is poll_fetch.c, staging poll_stage.c. */
#include "engine/poll.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "engine/commit.h"
#include "engine/hold.h"
#include "engine/poll_private.h"

void
poll_plugin_path(const struct registry *registry, char *out, size_t size)
{
	const char *dir = registry->engine->config->plugin_dir;
	char absolute[PATH_MAX];

	/* The worker wants an absolute path; a missing folder is its error to tell. */
	if (realpath(dir, absolute) == NULL)
		(void)snprintf(absolute, sizeof(absolute), "%s", dir);
	(void)snprintf(out, size, "%.400s/%s.so", absolute, registry->config->plugin);
}

void
poll_settings(const struct registry *registry, const char *out[POLL_SETTINGS_MAX])
{
	const struct config_connector *config = registry->config;
	size_t n = 0;

	for (size_t i = 0; i < config->pair_count; i++) {
		out[n++] = config->pairs[i].key;
		out[n++] = config->pairs[i].value;
	}
	/* That there is a key, never the key. */
	if (config->api_key.ref != NULL) {
		out[n++] = "api_key";
		out[n++] = config->api_key.ref;
	}
	out[n] = NULL;
}

/* --- the end ------------------------------------------------------------------- */

static void
poll_free(void *arg)
{
	struct poll *poll = arg;

	poll_fetch_fini(poll);
	worker_kill(poll->worker);
	timer_fini(&poll->deadline);
	poll_stage_fini(poll);
	free(poll->checkpoint);
	free(poll);
}

void
poll_abandon(struct poll *poll)
{
	if (poll == NULL)
		return;
	poll->registry->poll = NULL;
	poll->ended = true;
	if (poll->writes == 0)
		poll_free(poll);
	/* else the last reply frees it */
}

/* Tells everybody who waits; the poll is gone afterwards. */
static void
poll_end(struct poll *poll, enum poll_result result, const char *text)
{
	struct registry *registry = poll->registry;
	struct poll_waiter waiters[POLL_WAITERS_MAX];
	size_t n = poll->waiter_count;
	char copy[ERR_MAX];

	memcpy(waiters, poll->waiters, sizeof(waiters));
	(void)snprintf(copy, sizeof(copy), "%s", text);
	poll_abandon(poll);
	registry_schedule(registry);
	registry_save_now(registry);
	for (size_t i = 0; i < n; i++)
		waiters[i].fn(waiters[i].arg, result, copy);
	engine_progress(registry->engine);
}

static void
poll_drop_staged(struct registry *registry)
{
	struct store *store = registry->engine->store;
	struct store_txn txn;
	key_buf connector, staged;

	(void)key_connector(store_prefix(store), registry->name, connector);
	store_txn_begin(store, &txn, connector);
	store_txn_key(&txn, registry_staged_key(registry, registry->poll_number, staged));
	store_txn_cmd(&txn, 2, (const char *[]){ "UNLINK", staged });
	store_txn_send(store, &txn, poll_ignore, NULL);
}

void
poll_ignore(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	(void)arg, (void)outcome, (void)reply;
}

void
poll_fail(struct poll *poll, enum cs_rc rc, int64_t retry_at_s, const char *text)
{
	struct registry *registry = poll->registry;
	bool stop = rc == CS_E_AUTH || rc == CS_E_CONFIG;

	if (poll->ended)
		return;
	registry->failures++;
	registry->retry_at_s = retry_at_s;
	registry_set_state(registry, stop ? REGISTRY_STOPPED : REGISTRY_BACKOFF, text);
	poll_drop_staged(registry);
	log_warn("connector %s: poll %" PRId64 " failed, keeping the last snapshot: %s%s", registry->config->label,
	    registry->poll_number, text, stop ? "; it stays stopped until a reload or `certsync sync`" : "");
	poll_end(poll, POLL_FAILED, text);
	if (stop) {
		timer_cancel(&registry->timer);
		registry->next_poll_s = 0;
	}
}

static void
poll_refuse(struct poll *poll, const char *why)
{
	struct registry *registry = poll->registry;

	registry->failures++;
	registry_set_state(registry, REGISTRY_BACKOFF, why);
	poll_refused_note(poll, why);
	poll_drop_staged(registry);
	log_warn("connector %s: the feed of poll %" PRId64 " is refused whole, keeping the last snapshot: %s",
	    registry->config->label, registry->poll_number, why);
	poll_end(poll, POLL_REFUSED, why);
}

/* --- judging ------------------------------------------------------------------- */

void
poll_committed(void *arg, size_t changed, bool ok)
{
	struct registry *registry = arg;
	struct poll *poll = registry->poll;
	char text[400], waits[HOLD_TEXT_SIZE];
	size_t n;

	if (!ok) {
		if (poll != NULL)
			poll_fail(poll, CS_E_REMOTE, 0, "the store ended before the commit was done");
		return;
	}
	if (poll == NULL) {		/* carried on after a restart */
		log_notice("connector %s: the commit carried on is done, %zu badges changed",
		    registry->config->label, changed);
		registry_schedule(registry);
		engine_progress(registry->engine);
		return;
	}
	registry->failures = 0;
	registry->retry_at_s = 0;
	registry->last_success_s = poll->started_s;
	registry->unseen = poll->worth == FEED_PROVEN ? 0 : poll->facts.unseen;
	registry_set_state(registry, REGISTRY_IDLE, "");
	(void)snprintf(text, sizeof(text), "%" PRIu64 " records, %zu differences, %zu badges changed, proof: %s",
	    poll->facts.records, poll->diff, changed, registry->proof);
	log_info("connector %s: poll %" PRId64 " done in %" PRId64 " ms: %s", registry->config->label,
	    registry->poll_number, loop_now_ms(registry->engine->loop) - poll->started_ms, text);
	if (hold_is_held(registry->hold)) {
		n = strlen(text);
		(void)snprintf(text + n, sizeof(text) - n, "; %s", hold_text(registry->hold, waits));
		poll_end(poll, POLL_HELD, text);
	} else
		poll_end(poll, poll->diff > 0 || changed > 0 ? POLL_COMMITTED : POLL_UNCHANGED, text);
}

void
poll_commit(struct poll *poll)
{
	struct registry *registry = poll->registry;
	struct commit_input in = {
		.started_s = poll->started_s,
		.proven = poll->worth == FEED_PROVEN,
		.complete = poll->kind == CS_POLL_FULL,
		.first_proof = poll->worth == FEED_PROVEN && registry->last_proven_s == 0,
		.diff = poll->diff
	};

	if (poll->checkpoint != NULL) {
		free(registry->checkpoint);
		registry->checkpoint = poll->checkpoint;
		registry->checkpoint_len = poll->checkpoint_len;
		poll->checkpoint = NULL;
	}
	if (commit_start(registry, &in, poll_committed, registry) != 0)
		poll_fail(poll, CS_E_NOMEM, 0, "out of memory");
}

/* Numbers that an unproven feed did not list: their evidence ages. */
static void
unseen_note(void *arg, uint64_t number, uint64_t content)
{
	struct poll *poll = arg;

	(void)content;
	if (!poll_stage_lists(poll, number))
		registry_set_last_seen(poll->registry, number,
		    poll->registry->last_complete_s != 0 ? poll->registry->last_complete_s : poll->started_s);
}

/* A changed record is no missing one. */
static void
missing_count(void *arg, uint64_t number, uint64_t content)
{
	struct poll *poll = arg;

	(void)content;
	if (!poll_stage_lists(poll, number))
		poll->facts.unseen++;
}

/* Everything has come and is staged: what is it worth? */
void
poll_judge(struct poll *poll)
{
	struct registry *registry = poll->registry;
	const struct config_connector *config = registry->config;
	const char *proof;
	struct err why = { "" };

	poll->facts.known = snapshot_records(registry->snapshot);
	snapshot_poll_unseen(registry->snapshot, missing_count, poll);
	poll->facts.min_records = (uint64_t)config->min_records;
	poll->facts.max_shrink = config->max_shrink;
	poll->facts.max_growth = config->max_growth;
	poll->facts.absent_share = config->absent_share;
	poll->facts.full = poll->kind == CS_POLL_FULL;
	poll->worth = feed_judge(&poll->facts, &proof, &why);
	if (poll->worth == FEED_REFUSED && poll_is_accepted(poll)) {
		poll->worth = FEED_PROVEN;
		proof = "accepted";
	}
	switch (poll->worth) {
	case FEED_INCOMPLETE:
		poll_fail(poll, CS_E_INPUT, 0, why.text);
		return;
	case FEED_REFUSED:
		poll_refuse(poll, why.text);
		return;
	case FEED_UNPROVEN:
		log_info("connector %s: poll %" PRId64 " may add and renew only: %s", config->label,
		    registry->poll_number, why.text);
		registry_clear_last_seen(registry, registry->snapshot);
		snapshot_poll_unseen(registry->snapshot, unseen_note, poll);
		break;
	case FEED_PROVEN:
		registry_clear_last_seen(registry, NULL);
		break;
	}
	(void)text_copy(registry->proof, sizeof(registry->proof), proof);
	if (poll->kind == CS_POLL_FULL)
		poll_refused_clear(registry);
	/* Both go on to poll_commit(). */
	if (poll->worth == FEED_PROVEN)
		poll_stage_removals(poll);
	else
		poll_stage_supersede(poll);
}

/* --- the worker ------------------------------------------------------------------ */

static void
poll_on_items(void *arg, uint64_t distinct)
{
	((struct poll *)arg)->facts.items = distinct;
}

static void
poll_on_proof(void *arg, enum cs_proof proof, uint64_t declared)
{
	struct poll *poll = arg;

	/* What a plug-in did not declare in its descriptor proves nothing. */
	if (poll->registry->description == NULL || (poll->registry->description->proofs & CS_PROOF(proof)) == 0)
		return;
	poll->facts.claimed[proof] = true;
	poll->facts.declared[proof] = declared;
}

static void
poll_on_warn(void *arg, const char *text)
{
	struct poll *poll = arg;
	char escaped[ERR_MAX];

	log_warn("connector %s: poll %" PRId64 ": %s", poll->registry->config->label, poll->registry->poll_number,
	    text_escape(text, strlen(text), escaped, sizeof(escaped)));
}

static void
poll_on_checkpoint(void *arg, const char *data, size_t len)
{
	struct poll *poll = arg;

	free(poll->checkpoint);
	poll->checkpoint = strndup(data, len);
	poll->checkpoint_len = poll->checkpoint != NULL ? len : 0;
}

static void
poll_on_done(void *arg, const struct worker_result *result)
{
	struct poll *poll = arg;

	poll->facts.items = result->items;
	poll->worker_done = true;
	log_debug("connector %s: worker used %" PRIu64 " KiB and %" PRIu64 " ms of CPU",
	    poll->registry->name, result->maxrss_kib, result->cpu_ms);
	poll->registry->worker_rss_kib = result->maxrss_kib;
	worker_kill(poll->worker);
	poll->worker = NULL;
	poll_stage_settle(poll);	/* goes on to poll_judge() */
}

static void
poll_on_failed(void *arg, const struct worker_failure *failure)
{
	char escaped[ERR_MAX];

	(void)text_escape(failure->text, strlen(failure->text), escaped, sizeof(escaped));
	poll_fail(arg, failure->rc, failure->retry_at_s, escaped);
}

static void
poll_worker_start(struct poll *poll)
{
	static const struct worker_events events = {
		.request = poll_on_request, .record = poll_on_record, .items = poll_on_items,
		.proof = poll_on_proof, .warn = poll_on_warn, .checkpoint = poll_on_checkpoint,
		.credit = poll_on_credit, .done = poll_on_done, .failed = poll_on_failed
	};
	struct registry *registry = poll->registry;
	const struct config_connector *config = registry->config;
	char path[512];
	const char *settings[POLL_SETTINGS_MAX];
	struct worker_options options = {
		.plugin = path, .mode = WORKER_POLL, .kind = poll->kind,
		.today = zone_date(config->zone, poll->started_s), .settings = settings,
		.checkpoint = registry->checkpoint, .checkpoint_len = registry->checkpoint_len,
		.max_body = (uint64_t)config->max_body_bytes, .max_records = (uint32_t)config->max_records
	};
	struct err err;

	poll_plugin_path(registry, path, sizeof(path));
	poll_settings(registry, settings);
	poll->worker = worker_start(registry->engine->spawner, &options, &events, poll, &err);
	if (poll->worker == NULL)
		poll_fail(poll, CS_E_REMOTE, 0, err.text);
}

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
	poll_worker_start(poll);
}

/* A write has been answered.  false: the poll has ended meanwhile, perhaps gone now. */
bool
poll_write_done(struct poll *poll)
{
	poll->writes--;
	if (!poll->ended)
		return true;
	if (poll->writes == 0)
		loop_defer(poll->loop, poll_free, poll);
	return false;
}

static void
poll_begin(struct poll *poll)
{
	struct registry *registry = poll->registry;
	struct store *store = registry->engine->store;
	struct store_txn txn;
	key_buf connector, old, staged;

	(void)key_connector(store_prefix(store), registry->name, connector);
	store_txn_begin(store, &txn, connector);
	store_txn_key(&txn, registry_staged_key(registry, registry->poll_number, old));
	registry->poll_number++;
	store_txn_key(&txn, registry_staged_key(registry, registry->poll_number, staged));
	store_txn_cmd(&txn, 3, (const char *[]){ "UNLINK", old, staged });
	registry_save(registry, &txn);
	poll->writes++;
	store_txn_send(store, &txn, poll_on_begun, poll);
}

static void
poll_on_deadline(void *arg)
{
	poll_fail(arg, CS_E_REMOTE, 0, "it took longer than `timeout` allows");
}

int
poll_wait(struct registry *registry, poll_fn *fn, void *arg)
{
	struct poll *poll = registry->poll;

	if (poll == NULL || poll->waiter_count == POLL_WAITERS_MAX)
		return -1;
	poll->waiters[poll->waiter_count++] = (struct poll_waiter){ .fn = fn, .arg = arg };
	return 0;
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

int
poll_start(struct registry *registry, bool full, poll_fn *fn, void *arg)
{
	struct engine *engine = registry->engine;
	struct poll *poll;

	/* Without a description no number can be normalised: everything would look new. */
	if (registry->poll != NULL || registry->commit != NULL || !registry->loaded || engine->stopping ||
	    registry->description == NULL ||
	    store_state(engine->store) != STORE_OPEN)
		return -1;
	poll = calloc(1, sizeof(*poll));
	if (poll == NULL)
		return -1;
	poll->registry = registry;
	poll->loop = engine->loop;
	poll->kind = CS_POLL_FULL;	/* delta polls come with the connectors that have them */
	(void)full;
	poll->started_s = engine_now_s(engine);
	poll->started_ms = loop_now_ms(engine->loop);
	if (timer_init(&poll->deadline, engine->loop, poll_on_deadline, poll) != 0 ||
	    poll_fetch_init(poll) != 0 || poll_stage_init(poll) != 0) {
		poll_free(poll);
		return -1;
	}
	timer_cancel(&registry->timer);
	registry->poll = poll;
	registry->last_attempt_s = poll->started_s;
	registry->state = REGISTRY_POLLING;
	timer_set_ms(&poll->deadline, registry->config->timeout_ms);
	if (fn != NULL)
		(void)poll_wait(registry, fn, arg);
	poll_begin(poll);
	return 0;
}

void
poll_store_lost(struct registry *registry)
{
	/* A commit is carried on when the store is back; a feed under way is not. */
	if (registry->poll != NULL && registry->commit == NULL)
		poll_fail(registry->poll, CS_E_REMOTE, 0, "the connection to Redis was lost");
}
