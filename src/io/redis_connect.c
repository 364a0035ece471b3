/* SPDX-License-Identifier: ISC */
/*
 * redis_connect.c -- from an address to a connection that is READY: look-up,
 * connect, TLS, greeting, and when to try again.
 */
#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "io/redis_int.h"
#include "io/redis_tls.h"

#define KEEPALIVE_IDLE_S	60	/* an idle connection that died is noticed */
#define KEEPALIVE_INTERVAL_S	15	/* in two minutes */
#define KEEPALIVE_PROBES	4
#define BACKOFF_DOUBLINGS	20	/* beyond, only the maximum counts */
#define ERROR_TEXT_MAX		120	/* bytes of Redis's own words in a reason */

static void redis_connect_next(struct redis *);

/* --- back-off --------------------------------------------------------------- */

/* Full jitter: anywhere up to the doubled delay, so that clients spread out. */
int64_t
redis_backoff_ms(const struct redis *r)
{
	unsigned n = r->failures < BACKOFF_DOUBLINGS ? r->failures : BACKOFF_DOUBLINGS;
	int64_t cap = r->reconnect_min_ms << n, delay;

	if (cap > r->reconnect_max_ms)
		cap = r->reconnect_max_ms;
	delay = (int64_t)arc4random_uniform((uint32_t)cap + 1);
	return delay > REDIS_BACKOFF_FLOOR_MS ? delay : REDIS_BACKOFF_FLOOR_MS;
}

void
redis_disconnect(struct redis *r)
{
	resolve_cancel(r->resolve);
	r->resolve = NULL;
	if (r->connecting != NULL)
		event_free(r->connecting);
	r->connecting = NULL;
	if (r->fd != -1)
		(void)close(r->fd);
	r->fd = -1;
	if (r->bev != NULL)
		bufferevent_free(r->bev);
	r->bev = NULL;
	timer_cancel(&r->attempt);
	timer_cancel(&r->deadline);
}

/* --- greeting --------------------------------------------------------------- */

static void
greet_fail(struct redis *r, const char *what, const struct redis_reply *reply)
{
	char text[ERROR_TEXT_MAX];
	size_t len = 0;
	const char *s = redis_reply_str(reply, &len);

	if (s == NULL)
		s = "", len = 0;
	redis_drop(r, "%s refused: %s", what, text_escape(s, len, text, sizeof(text)));
}

/*
 * Redis repeats arguments of a command it does not know, so its words may hold
 * the password: only the class of the error is told.
 */
static void
greet_on_auth(void *arg, const struct redis_reply *reply)
{
	struct redis *r = arg;

	if (redis_reply_kind(reply) == REDIS_KIND_LOST || redis_reply_is(reply, "OK"))
		return;
	redis_drop(r, "AUTH refused (%s): check username and password",
	    redis_error_name(redis_reply_error(reply)));
}

static void
greet_on_select(void *arg, const struct redis_reply *reply)
{
	struct redis *r = arg;

	if (redis_reply_kind(reply) != REDIS_KIND_LOST && !redis_reply_is(reply, "OK"))
		greet_fail(r, "SELECT", reply);
}

/*
 * PING asks whether commands are served at all.  Errors that some commands
 * survive (a user without +ping, a full disk) are left to those commands.
 */
static void
greet_on_ping(void *arg, const struct redis_reply *reply)
{
	struct redis *r = arg;
	enum redis_error error = redis_reply_error(reply);

	if (redis_reply_kind(reply) == REDIS_KIND_LOST)
		return;
	if (!redis_reply_is(reply, "PONG") && error != REDIS_E_NOPERM &&
	    error != REDIS_E_MISCONF && error != REDIS_E_MASTERDOWN &&
	    error != REDIS_E_BUSY) {
		greet_fail(r, "PING", reply);
		return;
	}
	timer_cancel(&r->attempt);
	r->ready_since_ms = loop_now_ms(r->loop);
	redis_set_state(r, REDIS_STATE_READY);
	if (r->events.on_ready != NULL)
		r->events.on_ready(r->arg);
}

