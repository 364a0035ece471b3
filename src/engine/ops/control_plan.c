/* SPDX-License-Identifier: ISC */
/* control_plan.c -- the control socket's commands about what waits: plans, holds, refused feeds. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "engine/guard/hold.h"
#include "engine/ops/control_private.h"
#include "engine/poll/poll_dry.h"
#include "engine/registry/registry.h"
#include "engine/registry/registry_store.h"

#define PLAN_PAGE	1000	/* lines of one answer: some 100 KB */

/* The hold named first, or NULL after an error answer. */
static struct hold *
request_hold(struct request *request)
{
	struct engine *engine = request->engine;
	const char *name = request_arg(request, 0);
	struct hold *hold = name != NULL ? hold_find(engine, name) : NULL;

	if (store_state(engine->store) != STORE_OPEN || !engine->loaded) {
		request_error(request, "the store is not ready: %s", store_reason(engine->store));
		return NULL;
	}
	if (hold == NULL)
		request_error(request,
		    "no connector is called %s; `certsync connectors` lists them",
		    name != NULL ? name : "so");
	return hold;
}

/* Who asks, as the kernel says. */
static const char *
request_by(const struct request *request, char out[HOLD_BY_SIZE])
{
	static_assert(HOLD_BY_SIZE >= LINES_WHO_SIZE, "a hold keeps who it was");
	return lines_peer_who(request->peer, out);
}

/* As request.leave of who waits for a plan to be stored. */
static void
request_leave_hold(struct request *request)
{
	struct hold *hold = hold_find(request->engine, request_arg(request, 0));

	if (hold != NULL)
		hold_forget(hold, request);
}

static void
plan_on_stored(void *arg, bool ok)
{
	struct request *request = arg;
	const struct hold *hold = hold_find(request->engine, request_arg(request, 0));
	struct err err = { .text = "its connector is gone" };
	json_t *data;

	if (!ok && store_state(request->engine->store) == STORE_OPEN) {
		request_error(request, "%s has been configured anew: look again",
		    request_arg(request, 0));
		return;
	}
	if (!ok) {
		request_error(request, "Redis cannot store it: %s",
		    store_reason(request->engine->store));
		return;
	}
	data = hold != NULL ? hold_json(hold, NULL, "", 0, &err) : NULL;
	if (data == NULL)
		request_error(request, "%s", err.text);
	else {
		(void)json_object_set_new(data, "text", json_string(request->text));
		request_answer(request, 0, data);
	}
}

static void
dry_on_done(void *arg, enum poll_result result, const char *text)
{
	struct request *request = arg;
	const struct registry *registry = registry_find(request->engine, request_arg(request, 0));

	if (registry == NULL || registry->dry_result == NULL)
		request_error(request, "%s", text);
	else
		request_answer(request,
		    result == POLL_COMMITTED || result == POLL_UNCHANGED ? 0 : 1,
		    json_pack("{s:O}", "dry_run", registry->dry_result));
}

static void
request_dry_run(struct request *request, const struct hold *hold)
{
	struct registry *registry = registry_find(request->engine, hold_name(hold));

	if (registry == NULL)
		request_error(request,
		    "the configuration is tried by loading it: what gets worse by it waits");
	else if (poll_start_dry(registry, dry_on_done, request) != 0)
		request_error(request, "%s cannot be read now: %s", hold_name(hold),
		    registry->poll != NULL || registry->commit != NULL ? "a poll is running" :
		    registry->error);
	else
		request_wait(request, request_leave_polls);
}

