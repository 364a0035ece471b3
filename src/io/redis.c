/* SPDX-License-Identifier: ISC */
/*
 * redis.c -- see redis.h.  The life of a struct redis, its pipeline of commands
 * and their deadlines; how it connects is in redis_connect.c.
 */
#include "io/redis.h"

#include <event2/buffer.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/redis_int.h"
#include "io/redis_tls.h"

static const char *const state_names[] = {
	[REDIS_STATE_WAITING] = "waiting",
	[REDIS_STATE_RESOLVING] = "resolving",
	[REDIS_STATE_CONNECTING] = "connecting",
	[REDIS_STATE_GREETING] = "greeting",
	[REDIS_STATE_READY] = "ready",
};

/* --- life ------------------------------------------------------------------- */

static void redis_on_deadline(void *arg);

void
redis_options_init(struct redis_options *options)
{
	*options = (struct redis_options){
		.url = { .port = REDIS_PORT },
		.connect_timeout_ms = 5000,
		.command_timeout_ms = 2000,
		.reconnect_min_ms = 100,
		.reconnect_max_ms = 10000,
		.in_flight_max = REDIS_IN_FLIGHT,
		.reply_max_bytes = REDIS_REPLY_MAX,
	};
}

static bool
timeout_is_valid(int64_t ms)
{
	return ms >= 1 && ms <= REDIS_TIMEOUT_MAX_MS;
}

static int
options_check(const struct redis_options *o, struct err *err)
{
	if ((o->url.host[0] == '\0') == (o->url.path[0] == '\0'))
		return err_set(err, "a Redis address has either a host or a path");
	if (o->url.tls && o->url.path[0] != '\0')
		return err_set(err, "TLS to Redis needs a host, not a Unix socket");
	if (!o->url.tls && (o->ca_file != NULL || o->cert_file != NULL ||
	    o->key_file != NULL))
		return err_set(err, "ca_file, cert_file and key_file need a rediss:// address");
	if (o->username != NULL && o->password == NULL)
		return err_set(err, "a Redis username needs a password");
	if (!timeout_is_valid(o->connect_timeout_ms) ||
	    !timeout_is_valid(o->command_timeout_ms) ||
	    !timeout_is_valid(o->reconnect_min_ms) ||
	    !timeout_is_valid(o->reconnect_max_ms) ||
	    o->reconnect_min_ms > o->reconnect_max_ms)
		return err_set(err, "a time of the Redis connection is out of range");
	if (o->in_flight_max < 1 || o->in_flight_max > REDIS_IN_FLIGHT_MAX ||
	    o->reply_max_bytes < 1 || o->reply_max_bytes > INT32_MAX)
		return err_set(err, "a limit of the Redis connection is out of range");
	return 0;
}

static int
redis_copy(char **out, const char *s)
{
	if (s == NULL)
		return 0;
	*out = strdup(s);
	return *out != NULL ? 0 : -1;
}

static void
redis_set_name(struct redis *r)
{
	const struct redis_url *url = &r->url;
	const char *scheme = url->tls ? "rediss" : "redis";

	if (url->path[0] != '\0')
		(void)snprintf(r->name, sizeof(r->name), "unix://%s", url->path);
	else if (strchr(url->host, ':') != NULL)
		(void)snprintf(r->name, sizeof(r->name), "%s://[%s]:%u", scheme,
		    url->host, url->port);
	else
		(void)snprintf(r->name, sizeof(r->name), "%s://%s:%u", scheme,
		    url->host, url->port);
}

/* libevent and OpenSSL write without MSG_NOSIGNAL. */
static void
sigpipe_ignore(void)
{
	struct sigaction now;

	if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
		(void)signal(SIGPIPE, SIG_IGN);
}

static int
redis_check_host(struct redis *r, struct err *err)
{
	if (r->url.host[0] == '\0' ||
	    resolve_literal(r->url.host, r->url.port, r->addrs) > 0)
		return 0;
	if (resolve_check(r->loop, err) == 0)
		return 0;
	return err_prefix(err, "%s", r->name);
}

