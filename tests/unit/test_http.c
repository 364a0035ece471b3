/* SPDX-License-Identifier: ISC */
/*
 * test_http.c -- the HTTP client against a server that does everything wrong,
 * tests/lib/faults.py, row by row of the fault table (RELIABILITY.md 2.1).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/http.h"
#include "lib/child.h"

#define ROWS_LEN	7090	/* bytes; checked by test_whole */
#define MAX_BYTES	200000	/* default cap of these tests */
#define SHORT_MS	400	/* where a test waits for a timeout */

static struct child server;

/* One fetch and all that was heard of it. */
struct probe {
	struct loop	*loop;
	struct http_client *client;
	struct http_fetch *fetch;
	struct http_head head;
	struct buf	 body;
	unsigned	 heads, pieces, dones;
	enum http_outcome outcome;
	unsigned	 code;
	int64_t		 retry_after_s;
	char		 text[ERR_MAX];
	/* what to do */
	enum http_go	 at_head, at_piece;
	bool		 cancel_at_head, cancel_at_piece;
	struct timer	 later;
	unsigned	 resumed;
};

static void
on_later(void *arg)
{
	struct probe *p = arg;

	/* Nothing came while it was paused, however long that took. */
	assert_int_equal(p->dones, 0);
	if (p->cancel_at_head || p->cancel_at_piece) {
		loop_stop(p->loop);
		return;
	}
	p->resumed++;
	http_resume(p->fetch);
}

static enum http_go
on_head(void *arg, const struct http_head *head)
{
	struct probe *p = arg;

	p->heads++;
	p->head = *head;
	if (p->cancel_at_head) {
		http_cancel(p->fetch);
		timer_set_ms(&p->later, 50);
	}
	if (p->at_head == HTTP_GO_PAUSE)
		timer_set_ms(&p->later, 1);
	return p->at_head;
}

static enum http_go
on_data(void *arg, const char *bytes, size_t len)
{
	struct probe *p = arg;

	assert_int_equal(p->heads, 1);
	assert_in_range(len, 1, HTTP_PIECE_MAX);
	assert_false(timer_is_set(&p->later));
	buf_add(&p->body, bytes, len);
	p->pieces++;
	if (p->cancel_at_piece) {
		http_free(p->client);
		p->client = NULL;
		timer_set_ms(&p->later, 50);
	}
	if (p->at_piece == HTTP_GO_PAUSE)
		timer_set_ms(&p->later, 0);
	return p->at_piece;
}

static void
on_done(void *arg, const struct http_result *r)
{
	struct probe *p = arg;

	p->dones++;
	p->outcome = r->outcome;
	p->code = r->code;
	p->retry_after_s = r->retry_after_s;
	(void)snprintf(p->text, sizeof(p->text), "%s", r->text);
	loop_stop(p->loop);
}

static const struct http_events events = { .head = on_head, .data = on_data, .done = on_done };