static int
greet_push(struct redis *r, redis_fn *fn, size_t argc, const char *const *argv)
{
	return redis_push_argv(r, r->connect_ms, fn, r, argc, argv, NULL);
}

static int
greet_push_auth(struct redis *r)
{
	const char *const argv[] = { "AUTH", r->username, r->password };
	const char *const argv_default[] = { "AUTH", r->password };

	if (r->username != NULL)
		return greet_push(r, greet_on_auth, 3, argv);
	return greet_push(r, greet_on_auth, 2, argv_default);
}

/* All in one packet: the first reply that fails ends the attempt. */
static void
redis_greet(struct redis *r)
{
	char db[16];
	const char *const select[] = { "SELECT", db };
	const char *const setname[] = { "CLIENT", "SETNAME", r->client_name };
	const char *const ping[] = { "PING" };
	int rc = 0;

	redis_set_state(r, REDIS_STATE_GREETING);
	(void)snprintf(db, sizeof(db), "%d", r->url.db);
	if (r->password != NULL)
		rc = greet_push_auth(r);
	if (rc == 0 && r->url.db != 0)
		rc = greet_push(r, greet_on_select, 2, select);
	/* A courtesy: a server that forbids it is as good. */
	if (rc == 0 && r->client_name != NULL)
		rc = greet_push(r, NULL, 3, setname);
	if (rc == 0)
		rc = greet_push(r, greet_on_ping, 1, ping);
	if (rc != 0)
		redis_reset(r, "no memory for the greeting");
}

/* --- transport -------------------------------------------------------------- */

static void
redis_on_event(struct bufferevent *bev, short what, void *arg)
{
	struct redis *r = arg;
	char text[REDIS_REASON_MAX];

	redis_enter(r);
	if (what & BEV_EVENT_CONNECTED)
		redis_greet(r);
	else if (what & BEV_EVENT_EOF)
		redis_drop(r, "closed by Redis");
	else if (what & BEV_EVENT_ERROR)
		redis_drop(r, "%s", r->tls != NULL ?
		    redis_tls_reason(bev, text, sizeof(text)) :
		    strerror(EVUTIL_SOCKET_ERROR()));
	redis_leave(r);
}

static int
redis_open_tls(struct redis *r, struct err *err)
{
	SSL *ssl = redis_tls_new(r->tls, r->url.host, err);

	if (ssl == NULL)
		return -1;
	r->bev = bufferevent_openssl_socket_new(loop_base(r->loop), r->fd, ssl,
	    BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
	if (r->bev == NULL) {
		SSL_free(ssl);
		return err_set_passing(err, "no memory for TLS");
	}
	return 0;
}

static void
redis_open(struct redis *r)
{
	struct err err = { .text = "no memory for the connection" };

	event_free(r->connecting);
	r->connecting = NULL;
	if (redis_codec_reset(r->codec) == -1)
		goto fail;
	if (r->tls != NULL) {
		if (redis_open_tls(r, &err) == -1)
			goto fail;
	} else
		r->bev = bufferevent_socket_new(loop_base(r->loop), r->fd,
		    BEV_OPT_CLOSE_ON_FREE);
	if (r->bev == NULL)
		goto fail;
	r->fd = -1;
	bufferevent_setcb(r->bev, redis_on_read, NULL, redis_on_event, r);
	if (bufferevent_enable(r->bev, EV_READ | EV_WRITE) == -1)
		goto fail;
	if (r->tls == NULL)
		redis_greet(r);
	return;
fail:
	redis_drop(r, "%s", err.text);
}

static void
redis_on_connected(evutil_socket_t fd, short what, void *arg)
{
	struct redis *r = arg;
	int error = 0;
	socklen_t len = sizeof(error);

	(void)what;
	redis_enter(r);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error == 0)
		redis_open(r);
	else {
		r->connect_errno = error;
		redis_connect_next(r);
	}
	redis_leave(r);
}

