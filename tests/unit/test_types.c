/* SPDX-License-Identifier: ISC */
/* test_types.c -- the table of types: the one built in, and every way to break one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "core/types.h"

static struct types *
parse(const char *text, struct err *err)
{
	return types_parse(text, strlen(text), "types.conf", err);
}

static void
test_builtin(void **state)
{
	static const struct {
		const char *code;
		unsigned categories;
	} rows[] = {
		{ "LGBTBE", CS_CATEGORY_LGBTQ },
		{ "MBE", CS_CATEGORY_MINORITY },
		{ "SBA8A", CS_CATEGORY_MINORITY },
		{ "SBA8A-JV", CS_CATEGORY_MINORITY },
		{ "WBE", CS_CATEGORY_WOMAN },
		{ "WOSB", CS_CATEGORY_WOMAN },
		{ "EDWOSB", CS_CATEGORY_WOMAN },
		{ "VOSB", CS_CATEGORY_VETERAN },
		{ "SDVOSB", CS_CATEGORY_VETERAN },
		{ "VBE", CS_CATEGORY_VETERAN },
		{ "SDVBE", CS_CATEGORY_VETERAN },
		{ "DVBE", CS_CATEGORY_VETERAN },
		{ "DOBE", CS_CATEGORY_DISABILITY },
		{ "LGBTQBE", CS_CATEGORY_LGBTQ },
		{ "AABE", CS_CATEGORY_MINORITY },
		{ "FBE", CS_CATEGORY_WOMAN },
		{ "MWBE", CS_CATEGORY_MINORITY | CS_CATEGORY_WOMAN },
		{ "SDVOB", CS_CATEGORY_VETERAN },
		{ "PDBE", CS_CATEGORY_DISABILITY },
		{ "HUBZONE", 0 },
		{ "SBE", 0 },
		{ "DBE", 0 },
	};
	struct err err = { .text = "" };
	struct types *t = types_builtin(&err);

	(void)state;
	assert_string_equal(err.text, "");
	assert_non_null(t);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(types_known(t, rows[i].code));
		assert_int_equal(types_categories(t, rows[i].code), rows[i].categories);
	}
	assert_false(types_known(t, "XBE"));
	assert_false(types_known(t, NULL));
	assert_int_equal(types_categories(t, "XBE"), 0);
	assert_int_equal(types_categories(t, NULL), 0);
	assert_true(types_implies(t, "SDVOSB", "VOSB"));
	assert_true(types_implies(t, "EDWOSB", "WOSB"));
	assert_true(types_implies(t, "MWBE", "MBE") && types_implies(t, "MWBE", "WBE"));
	/* Disability in Illinois, Portuguese in Massachusetts: for the list to say. */
	assert_false(types_known(t, "PBE"));
	assert_false(types_implies(t, "VOSB", "SDVOSB"));
	assert_false(types_implies(t, "WOSB", "EDWOSB"));
	assert_false(types_implies(t, "SBA8A", "SBA8A-JV"));
	assert_true(types_implies(t, "XBE", "XBE"));
	assert_false(types_implies(t, NULL, "WOSB"));
	assert_false(types_implies(t, "WOSB", NULL));
	assert_null(types_free(t));
	assert_null(types_free(NULL));
}

static void
test_chain(void **state)
{
	/* Forward references, tabs, CRLF, no last line end, chains of includes. */
	struct err err = { .text = "" };
	struct types *t = parse("# a comment\r\n\n; another\n"
	    "A\tminority > B D ; x\r\nB woman > C ; x\nC - ; x\nD lgbtq ; x", &err);

	(void)state;
	assert_string_equal(err.text, "");
	assert_non_null(t);
	assert_true(types_implies(t, "A", "B"));
	assert_true(types_implies(t, "A", "C"));
	assert_true(types_implies(t, "A", "D"));
	assert_false(types_implies(t, "C", "A"));
	assert_int_equal(types_categories(t, "A"), CS_CATEGORY_MINORITY);
	types_free(t);
}

