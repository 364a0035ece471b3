/* SPDX-License-Identifier: ISC */
/* request.c -- see request.h. */
#include "engine/ops/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

#define WATCH_MS	1000	/* between looks at the store of one that waits */
#define OPENING_MS	20	/* the same while it is opened, which takes a few round trips */

const char *
request_arg(const struct request *request, size_t i)
{
	return json_string_value(json_array_get(request->args, i));
}

bool
request_flag(const struct request *request, const char *name)
{
	return json_is_true(json_object_get(request->opts, name));
}

const char *
request_opt(const struct request *request, const char *name)
{
	return json_string_value(json_object_get(request->opts, name));
}

void
request_free(struct request *request)
{
	(*request->pending)--;
	timer_fini(&request->watch);
	if (request->own != NULL)
		request->own_free(request->own);
	json_decref(request->root);
	json_decref(request->data);
	free(request);
}

void
request_line(struct request *request, json_t *line)
{
	char *text = line != NULL ? json_dumps(line, JSON_COMPACT) : NULL;

	if (text != NULL && request->peer != NULL)
		(void)lines_send(request->peer, text, strlen(text));
	free(text);
	json_decref(line);
}

/* The last line; takes the reference. */
static void
request_end(struct request *request, json_t *line)
{
	request_line(request, line);
	if (request->peer != NULL) {
		lines_set_data(request->peer, NULL);
		lines_finish(request->peer);
	}
	request_free(request);
}

void
request_answer(struct request *request, int code, json_t *data)
{
	request_end(request,
	    json_pack("{s:i, s:o}", "exit", code, "data", data != NULL ? data : json_object()));
}

static void request_fail(struct request *, int code, const char *fmt, va_list)
    __attribute__((format(printf, 3, 0)));

static void
request_fail(struct request *request, int code, const char *fmt, va_list ap)
{
	char text[ERR_MAX], escaped[ERR_MAX];

	(void)vsnprintf(text, sizeof(text), fmt, ap);
	request_end(request, json_pack("{s:i, s:s}", "exit", code, "error",
	    text_escape(text, strlen(text), escaped, sizeof(escaped))));
}

void
request_error(struct request *request, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	request_fail(request, 1, fmt, ap);
	va_end(ap);
}

void
request_usage(struct request *request, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	request_fail(request, 2, fmt, ap);
	va_end(ap);
}

static void
request_on_watch(void *arg)
{
	struct request *request = arg;
	struct store *store = request->engine->store;
	int64_t now_ms = loop_now_ms(request->engine->loop);
	bool open = store_state(store) == STORE_OPEN, over = store_state(store) > STORE_OPEN;

	if (open && store_refusal(store)[0] == '\0')
		request->stuck_ms = 0;
	else if (request->stuck_ms == 0)
		request->stuck_ms = now_ms;
	if (!over && (request->stuck_ms == 0 || now_ms - request->stuck_ms < REQUEST_STUCK_MS)) {
		timer_set_ms(&request->watch, WATCH_MS);
		return;
	}
	request->leave(request);
	request_error(request, "%s: %s%s",
	    open ? "Redis refuses writes" : "Redis cannot be used",
	    open ? store_refusal(store) : store_reason(store),
	    over ? "" : "; what was begun goes on when that is over");
}

void
request_wait(struct request *request, void (*leave)(struct request *))
{
	request->leave = leave;
	/* Without a watch it waits as long as it takes. */
	if (timer_init(&request->watch, request->engine->loop, request_on_watch, request) == 0)
		timer_set_ms(&request->watch, WATCH_MS);
}

static void
request_leave_opening(struct request *request)
{
	(void)request;
}

static void
request_on_opening(void *arg)
{
	struct request *request = arg;
	enum store_state state = store_state(request->engine->store);
	int64_t waited_ms = loop_now_ms(request->engine->loop) - request->stuck_ms;

	if (state < STORE_OPEN && waited_ms < REQUEST_STUCK_MS) {
		timer_set_ms(&request->watch, OPENING_MS);
		return;
	}
	timer_fini(&request->watch);
	request->leave = NULL;
	request->stuck_ms = 0;
	request->run(request);
}

bool
request_opens_store(struct request *request)
{
	if (store_state(request->engine->store) != STORE_UNUSED)
		return false;
	if (timer_init(&request->watch, request->engine->loop, request_on_opening, request) != 0)
		return false;
	store_want(request->engine->store);
	request->leave = request_leave_opening;
	request->stuck_ms = loop_now_ms(request->engine->loop);
	timer_set_ms(&request->watch, 0);
	return true;
}

bool
request_outcome_ok(struct request *request, enum store_outcome outcome)
{
	if (outcome == STORE_OK)
		return true;
	request_error(request, "Redis cannot answer now: %s", store_reason(request->engine->store));
	return false;
}
