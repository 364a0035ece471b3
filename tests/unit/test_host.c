/* SPDX-License-Identifier: ISC */
/* test_host.c -- the bounds of connector.h, item counting, settings, cover. */
#include "parse/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/doc.h"

static const char *
repeat(char *buf, char byte, size_t n)
{
	memset(buf, byte, n);
	buf[n] = '\0';
	return buf;
}

static void
test_emit_bounds(void **state)
{
	char number[CS_NUMBER_MAX + 2], name[CS_NAME_MAX + 2];
	const struct { struct cs_record rec; enum cs_rc rc; } rows[] = {
		{ { .number = "A1" }, CS_OK },
		{ { .number = repeat(number, 'x', CS_NUMBER_MAX) }, CS_OK },
		{ { .number = NULL }, CS_E_INPUT },
		{ { .number = "" }, CS_E_INPUT },
		{ { .number = "A\n1" }, CS_E_INPUT },
		{ { .number = "A\xff" }, CS_E_INPUT },
		{ { .number = "A1", .aliases = { "", "UEI" } }, CS_OK },
		{ { .number = "A1", .aliases = { "\x01" } }, CS_E_INPUT },
		{ { .number = "A1", .business_name =
		    repeat(name, 'n', CS_NAME_MAX) }, CS_OK },
		{ { .number = "A1", .dba_name = "a\x7f" }, CS_E_INPUT },
		{ { .number = "A1", .type = "SBA8A-JV" }, CS_OK },
		{ { .number = "A1", .type = "mbe" }, CS_E_INPUT },
		{ { .number = "A1", .type = "ABCDEFGHIJKLMNOPQ" }, CS_E_INPUT },
		{ { .number = "A1", .categories = 0x1f }, CS_OK },
		{ { .number = "A1", .categories = 0x20 }, CS_E_INPUT },
		{ { .number = "A1", .status = CS_STATUS_DECERTIFIED }, CS_OK },
		{ { .number = "A1", .status = (enum cs_status)9 }, CS_E_INPUT },
		{ { .number = "A1", .status_word = "Suspnded" }, CS_OK },
		{ { .number = "A1", .expires_on = { 2026, 2, 28 } }, CS_OK },
		{ { .number = "A1", .expires_on = { 2026, 2, 30 } }, CS_E_INPUT },
		{ { .number = "A1", .issued_on = { 2026, 13, 1 } }, CS_E_INPUT },
	};
	struct doc p;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		doc_init(&p, 0);
		assert_int_equal(cs_emit(p.poll, &rows[i].rec), rows[i].rc);
		assert_int_equal(host_poll_records(p.poll), rows[i].rc == CS_OK);
		assert_int_equal(host_poll_reason(p.poll) == NULL,
		    rows[i].rc == CS_OK);
		doc_fini(&p);
	}
	doc_init(&p, 0);
	assert_int_equal(cs_emit(p.poll, &(struct cs_record){
	    .number = repeat(number, 'x', CS_NUMBER_MAX + 1) }), CS_E_INPUT);
	assert_int_equal(cs_emit(p.poll, &(struct cs_record){ .number = "A",
	    .business_name = repeat(name, 'x', CS_NAME_MAX + 1) }), CS_E_INPUT);
	doc_fini(&p);
}

static void
test_emit_limit(void **state)
{
	const struct cs_record rec = {
		.number = "A1", .business_name = "", .status = CS_STATUS_ACTIVE,
		.status_word = "left over"
	};
	struct doc p;

	(void)state;
	doc_init(&p, 2);
	assert_int_equal(cs_emit(p.poll, &rec), CS_OK);
	assert_int_equal(cs_emit(p.poll, &rec), CS_OK);
	assert_int_equal(cs_emit(p.poll, &rec), CS_E_LIMIT);
	assert_string_equal(host_poll_reason(p.poll), "more than 2 records");
	assert_string_equal(buf_str(&p.out),
	    "record A1|-|-|-|-|0|1|-||\nrecord A1|-|-|-|-|0|1|-||\n");
	doc_fini(&p);
}

static int
refuse_record(void *arg, const struct cs_record *rec)
{
	(void)arg, (void)rec;
	return -1;
}

static int
count_item(void *arg, uint64_t items)
{
	uint64_t *last = arg;

	assert_int_equal(items, *last + 1);
	*last = items;
	return items == 5000 ? -1 : 0;
}

