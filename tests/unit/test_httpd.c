/* SPDX-License-Identifier: ISC */
/* test_httpd.c -- the read-only pages against clients of all sorts. */
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/httpd.h"

#define DRIP_MS		20
#define GIVE_UP_MS	5000
#define LARGE		(4u << 20)	/* bytes; more than a socket holds */

static const char *const names[] = { "Monitor.Example" };

struct site {
	struct loop	*loop;
	struct httpd	*httpd;
	unsigned	 handled;
	char		 path[128], query[128];
	struct timer	 give_up;
	bool		 gave_up;
};

/* One client connection: what it sends, and all that comes back until EOF. */
struct client {
	struct site	*site;
	struct bufferevent *bev;
	struct buf	 answer;
	const char	*drip;		/* what is left to send, byte by byte */
	struct timer	 timer;
	bool		 closed;
};

static void
handler(void *arg, const char *path, const char *query, struct httpd_answer *answer)
{
	struct site *s = arg;

	s->handled++;
	(void)snprintf(s->path, sizeof(s->path), "%s", path);
	(void)snprintf(s->query, sizeof(s->query), "%s", query != NULL ? query : "(none)");
	if (strcmp(path, "/livez") == 0) {
		answer->content_type = "application/health+json";
		buf_puts(&answer->body, "{\"status\":\"pass\"}");
	} else if (strcmp(path, "/huge") == 0) {
		for (size_t i = 0; i <= HTTPD_ANSWER_MAX / 16; i++)
			buf_puts(&answer->body, "0123456789abcdef");
	} else if (strcmp(path, "/large") == 0) {
		for (size_t i = 0; i < LARGE / 16; i++)
			buf_puts(&answer->body, "0123456789abcdef");
	} else {
		answer->code = 404;
		buf_puts(&answer->body, "no such page\n");
	}
}

static void
on_give_up(void *arg)
{
	struct site *s = arg;

	s->gave_up = true;
	loop_stop(s->loop);
}

static void
site_start(struct site *s, int64_t deadline_ms)
{
	struct httpd_options o = { .listen = "127.0.0.1:0", .fd = -1, .hosts = names,
	    .host_count = 1, .deadline_ms = deadline_ms };
	struct err err = { .text = "" };

	*s = (struct site){ 0 };
	s->loop = loop_new();
	assert_non_null(s->loop);
	s->httpd = httpd_new(s->loop, &o, handler, s, &err);
	if (s->httpd == NULL)
		fail_msg("%s", err.text);
	assert_int_not_equal(httpd_port(s->httpd), 0);
	assert_int_equal(timer_init(&s->give_up, s->loop, on_give_up, s), 0);
	timer_set_ms(&s->give_up, GIVE_UP_MS);
}

static void
stop(void *loop)
{
	loop_stop(loop);
}

static void
site_end(struct site *s)
{
	loop_defer(s->loop, stop, s->loop);	/* after what was deferred before */
	assert_int_equal(loop_run(s->loop), 0);
	httpd_free(s->httpd);
	timer_fini(&s->give_up);
	loop_free(s->loop);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct client *c = arg;
	char bytes[4096];
	size_t n;

	while ((n = bufferevent_read(bev, bytes, sizeof(bytes))) > 0)
		buf_add(&c->answer, bytes, n);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *c = arg;

	(void)bev;
	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) == 0)
		return;
	c->closed = true;
	timer_cancel(&c->timer);
	loop_stop(c->site->loop);
}

static void
on_drip(void *arg)
{
	struct client *c = arg;

	if (*c->drip == '\0')
		return;
	assert_int_equal(bufferevent_write(c->bev, c->drip++, 1), 0);
	timer_set_ms(&c->timer, DRIP_MS);
}

static void
client_start(struct client *c, struct site *s)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(httpd_port(s->httpd)),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	*c = (struct client){ .site = s };
	buf_init(&c->answer, 16 << 20);
	c->bev = bufferevent_socket_new(loop_base(s->loop), -1, BEV_OPT_CLOSE_ON_FREE);
	assert_non_null(c->bev);
	assert_int_equal(timer_init(&c->timer, s->loop, on_drip, c), 0);
	bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
	assert_int_equal(bufferevent_enable(c->bev, EV_READ | EV_WRITE), 0);
	assert_int_equal(bufferevent_socket_connect(c->bev, (struct sockaddr *)&in,
	    sizeof(in)), 0);
}

static void
client_end(struct client *c)
{
	bufferevent_free(c->bev);
	timer_fini(&c->timer);
	buf_free(&c->answer);
}

