/* SPDX-License-Identifier: ISC */
/*
 * test_resolve.c -- host names to addresses.  The files in /etc that say where
 * to ask are files of ours, and the name server in them is in this process.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <linux/fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include <certsync/connector.h>

#include "io/resolve.h"

#define DEADLINE_MS	10000	/* of what must happen */
#define DNS_MAX		512	/* bytes of a message over UDP */
#define TYPE_A		1
#define TYPE_AAAA	28
#define NXDOMAIN	3

int	open(const char *, int, ...);

static char dir[] = "/tmp/certsync-resolve-XXXXXX";
static char resolv_conf[64], hosts[64];

CS_API int
open(const char *path, int flags, ...)
{
	va_list ap;
	int mode = 0;

	if ((flags & O_CREAT) != 0) {
		va_start(ap, flags);
		mode = va_arg(ap, int);
		va_end(ap);
	}
	if (strcmp(path, "/etc/resolv.conf") == 0)
		path = resolv_conf;
	else if (strcmp(path, "/etc/hosts") == 0)
		path = hosts;
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static const struct {
	const char	*host;
	size_t		 n;
	int		 families[2];
} literals[] = {
	{ "127.0.0.1", 1, { AF_INET } },
	{ "192.0.2.255", 1, { AF_INET } },
	{ "::1", 1, { AF_INET6 } },
	{ "2001:db8::5", 1, { AF_INET6 } },
	{ "localhost", 2, { AF_INET, AF_INET6 } },
	{ "LocalHost", 2, { AF_INET, AF_INET6 } },
	{ "redis.example", 0, { 0 } },
	{ "127.1", 0, { 0 } },
	{ "2130706433", 0, { 0 } },
	{ "", 0, { 0 } },
};

static void
test_literal(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
		struct resolve_addr out[RESOLVE_ADDRS_MAX];
		size_t n = resolve_literal(literals[i].host, 6379, out);

		assert_int_equal(n, literals[i].n);
		for (size_t j = 0; j < n; j++) {
			const struct sockaddr_in *sin = (const void *)&out[j].sa;

			assert_int_equal(out[j].sa.ss_family, literals[i].families[j]);
			/* The port lies at the same place in both families. */
			assert_int_equal(ntohs(sin->sin_port), 6379);
		}
	}
}

/* --- a name server ---------------------------------------------------------------- */

struct server {
	struct loop	*loop;
	struct event	*ev;
	int		 fd, asked;
	void		(*on_silence)(void *); /* asked for what it never answers */
	void		*arg;
};

static size_t
put(unsigned char *at, const void *data, size_t len)
{
	memcpy(at, data, len);
	return len;
}

/* n addresses of the type, the last byte of each its number. */
static size_t
put_addresses(unsigned char *at, unsigned type, unsigned char n)
{
	unsigned char head[12] = { 0xc0, 0x0c, 0, (unsigned char)type, 0, 1, 0, 0, 0, 60, 0, type == TYPE_A ? 4 : 16 };
	unsigned char address[16] = { type == TYPE_A ? 192 : 0x20, type == TYPE_A ? 0 : 0x01, 2 };
	size_t used = 0;

	for (unsigned char i = 1; i <= n; i++) {
		address[head[11] - 1] = i;
		used += put(at + used, head, sizeof(head));
		used += put(at + used, address, head[11]);
	}
	return used;
}

/* many.test has ten addresses, both.test one of each kind; nothing is said of silent.test. */
static void
server_on_query(evutil_socket_t fd, short what, void *arg)
{
	struct server *s = arg;
	unsigned char m[DNS_MAX];
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(fd, m, DNS_MAX / 2, 0, (struct sockaddr *)&from, &from_len);
	size_t end = 12;
	unsigned char count = 0;

	(void)what;
	if (n < 17)
		return;
	s->asked++;
	if (strncasecmp((const char *)m + 12, "\6silent", 7) == 0) {
		s->on_silence(s->arg);
		return;
	}
	while (end < (size_t)n && m[end] != 0)
		end += 1u + m[end];
	if (strncasecmp((const char *)m + 12, "\4many", 5) == 0 && m[end + 2] == TYPE_A)
		count = 10;
	else if (strncasecmp((const char *)m + 12, "\4both", 5) == 0)
		count = 1;
	m[2] = 0x81;
	m[3] = (unsigned char)(0x80 | (strncasecmp((const char *)m + 12, "\4none", 5) == 0 ? NXDOMAIN : 0));
	m[7] = count;
	m[11] = 0;
	end += 5;
	end += put_addresses(m + end, m[end - 3], count);
	(void)sendto(fd, m, end, 0, (struct sockaddr *)&from, from_len);
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* Its address goes into resolv.conf. */
static void
server_start(struct server *s, struct loop *loop)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	char text[64];

	*s = (struct server){ .loop = loop, .fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0) };
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&sin, &len), 0);
	(void)snprintf(text, sizeof(text), "nameserver 127.0.0.1:%u\n", ntohs(sin.sin_port));
	write_file(resolv_conf, text);
	s->ev = event_new(loop_base(loop), s->fd, EV_READ | EV_PERSIST, server_on_query, s);
	assert_int_equal(event_add(s->ev, NULL), 0);
}

