/* SPDX-License-Identifier: ISC */
/*
 * test_message.c -- what a worker may not get past the decoding: one message
 * for each rule, broken in that rule alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "worker/message.h"

static const struct cs_setting_def defs[] = {
	{ .name = "page_size", .type = CS_SETTING_INT, .value = "100", .min = 1,
	  .max = 50000, .help = "Rows a page." },
	{ .name = "format", .type = CS_SETTING_ENUM, .value = "csv",
	  .choices = "csv|xml", .required = true, .help = "What it is." },
	{ .name = "api_key", .type = CS_SETTING_SECRET },
	{ .name = NULL }
};

static const struct cs_grammar grammar = {
	.normalise = CS_NORM_UPPER, .min_len = 3, .max_len = 12,
	.chars = "A-Z0-9-", .first = "A-Z", .max_digits = 9
};

static const char *const types[] = { "MBE", "SBA8A-JV", NULL };

static const struct cs_connector connector = {
	.abi = CS_CONNECTOR_ABI, .size = sizeof(struct cs_connector),
	.name = "acme_xml", .summary = "The ACME register.", .revision = 7,
	.max_body = 1 << 20, .max_records = 5000,
	.kinds = CS_KIND(CS_POLL_FULL) | CS_KIND(CS_POLL_LOOKUP),
	.proofs = CS_PROOF(CS_PROOF_TOTAL) | CS_PROOF(CS_PROOF_CURSOR),
	.unique_rows = true, .lookup_max = 50, .lookup_absent = true,
	.settings = defs, .grammar = &grammar
};

/* The first frame of b. */
static struct frame
first(const struct buf *b)
{
	struct frame f;
	size_t used;
	struct err err;

	assert_int_equal(frame_next(b->data, b->len, &f, &used, &err), 1);
	return f;
}

static char name_513[514], number_65[66], path_4097[4098];

static void
test_records_refused(void **state)
{
	const struct { const char *field; struct cs_record rec; } cases[] = {
		{ "number", { .number = NULL } },
		{ "number", { .number = "" } },
		{ "number", { .number = number_65 } },
		{ "number", { .number = "A\n1" } },
		{ "number", { .number = "\xff" } },
		{ "alias", { .number = "A", .aliases = { "", } } },
		{ "alias", { .number = "A", .aliases = { NULL, NULL, NULL, number_65 } } },
		{ "business name", { .number = "A", .business_name = name_513 } },
		{ "business name", { .number = "A", .business_name = "\xed\xa0\x80" } },
		{ "trade name", { .number = "A", .dba_name = "a\x1b[2J" } },
		{ "type", { .number = "A", .type = "mbe" } },
		{ "type", { .number = "A", .type = "ABCDEFGHIJKLMNOPQ" } },
		{ "categories", { .number = "A", .categories = 0x20 } },
		{ "status", { .number = "A", .status = (enum cs_status)9 } },
		{ "status word", { .number = "A", .status_word = number_65 } },
		{ "issue date", { .number = "A", .issued_on = { 2026, 2, 30 } } },
		{ "issue date", { .number = "A", .issued_on = { 0, 0, 1 } } },
		{ "expiry date", { .number = "A", .expires_on = { 2026, 13, 1 } } },
		{ "expiry date", { .number = "A", .expires_on = { -5, 1, 1 } } },
		{ "expiry date", { .number = "A", .expires_on = { 10000, 1, 1 } } },
	};
	struct cs_record out;
	struct frame f;
	struct buf b;
	struct err err;

	(void)state;
	buf_init(&b, FRAME_MAX);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		buf_clear(&b);
		message_put_record(&b, &cases[i].rec);
		f = first(&b);
		assert_int_equal(message_get_record(&f, &out, &err), -1);
		if (strstr(err.text, cases[i].field) == NULL)
			fail_msg("case %zu: %s", i, err.text);
	}
	buf_free(&b);
}

