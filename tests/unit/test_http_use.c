/* SPDX-License-Identifier: ISC */
/*
 * test_http_use.c -- what the HTTP client sends and refuses, and that pausing,
 * stopping and cancelling work at every point.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "lib/http_probe.h"

static void
test_whole(void **state)
{
	struct http_probe p;
	char url[256] = "";
	struct http_request r = http_probe_request(url);

	(void)state;
	http_probe_url(url, sizeof(url), "https", "/ok");
	http_probe_init(&p);
	http_probe_run(&p, &r);
	assert_int_equal(p.body.len, HTTP_ROWS_LEN);
	assert_memory_equal(p.body.data, "000000,Example Firm 0,2027-03-01\r\n", 34);
	assert_string_equal(p.head.content_type, "text/csv");
	assert_string_equal(p.head.etag, "\"v1\"");
	assert_string_equal(p.head.last_modified, "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_int_equal(p.head.content_length, HTTP_ROWS_LEN);

	/* Encoded bytes come as they are, and only if asked for. */
	http_probe_url(url, sizeof(url), "https", "/ok-gzip");
	http_probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_OK);
	assert_int_equal(p.head.encoding, HTTP_ENCODING_GZIP);
	assert_int_equal((unsigned char)p.body.data[0], 0x1f);
	r.accept_gzip = false;
	http_probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_INVALID);
	http_probe_fini(&p);
}

static void
test_not_modified(void **state)
{
	static const struct http_field fields[] = { { "If-None-Match", "\"v1\"" } };
	struct http_probe p;
	char url[256] = "";
	struct http_request r = http_probe_request(url);

	(void)state;
	http_probe_url(url, sizeof(url), "https", "/h27-304");
	r.fields = fields;
	r.field_count = 1;
	http_probe_init(&p);
	http_probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_OK);
	assert_int_equal(p.code, 304);
	assert_int_equal(p.body.len, 0);
	http_probe_fini(&p);
}

/* What is sent, and what is left out after a redirect. */
static void
test_sent(void **state)
{
	static const struct http_field fields[] = { { "X-Asked", "yes" } };
	static const char *const hosts[] = { "localhost" };
	struct http_probe p;
	char url[256] = "";
	struct http_request r = http_probe_request(url);

	(void)state;
	http_probe_init(&p);
	r.fields = fields;
	r.field_count = 1;
	r.secret_name = "X-Api-Key";
	r.secret_value = "canary";

	http_probe_url(url, sizeof(url), "https", "/echo?api_key=canary2");
	http_probe_run(&p, &r);
	assert_non_null(strstr(buf_str(&p.body), "GET /echo?api_key=canary2 HTTP/1.1\r\n"));
	assert_non_null(strstr(buf_str(&p.body), "\r\nAccept-Encoding: gzip\r\n"));
	assert_non_null(strstr(buf_str(&p.body), "\r\nUser-Agent: certsyncd-test\r\n"));
	assert_non_null(strstr(buf_str(&p.body), "\r\nX-Api-Key: canary\r\n"));
	assert_non_null(strstr(buf_str(&p.body), "\r\nX-Asked: yes\r\n"));

	/* Same origin: fields stay, the secret goes. */
	http_probe_url(url, sizeof(url), "https", "/h6-same?api_key=canary2");
	http_probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_OK);
	assert_null(strstr(buf_str(&p.body), "canary"));
	assert_non_null(strstr(buf_str(&p.body), "\r\nX-Asked: yes\r\n"));

	/* A listed host is another origin: neither. */
	http_probe_url(url, sizeof(url), "https", "/h6-host");
	r.redirect_hosts = hosts;
	r.redirect_host_count = 1;
	http_probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_OK);
	assert_non_null(strstr(buf_str(&p.body), "\r\nHost: localhost:"));
	assert_null(strstr(buf_str(&p.body), "canary"));
	assert_null(strstr(buf_str(&p.body), "X-Asked"));
	http_probe_fini(&p);
}

