/* SPDX-License-Identifier: ISC */
/*
 * daemon.c -- see daemon.h.  Start, signals, stop; the order of everything else.
 * daemon_start.c makes what it is made of.
 */
#include "engine/daemon/daemon.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "engine/badge/redecide.h"
#include "engine/claim/claims.h"
#include "engine/daemon/check.h"
#include "engine/daemon/daemon_private.h"
#include "engine/daemon/registries.h"
#include "engine/guard/hold.h"
#include "engine/ops/sample.h"
#include "engine/poll/commit.h"
#include "engine/poll/poll.h"
#include "engine/registry/registry.h"
#include "engine/registry/registry_store.h"
#include "engine/registry/timetable.h"
#include "engine/state/work.h"
#include "worker/cage.h"

#define STOP_LOOK_MS	50	/* between looks whether the last replies have come */
#define STOP_MAX_MS	5000	/* unknown outcomes are fine: they are settled at the next start */
#define ONCE_OPEN_MS	15000	/* --once does not wait longer for Redis: cron comes again */
#define LOST_SHOWN_MS	5000	/* health says that the store is lost; the next start looks at it */
#define STATUS_MS	60000	/* between STATUS lines and looks at the health */
#define STATUS_FIRST_MS	5000	/* after everything is loaded: the first polls have had a moment */

void
daemon_end(struct daemon *d, int code)
{
	d->exit_code = code;
	loop_stop(d->engine.loop);
}

/* --- notifying ------------------------------------------------------------------------- */

static void
daemon_notify_status(struct daemon *d, const char *state)
{
	char text[ERR_MAX + 200];
	struct err why = { .text = "" };
	enum health_status status = health_overall(&d->engine, &why);

	(void)snprintf(text, sizeof(text), "%sSTATUS=%s: %zu badges, %zu verified, %zu sources%s%s",
	    state, health_status_name(status), index_count(d->engine.index),
	    index_count_status(d->engine.index, BADGE_VERIFIED), d->engine.registry_count,
	    why.text[0] != '\0' ? "; " : "", why.text);
	(void)notify_send(d->notify, text);
}

static void
daemon_notify_ready(struct daemon *d)
{
	daemon_notify_status(d, "READY=1\n");
	timer_set_ms(&d->status, STATUS_FIRST_MS);
}

static void
daemon_on_status(void *arg)
{
	struct daemon *d = arg;

	daemon_notify_status(d, "");
	health_watch_look(&d->health, &d->engine);
	timer_set_ms(&d->status, STATUS_MS);
}

/* From the loop, after a look at the scheduler: a stuck one must not look alive. */
static void
daemon_on_watchdog(void *arg)
{
	struct daemon *d = arg;
	struct err why;

	/* Loading takes as long as it takes.  Without Redis the start may fail and be tried
	 * again. */
	if (!d->engine.loaded && store_state(d->engine.store) == STORE_OPEN) {
		char state[64];

		(void)snprintf(state, sizeof(state), "EXTEND_TIMEOUT_USEC=%" PRId64,
		    2 * d->watchdog_us);
		(void)notify_send(d->notify, state);
	}
	if (health_alive(&d->engine, &why))
		(void)notify_send(d->notify, "WATCHDOG=1");
	else
		log_event(SCHEDULER_STUCK, LOG_LEVEL_ERROR, NULL,
		    "the watchdog is not fed: %s", why.text);
	timer_set_ms(&d->watchdog, d->watchdog_us / 2000);
}

/* --- the store's life --------------------------------------------------------------------- */

static void
decide_unchecked(void *arg, struct index_badge *b)
{
	struct daemon *d = arg;

	/* What no connector could say before, one may say now; all else waits for its cause. */
	if (b->status == BADGE_SELF_REPORTED)
		work_add(d->engine.work, b->id, CAUSE_CONFIG, NULL, NULL);
}

/* What its hash last said may be "polling", of a poll that a crash or an outage ended. */
static void
daemon_show(struct registry *registry)
{
	if (registry->loaded && registry->state != REGISTRY_POLLING && registry->commit == NULL)
		registry_save_now(registry);
}