static void
probe_init_with(struct probe *p, const struct http_options *options)
{
	struct err err = { "" };

	*p = (struct probe){ 0 };
	buf_init(&p->body, 16 << 20);
	p->loop = loop_new();
	assert_non_null(p->loop);
	p->client = http_client_new(p->loop, options, &err);
	if (p->client == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(timer_init(&p->later, p->loop, on_later, p), 0);
}

static void
probe_init(struct probe *p)
{
	char ca[256];
	struct http_options options = { .ca_file = ca, .user_agent = "certsyncd-test" };

	assert_int_equal(child_word(&server, "ca", ca, sizeof(ca)), 0);
	probe_init_with(p, &options);
}

static void
stop(void *loop)
{
	loop_stop(loop);
}

static void
probe_fini(struct probe *p)
{
	http_free(p->client);
	/* Deferred work runs in order: the client's, its second turn, then ours. */
	for (int i = 0; i < 3; i++) {
		loop_defer(p->loop, stop, p->loop);
		assert_int_equal(loop_run(p->loop), 0);
	}
	timer_fini(&p->later);
	buf_free(&p->body);
	loop_free(p->loop);
}

static void
url_make(char *url, size_t size, const char *port, const char *path)
{
	(void)snprintf(url, size, "%s://127.0.0.1:%d%s", strcmp(port, "http") == 0 ?
	    "http" : "https", child_number(&server, port), path);
}

static struct http_request
request_to(const char *url)
{
	return (struct http_request){ .url = url, .max_encoded_bytes = MAX_BYTES,
	    .allow_loopback = true, .accept_gzip = true, .connect_ms = 10000 };
}

static void
probe_run(struct probe *p, const struct http_request *r)
{
	struct err err = { "" };

	p->heads = p->pieces = p->dones = 0;
	buf_clear(&p->body);
	p->fetch = http_start(p->client, r, &events, p, &err);
	if (p->fetch == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(p->dones, 0);
	assert_int_equal(loop_run(p->loop), 0);
}

/* --- the rows --------------------------------------------------------------------- */

#define WHOLE	ROWS_LEN
#define ANY	SIZE_MAX

static const struct row {
	const char	*port, *path;
	enum http_outcome outcome;
	unsigned	 code;		/* 0: no final head */
	size_t		 len;		/* body bytes delivered, ANY: do not look */
	enum http_framing framing;
	int64_t		 retry_after_s;
} rows[] = {
	{ "http", "/ok", HTTP_OK, 200, WHOLE, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/ok", HTTP_OK, 200, WHOLE, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/ok-chunked", HTTP_OK, 200, WHOLE, HTTP_FRAMING_CHUNKED, 0 },
	{ "https", "/ok-trailer", HTTP_OK, 200, WHOLE, HTTP_FRAMING_CHUNKED, 0 },
	{ "https", "/ok-gzip", HTTP_OK, 200, ANY, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/ok-pieces", HTTP_OK, 200, WHOLE, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/h1", HTTP_OK, 429, 0, HTTP_FRAMING_LENGTH, 3600 },
	{ "http", "/h2-2100", HTTP_OK, 503, 0, HTTP_FRAMING_LENGTH, 86400 },
	{ "http", "/h2-past", HTTP_OK, 503, 0, HTTP_FRAMING_LENGTH, 0 },
	{ "http", "/h2-minus", HTTP_OK, 503, 0, HTTP_FRAMING_LENGTH, 0 },
	{ "http", "/h2-huge", HTTP_OK, 503, 0, HTTP_FRAMING_LENGTH, 86400 },
	{ "http", "/h2-junk", HTTP_OK, 503, 0, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/h3-401", HTTP_OK, 401, 0, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/h3-403", HTTP_OK, 403, 0, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/h4", HTTP_OK, 404, 12, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/h5", HTTP_REFUSED, 0, 0, 0, 0 },
	{ "https", "/h5-fine", HTTP_OK, 200, ANY, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/h5-nowhere", HTTP_OK, 302, 5, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/h6-file", HTTP_REFUSED, 0, 0, 0, 0 },
	{ "https", "/h6-gopher", HTTP_REFUSED, 0, 0, 0, 0 },
	{ "https", "/h6-http", HTTP_REFUSED, 0, 0, 0, 0 },	/* downgrade */
	{ "http", "/h6-http", HTTP_OK, 200, WHOLE, HTTP_FRAMING_LENGTH, 0 },
	{ "http", "/h6-https", HTTP_REFUSED, 0, 0, 0, 0 },	/* another port */
	{ "https", "/h6-https", HTTP_OK, 200, ANY, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/h6-host", HTTP_REFUSED, 0, 0, 0, 0 },	/* not listed */
	{ "https", "/h7", HTTP_REFUSED, 0, 0, 0, 0 },
	{ "https", "/h7-user", HTTP_REFUSED, 0, 0, 0, 0 },
	{ "https", "/h8", HTTP_INCOMPLETE, 200, WHOLE / 2, HTTP_FRAMING_LENGTH, 0 },
	/* Not to be seen from here: proofs are for this. */
	{ "https", "/h9", HTTP_OK, 200, WHOLE / 2, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/h10", HTTP_INVALID, 0, 0, 0, 0 },
	{ "https", "/h10-same", HTTP_OK, 200, WHOLE, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/h10-list", HTTP_INVALID, 0, 0, 0, 0 },
	{ "https", "/h11", HTTP_INVALID, 0, 0, 0, 0 },
	{ "https", "/h12", HTTP_INVALID, 0, 0, 0, 0 },
	{ "https", "/h12-odd", HTTP_INVALID, 0, 0, 0, 0 },
	{ "http", "/h13", HTTP_OK, 200, WHOLE / 2, HTTP_FRAMING_UNFRAMED, 0 },
	{ "https", "/h13", HTTP_OK, 200, WHOLE / 2, HTTP_FRAMING_UNFRAMED, 0 },	/* H14 */
	{ "https", "/h15-cut", HTTP_INCOMPLETE, 200, WHOLE, HTTP_FRAMING_CHUNKED, 0 },
	{ "https", "/h15-bad", HTTP_INCOMPLETE, 200, 0, HTTP_FRAMING_CHUNKED, 0 },
	{ "https", "/h15-huge", HTTP_INCOMPLETE, 200, ANY, HTTP_FRAMING_CHUNKED, 0 },
	{ "https", "/h16", HTTP_OK, 200, ANY, HTTP_FRAMING_LENGTH, 0 },	/* inflate's to see */
	{ "https", "/h17-br", HTTP_INVALID, 0, 0, 0, 0 },
	{ "https", "/h17-two", HTTP_INVALID, 0, 0, 0, 0 },
	{ "https", "/h17-twice", HTTP_INVALID, 0, 0, 0, 0 },
	{ "https", "/h19", HTTP_TOO_LARGE, 200, ANY, HTTP_FRAMING_UNFRAMED, 0 },
	{ "https", "/h20", HTTP_TOO_LARGE, 200, 0, 0, 0 },
	{ "https", "/h22", HTTP_FAILED, 0, 0, 0, 0 },
	{ "https", "/h22-many", HTTP_TOO_LARGE, 0, 0, 0, 0 },
	{ "https", "/h23", HTTP_TOO_LARGE, 0, 0, 0, 0 },
	{ "https", "/h23-more", HTTP_TOO_LARGE, 0, 0, 0, 0 },
	{ "http", "/h24", HTTP_TOO_LARGE, 0, 0, 0, 0 },
	{ "http", "/h24-one", HTTP_OK, 200, WHOLE, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/h25-nul", HTTP_INVALID, 0, 0, 0, 0 },
	{ "https", "/h25-09", HTTP_INVALID, 0, 0, 0, 0 },
	{ "https", "/h25-folded", HTTP_INVALID, 0, 0, 0, 0 },
	{ "https", "/h26", HTTP_OK, 200, 19, HTTP_FRAMING_LENGTH, 0 },
	{ "https", "/h27-206", HTTP_INVALID, 206, 0, 0, 0 },
	{ "https", "/h27-204", HTTP_INVALID, 204, 0, 0, 0 },
	{ "https", "/h27-304", HTTP_INVALID, 304, 0, 0, 0 },
	{ "https", "/h28", HTTP_OK, 200, 0, HTTP_FRAMING_LENGTH, 0 },
	{ "http", "/h29-midway", HTTP_INCOMPLETE, 200, ANY, HTTP_FRAMING_LENGTH, 0 },
	{ "http", "/h29-at-once", HTTP_INCOMPLETE, 0, 0, 0, 0 },
	{ "http", "/h29-nothing", HTTP_INCOMPLETE, 0, 0, 0, 0 },
	{ "expired", "/ok", HTTP_TLS, 0, 0, 0, 0 },
	{ "wrong", "/ok", HTTP_TLS, 0, 0, 0, 0 },
	{ "self", "/ok", HTTP_TLS, 0, 0, 0, 0 },
	{ "tls10", "/ok", HTTP_TLS, 0, 0, 0, 0 },
};

/* "" or what is wrong with what a row gave. */
static const char *
row_judge(const struct row *row, const struct probe *p)
{
	if (p->dones != 1)
		return "not exactly one done";
	if (p->outcome != row->outcome)
		return "another outcome";
	if (p->code != row->code)
		return "another code";
	if (row->len != ANY && p->body.len != row->len)
		return "another length";
	if (p->retry_after_s != row->retry_after_s)
		return "another retry_after_s";
	if ((p->outcome == HTTP_OK) != (p->text[0] == '\0'))
		return "a text where none belongs, or none where one does";
	if (p->outcome == HTTP_OK && p->heads != 1)
		return "no head, or several";
	if (p->heads == 1 && p->head.framing != row->framing)
		return "another framing";
	return "";
}

static void
test_rows(void **state)
{
	struct probe p;
	char url[256];
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_request r = request_to(url);
		const char *verdict;

		url_make(url, sizeof(url), rows[i].port, rows[i].path);
		probe_init(&p);
		probe_run(&p, &r);
		verdict = row_judge(&rows[i], &p);
		if (verdict[0] != '\0') {
			print_error("%s %s: %s: %s %u, %zu bytes, %s\n", rows[i].port,
			    rows[i].path, verdict, http_outcome_name(p.outcome), p.code,
			    p.body.len, p.text);
			wrong++;
		}
		probe_fini(&p);
	}
	assert_int_equal(wrong, 0);
}

/* H21: each of the three clocks. */
static void
test_slow(void **state)
{
	static const struct {
		const char	*path;
		int64_t		 first_byte_ms, idle_ms, total_ms;
		const char	*text;
	} cases[] = {
		{ "/h21-silence", SHORT_MS, 0, 0, "no answer in time" },
		{ "/h21-head", SHORT_MS, 0, 0, "no answer in time" },
		{ "/h21-body", 0, SHORT_MS, 0, "the answer comes too slowly" },
		{ "/h21-body", 0, 0, SHORT_MS, "the whole answer took too long" },
	};
	struct probe p;
	char url[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request r = request_to(url);

		url_make(url, sizeof(url), "http", cases[i].path);
		r.connect_ms = 100;	/* comes on top of first_byte_ms */
		r.first_byte_ms = cases[i].first_byte_ms;
		r.idle_ms = cases[i].idle_ms;
		r.total_ms = cases[i].total_ms;
		probe_init(&p);
		probe_run(&p, &r);
		assert_int_equal(p.outcome, HTTP_TIMEOUT);
		assert_string_equal(p.text, cases[i].text);
		probe_fini(&p);
	}
}

static void
test_whole(void **state)
{
	struct probe p;
	char url[256];
	struct http_request r = request_to(url);

	(void)state;
	url_make(url, sizeof(url), "https", "/ok");
	probe_init(&p);
	probe_run(&p, &r);
	assert_int_equal(p.body.len, ROWS_LEN);
	assert_memory_equal(p.body.data, "000000,Example Firm 0,2027-03-01\r\n", 34);
	assert_string_equal(p.head.content_type, "text/csv");
	assert_string_equal(p.head.etag, "\"v1\"");
	assert_string_equal(p.head.last_modified, "Sun, 06 Nov 1994 08:49:37 GMT");
	assert_int_equal(p.head.content_length, ROWS_LEN);

	/* Encoded bytes come as they are, and only if asked for. */
	url_make(url, sizeof(url), "https", "/ok-gzip");
	probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_OK);
	assert_int_equal(p.head.encoding, HTTP_ENCODING_GZIP);
	assert_int_equal((unsigned char)p.body.data[0], 0x1f);
	r.accept_gzip = false;
	probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_INVALID);
	probe_fini(&p);
}

static void
test_not_modified(void **state)
{
	static const struct http_field fields[] = { { "If-None-Match", "\"v1\"" } };
	struct probe p;
	char url[256];
	struct http_request r = request_to(url);

	(void)state;
	url_make(url, sizeof(url), "https", "/h27-304");
	r.fields = fields;
	r.field_count = 1;
	probe_init(&p);
	probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_OK);
	assert_int_equal(p.code, 304);
	assert_int_equal(p.body.len, 0);
	probe_fini(&p);
}

/* What is sent, and what is left out after a redirect. */
static void
test_sent(void **state)
{
	static const struct http_field fields[] = { { "X-Asked", "yes" } };
	static const char *const hosts[] = { "localhost" };
	struct probe p;
	char url[256];
	struct http_request r = request_to(url);

	(void)state;
	probe_init(&p);
	r.fields = fields;
	r.field_count = 1;
	r.secret_name = "X-Api-Key";
	r.secret_value = "canary";

	url_make(url, sizeof(url), "https", "/echo?api_key=canary2");
	probe_run(&p, &r);
	assert_non_null(strstr(buf_str(&p.body), "GET /echo?api_key=canary2 HTTP/1.1\r\n"));
	assert_non_null(strstr(buf_str(&p.body), "\r\nAccept-Encoding: gzip\r\n"));
	assert_non_null(strstr(buf_str(&p.body), "\r\nUser-Agent: certsyncd-test\r\n"));
	assert_non_null(strstr(buf_str(&p.body), "\r\nX-Api-Key: canary\r\n"));
	assert_non_null(strstr(buf_str(&p.body), "\r\nX-Asked: yes\r\n"));

	/* Same origin: fields stay, the secret goes. */
	url_make(url, sizeof(url), "https", "/h6-same?api_key=canary2");
	probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_OK);
	assert_null(strstr(buf_str(&p.body), "canary"));
	assert_non_null(strstr(buf_str(&p.body), "\r\nX-Asked: yes\r\n"));

	/* A listed host is another origin: neither. */
	url_make(url, sizeof(url), "https", "/h6-host");
	r.redirect_hosts = hosts;
	r.redirect_host_count = 1;
	probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_OK);
	assert_non_null(strstr(buf_str(&p.body), "\r\nHost: localhost:"));
	assert_null(strstr(buf_str(&p.body), "canary"));
	assert_null(strstr(buf_str(&p.body), "X-Asked"));
	probe_fini(&p);
}

