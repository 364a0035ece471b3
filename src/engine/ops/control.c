/* SPDX-License-Identifier: ISC */
/* control.c -- see control.h: the transport and the commands about the daemon itself. */
#include "engine/ops/control.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/explain.h"
#include "engine/ops/control_private.h"
#include "engine/ops/health.h"
#include "engine/poll/poll.h"
#include "engine/registry/registry.h"

/* --- commands --------------------------------------------------------------------------- */

static void
request_status(struct request *request)
{
	request_answer(request, 0, health_status_json(request->engine));
}

/* On this socket the configured names may be shown, and those of files. */
static void
connector_name(const struct registry *registry, json_t *one)
{
	(void)json_object_set_new(one, "name", json_string(registry->name));
	(void)json_object_set_new(one, "plugin", json_string(registry->config->plugin));
	(void)json_object_set_new(one, "file", json_string(registry->reading.file));
}

/* All of them, or the one that is named. */
static void
request_connectors(struct request *request)
{
	const struct engine *engine = request->engine;
	const char *name = request_arg(request, 0);
	json_t *list = health_connectors_json(engine), *named = NULL;

	for (size_t i = 0; i < engine->registry_count; i++) {
		json_t *one = json_array_get(list, i);

		connector_name(engine->registries[i], one);
		if (name != NULL && strcmp(name, engine->registries[i]->name) == 0)
			named = json_incref(one);
	}
	if (name == NULL)
		request_answer(request, 0, json_pack("{s:O}", "connectors", list));
	else if (named != NULL)
		request_answer(request, 0, json_pack("{s:o}", "connector", named));
	else
		request_error(request,
		    "no connector is called %s; `certsync connectors` lists them", name);
	json_decref(list);
}

static void
request_health(struct request *request)
{
	const struct engine *engine = request->engine;
	struct err why = { .text = "" };
	enum health_status status = health_overall(engine, &why);

	request_answer(request, (int)status,
	    json_pack("{s:s, s:s, s:o}", "status", health_status_name(status),
	    "output", why.text, "checks", health_checks_json(engine)));
}

static void
request_reasons(struct request *request)
{
	json_t *list = json_array();

	for (int r = 0; r < REASON_COUNT; r++)
		(void)json_array_append_new(list, json_pack("{s:s, s:s}",
		    "reason", badge_reason_name((enum badge_reason)r),
		    "text", explain_reason((enum badge_reason)r)));
	request_answer(request, 0, json_pack("{s:o}", "reasons", list));
}

static void
sync_on_done(void *arg, enum poll_result result, const char *text)
{
	static const char *const names[] = { "committed", "unchanged", "failed",
	    "refused", "held" };
	struct request *request = arg;

	request_answer(request, result == POLL_COMMITTED || result == POLL_UNCHANGED ? 0 : 1,
	    json_pack("{s:s, s:s}", "result", names[result], "text", text));
}

void
request_leave_polls(struct request *request)
{
	for (size_t i = 0; i < request->engine->registry_count; i++)
		poll_forget(request->engine->registries[i], request);
}

struct registry *
request_registry(struct request *request)
{
	struct engine *engine = request->engine;
	const char *name = request_arg(request, 0);
	struct registry *registry = name != NULL ? registry_find(engine, name) : NULL;

	if (registry == NULL)
		request_error(request,
		    "no connector is called %s; `certsync connectors` lists them",
		    name != NULL ? name : "so");
	else if (store_state(engine->store) != STORE_OPEN || !engine->loaded) {
		request_error(request, "the store is not ready: %s", store_reason(engine->store));
		return NULL;
	}
	return registry;
}

struct registry *
request_registry_to_poll(struct request *request)
{
	struct registry *registry = request_registry(request);

	if (registry == NULL || !request->engine->rebuild)
		return registry;
	request_error(request, "the store was emptied or restored: no registry is polled "
	    "before all badges are decided anew");
	return NULL;
}

static void
request_sync(struct request *request)
{
	const char *name = request_arg(request, 0);
	bool wait = request_flag(request, "wait"), full = request_flag(request, "full");
	struct registry *registry = request_registry_to_poll(request);

	if (registry == NULL)
		return;
	if (registry->commit != NULL && registry->poll == NULL) {
		request_error(request, "%s carries on a commit just now, try again", name);
		return;
	}
	if (!poll_serves(registry, full) && poll_start(registry, full, NULL, NULL) != 0) {
		request_error(request, "%s cannot be polled now: %s", name, registry->error);
		return;
	}
	if (!wait)
		request_answer(request, 0,
		    json_pack("{s:s, s:s}", "result", "started", "text", ""));
	else if (registry->poll == NULL)
		request_error(request, "%s: %s", name, registry->error);
	else if (poll_wait(registry, sync_on_done, request) != 0)
		request_error(request, "too many wait for %s already", name);
	else
		request_wait(request, request_leave_polls);
}