static void
test_items(void **state)
{
	static const struct host_sink sink = {
		.record = refuse_record, .item = count_item
	};
	uint64_t last = 0;
	const struct host_poll_options opt = { .sink = &sink, .sink_arg = &last };
	struct cs_poll *p = host_poll_new(&opt);
	char key[16];

	(void)state;
	assert_non_null(p);
	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i < 4999; i++) {
			int n = snprintf(key, sizeof(key), "key %u", i);

			assert_int_equal(cs_item(p, key, (size_t)n), CS_OK);
		}
	assert_int_equal(host_poll_items(p), 4999);
	assert_int_equal(cs_item(p, "key 17", 6), CS_OK);
	/* what the sink cannot take ends the poll */
	assert_int_equal(cs_item(p, "one more", 8), CS_E_NOMEM);
	assert_int_equal(cs_emit(p, &(struct cs_record){ .number = "A" }),
	    CS_E_NOMEM);
	/* optional hooks may be missing */
	cs_proven(p, CS_PROOF_CLOSED, 0);
	cs_warn(p, "nobody listens");
	host_poll_free(p);
}

static void
test_reason_warn_proof(void **state)
{
	struct doc p;
	size_t lines = 0;
	char *big = calloc(1, 2 * HOST_TEXT_MAX);

	(void)state;
	assert_non_null(big);
	(void)repeat(big, 'r', 2 * HOST_TEXT_MAX - 1);
	doc_init(&p, 0);
	assert_null(host_poll_reason(p.poll));
	assert_int_equal(cs_fail(p.poll, CS_E_AUTH, "%s", big), CS_E_AUTH);
	assert_int_equal(cs_fail(p.poll, CS_E_INPUT, "second"), CS_E_INPUT);
	assert_int_equal(strlen(host_poll_reason(p.poll)), HOST_TEXT_MAX);
	for (int i = 0; i < HOST_WARNINGS_MAX + 5; i++)
		cs_warn(p.poll, "w%d", i);
	assert_int_equal(host_poll_warnings(p.poll), HOST_WARNINGS_MAX + 5);
	for (const char *s = buf_str(&p.out); *s != '\0'; s++)
		lines += *s == '\n';
	assert_int_equal(lines, HOST_WARNINGS_MAX);
	buf_clear(&p.out);
	cs_proven(p.poll, CS_PROOF_TOTAL, 7);
	cs_proven(p.poll, CS_PROOF_CLOSED, 7);
	cs_proven(p.poll, (enum cs_proof)9, 7);
	assert_string_equal(buf_str(&p.out), "proof 0 7\nproof 2 0\n");
	doc_fini(&p);
	free(big);
}

static void
test_poll_values(void **state)
{
	static const char *const lookups[] = { "A", "B" };
	static const struct host_sink sink;
	const struct host_poll_options opt = {
		.kind = CS_POLL_LOOKUP, .today = { 2026, 9, 30 },
		.lookups = lookups, .lookup_count = 2,
		.checkpoint = "c\0p", .checkpoint_len = 3, .sink = &sink
	};
	struct cs_poll *p = host_poll_new(&opt);
	char big[CS_CHECKPOINT_MAX + 1] = "";
	size_t len = 0;

	(void)state;
	assert_int_equal(cs_kind(p), CS_POLL_LOOKUP);
	assert_int_equal(cs_date_compare(cs_today(p), opt.today), 0);
	assert_string_equal(cs_lookup(p, 1), "B");
	assert_null(cs_lookup(p, 2));
	assert_memory_equal(cs_checkpoint(p, &len), "c\0p", 3);
	assert_int_equal(len, 3);
	assert_null(host_poll_checkpoint(p, &len));
	assert_int_equal(cs_checkpoint_set(p, "one", 3), CS_OK);
	assert_int_equal(cs_checkpoint_set(p, "t\0o", 3), CS_OK);
	assert_int_equal(cs_checkpoint_set(p, big, sizeof(big)), CS_E_LIMIT);
	assert_memory_equal(host_poll_checkpoint(p, &len), "t\0o", 3);
	assert_int_equal(len, 3);
	assert_int_equal(host_poll_retry_at(p), 0);
	cs_retry_at(p, 1777);
	assert_int_equal(host_poll_retry_at(p), 1777);
	host_poll_free(p);
}

/* --- settings --------------------------------------------------------------- */

static const struct cs_setting_def defs[] = {
	{ .name = "url", .required = true },
	{ .name = "pages", .type = CS_SETTING_INT, .value = "10", .min = 1,
	  .max = 100 },
	{ .name = "wait", .type = CS_SETTING_DURATION, .value = "60s",
	  .min = 1000, .max = 3600000 },
	{ .name = "cap", .type = CS_SETTING_SIZE, .value = "8M" },
	{ .name = "strict", .type = CS_SETTING_BOOL, .value = "no" },
	{ .name = "mode", .type = CS_SETTING_ENUM, .value = "a",
	  .choices = "a|bee|c" },
	{ .name = "api_key", .type = CS_SETTING_SECRET, .required = true },
	{ .name = "none" },
	{ .name = "type.column.*" },
	{ .name = "share.*", .type = CS_SETTING_INT, .min = 1, .max = 9 },
	{ .name = NULL }
};

