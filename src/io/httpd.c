/* SPDX-License-Identifier: ISC */
/* httpd.c -- see httpd.h.  The only file that sees evhttp. */
#include "io/httpd.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "io/addr.h"

#define HOSTS_MAX	16	/* names of the configuration */
#define HOST_MAX	256	/* bytes of one */
/* As many as may come at once: beyond it TCP lets them wait for a second. */
#define BACKLOG		1024
#define TURNS_MIN	2	/* of the loop: accepted in the first, read in the second */
#define ACCEPT_AGAIN_MS	1000	/* after accept() has failed: libevent would spin */
#define DOOR_FAILURES	3	/* one is normal: door may run before the listener */

/*
 * A connection and its deadline.  evhttp of libevent 2.1 tells nobody when it
 * accepts or frees one; it only asks for a bufferevent.  So we hold a
 * reference to that, see by its callback argument whether evhttp is done with
 * it, and end it by shutting down its socket, which evhttp takes for EOF.
 *
 * The socket must live as long as the reference (BEV_OPT_CLOSE_ON_FREE): if
 * evhttp closed it, its number would be given to another connection, and this
 * bufferevent would go on reading from there.
 */
struct guard {
	struct bufferevent *bev;	/* a reference; NULL: free slot */
	struct timer	 timer;
	uint64_t	 number;	/* of all that were accepted */
	uint64_t	 visit;		/* of the door's, when it was */
	bool		 asked;		/* its request has been answered, or is */
};

struct httpd {
	struct loop	*loop;		/* lent */
	struct evhttp	*http;
	struct evconnlistener *listener;
	bool		 bound;		/* listener belongs to http */
	bool		 ending;
	struct timer	 ended;		/* some connection has */
	struct event	*door;		/* sees when the listener has work */
	uint64_t	 visits;	/* turns of the loop in which somebody was at the door */
	uint64_t	 accepted;	/* connections, ever */
	uint64_t	 door_accepted;	/* as it was when door last fired */
	unsigned	 door_failures;	/* times in a row it fired for nothing */
	struct timer	 accept_again;
	struct guard	 guards[HTTPD_CONNECTIONS_MAX];
	httpd_fn	*handler;
	void		*arg;
	int64_t		 deadline_ms;
	uint16_t	 port;
	char		 hosts[HOSTS_MAX + 4][HOST_MAX];
	size_t		 host_count, own_count; /* all; those that no setting takes away */
};

/* --- connections -------------------------------------------------------------------- */

static void
connection_cut(struct bufferevent *bev)
{
	evutil_socket_t fd = bufferevent_getfd(bev);

	if (fd != -1)
		(void)shutdown(fd, SHUT_RDWR);
}

static bool
connection_alive(struct bufferevent *bev)
{
	void *conn = NULL;

	bufferevent_getcb(bev, NULL, NULL, NULL, &conn);
	return conn != NULL;
}

static void
guard_release(struct guard *g)
{
	timer_fini(&g->timer);
	/* One that lives must see its end, or evhttp never lets go of it. */
	if (!connection_alive(g->bev))
		(void)bufferevent_disable(g->bev, EV_READ | EV_WRITE);
	(void)bufferevent_decref(g->bev);
	g->bev = NULL;
}

static void
guard_cut(struct guard *g)
{
	if (connection_alive(g->bev))
		connection_cut(g->bev);
	guard_release(g);
}

static void
on_deadline(void *arg)
{
	guard_cut(arg);
}

/* A free slot, after those of ended connections have become free.  NULL: none. */
static struct guard *
guard_find(struct httpd *h)
{
	struct guard *found = NULL;

	for (size_t i = 0; i < HTTPD_CONNECTIONS_MAX; i++) {
		struct guard *g = &h->guards[i];

		if (g->bev != NULL && !connection_alive(g->bev))
			guard_release(g);
		if (g->bev == NULL)
			found = g;
	}
	return found;
}

/* Whether a makes room before b: who has asked is being answered, and goes last. */
static bool
guard_goes_first(const struct guard *a, const struct guard *b)
{
	return a->asked != b->asked ? !a->asked : a->number < b->number;
}

/* All places are taken: one becomes free, or NULL while the one to go has not had its turn. */
static struct guard *
guard_make_room(struct httpd *h)
{
	struct guard *first = &h->guards[0];

	for (size_t i = 1; i < HTTPD_CONNECTIONS_MAX; i++)
		if (guard_goes_first(&h->guards[i], first))
			first = &h->guards[i];
	/* What it had sent is read in the turn after the one that accepted it. */
	if (h->visits - first->visit < TURNS_MIN)
		return NULL;
	guard_cut(first);
	return first;
}

