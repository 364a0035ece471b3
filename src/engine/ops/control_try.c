/* SPDX-License-Identifier: ISC */
/*
 * control_try.c -- the command that tries a list: how it is read, and what it would
 * change; of a file that the client has opened, if one comes with the request.
 */
#include <stdlib.h>
#include <unistd.h>

#include "engine/ops/control_private.h"
#include "engine/poll/poll_try.h"
#include "engine/registry/registry.h"
#include "engine/registry/registry_event.h"

struct try_request {
	struct request *request;
	struct timer	 turn;		/* in which it is begun */
	int		 file;		/* owned; -1: none, or the poll has it */
};

static void
try_free(void *arg)
{
	struct try_request *own = arg;

	timer_fini(&own->turn);
	if (own->file != -1)
		(void)close(own->file);
	free(own);
}

static struct registry *
try_registry(const struct request *request)
{
	const char *name = request_arg(request, 0);

	return name != NULL ? registry_find(request->engine, name) : NULL;
}

/* What is told is for the one who asked: it is not kept. */
static void
try_on_done(void *arg, enum poll_result result, const char *text)
{
	struct request *request = arg;
	struct registry *registry = try_registry(request);
	json_t *found = registry != NULL ? json_incref(registry->dry_result) : NULL;

	if (found == NULL) {
		request_error(request, "%s", text);
		return;
	}
	registry_dry_run_found(registry, NULL);
	request_answer(request, result == POLL_FAILED || result == POLL_REFUSED ? 1 : 0,
	    json_pack("{s:o}", "try", found));
}

/* The poll that was running has ended, perhaps with its connector: not now, in a turn to come. */
static void
try_on_free(void *arg, enum poll_result result, const char *text)
{
	struct try_request *own = ((struct request *)arg)->own;

	(void)result, (void)text;
	timer_set_ms(&own->turn, 0);
}

/* It waits for a poll under way, as it does for its own. */
static void
try_on_turn(void *arg)
{
	struct try_request *own = arg;
	struct request *request = own->request;
	struct registry *registry = try_registry(request);
	const char *file = request_opt(request, "file");
	int fd = own->file;

	if (registry == NULL) {
		request_error(request, "its connector is gone");
		return;
	}
	if (registry->poll != NULL) {
		if (poll_wait(registry, try_on_free, request) != 0)
			request_error(request, "too many wait for %s already", registry->name);
		return;
	}
	own->file = -1;
	if (poll_start_try(registry, fd, file != NULL ? file : "", try_on_done, request) != 0)
		request_error(request, "%s cannot be read now: %s", registry->name,
		    registry->commit != NULL ? "a commit is carried on, try again" :
		    registry->error);
}

void
request_try(struct request *request)
{
	int fd = lines_take_fd(request->peer);
	struct try_request *own = calloc(1, sizeof(*own));

	if (own == NULL || timer_init(&own->turn, request->engine->loop, try_on_turn, own) != 0) {
		free(own);
		if (fd != -1)
			(void)close(fd);
		request_error(request, "out of memory");
		return;
	}
	own->request = request;
	own->file = fd;
	request->own = own;
	request->own_free = try_free;
	if (try_registry(request) == NULL)
		request_error(request,
		    "no connector is called %s; `certsync connectors` lists them, and a section "
		    "written just now is known after a reload", request_arg(request, 0));
	else if (request_registry_to_poll(request) == NULL)
		return;
	else if (request_opt(request, "file") != NULL && fd == -1)
		request_error(request, "no file came with the request");
	else {
		request_wait(request, request_leave_polls);
		timer_set_ms(&own->turn, 0);
	}
}