static int
redis_init(struct redis *r, const struct redis_options *o, struct err *err)
{
	(void)err_set_passing(err, "no memory for a Redis connection");
	r->fd = -1;
	r->url = o->url;
	r->connect_ms = o->connect_timeout_ms;
	r->command_ms = o->command_timeout_ms;
	r->reconnect_min_ms = o->reconnect_min_ms;
	r->reconnect_max_ms = o->reconnect_max_ms;
	r->in_flight_max = o->in_flight_max;
	r->ring_size = o->in_flight_max > REDIS_GREETING_MAX ?
	    o->in_flight_max : REDIS_GREETING_MAX;
	redis_set_name(r);
	r->ring = calloc(r->ring_size, sizeof(*r->ring));
	r->codec = redis_codec_new(o->reply_max_bytes);
	if (r->ring == NULL || r->codec == NULL ||
	    redis_copy(&r->username, o->username) == -1 ||
	    redis_copy(&r->password, o->password) == -1 ||
	    redis_copy(&r->client_name, o->client_name) == -1 ||
	    timer_init(&r->attempt, r->loop, redis_on_attempt, r) == -1 ||
	    timer_init(&r->deadline, r->loop, redis_on_deadline, r) == -1)
		return -1;
	if (redis_check_host(r, err) == -1)
		return -1;
	if (r->url.tls && (r->tls = redis_tls_context(o, err)) == NULL)
		return err_prefix(err, "%s", r->name);
	return 0;
}

static void
redis_destroy(struct redis *r)
{
	redis_disconnect(r);
	timer_fini(&r->attempt);
	timer_fini(&r->deadline);
	SSL_CTX_free(r->tls);
	(void)redis_codec_free(r->codec);
	free(r->ring);
	free(r->username);
	if (r->password != NULL)
		explicit_bzero(r->password, strlen(r->password));
	free(r->password);
	free(r->client_name);
	free(r);
}

struct redis *
redis_new(struct loop *loop, const struct redis_options *options,
    const struct redis_events *events, void *arg, struct err *err)
{
	struct redis *r;

	if (options_check(options, err) == -1)
		return NULL;
	r = calloc(1, sizeof(*r));
	if (r == NULL) {
		(void)err_set_passing(err, "no memory for a Redis connection");
		return NULL;
	}
	r->loop = loop;
	r->events = *events;
	r->arg = arg;
	if (redis_init(r, options, err) == -1) {
		redis_destroy(r);
		return NULL;
	}
	sigpipe_ignore();
	timer_set_ms(&r->attempt, 0);
	return r;
}

struct redis *
redis_free(struct redis *r)
{
	if (r == NULL || r->dying)
		return NULL;
	redis_enter(r);
	r->dying = true;
	redis_drop(r, "freed");
	redis_leave(r);
	return NULL;
}

void
redis_enter(struct redis *r)
{
	r->depth++;
}

void
redis_leave(struct redis *r)
{
	if (--r->depth == 0 && r->dying)
		redis_destroy(r);
}

/* --- state ------------------------------------------------------------------ */

enum redis_state
redis_state(const struct redis *r)
{
	return r->state;
}

const char *
redis_state_name(enum redis_state state)
{
	return state_names[state];
}

const char *
redis_name(const struct redis *r)
{
	return r->name;
}

const char *
redis_last_reason(const struct redis *r)
{
	return r->reason;
}

void
redis_set_state(struct redis *r, enum redis_state state)
{
	r->state = state;
}

static struct pending
pending_pop(struct redis *r)
{
	struct pending p = r->ring[r->ring_first];

	r->ring_first = (r->ring_first + 1) % r->ring_size;
	r->in_flight--;
	if (r->held > 0)
		r->held--;
	r->kept_bytes -= p.command_len;
	return p;
}

static void
redis_lose_pending(struct redis *r)
{
	while (r->in_flight > 0) {
		struct pending p = pending_pop(r);

		free(p.command);
		if (p.fn != NULL)
			p.fn(p.arg, redis_reply_lost());
	}
}