static void
test_broken(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "", "types.conf: no type in it" },
		{ "# only this\n", "types.conf: no type in it" },
		{ "\nwbe woman ; x\n", "types.conf:2: not a type code (A-Z 0-9 -): \"wbe\"" },
		{ "ABCDEFGHIJKLMNOPQ woman ; x", "types.conf:1: not a type code" },
		{ "WBE ; x", "types.conf:1: no category follows" },
		{ "; x\n\r\n ; x", "types.conf: no type in it" },
		{ "WBE woman \r > MBE ; x", "types.conf:1: not UTF-8 text" },
		{ "WBE women ; x", "types.conf:1: no such category" },
		{ "MWBE minority,women ; x", "disability, lgbtq, or -): \"women\"" },
		{ "MWBE minority, ; x", "types.conf:1: no such category" },
		{ "MWBE minority, woman ; x", "types.conf:1: no such category" },
		{ "WBE woman", "types.conf:1: the row names no source" },
		{ "WBE woman ;", "types.conf:1: the row names no source" },
		{ "WBE woman ; x\nWBE woman ; y", "types.conf:2: this type has a row already: \"WBE\"" },
		{ "WBE woman MBE ; x", "types.conf:1: expected \">\" before the included types: \"MBE\"" },
		{ "WBE woman > ; x", "types.conf:1: no type follows" },
		{ "WBE woman > mbe ; x", "types.conf:1: not a type code" },
		{ "\n\nWBE woman > MBE ; x", "types.conf:3: the included type has no row: \"MBE\"" },
		{ "WBE woman > WBE ; x", "types.conf:1: a type cannot include itself" },
		{ "A - > B ; x\nB - > C ; x\nC - > A ; x", "two types include each other" },
		{ "WBE\x01 woman ; x", "types.conf:1: not UTF-8 text" },
		{ "W\xff woman ; x", "types.conf:1: not UTF-8 text" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err err = { .text = "" };

		assert_null(parse(rows[i].text, &err));
		if (strstr(err.text, rows[i].error) == NULL)
			fail_msg("row %zu: \"%s\" lacks \"%s\"", i, err.text, rows[i].error);
	}
}

static void
test_limits(void **state)
{
	static char text[TYPES_MAX * 32];
	struct err err = { .text = "" };
	struct types *t;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < TYPES_MAX; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "T%d - ; x\n", i);
	t = parse(text, &err);
	assert_non_null(t);
	assert_true(types_known(t, "T255"));
	types_free(t);
	snprintf(text + n, sizeof(text) - n, "ONE-MORE - ; x\n");
	assert_null(parse(text, &err));
	assert_non_null(strstr(err.text, "too many types"));
	memset(text, ' ', 600);
	text[600] = '\0';
	assert_null(parse(text, &err));
	assert_non_null(strstr(err.text, "longer than 512 bytes"));
	/* Two rows include more than all types there may be. */
	n = 0;
	for (int row = 0; row < 2; row++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "A%d - >", row);
		for (int i = 0; i <= TYPES_MAX / 2; i++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, " B");
		n += (size_t)snprintf(text + n, sizeof(text) - n, " ; x\n");
	}
	assert_null(parse(text, &err));
	assert_non_null(strstr(err.text, "types.conf:2: too many included types"));
}

/* As text: each type, the bits of its categories, and all that it stands for, itself too. */
static void
test_text(void **state)
{
	struct err err = { .text = "" };
	struct types *t = parse("A minority > B ; x\nB woman > C; x\nC - ; x", &err);
	struct buf out;

	(void)state;
	assert_non_null(t);
	buf_init(&out, 1024);
	types_text(t, &out);
	assert_string_equal(buf_str(&out), "A 1 A B C\nB 2 B C\nC 0 C\n");
	assert_false(types_implies(t, "A", "X"));
	assert_false(types_implies(t, "X", "A"));
	buf_free(&out);
	types_free(t);
}

static void
test_codes(void **state)
{
	(void)state;
	assert_true(types_code_ok("A"));
	assert_true(types_code_ok("SBA8A-JV"));
	assert_true(types_code_ok("ABCDEFGHIJKLMNOP"));
	assert_false(types_code_ok("ABCDEFGHIJKLMNOPQ"));
	assert_false(types_code_ok(""));
	assert_false(types_code_ok(NULL));
	assert_false(types_code_ok("wosb"));
	assert_false(types_code_ok("A B"));
	assert_false(types_code_ok("A_B"));
}

static void
test_categories(void **state)
{
	static const char *const names[] = { "minority", "woman", "veteran",
	    "disability", "lgbtq" };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(category_parse(names[i]), 1u << i);
		assert_string_equal(category_name(1u << i), names[i]);
	}
	assert_int_equal(category_parse("Woman"), 0);
	assert_int_equal(category_parse(""), 0);
	assert_int_equal(category_parse(NULL), 0);
	assert_string_equal(category_name(0x20), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_categories),
	};

	return cmocka_run_group_tests_name("types", tests, NULL, NULL);
}
