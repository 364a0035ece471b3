/* SPDX-License-Identifier: ISC */
/* health.c -- see health.h. */
#include "engine/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/hold.h"
#include "engine/lookup.h"
#include "engine/registry.h"
#include "engine/work.h"

const char *
health_status_name(enum health_status status)
{
	static const char *const names[] = { "pass", "warn", "fail" };

	return names[status];
}

static const char *
store_state_name(enum store_state state)
{
	static const char *const names[] = {
		[STORE_CONNECTING] = "connecting", [STORE_OPEN] = "open", [STORE_IS_LOST] = "store_lost",
		[STORE_IS_FENCED] = "fenced", [STORE_IS_REFUSED] = "refused"
	};

	return names[state];
}

static enum health_status
source_status(const struct registry *registry, int64_t now_s, const char **text)
{
	*text = "fresh";
	if (registry->last_complete_s == 0)
		*text = "never loaded";
	else if (hold_is_held(registry->hold))
		*text = "held";
	else if (registry->state == REGISTRY_STOPPED)
		*text = "stopped";
	else if (registry_is_stale(registry, now_s))
		*text = "stale";
	return strcmp(*text, "fresh") == 0 ? HEALTH_PASS : HEALTH_WARN;
}

/* The same for people: what waits while it is held. */
static const char *
source_text(const struct registry *registry, const char *text, char out[HOLD_TEXT_SIZE])
{
	return strcmp(text, "held") == 0 ? hold_text(registry->hold, out) : text;
}

bool
health_alive(const struct engine *engine, struct err *why)
{
	int64_t now_s = engine_now_s(engine);

	for (size_t i = 0; i < engine->registry_count; i++) {
		const struct registry *r = engine->registries[i];

		/* While the store is away nothing can be polled: that is no stuck scheduler. */
		if (engine->loaded && !engine->stopping && store_state(engine->store) == STORE_OPEN && r->loaded &&
		    r->poll == NULL && r->commit == NULL && r->next_poll_s != 0 && now_s - r->next_poll_s > HEALTH_LATE_S &&
		    !timer_is_set(&r->timer))
			return err_set(why, "connector %s: its poll is overdue and no timer is set", r->config->label) == 0;
	}
	return true;
}

bool
health_ready(const struct engine *engine, struct err *why)
{
	if (store_state(engine->store) != STORE_OPEN)
		return err_set(why, "%s: %s", store_state_name(store_state(engine->store)), store_reason(engine->store)) == 0;
	if (!engine->loaded)
		return err_set(why, "loading badges and records from Redis") == 0;
	return true;
}

/* false: more got worse over all connectors than the alarm allows. */
static bool
health_guard(const struct engine *engine, struct err *why)
{
	struct err alarm = { "" };

	(void)holds_worse(engine, &alarm);
	if (alarm.text[0] != '\0')
		(void)err_set(why, "%s", alarm.text);
	return alarm.text[0] == '\0';
}

enum health_status
health_overall(const struct engine *engine, struct err *why)
{
	int64_t now_s = engine_now_s(engine);
	char held[HOLD_TEXT_SIZE];
	const char *text;

	if (!health_ready(engine, why) || !health_alive(engine, why))
		return HEALTH_FAIL;
	for (size_t i = 0; i < engine->registry_count; i++)
		if (source_status(engine->registries[i], now_s, &text) != HEALTH_PASS) {
			(void)err_set(why, "source %s is %s", engine->registries[i]->config->label,
			    source_text(engine->registries[i], text, held));
			return HEALTH_WARN;
		}
	if (hold_is_held(holds_config(engine->holds))) {
		(void)err_set(why, "the configuration is %s", hold_text(holds_config(engine->holds), held));
		return HEALTH_WARN;
	}
	return health_guard(engine, why) ? HEALTH_PASS : HEALTH_WARN;
}

static json_t *
time_json(int64_t unix_s)
{
	char text[TEXT_TIME];

	return unix_s != 0 ? json_string(text_time_s(unix_s, text)) : json_null();
}

json_t *
health_connectors_json(const struct engine *engine)
{
	json_t *list = json_array();

	for (size_t i = 0; i < engine->registry_count; i++) {
		const struct registry *r = engine->registries[i];
		const char *freshness;
		enum health_status status = source_status(r, engine_now_s(engine), &freshness);

		(void)json_array_append_new(list, json_pack(
		    "{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:s, s:I}",
		    "name", r->config->label, "label", r->config->label, "state", registry_state_name(registry_state_shown(r)),
		    "status", health_status_name(status), "freshness", freshness,
		    "last_attempt", time_json(r->last_attempt_s), "last_success", time_json(r->last_success_s),
		    "last_complete", time_json(r->last_complete_s), "last_proven", time_json(r->last_proven_s),
		    "next_poll", time_json(r->next_poll_s), "proof", r->proof,
		    "records", (json_int_t)snapshot_records(r->snapshot), "error", r->error,
		    "worker_kib", (json_int_t)r->worker_rss_kib));
	}
	return list;
}

