/* SPDX-License-Identifier: ISC */
/*
 * test_frame.c -- frames and messages: what goes in comes out, nothing cut or
 * random is taken, and nothing the engine must not trust gets through.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "worker/message.h"

#define GARBAGE_ROUNDS	100000

/* Whether f decodes as what it claims to be. */
static int
decode(const struct frame *f, struct err *err)
{
	union {
		struct message_hello hello;
		struct message_setting setting;
		struct cs_response response;
		struct cs_request request;
		struct cs_record record;
		struct message_proof proof;
		struct message_left_out left_out;
		struct message_report report;
		struct cs_date date;
		struct message_failed failed;
		struct message_done done;
		uint64_t u64;
		uint32_t u32;
	} u;
	struct description *d;
	const char *s;
	size_t len;

	switch (f->type) {
	case FRAME_HELLO:	return message_get_hello(f, &u.hello, err);
	case FRAME_SETTING:	return message_get_setting(f, &u.setting, err);
	case FRAME_CHECKPOINT_IN:
	case FRAME_CHECKPOINT:	return message_get_checkpoint(f, &s, &len, err);
	case FRAME_LOOKUP:	return message_get_lookup(f, &s, err);
	case FRAME_START:
	case FRAME_END:		return message_get_empty(f, err);
	case FRAME_RESPONSE:	return message_get_response(f, &u.response, err);
	case FRAME_DATA:	return 0;
	case FRAME_DESCRIPTION:
		d = message_get_description(f, err);
		if (d == NULL)
			return -1;
		(void)description_free(d);
		return 0;
	case FRAME_REQUEST:	return message_get_request(f, &u.request, err);
	case FRAME_CREDIT:	return message_get_credit(f, &u.u32, err);
	case FRAME_RECORD:	return message_get_record(f, &u.record, err);
	case FRAME_ITEMS:	return message_get_items(f, &u.u64, err);
	case FRAME_PROOF:	return message_get_proof(f, &u.proof, err);
	case FRAME_WARN:	return message_get_warn(f, &s, err);
	case FRAME_LEFT_OUT:	return message_get_left_out(f, &u.left_out, err);
	case FRAME_UNPROVEN:	return message_get_unproven(f, &s, err);
	case FRAME_AS_OF:	return message_get_as_of(f, &u.date, err);
	case FRAME_REPORT:	return message_get_report(f, &u.report, err);
	case FRAME_FAILED:	return message_get_failed(f, &u.failed, err);
	case FRAME_DONE:	return message_get_done(f, &u.done, err);
	}
	return -1;
}

/* --- one good example of each message ------------------------------------------------ */

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

static const struct cs_record record = {
	.number = "AB-123", .aliases = { "UEI1", NULL, "CAGE2", NULL },
	.business_name = "Caf\xc3\xa9 & Co", .type = "MBE",
	.categories = CS_CATEGORY_WOMAN, .status = CS_STATUS_UNKNOWN,
	.status_word = "on hold", .issued_on = { 2024, 2, 29 },
	.expires_on = { 2027, 3, 1 }
};

static const struct cs_request request = {
	.method = "POST", .path = "/v1/x?a=b", .headers = { { "Accept", "text/csv" } },
	.body = "a\0b", .body_len = 3, .codes = { 200, 404 }, .max_body = 99,
	.delay_ms = 250, .cost = 2, .slot = CS_SLOT_QUERY, .slot_name = "api_key",
	.slot_setting = "api_key", .conditional = true
};

/* Appends one of each and returns how many. */
static size_t
put_all(struct buf *b)
{
	message_put_hello(b, &(struct message_hello){
		.mode = WORKER_POLL, .kind = CS_POLL_DELTA, .today = { 2026, 11, 22 },
		.max_body = 5, .max_records = 6, .report = true, .plugin = "/x/acme.so"
	});
	message_put_setting(b, "format", "csv");
	message_put_checkpoint(b, FRAME_CHECKPOINT_IN, "a\0b", 3);
	message_put_lookup(b, "A1");
	message_put_empty(b, FRAME_START);
	message_put_response(b, &(struct cs_response){ 200, "text/csv", "utf-8" });
	message_put_data(b, "bytes", 5);
	message_put_empty(b, FRAME_END);
	message_put_description(b, &connector, types, true, false, "");
	message_put_request(b, &request);
	message_put_credit(b, 77);
	message_put_record(b, &record);
	message_put_items(b, 12);
	message_put_proof(b, &(struct message_proof){ CS_PROOF_TRAILER, 12 });
	message_put_warn(b, "odd");
	message_put_left_out(b, &(struct message_left_out){ 7, "line 3" });
	message_put_unproven(b, "it is filtered");
	message_put_unproven(b, NULL);
	message_put_as_of(b, (struct cs_date){ 2026, 11, 30 });
	message_put_report(b, &(struct message_report){ REPORT_TYPE, "Women-Owned", "WBE", 9 });
	message_put_checkpoint(b, FRAME_CHECKPOINT, "next", 4);
	message_put_failed(b, &(struct message_failed){
		.rc = CS_E_QUOTA, .text = "wait", .retry_at_s = 1900000000
	});
	message_put_done(b, &(struct message_done){ 12, 11 });
	return 23;
}

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