static void
test_post(void **state)
{
	static const struct http_field fields[] = { { "Content-Type", "application/json" } };
	static const char *const hosts[] = { "localhost" };
	struct http_probe p;
	char url[256] = "";
	struct http_request r = http_probe_request(url);

	(void)state;
	http_probe_init(&p);
	r.method = "POST";
	r.body = "{\"a\":1}";
	r.body_len = 7;
	r.fields = fields;
	r.field_count = 1;
	r.redirect_hosts = hosts;
	r.redirect_host_count = 1;

	http_probe_url(url, sizeof(url), "https", "/h6-same");
	http_probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_OK);
	assert_non_null(strstr(buf_str(&p.body), "POST /echo"));
	assert_non_null(strstr(buf_str(&p.body), "\r\n\r\n{\"a\":1}"));
	assert_non_null(strstr(buf_str(&p.body), "\r\nContent-Type: application/json\r\n"));
	assert_null(strstr(buf_str(&p.body), "Expect"));

	http_probe_url(url, sizeof(url), "https", "/h6-see");
	http_probe_run(&p, &r);
	assert_non_null(strstr(buf_str(&p.body), "GET /echo"));
	assert_null(strstr(buf_str(&p.body), "{\"a\":1}"));

	http_probe_url(url, sizeof(url), "https", "/h6-post");
	http_probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_REFUSED);
	http_probe_fini(&p);
}

static void
test_pauses(void **state)
{
	static const char *const paths[] = { "/big", "/ok-chunked", "/ok-pieces", "/h28" };
	struct http_probe p;
	char url[256] = "";
	struct http_request r = http_probe_request(url);

	(void)state;
	r.max_encoded_bytes = 8 << 20;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		http_probe_url(url, sizeof(url), "https", paths[i]);
		http_probe_init(&p);
		p.at_head = p.at_piece = HTTP_GO_PAUSE;
		http_probe_run(&p, &r);
		assert_int_equal(p.outcome, HTTP_OK);
		assert_int_equal(p.body.len, i == 0 ? HTTP_ROWS_LEN * 300 : i == 3 ? 0 : HTTP_ROWS_LEN);
		assert_int_equal(p.resumed, 1 + p.pieces);
		http_probe_fini(&p);
	}
}

static void
test_stops(void **state)
{
	struct http_probe p;
	char url[256] = "";
	struct http_request r = http_probe_request(url);

	(void)state;
	http_probe_url(url, sizeof(url), "https", "/h1");
	http_probe_init(&p);
	p.at_head = HTTP_GO_STOP;
	http_probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_STOPPED);
	assert_int_equal(p.code, 429);
	assert_int_equal(p.retry_after_s, 3600);
	http_probe_fini(&p);

	http_probe_url(url, sizeof(url), "https", "/h19");
	http_probe_init(&p);
	p.at_piece = HTTP_GO_STOP;
	http_probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_STOPPED);
	assert_int_equal(p.pieces, 1);
	http_probe_fini(&p);
}

/* No word after a cancel, wherever it comes from. */
static void
test_cancels(void **state)
{
	struct http_probe p;
	char url[256] = "";
	struct http_request r = http_probe_request(url);

	(void)state;
	http_probe_url(url, sizeof(url), "https", "/big");
	r.max_encoded_bytes = 8 << 20;
	http_probe_init(&p);
	p.cancel_at_head = true;
	http_probe_run(&p, &r);
	assert_int_equal(p.heads, 1);
	assert_int_equal(p.pieces + p.dones, 0);
	/* The client is none the worse. */
	p.cancel_at_head = false;
	http_probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_OK);
	http_probe_fini(&p);

	http_probe_init(&p);
	p.cancel_at_piece = true;	/* frees the whole client */
	http_probe_run(&p, &r);
	assert_int_equal(p.pieces, 1);
	assert_int_equal(p.dones, 0);
	http_probe_fini(&p);
}