static const struct {
	const char	*name;
	size_t		 args;		/* at least */
	void		(*run)(struct request *);
} commands[] = {
	{ "status", 0, request_status },
	{ "connectors", 0, request_connectors },
	{ "health", 0, request_health },
	{ "reasons", 0, request_reasons },
	{ "sync", 1, request_sync },
	{ "badge", 1, request_badge },
	{ "explain", 1, request_explain },
	{ "history", 1, request_history },
	{ "claim", 2, request_claim },
	{ "erase", 1, request_erase },
	{ "events", 0, request_events },
	{ "rejected", 0, request_rejected },
	{ "records", 1, request_records },
	{ "plan", 1, request_plan },
	{ "approve", 2, request_approve },
	{ "discard", 1, request_discard },
	{ "hold", 1, request_hold_connector },
	{ "release", 1, request_release },
	{ "accept", 2, request_accept },
	{ "try", 1, request_try },
};

static void
request_run(struct request *request)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(request->cmd, commands[i].name) != 0)
			continue;
		log_debug("control: %s", commands[i].name);
		if (json_array_size(request->args) < commands[i].args)
			request_error(request, "%s needs at least %zu arguments", request->cmd,
			    commands[i].args);
		else {
			request->run = commands[i].run;
			request->run(request);
		}
		return;
	}
	request_error(request, "no such command");
}

/* --- the transport ------------------------------------------------------------------------ */

static void
control_refuse(struct lines_peer *peer, const char *why)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "{\"exit\":2,\"error\":\"%s\"}", why);

	(void)lines_send(peer, text, (size_t)n);
	lines_finish(peer);
}

static void
control_on_line(void *arg, struct lines_peer *peer, const char *line)
{
	struct control *control = arg;
	json_t *root = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	const char *cmd = json_string_value(json_object_get(root, "cmd"));
	struct request *request;

	if (cmd == NULL) {
		json_decref(root);
		control_refuse(peer, "a request is one line: {\\\"cmd\\\":...}");
		return;
	}
	request = control->pending < CONTROL_PENDING_MAX ? calloc(1, sizeof(*request)) : NULL;
	if (request == NULL) {
		json_decref(root);
		control_refuse(peer, "too many requests are waiting");
		return;
	}
	control->pending++;
	*request = (struct request){
		.engine = control->engine, .pending = &control->pending,
		.peer = peer, .root = root, .cmd = cmd, .args = json_object_get(root, "args"),
		.opts = json_object_get(root, "opts")
	};
	lines_set_data(peer, request);
	request_run(request);
}

static void
control_on_drained(void *arg, struct lines_peer *peer)
{
	struct request *request = lines_data(peer);
	void (*drained)(struct request *) = request != NULL ? request->drained : NULL;

	(void)arg;
	if (drained == NULL)
		return;
	request->drained = NULL;
	drained(request);
}

static void
control_on_closed(void *arg, struct lines_peer *peer)
{
	struct request *request = lines_data(peer);

	(void)arg;
	if (request == NULL)
		return;
	request->peer = NULL;
	/* What waits for nobody any more ends; reads of the store answer soon, and end then. */
	if (request->leave != NULL) {
		request->leave(request);
		request_free(request);
	}
}

struct control *
control_new(struct engine *engine, struct err *err)
{
	static const struct lines_events events = { .line = control_on_line,
	    .drained = control_on_drained, .closed = control_on_closed };
	struct control *control = calloc(1, sizeof(*control));
	const struct config *config = engine->config;
	gid_t gid = (gid_t)-1;

	if (control == NULL) {
		(void)err_set_passing(err, "out of memory");
		return NULL;
	}
	if (config->control_group != NULL && config->control_group[0] != '\0') {
		const struct group *group = getgrnam(config->control_group);

		if (group == NULL) {
			(void)err_set(err, "[control] group: no group is called %s",
			    config->control_group);
			free(control);
			return NULL;
		}
		gid = group->gr_gid;
	}
	control->engine = engine;
	control->server = lines_server_new(engine->loop, config->control_socket, gid,
	    &events, control, err);
	if (control->server == NULL) {
		free(control);
		return NULL;
	}
	return control;
}

void
control_close(struct control *control)
{
	if (control == NULL)
		return;
	lines_server_free(control->server);
	control->server = NULL;
}

struct control *
control_free(struct control *control)
{
	control_close(control);
	free(control);
	return NULL;
}
