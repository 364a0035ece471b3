/* SPDX-License-Identifier: ISC */
/* spawn.c -- see spawn.h: worker/spawn.h without a process, one worker at a time. */
#include "spawn.h"

#include <stdio.h>
#include <stdlib.h>

static struct worker *the_worker;
static unsigned started;
static bool refused;

struct worker *
twin_worker(void)
{
	return the_worker;
}

unsigned
twin_started(void)
{
	return started;
}

void
twin_refuse(bool on)
{
	refused = on;
}

struct worker *
worker_start(struct spawner_client *client, const struct worker_options *options,
    const struct worker_events *events, void *arg, struct err *err)
{
	struct worker *w = refused || the_worker != NULL ? NULL : calloc(1, sizeof(*w));

	(void)client;
	if (w == NULL) {
		(void)err_set(err, "no worker can start");
		return NULL;
	}
	w->on = *events;
	w->arg = arg;
	w->kind = options->kind;
	w->lookup_count = options->lookup_count;
	(void)snprintf(w->checkpoint, sizeof(w->checkpoint), "%.*s", (int)options->checkpoint_len,
	    options->checkpoint != NULL ? options->checkpoint : "");
	started++;
	the_worker = w;
	return w;
}

void
worker_kill(struct worker *w)
{
	if (w == NULL)
		return;
	the_worker = NULL;
	free(w);
}

bool
worker_send_response(struct worker *w, const struct cs_response *response)
{
	(void)w, (void)response;
	return true;
}

ssize_t
worker_send_data(struct worker *w, const void *data, size_t len)
{
	(void)data, (void)len;
	return (ssize_t)worker_credit(w);
}

size_t
worker_credit(const struct worker *w)
{
	(void)w;
	return WORKER_WINDOW;
}

bool
worker_send_end(struct worker *w)
{
	w->answered = true;
	return true;
}

void
worker_pause(struct worker *w)
{
	w->paused = true;
}

void
worker_resume(struct worker *w)
{
	w->paused = false;
}

const char *
worker_call(const struct worker *w)
{
	(void)w;
	return NULL;
}

int64_t
worker_call_ms(const struct worker *w)
{
	(void)w;
	return -1;
}
