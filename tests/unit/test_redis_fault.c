/* SPDX-License-Identifier: ISC */
/*
 * test_redis_fault.c -- the Redis connection against a server that lies, drips,
 * hangs or sends garbage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/fake_server.h"
#include "lib/redis_probe.h"

#define PING		"*1\r\n$4\r\nPING\r\n"
#define PONG		"+PONG\r\n"

/* Answers the greeting, reads one more PING, sends what, waits for the end. */
static void
serve_answer(int fd, const char *what)
{
	fake_read(fd, strlen(PING));
	fake_puts(fd, PONG);
	fake_read(fd, strlen(PING));
	fake_puts(fd, what);
	fake_wait_eof(fd);
}

static void
serve_drip(int fd, int nth)
{
	static const char answer[] = "*3\r\n$5\r\nhello\r\n*1\r\n:12\r\n-ERR x\r\n";

	(void)nth;
	fake_read(fd, strlen(PING));
	fake_puts(fd, PONG);
	fake_read(fd, strlen(PING));
	for (const char *c = answer; *c != '\0'; c++)
		fake_write(fd, c, 1);
	fake_wait_eof(fd);
}

static void
serve_garbage(int fd, int nth)
{
	(void)nth;
	serve_answer(fd, "SSH-2.0-OpenSSH_9.2\r\n");
}

static void
serve_resp3(int fd, int nth)
{
	(void)nth;
	serve_answer(fd, "%1\r\n+a\r\n:1\r\n");
}

static void
serve_huge_array(int fd, int nth)
{
	(void)nth;
	serve_answer(fd, "*2147483647\r\n");
}

static void
serve_huge_bulk(int fd, int nth)
{
	(void)nth;
	serve_answer(fd, "$4194304\r\nxxxx");
}

static void
serve_deep(int fd, int nth)
{
	(void)nth;
	serve_answer(fd, "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n");
}

static void
serve_sum(int fd, int nth)
{
	char *bulk = malloc(1 << 20);

	(void)nth;
	memset(bulk, 'x', 1 << 20);
	fake_read(fd, strlen(PING));
	fake_puts(fd, PONG);
	fake_read(fd, strlen(PING));
	fake_puts(fd, "*9\r\n");
	for (int i = 0; i < 9; i++) {
		fake_puts(fd, "$1048576\r\n");
		fake_write(fd, bulk, 1 << 20);
		fake_puts(fd, "\r\n");
	}
	free(bulk);
	fake_wait_eof(fd);
}

static void
serve_half_then_close(int fd, int nth)
{
	(void)nth;
	fake_read(fd, strlen(PING));
	fake_puts(fd, PONG);
	fake_read(fd, strlen(PING));
	fake_puts(fd, "$5\r\nhel");
}

static void
serve_silence(int fd, int nth)
{
	(void)nth;
	serve_answer(fd, "");
}

/* One PING is answered twice. */
static void
serve_twice(int fd, int nth)
{
	(void)nth;
	serve_answer(fd, PONG PONG);
}

static const struct {
	const char	*name;
	fake_serve_fn	*serve;
	const char	*reason;
	int		 losts;
} faults[] = {
	{ "garbage (R15)", serve_garbage, "not RESP2", 1 },
	{ "RESP3 (R15)", serve_resp3, "not RESP2", 1 },
	{ "depth 9 (R15)", serve_deep, "nested too deeply", 1 },
	{ "*2147483647 (R16)", serve_huge_array, "too many elements", 1 },
	{ "bulk over the cap", serve_huge_bulk, "over the size limit", 1 },
	{ "many bulks over the cap", serve_sum, "over the size limit", 1 },
	{ "cut reply", serve_half_then_close, "closed by Redis", 1 },
	{ "silence (R3)", serve_silence, "deadline", 1 },
	{ "unsolicited reply (R15)", serve_twice, "nobody asked for", 0 },
};

static void
test_faults(void **state)
{
	const char *const ping[] = { "PING" };

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct fake_server fake;
		struct probe p;

		print_message("%s\n", faults[i].name);
		fake_server_start(&fake, faults[i].serve);
		probe_init(&p);
		probe_tcp(&p, "127.0.0.1", fake.port, false);
		/* Where the deadline is not what ends it, a busy machine may take long. */
		p.options.command_timeout_ms =
		    strcmp(faults[i].reason, "deadline") == 0 ? 300 : 10000;
		probe_open(&p);
		probe_until(&p, &p.ready, 1);
		assert_int_equal(redis_command(p.redis, probe_on_reply, &p, 1,
		    ping, NULL), 0);
		probe_until(&p, &p.lost, 1);
		assert_non_null(strstr(p.reason, faults[i].reason));
		assert_int_equal(p.replies, 1);
		assert_int_equal(p.losts, faults[i].losts);
		/* And it comes back by itself. */
		probe_until(&p, &p.ready, 2);
		probe_close(&p);
		fake_server_stop(&fake);
	}
}