static void
server_stop(struct server *s)
{
	event_free(s->ev);
	(void)close(s->fd);
}

/* --- asking it --------------------------------------------------------------------- */

struct answer {
	struct loop	*loop;
	struct resolve_addr addrs[RESOLVE_ADDRS_MAX];
	size_t		 n;
	char		 why[128];
	int		 times;
};

static void
on_answer(void *arg, const struct resolve_addr *addrs, size_t n, const char *why)
{
	struct answer *a = arg;

	a->times++;
	a->n = n;
	memcpy(a->addrs, addrs, n * sizeof(*addrs));
	(void)snprintf(a->why, sizeof(a->why), "%s", why);
	loop_stop(a->loop);
}

static void
on_late(void *arg)
{
	(void)arg;
	fail_msg("too late");
}

static const struct {
	const char	*host, *first;	/* NULL: there is none */
	size_t		 n;
} names[] = {
	{ "both.test", "192.0.2.1", 2 },
	{ "many.test", "192.0.2.1", RESOLVE_ADDRS_MAX },
	{ "none.test", NULL, 0 },
	{ "here.test", "198.51.100.7", 1 },	/* in hosts: nobody is asked */
};

static void
test_names(void **state)
{
	struct loop *loop = loop_new();
	struct server server;
	struct timer late;

	(void)state;
	assert_int_equal(timer_init(&late, loop, on_late, NULL), 0);
	timer_set_ms(&late, DEADLINE_MS);
	server_start(&server, loop);
	write_file(hosts, "198.51.100.7 here.test\n");
	assert_int_equal(resolve_check(loop, NULL), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct answer a = { .loop = loop };
		struct err err;
		int asked = server.asked;
		char first[64] = "";

		assert_non_null(resolve_start(loop, names[i].host, 6379, on_answer, &a, &err));
		assert_int_equal(loop_run(loop), 0);
		assert_int_equal(a.times, 1);
		if (a.n != names[i].n)
			fail_msg("%s: %zu addresses", names[i].host, a.n);
		for (size_t k = 0; k < a.n; k++) {
			const struct sockaddr_in *sin = (const void *)&a.addrs[k].sa;

			assert_int_equal(ntohs(sin->sin_port), 6379);
			if (sin->sin_family == AF_INET && first[0] == '\0')
				assert_non_null(inet_ntop(AF_INET, &sin->sin_addr, first, sizeof(first)));
		}
		assert_string_equal(first, names[i].first != NULL ? names[i].first : "");
		assert_int_equal(a.why[0] != '\0', 1);
		assert_int_equal(server.asked > asked, strcmp(names[i].host, "here.test") != 0);
	}
	server_stop(&server);
	timer_fini(&late);
	loop = loop_free(loop);
}

/* Without a name server there is no look-up. */
static void
test_no_server(void **state)
{
	struct loop *loop = loop_new();
	struct answer a = { .loop = loop };
	struct err err = { .text = "" };

	(void)state;
	write_file(resolv_conf, "");
	(void)unlink(resolv_conf);
	if (resolve_check(loop, &err) != 0) {
		assert_non_null(strstr(err.text, "name server"));
		assert_null(resolve_start(loop, "both.test", 6379, on_answer, &a, &err));
	}
	assert_int_equal(a.times, 0);
	loop = loop_free(loop);
}

struct cancelling {
	struct answer	 answer;
	struct resolve	*q;
	struct timer	 turn;
};

static void
on_turn(void *arg)
{
	loop_stop(arg);
}

static void
cancel(void *arg)
{
	struct cancelling *c = arg;

	resolve_cancel(c->q);
	c->q = NULL;
	/* What a cancelled look-up still has to do is deferred: before any timer set now. */
	timer_set_ms(&c->turn, 1);
}

/* A cancelled look-up never answers and leaves nothing behind. */
static void
test_cancel(void **state)
{
	struct loop *loop = loop_new();
	struct cancelling c = { .answer = { .loop = loop } };
	struct server server;
	struct timer late;
	struct err err = { .text = "" };

	(void)state;
	assert_int_equal(timer_init(&late, loop, on_late, NULL), 0);
	assert_int_equal(timer_init(&c.turn, loop, on_turn, loop), 0);
	timer_set_ms(&late, DEADLINE_MS);
	server_start(&server, loop);
	server.on_silence = cancel;
	server.arg = &c;
	c.q = resolve_start(loop, "silent.test", 6379, on_answer, &c.answer, &err);
	assert_non_null(c.q);
	assert_int_equal(loop_run(loop), 0);
	resolve_cancel(NULL);
	assert_int_equal(c.answer.times, 0);
	timer_fini(&c.turn);
	timer_fini(&late);
	server_stop(&server);
	loop = loop_free(loop);
}

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(resolv_conf, sizeof(resolv_conf), "%s/resolv.conf", dir);
	(void)snprintf(hosts, sizeof(hosts), "%s/hosts", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(resolv_conf);
	(void)unlink(hosts);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literal),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_server),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