static void
test_post(void **state)
{
	static const struct http_field fields[] = { { "Content-Type", "application/json" } };
	static const char *const hosts[] = { "localhost" };
	struct probe p;
	char url[256];
	struct http_request r = request_to(url);

	(void)state;
	probe_init(&p);
	r.method = "POST";
	r.body = "{\"a\":1}";
	r.body_len = 7;
	r.fields = fields;
	r.field_count = 1;
	r.redirect_hosts = hosts;
	r.redirect_host_count = 1;

	url_make(url, sizeof(url), "https", "/h6-same");
	probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_OK);
	assert_non_null(strstr(buf_str(&p.body), "POST /echo"));
	assert_non_null(strstr(buf_str(&p.body), "\r\n\r\n{\"a\":1}"));
	assert_non_null(strstr(buf_str(&p.body), "\r\nContent-Type: application/json\r\n"));
	assert_null(strstr(buf_str(&p.body), "Expect"));

	url_make(url, sizeof(url), "https", "/h6-see");
	probe_run(&p, &r);
	assert_non_null(strstr(buf_str(&p.body), "GET /echo"));
	assert_null(strstr(buf_str(&p.body), "{\"a\":1}"));

	url_make(url, sizeof(url), "https", "/h6-post");
	probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_REFUSED);
	probe_fini(&p);
}