/* Connections have ended: their descriptors need not wait for the deadline. */
static void
on_ended(void *arg)
{
	(void)guard_find(arg);
}

/* From inside evhttp, which frees the connection after this. */
static void
on_close(struct evhttp_connection *conn, void *arg)
{
	struct httpd *h = arg;

	(void)conn;
	if (!h->ending)
		timer_set_ms(&h->ended, 0);
}

static void
guard_asked(struct httpd *h, const struct bufferevent *bev)
{
	for (size_t i = 0; i < HTTPD_CONNECTIONS_MAX; i++)
		if (h->guards[i].bev == bev)
			h->guards[i].asked = true;
}

/* One too many: it cannot be refused when it comes, but has had its turn of the loop. */
static void
on_too_many(void *arg)
{
	struct bufferevent *bev = arg;

	if (connection_alive(bev))
		connection_cut(bev);
	(void)bufferevent_decref(bev);
}

/* A connection was accepted; its bufferevent becomes evhttp's. */
static struct bufferevent *
on_connection(struct event_base *base, void *arg)
{
	struct httpd *h = arg;
	struct guard *g = guard_find(h);
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);

	h->accepted++;
	if (bev == NULL)
		return NULL;	/* evhttp tries once more, and closes it if it gets none */
	if (g == NULL)
		g = guard_make_room(h);
	/* Once evhttp is done nobody takes what still comes. */
	bufferevent_setwatermark(bev, EV_READ, 0, HTTPD_HEAD_MAX * 2);
	if (g == NULL || timer_init(&g->timer, h->loop, on_deadline, g) != 0) {
		bufferevent_incref(bev);
		loop_defer(h->loop, on_too_many, bev);
		return bev;
	}
	bufferevent_incref(bev);
	g->bev = bev;
	g->number = h->accepted;
	g->visit = h->visits;
	g->asked = false;
	timer_set_ms(&g->timer, h->deadline_ms);
	return bev;
}

/* Otherwise libevent writes to stderr itself.  It passes evhttp's argument, not ours. */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)listener, (void)arg;
}

/*
 * Somebody is at the door.  evhttp's own callback accepts; if it keeps failing,
 * out of descriptors most likely, wait instead of spinning (P5).
 */
static void
on_door(evutil_socket_t fd, short what, void *arg)
{
	struct httpd *h = arg;

	(void)fd, (void)what;
	h->visits++;
	h->door_failures = h->accepted == h->door_accepted ? h->door_failures + 1 : 0;
	h->door_accepted = h->accepted;
	if (h->door_failures < DOOR_FAILURES)
		return;
	log_warn("health pages: connections cannot be accepted, trying again in %d ms",
	    ACCEPT_AGAIN_MS);
	(void)evconnlistener_disable(h->listener);
	(void)event_del(h->door);
	timer_set_ms(&h->accept_again, ACCEPT_AGAIN_MS);
}

static void
on_accept_again(void *arg)
{
	struct httpd *h = arg;

	h->door_failures = 0;
	if (evconnlistener_enable(h->listener) != 0 || event_add(h->door, NULL) != 0)
		timer_set_ms(&h->accept_again, ACCEPT_AGAIN_MS);
}

/* --- requests ------------------------------------------------------------------------- */