static void
test_every_message_is_read(void **state)
{
	struct buf b;
	struct frame f;
	struct err err = { .text = "" };
	size_t at = 0, used, n, seen = 0;

	(void)state;
	buf_init(&b, 1 << 20);
	n = put_all(&b);
	assert_false(b.failed);
	for (; at < b.len; at += used, seen++) {
		assert_int_equal(frame_next(b.data + at, b.len - at, &f, &used,
		    &err), 1);
		if (decode(&f, &err) != 0)
			fail_msg("type %d: %s", (int)f.type, err.text);
	}
	assert_int_equal(seen, n);
	buf_free(&b);
}

/* A frame is taken whole or not at all, and no payload is taken cut or longer. */
static void
test_truncation_at_every_byte(void **state)
{
	struct buf b;
	struct frame f, cut;
	struct err err;
	size_t at = 0, used, need;
	char *copy;

	(void)state;
	buf_init(&b, 1 << 20);
	(void)put_all(&b);
	for (; at < b.len; at += used) {
		assert_int_equal(frame_next(b.data + at, b.len - at, &f, &used,
		    &err), 1);
		for (size_t len = 0; len < used; len++) {
			assert_int_equal(frame_next(b.data + at, len, &cut,
			    &need, &err), 0);
			assert_true(need > len && need <= used);
		}
		for (size_t len = 0; len <= f.len + 1; len++) {
			if (f.type == FRAME_DATA || len == f.len)
				continue;
			/* Its own allocation, so that a sanitizer sees its end. */
			copy = calloc(1, len != 0 ? len : 1);
			assert_non_null(copy);
			memcpy(copy, f.data, len < f.len ? len : f.len);
			cut = (struct frame){ f.type, copy, len };
			assert_int_equal(decode(&cut, &err), -1);
			free(copy);
		}
	}
	buf_free(&b);
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void
test_random_garbage(void **state)
{
	static const enum frame_type kinds[] = {
		FRAME_DESCRIPTION, FRAME_REQUEST, FRAME_CREDIT, FRAME_RECORD,
		FRAME_ITEMS, FRAME_PROOF, FRAME_WARN, FRAME_LEFT_OUT, FRAME_UNPROVEN,
		FRAME_AS_OF, FRAME_REPORT,
		FRAME_CHECKPOINT, FRAME_FAILED, FRAME_DONE, FRAME_HELLO, FRAME_SETTING
	};
	uint32_t seed = 20261122;
	struct frame f;
	struct buf good;
	struct err err;
	size_t used, at;
	char bytes[96];

	(void)state;
	buf_init(&good, 1 << 20);
	(void)put_all(&good);
	for (int i = 0; i < GARBAGE_ROUNDS; i++) {
		f = (struct frame){
			.type = kinds[next_random(&seed) % (sizeof(kinds) / sizeof(kinds[0]))],
			.data = bytes, .len = next_random(&seed) % sizeof(bytes)
		};
		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (char)(next_random(&seed) % 3 != 0 ?
			    next_random(&seed) % 4 : next_random(&seed));
		(void)decode(&f, &err);
		(void)frame_next(bytes, sizeof(bytes), &f, &used, &err);
		/* One byte of a good stream turned into another. */
		at = next_random(&seed) % good.len;
		bytes[0] = good.data[at];
		good.data[at] = (char)next_random(&seed);
		for (size_t p = 0; p < good.len; p += used) {
			if (frame_next(good.data + p, good.len - p, &f, &used,
			    &err) != 1)
				break;
			(void)decode(&f, &err);
		}
		good.data[at] = bytes[0];
	}
	buf_free(&good);
}

static void
test_frames_that_cannot_begin(void **state)
{
	static const struct { unsigned char head[FRAME_HEADER]; } cases[] = {
		{ { 0xff, 0xff, 0xff, 0xff, 0x44 } },
		{ { 0x01, 0x00, 0x02, 0x00, 0x44 } },	/* one over the cap */
		{ { 0, 0, 0, 0, 0x00 } },
		{ { 0, 0, 0, 0, 0x09 } },
		{ { 0, 0, 0, 0, 0x40 } },
		{ { 0, 0, 0, 0, 0x4f } },
		{ { 0, 0, 0, 0, 0xff } },
	};
	struct frame f;
	struct err err;
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(frame_next((const char *)cases[i].head,
		    FRAME_HEADER, &f, &used, &err), -1);
}

static void
test_record_round_trip(void **state)
{
	struct cs_record out;
	struct frame f;
	struct buf b;
	struct err err;

	(void)state;
	buf_init(&b, FRAME_MAX);
	message_put_record(&b, &record);
	f = first(&b);
	assert_int_equal(message_get_record(&f, &out, &err), 0);
	assert_string_equal(out.number, record.number);
	assert_string_equal(out.aliases[0], "UEI1");
	assert_null(out.aliases[1]);
	assert_string_equal(out.aliases[2], "CAGE2");
	assert_string_equal(out.business_name, record.business_name);
	assert_null(out.dba_name);
	assert_string_equal(out.type, "MBE");
	assert_int_equal(out.categories, CS_CATEGORY_WOMAN);
	assert_int_equal(out.status, CS_STATUS_UNKNOWN);
	assert_string_equal(out.status_word, "on hold");
	assert_int_equal(cs_date_compare(out.issued_on, record.issued_on), 0);
	assert_int_equal(cs_date_compare(out.expires_on, record.expires_on), 0);
	buf_free(&b);
}

static void
test_request_round_trip(void **state)
{
	struct cs_request out;
	struct frame f;
	struct buf b;
	struct err err;

	(void)state;
	buf_init(&b, FRAME_MAX);
	message_put_request(&b, &request);
	f = first(&b);
	assert_int_equal(message_get_request(&f, &out, &err), 0);
	assert_string_equal(out.method, "POST");
	assert_string_equal(out.path, "/v1/x?a=b");
	assert_string_equal(out.headers[0].value, "text/csv");
	assert_null(out.headers[1].name);
	assert_int_equal(out.body_len, 3);
	assert_memory_equal(out.body, "a\0b", 3);
	assert_int_equal(out.codes[1], 404);
	assert_int_equal(out.codes[2], 0);
	assert_int_equal(out.max_body, 99);
	assert_int_equal(out.delay_ms, 250);
	assert_int_equal(out.cost, 2);
	assert_int_equal(out.slot, CS_SLOT_QUERY);
	assert_string_equal(out.slot_name, "api_key");
	assert_true(out.conditional);
	buf_clear(&b);

	message_put_request(&b, &(struct cs_request){ 0 });
	f = first(&b);
	assert_int_equal(message_get_request(&f, &out, &err), 0);
	assert_string_equal(out.method, "GET");
	assert_null(out.path);
	assert_null(out.body);
	assert_int_equal(out.codes[0], 200);
	assert_int_equal(out.cost, 1);
	buf_free(&b);
}

static void
test_description_round_trip(void **state)
{
	struct description *d;
	struct frame f;
	struct buf b;
	struct err err = { .text = "" };

	(void)state;
	buf_init(&b, FRAME_MAX);
	message_put_description(&b, &connector, types, false, true, "api_key");
	f = first(&b);
	d = message_get_description(&f, &err);
	buf_free(&b);		/* it keeps its own copy */
	assert_string_equal(err.text, "");
	assert_non_null(d);
	assert_string_equal(d->name, "acme_xml");
	assert_int_equal(d->revision, 7);
	assert_true(d->unique_rows && d->lookup_absent && d->has_grammar);
	assert_int_equal(d->lookup_max, 50);
	assert_int_equal(d->setting_count, 3);
	assert_string_equal(d->settings[1].choices, "csv|xml");
	assert_true(d->settings[1].required);
	assert_int_equal(d->settings[0].max, 50000);
	assert_null(d->settings[3].name);
	assert_string_equal(d->grammar.chars, "A-Z0-9-");
	assert_int_equal(d->type_count, 2);
	assert_string_equal(d->types[1], "SBA8A-JV");
	assert_string_equal(d->needs, "api_key");
	(void)description_free(d);
}

static void
test_a_frame_over_the_cap_fails_the_buf(void **state)
{
	static char big[FRAME_PAYLOAD_MAX + 1];
	struct buf b;

	(void)state;
	buf_init(&b, 2 * FRAME_MAX);
	message_put_data(&b, big, FRAME_PAYLOAD_MAX);
	assert_false(b.failed);
	message_put_data(&b, big, FRAME_PAYLOAD_MAX + 1);
	assert_true(b.failed);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_message_is_read),
		cmocka_unit_test(test_truncation_at_every_byte),
		cmocka_unit_test(test_random_garbage),
		cmocka_unit_test(test_frames_that_cannot_begin),
		cmocka_unit_test(test_record_round_trip),
		cmocka_unit_test(test_request_round_trip),
		cmocka_unit_test(test_description_round_trip),
		cmocka_unit_test(test_a_frame_over_the_cap_fails_the_buf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
