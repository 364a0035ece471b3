/* SPDX-License-Identifier: ISC */
/* test_redis.c -- the Redis connection against a real redis-server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/redis_probe.h"
#include "lib/redis_server.h"

#define MANY	1000	/* commands, several times the pipeline */

static struct redis_server server;

static int
setup(void **state)
{
	(void)state;
	redis_server_init(&server);
	redis_server_start(&server);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	redis_server_stop(&server);
	return 0;
}

static void
probe_start(struct probe *p)
{
	probe_init(p);
	probe_unix(p, server.socket);
	probe_open(p);
	probe_until(p, &p->ready, 1);
}

static void
test_ping(void **state)
{
	struct probe p;
	char name[128];

	(void)state;
	probe_init(&p);
	probe_unix(&p, server.socket);
	p.options.client_name = "certsyncd/test";
	probe_open(&p);
	assert_int_equal(redis_state(p.redis), REDIS_STATE_WAITING);
	assert_int_equal(redis_room(p.redis), 0);
	probe_until(&p, &p.ready, 1);
	assert_int_equal(redis_state(p.redis), REDIS_STATE_READY);
	assert_int_equal(redis_room(p.redis), REDIS_IN_FLIGHT);
	(void)snprintf(name, sizeof(name), "unix://%s", server.socket);
	assert_string_equal(redis_name(p.redis), name);
	PROBE_ASK(&p, "PING");
	assert_int_equal(p.kind, REDIS_KIND_STATUS);
	assert_string_equal(p.text, "PONG");
	PROBE_ASK(&p, "CLIENT", "GETNAME");
	assert_string_equal(p.text, "certsyncd/test");
	assert_int_equal(redis_in_flight(p.redis), 0);
	probe_close(&p);
}

struct order {
	struct probe	*p;
	int		 next, done;
};

static void
order_on_reply(void *arg, const struct redis_reply *reply)
{
	struct order *o = arg;
	char want[32];

	(void)snprintf(want, sizeof(want), "n%d", o->done);
	assert_true(redis_reply_is(reply, want));
	o->done++;
	probe_on_reply(o->p, reply);
}

static void
order_fill(struct order *o)
{
	char word[32];
	const char *const argv[] = { "ECHO", word };

	while (o->next < MANY) {
		(void)snprintf(word, sizeof(word), "n%d", o->next);
		if (redis_command(o->p->redis, order_on_reply, o, 2, argv, NULL) == -1)
			return;
		o->next++;
	}
}

static void
test_pipeline_order(void **state)
{
	struct probe p;
	struct order o = { .p = &p };

	(void)state;
	probe_start(&p);
	order_fill(&o);
	assert_int_equal(o.next, REDIS_IN_FLIGHT);
	assert_int_equal(redis_room(p.redis), 0);
	for (int drains = 1; o.next < MANY; drains++) {
		probe_until(&p, &p.drained, drains);
		assert_true(redis_room(p.redis) >= REDIS_IN_FLIGHT / 2);
		order_fill(&o);
	}
	probe_until(&p, &o.done, MANY);
	assert_int_equal(p.replies, MANY);
	assert_int_equal(p.losts, 0);
	probe_close(&p);
}

static void
test_kinds(void **state)
{
	struct probe p;
	const char *const argv[] = { "ECHO", "a\0b" };
	const size_t lens[] = { 4, 3 };

	(void)state;
	probe_start(&p);
	PROBE_ASK(&p, "GET", "none");
	assert_int_equal(p.kind, REDIS_KIND_NIL);
	PROBE_ASK(&p, "INCR", "number");
	assert_int_equal(p.kind, REDIS_KIND_INTEGER);
	assert_int_equal(p.number, 1);
	PROBE_ASK(&p, "LRANGE", "none", "0", "-1");
	assert_int_equal(p.kind, REDIS_KIND_ARRAY);
	assert_int_equal(redis_command(p.redis, probe_on_reply, &p, 2, argv, lens), 0);
	probe_until(&p, &p.replies, p.replies + 1);
	assert_string_equal(p.text, "a");
	assert_int_equal(redis_command(p.redis, NULL, NULL, 2, argv, lens), 0);
	assert_int_equal(redis_command(p.redis, probe_on_reply, &p, 0, argv, NULL), -2);
	PROBE_ASK(&p, "FLUSHALL");
	assert_int_equal(p.lost, 0);
	probe_close(&p);
}

