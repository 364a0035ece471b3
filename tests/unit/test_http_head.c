/* SPDX-License-Identifier: ISC */
/* test_http_head.c -- heads of answers and Retry-After, without a network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "io/http_head.h"

#define NOW	784111777	/* Sun, 06 Nov 1994 08:49:37 GMT */

static void
test_retry_after(void **state)
{
	static const struct { const char *value; int64_t want_s; } cases[] = {
		{ "3600", 3600 },
		{ "1", 60 },
		{ "0", 0 },
		{ "000120", 120 },
		{ "86401", 86400 },
		{ "100000000000000000000", 86400 },
		{ "-5", 0 },
		{ "+5", 0 },
		{ "1.5", 0 },
		{ "soon", 0 },
		{ "", 0 },
		{ "Sun, 06 Nov 1994 08:54:37 GMT", 300 },
		{ "Sunday, 06-Nov-94 08:54:37 GMT", 300 },
		{ "Sun Nov  6 08:54:37 1994", 300 },
		{ "Sun, 06 Nov 1994 08:49:38 GMT", 60 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 0 },
		{ "Fri, 01 Jan 1971 00:00:00 GMT", 0 },
		{ "Fri, 01 Jan 2100 00:00:00 GMT", 86400 },
		{ "Fri, 01 Jan 2100 00:00:00 CET", 0 },
		{ "Fri, 01 Jan 2100 25:00:00 GMT", 0 },
		{ "Fri, 01 Foo 2100 00:00:00 GMT", 0 },
		{ "Fri, 01 Jan 2100 00:00:00 GMT ", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (http_retry_after_s(cases[i].value, NOW) != cases[i].want_s)
			fail_msg("'%s' gave %lld", cases[i].value,
			    (long long)http_retry_after_s(cases[i].value, NOW));
}

/* Feeds a whole head, line by line. */
static int
feed(struct http_headers *h, const char *text, struct err *err)
{
	int rc = 0;

	for (const char *end; rc == 0 && *text != '\0'; text = end) {
		end = strchr(text, '\n') + 1;
		rc = http_headers_line(h, text, (size_t)(end - text), NOW, err);
	}
	return rc;
}

static void
test_head(void **state)
{
	struct http_headers h = { 0 };
	struct err err = { .text = "" };

	(void)state;
	assert_int_equal(feed(&h, "HTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\n\r\n"
	    "HTTP/1.1 503 Try later\r\ncontent-type:  Application/JSON ; q=1;Charset=\"ISO-8859-1\" \r\n"
	    "Date: Sun, 06 Nov 1994 08:00:00 GMT\r\n"
	    "retry-after: Sun, 06 Nov 1994 08:10:00 GMT\r\n"
	    "Transfer-Encoding: Chunked\r\nETag: W/\"a b\"\r\n\r\n", &err), 1);
	assert_true(h.complete);
	assert_int_equal(h.head.code, 503);
	assert_string_equal(h.head.content_type, "application/json");
	assert_string_equal(h.head.charset, "iso-8859-1");
	assert_string_equal(h.head.etag, "W/\"a b\"");
	assert_int_equal(h.head.framing, HTTP_FRAMING_CHUNKED);
	assert_int_equal(h.head.content_length, -1);
	/* Against the server's own clock, not ours. */
	assert_int_equal(h.head.retry_after_s, 600);
	/* Trailers change nothing. */
	assert_int_equal(feed(&h, "Content-Length: 5\r\nETag: other\r\n", &err), 0);
	assert_int_equal(h.head.content_length, -1);
	assert_false(http_headers_redirect(&h));
}

static void
test_refused(void **state)
{
	static const char *const heads[] = {
		"HTTP/1.1 99 x\r\n\r\n", "HTTP/1.1 600 x\r\n\r\n", "HTTP/1.1\r\n\r\n",
		"HTTP/2 200 OK\r\n\r\n", "X: y\r\n\r\n", "\r\n",
		"HTTP/1.1 101 Switching\r\n\r\n",
		"HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
		"HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
		"HTTP/1.1 200 OK\r\n: y\r\n\r\n",
		"HTTP/1.1 200 OK\r\nX: \001\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Encoding: zstd\r\n\r\n",
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct http_headers h = { 0 };

		err.text[0] = '\0';
		if (feed(&h, heads[i], &err) != -1 || err.text[0] == '\0')
			fail_msg("taken: %s", heads[i]);
	}
}

static void
test_limits(void **state)
{
	struct http_headers h = { 0 };
	struct err err = { .text = "" };
	int i = 1;

	(void)state;
	assert_int_equal(feed(&h, "HTTP/1.1 200 OK\r\n", &err), 0);
	while (feed(&h, "X: y\r\n", &err) == 0)
		i++;
	assert_int_equal(i, HTTP_HEADERS_MAX);
	assert_true(h.too_large);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