void
redis_drop(struct redis *r, const char *fmt, ...)
{
	bool was_ready = r->state == REDIS_STATE_READY;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->reason, sizeof(r->reason), fmt, ap);
	va_end(ap);
	redis_disconnect(r);
	redis_set_state(r, REDIS_STATE_WAITING);
	r->doomed[0] = '\0';
	r->grace = r->starved = false;
	if (was_ready && loop_now_ms(r->loop) - r->ready_since_ms >= REDIS_STABLE_MS)
		r->failures = 0;
	if (!r->dying)
		timer_set_ms(&r->attempt, redis_backoff_ms(r));
	r->failures++;
	redis_lose_pending(r);
	if (r->dying)
		return;
	if (was_ready && r->events.on_lost != NULL)
		r->events.on_lost(r->arg, r->reason);
	else if (!was_ready && r->events.on_failed != NULL)
		r->events.on_failed(r->arg, r->reason);
}

void
redis_reset(struct redis *r, const char *why)
{
	if (r->bev == NULL || r->doomed[0] != '\0')
		return;
	(void)snprintf(r->doomed, sizeof(r->doomed), "%s", why);
	timer_set_ms(&r->deadline, 0);
}

/* --- deadlines -------------------------------------------------------------- */

/* Deadlines never fall along the ring, so the oldest command's is the next. */
static void
deadline_arm(struct redis *r)
{
	int64_t left;

	if (r->in_flight == 0) {
		timer_cancel(&r->deadline);
		return;
	}
	left = r->ring[r->ring_first].deadline_ms - loop_now_ms(r->loop);
	timer_set_ms(&r->deadline, left);
}

/*
 * A loop that was busy finds deadline and reply waiting together, and the reply
 * should win: the connection gets REDIS_GRACE_MS to deliver what is there.
 */
static void
redis_on_deadline(void *arg)
{
	struct redis *r = arg;

	redis_enter(r);
	if (r->doomed[0] != '\0') {
		char why[REDIS_REASON_MAX];

		memcpy(why, r->doomed, sizeof(why));
		redis_drop(r, "%s", why);
	} else if (r->in_flight > 0 &&
	    r->ring[r->ring_first].deadline_ms > loop_now_ms(r->loop))
		deadline_arm(r);
	else if (r->in_flight > 0 && !r->grace) {
		r->grace = true;
		timer_set_ms(&r->deadline, REDIS_GRACE_MS);
	} else if (r->in_flight > 0)
		redis_drop(r, "no reply before the deadline");
	redis_leave(r);
}

/* --- commands --------------------------------------------------------------- */

static size_t
redis_queued_bytes(const struct redis *r)
{
	return r->kept_bytes +
	    evbuffer_get_length(bufferevent_get_output(r->bev));
}

size_t
redis_room(const struct redis *r)
{
	if (r->state != REDIS_STATE_READY || r->bev == NULL ||
	    r->doomed[0] != '\0' || r->held > 0 ||
	    redis_queued_bytes(r) >= REDIS_QUEUED_MAX)
		return 0;
	return r->in_flight < r->in_flight_max ? r->in_flight_max - r->in_flight : 0;
}

bool
redis_refuse(struct redis *r)
{
	if (redis_room(r) > 0)
		return false;
	/* Otherwise on_ready will say when. */
	if (r->state == REDIS_STATE_READY)
		r->starved = true;
	return true;
}

size_t
redis_in_flight(const struct redis *r)
{
	return r->in_flight;
}

int
redis_push(struct redis *r, const struct pending *p, const char *bytes,
    size_t len)
{
	struct pending *slot, *before;

	if (r->bev == NULL || r->in_flight == r->ring_size)
		return -1;
	if (bufferevent_write(r->bev, bytes, len) == -1) {
		redis_reset(r, "no memory for a command");
		return -1;
	}
	slot = &r->ring[(r->ring_first + r->in_flight) % r->ring_size];
	*slot = *p;
	if (r->in_flight > 0) {
		before = &r->ring[(r->ring_first + r->in_flight - 1) % r->ring_size];
		if (slot->deadline_ms < before->deadline_ms)
			slot->deadline_ms = before->deadline_ms;
	}
	r->kept_bytes += p->command_len;
	if (r->in_flight++ == 0 && r->doomed[0] == '\0')
		deadline_arm(r);
	return 0;
}

