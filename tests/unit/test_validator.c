/* SPDX-License-Identifier: ISC */
/* test_validator.c -- what a snapshot was read from, kept and compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/registry/validator.h"

#define NAME	UINT64_C(0xFEDCBA9876543210)

static void
test_encode(void **state)
{
	struct validator v = { .request = UINT64_MAX, .body = 1, .file = NAME, .file_size = UINT64_C(1) << 40,
	    .file_mtime_s = INT64_C(1795304580), .file_mtime_ns = 999999999, .file_as_of_s = INT64_C(1795304000), .etag = "W/\"a\\b\"",
	    .last_modified = "Sat, 21 Nov 2026 00:00:00 GMT" };
	struct validator got;
	struct buf text;

	(void)state;
	memset(v.file_sha256, 'a', 64);
	buf_init(&text, VALIDATOR_TEXT_MAX);
	validator_encode(&v, &text);
	assert_false(text.failed);
	assert_true(validator_decode(buf_str(&text), &got));
	assert_memory_equal(&v, &got, sizeof(v));
	/* The longest that the head of an answer keeps. */
	memset(v.etag, '"', sizeof(v.etag) - 1);
	memset(v.last_modified, '\\', sizeof(v.last_modified) - 1);
	buf_clear(&text);
	validator_encode(&v, &text);
	assert_false(text.failed);
	assert_true(validator_decode(buf_str(&text), &got));
	assert_string_equal(got.etag, v.etag);
	buf_free(&text);
}

static void
test_decode_refuses(void **state)
{
	static const char *const texts[] = { "", "x", "{}", "[]", "{\"request\":1}", "{\"etag\":\"" };
	struct validator got = { .request = 7 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_false(validator_decode(texts[i], &got));
		assert_false(validator_fits(&got, 0));
	}
}

static void
test_file(void **state)
{
	struct source_file file = { .size = 100, .mtime_s = 1000, .mtime_ns = 5 }, other;
	struct validator v = { .request = 9 };

	(void)state;
	assert_false(validator_is_file(&v, NAME, &file));
	validator_set_file(&v, NAME, &file);
	assert_true(validator_is_file(&v, NAME, &file));
	assert_false(validator_is_file(&v, NAME + 1, &file));
	other = file;
	other.size++;
	assert_false(validator_is_file(&v, NAME, &other));
	other = file;
	other.mtime_ns++;
	assert_false(validator_is_file(&v, NAME, &other));
	/* Checksums tell by themselves: the same roster under a new name, another under the old one,
	 * and the same once more, as of a later day. */
	memset(file.sha256, 'a', 64);
	validator_set_file(&v, NAME, &file);
	other = file;
	other.mtime_s++;
	assert_true(validator_is_file(&v, NAME + 1, &other));
	other.as_of_s += 86400;
	assert_false(validator_is_file(&v, NAME, &other));
	other = file;
	other.sha256[0] = 'b';
	assert_false(validator_is_file(&v, NAME, &other));
	assert_true(validator_fits(&v, 9) && !validator_fits(&v, 8) && !validator_fits(&v, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_decode_refuses),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests_name("validator", tests, NULL, NULL);
}