static void
daemon_on_loaded(void *arg)
{
	struct daemon *d = arg;
	struct engine *engine = &d->engine;
	bool first = !engine->loaded;

	d->load = load_free(d->load);
	engine->loaded = true;
	log_event(READY, LOG_LEVEL_INFO, NULL, "loaded %zu badges and %zu sources, epoch %s",
	    index_count(engine->index), engine->registry_count, store_epoch(engine->store));
	if (index_count(engine->index) > 0)
		store_has_badges(engine->store);
	reset_loaded(engine);
	for (size_t i = 0; i < engine->registry_count; i++) {
		struct registry *registry = engine->registries[i];

		if (registry->state == REGISTRY_POLLING || registry->commit != NULL)
			continue;
		if (registry->diff.pending[0] != '\0')
			(void)commit_carry_on(registry, poll_committed, registry);
		else if (!d->options.once)
			timetable_resume(registry);
		daemon_show(registry);
	}
	for (size_t i = 0; i < engine->registry_count; i++)
		hold_resume(engine->registries[i]->hold);
	hold_resume(holds_config(engine->holds));
	index_each(engine->index, decide_unchecked, d);
	redecide_start(engine);
	claims_resume(engine->claims);
	due_start(d->due);
	trim_start(d->trim);
	if (engine->sample != NULL)
		sample_start(engine->sample);
	if (first)
		daemon_notify_ready(d);
	if (d->options.once)
		once_begin(d);
	if (d->load_again) {
		d->load_again = false;
		daemon_load(d);
	}
	if (d->reload_again)
		reload_begin(d);
	engine_progress(engine);
}

void
daemon_load(struct daemon *d)
{
	if (d->load != NULL)
		return;
	/* --once has nothing to do but wait for the last one. */
	d->load = load_start(&d->engine, d->unread, d->options.once ? 0 : LOAD_PATIENCE_MS,
	    registries_described_late, daemon_on_loaded, d);
	if (d->load == NULL)
		memory_end("what is stored");
}

static void
daemon_on_described(void *arg)
{
	struct daemon *d = arg;

	/* What is being loaded may have passed what that plug-in reads. */
	d->load_again = d->load != NULL;
	daemon_load(d);
}

static void
daemon_on_open(void *arg, bool first)
{
	struct daemon *d = arg;
	struct engine *engine = &d->engine;

	engine->metrics.store_opens++;
	log_event(STORE_OPEN, LOG_LEVEL_NOTICE, NULL, "store: open, epoch %s, fence %lld%s",
	    store_epoch(engine->store), (long long)store_fence(engine->store),
	    store_was_reset(engine->store) ?
	    "; it was emptied or restored, so this is a new epoch" : "");
	if (first) {
		/* Its timer looks whether all answers have come. */
		if (engine->stopping)
			return;
		reset_open(engine);
		timer_cancel(&d->stop);
		daemon_load(d);
		return;
	}
	if (d->load != NULL)
		load_resume(d->load);
	for (size_t i = 0; i < engine->registry_count; i++) {
		daemon_show(engine->registries[i]);
		if (engine->registries[i]->commit != NULL)
			commit_resume(engine->registries[i]->commit);
	}
	redecide_resume(engine->redecide);
	work_resume(engine->work);
	claims_resume(engine->claims);
}

static void
daemon_on_lost(void *arg, const char *reason)
{
	struct daemon *d = arg;

	d->engine.metrics.store_lost++;
	log_event(STORE_LOST, LOG_LEVEL_WARN, NULL,
	    "store: connection lost, trying again: %s", reason);
	for (size_t i = 0; i < d->engine.registry_count; i++)
		poll_store_lost(d->engine.registries[i]);
}

static void
daemon_on_unused(void *arg)
{
	struct daemon *d = arg;

	log_notice("store: %s; Redis is left as it is until then",
	    store_reason(d->engine.store));
	if (d->options.once)
		daemon_finish(d, DAEMON_OK);
	else
		daemon_notify_ready(d);
}