/* The Host header without its port, lower case.  false: none, several, or odd. */
static bool
host_read(struct evhttp_request *req, char out[HOST_MAX])
{
	const struct evkeyvalq *headers = evhttp_request_get_input_headers(req);
	const struct evkeyval *header;
	const char *host = NULL;
	char *colon;

	for (header = headers->tqh_first; header != NULL; header = header->next.tqe_next) {
		if (!text_equal_nocase(header->key, "Host"))
			continue;
		if (host != NULL)
			return false;
		host = header->value;
	}
	if (host == NULL || !text_copy(out, HOST_MAX, host))
		return false;
	colon = strrchr(out, ':');
	if (colon != NULL && strchr(colon, ']') == NULL) {
		if (strspn(colon + 1, "0123456789") != strlen(colon + 1))
			return false;
		*colon = '\0';
	}
	for (char *p = out; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	return true;
}

static bool
host_allowed(const struct httpd *h, const char *host)
{
	for (size_t i = 0; i < h->host_count; i++)
		if (strcmp(h->hosts[i], host) == 0)
			return true;
	return false;
}

static void
reply(struct evhttp_request *req, int code, const char *content_type, const char *body,
    size_t len)
{
	struct evkeyvalq *out = evhttp_request_get_output_headers(req);
	struct evbuffer *buf = evbuffer_new();
	bool head = evhttp_request_get_command(req) == EVHTTP_REQ_HEAD;
	char length[24];

	/* evhttp would send the body of an answer to HEAD.  One request a connection. */
	(void)evutil_snprintf(length, sizeof(length), "%zu", len);
	if (buf == NULL || evbuffer_add(buf, body, head ? 0 : len) != 0 ||
	    evhttp_add_header(out, "Content-Length", length) != 0 ||
	    evhttp_add_header(out, "Content-Type", content_type) != 0 ||
	    evhttp_add_header(out, "X-Content-Type-Options", "nosniff") != 0 ||
	    evhttp_add_header(out, "Cache-Control", "no-store") != 0 ||
	    evhttp_add_header(out, "Connection", "close") != 0)
		evhttp_send_error(req, HTTP_INTERNAL, NULL);
	else
		evhttp_send_reply(req, code, NULL, buf);
	if (buf != NULL)
		evbuffer_free(buf);
}

static void
httpd_reply_text(struct evhttp_request *req, int code, const char *text)
{
	reply(req, code, "text/plain; charset=utf-8", text, strlen(text));
}

static void
httpd_on_request(struct evhttp_request *req, void *arg)
{
	struct httpd *h = arg;
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = uri == NULL ? NULL : evhttp_uri_get_path(uri);
	struct httpd_answer answer = { .code = 200,
	    .content_type = "text/plain; charset=utf-8" };
	char host[HOST_MAX];

	evhttp_connection_set_closecb(evhttp_request_get_connection(req), on_close, h);
	guard_asked(h, evhttp_connection_get_bufferevent(evhttp_request_get_connection(req)));
	/* An absolute URI is for proxies, and would make Host mean nothing. */
	if (path == NULL || path[0] != '/' || evhttp_uri_get_host(uri) != NULL ||
	    !host_read(req, host)) {
		httpd_reply_text(req, 400, "bad request\n");
		return;
	}
	if (!host_allowed(h, host)) {
		httpd_reply_text(req, 403,
		    "unknown host name; see the setting http.allowed_hosts\n");
		return;
	}
	buf_init(&answer.body, HTTPD_ANSWER_MAX);
	h->handler(h->arg, path, evhttp_uri_get_query(uri), &answer);
	if (answer.body.failed)
		httpd_reply_text(req, 500, "the answer is too large\n");
	else
		reply(req, answer.code, answer.content_type, buf_str(&answer.body),
		    answer.body.len);
	buf_free(&answer.body);
}

/* --- starting --------------------------------------------------------------------------- */

/* libevent reads addresses, but no port 0. */
static bool
address_parse(const char *text, struct sockaddr_storage *out, int *out_len)
{
	char host[64];
	const char *colon = strrchr(text, ':');
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	int64_t port;

	if (colon == NULL || (size_t)(colon - text) >= sizeof(host) ||
	    !text_parse_i64(colon + 1, 0, UINT16_MAX, &port))
		return false;
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	*out_len = sizeof(*out);
	/* A second colon belongs to IPv6, which wants brackets. */
	if ((strchr(host, ':') != NULL && host[0] != '[') ||
	    evutil_parse_sockaddr_port(host, (struct sockaddr *)out, out_len) != 0)
		return false;
	in->sin_port = htons((uint16_t)port);	/* the same place in sockaddr_in6 */
	return true;
}

static int
listen_parse(const char *text, struct sockaddr_storage *out, int *out_len, struct err *err)
{
	char shown[HOST_MAX];

	(void)text_escape(text, strlen(text), shown, sizeof(shown));
	if (!address_parse(text, out, out_len))
		return err_set(err, "'%s' is no address and port like 127.0.0.1:9807", shown);
	if (addr_classify((struct sockaddr *)out, (socklen_t)*out_len) != ADDR_LOOPBACK)
		return err_set(err, "'%s' is not a loopback address; the pages have no "
		    "access control", shown);
	return 0;
}

/* The address the listener really has, for httpd_port() and the host list. */
static int
httpd_learn_address(struct httpd *h, struct err *err)
{
	struct sockaddr_storage ss;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	socklen_t len = sizeof(ss);
	char text[64], *name = h->hosts[h->host_count];

	if (getsockname(evconnlistener_get_fd(h->listener), (struct sockaddr *)&ss, &len) != 0)
		return err_set(err, "the listening socket has no address: %s", strerror(errno));
	if (ss.ss_family == AF_INET) {
		memcpy(&in, &ss, sizeof(in));
		h->port = ntohs(in.sin_port);
		if (evutil_inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text)) == NULL)
			return err_set(err, "the listening socket has an odd address");
		(void)text_copy(name, HOST_MAX, text);
	} else if (ss.ss_family == AF_INET6) {
		memcpy(&in6, &ss, sizeof(in6));
		h->port = ntohs(in6.sin6_port);
		if (evutil_inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text)) == NULL)
			return err_set(err, "the listening socket has an odd address");
		(void)evutil_snprintf(name, HOST_MAX, "[%s]", text);
	} else
		return err_set(err, "the listening socket is not TCP");
	h->own_count = ++h->host_count;
	return 0;
}