static void
test_settings(void **state)
{
	static const char *const pairs[] = {
		"url", "https://x", "wait", "5m", "strict", "yes", "mode", "c",
		"api_key", "credential:k", "url", "https://y", NULL
	};
	struct err err;
	struct cs_settings *s = host_settings_new(defs, pairs, &err);

	(void)state;
	assert_non_null(s);
	assert_string_equal(cs_setting(s, "url"), "https://y");
	assert_int_equal(cs_setting_int(s, "pages"), 10);
	assert_int_equal(cs_setting_int(s, "wait"), 300000);
	assert_int_equal(cs_setting_int(s, "cap"), 8 << 20);
	assert_int_equal(cs_setting_int(s, "strict"), 1);
	assert_string_equal(cs_setting(s, "mode"), "c");
	assert_null(cs_setting(s, "api_key"));
	assert_null(cs_setting(s, "none"));
	assert_null(cs_setting(s, "undeclared"));
	assert_int_equal(cs_setting_int(s, "undeclared"), 0);
	assert_null(host_settings_free(s));
	s = host_settings_new(NULL, NULL, &err);
	assert_non_null(s);
	assert_null(cs_setting(s, "url"));
	host_settings_free(s);
}

static void
test_setting_families(void **state)
{
	static const char *const pairs[] = {
		"url", "x", "type.column.MBE", "Minority", "share.A", "3",
		"type.column.WBE", "Woman", "type.column.MBE", "MBE?", NULL
	};
	struct err err;
	struct cs_settings *s = host_settings_new(defs, pairs, &err);
	const char *value = NULL;

	(void)state;
	assert_non_null(s);
	assert_string_equal(cs_setting(s, "type.column.WBE"), "Woman");
	assert_string_equal(cs_setting(s, "type.column.MBE"), "MBE?");
	assert_null(cs_setting(s, "type.column.DOBE"));
	assert_int_equal(cs_setting_int(s, "share.A"), 3);
	assert_string_equal(cs_setting_member(s, "type.column.*", 0, &value), "MBE");
	assert_string_equal(value, "MBE?");
	assert_string_equal(cs_setting_member(s, "type.column.*", 1, &value), "WBE");
	assert_string_equal(value, "Woman");
	assert_null(cs_setting_member(s, "type.column.*", 2, &value));
	host_settings_free(s);
}

static void
test_settings_refused(void **state)
{
	static const struct { const char *pairs[5]; const char *says; } rows[] = {
		{ { NULL }, "url: required" },
		{ { "url", "x", "colour", "red", NULL }, "colour: no such" },
		{ { "url", "x", "type.column.", "x", NULL }, "type.column.: no such" },
		{ { "url", "x", "share.A", "10", NULL }, "share.*: outside 1 to 9" },
		{ { "url", "x", "pages", "0", NULL }, "pages: outside 1 to 100" },
		{ { "url", "x", "pages", "ten", NULL }, "pages: not a valid" },
		{ { "url", "x", "wait", "60", NULL }, "wait: not a valid" },
		{ { "url", "x", "cap", "8X", NULL }, "cap: not a valid" },
		{ { "url", "x", "strict", "true", NULL }, "strict: not a valid" },
		{ { "url", "x", "mode", "be", NULL }, "use one of a|bee|c" },
		{ { "url", "x", "mode", "", NULL }, "mode: not a valid" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = { .text = "" };

		assert_null(host_settings_new(defs, rows[i].pairs, &err));
		if (strstr(err.text, rows[i].says) == NULL)
			fail_msg("wanted %s, got %s", rows[i].says, err.text);
	}
}

static void
test_cover(void **state)
{
	struct cs_cover *c = host_cover_new();
	char type[8];

	(void)state;
	assert_int_equal(cs_cover_type(c, "VOSB"), CS_OK);
	assert_int_equal(cs_cover_type(c, "VOSB"), CS_OK);
	assert_int_equal(cs_cover_type(c, ""), CS_E_CONFIG);
	assert_int_equal(cs_cover_type(c, "vosb"), CS_E_CONFIG);
	assert_int_equal(cs_cover_type(c, "ABCDEFGHIJKLMNOPQ"), CS_E_CONFIG);
	assert_int_equal(host_cover_count(c), 1);
	assert_string_equal(host_cover_type(c, 0), "VOSB");
	assert_null(host_cover_type(c, 1));
	for (unsigned i = 1; i < HOST_COVER_MAX; i++) {
		(void)snprintf(type, sizeof(type), "T%u", i);
		assert_int_equal(cs_cover_type(c, type), CS_OK);
	}
	assert_int_equal(cs_cover_type(c, "ONEMORE"), CS_E_LIMIT);
	assert_null(host_cover_free(c));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_emit_bounds),
		cmocka_unit_test(test_emit_limit),
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_reason_warn_proof),
		cmocka_unit_test(test_poll_values),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_setting_families),
		cmocka_unit_test(test_settings_refused),
		cmocka_unit_test(test_cover),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
