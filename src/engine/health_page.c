/* SPDX-License-Identifier: ISC */
/* health_page.c -- health as JSON, as lines for people, and over HTTP. */
#include "engine/health.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/lookup.h"
#include "engine/registry.h"
#include "engine/work.h"

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
	json_t *one = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:s, s:I}",
	    "name", r->config->label, "label", r->config->label, "state", registry_state_name(registry_state_shown(r)),
	    "status", health_status_name(strcmp(freshness, "fresh") == 0 ? HEALTH_PASS : HEALTH_WARN), "freshness", freshness,
	    "last_attempt", time_json(r->last_attempt_s), "last_success", time_json(r->last_success_s),
	    "last_complete", time_json(r->last_complete_s), "last_proven", time_json(r->last_proven_s),
	    "next_poll", time_json(r->next_poll_s), "proof", r->proof,
	    "records", (json_int_t)snapshot_records(r->snapshot), "error", r->error,
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

static json_t *
confirm_json(const struct engine *engine)
{
	int64_t oldest_s;
	size_t waiting = index_confirming(engine->index, &oldest_s);

	return json_pack("{s:I, s:o}", "waiting", (json_int_t)waiting, "since", time_json(oldest_s));
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
	struct err why = { "" };
	enum health_status status = health_overall(engine, &why);
	const char *state = "";

	health_each(engine, state_find, &state);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:o, s:o, s:I, s:o, s:I, s:I, s:I}",
	    "version", CERTSYNC_VERSION, "health", health_status_name(status), "epoch", store_epoch(engine->store),
	    "state", state, "reason", why.text,
	    "loaded", engine->loaded, "ready", health_ready(engine, NULL),
	    "badges", counts_json(engine), "connectors", states_json(engine),
	    "pending", pending_count(engine), "confirming", confirm_json(engine),
	    "uptime_s", (json_int_t)(engine_now_s(engine) - engine->started_s),
	    "commits", (json_int_t)engine->commits, "events", (json_int_t)engine->events);
}

/* As draft-inadarei-api-health-check has it; the times of a source are ours. */
static void
check_add(void *arg, const struct health_check *check)
{
	const struct registry *r = check->source;
	json_t *one = json_pack("{s:s, s:s, s:s}", "status", health_status_name(check->status),
	    "output", check->output, "observedValue", check->observed);

	if (check->time_s != 0)
		(void)json_object_set_new(one, "time", time_json(check->time_s));
	if (r != NULL && text_starts(check->name, "source:")) {
		(void)json_object_set_new(one, "componentType", json_string("source"));
		(void)json_object_set_new(one, "lastAttempt", time_json(r->last_attempt_s));
		(void)json_object_set_new(one, "lastSuccess", time_json(r->last_success_s));
		(void)json_object_set_new(one, "lastProven", time_json(r->last_proven_s));
		(void)json_object_set_new(one, "nextPoll", time_json(r->next_poll_s));
		(void)json_object_set_new(one, "records", json_integer((json_int_t)snapshot_records(r->snapshot)));
	}
	(void)json_object_set_new(arg, check->name, json_pack("[o]", one));
}

json_t *
health_checks_json(const struct engine *engine)
{
	json_t *checks = json_object();

	health_each(engine, check_add, checks);
	return checks;
}

/* --- the pages ------------------------------------------------------------------------ */

/* Which checks a page is about. */
struct page {
	const struct engine *engine;
	struct httpd_answer *answer;
	bool		 live;		/* /livez: only what decides it */
	const char	*only;		/* name of a single check, or NULL */
	bool		 found, failed;
};

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

/* "[+]store ok", for people; machines look at the code only. */
static void
page_line(void *arg, const struct health_check *check)
{
	static const char marks[] = { [HEALTH_PASS] = '+', [HEALTH_WARN] = '!', [HEALTH_FAIL] = '-' };
	struct page *p = arg;

	if ((p->live && !check->alive) || (p->only != NULL && strcmp(p->only, check->name) != 0))
		return;
	p->found = true;
	p->failed = p->failed || check->status == HEALTH_FAIL;
	buf_printf(&p->answer->body, "[%c]%s %s: %s\n", marks[check->status], check->name,
	    check->status == HEALTH_PASS ? "ok" : health_status_name(check->status), check->output);
}

static void
page_lines(struct page *p, const char *name)
{
	struct err why;

	health_each(p->engine, page_line, p);
	if (p->only != NULL && !p->found) {
		p->answer->code = 404;
		buf_puts(&p->answer->body, "no check has that name; see ?verbose\n");
		return;
	}
	/* One check alone answers for itself; a page of all by its own rule. */
	if (p->only == NULL)
		p->failed = !(p->live ? health_alive(p->engine, &why) : health_ready(p->engine, &why));
	p->answer->code = p->failed ? 503 : 200;
	if (p->only == NULL)
		buf_printf(&p->answer->body, "%s check %s\n", name, p->failed ? "failed" : "passed");
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

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A label may hold spaces and more.  false: broken or too long. */
static bool
path_decode(const char *in, char out[HEALTH_NAME_MAX])
{
	size_t n = 0;

	for (; *in != '\0' && n + 1 < HEALTH_NAME_MAX; in++, n++) {
		out[n] = *in;
		if (*in != '%')
			continue;
		if (hex_digit(in[1]) < 0 || hex_digit(in[2]) < 0)
			return false;
		out[n] = (char)(hex_digit(in[1]) * 16 + hex_digit(in[2]));
		in += 2;
	}
	out[n] = '\0';
	return *in == '\0';
}

/* "verbose" among the words of the query. */
static bool
query_verbose(const char *query)
{
	size_t len;

	for (; query != NULL && *query != '\0'; query += len + (query[len] == '&')) {
		len = strcspn(query, "&");
		if ((len == 7 || (len > 7 && query[7] == '=')) && strncmp(query, "verbose", 7) == 0)
			return true;
	}
	return false;
}

/* /livez and /readyz, with ?verbose and with the name of one check.  false: neither. */
static bool
page_health(const struct engine *engine, const char *path, const char *query, struct httpd_answer *answer)
{
	struct page p = { .engine = engine, .answer = answer };
	const char *page = text_starts(path, "/readyz") ? "/readyz" : text_starts(path, "/healthz") ? "/healthz" : "/livez";
	size_t len = strlen(page);
	char name[HEALTH_NAME_MAX];

	if (!text_starts(path, page) || (path[len] != '\0' && path[len] != '/'))
		return false;
	p.live = strcmp(page, "/readyz") != 0;
	if (path[len] == '/') {
		p.only = path_decode(path + len + 1, name) ? name : "";
		page_lines(&p, page + 1);
	} else if (query_verbose(query))
		page_lines(&p, page + 1);
	else if (p.live)
		page_live(engine, answer);
	else
		page_ready(engine, answer);
	return true;
}

void
health_page(void *arg, const char *path, const char *query, struct httpd_answer *answer)
{
	const struct engine *engine = arg;
	json_t *root;

	if (page_health(engine, path, query, answer))
		return;
	if (strcmp(path, "/metrics") == 0) {
		answer->content_type = METRICS_CONTENT_TYPE;
		metrics_page(engine, &answer->body);
	} else if (strcmp(path, "/status") == 0) {
		root = health_status_json(engine);
		if (root != NULL)
			(void)json_object_set_new(root, "sources", health_connectors_json(engine));
		page_json(answer, root, "application/json");
	} else {
		answer->code = 404;
		buf_puts(&answer->body, "pages: /livez /readyz /metrics /status\n");
	}
}