static const struct { const char *field; struct cs_request req; } bad_requests[] = {
	{ "method", { .method = "DELETE" } },
	{ "method", { .method = "get" } },
	{ "path", { .path = "" } },
	{ "path", { .path = "x" } },
	{ "path", { .path = "@evil.example/" } },
	{ "path", { .path = "http://evil.example/" } },
	{ "path", { .path = "/a b" } },
	{ "path", { .path = "/a\r\nHost: evil" } },
	{ "path", { .path = "/a\\b" } },
	{ "path", { .path = "/a#b" } },
	{ "path", { .path = "/\xc3\xa9" } },
	{ "path", { .path = path_4097 } },
	{ "header name", { .headers = { { "Host", "evil" } } } },
	{ "header name", { .headers = { { "cookie", "a=b" } } } },
	{ "header name", { .headers = { { "AUTHORIZATION", "x" } } } },
	{ "header name", { .headers = { { "Transfer-Encoding", "chunked" } } } },
	{ "header name", { .headers = { { "content-length", "5" } } } },
	{ "header name", { .headers = { { "Connection", "close" } } } },
	{ "header name", { .headers = { { "Range", "bytes=0-1" } } } },
	{ "header name", { .headers = { { "a:b", "x" } } } },
	{ "header name", { .headers = { { "a b", "x" } } } },
	{ "header name", { .headers = { { "", "x" } } } },
	{ "header value", { .headers = { { "X-A", "a\r\nX-B: c" } } } },
	{ "header value", { .headers = { { "X-A", "\x7f" } } } },
	{ "header value", { .headers = { { "X-A", NULL } } } },
	{ "body", { .body = "x", .body_len = 1 } },
	{ "body", { .method = "POST", .body = path_4097,
	    .body_len = CS_BODY_MAX + 1 } },
	{ "HTTP code", { .codes = { 99 } } },
	{ "HTTP code", { .codes = { 200, 600 } } },
	{ "max_body", { .max_body = MESSAGE_BODY_MAX + 1 } },
	{ "delay", { .delay_ms = MESSAGE_DELAY_MAX_MS + 1 } },
	{ "cost", { .cost = MESSAGE_COST_MAX + 1 } },
	{ "slot", { .slot = CS_SLOT_HEADER } },
	{ "slot", { .slot = CS_SLOT_HEADER, .slot_name = "X-Key" } },
	{ "slot name", { .slot = CS_SLOT_HEADER, .slot_name = "Host",
	    .slot_setting = "api_key" } },
	{ "slot", { .slot = CS_SLOT_HEADER_OPTIONAL } },
	{ "slot name", { .slot = CS_SLOT_HEADER_OPTIONAL, .slot_name = "Cookie",
	    .slot_setting = "app_token" } },
	{ "slot name", { .slot = CS_SLOT_QUERY, .slot_name = "a=b&c",
	    .slot_setting = "api_key" } },
	{ "slot setting", { .slot = CS_SLOT_QUERY, .slot_name = "k",
	    .slot_setting = "../etc" } },
	{ "slot", { .slot = (enum cs_slot)9 } },
	{ "slot prefix", { .slot = CS_SLOT_HEADER, .slot_name = "Authorization",
	    .slot_setting = "token", .slot_prefix = "Bearer\r\nHost: b" } },
	{ "link", { .link = "" } },
	{ "link", { .link = "page2" } },
	{ "link", { .link = "ftp://a/b" } },
	{ "link", { .link = "https://" } },
	{ "link", { .link = "/a b" } },
	{ "link", { .link = "/a\\b" } },
	{ "link", { .link = "https://a/b#c" } },
	{ "link", { .link = path_4097 } },
	{ "link", { .path = "/a", .link = "/b" } },
};

static void
test_requests_refused(void **state)
{
	static char big[CS_BODY_MAX + 1];
	struct cs_request req, out;
	struct frame f;
	struct buf b;
	struct err err;

	(void)state;
	buf_init(&b, FRAME_MAX);
	for (size_t i = 0; i < sizeof(bad_requests) / sizeof(*bad_requests); i++) {
		req = bad_requests[i].req;
		if (req.body_len > CS_BODY_MAX)
			req.body = big;
		buf_clear(&b);
		message_put_request(&b, &req);
		f = first(&b);
		if (message_get_request(&f, &out, &err) != -1)
			fail_msg("case %zu was taken", i);
		if (strstr(err.text, bad_requests[i].field) == NULL)
			fail_msg("case %zu: %s", i, err.text);
	}
	buf_free(&b);
}

static void
test_descriptions_refused(void **state)
{
	static const struct cs_setting_def twice[] = {
		{ .name = "a" }, { .name = "a" }, { .name = NULL }
	}, upper[] = { { .name = "A" }, { .name = NULL } },
	empty_enum[] = { { .name = "a", .type = CS_SETTING_ENUM }, { .name = NULL } };
	static const struct cs_grammar swapped = { .min_len = 9, .max_len = 3 };
	static const char *const bad_types[] = { "MBE", "m b e", NULL };
	struct { struct cs_connector c; const char *const *types; } cases[10];
	size_t n = 0;
	struct frame f;
	struct buf b;
	struct err err;

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		cases[i].c = connector;
		cases[i].types = types;
	}
	cases[n++].c.name = "Acme";
	cases[n++].c.summary = "two\nlines";
	cases[n++].c.kinds = CS_KIND(CS_POLL_LOOKUP);
	cases[n++].c.proofs = 0x100;
	cases[n++].c.max_body = 0;
	cases[n++].c.settings = twice;
	cases[n++].c.settings = upper;
	cases[n++].c.settings = empty_enum;
	cases[n++].c.grammar = &swapped;
	cases[n++].types = bad_types;
	buf_init(&b, FRAME_MAX);
	for (size_t i = 0; i < n; i++) {
		buf_clear(&b);
		message_put_description(&b, &cases[i].c, cases[i].types, false, false, "");
		f = first(&b);
		if (message_get_description(&f, &err) != NULL)
			fail_msg("case %zu was taken", i);
	}
	buf_free(&b);
}

static void
test_failures_refused(void **state)
{
	static const struct message_failed cases[] = {
		{ .rc = CS_OK, .text = "x" },
		{ .rc = CS_DONE, .text = "x" },
		{ .rc = (enum cs_rc)9, .text = "x" },
		{ .rc = CS_E_INPUT, .text = NULL },
		{ .rc = CS_E_INPUT, .text = "" },
		{ .rc = CS_E_INPUT, .text = "a\nb" },
		{ .rc = CS_E_QUOTA, .text = "x", .retry_at_s = -1 },
		{ .rc = CS_E_QUOTA, .text = "x", .retry_at_s = INT64_MAX },
	};
	struct message_failed out;
	struct frame f;
	struct buf b;
	struct err err;

	(void)state;
	buf_init(&b, FRAME_MAX);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		buf_clear(&b);
		message_put_failed(&b, &cases[i]);
		f = first(&b);
		assert_int_equal(message_get_failed(&f, &out, &err), -1);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_refused),
		cmocka_unit_test(test_requests_refused),
		cmocka_unit_test(test_descriptions_refused),
		cmocka_unit_test(test_failures_refused),
	};

	memset(name_513, 'n', sizeof(name_513) - 1);
	memset(number_65, '1', sizeof(number_65) - 1);
	memset(path_4097, 'p', sizeof(path_4097) - 1);
	path_4097[0] = '/';
	return cmocka_run_group_tests(tests, NULL, NULL);
}