int
redis_push_argv(struct redis *r, int64_t timeout_ms, redis_fn *fn, void *arg,
    size_t argc, const char *const *argv, const size_t *argvlen)
{
	struct pending p = { .fn = fn, .arg = arg,
	    .deadline_ms = loop_now_ms(r->loop) + timeout_ms };
	size_t len = 0;
	int rc;
	char *bytes = redis_codec_format(argc, argv, argvlen, &len, &rc);

	if (bytes == NULL) {
		if (rc == -1)
			redis_reset(r, "no memory for a command");
		return rc;
	}
	rc = redis_push(r, &p, bytes, len);
	/* It may have been AUTH. */
	explicit_bzero(bytes, len);
	free(bytes);
	return rc;
}

int
redis_command_within(struct redis *r, int64_t timeout_ms, redis_fn *fn,
    void *arg, size_t argc, const char *const *argv, const size_t *argvlen)
{
	if (redis_refuse(r))
		return -1;
	if (timeout_ms < 1)
		timeout_ms = 1;
	if (timeout_ms > REDIS_TIMEOUT_MAX_MS)
		timeout_ms = REDIS_TIMEOUT_MAX_MS;
	return redis_push_argv(r, timeout_ms, fn, arg, argc, argv, argvlen);
}

int
redis_command(struct redis *r, redis_fn *fn, void *arg, size_t argc,
    const char *const *argv, const size_t *argvlen)
{
	return redis_command_within(r, r->command_ms, fn, arg, argc, argv, argvlen);
}

/* --- replies ---------------------------------------------------------------- */

/* A server that says so cannot serve us until somebody acts. */
static void
redis_check_role(struct redis *r, enum redis_error error)
{
	if (r->dying || r->state != REDIS_STATE_READY)
		return;
	if (error == REDIS_E_READONLY)
		redis_drop(r, "Redis is a read-only replica (READONLY)");
	else if (error == REDIS_E_LOADING)
		redis_drop(r, "Redis is loading its data (LOADING)");
}

static void
redis_dispatch(struct redis *r, const struct redis_reply *reply)
{
	struct pending p = pending_pop(r);
	enum redis_error error = redis_reply_error(reply);

	r->grace = false;
	if (p.script != NULL && error == REDIS_E_NOSCRIPT) {
		/* Scripts sent meanwhile fail alike; none may overtake them. */
		if (r->held == 0)
			r->held = r->in_flight;
		if (redis_script_retry(r, &p) == -1 && p.fn != NULL)
			p.fn(p.arg, redis_reply_lost());
		return;
	}
	free(p.command);
	if (p.fn != NULL)
		p.fn(p.arg, reply);
	redis_check_role(r, error);
}

/* False: nothing more to be had of this connection now. */
static bool
redis_read_some(struct redis *r)
{
	struct evbuffer *in = bufferevent_get_input(r->bev);
	struct evbuffer_iovec chunk;
	struct redis_reply *reply = NULL;
	const char *why = "";
	size_t used = 0;
	int rc;

	if (evbuffer_peek(in, -1, NULL, &chunk, 1) < 1)
		return false;
	if (r->in_flight == 0) {
		redis_drop(r, "Redis sent a reply that nobody asked for");
		return false;
	}
	rc = redis_codec_push(r->codec, chunk.iov_base, chunk.iov_len, &used,
	    &reply, &why);
	if (rc == -1) {
		redis_drop(r, "Redis sent %s", why);
		return false;
	}
	(void)evbuffer_drain(in, used);
	if (rc == 1) {
		redis_dispatch(r, reply);
		redis_reply_free(reply);
	}
	return r->bev != NULL && r->doomed[0] == '\0';
}

static void
redis_check_drain(struct redis *r)
{
	if (!r->starved || redis_room(r) < (r->in_flight_max + 1) / 2)
		return;
	r->starved = false;
	if (r->events.on_drain != NULL)
		r->events.on_drain(r->arg);
}

void
redis_on_read(struct bufferevent *bev, void *arg)
{
	struct redis *r = arg;

	(void)bev;
	redis_enter(r);
	while (redis_read_some(r))
		continue;
	if (!r->dying)
		redis_check_drain(r);
	redis_leave(r);
}
