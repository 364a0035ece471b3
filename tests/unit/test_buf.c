/* SPDX-License-Identifier: ISC */
/* test_buf.c -- growing bytes with a maximum: src/base/buf.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"

static void
test_append(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_string_equal(buf_str(&b), "");
	buf_puts(&b, "one");
	buf_putc(&b, ' ');
	buf_add(&b, "two!", 3);
	buf_add(&b, NULL, 0);
	buf_printf(&b, " %d %s", 3, "four");
	assert_string_equal(buf_str(&b), "one two 3 four");
	assert_int_equal(b.len, strlen(buf_str(&b)));
	buf_shift(&b, 4);
	assert_string_equal(buf_str(&b), "two 3 four");
	buf_shift(&b, 0);
	assert_string_equal(buf_str(&b), "two 3 four");
	buf_shift(&b, 10);
	assert_string_equal(buf_str(&b), "");
	buf_shift(&b, 1);
	assert_false(b.failed);
	buf_free(&b);
	buf_shift(&b, 1);
	buf_puts(&b, "again");
	assert_string_equal(buf_str(&b), "again");
	buf_free(&b);
}

static void
test_maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	for (int i = 0; i < 10; i++)
		buf_puts(&b, "0123456789");
	assert_false(b.failed);
	assert_int_equal(b.len, 100);
	buf_putc(&b, 'x');
	assert_true(b.failed);
	assert_int_equal(b.len, 100);
	buf_clear(&b);
	assert_false(b.failed);
	assert_string_equal(buf_str(&b), "");
	buf_printf(&b, "%101s", "x");
	assert_true(b.failed);
	buf_puts(&b, "");
	buf_puts(&b, "y");		/* nothing more once it failed */
	assert_int_equal(b.len, 0);
	buf_free(&b);
	buf_init(&b, 0);
	buf_puts(&b, "");
	assert_false(b.failed);
	buf_putc(&b, 'x');
	assert_true(b.failed);
	buf_free(&b);
}

static void
test_json(void **state)
{
	static const struct { const char *in, *want; } cases[] = {
		{ NULL, "null" },
		{ "", "\"\"" },
		{ "plain", "\"plain\"" },
		{ "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
		{ "\n\t\x01\x7f", "\"\\u000a\\u0009\\u0001\\u007f\"" },
		{ "caf\xc3\xa9", "\"caf\xc3\xa9\"" },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&b);
		buf_json(&b, cases[i].in);
		assert_string_equal(buf_str(&b), cases[i].want);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