/* Sends text and waits for the server to close. */
static void
exchange(struct client *c, struct site *s, const char *text)
{
	client_start(c, s);
	assert_int_equal(bufferevent_write(c->bev, text, strlen(text)), 0);
	while (!c->closed && !s->gave_up)
		assert_int_equal(loop_run(s->loop), 0);
	assert_false(s->gave_up);
}

#define LIVEZ	"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"

static const struct {
	const char	*text;
	int		 code;		/* 0: closed without an answer, or with one */
	unsigned	 handled;
} requests[] = {
	{ LIVEZ, 200, 1 },
	{ "GET /livez?x=1&y HTTP/1.1\r\nHost: 127.0.0.1:9807\r\n\r\n", 200, 1 },
	{ "GET /livez HTTP/1.1\r\nHost: [::1]:1\r\n\r\n", 200, 1 },
	{ "GET /livez HTTP/1.1\r\nHost: [::1]\r\n\r\n", 200, 1 },
	{ "GET /livez HTTP/1.1\r\nHost: monitor.EXAMPLE:80\r\n\r\n", 200, 1 },
	{ "HEAD /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 200, 1 },
	{ "GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n", 200, 1 },
	{ "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, 1 },
	{ "GET /huge HTTP/1.1\r\nHost: localhost\r\n\r\n", 500, 1 },
	/* DNS rebinding and its relatives. */
	{ "GET /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, 0 },
	{ "GET /livez HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n", 403, 0 },
	{ "GET /livez HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n\r\n", 400, 0 },
	{ "GET /livez HTTP/1.1\r\nHost: localhost:80:evil\r\n\r\n", 400, 0 },
	{ "GET /livez HTTP/1.1\r\nHost:\r\n\r\n", 403, 0 },
	{ "GET /livez HTTP/1.1\r\n\r\n", 400, 0 },
	{ "GET http://evil.example/livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 0 },
	{ "GET //livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 0 },
	{ "GET livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, 0 },
	/* Nothing but reading. */
	{ "POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 501, 0 },
	{ "PUT /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n", 501, 0 },
	{ "DELETE /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 501, 0 },
	{ "TRACE /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 501, 0 },
	{ "NONSENSE /livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 501, 0 },
};

/* The code of an answer; 0: none. */
static int
answer_code(const struct client *c)
{
	int code = 0;

	return sscanf(buf_str(&c->answer), "HTTP/1.%*1d %3d", &code) == 1 ? code : 0;
}

static void
test_requests(void **state)
{
	struct site s;
	struct client c;

	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		site_start(&s, 0);
		exchange(&c, &s, requests[i].text);
		if (answer_code(&c) != requests[i].code || s.handled != requests[i].handled)
			fail_msg("%s: %u times handled, answer %.200s", requests[i].text,
			    s.handled, buf_str(&c.answer));
		client_end(&c);
		site_end(&s);
	}
}

static void
test_answer(void **state)
{
	struct site s;
	struct client c;

	(void)state;
	site_start(&s, 0);
	exchange(&c, &s, "GET /livez?a=%41 HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_string_equal(s.path, "/livez");
	assert_string_equal(s.query, "a=%41");
	assert_non_null(strstr(buf_str(&c.answer), "\r\nContent-Type: application/health+json\r\n"));
	assert_non_null(strstr(buf_str(&c.answer), "\r\nX-Content-Type-Options: nosniff\r\n"));
	assert_non_null(strstr(buf_str(&c.answer), "\r\nCache-Control: no-store\r\n"));
	assert_non_null(strstr(buf_str(&c.answer), "\r\nConnection: close\r\n"));
	assert_non_null(strstr(buf_str(&c.answer), "\r\n\r\n{\"status\":\"pass\"}"));
	client_end(&c);

	exchange(&c, &s, "HEAD /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_string_equal(s.query, "(none)");
	assert_int_equal(answer_code(&c), 200);
	assert_null(strstr(buf_str(&c.answer), "pass"));
	assert_non_null(strstr(buf_str(&c.answer), "\r\nContent-Length: 17\r\n"));
	client_end(&c);
	site_end(&s);
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what, (void)arg;
}

#define PAIRS	8

/*
 * The descriptor of a connection that is over is soon another's: what comes
 * there is not ours to read, once the loop looks at that number again.
 */
static void
test_ended_connections_let_go(void **state)
{
	struct site s;
	struct client c;
	struct event *ev[PAIRS];
	int pairs[PAIRS][2], n;

	(void)state;
	site_start(&s, 0);
	for (int i = 0; i < 3; i++) {
		exchange(&c, &s, LIVEZ);
		client_end(&c);
	}
	for (size_t i = 0; i < PAIRS; i++) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
		assert_int_equal(write(pairs[i][1], "x", 1), 1);
		ev[i] = event_new(loop_base(s.loop), pairs[i][0], EV_WRITE, on_writable, NULL);
		assert_non_null(ev[i]);
		assert_int_equal(event_add(ev[i], NULL), 0);
	}
	exchange(&c, &s, LIVEZ);
	client_end(&c);
	for (size_t i = 0; i < PAIRS; i++) {
		n = 0;
		assert_int_equal(ioctl(pairs[i][0], FIONREAD, &n), 0);
		assert_int_equal(n, 1);
		event_free(ev[i]);
		(void)close(pairs[i][0]);
		(void)close(pairs[i][1]);
	}
	site_end(&s);
}

/* Heads over the limit, and bodies, never reach the handler. */
static void
test_sizes(void **state)
{
	static char text[40000];
	struct site s;
	struct client c;
	int n;

	(void)state;
	site_start(&s, 0);
	n = snprintf(text, sizeof(text), "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ");
	assert_true(n > 0);
	memset(text + n, 'a', HTTPD_HEAD_MAX);
	memcpy(text + n + HTTPD_HEAD_MAX, "\r\n\r\n", 5);
	exchange(&c, &s, text);
	assert_int_equal(answer_code(&c), 400);
	client_end(&c);

	exchange(&c, &s, "GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
	assert_int_not_equal(answer_code(&c), 200);
	client_end(&c);
	assert_int_equal(s.handled, 0);
	site_end(&s);
}

/* A byte now and then would live for ever by evhttp's timeout alone. */
static void
test_drip(void **state)
{
	static char text[2000];
	struct site s;
	struct client c;
	int n;

	(void)state;
	n = snprintf(text, sizeof(text), "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ");
	assert_true(n > 0);
	memset(text + n, 'a', sizeof(text) - (size_t)n - 1);
	site_start(&s, 300);
	client_start(&c, &s);
	c.drip = text;
	timer_set_ms(&c.timer, 0);
	while (!c.closed && !s.gave_up)
		assert_int_equal(loop_run(s.loop), 0);
	assert_false(s.gave_up);
	assert_int_not_equal(*c.drip, '\0');
	assert_int_equal(s.handled, 0);
	client_end(&c);
	/* Others are served as before. */
	exchange(&c, &s, LIVEZ);
	assert_int_equal(answer_code(&c), 200);
	client_end(&c);
	site_end(&s);
}

static unsigned
count_closed(const struct client *clients, size_t n)
{
	unsigned closed = 0;

	for (size_t i = 0; i < n; i++)
		closed += clients[i].closed;
	return closed;
}

/* They take all places, and nobody else is told why it is not served. */
static void
dawdlers_start(struct client clients[HTTPD_CONNECTIONS_MAX], struct site *s)
{
	for (size_t i = 0; i < HTTPD_CONNECTIONS_MAX; i++) {
		client_start(&clients[i], s);
		assert_int_equal(bufferevent_write(clients[i].bev, "GET /", 5), 0);
	}
}

static void
dawdlers_end(struct client clients[HTTPD_CONNECTIONS_MAX])
{
	for (size_t i = 0; i < HTTPD_CONNECTIONS_MAX; i++)
		client_end(&clients[i]);
}

static void
test_who_asks_is_served(void **state)
{
	static struct client clients[HTTPD_CONNECTIONS_MAX];
	struct site s;
	struct client c;

	(void)state;
	site_start(&s, 0);
	dawdlers_start(clients, &s);
	for (int i = 0; i < 20; i++) {
		exchange(&c, &s, LIVEZ);
		/* Until all have had a turn of the loop to ask in, nobody has to go. */
		if (i >= 2)
			assert_int_equal(answer_code(&c), 200);
		client_end(&c);
	}
	/* One has made room, the one that had been there for longest. */
	assert_int_equal(count_closed(clients, HTTPD_CONNECTIONS_MAX), 1);
	assert_true(clients[0].closed);
	/* One more that dawdles takes its place; the next makes room for who comes then. */
	client_end(&clients[0]);
	client_start(&clients[0], &s);
	exchange(&c, &s, LIVEZ);
	client_end(&c);
	exchange(&c, &s, LIVEZ);
	assert_int_equal(answer_code(&c), 200);
	client_end(&c);
	assert_int_equal(count_closed(clients, HTTPD_CONNECTIONS_MAX), 1);
	assert_true(clients[1].closed);
	dawdlers_end(clients);
	site_end(&s);
}

static void
test_who_has_asked_goes_last(void **state)
{
	static struct client clients[HTTPD_CONNECTIONS_MAX];
	static const char large[] = "GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n";
	struct site s;
	struct client slow, c;

	(void)state;
	site_start(&s, 0);
	client_start(&slow, &s);
	assert_int_equal(bufferevent_disable(slow.bev, EV_READ), 0);
	assert_int_equal(bufferevent_write(slow.bev, large, strlen(large)), 0);
	while (s.handled == 0 && !s.gave_up)
		assert_int_not_equal(event_base_loop(loop_base(s.loop), EVLOOP_ONCE), -1);
	dawdlers_start(clients, &s);
	for (int i = 0; i < 4; i++) {
		exchange(&c, &s, LIVEZ);
		client_end(&c);
	}
	assert_true(count_closed(clients, HTTPD_CONNECTIONS_MAX) > 0);
	assert_int_equal(bufferevent_enable(slow.bev, EV_READ), 0);
	while (!slow.closed && !s.gave_up)
		assert_int_equal(loop_run(s.loop), 0);
	assert_int_equal(answer_code(&slow), 200);
	if (slow.answer.len <= LARGE)
		fail_msg("%zu bytes came", slow.answer.len);
	client_end(&slow);
	dawdlers_end(clients);
	site_end(&s);
}

static unsigned
descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

static void
test_whoever_is_cut_leaves_nothing(void **state)
{
	struct site s;
	struct client c;
	unsigned before = 0;

	(void)state;
	site_start(&s, 20);
	for (int i = 0; i < 40; i++) {
		exchange(&c, &s, "GET /");
		assert_int_equal(c.answer.len, 0);
		client_end(&c);
		for (int turn = 0; turn < 3; turn++)
			assert_int_not_equal(event_base_loop(loop_base(s.loop), EVLOOP_NONBLOCK), -1);
		if (i == 0)
			before = descriptors();
	}
	assert_int_equal(descriptors(), before);
	site_end(&s);
}

/* accept() that fails must neither end the pages nor spin (P5). */
static void
test_no_descriptors(void **state)
{
	struct rlimit old, none;
	struct site s;
	struct client c;
	int fd;

	(void)state;
	site_start(&s, 0);
	client_start(&c, &s);
	assert_int_equal(bufferevent_write(c.bev, LIVEZ, strlen(LIVEZ)), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(fd, -1);
	(void)close(fd);
	none = old;
	none.rlim_cur = (rlim_t)fd;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (int i = 0; i < 20; i++)
		assert_int_not_equal(event_base_loop(loop_base(s.loop), EVLOOP_NONBLOCK), -1);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(s.handled, 0);
	while (!c.closed && !s.gave_up)
		assert_int_equal(loop_run(s.loop), 0);
	assert_int_equal(answer_code(&c), 200);
	client_end(&c);
	site_end(&s);
}

static void
test_listen(void **state)
{
	static const char *const bad[] = { "", "127.0.0.1", "0.0.0.0:0", "[::]:0", "10.0.0.1:80",
	    "localhost:80", "127.0.0.1:99999", "unix:/x" };
	struct httpd_options o = { .fd = -1 };
	struct loop *loop = loop_new();
	struct err err;

	(void)state;
	assert_non_null(loop);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		o.listen = bad[i];
		err.text[0] = '\0';
		if (httpd_new(loop, &o, handler, NULL, &err) != NULL || err.text[0] == '\0')
			fail_msg("taken: %s", bad[i]);
	}
	loop_free(loop);
}

/* A socket that somebody else has opened, and freeing with clients at the door. */
static void
test_given_socket(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct httpd_options o = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	struct site s;
	struct client c, idle;
	struct err err = { .text = "" };

	(void)state;
	site_start(&s, 0);
	httpd_free(s.httpd);
	assert_int_equal(bind(o.fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(o.fd, 4), 0);
	s.httpd = httpd_new(s.loop, &o, handler, &s, &err);
	if (s.httpd == NULL)
		fail_msg("%s", err.text);
	client_start(&idle, &s);
	exchange(&c, &s, LIVEZ);
	assert_int_equal(answer_code(&c), 200);
	client_end(&c);
	client_end(&idle);
	site_end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_ended_connections_let_go),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_drip),
		cmocka_unit_test(test_who_asks_is_served),
		cmocka_unit_test(test_who_has_asked_goes_last),
		cmocka_unit_test(test_whoever_is_cut_leaves_nothing),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_listen),
		cmocka_unit_test(test_given_socket),
	};

	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