static void
daemon_on_ended(void *arg, enum store_state state, const char *reason)
{
	struct daemon *d = arg;

	log_event(STORE_ENDED, LOG_LEVEL_ERROR, NULL, "store: %s", reason);
	if (state == STORE_IS_REFUSED)
		daemon_end(d, DAEMON_CONFIG);
	else if (state == STORE_IS_FENCED || d->options.once)
		daemon_end(d, DAEMON_TEMPORARY);
	else if (!d->engine.stopping)
		timer_set_ms(&d->stop, LOST_SHOWN_MS);
}

/* --- signals ------------------------------------------------------------------------------ */

static void
daemon_on_stop_look(void *arg)
{
	struct daemon *d = arg;

	if (!d->engine.stopping && store_state(d->engine.store) == STORE_IS_LOST) {
		daemon_end(d, DAEMON_TEMPORARY);
		return;
	}
	/* --once: the store has not opened in time. */
	if (!d->engine.stopping) {
		log_error("store: not open after %d s: %s", ONCE_OPEN_MS / 1000,
		    store_reason(d->engine.store));
		daemon_end(d, DAEMON_TEMPORARY);
		return;
	}
	if (store_in_flight(d->engine.store) == 0 && !d->released) {
		d->released = true;
		store_release(d->engine.store);
	}
	if (store_in_flight(d->engine.store) == 0 ||
	    loop_now_ms(d->engine.loop) - d->stopping_ms > STOP_MAX_MS)
		daemon_end(d, d->exit_code);
	else
		timer_set_ms(&d->stop, STOP_LOOK_MS);
}

static void
daemon_on_term(void *arg)
{
	struct daemon *d = arg;

	if (d->engine.stopping) {	/* the second one: at once */
		daemon_end(d, d->exit_code);
		return;
	}
	/* What --once was to do is not done. */
	daemon_finish(d, d->options.once ? DAEMON_TEMPORARY : DAEMON_OK);
}

void
daemon_finish(struct daemon *d, int code)
{
	log_event(STOPPING, LOG_LEVEL_NOTICE, NULL, "stopping");
	(void)notify_send(d->notify, "STOPPING=1");
	d->exit_code = code;
	d->engine.stopping = true;
	d->stopping_ms = loop_now_ms(d->engine.loop);
	reload_abandon(d);
	claims_stop(d->engine.claims);
	for (size_t i = 0; i < d->engine.registry_count; i++)
		if (d->engine.registries[i]->commit == NULL) {
			poll_abandon(d->engine.registries[i]->poll, "certsyncd stops");
			timetable_end(d->engine.registries[i]);
		}
	timer_set_ms(&d->stop, 0);
}

static void
daemon_on_hup(void *arg)
{
	reload_begin(arg);
}

/* Nothing can be started any more: no poll, no describe. */
static void
daemon_on_spawner_dead(void *arg)
{
	log_error("the spawner process has died; certsyncd ends");
	daemon_end(arg, DAEMON_INTERNAL);
}

/* --- start --------------------------------------------------------------------------------- */

static int
daemon_loop(struct daemon *d, struct spawner *spawner, struct err *err)
{
	struct engine *engine = &d->engine;

	engine->loop = loop_new();
	if (engine->loop == NULL)
		return err_set_passing(err, "the event loop cannot be made");
	engine->started_s = engine_now_s(engine);
	engine->spawner = spawner_client_new(spawner, engine->loop, daemon_on_spawner_dead, d, err);
	if (engine->spawner == NULL)
		return -1;
	if (loop_signal(engine->loop, SIGTERM, daemon_on_term, d) != 0 ||
	    loop_signal(engine->loop, SIGINT, daemon_on_term, d) != 0 ||
	    loop_signal(engine->loop, SIGHUP, daemon_on_hup, d) != 0 ||
	    timer_init(&d->stop, engine->loop, daemon_on_stop_look, d) != 0 ||
	    timer_init(&d->status, engine->loop, daemon_on_status, d) != 0 ||
	    timer_init(&d->watchdog, engine->loop, daemon_on_watchdog, d) != 0)
		return err_set_passing(err, "signals and timers cannot be set up");
	return 0;
}

