/* SPDX-License-Identifier: ISC */
/* test_redis_codec.c -- addresses, framing, replies and commands, without I/O. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/redis_codec.h"
#include "io/redis_frame.h"

static const struct {
	const char	*url, *host, *path;
	uint16_t	 port;
	int		 db;
	bool		 tls, bad;
} urls[] = {
	{ "redis://127.0.0.1:6380/3", "127.0.0.1", "", 6380, 3, false, false },
	{ "redis://localhost", "localhost", "", 6379, 0, false, false },
	{ "redis://a-b.example/", "a-b.example", "", 6379, 0, false, false },
	{ "redis://[::1]:7/15", "::1", "", 7, 15, false, false },
	{ "rediss://redis.example:6390", "redis.example", "", 6390, 0, true, false },
	{ "unix:///run/redis/redis.sock", "", "/run/redis/redis.sock", 0, 0, false, false },
	{ "unix:///run/r.sock?db=4", "", "/run/r.sock", 0, 4, false, false },
	{ .url = "", .bad = true },
	{ .url = "embedded", .bad = true },
	{ .url = "http://localhost", .bad = true },
	{ .url = "redis://", .bad = true },
	{ .url = "redis://:6379", .bad = true },
	{ .url = "redis://h:0", .bad = true },
	{ .url = "redis://h:65536", .bad = true },
	{ .url = "redis://h:12345678901", .bad = true },
	{ .url = "redis://h:", .bad = true },
	{ .url = "redis://h/x", .bad = true },
	{ .url = "redis://h/-1", .bad = true },
	{ .url = "redis://h/65536", .bad = true },
	{ .url = "redis://h?db=1", .bad = true },
	{ .url = "redis://h/1?x", .bad = true },
	{ .url = "redis://h x", .bad = true },
	{ .url = "redis://[::1", .bad = true },
	{ .url = "redis://[zz]:1", .bad = true },
	{ .url = "redis://user:hush@h", .bad = true },
	{ .url = "rediss://:hush@h/0", .bad = true },
	{ .url = "unix://", .bad = true },
	{ .url = "unix:///", .bad = true },
	{ .url = "unix://run/x", .bad = true },
	{ .url = "unix:///a%20b", .bad = true },
	{ .url = "unix:///a?x=1", .bad = true },
	{ .url = "unix:///0123456789012345678901234567890123456789012345678901234"
	    "56789012345678901234567890123456789012345678901234567", .bad = true },
};

static void
test_url(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct redis_url out = { .db = 99 };
		struct err err = { .text = "" };
		int rc = redis_url_parse(urls[i].url, &out, &err);

		assert_int_equal(rc, urls[i].bad ? -1 : 0);
		if (urls[i].bad) {
			assert_true(err.text[0] != '\0');
			assert_null(strstr(err.text, "hush"));
			assert_int_equal(out.db, 99);
			continue;
		}
		assert_string_equal(out.host, urls[i].host);
		assert_string_equal(out.path, urls[i].path);
		assert_int_equal(out.port, urls[i].port);
		assert_int_equal(out.db, urls[i].db);
		assert_int_equal(out.tls, urls[i].tls);
	}
}

#define CAP	64	/* bytes of a reply, for these tables */

