/* SPDX-License-Identifier: ISC */
/* test_mask.c -- mask.h: enough to see which column it is, and not whose number or name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/mask.h"

static void
test_numbers(void **state)
{
	static const struct { const char *number, *masked; } rows[] = {
		{ "", "" }, { "7", "7***" }, { "E1234", "E***" }, { "E12345", "E***5" },
		{ "0012-88-X", "0***X" }, { "\xc3\x89" "12345\xc3\xa9", "\xc3\x89***\xc3\xa9" },
	};
	char out[MASK_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(mask_number(rows[i].number, out), rows[i].masked);
}

static void
test_names(void **state)
{
	static const struct { const char *name, *masked; } rows[] = {
		{ "", "" }, { "Joe", "J***" }, { "Joe's House, LLC", "J*** H*** L***" },
		{ "  A  B ", "A*** B***" }, { "\xc3\x89toile du Nord", "\xc3\x89*** d*** N***" },
	};
	char out[MASK_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(mask_name(rows[i].name, out), rows[i].masked);
}

/* However long, it fits and no character is halved. */
static void
test_long_ones(void **state)
{
	char name[2000], out[MASK_SIZE];

	(void)state;
	for (size_t i = 0; i + 3 < sizeof(name); i += 3)
		memcpy(name + i, "\xc3\xa9 ", 3);
	name[1998] = '\0';
	(void)mask_name(name, out);
	assert_true(strlen(out) < MASK_SIZE);
	assert_string_equal(out + strlen(out) - 6, "***...");
	memset(name, '7', 1998);
	assert_string_equal(mask_number(name, out), "7***7");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_long_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