static void
test_pauses(void **state)
{
	static const char *const paths[] = { "/big", "/ok-chunked", "/ok-pieces", "/h28" };
	struct probe p;
	char url[256];
	struct http_request r = request_to(url);

	(void)state;
	r.max_encoded_bytes = 8 << 20;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		url_make(url, sizeof(url), "https", paths[i]);
		probe_init(&p);
		p.at_head = p.at_piece = HTTP_GO_PAUSE;
		probe_run(&p, &r);
		assert_int_equal(p.outcome, HTTP_OK);
		assert_int_equal(p.body.len, i == 0 ? ROWS_LEN * 300 : i == 3 ? 0 : ROWS_LEN);
		assert_int_equal(p.resumed, 1 + p.pieces);
		probe_fini(&p);
	}
}

static void
test_stops(void **state)
{
	struct probe p;
	char url[256];
	struct http_request r = request_to(url);

	(void)state;
	url_make(url, sizeof(url), "https", "/h1");
	probe_init(&p);
	p.at_head = HTTP_GO_STOP;
	probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_STOPPED);
	assert_int_equal(p.code, 429);
	assert_int_equal(p.retry_after_s, 3600);
	probe_fini(&p);

	url_make(url, sizeof(url), "https", "/h19");
	probe_init(&p);
	p.at_piece = HTTP_GO_STOP;
	probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_STOPPED);
	assert_int_equal(p.pieces, 1);
	probe_fini(&p);
}