void
request_plan(struct request *request)
{
	const char *after = request_opt(request, "since");
	struct hold *hold = request_hold(request);
	struct registry *registry;
	struct err err;
	json_t *data;

	if (hold == NULL)
		return;
	if (request_flag(request, "dry_run")) {
		request_dry_run(request, hold);
		return;
	}
	data = hold_json(hold, request_arg(request, 1), after != NULL ? after : "",
	    PLAN_PAGE, &err);
	if (data == NULL) {
		request_error(request, "%s", err.text);
		return;
	}
	registry = registry_find(request->engine, hold_name(hold));
	if (registry != NULL && registry->refused.hash[0] != '\0')
		(void)json_object_set_new(data, "refused", registry_refused_json(registry));
	if (registry != NULL && registry->config->observe)
		(void)json_object_set_new(data, "observed", registry->observed != NULL ?
		    json_incref(registry->observed) : json_null());
	request_answer(request, 0, data);
}

void
request_approve(struct request *request)
{
	const char *only = request_opt(request, "only");
	struct hold_selection selection = { .only = REASON_COUNT,
	    .except = json_object_get(request->opts, "except") };
	struct hold *hold = request_hold(request);
	char by[HOLD_BY_SIZE];
	struct err err;

	if (hold == NULL)
		return;
	if (only != NULL && (!text_starts(only, "reason=") ||
	    !badge_reason_parse(only + strlen("reason="), &selection.only))) {
		request_error(request, "--only takes reason=REASON; `certsync reasons` lists them");
		return;
	}
	(void)snprintf(request->text, sizeof(request->text), "approved, and being carried out");
	request_wait(request, request_leave_hold);
	if (hold_approve(hold, request_arg(request, 1), &selection, request_by(request, by),
	    plan_on_stored, request, &err) != 0)
		request_error(request, "%s", err.text);
}

void
request_discard(struct request *request)
{
	struct hold *hold = request_hold(request);
	char by[HOLD_BY_SIZE];
	struct err err;

	if (hold == NULL)
		return;
	(void)snprintf(request->text, sizeof(request->text),
	    "discarded: its badges stay as they are until their registry says something else");
	request_wait(request, request_leave_hold);
	if (hold_discard(hold, request_arg(request, 1), request_by(request, by), plan_on_stored,
	    request, &err) != 0)
		request_error(request, "%s", err.text);
}

void
request_hold_connector(struct request *request)
{
	struct hold *hold = request_hold(request);
	const char *why = request_opt(request, "why");
	char by[HOLD_BY_SIZE];
	struct err err;

	if (hold == NULL)
		return;
	if (why == NULL || why[0] == '\0' || !text_is_clean(why, strlen(why))) {
		request_error(request,
		    "hold needs --why TEXT, in one line: who reads it later will want to know");
		return;
	}
	(void)snprintf(request->text, sizeof(request->text),
	    "held: from now on its changes for the worse wait");
	request_wait(request, request_leave_hold);
	if (hold_stop(hold, why, request_by(request, by), plan_on_stored, request, &err) != 0)
		request_error(request, "%s", err.text);
}

void
request_release(struct request *request)
{
	struct hold *hold = request_hold(request);
	char by[HOLD_BY_SIZE];
	struct err err;

	if (hold == NULL)
		return;
	request_wait(request, request_leave_hold);
	if (hold_release(hold, request_by(request, by), plan_on_stored, request, &err) != 0)
		request_error(request, "%s", err.text);
	else
		(void)snprintf(request->text, sizeof(request->text), "%s",
		    hold_is_held(hold) && hold_waiting(hold) > 0 ?
		    "the operator's hold is ended; its plans go on as the guard says" : "released");
}

void
request_accept(struct request *request)
{
	struct hold *hold = request_hold(request);
	struct registry *registry = hold != NULL ? registry_find(request->engine, hold_name(hold)) :
	    NULL;
	char by[HOLD_BY_SIZE];
	struct err err;

	if (hold == NULL)
		return;
	if (registry == NULL)
		request_error(request, "only a connector has feeds");
	else if (poll_accept(registry, request_arg(request, 1), request_by(request, by), &err) != 0)
		request_error(request, "%s", err.text);
	else
		request_answer(request, 0, json_pack("{s:s}", "text",
		    "accepted: the feed is fetched again now; if it says the same it counts as "
		    "proven, and the guard follows"));
}
