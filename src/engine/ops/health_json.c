/* SPDX-License-Identifier: ISC */
/* health_json.c -- see health.h: health as JSON. */
#include "engine/ops/health.h"

#include <string.h>

#include "base/text.h"
#include "engine/registry/lookup.h"
#include "engine/registry/registry.h"
#include "engine/state/work.h"

static json_t *
time_json(int64_t unix_s)
{
	char text[TEXT_TIME];

	return unix_s != 0 ? json_string(text_time_s(unix_s, text)) : json_null();
}

/* --- JSON ----------------------------------------------------------------------------------- */

static json_t *
connector_json(const struct registry *r)
{
	const char *freshness = health_freshness(r, engine_now_s(r->engine));
	json_t *one =
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:I, s:s, s:I}",
	    "name", r->config->label, "label", r->config->label,
	    "state", registry_state_name(registry_state_shown(r)),
	    "status", health_status_name(strcmp(freshness, "fresh") == 0 ? HEALTH_PASS :
	    HEALTH_WARN), "freshness", freshness,
	    "last_attempt", time_json(r->times.last_attempt_s),
	    "last_success", time_json(r->times.last_success_s),
	    "last_complete", time_json(r->proof.last_complete_s),
	    "last_proven", time_json(r->proof.last_proven_s),
	    "next_poll", time_json(r->times.next_poll_s), "proof", r->proof.name,
	    "records", (json_int_t)snapshot_records(r->snapshot),
	    "left_out", (json_int_t)r->left_out.total, "error", r->error,
	    "worker_kib", (json_int_t)r->worker_rss_kib);

	return one;
}

json_t *
health_connectors_json(const struct engine *engine)
{
	json_t *list = json_array();

	for (size_t i = 0; i < engine->registry_count; i++)
		(void)json_array_append_new(list, connector_json(engine->registries[i]));
	return list;
}

static json_t *
counts_json(const struct engine *engine)
{
	json_t *counts = json_object();

	for (int s = 0; s < BADGE_STATUS_COUNT; s++)
		(void)json_object_set_new(counts, badge_status_name((enum badge_status)s),
		    json_integer((json_int_t)index_count_status(engine->index,
		    (enum badge_status)s)));
	return counts;
}

static json_t *
states_json(const struct engine *engine)
{
	json_t *states = json_pack("{s:I}", "total", (json_int_t)engine->registry_count);

	for (size_t i = 0; i < engine->registry_count; i++) {
		const char *name = registry_state_name(registry_state_shown(engine->registries[i]));

		(void)json_object_set_new(states, name,
		    json_integer(json_integer_value(json_object_get(states, name)) + 1));
	}
	return states;
}

/* Decisions that are still to be made, look-ups they wait for included. */
static json_int_t
pending_count(const struct engine *engine)
{
	size_t n = work_pending(engine->work);

	for (size_t i = 0; i < engine->registry_count; i++)
		n += lookup_pending(engine->registries[i]->lookup);
	return (json_int_t)n;
}

static json_t *
confirm_json(const struct engine *engine)
{
	int64_t oldest_s;
	size_t waiting = index_confirming(engine->index, &oldest_s);

	return json_pack("{s:I, s:o}", "waiting", (json_int_t)waiting,
	    "since", time_json(oldest_s));
}

/* The state in one word: what the check of the store observes. */
static void
state_find(void *arg, const struct health_check *check)
{
	if (strcmp(check->name, "store") == 0)
		*(const char **)arg = check->observed;
}

json_t *
health_status_json(const struct engine *engine)
{
	struct err why = { .text = "" };
	enum health_status status = health_overall(engine, &why);
	const char *state = "";

	health_each(engine, state_find, &state);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:o, s:o, s:I, s:o, s:I, s:I, s:I}",
	    "version", CERTSYNC_VERSION, "health", health_status_name(status),
	    "epoch", store_epoch(engine->store), "state", state, "reason", why.text,
	    "loaded", engine->loaded, "ready", health_ready(engine, NULL),
	    "badges", counts_json(engine), "connectors", states_json(engine),
	    "pending", pending_count(engine), "confirming", confirm_json(engine),
	    "uptime_s", (json_int_t)(engine_now_s(engine) - engine->started_s),
	    "commits", (json_int_t)engine->writes, "events", (json_int_t)engine->events);
}

/* As draft-inadarei-api-health-check has it; the times of a registry are ours. */
static void
checks_add(void *arg, const struct health_check *check)
{
	const struct registry *r = check->registry;
	json_t *one = json_pack("{s:s, s:s, s:s}", "status", health_status_name(check->status),
	    "output", check->output, "observedValue", check->observed);

	if (check->time_s != 0)
		(void)json_object_set_new(one, "time", time_json(check->time_s));
	if (r != NULL && text_starts(check->name, "source:")) {
		(void)json_object_set_new(one, "componentType", json_string("source"));
		(void)json_object_set_new(one, "lastAttempt", time_json(r->times.last_attempt_s));
		(void)json_object_set_new(one, "lastSuccess", time_json(r->times.last_success_s));
		(void)json_object_set_new(one, "lastProven", time_json(r->proof.last_proven_s));
		(void)json_object_set_new(one, "nextPoll", time_json(r->times.next_poll_s));
		(void)json_object_set_new(one, "records",
		    json_integer((json_int_t)snapshot_records(r->snapshot)));
	}
	(void)json_object_set_new(arg, check->name, json_pack("[o]", one));
}

json_t *
health_checks_json(const struct engine *engine)
{
	json_t *checks = json_object();

	health_each(engine, checks_add, checks);
	return checks;
}