/* No word after a cancel, wherever it comes from. */
static void
test_cancels(void **state)
{
	struct probe p;
	char url[256];
	struct http_request r = request_to(url);

	(void)state;
	url_make(url, sizeof(url), "https", "/big");
	r.max_encoded_bytes = 8 << 20;
	probe_init(&p);
	p.cancel_at_head = true;
	probe_run(&p, &r);
	assert_int_equal(p.heads, 1);
	assert_int_equal(p.pieces + p.dones, 0);
	/* The client is none the worse. */
	p.cancel_at_head = false;
	probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_OK);
	probe_fini(&p);

	probe_init(&p);
	p.cancel_at_piece = true;	/* frees the whole client */
	probe_run(&p, &r);
	assert_int_equal(p.pieces, 1);
	assert_int_equal(p.dones, 0);
	probe_fini(&p);
}

/* One that was never launched, and a client freed under several. */
static void
test_free_early(void **state)
{
	struct probe p;
	char url[256];
	struct http_request r = request_to(url);
	struct err err = { "" };

	(void)state;
	url_make(url, sizeof(url), "https", "/h21-silence");
	probe_init(&p);
	for (int i = 0; i < HTTP_FETCHES_MAX; i++)
		assert_non_null(http_start(p.client, &r, &events, &p, &err));
	assert_null(http_start(p.client, &r, &events, &p, &err));
	probe_fini(&p);
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
	struct probe p;
	struct err err;

	(void)state;
	probe_init(&p);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_field field = { cases[i].name, cases[i].value };
		struct http_request r = request_to(cases[i].url);

		r.method = cases[i].method;
		r.fields = &field;
		r.field_count = cases[i].name != NULL;
		r.allow_loopback = cases[i].loopback;
		err.text[0] = '\0';
		if (http_start(p.client, &r, &events, &p, &err) != NULL)
			fail_msg("%s was taken", cases[i].url);
		assert_string_not_equal(err.text, "");
	}
	probe_fini(&p);
}

