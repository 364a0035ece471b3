/* SPDX-License-Identifier: ISC */
/*
 * test_http.c -- the HTTP client against a server that does everything wrong,
 * tests/lib/faults.py, row by row of docs/reliability.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/http_probe.h"

#define SHORT_MS	400	/* where a test waits for a timeout */

/* --- the rows --------------------------------------------------------------------- */

#define WHOLE	HTTP_ROWS_LEN
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
row_judge(const struct row *row, const struct http_probe *p)
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
	struct http_probe p;
	char url[256] = "";
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_request r = http_probe_request(url);
		const char *verdict;

		http_probe_url(url, sizeof(url), rows[i].port, rows[i].path);
		http_probe_init(&p);
		http_probe_run(&p, &r);
		verdict = row_judge(&rows[i], &p);
		if (verdict[0] != '\0') {
			print_error("%s %s: %s: %s %u, %zu bytes, %s\n", rows[i].port,
			    rows[i].path, verdict, http_outcome_name(p.outcome), p.code,
			    p.body.len, p.text);
			wrong++;
		}
		http_probe_fini(&p);
	}
	assert_int_equal(wrong, 0);
}

/* H14: a body that ends with its connection, with no TLS good-bye.  curl calls it an
 * error since version 8; before, it must at least be told apart from a whole one. */
static void
test_tls_cut(void **state)
{
	char url[256];
	struct http_probe p;
	struct http_request r;

	(void)state;
	http_probe_url(url, sizeof(url), "https", "/h13");
	r = http_probe_request(url);
	http_probe_init(&p);
	http_probe_run(&p, &r);
	assert_int_equal(p.dones, 1);
	assert_int_equal(p.head.framing, HTTP_FRAMING_UNFRAMED);
	assert_true(p.outcome == HTTP_OK || p.outcome == HTTP_INCOMPLETE);
	http_probe_fini(&p);
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
	struct http_probe p;
	char url[256] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request r = http_probe_request(url);

		http_probe_url(url, sizeof(url), "http", cases[i].path);
		r.connect_ms = 100;	/* comes on top of first_byte_ms */
		r.first_byte_ms = cases[i].first_byte_ms;
		r.idle_ms = cases[i].idle_ms;
		r.total_ms = cases[i].total_ms;
		http_probe_init(&p);
		http_probe_run(&p, &r);
		assert_int_equal(p.outcome, HTTP_TIMEOUT);
		assert_string_equal(p.text, cases[i].text);
		http_probe_fini(&p);
	}
}

/* H31, first part: nobody listens. */
static void
test_connect_refused(void **state)
{
	struct http_probe p;
	struct http_request r = http_probe_request("http://127.0.0.1:1/");

	(void)state;
	http_probe_init(&p);
	http_probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_CONNECT);
	http_probe_fini(&p);
}

/* H32: our own lack of descriptors is not their fault. */
static void
test_no_descriptors(void **state)
{
	struct rlimit old, none;
	struct http_probe p;
	char url[256] = "";
	struct http_request r = http_probe_request(url);

	(void)state;
	http_probe_url(url, sizeof(url), "https", "/ok");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	for (rlim_t spare = 0; spare < 3; spare++) {
		int fd;

		http_probe_init(&p);
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		assert_int_not_equal(fd, -1);
		(void)close(fd);
		none = old;
		none.rlim_cur = (rlim_t)fd + spare;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
		http_probe_run(&p, &r);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
		if (p.outcome != HTTP_OK)
			assert_int_equal(p.outcome, HTTP_LOCAL);
		assert_true(spare > 0 || p.outcome == HTTP_LOCAL);
		http_probe_fini(&p);
	}
}

/* H33: the environment has no say. */
static void
test_environment(void **state)
{
	static const char *const names[] = { "http_proxy", "https_proxy", "all_proxy",
	    "HTTPS_PROXY", "ALL_PROXY" };
	struct http_probe p;
	char url[256] = "";
	struct http_request r = http_probe_request(url);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(setenv(names[i], "http://127.0.0.1:1", 1), 0);
	http_probe_url(url, sizeof(url), "https", "/ok");
	http_probe_init(&p);
	http_probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_OK);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(unsetenv(names[i]), 0);
	http_probe_fini(&p);
}

static void
test_ca_missing(void **state)
{
	struct http_options options = { .ca_file = "/nonexistent/ca.pem" };
	struct http_probe p;
	char url[256] = "";
	struct http_request r = http_probe_request(url);

	(void)state;
	http_probe_url(url, sizeof(url), "https", "/ok");
	http_probe_init_with(&p, &options);
	http_probe_run(&p, &r);
	assert_int_equal(p.outcome, HTTP_LOCAL);
	http_probe_fini(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_tls_cut),
		cmocka_unit_test(test_slow),
		cmocka_unit_test(test_connect_refused),
		cmocka_unit_test(test_no_descriptors),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_ca_missing),
	};

	return cmocka_run_group_tests(tests, http_server_start, http_server_stop);
}
