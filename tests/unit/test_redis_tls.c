/* SPDX-License-Identifier: ISC */
/*
 * test_redis_tls.c -- rediss:// against a redis-server with certificates made
 * for the occasion: right ones are taken, all others refused.
 */
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

#define FILE_MAX	128

static struct redis_server server;
static uint16_t port, plain_port;

static const char *
file_name(const char *name)
{
	static char names[4][FILE_MAX];
	static size_t next;
	char *out = names[next++ % 4];

	(void)snprintf(out, FILE_MAX, "%s/%s", server.dir, name);
	return out;
}

/* A CA and a certificate of it that names only "redis.test" and 127.0.0.1. */
static void
make_certificates(void)
{
	static const char script[] =
	    "cd %s && exec 2>/dev/null && "
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
	    "-keyout ca.key -out ca.pem -days 2 -subj /CN=ca && "
	    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
	    "-keyout other.key -out other.pem -days 2 -subj /CN=other && "
	    "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
	    "-keyout redis.key -out redis.csr -subj /CN=redis && "
	    "printf 'subjectAltName=DNS:redis.test,IP:127.0.0.1' >san && "
	    "openssl x509 -req -in redis.csr -CA ca.pem -CAkey ca.key "
	    "-CAcreateserial -days 2 -extfile san -out redis.pem";
	char command[2048];

	(void)snprintf(command, sizeof(command), script, server.dir);
	assert_int_equal(system(command), 0);
}

static int
setup(void **state)
{
	char text[8];

	(void)state;
	redis_server_init(&server);
	make_certificates();
	port = redis_server_free_port();
	(void)snprintf(text, sizeof(text), "%u", port);
	redis_server_option(&server, "--tls-port", text);
	plain_port = redis_server_free_port();
	(void)snprintf(text, sizeof(text), "%u", plain_port);
	redis_server_option(&server, "--port", text);
	redis_server_option(&server, "--bind", "127.0.0.1");
	redis_server_option(&server, "--tls-cert-file", file_name("redis.pem"));
	redis_server_option(&server, "--tls-key-file", file_name("redis.key"));
	redis_server_option(&server, "--tls-ca-cert-file", file_name("ca.pem"));
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
tls_probe(struct probe *p, const char *host)
{
	probe_init(p);
	probe_tcp(p, host, port, true);
	p->options.ca_file = file_name("ca.pem");
	p->options.cert_file = file_name("redis.pem");
	p->options.key_file = file_name("redis.key");
}

static void
test_verified(void **state)
{
	struct probe p;

	(void)state;
	tls_probe(&p, "127.0.0.1");
	probe_open(&p);
	probe_until(&p, &p.ready, 1);
	PROBE_ASK(&p, "PING");
	assert_string_equal(p.text, "PONG");
	probe_close(&p);
}

/* Large answers and many commands pass through TLS records whole. */
static void
test_large(void **state)
{
	struct probe p;
	const char *const argv[] = { "EVAL", "return string.rep('x', 1000000)", "0" };

	(void)state;
	tls_probe(&p, "127.0.0.1");
	p.options.command_timeout_ms = 20000;
	probe_open(&p);
	probe_until(&p, &p.ready, 1);
	for (int i = 0; i < 10; i++)
		assert_int_equal(redis_command(p.redis, probe_on_reply, &p, 3, argv, NULL), 0);
	probe_until(&p, &p.replies, 10);
	assert_int_equal(p.kind, REDIS_KIND_STRING);
	assert_int_equal(p.losts, 0);
	probe_close(&p);
}

/* "localhost" leads to the same server, but its certificate does not say so. */
static void
test_wrong_name(void **state)
{
	struct probe p;

	(void)state;
	tls_probe(&p, "localhost");
	probe_open(&p);
	probe_until(&p, &p.failed, 1);
	assert_non_null(strstr(p.reason, "certificate is refused"));
	assert_non_null(strstr(p.reason, "hostname mismatch"));
	assert_int_equal(p.ready, 0);
	probe_close(&p);
}

static void
test_wrong_ca(void **state)
{
	struct probe p;

	(void)state;
	tls_probe(&p, "127.0.0.1");
	p.options.ca_file = file_name("other.pem");
	probe_open(&p);
	probe_until(&p, &p.failed, 1);
	assert_non_null(strstr(p.reason, "certificate is refused"));
	probe_close(&p);
}

static void
test_no_client_certificate(void **state)
{
	struct probe p;

	(void)state;
	tls_probe(&p, "127.0.0.1");
	p.options.cert_file = p.options.key_file = NULL;
	probe_open(&p);
	probe_until(&p, &p.failed, 2);
	assert_int_equal(p.ready, 0);
	probe_close(&p);
}

/* A TLS server that is spoken to in plain text must not look READY. */
static void
test_plain_to_tls(void **state)
{
	struct probe p;

	(void)state;
	probe_init(&p);
	probe_tcp(&p, "127.0.0.1", port, false);
	probe_open(&p);
	probe_until(&p, &p.failed, 1);
	assert_int_equal(p.ready, 0);
	probe_close(&p);
}

/* Redis waits for the end of a line that a handshake does not have. */
static void
test_tls_to_plain(void **state)
{
	struct probe p;

	(void)state;
	tls_probe(&p, "127.0.0.1");
	p.options.url.port = plain_port;
	probe_open(&p);
	probe_until(&p, &p.failed, 1);
	assert_int_equal(p.ready, 0);
	assert_non_null(strstr(p.reason, "TLS"));
	probe_close(&p);
}

static void
test_restart(void **state)
{
	struct probe p;

	(void)state;
	tls_probe(&p, "127.0.0.1");
	probe_open(&p);
	probe_until(&p, &p.ready, 1);
	redis_server_kill(&server);
	probe_until(&p, &p.lost, 1);
	redis_server_start(&server);
	probe_until(&p, &p.ready, 2);
	probe_close(&p);
}

static void
test_files_refused(void **state)
{
	struct loop *loop = loop_new();
	const struct redis_events events = { .on_ready = NULL };
	struct probe p;
	struct err err;

	(void)state;
	tls_probe(&p, "127.0.0.1");
	p.options.key_file = file_name("other.key");
	assert_null(redis_new(loop, &p.options, &events, NULL, &err));
	assert_non_null(strstr(err.text, "other.key"));
	p.options.key_file = NULL;
	assert_null(redis_new(loop, &p.options, &events, NULL, &err));
	assert_non_null(strstr(err.text, "key_file"));
	p.options.key_file = file_name("none.key");
	assert_null(redis_new(loop, &p.options, &events, NULL, &err));
	assert_non_null(strstr(err.text, "No such file"));
	probe_close(&p);
	loop = loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verified),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_wrong_name),
		cmocka_unit_test(test_wrong_ca),
		cmocka_unit_test(test_no_client_certificate),
		cmocka_unit_test(test_plain_to_tls),
		cmocka_unit_test(test_tls_to_plain),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_files_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