/* A name can lead to loopback: the socket's address decides (H7). */
static void
test_address_refused(void **state)
{
	struct probe p;
	char url[256];
	struct http_request r = request_to(url);

	(void)state;
	(void)snprintf(url, sizeof(url), "https://localhost:%d/ok",
	    child_number(&server, "https"));
	r.allow_loopback = false;
	r.allow_private = true;
	probe_init(&p);
	probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_REFUSED);
	probe_fini(&p);
}

/* H31, first part: nobody listens. */
static void
test_connect_refused(void **state)
{
	struct probe p;
	struct http_request r = request_to("http://127.0.0.1:1/");

	(void)state;
	probe_init(&p);
	probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_CONNECT);
	probe_fini(&p);
}

/* H32: our own lack of descriptors is not their fault. */
static void
test_no_descriptors(void **state)
{
	struct rlimit old, none;
	struct probe p;
	char url[256];
	struct http_request r = request_to(url);

	(void)state;
	url_make(url, sizeof(url), "https", "/ok");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	for (rlim_t spare = 0; spare < 3; spare++) {
		int fd;

		probe_init(&p);
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		assert_int_not_equal(fd, -1);
		(void)close(fd);
		none = old;
		none.rlim_cur = (rlim_t)fd + spare;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
		probe_run(&p, &r);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
		if (p.outcome != HTTP_OK)
			assert_int_equal(p.outcome, HTTP_LOCAL);
		assert_true(spare > 0 || p.outcome == HTTP_LOCAL);
		probe_fini(&p);
	}
}

/* H33: the environment has no say. */
static void
test_environment(void **state)
{
	static const char *const names[] = { "http_proxy", "https_proxy", "all_proxy",
	    "HTTPS_PROXY", "ALL_PROXY" };
	struct probe p;
	char url[256];
	struct http_request r = request_to(url);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(setenv(names[i], "http://127.0.0.1:1", 1), 0);
	url_make(url, sizeof(url), "https", "/ok");
	probe_init(&p);
	probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_OK);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(unsetenv(names[i]), 0);
	probe_fini(&p);
}

/* A second request on a kept connection, started from done(). */
static void
test_again_on_done(void **state)
{
	struct probe p;
	char url[256];
	struct http_request r = request_to(url);

	(void)state;
	url_make(url, sizeof(url), "https", "/keep");
	probe_init(&p);
	for (int i = 0; i < 5; i++) {
		probe_run(&p, &r);
		assert_int_equal(p.outcome, HTTP_OK);
		assert_int_equal(p.body.len, ROWS_LEN);
	}
	probe_fini(&p);
}

static void
test_ca_missing(void **state)
{
	struct http_options options = { .ca_file = "/nonexistent/ca.pem" };
	struct probe p;
	char url[256];
	struct http_request r = request_to(url);

	(void)state;
	url_make(url, sizeof(url), "https", "/ok");
	probe_init_with(&p, &options);
	probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_LOCAL);
	probe_fini(&p);
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

static int
server_start(void **state)
{
	static const char *const argv[] = { "/usr/bin/python3", "tests/lib/faults.py", NULL };

	(void)state;
	return child_start(&server, argv);
}

static int
server_stop(void **state)
{
	(void)state;
	child_stop(&server);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_slow),
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
		cmocka_unit_test(test_connect_refused),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_again_on_done),
		cmocka_unit_test(test_ca_missing),
		cmocka_unit_test(test_urls),
	};

	return cmocka_run_group_tests(tests, server_start, server_stop);
}