/* Best effort: without these the connection is slower or dies later. */
static void
redis_tune(int fd)
{
	static const struct {
		int	level, name, value;
	} opts[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES },
	};

	for (size_t i = 0; i < sizeof(opts) / sizeof(opts[0]); i++)
		(void)setsockopt(fd, opts[i].level, opts[i].name,
		    &opts[i].value, sizeof(opts[i].value));
}

/* -1: connect_errno says why. */
static int
redis_connect_to(struct redis *r, const struct resolve_addr *addr)
{
	const struct sockaddr *sa = (const struct sockaddr *)&addr->sa;

	r->fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (r->fd == -1)
		goto fail;
	if (sa->sa_family != AF_UNIX)
		redis_tune(r->fd);
	if (connect(r->fd, sa, addr->len) == -1 && errno != EINPROGRESS)
		goto fail;
	/* One that is connected already is writable at once. */
	r->connecting = event_new(loop_base(r->loop), r->fd, EV_WRITE,
	    redis_on_connected, r);
	if (r->connecting == NULL || event_add(r->connecting, NULL) == -1) {
		errno = ENOMEM;
		goto fail;
	}
	return 0;
fail:
	r->connect_errno = errno;
	return -1;
}

static void
redis_connect_next(struct redis *r)
{
	for (;;) {
		if (r->connecting != NULL)
			event_free(r->connecting);
		r->connecting = NULL;
		if (r->fd != -1)
			(void)close(r->fd);
		r->fd = -1;
		if (r->addr_left == 0) {
			redis_drop(r, "cannot connect: %s", strerror(r->connect_errno));
			return;
		}
		r->addr_left--;
		if (redis_connect_to(r, &r->addrs[r->addr_next++ % r->addr_count]) == 0)
			return;
	}
}

/* --- attempt ---------------------------------------------------------------- */

static void
redis_connect_first(struct redis *r, size_t addr_count)
{
	redis_set_state(r, REDIS_STATE_CONNECTING);
	r->addr_count = addr_count;
	r->addr_left = addr_count;
	redis_connect_next(r);
}

static void
redis_on_resolved(void *arg, const struct resolve_addr *addrs, size_t n,
    const char *why)
{
	struct redis *r = arg;

	redis_enter(r);
	r->resolve = NULL;
	if (n == 0)
		redis_drop(r, "host name not resolved: %s", why);
	else {
		memcpy(r->addrs, addrs, n * sizeof(addrs[0]));
		redis_connect_first(r, n);
	}
	redis_leave(r);
}

static size_t
redis_addr_unix(struct redis *r)
{
	struct sockaddr_un *sun = (struct sockaddr_un *)&r->addrs[0].sa;

	*sun = (struct sockaddr_un){ .sun_family = AF_UNIX };
	(void)text_copy(sun->sun_path, sizeof(sun->sun_path), r->url.path);
	r->addrs[0].len = sizeof(*sun);
	return 1;
}

static void
redis_attempt(struct redis *r)
{
	struct err err;
	size_t n;

	timer_set_ms(&r->attempt, r->connect_ms);
	n = r->url.path[0] != '\0' ? redis_addr_unix(r) :
	    resolve_literal(r->url.host, r->url.port, r->addrs);
	if (n > 0) {
		redis_connect_first(r, n);
		return;
	}
	redis_set_state(r, REDIS_STATE_RESOLVING);
	r->resolve = resolve_start(r->loop, r->url.host, r->url.port,
	    redis_on_resolved, r, &err);
	if (r->resolve == NULL)
		redis_drop(r, "%s", err.text);
}

void
redis_on_attempt(void *arg)
{
	struct redis *r = arg;

	redis_enter(r);
	if (r->state == REDIS_STATE_WAITING)
		redis_attempt(r);
	else if (r->tls != NULL && r->state == REDIS_STATE_CONNECTING && r->bev != NULL)
		redis_drop(r, "TLS: no answer to the handshake within %lld ms; is it a port "
		    "without TLS?", (long long)r->connect_ms);
	else
		redis_drop(r, "not ready within %lld ms (%s)",
		    (long long)r->connect_ms, redis_state_name(r->state));
	redis_leave(r);
}