static const struct {
	const char	*in;
	const char	*why;	/* NULL: one whole reply */
} frames[] = {
	{ "+OK\r\n", NULL },
	{ "+\r\n", NULL },
	{ "-ERR no\r\n", NULL },
	{ ":-9223372036854775808\r\n", NULL },
	{ "$0\r\n\r\n", NULL },
	{ "$-1\r\n", NULL },
	{ "$4\r\n\r\n\r\n\r\n", NULL },
	{ "*0\r\n", NULL },
	{ "*-1\r\n", NULL },
	{ "*2\r\n*1\r\n:1\r\n$1\r\nx\r\n", NULL },
	{ "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", NULL },
	{ "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n", "deep" },
	{ "HTTP/1.1 200 OK\r\n", "RESP2" },
	{ "%1\r\n", "RESP2" },
	{ ">1\r\n", "RESP2" },
	{ "_\r\n", "RESP2" },
	{ ",1.5\r\n", "RESP2" },
	{ "*1\r\n\r\n", "RESP2" },
	{ "*2147483647\r\n", "elements" },
	{ "*9223372036854775807\r\n", "elements" },
	{ "*2\r\n*262143\r\n", "elements" },
	{ "*-2\r\n", "negative" },
	{ "$-2\r\n", "negative" },
	{ "$2147483647\r\n", "size" },
	{ "$60\r\n", "size" },
	{ ":\r\n", "number" },
	{ ":-\r\n", "number" },
	{ ":1-\r\n", "number" },
	{ ":12345678901234567890\r\n", "number" },
	{ "$ 1\r\n", "number" },
	{ "*\n", "number" },
	{ ":1\rx", "CRLF" },
	{ "+a\nb\r\n", "CRLF" },
	{ "+a\rb\r\n", "CRLF" },
	{ "$1\r\nxyz", "longer" },
	{ "$1\r\nx\ry", "longer" },
	{ "+0123456789012345678901234567890123456789012345678901234567890123456789", "size" },
	{ "*9\r\n:1\r\n:1\r\n:1\r\n:1\r\n+01234567890123456789012345678901234567890123456789", "size" },
};

/* Whole, and byte by byte: the same verdict. */
static void
test_frame(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * (sizeof(frames) / sizeof(frames[0])); i++) {
		const char *in = frames[i / 2].in, *why = NULL;
		size_t len = strlen(in), step = i % 2 == 0 ? len : 1, at = 0, used;
		struct redis_frame f;
		int rc = 0;

		redis_frame_init(&f, CAP);
		while (rc == 0 && at < len) {
			rc = redis_frame_push(&f, in + at, step, &used, &why);
			if (rc != -1)
				at += used;
		}
		if (frames[i / 2].why == NULL) {
			assert_int_equal(rc, 1);
			assert_int_equal(at, len);
			assert_int_equal(f.bytes, 0);
		} else {
			assert_int_equal(rc, -1);
			assert_non_null(strstr(why, frames[i / 2].why));
		}
	}
}

/* One reply out of a codec, in steps of the given size. */
static struct redis_reply *
codec_read(struct redis_codec *codec, const char *in, size_t step)
{
	struct redis_reply *reply = NULL;
	const char *why;
	size_t len = strlen(in), at = 0, used = 0;
	int rc = 0;

	while (rc == 0 && at < len) {
		rc = redis_codec_push(codec, in + at,
		    step < len - at ? step : len - at, &used, &reply, &why);
		at += used;
	}
	assert_int_equal(rc, 1);
	assert_int_equal(at, len);
	return reply;
}

static void
check_entry(const struct redis_reply *reply)
{
	const struct redis_reply *fields = redis_reply_at(reply, 2);
	int64_t n = 0;
	size_t len = 0;

	assert_int_equal(redis_reply_kind(reply), REDIS_KIND_ARRAY);
	assert_int_equal(redis_reply_count(reply), 4);
	assert_true(redis_reply_int(redis_reply_at(reply, 0), &n));
	assert_int_equal(n, -42);
	assert_true(redis_reply_is(redis_reply_at(reply, 1), "OK"));
	assert_false(redis_reply_is(redis_reply_at(reply, 1), "OKAY"));
	assert_memory_equal(redis_reply_str(redis_reply_field(fields, "b"), &len),
	    "x\r\ny", 4);
	assert_int_equal(len, 4);
	assert_int_equal(redis_reply_kind(redis_reply_field(fields, "c")), REDIS_KIND_NIL);
	assert_int_equal(redis_reply_kind(redis_reply_field(fields, "z")), REDIS_KIND_NIL);
	assert_int_equal(redis_reply_error(redis_reply_at(reply, 3)), REDIS_E_OOM);
	assert_false(redis_reply_is(redis_reply_at(reply, 3), "OOM full"));
	assert_int_equal(redis_reply_kind(redis_reply_at(reply, 4)), REDIS_KIND_NIL);
	assert_false(redis_reply_int(reply, &n));
	assert_null(redis_reply_str(reply, NULL));
}