/* One that was never launched, and a client freed under several. */
static void
test_free_early(void **state)
{
	struct http_probe p;
	char url[256] = "";
	struct http_request r = http_probe_request(url);
	struct err err = { .text = "" };

	(void)state;
	http_probe_url(url, sizeof(url), "https", "/h21-silence");
	http_probe_init(&p);
	for (int i = 0; i < HTTP_FETCHES_MAX; i++)
		assert_non_null(http_start(p.client, &r, &http_probe_events, &p, &err));
	assert_null(http_start(p.client, &r, &http_probe_events, &p, &err));
	http_probe_fini(&p);
	assert_int_equal(p.dones, 0);
}

/* Refused before anything is sent. */
static void
test_requests_refused(void **state)
{
	static const struct {
		const char	*url, *method, *name, *value;
		bool		 loopback;
	} cases[] = {
		{ "http://example.com/", NULL, NULL, NULL, true },
		{ "http://127.0.0.1/", NULL, NULL, NULL, false },
		{ "https://127.0.0.1/", NULL, NULL, NULL, false },
		{ "https://127.1/", NULL, NULL, NULL, false },
		{ "https://2130706433/", NULL, NULL, NULL, false },
		{ "https://0x7f000001/", NULL, NULL, NULL, false },
		{ "https://[::1]/", NULL, NULL, NULL, false },
		{ "https://[::ffff:127.0.0.1]/", NULL, NULL, NULL, false },
		{ "https://10.0.0.1/", NULL, NULL, NULL, true },
		{ "https://169.254.169.254/", NULL, NULL, NULL, true },
		{ "https://0.0.0.0/", NULL, NULL, NULL, true },
		{ "file:///etc/passwd", NULL, NULL, NULL, true },
		{ "ftp://127.0.0.1/", NULL, NULL, NULL, true },
		{ "127.0.0.1/", NULL, NULL, NULL, true },
		{ "https://u:p@127.0.0.1/", NULL, NULL, NULL, true },
		{ "https://127.0.0.1/a b", NULL, NULL, NULL, true },
		{ "https://127.0.0.1/a\r\nb", NULL, NULL, NULL, true },
		{ "", NULL, NULL, NULL, true },
		{ "https://127.0.0.1/", "PUT", NULL, NULL, true },
		{ "https://127.0.0.1/", NULL, "Host", "a", true },
		{ "https://127.0.0.1/", NULL, "transfer-encoding", "chunked", true },
		{ "https://127.0.0.1/", NULL, "Proxy-Authorization", "a", true },
		{ "https://127.0.0.1/", NULL, "X: y\r\nZ", "a", true },
		{ "https://127.0.0.1/", NULL, "X", "a\r\nHost: b", true },
		{ "https://127.0.0.1/", NULL, "X", "", true },
		{ "https://127.0.0.1/", NULL, "", "a", true },
	};
	struct http_probe p;
	struct err err;

	(void)state;
	http_probe_init(&p);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_field field = { cases[i].name, cases[i].value };
		struct http_request r = http_probe_request(cases[i].url);

		r.method = cases[i].method;
		r.fields = &field;
		r.field_count = cases[i].name != NULL;
		r.allow_loopback = cases[i].loopback;
		err.text[0] = '\0';
		if (http_start(p.client, &r, &http_probe_events, &p, &err) != NULL)
			fail_msg("%s was taken", cases[i].url);
		assert_string_not_equal(err.text, "");
	}
	http_probe_fini(&p);
}

/* A name can lead to loopback: the socket's address decides (H7). */
static void
test_address_refused(void **state)
{
	struct http_probe p;
	char url[256] = "";
	struct http_request r = http_probe_request(url);

	(void)state;
	(void)snprintf(url, sizeof(url), "https://localhost:%d/ok",
	    child_number(&http_server, "https"));
	r.allow_loopback = false;
	r.allow_private = true;
	http_probe_init(&p);
	http_probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_REFUSED);
	http_probe_fini(&p);
}