static void
drip_on_reply(void *arg, const struct redis_reply *reply)
{
	int64_t n = 0;

	assert_int_equal(redis_reply_count(reply), 3);
	assert_true(redis_reply_is(redis_reply_at(reply, 0), "hello"));
	assert_true(redis_reply_int(redis_reply_at(redis_reply_at(reply, 1), 0), &n));
	assert_int_equal(n, 12);
	assert_int_equal(redis_reply_error(redis_reply_at(reply, 2)), REDIS_E_OTHER);
	probe_on_reply(arg, reply);
}

static void
test_drip(void **state)
{
	struct fake_server fake;
	struct probe p;
	const char *const ping[] = { "PING" };

	(void)state;
	fake_server_start(&fake, serve_drip);
	probe_init(&p);
	probe_tcp(&p, "localhost", fake.port, false);
	probe_open(&p);
	probe_until(&p, &p.ready, 1);
	assert_int_equal(redis_command(p.redis, drip_on_reply, &p, 1, ping, NULL), 0);
	probe_until(&p, &p.replies, 1);
	assert_int_equal(p.losts, 0);
	probe_close(&p);
	fake_server_stop(&fake);
}

/* The greeting itself meets LOADING twice, silence once, then is served (R7). */
static void
serve_slow_start(int fd, int nth)
{
	fake_read(fd, strlen(PING));
	if (nth < 2)
		fake_puts(fd, "-LOADING Redis is loading the dataset in memory\r\n");
	else if (nth > 2)
		fake_puts(fd, PONG);
	fake_wait_eof(fd);
}

static void
test_slow_start(void **state)
{
	struct fake_server fake;
	struct probe p;

	(void)state;
	fake_server_start(&fake, serve_slow_start);
	probe_init(&p);
	probe_tcp(&p, "127.0.0.1", fake.port, false);
	p.options.connect_timeout_ms = 300;
	probe_open(&p);
	probe_until(&p, &p.failed, 1);
	assert_non_null(strstr(p.reason, "LOADING"));
	probe_until(&p, &p.failed, 3);
	assert_string_equal(p.reason, "not ready within 300 ms (greeting)");
	probe_until(&p, &p.ready, 1);
	assert_int_equal(p.lost, 0);
	probe_close(&p);
	fake_server_stop(&fake);
}

/* LOADING and READONLY reach the callback and end the connection. */
static void
serve_loading(int fd, int nth)
{
	(void)nth;
	serve_answer(fd, "-LOADING Redis is loading the dataset in memory\r\n");
}

static void
test_loading(void **state)
{
	struct fake_server fake;
	struct probe p;

	(void)state;
	fake_server_start(&fake, serve_loading);
	probe_init(&p);
	probe_tcp(&p, "127.0.0.1", fake.port, false);
	probe_open(&p);
	probe_until(&p, &p.ready, 1);
	PROBE_ASK(&p, "PING");
	assert_int_equal(p.error, REDIS_E_LOADING);
	probe_until(&p, &p.lost, 1);
	probe_until(&p, &p.ready, 2);
	probe_close(&p);
	fake_server_stop(&fake);
}

/* Redis repeats the arguments of commands it does not know. */
static void
serve_no_auth_command(int fd, int nth)
{
	(void)nth;
	fake_puts(fd, "-ERR unknown command 'AUTH', with args beginning with: 'hush' \r\n");
	fake_wait_eof(fd);
}

static void
test_password_not_told(void **state)
{
	struct fake_server fake;
	struct probe p;

	(void)state;
	fake_server_start(&fake, serve_no_auth_command);
	probe_init(&p);
	probe_tcp(&p, "127.0.0.1", fake.port, false);
	p.options.password = "hush";
	probe_open(&p);
	probe_until(&p, &p.failed, 1);
	assert_non_null(strstr(p.reason, "AUTH refused"));
	assert_null(strstr(p.reason, "hush"));
	probe_close(&p);
	fake_server_stop(&fake);
}

static void
test_options_refused(void **state)
{
	struct loop *loop = loop_new();
	const struct redis_events events = { .on_ready = NULL };
	struct redis_options o;
	struct err err;

	(void)state;
	redis_options_init(&o);
	assert_null(redis_new(loop, &o, &events, NULL, &err));
	strcpy(o.url.host, "127.0.0.1");
	o.username = "somebody";
	assert_null(redis_new(loop, &o, &events, NULL, &err));
	o.username = NULL;
	o.ca_file = "/nonexistent";
	assert_null(redis_new(loop, &o, &events, NULL, &err));
	o.url.tls = true;
	assert_null(redis_new(loop, &o, &events, NULL, &err));
	assert_non_null(strstr(err.text, "/nonexistent"));
	o.url.tls = false;
	o.ca_file = NULL;
	o.in_flight_max = 0;
	assert_null(redis_new(loop, &o, &events, NULL, &err));
	loop = loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_drip),
		cmocka_unit_test(test_slow_start),
		cmocka_unit_test(test_loading),
		cmocka_unit_test(test_password_not_told),
		cmocka_unit_test(test_options_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