int
httpd_set_hosts(struct httpd *h, const char *const *hosts, size_t n, struct err *err)
{
	if (n > HOSTS_MAX)
		return err_set(err, "more than %d host names", HOSTS_MAX);
	h->host_count = h->own_count;
	for (size_t i = 0; i < n; i++) {
		char *host = h->hosts[h->host_count++];

		if (!text_copy(host, HOST_MAX, hosts[i]))
			return err_set(err, "a host name is too long");
		for (; *host != '\0'; host++)
			if (*host >= 'A' && *host <= 'Z')
				*host = (char)(*host + ('a' - 'A'));
	}
	return 0;
}

static int
httpd_listen(struct httpd *h, const struct httpd_options *o, struct err *err)
{
	unsigned flags = LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE;
	struct event_base *base = loop_base(h->loop);
	struct sockaddr_storage ss = { 0 };
	int len;

	if (o->listen == NULL) {
		(void)evutil_make_socket_nonblocking(o->fd);
		/* A backlog of 0 says that it listens already. */
		h->listener = evconnlistener_new(base, NULL, NULL, flags, 0, o->fd);
	} else {
		if (listen_parse(o->listen, &ss, &len, err) != 0)
			return -1;
		h->listener = evconnlistener_new_bind(base, NULL, NULL, flags, BACKLOG,
		    (struct sockaddr *)&ss, len);
	}
	if (h->listener == NULL)
		return err_set_errno(err, errno, "cannot listen on %s",
		    o->listen != NULL ? o->listen : "the socket given");
	return httpd_learn_address(h, err);
}

static int
httpd_bind(struct httpd *h, struct err *err)
{
	h->http = evhttp_new(loop_base(h->loop));
	if (h->http == NULL || timer_init(&h->accept_again, h->loop, on_accept_again, h) != 0 ||
	    timer_init(&h->ended, h->loop, on_ended, h) != 0)
		return err_set_passing(err, "out of memory");
	evhttp_set_max_headers_size(h->http, HTTPD_HEAD_MAX);
	evhttp_set_max_body_size(h->http, 0);
	evhttp_set_timeout(h->http, HTTPD_IDLE_S);
	evhttp_set_allowed_methods(h->http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_bevcb(h->http, on_connection, h);
	evhttp_set_gencb(h->http, httpd_on_request, h);
	if (evhttp_bind_listener(h->http, h->listener) == NULL)
		return err_set_passing(err, "out of memory");
	h->bound = true;
	evconnlistener_set_error_cb(h->listener, on_accept_error);
	h->door = event_new(loop_base(h->loop), evconnlistener_get_fd(h->listener),
	    EV_READ | EV_PERSIST, on_door, h);
	if (h->door == NULL || event_add(h->door, NULL) != 0)
		return err_set_passing(err, "out of memory");
	return 0;
}

/* Those it answers to whatever is configured; its address follows when it listens. */
static void
httpd_always(struct httpd *h)
{
	static const char *const always[] = { "localhost", "127.0.0.1", "[::1]" };

	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		(void)text_copy(h->hosts[h->host_count++], HOST_MAX, always[i]);
}

struct httpd *
httpd_new(struct loop *loop, const struct httpd_options *o, httpd_fn *handler, void *arg,
    struct err *err)
{
	struct httpd *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		err_set_passing(err, "out of memory");
		return NULL;
	}
	h->loop = loop;
	h->handler = handler;
	h->arg = arg;
	h->deadline_ms = o->deadline_ms > 0 ? o->deadline_ms : HTTPD_DEADLINE_MS;
	httpd_always(h);
	if (httpd_listen(h, o, err) != 0 ||
	    httpd_set_hosts(h, o->hosts, o->host_count, err) != 0 || httpd_bind(h, err) != 0) {
		httpd_free(h);
		return NULL;
	}
	return h;
}

void
httpd_free(struct httpd *h)
{
	if (h == NULL)
		return;
	h->ending = true;
	if (h->door != NULL)
		event_free(h->door);
	if (h->listener != NULL && !h->bound)
		evconnlistener_free(h->listener);
	if (h->http != NULL)
		evhttp_free(h->http);	/* and the listener, and all connections */
	for (size_t i = 0; i < HTTPD_CONNECTIONS_MAX; i++)
		if (h->guards[i].bev != NULL)
			guard_release(&h->guards[i]);
	timer_fini(&h->accept_again);
	timer_fini(&h->ended);
	free(h);
}

uint16_t
httpd_port(const struct httpd *h)
{
	return h->port;
}