/* A second request on a kept connection, started from done(). */
static void
test_again_on_done(void **state)
{
	struct http_probe p;
	char url[256] = "";
	struct http_request r = http_probe_request(url);

	(void)state;
	http_probe_url(url, sizeof(url), "https", "/keep");
	http_probe_init(&p);
	for (int i = 0; i < 5; i++) {
		http_probe_run(&p, &r);
		assert_int_equal(p.outcome, HTTP_OK);
		assert_int_equal(p.body.len, HTTP_ROWS_LEN);
	}
	http_probe_fini(&p);
}

/* Where links of an answer lead, NULL: elsewhere than to url's host. */
static const struct { const char *url, *link, *leads; } links[] = {
	{ "https://h/a/b?c=1", "/d?e=2", "https://h/d?e=2" },
	{ "https://h/a/b?c=1", "?e=2", "https://h/a/b?e=2" },
	{ "https://h", "?e=2", "https://h?e=2" },
	{ "https://h:8443/a", "/d", "https://h:8443/d" },
	{ "https://h/a", "https://H/d?e=2", "https://h/d?e=2" },
	{ "https://h/a", "https://h:443/d", "https://h/d" },
	{ "https://h/a", "http://h/d", "https://h/d" },
	{ "http://127.0.0.1:80/a", "http://127.0.0.1/d", "http://127.0.0.1:80/d" },
	{ "https://h/a", "https://h", "https://h" },
	{ "https://h/a", "https://h.example/d", NULL },
	{ "https://h/a", "https://h:444/d", NULL },
	{ "https://h:8443/a", "http://h/d", NULL },
	{ "http://127.0.0.1/a", "https://127.0.0.1:443/d", NULL },
	{ "https://h/a", "https://h@evil.example/d", NULL },
	{ "https://h/a", "https://evil@h/d", NULL },
	{ "https://h/a", "//evil.example/d", "https://h//evil.example/d" },
};

static void
test_links(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, HTTP_URL_MAX);
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		int rc = http_url_link(links[i].url, links[i].link, &b, NULL);

		assert_int_equal(rc, links[i].leads != NULL ? 0 : -1);
		assert_string_equal(buf_str(&b), rc == 0 ? links[i].leads : "");
		assert_int_equal(http_url_link(links[i].url, links[i].link, NULL, NULL), rc);
		buf_clear(&b);
	}
	http_url_extend("https://h/", "/a", &b);
	http_url_extend(" https://h/a", "?b=1", &b);
	http_url_extend(" https://h/a?b=1", "?c=2", &b);
	assert_string_equal(buf_str(&b), "https://h/a https://h/a?b=1 https://h/a?b=1&c=2");
	buf_free(&b);
}

static void
test_urls(void **state)
{
	char out[64];

	(void)state;
	assert_true(http_url_is_loopback("http://127.0.0.1:80/x"));
	assert_true(http_url_is_loopback("https://[::1]/"));
	assert_true(http_url_is_loopback("https://LOCALHOST/"));
	assert_false(http_url_is_loopback("https://localhost.example/"));
	assert_false(http_url_is_loopback("https://10.0.0.1/"));
	assert_int_equal(http_url_check("https://api.sam.gov", NULL), 0);
	assert_int_equal(http_url_check("http://127.0.0.1:8080/", NULL), 0);
	assert_int_equal(http_url_check("http://api.sam.gov", NULL), -1);
	assert_int_equal(http_url_check("https://user@api.sam.gov", NULL), -1);
	assert_string_equal(http_url_show("https://h/p?api_key=x", out, sizeof(out)),
	    "https://h/p");
	assert_string_equal(http_url_show("https://u:p@h/p#x", out, sizeof(out)), "h/p");
	assert_string_equal(http_url_show("https://h/a@b?x", out, sizeof(out)), "https://h/a@b");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_not_modified),
		cmocka_unit_test(test_sent),
		cmocka_unit_test(test_post),
		cmocka_unit_test(test_pauses),
		cmocka_unit_test(test_stops),
		cmocka_unit_test(test_cancels),
		cmocka_unit_test(test_free_early),
		cmocka_unit_test(test_requests_refused),
		cmocka_unit_test(test_address_refused),
		cmocka_unit_test(test_again_on_done),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, http_server_start, http_server_stop);
}
