/* SPDX-License-Identifier: ISC */
/* redis_probe.c -- see redis_probe.h. */
#include "redis_probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define GUARD_MS	20000

static void
probe_check(struct probe *p)
{
	if (p->watched != NULL && *p->watched >= p->wanted)
		loop_stop(p->loop);
}

static void
probe_on_guard(void *arg)
{
	struct probe *p = arg;

	p->late = true;
	loop_stop(p->loop);
}

static void
probe_on_ready(void *arg)
{
	struct probe *p = arg;

	p->ready++;
	probe_check(p);
}

static void
probe_on_lost(void *arg, const char *reason)
{
	struct probe *p = arg;

	p->lost++;
	(void)snprintf(p->reason, sizeof(p->reason), "%s", reason);
	probe_check(p);
}

static void
probe_on_failed(void *arg, const char *reason)
{
	struct probe *p = arg;

	p->failed++;
	(void)snprintf(p->reason, sizeof(p->reason), "%s", reason);
	probe_check(p);
}

static void
probe_on_drain(void *arg)
{
	struct probe *p = arg;

	p->drained++;
	probe_check(p);
}

void
probe_on_reply(void *arg, const struct redis_reply *reply)
{
	struct probe *p = arg;
	const char *text = redis_reply_str(reply, NULL);

	p->replies++;
	p->kind = redis_reply_kind(reply);
	p->losts += p->kind == REDIS_KIND_LOST;
	p->error = redis_reply_error(reply);
	p->number = -1;
	(void)redis_reply_int(reply, &p->number);
	(void)snprintf(p->text, sizeof(p->text), "%s", text != NULL ? text : "");
	probe_check(p);
}

void
probe_init(struct probe *p)
{
	*p = (struct probe){ .kind = REDIS_KIND_NIL };
	p->loop = loop_new();
	assert_non_null(p->loop);
	assert_int_equal(timer_init(&p->guard, p->loop, probe_on_guard, p), 0);
	redis_options_init(&p->options);
	p->options.reconnect_min_ms = 20;
	p->options.reconnect_max_ms = 100;
}

void
probe_unix(struct probe *p, const char *path)
{
	(void)snprintf(p->options.url.path, sizeof(p->options.url.path), "%s", path);
}

void
probe_tcp(struct probe *p, const char *host, uint16_t port, bool tls)
{
	(void)snprintf(p->options.url.host, sizeof(p->options.url.host), "%s", host);
	p->options.url.port = port;
	p->options.url.tls = tls;
}

void
probe_open(struct probe *p)
{
	const struct redis_events events = { .on_ready = probe_on_ready,
	    .on_lost = probe_on_lost, .on_failed = probe_on_failed,
	    .on_drain = probe_on_drain };
	struct err err = { .text = "" };

	p->redis = redis_new(p->loop, &p->options, &events, p, &err);
	if (p->redis == NULL)
		fail_msg("redis_new: %s", err.text);
}

void
probe_until(struct probe *p, int *counter, int wanted)
{
	p->watched = counter;
	p->wanted = wanted;
	p->late = false;
	timer_set_ms(&p->guard, GUARD_MS);
	while (*counter < wanted && !p->late)
		assert_int_equal(loop_run(p->loop), 0);
	timer_cancel(&p->guard);
	p->watched = NULL;
	if (p->late)
		fail_msg("waited in vain; last reason: %s", p->reason);
}

void
probe_ask(struct probe *p, size_t argc, const char *const *argv)
{
	assert_int_equal(redis_command(p->redis, probe_on_reply, p, argc, argv,
	    NULL), 0);
	probe_until(p, &p->replies, p->replies + 1);
}

void
probe_close(struct probe *p)
{
	p->redis = redis_free(p->redis);
	timer_fini(&p->guard);
	p->loop = loop_free(p->loop);
}