static void
test_error_classes(void **state)
{
	struct probe p;

	(void)state;
	probe_start(&p);
	PROBE_ASK(&p, "HSET", "h", "a", "1");
	PROBE_ASK(&p, "INCR", "h");
	assert_int_equal(p.kind, REDIS_KIND_ERROR);
	assert_int_equal(p.error, REDIS_E_WRONGTYPE);
	PROBE_ASK(&p, "XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">");
	assert_int_equal(p.error, REDIS_E_NOGROUP);
	PROBE_ASK(&p, "XGROUP", "CREATE", "s", "g", "0", "MKSTREAM");
	PROBE_ASK(&p, "XGROUP", "CREATE", "s", "g", "0", "MKSTREAM");
	assert_int_equal(p.error, REDIS_E_BUSYGROUP);
	PROBE_ASK(&p, "EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "0");
	assert_int_equal(p.error, REDIS_E_NOSCRIPT);
	PROBE_ASK(&p, "CONFIG", "SET", "maxmemory", "1");
	PROBE_ASK(&p, "SET", "a", "b");
	assert_int_equal(p.error, REDIS_E_OOM);
	PROBE_ASK(&p, "CONFIG", "SET", "maxmemory", "0");
	PROBE_ASK(&p, "CONFIG", "SET", "min-replicas-to-write", "1");
	PROBE_ASK(&p, "SET", "a", "b");
	assert_int_equal(p.error, REDIS_E_NOREPLICAS);
	PROBE_ASK(&p, "CONFIG", "SET", "min-replicas-to-write", "0");
	PROBE_ASK(&p, "NONSENSE");
	assert_int_equal(p.error, REDIS_E_OTHER);
	PROBE_ASK(&p, "FLUSHALL");
	assert_int_equal(p.lost, 0);
	probe_close(&p);
}

/* READONLY reaches its callback, then the connection is tried anew (R6). */
static void
test_readonly(void **state)
{
	struct probe p;

	(void)state;
	probe_start(&p);
	PROBE_ASK(&p, "REPLICAOF", "127.0.0.1", "1");
	PROBE_ASK(&p, "SET", "a", "b");
	assert_int_equal(p.error, REDIS_E_READONLY);
	probe_until(&p, &p.lost, 1);
	assert_non_null(strstr(p.reason, "READONLY"));
	probe_until(&p, &p.ready, 2);
	PROBE_ASK(&p, "REPLICAOF", "NO", "ONE");
	assert_string_equal(p.text, "OK");
	probe_close(&p);
}

static void
test_script_init(void **state)
{
	struct redis_script script;

	(void)state;
	assert_int_equal(redis_script_init(&script, "return 1"), 0);
	assert_string_equal(script.sha1, "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
}

static void
test_noscript(void **state)
{
	struct probe p;
	struct redis_script script;
	const char *const keys[] = { "k:log" }, *const args[] = { "x", "a\0b" };
	const size_t lens[] = { 1, 3 };

	(void)state;
	assert_int_equal(redis_script_init(&script,
	    "redis.call('RPUSH', KEYS[1], ARGV[1]) return #ARGV[2] + redis.call('LLEN', KEYS[1])"), 0);
	probe_start(&p);
	PROBE_ASK(&p, "SCRIPT", "FLUSH");
	/* All of them unknown at first, each run once, in order. */
	for (int i = 1; i <= 20; i++)
		assert_int_equal(redis_eval(p.redis, &script, probe_on_reply, &p,
		    keys, 1, args, lens, 2), 0);
	probe_until(&p, &p.replies, 21);
	assert_int_equal(p.kind, REDIS_KIND_INTEGER);
	assert_int_equal(p.number, 3 + 20);
	assert_int_equal(redis_room(p.redis), REDIS_IN_FLIGHT);
	PROBE_ASK(&p, "SCRIPT", "EXISTS", script.sha1);
	assert_int_equal(redis_eval(p.redis, &script, probe_on_reply, &p,
	    keys, 1, args, NULL, 2), 0);
	probe_until(&p, &p.replies, p.replies + 1);
	assert_int_equal(p.number, 1 + 21);
	PROBE_ASK(&p, "FLUSHALL");
	assert_int_equal(p.losts, 0);
	probe_close(&p);
}

static void
test_auth_and_select(void **state)
{
	struct probe p;

	(void)state;
	probe_start(&p);
	PROBE_ASK(&p, "ACL", "SETUSER", "keeper", "on", ">open&sesame", "~k:*", "+@all");
	assert_string_equal(p.text, "OK");
	probe_close(&p);
	probe_init(&p);
	probe_unix(&p, server.socket);
	p.options.username = "keeper";
	p.options.password = "open&sesame";
	p.options.url.db = 3;
	probe_open(&p);
	probe_until(&p, &p.ready, 1);
	PROBE_ASK(&p, "ACL", "WHOAMI");
	assert_string_equal(p.text, "keeper");
	PROBE_ASK(&p, "SET", "k:x", "1");
	PROBE_ASK(&p, "SET", "other", "1");
	assert_int_equal(p.error, REDIS_E_NOPERM);
	PROBE_ASK(&p, "SELECT", "0");
	PROBE_ASK(&p, "EXISTS", "k:x");
	assert_int_equal(p.number, 0);
	PROBE_ASK(&p, "SELECT", "3");
	PROBE_ASK(&p, "DEL", "k:x");
	assert_int_equal(p.number, 1);
	probe_close(&p);
}

static void
test_auth_refused(void **state)
{
	struct probe p;

	(void)state;
	probe_init(&p);
	probe_unix(&p, server.socket);
	p.options.username = "keeper";
	p.options.password = "guess-guess";
	probe_open(&p);
	probe_until(&p, &p.failed, 2);
	assert_non_null(strstr(p.reason, "WRONGPASS"));
	assert_null(strstr(p.reason, "guess"));
	assert_int_equal(p.ready, 0);
	assert_int_equal(p.lost, 0);
	probe_close(&p);
}

static void
test_select_refused(void **state)
{
	struct probe p;

	(void)state;
	probe_init(&p);
	probe_unix(&p, server.socket);
	p.options.url.db = 4711;
	probe_open(&p);
	probe_until(&p, &p.failed, 1);
	assert_string_equal(p.reason, "SELECT refused: ERR DB index is out of range");
	probe_close(&p);
}

/* Silence beyond the deadline: all outstanding are LOST, then READY again (R3). */
static void
test_deadline(void **state)
{
	struct probe p;
	const char *const sleep[] = { "DEBUG", "SLEEP", "0.6" };
	const char *const ping[] = { "PING" };

	(void)state;
	probe_init(&p);
	probe_unix(&p, server.socket);
	p.options.command_timeout_ms = 200;
	probe_open(&p);
	probe_until(&p, &p.ready, 1);
	assert_int_equal(redis_command(p.redis, probe_on_reply, &p, 3, sleep, NULL), 0);
	assert_int_equal(redis_command(p.redis, probe_on_reply, &p, 1, ping, NULL), 0);
	probe_until(&p, &p.lost, 1);
	assert_int_equal(p.replies, 2);
	assert_int_equal(p.losts, 2);
	assert_string_equal(p.reason, "no reply before the deadline");
	assert_int_equal(redis_command(p.redis, probe_on_reply, &p, 1, ping, NULL), -1);
	probe_until(&p, &p.ready, 2);
	PROBE_ASK(&p, "PING");
	assert_string_equal(p.text, "PONG");
	probe_close(&p);
}

/* A deadline of one's own, and a command behind that waits with it. */
static void
test_own_deadline(void **state)
{
	struct probe p;
	const char *const block[] = { "BLPOP", "k:none", "0.5" };
	const char *const ping[] = { "PING" };

	(void)state;
	probe_init(&p);
	probe_unix(&p, server.socket);
	p.options.command_timeout_ms = 100;
	probe_open(&p);
	probe_until(&p, &p.ready, 1);
	assert_int_equal(redis_command_within(p.redis, 5000, probe_on_reply, &p,
	    3, block, NULL), 0);
	assert_int_equal(redis_command(p.redis, probe_on_reply, &p, 1, ping, NULL), 0);
	probe_until(&p, &p.replies, 2);
	assert_int_equal(p.losts, 0);
	assert_string_equal(p.text, "PONG");
	probe_close(&p);
}

static void
test_kill_and_restart(void **state)
{
	struct probe p;
	const char *const block[] = { "BLPOP", "k:none", "0" };

	(void)state;
	probe_start(&p);
	assert_int_equal(redis_command(p.redis, probe_on_reply, &p, 3, block, NULL), 0);
	redis_server_kill(&server);
	probe_until(&p, &p.lost, 1);
	assert_int_equal(p.losts, 1);
	assert_string_equal(redis_last_reason(p.redis), p.reason);
	probe_until(&p, &p.failed, 2);
	assert_non_null(strstr(p.reason, "cannot connect"));
	redis_server_start(&server);
	probe_until(&p, &p.ready, 2);
	PROBE_ASK(&p, "PING");
	assert_string_equal(p.text, "PONG");
	probe_close(&p);
}

static void
test_reset(void **state)
{
	struct probe p;
	const char *const ping[] = { "PING" };

	(void)state;
	probe_start(&p);
	assert_int_equal(redis_command(p.redis, probe_on_reply, &p, 1, ping, NULL), 0);
	redis_reset(p.redis, "reply of another command");
	assert_int_equal(redis_room(p.redis), 0);
	assert_int_equal(p.replies, 0);
	probe_until(&p, &p.lost, 1);
	assert_string_equal(p.reason, "reply of another command");
	assert_int_equal(p.losts, p.replies);
	probe_until(&p, &p.ready, 2);
	probe_close(&p);
}

static void
free_on_reply(void *arg, const struct redis_reply *reply)
{
	struct probe *p = arg;

	p->redis = redis_free(p->redis);
	/* The reply outlives the connection until here. */
	assert_true(redis_reply_is(reply, "PONG") ||
	    redis_reply_kind(reply) == REDIS_KIND_LOST);
	probe_on_reply(p, reply);
}

static void
test_free_in_callback(void **state)
{
	struct probe p;
	const char *const ping[] = { "PING" };

	(void)state;
	probe_start(&p);
	for (int i = 0; i < 3; i++)
		assert_int_equal(redis_command(p.redis, free_on_reply, &p, 1, ping, NULL), 0);
	probe_until(&p, &p.replies, 3);
	assert_null(p.redis);
	assert_int_equal(p.losts, 2);
	assert_int_equal(p.lost, 0);
	probe_close(&p);
}

static void
test_free_outstanding(void **state)
{
	struct probe p;
	const char *const ping[] = { "PING" };

	(void)state;
	probe_start(&p);
	assert_int_equal(redis_command(p.redis, probe_on_reply, &p, 1, ping, NULL), 0);
	p.redis = redis_free(p.redis);
	assert_int_equal(p.losts, 1);
	assert_int_equal(p.lost, 0);
	probe_close(&p);
}

/* Commands are refused, not piled up, when bytes wait to be sent. */
static void
test_queued_bytes(void **state)
{
	struct probe p;
	char *big = malloc(REDIS_COMMAND_MAX);
	const char *const argv[] = { "STRLEN", big }, *const echo[] = { "PING" };
	const size_t lens[] = { 6, REDIS_COMMAND_MAX - 1024 };
	int sent = 0;

	(void)state;
	assert_non_null(big);
	memset(big, 'x', REDIS_COMMAND_MAX);
	probe_init(&p);
	probe_unix(&p, server.socket);
	p.options.command_timeout_ms = 20000;
	probe_open(&p);
	probe_until(&p, &p.ready, 1);
	while (redis_command(p.redis, probe_on_reply, &p, 2, argv, lens) == 0)
		sent++;
	assert_true(sent >= 2 && sent <= 4);
	assert_int_equal(redis_room(p.redis), 0);
	probe_until(&p, &p.drained, 1);
	assert_int_equal(redis_command(p.redis, probe_on_reply, &p, 1, echo, NULL), 0);
	probe_until(&p, &p.replies, sent + 1);
	assert_int_equal(p.losts, 0);
	free(big);
	probe_close(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ping),
		cmocka_unit_test(test_pipeline_order),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_error_classes),
		cmocka_unit_test(test_readonly),
		cmocka_unit_test(test_script_init),
		cmocka_unit_test(test_noscript),
		cmocka_unit_test(test_auth_and_select),
		cmocka_unit_test(test_auth_refused),
		cmocka_unit_test(test_select_refused),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_own_deadline),
		cmocka_unit_test(test_kill_and_restart),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_free_in_callback),
		cmocka_unit_test(test_free_outstanding),
		cmocka_unit_test(test_queued_bytes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