static void
test_reply(void **state)
{
	const char *in = "*4\r\n:-42\r\n+OK\r\n*4\r\n$1\r\nb\r\n$4\r\nx\r\ny\r\n"
	    "$1\r\nc\r\n$-1\r\n-OOM full\r\n";
	struct redis_codec *codec = redis_codec_new(REDIS_REPLY_MAX);

	(void)state;
	assert_non_null(codec);
	for (size_t step = 1; step <= strlen(in); step++) {
		struct redis_reply *reply = codec_read(codec, in, step);

		check_entry(reply);
		redis_reply_free(reply);
		assert_true(redis_codec_is_idle(codec));
	}
	assert_int_equal(redis_reply_kind(redis_reply_lost()), REDIS_KIND_LOST);
	assert_int_equal(redis_reply_error(redis_reply_lost()), REDIS_E_NONE);
	assert_int_equal(redis_reply_count(redis_reply_lost()), 0);
	codec = redis_codec_free(codec);
}

static void
test_error_classes(void **state)
{
	struct redis_codec *codec = redis_codec_new(REDIS_REPLY_MAX);

	(void)state;
	for (int e = REDIS_E_NOSCRIPT; e < REDIS_E_OTHER; e++) {
		char in[64];
		struct redis_reply *reply;

		(void)snprintf(in, sizeof(in), "-%s some words\r\n",
		    redis_error_name((enum redis_error)e));
		reply = codec_read(codec, in, sizeof(in));
		assert_int_equal(redis_reply_error(reply), e);
		redis_reply_free(reply);
		(void)snprintf(in, sizeof(in), "-%sX some words\r\n",
		    redis_error_name((enum redis_error)e));
		reply = codec_read(codec, in, sizeof(in));
		assert_int_equal(redis_reply_error(reply), REDIS_E_OTHER);
		redis_reply_free(reply);
	}
	codec = redis_codec_free(codec);
}

/* A reader that failed or stopped half-way serves again after a reset. */
static void
test_reset(void **state)
{
	struct redis_codec *codec = redis_codec_new(REDIS_REPLY_MAX);
	struct redis_reply *reply = NULL;
	const char *why = NULL;
	size_t used;

	(void)state;
	assert_int_equal(redis_codec_push(codec, "*2\r\n:1", 6, &used, &reply, &why), 0);
	assert_false(redis_codec_is_idle(codec));
	assert_int_equal(redis_codec_push(codec, "%", 1, &used, &reply, &why), -1);
	assert_int_equal(redis_codec_reset(codec), 0);
	assert_true(redis_codec_is_idle(codec));
	reply = codec_read(codec, ":7\r\n", 1);
	redis_reply_free(reply);
	codec = redis_codec_free(codec);
}

static void
test_format(void **state)
{
	const char *const argv[] = { "SET", "k", "a\0b" };
	const size_t lens[] = { 3, 1, 3 }, huge[] = { 3, REDIS_COMMAND_MAX, 3 };
	const size_t wrap[] = { 3, SIZE_MAX, 8 };
	size_t len = 0;
	int rc = 1;
	char *command = redis_codec_format(3, argv, lens, &len, &rc);

	(void)state;
	assert_int_equal(rc, 0);
	assert_int_equal(len, 29);
	assert_memory_equal(command, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\na\0b\r\n", 29);
	free(command);
	assert_null(redis_codec_format(0, argv, lens, &len, &rc));
	assert_int_equal(rc, -2);
	assert_null(redis_codec_format(3, argv, huge, &len, &rc));
	assert_int_equal(rc, -2);
	assert_null(redis_codec_format(3, argv, wrap, &len, &rc));
	assert_int_equal(rc, -2);
	assert_null(redis_codec_format(REDIS_ARGS_MAX + 1, argv, lens, &len, &rc));
	assert_int_equal(rc, -2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_frame),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_error_classes),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
