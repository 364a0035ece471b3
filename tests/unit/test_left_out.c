/* SPDX-License-Identifier: ISC */
/* test_left_out.c -- since when rows have been left out, whatever came and went between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/left_out.h"

/* Rows as text: "3:100 3:100 7:200", hash and time */
static void
rows_read(const char *text, struct left_out *out)
{
	int used = 0;
	unsigned hash;
	long long since_s;

	memset(out, 0, sizeof(*out));
	for (; sscanf(text, " %u:%lld%n", &hash, &since_s, &used) == 2; text += used)
		out->rows[out->count++] = (struct left_out_row){ hash, since_s };
	out->total = out->count;
}

static const char *
rows_text(const struct left_out *l)
{
	static char text[512];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < l->count; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u:%lld", i > 0 ? " " : "",
		    (unsigned)l->rows[i].hash, (long long)l->rows[i].since_s);
	return text;
}

static const struct {
	const char	*what, *before;
	uint64_t	 now[4];	/* hashes, ended by 0 */
	int64_t		 now_s;
	const char	*after;
	int64_t		 newest_s;
} rows[] = {
	{ "none", "", { 0 }, 100, "", 0 },
	{ "the first list has rows", "", { 9, 3 }, 100, "3:100 9:100", 100 },
	{ "the same again", "3:100 9:100", { 9, 3 }, 200, "3:100 9:100", 100 },
	{ "one more", "3:100 9:100", { 9, 5, 3 }, 200, "3:100 5:200 9:100", 200 },
	{ "one is read again", "3:100 5:200 9:100", { 3, 9 }, 300, "3:100 9:100", 100 },
	{ "it comes back: new", "3:100 9:100", { 5, 3, 9 }, 400, "3:100 5:400 9:100", 400 },
	{ "the same bytes twice", "3:100", { 3, 3 }, 200, "3:200 3:100", 200 },
	{ "of two equal ones the newer is left", "3:200 3:100", { 3 }, 300, "3:200", 200 },
	{ "as many equal ones", "3:200 3:100", { 3, 3 }, 300, "3:200 3:100", 200 },
	{ "others in their place", "1:100 2:100", { 3, 4 }, 200, "3:200 4:200", 200 },
};

static void
test_follow(void **state)
{
	struct left_out *before = calloc(1, sizeof(*before)), *now = calloc(1, sizeof(*now));

	(void)state;
	assert_non_null(before);
	assert_non_null(now);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rows_read(rows[i].before, before);
		memset(now, 0, sizeof(*now));
		for (const uint64_t *hash = rows[i].now; *hash != 0; hash++)
			left_out_add(now, *hash);
		/* A poll is judged again after a second download. */
		for (int times = 0; times < 2; times++) {
			left_out_follow(now, before, rows[i].now_s);
			if (strcmp(rows_text(now), rows[i].after) != 0)
				fail_msg("%s: %s, not %s", rows[i].what, rows_text(now),
				    rows[i].after);
		}
		assert_int_equal(left_out_newest_s(now), rows[i].newest_s);
	}
	free(before);
	free(now);
}

static void
test_too_many(void **state)
{
	struct left_out *l = calloc(1, sizeof(*l));

	(void)state;
	assert_non_null(l);
	for (uint64_t i = 0; i < LEFT_OUT_MAX; i++)
		left_out_add(l, i + 1);
	left_out_follow(l, &(struct left_out){ .total = 0 }, 100);
	assert_int_equal(left_out_newest_s(l), 100);
	left_out_add(l, 5000);
	assert_int_equal(l->total, LEFT_OUT_MAX + 1);
	assert_int_equal(left_out_newest_s(l), INT64_MAX);
	free(l);
}

static void
test_text(void **state)
{
	static const char *const damaged[] = { "x", "2 12", "1 0000000000000003:",
	    "1 0000000000000003:5 x", "1 0000000000000003:5 0000000000000004:5" };
	struct left_out *l = calloc(1, sizeof(*l)), *back = calloc(1, sizeof(*back));
	struct buf text;

	(void)state;
	assert_non_null(l);
	assert_non_null(back);
	buf_init(&text, LEFT_OUT_TEXT_MAX);
	left_out_encode(l, &text);
	assert_string_equal(buf_str(&text), "");
	assert_true(left_out_decode("", back));
	assert_int_equal(back->total, 0);
	for (uint64_t i = 0; i < LEFT_OUT_MAX + 3; i++)
		left_out_add(l, UINT64_MAX - i);
	left_out_follow(l, back, INT64_MAX - 1);
	left_out_encode(l, &text);
	assert_false(text.failed);
	assert_true(left_out_decode(buf_str(&text), back));
	assert_memory_equal(l, back, sizeof(*l));
	buf_free(&text);
	for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++) {
		assert_false(left_out_decode(damaged[i], back));
		assert_int_equal(back->count, 0);
		assert_true(back->total > 0);
	}
	free(l);
	free(back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_follow),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