static json_t *
counts_json(const struct engine *engine)
{
	json_t *counts = json_object();

	for (int s = 0; s < BADGE_STATUS_COUNT; s++)
		(void)json_object_set_new(counts, badge_status_name((enum badge_status)s),
		    json_integer((json_int_t)index_count_status(engine->index, (enum badge_status)s)));
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

json_t *
health_status_json(const struct engine *engine)
{
	struct err why = { "" };
	enum health_status status = health_overall(engine, &why);

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:o, s:o, s:I, s:I, s:I, s:I}",
	    "version", CERTSYNC_VERSION, "health", health_status_name(status), "epoch", store_epoch(engine->store),
	    "state", store_state_name(store_state(engine->store)), "reason", why.text,
	    "loaded", engine->loaded, "ready", health_ready(engine, NULL),
	    "badges", counts_json(engine), "connectors", states_json(engine),
	    "pending", pending_count(engine),
	    "uptime_s", (json_int_t)(engine_now_s(engine) - engine->started_s),
	    "commits", (json_int_t)engine->commits, "events", (json_int_t)engine->events);
}

static json_t *
check_json(enum health_status status, const char *output)
{
	return json_pack("[{s:s, s:s}]", "status", health_status_name(status), "output", output);
}

json_t *
health_checks_json(const struct engine *engine)
{
	json_t *checks = json_object();
	struct err why = { "ready" };
	bool ready = health_ready(engine, &why);
	const char *text;
	char name[64], held[HOLD_TEXT_SIZE];

	(void)json_object_set_new(checks, "store", check_json(ready ? HEALTH_PASS : HEALTH_FAIL, why.text));
	for (size_t i = 0; i < engine->registry_count; i++) {
		const struct registry *r = engine->registries[i];
		enum health_status status = source_status(r, engine_now_s(engine), &text);

		(void)snprintf(name, sizeof(name), "source:%.48s", r->config->label);
		(void)json_object_set_new(checks, name, check_json(status, source_text(r, text, held)));
	}
	if (hold_is_held(holds_config(engine->holds)))
		(void)json_object_set_new(checks, "configuration",
		    check_json(HEALTH_WARN, hold_text(holds_config(engine->holds), held)));
	(void)snprintf(why.text, sizeof(why.text), "few enough changes for the worse");
	ready = health_guard(engine, &why);
	(void)json_object_set_new(checks, "guard", check_json(ready ? HEALTH_PASS : HEALTH_WARN, why.text));
	return checks;
}

/* --- the pages ------------------------------------------------------------------------ */

static void
page_json(struct httpd_answer *answer, json_t *root, const char *content_type)
{
	char *text = root != NULL ? json_dumps(root, JSON_INDENT(2)) : NULL;

	answer->content_type = content_type;
	if (text == NULL)
		answer->code = 500;
	else {
		buf_puts(&answer->body, text);
		buf_putc(&answer->body, '\n');
	}
	free(text);
	json_decref(root);
}

static void
page_ready(const struct engine *engine, struct httpd_answer *answer)
{
	struct err why = { "" };
	enum health_status status = health_overall(engine, &why);

	answer->code = health_ready(engine, NULL) ? 200 : 503;
	page_json(answer, json_pack("{s:s, s:s, s:s, s:o}", "status", health_status_name(status),
	    "version", CERTSYNC_VERSION, "output", why.text, "checks", health_checks_json(engine)),
	    "application/health+json");
}

static void
page_live(const struct engine *engine, struct httpd_answer *answer)
{
	struct err why = { "ok" };

	if (!health_alive(engine, &why))
		answer->code = 503;
	buf_puts(&answer->body, why.text);
	buf_putc(&answer->body, '\n');
}

void
health_page(void *arg, const char *path, const char *query, struct httpd_answer *answer)
{
	const struct engine *engine = arg;
	json_t *root;

	(void)query;
	if (strcmp(path, "/livez") == 0 || strcmp(path, "/healthz") == 0)
		page_live(engine, answer);
	else if (strcmp(path, "/readyz") == 0)
		page_ready(engine, answer);
	else if (strcmp(path, "/status") == 0) {
		root = health_status_json(engine);
		if (root != NULL)
			(void)json_object_set_new(root, "sources", health_connectors_json(engine));
		page_json(answer, root, "application/json");
	} else {
		answer->code = 404;
		buf_puts(&answer->body, "pages: /livez /readyz /status\n");
	}
}
