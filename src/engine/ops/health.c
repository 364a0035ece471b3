/* SPDX-License-Identifier: ISC */
/* health.c -- see health.h.  The checks; how they are shown is health_json.c and pages.c. */
#include "engine/ops/health.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/claim/claims.h"
#include "engine/guard/hold.h"
#include "engine/ops/sample.h"
#include "engine/registry/registry.h"
#include "engine/state/aside.h"
#include "engine/state/work.h"
#include "worker/cage.h"

/* What every check needs. */
struct look {
	const struct engine *engine;
	int64_t		 now_s;
	health_fn	*fn;
	void		*arg;
};

const char *
health_status_name(enum health_status status)
{
	static const char *const names[] = { "pass", "warn", "fail" };

	return names[status];
}

static void look_say(const struct look *, struct health_check *, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
look_say(const struct look *l, struct health_check *check, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(check->output, sizeof(check->output), fmt, ap);
	va_end(ap);
	l->fn(l->arg, check);
}

/* --- the daemon --------------------------------------------------------------------------- */

static const char *
store_state_name(enum store_state state)
{
	static const char *const names[] = {
		[STORE_CONNECTING] = "connecting", [STORE_UNCONFIGURED] = "not configured",
		[STORE_UNUSED] = "unused", [STORE_OPEN] = "open",
		[STORE_IS_LOST] = "store_lost", [STORE_IS_FENCED] = "fenced",
		[STORE_IS_REFUSED] = "refused"
	};

	return names[state];
}

bool
health_alive(const struct engine *engine, struct err *why)
{
	int64_t now_s = engine_now_s(engine);

	for (size_t i = 0; i < engine->registry_count; i++) {
		const struct registry *r = engine->registries[i];

		/* While the store is away nothing can be polled: that is no stuck scheduler. */
		if (engine->loaded && !engine->stopping &&
		    store_state(engine->store) == STORE_OPEN && r->loaded && r->poll == NULL &&
		    r->commit == NULL && r->times.next_poll_s != 0 &&
		    now_s - r->times.next_poll_s > HEALTH_LATE_S && !timer_is_set(&r->timer))
			return err_set(why, "connector %s: its poll is overdue and no timer is set",
			    r->config->label) == 0;
	}
	return true;
}

bool
health_ready(const struct engine *engine, struct err *why)
{
	/* The first command finds it ready. */
	if (store_state(engine->store) == STORE_UNUSED)
		return true;
	if (store_state(engine->store) != STORE_OPEN)
		return err_set(why, "%s: %s", store_state_name(store_state(engine->store)),
		    store_reason(engine->store)) == 0;
	if (store_refusal(engine->store)[0] != '\0')
		return err_set(why, "Redis refuses writes: %s", store_refusal(engine->store)) == 0;
	if (!engine->loaded)
		return err_set(why, "loading badges and records from Redis") == 0;
	return true;
}

static void
look_store(const struct look *l)
{
	enum store_state state = store_state(l->engine->store);
	struct health_check check = {
		.name = "store",
		.status = store_is_up(l->engine->store) ? HEALTH_PASS : HEALTH_FAIL,
		.observed = store_state_name(state), .ready = true
	};
	char since[TEXT_TIME];

	/* The store itself has logged that. */
	if (state != STORE_OPEN)
		look_say(l, &check, "%s: %s", check.observed, store_reason(l->engine->store));
	else if (store_refusal(l->engine->store)[0] != '\0') {
		check.status = HEALTH_FAIL;
		check.observed = "refusing";
		look_say(l, &check, "Redis refuses writes: %s", store_refusal(l->engine->store));
	} else if (!engine_is_rebuilding(l->engine))
		look_say(l, &check, "Redis is open");
	else {
		check.status = HEALTH_WARN;
		check.observed = "rebuilding";
		look_say(l, &check, "it was found emptied or restored at %s: badges are rebuilt "
		    "from claims and registries", text_time_s(l->engine->reset_s, since));
	}
}

static void
look_loaded(const struct look *l)
{
	struct health_check check = {
		.name = "loaded", .status = l->engine->loaded ? HEALTH_PASS : HEALTH_FAIL,
		.observed = l->engine->loaded ? "loaded" : "loading", .ready = true
	};

	if (store_is_idle(l->engine->store)) {
		check.status = HEALTH_PASS;
		check.observed = "nothing";
		look_say(l, &check, "there is nothing to load yet");
		return;
	}
	look_say(l, &check, "%s", l->engine->loaded ? "all badges and records are loaded" :
	    "loading badges and records from Redis");
}

static void
look_scheduler(const struct look *l)
{
	struct err why = { .text = "every poll that is due has a timer" };
	bool alive = health_alive(l->engine, &why);
	struct health_check check = {
		.name = "scheduler", .status = alive ? HEALTH_PASS : HEALTH_FAIL,
		.observed = alive ? "turning" : "stuck", .alive = true, .id = LOG_ID_SCHEDULER_STUCK
	};

	look_say(l, &check, "%s", why.text);
}

static void
look_redis(const struct look *l)
{
	const char *warning = store_warning(l->engine->store);
	struct health_check check = {
		.name = "redis", .status = warning[0] == '\0' ? HEALTH_PASS : HEALTH_WARN,
		.observed = warning[0] == '\0' ? "safe" : "unsafe"
	};

	if (store_state(l->engine->store) == STORE_OPEN)
		look_say(l, &check, "%s",
		    warning[0] != '\0' ? warning : "its settings keep what is written");
}

static void
look_cage(const struct look *l)
{
	const char *lack = cage_lack();
	struct health_check check = {
		.name = "cage", .status = lack == NULL || CAGE_OPEN ? HEALTH_PASS : HEALTH_WARN,
		.observed = lack == NULL ? "shut" : CAGE_OPEN ? "open" : "without Landlock"
	};

	look_say(l, &check, "%s", lack != NULL ? lack :
	    "plug-ins reach their socket and memory only");
}

static void
look_config(const struct look *l)
{
	const struct metrics *m = &l->engine->metrics;
	struct health_check check = {
		.name = "config", .status = m->reload_failed ? HEALTH_WARN : HEALTH_PASS,
		.observed = m->reload_failed ? "refused" : "in force", .time_s = m->reload_s
	};

	look_say(l, &check, "%s", m->reload_failed ?
	    "the last reload was refused, the configuration before it is in force; see the log, "
	    "then `certsyncd -t`" :
	    "the configuration last read is in force");
}

static void
look_guard(const struct look *l)
{
	struct err why = { .text = "" };
	struct health_check config = { .name = "configuration", .status = HEALTH_WARN,
	    .observed = "held" };
	struct health_check check = { .name = "guard", .observed = "quiet" };
	char held[HOLD_TEXT_SIZE];

	if (hold_is_held(holds_config(l->engine->holds)))
		look_say(l, &config, "%s", hold_text(holds_config(l->engine->holds), held));
	(void)holds_worse(l->engine, &why);
	if (why.text[0] != '\0') {
		check.status = HEALTH_WARN;
		check.observed = "alarm";
	}
	look_say(l, &check, "%s",
	    why.text[0] != '\0' ? why.text : "few enough changes for the worse");
}

/* Badges with a fault of their own: a key of another type, a damaged hash. */
static void
look_badges(const struct look *l)
{
	struct health_check check = { .name = "badges", .observed = "whole" };
	const char *badge, *why;
	size_t aside = aside_count(work_aside(l->engine->work), &badge, &why);

	if (aside + l->engine->unread == 0) {
		look_say(l, &check, "every badge can be read and written");
		return;
	}
	check.status = HEALTH_WARN;
	check.observed = "stuck";
	if (aside == 0)
		look_say(l, &check, "%zu badges cannot be read, see the log; they delay nothing",
		    l->engine->unread);
	else
		look_say(l, &check, "%zu badges cannot be read or written, %s for one: %s; they "
		    "delay nothing", aside + l->engine->unread, badge, why);
}

/* Commands with a fault of their badge, profile or partition. */
static void
look_commands(const struct look *l)
{
	struct health_check check = { .name = "commands", .observed = "flowing" };
	const char *why;
	size_t n = claims_left(l->engine->claims, &why);

	if (n == 0) {
		look_say(l, &check, "every command can be carried out");
		return;
	}
	check.status = HEALTH_WARN;
	check.observed = "stuck";
	look_say(l, &check, "%zu commands cannot be carried out now: %s; certsync rejected lists "
	    "them", n, why);
}

static bool
confirms(const struct engine *engine)
{
	for (size_t i = 0; i < engine->registry_count; i++)
		if (engine->registries[i]->config->confirm != NULL)
			return true;
	return false;
}

/* Absences that another connector is to confirm. */
static void
look_confirm(const struct look *l)
{
	struct health_check check = { .name = "confirm", .observed = "quiet" };
	size_t waiting = index_confirming(l->engine->index, &check.time_s);
	char since[TEXT_TIME];

	if (waiting == 0) {
		if (confirms(l->engine))
			look_say(l, &check, "no absence waits to be confirmed");
		return;
	}
	check.observed = "waiting";
	if (l->now_s - check.time_s > HEALTH_CONFIRM_S)
		check.status = HEALTH_WARN;
	look_say(l, &check, "%zu absence%s to be confirmed, waiting since %s", waiting,
	    waiting == 1 ? "" : "s", text_time_s(check.time_s, since));
}

/* --- what waits in Redis ---------------------------------------------------------------------- */

static void
look_claims(const struct look *l, const struct sample_values *v)
{
	struct health_check check = {
		.name = "claims", .observed = "flowing", .time_s = v->taken_s,
		.id = LOG_ID_CLAIMS_WAITING
	};
	int64_t age_s = 0, n = v->waiting[0] + v->waiting[1];

	for (int i = 0; i < 2; i++)
		if (v->oldest_ms[i] != 0 && v->taken_s - v->oldest_ms[i] / 1000 > age_s)
			age_s = v->taken_s - v->oldest_ms[i] / 1000;
	if (age_s > HEALTH_CLAIMS_S) {
		check.status = HEALTH_WARN;
		check.observed = "waiting";
	}
	look_say(l, &check, "%" PRId64 " commands wait, the oldest for %" PRId64 " s", n, age_s);
}

/* The group that keeps most, NULL: none. */
static const struct sample_group *
slowest_group(const struct sample_values *v)
{
	const struct sample_group *slowest = NULL;

	for (size_t i = 0; i < v->group_count; i++)
		if (slowest == NULL ||
		    v->groups[i].lag + v->groups[i].pending > slowest->lag + slowest->pending)
			slowest = &v->groups[i];
	return slowest;
}

static void
look_events(const struct look *l, const struct sample_values *v)
{
	const struct sample_group *group = slowest_group(v);
	double share = (double)v->events_fullest / (double)l->engine->config->max_entries;
	struct health_check check = {
		.name = "events", .observed = "kept", .time_s = v->taken_s, .id = LOG_ID_EVENTS_FULL
	};

	if (share < HEALTH_EVENTS_SHARE) {
		look_say(l, &check, "the fullest event stream has %.0f %% of max_entries",
		    100 * share);
		return;
	}
	check.status = HEALTH_WARN;
	check.observed = "filling";
	if (group == NULL || group->lag + group->pending == 0)
		look_say(l, &check, "an event stream has %.0f %% of max_entries, though no group "
		    "waits for it; lower retain_days or raise max_entries", 100 * share);
	else
		look_say(l, &check,
		    "an event stream has %.0f %% of max_entries; consumer group %s has %" PRId64
		    " events not read and %" PRId64 " not acknowledged and will lose the oldest",
		    100 * share, group->name, group->lag, group->pending);
}

/* --- sources ---------------------------------------------------------------------------------- */

const char *
health_freshness(const struct registry *registry, int64_t now_s)
{
	if (registry->loaded && registry->plugin.description == NULL)
		return "unusable";
	if (registry->proof.last_complete_s == 0)
		return "never loaded";
	if (hold_is_held(registry->hold))
		return "held";
	if (registry->state == REGISTRY_STOPPED)
		return "stopped";
	if (registry_is_stale(registry, now_s))
		return "stale";
	if (registry_is_unchanged(registry, now_s))
		return "unchanged";
	return registry->refused.hash[0] != '\0' ? "refused" : "fresh";
}

bool
health_proof_missing(const struct registry *r, int64_t now_s)
{
	/* One that never had a proof is given the same time since its first complete poll. */
	int64_t since_s = r->proof.last_proven_s != 0 ? r->proof.last_proven_s :
	    r->proof.first_complete_s;

	return since_s != 0 && now_s - since_s > r->config->proof_after_ms / 1000;
}

static void
look_source(const struct look *l, const struct registry *r)
{
	struct health_check check = {
		.observed = health_freshness(r, l->now_s),
		.time_s = r->proof.last_complete_s, .registry = r,
		.id = r->state == REGISTRY_HELD ? LOG_ID_CHANGES_HELD : LOG_ID_SOURCE_STALE
	};
	char time[TEXT_TIME], held[HOLD_TEXT_SIZE];

	(void)snprintf(check.name, sizeof(check.name), "source:%s", r->config->label);
	check.status = strcmp(check.observed, "fresh") == 0 ? HEALTH_PASS : HEALTH_WARN;
	if (check.status == HEALTH_PASS)
		look_say(l, &check, "%s", check.observed);
	else if (strcmp(check.observed, "unusable") == 0)
		look_say(l, &check, "unusable, its plug-in says nothing: %s", r->error);
	else if (hold_is_held(r->hold))
		look_say(l, &check, "%s", hold_text(r->hold, held));
	else if (strcmp(check.observed, "refused") == 0)
		look_say(l, &check, "refused, the last feed was not of a size to trust: certsync "
		    "plan %s", r->config->label);
	else if (strcmp(check.observed, "unchanged") == 0)
		look_say(l, &check, "unchanged since %s, longer than unchanged_after: ask whether "
		    "the source is still kept; expiry of its badges waits",
		    text_time_s(r->reading.news_s, time));
	else if (r->proof.last_complete_s == 0)
		look_say(l, &check, "%s%s%s", check.observed,
		    r->error[0] != '\0' ? ": " : "", r->error);
	else
		look_say(l, &check, "%s; last complete at %s%s%s", check.observed,
		    text_time_s(r->proof.last_complete_s, time),
		    r->error[0] != '\0' ? ": " : "", r->error);
}

static void
look_proof(const struct look *l, const struct registry *r)
{
	bool missing = health_proof_missing(r, l->now_s);
	struct health_check check = {
		.status = missing ? HEALTH_WARN : HEALTH_PASS,
		.observed = missing ? "missing" : "proven",
		.time_s = r->proof.last_proven_s, .registry = r, .id = LOG_ID_PROOF_MISSING
	};

	if (r->proof.last_complete_s == 0)
		return;
	if (!missing && r->proof.last_proven_s == 0)
		check.observed = "awaited";
	(void)snprintf(check.name, sizeof(check.name), "proof:%s", r->config->label);
	look_say(l, &check, "%s", missing ?
	    "no proof of completeness for longer than proof_after: withdrawals cannot be seen" :
	    check.observed);
}

static void
look_credential(const struct look *l, const struct registry *r)
{
	struct cs_date day = r->config->credential_expires;
	int64_t end_s, left_s;
	struct health_check check = { .observed = "valid", .registry = r,
	    .id = LOG_ID_CREDENTIAL_EXPIRES };

	if (!cs_date_is_set(day))
		return;
	end_s = zone_day_end_s(r->config->zone, day);
	left_s = end_s - l->now_s;
	(void)snprintf(check.name, sizeof(check.name), "credential:%s", r->config->label);
	/* to the end of the last one */
	if (left_s <= (int64_t)(HEALTH_CREDENTIAL_DAYS + 1) * 86400) {
		check.status = HEALTH_WARN;
		check.observed = left_s <= 0 ? "expired" : "expiring";
	}
	look_say(l, &check, "by the configuration the credential %s on %04d-%02d-%02d%s",
	    left_s <= 0 ? "expired" : "expires", day.year, day.month, day.day,
	    check.status == HEALTH_PASS ? "" : "; get a new one, then set credential_expires");
}

void
health_each(const struct engine *engine, health_fn *fn, void *arg)
{
	const struct look l = { .engine = engine, .now_s = engine_now_s(engine),
	    .fn = fn, .arg = arg };
	const struct sample_values *v = engine->sample != NULL ? sample_values(engine->sample) :
	    NULL;

	look_store(&l);
	look_loaded(&l);
	look_scheduler(&l);
	look_redis(&l);
	look_config(&l);
	look_cage(&l);
	look_guard(&l);
	look_badges(&l);
	look_commands(&l);
	look_confirm(&l);
	if (v != NULL && v->taken_s != 0) {
		look_claims(&l, v);
		look_events(&l, v);
	}
	for (size_t i = 0; i < engine->registry_count; i++) {
		look_source(&l, engine->registries[i]);
		look_proof(&l, engine->registries[i]);
		look_credential(&l, engine->registries[i]);
	}
}

/* --- all together ----------------------------------------------------------------------------- */

struct worst {
	enum health_status status;
	struct err	*why;
};

static void
worst_add(void *arg, const struct health_check *check)
{
	struct worst *w = arg;

	if (check->status <= w->status)
		return;
	w->status = check->status;
	(void)err_set(w->why, "%s: %s", check->name, check->output);
}

enum health_status
health_overall(const struct engine *engine, struct err *why)
{
	struct worst w = { .status = HEALTH_PASS, .why = why };

	health_each(engine, worst_add, &w);
	return w.status;
}
