/* SPDX-License-Identifier: ISC */
/* loop.c -- see loop.h.  libevent's core, wrapped. */
#include "io/loop.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

#define LOOP_SIGNALS_MAX	8	/* TERM INT HUP USR1 and room */
#define TIMER_MS_MAX		(INT64_C(366) * 24 * 3600 * 1000)

struct deferred {
	struct deferred	*next;
	loop_fn		*fn;
	void		*arg;
};

struct watched {
	struct event	*ev;
	loop_fn		*fn;
	void		*arg;
};

struct loop {
	struct event_base *base;
	struct event	*run_deferred;
	struct deferred	*first, **last;
	struct watched	 signals[LOOP_SIGNALS_MAX];
	size_t		 signal_count;
};

static void
loop_on_deferred(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	struct deferred *d = loop->first, *next;

	(void)fd, (void)what;
	/* Work deferred meanwhile waits for the next turn. */
	loop->first = NULL;
	loop->last = &loop->first;
	for (; d != NULL; d = next) {
		next = d->next;
		d->fn(d->arg);
		free(d);
	}
}

/* libevent writes to stderr by itself otherwise. */
static void
loop_on_message(int severity, const char *text)
{
	static const enum log_level levels[] = {
		[EVENT_LOG_DEBUG] = LOG_LEVEL_DEBUG, [EVENT_LOG_MSG] = LOG_LEVEL_INFO,
		[EVENT_LOG_WARN] = LOG_LEVEL_WARN, [EVENT_LOG_ERR] = LOG_LEVEL_ERROR
	};
	enum log_level level = severity >= 0 && severity <= EVENT_LOG_ERR ? levels[severity] :
	    LOG_LEVEL_ERROR;

	log_at(LOG_SITE(LOG_ID_NONE), level, NULL, "event loop: %s", text);
}

/* It has logged why it cannot go on, and would exit with 1: memory or descriptors are lacking. */
static void
loop_on_fatal(int error)
{
	(void)error;
	_exit(MEMORY_EXIT);
}

void
loop_guard_memory(void)
{
	event_set_mem_functions(memory_get, memory_resize, free);
}

struct loop *
loop_new(void)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	struct event_config *config;

	event_set_log_callback(loop_on_message);
	event_set_fatal_callback(loop_on_fatal);
	config = event_config_new();
	if (loop == NULL || config == NULL)
		goto fail;
	/* Neither libevent, OpenSSL nor libcurl can be told to write without it. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV);
	loop->last = &loop->first;
	loop->base = event_base_new_with_config(config);
	if (loop->base == NULL)
		goto fail;
	loop->run_deferred = event_new(loop->base, -1, 0, loop_on_deferred, loop);
	if (loop->run_deferred == NULL)
		goto fail;
	event_config_free(config);
	return loop;
fail:
	if (config != NULL)
		event_config_free(config);
	return loop_free(loop);
}

/* Their default action comes back with this: a second SIGTERM must not kill who is ending in
 * order. */
static void
signals_free(struct loop *loop)
{
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < loop->signal_count; i++)
		(void)sigaddset(&set, event_get_signal(loop->signals[i].ev));
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	for (size_t i = 0; i < loop->signal_count; i++)
		event_free(loop->signals[i].ev);
}

struct loop *
loop_free(struct loop *loop)
{
	struct deferred *d, *next;

	if (loop == NULL)
		return NULL;
	for (d = loop->first; d != NULL; d = next) {
		next = d->next;
		free(d);
	}
	signals_free(loop);
	if (loop->run_deferred != NULL)
		event_free(loop->run_deferred);
	if (loop->base != NULL)
		event_base_free(loop->base);
	free(loop);
	return NULL;
}

struct event_base *
loop_base(struct loop *loop)
{
	return loop->base;
}

int
loop_run(struct loop *loop)
{
	return event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) == -1 ? -1 : 0;
}

void
loop_drain(struct loop *loop)
{
	(void)event_base_loop(loop->base, EVLOOP_NONBLOCK);
}

void
loop_stop(struct loop *loop)
{
	(void)event_base_loopbreak(loop->base);
}

static int64_t
clock_ms(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
loop_now_ms(const struct loop *loop)
{
	(void)loop;
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t
loop_wall_ms(const struct loop *loop)
{
	(void)loop;
	return clock_ms(CLOCK_REALTIME);
}

void
loop_defer(struct loop *loop, loop_fn *fn, void *arg)
{
	struct deferred *d = malloc(sizeof(*d));

	if (d == NULL)
		memory_end("deferred work");
	*d = (struct deferred){ .fn = fn, .arg = arg };
	*loop->last = d;
	loop->last = &d->next;
	event_active(loop->run_deferred, 0, 0);
}

static void
timer_on_fire(evutil_socket_t fd, short what, void *arg)
{
	struct timer *t = arg;

	(void)fd, (void)what;
	t->fn(t->arg);
}

int
timer_init(struct timer *t, struct loop *loop, loop_fn *fn, void *arg)
{
	*t = (struct timer){ .fn = fn, .arg = arg };
	t->ev = event_new(loop->base, -1, 0, timer_on_fire, t);
	return t->ev == NULL ? -1 : 0;
}

void
timer_set_ms(struct timer *t, int64_t ms)
{
	struct timeval tv;

	if (ms < 0)
		ms = 0;
	if (ms > TIMER_MS_MAX)
		ms = TIMER_MS_MAX;
	tv.tv_sec = (time_t)(ms / 1000);
	tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
	if (event_add(t->ev, &tv) != 0)
		memory_end("a timer");
}

void
timer_cancel(struct timer *t)
{
	if (t->ev != NULL)
		(void)event_del(t->ev);
}

bool
timer_is_set(const struct timer *t)
{
	return t->ev != NULL && event_pending(t->ev, EV_TIMEOUT, NULL) != 0;
}

void
timer_fini(struct timer *t)
{
	if (t->ev != NULL)
		event_free(t->ev);
	t->ev = NULL;
}

static void
loop_on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct watched *w = arg;

	(void)fd, (void)what;
	w->fn(w->arg);
}

int
loop_signal(struct loop *loop, int signo, loop_fn *fn, void *arg)
{
	struct watched *w;

	if (loop->signal_count == LOOP_SIGNALS_MAX)
		return -1;
	w = &loop->signals[loop->signal_count];
	*w = (struct watched){ .fn = fn, .arg = arg };
	w->ev = evsignal_new(loop->base, signo, loop_on_signal, w);
	if (w->ev == NULL || event_add(w->ev, NULL) != 0)
		return -1;
	loop->signal_count++;
	return 0;
}