/* A service that was only just installed runs, and says what it lacks. */
static int
daemon_unconfigured(struct daemon *d)
{
	const char *why = store_reason(d->engine.store);

	if (d->options.once) {
		log_error("not configured: %s", why);
		return DAEMON_CONFIG;
	}
	log_warn("not configured: %s", why);
	daemon_notify_ready(d);
	return DAEMON_OK;
}

static int
daemon_start(struct daemon *d, struct spawner *spawner)
{
	static const struct store_events events = {
		.on_open = daemon_on_open, .on_lost = daemon_on_lost,
		.on_unused = daemon_on_unused, .on_ended = daemon_on_ended
	};
	/* What fails without a word has had no memory. */
	struct err err = { .text = "out of memory", .passing = true };
	int code = daemon_lock(d);

	if (code != DAEMON_OK)
		return code;
	d->notify = d->options.notify_socket != NULL ? notify_open(d->options.notify_socket, &err) :
	    NULL;
	d->watchdog_us = notify_watchdog_us(d->options.watchdog_usec, d->options.watchdog_pid);
	d->engine.on_described = daemon_on_described;
	d->engine.on_described_arg = d;
	if (daemon_loop(d, spawner, &err) != 0 || daemon_rooms(d, &err) != 0 ||
	    daemon_store(d, &events, &err) != 0) {
		log_error("%s", err.text);
		return err.passing ? DAEMON_TEMPORARY : DAEMON_CONFIG;
	}
	if (daemon_pages(d, &err) != 0) {
		log_error("%s", err.text);
		return err.passing ? DAEMON_UNAVAILABLE : DAEMON_CONFIG;
	}
	if (d->watchdog_us > 0)
		timer_set_ms(&d->watchdog, 0);
	timer_set_ms(&d->status, STATUS_MS);
	if (store_state(d->engine.store) == STORE_UNCONFIGURED)
		return daemon_unconfigured(d);
	if (d->options.once)
		timer_set_ms(&d->stop, ONCE_OPEN_MS);
	return DAEMON_OK;
}

struct config *
daemon_config(const struct daemon_options *options, int *out_code)
{
	struct config_errors errors = { .n = 0 };
	struct config *config = config_load(options->config_path, &errors);

	if (config != NULL) {
		log_set_level(options->verbose ? LOG_LEVEL_DEBUG : config->log_level);
		return config;
	}
	check_log(&errors);
	*out_code = config_errors_pass(&errors) ? DAEMON_TEMPORARY : DAEMON_CONFIG;
	return NULL;
}

int
daemon_run(struct spawner *spawner, const struct daemon_options *options)
{
	struct daemon d = { .options = *options, .lock_fd = -1 };
	int code;

	d.engine.config = daemon_config(options, &code);
	if (d.engine.config == NULL)
		return code;
	log_event(STARTED, LOG_LEVEL_NOTICE, NULL, "certsyncd %s starts with %zu connectors",
	    CERTSYNC_VERSION, d.engine.config->connector_count);
	if (cage_lack() != NULL)
		log_warn("cage: %s", cage_lack());
	code = daemon_start(&d, spawner);
	if (code == DAEMON_OK) {
		code = loop_run(d.engine.loop) == 0 ? d.exit_code : DAEMON_INTERNAL;
		log_notice("certsyncd ends with exit code %d", code);
	}
	daemon_fini(&d);
	return code;
}

int
daemon_dump_config(const struct daemon_options *options)
{
	int code = DAEMON_INTERNAL;
	struct config *config = daemon_config(options, &code);
	struct buf text;
	bool ok;

	if (config == NULL)
		return code;
	buf_init(&text, (size_t)4 << 20);
	config_dump(config, &text);
	ok = fputs(buf_str(&text), stdout) >= 0 && fflush(stdout) == 0;
	buf_free(&text);
	(void)config_free(config);
	return ok ? DAEMON_OK : DAEMON_INTERNAL;
}
