/* SPDX-License-Identifier: ISC */
/*
 * test_plan.c -- which changes are for the worse, a plan's text and hash, and
 * that neither depends on the order of lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/plan.h"

#define D(y, m, d)	{ y, m, d }
#define BIT(reason)	(1u << (reason))

static const struct {
	const char	*what;
	enum badge_status from, to;
	enum badge_reason reason;
	unsigned	 case_before, case_after;
	struct cs_date	 before, after;
	int64_t		 until_before, until_after;
	const char	*line;		/* NULL: not for the worse */
} changes[] = {
	{ "still verified", BADGE_VERIFIED, BADGE_VERIFIED, REASON_RECORD_ACTIVE, 0, 0,
	    D(2027, 3, 1), D(2027, 3, 1), 10, 10, NULL },
	{ "renewed", BADGE_VERIFIED, BADGE_VERIFIED, REASON_RECORD_ACTIVE, 0, 0,
	    D(2027, 3, 1), D(2028, 3, 1), 10, 20, NULL },
	{ "no date any more", BADGE_VERIFIED, BADGE_VERIFIED, REASON_RECORD_ACTIVE, 0, 0,
	    D(2027, 3, 1), D(0, 0, 0), 10, 0, NULL },
	{ "a later end of the same day", BADGE_VERIFIED, BADGE_VERIFIED, REASON_RECORD_ACTIVE, 0, 0,
	    D(2027, 3, 1), D(2027, 3, 1), 10, 11, NULL },
	{ "revoked", BADGE_VERIFIED, BADGE_REVOKED, REASON_RECORD_DECERTIFIED, 0, 0,
	    D(2027, 3, 1), D(2027, 3, 1), 10, 10, "b-1 7 verified revoked record_decertified" },
	{ "expired", BADGE_VERIFIED, BADGE_EXPIRED, REASON_EXPIRY_PASSED, 0, 0,
	    D(2027, 3, 1), D(2027, 3, 1), 10, 10, "b-1 7 verified expired expiry_passed" },
	{ "to review", BADGE_VERIFIED, BADGE_REVIEW, REASON_NAME_MISMATCH, BIT(REASON_NAME_MISMATCH), 0,
	    D(0, 0, 0), D(0, 0, 0), 0, 0, "b-1 7 verified review name_mismatch" },
	{ "a case", BADGE_VERIFIED, BADGE_VERIFIED, REASON_RECORD_ACTIVE, 0,
	    BIT(REASON_TYPE_MISMATCH) | BIT(REASON_NAME_MISMATCH),
	    D(0, 0, 0), D(0, 0, 0), 0, 0, "b-1 7 verified case name_mismatch" },
	{ "an open case gets another reason", BADGE_VERIFIED, BADGE_VERIFIED, REASON_RECORD_ACTIVE,
	    BIT(REASON_NAME_MISMATCH), BIT(REASON_TYPE_MISMATCH),
	    D(0, 0, 0), D(0, 0, 0), 0, 0, NULL },
	{ "a case closes", BADGE_VERIFIED, BADGE_VERIFIED, REASON_RECORD_ACTIVE,
	    BIT(REASON_NAME_MISMATCH), 0, D(0, 0, 0), D(0, 0, 0), 0, 0, NULL },
	{ "an earlier day", BADGE_VERIFIED, BADGE_VERIFIED, REASON_RECORD_ACTIVE, 0, 0,
	    D(2027, 3, 1), D(2027, 2, 28), 10, 9, "b-1 7 verified until:2027-02-28 record_active" },
	{ "a first day", BADGE_VERIFIED, BADGE_VERIFIED, REASON_RECORD_ACTIVE, 0, 0,
	    D(0, 0, 0), D(2027, 2, 28), 0, 9, "b-1 7 verified until:2027-02-28 record_active" },
	{ "an earlier end of the same day", BADGE_VERIFIED, BADGE_VERIFIED, REASON_RECORD_ACTIVE, 0, 0,
	    D(2027, 3, 1), D(2027, 3, 1), 10, 9, "b-1 7 verified until:2027-03-01 record_active" },
	{ "an end where the same day had none", BADGE_VERIFIED, BADGE_VERIFIED, REASON_RECORD_ACTIVE, 0, 0,
	    D(2027, 3, 1), D(2027, 3, 1), 0, 9, "b-1 7 verified until:2027-03-01 record_active" },
	{ "the same day without its end", BADGE_VERIFIED, BADGE_VERIFIED, REASON_RECORD_ACTIVE, 0, 0,
	    D(2027, 3, 1), D(2027, 3, 1), 9, 0, NULL },
	{ "not verified before", BADGE_SUSPENDED, BADGE_REVOKED, REASON_RECORD_DECERTIFIED, 0, 0,
	    D(2027, 3, 1), D(2026, 3, 1), 10, 9, NULL },
	{ "verified again", BADGE_REVOKED, BADGE_VERIFIED, REASON_RECORD_ACTIVE, 0, 0,
	    D(2027, 3, 1), D(2026, 3, 1), 10, 9, NULL },
};

static void
test_changes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct badge before = { .claim.badge = "b-1", .version = 7, .status = changes[i].from,
		    .case_reasons = changes[i].case_before, .expires_on = changes[i].before,
		    .valid_until_s = changes[i].until_before };
		struct badge after = { .claim.badge = "b-1", .version = 8, .status = changes[i].to,
		    .reason = changes[i].reason, .case_reasons = changes[i].case_after,
		    .expires_on = changes[i].after, .valid_until_s = changes[i].until_after };
		struct plan_line line, back;
		char text[PLAN_LINE_SIZE];
		struct err err;

		if (plan_line_of(&before, &after, &line) != (changes[i].line != NULL))
			fail_msg("%s", changes[i].what);
		if (changes[i].line == NULL)
			continue;
		assert_string_equal(plan_line_text(&line, text), changes[i].line);
		assert_int_equal(plan_line_parse(text, &back, &err), 0);
		assert_true(plan_line_same(&line, &back));
	}
}

/* A line differs from one that differs in anything. */
static void
test_lines_differ(void **state)
{
	static const char *const texts[] = {
		"b-1 7 verified revoked record_decertified", "b-1 7 verified case name_mismatch",
		"b-1 7 suspended revoked record_decertified", "b-1 7 verified expired record_decertified",
		"b-1 7 verified revoked record_withdrawn", "b-2 7 verified revoked record_decertified",
		"b-1 7 verified until:2027-03-01 record_active", "b-1 7 verified until:2027-03-02 record_active",
	};
	const size_t n = sizeof(texts) / sizeof(texts[0]);
	struct plan_line lines[sizeof(texts) / sizeof(texts[0])];
	struct err err;

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_int_equal(plan_line_parse(texts[i], &lines[i], &err), 0);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			assert_int_equal(plan_line_same(&lines[i], &lines[k]), i == k);
}

/* A badge whose id no line can hold is in no plan; the claim's own limit is below that. */
static void
test_id_too_long(void **state)
{
	char id[BADGE_ID_MAX + 2], text[PLAN_LINE_SIZE + 8];
	struct badge before = { .claim.badge = id, .version = 7, .status = BADGE_VERIFIED };
	struct badge after = { .claim.badge = id, .status = BADGE_REVOKED };
	struct plan_line line;
	struct err err;

	(void)state;
	memset(id, 'b', sizeof(id));
	id[sizeof(id) - 1] = '\0';
	assert_false(plan_line_of(&before, &after, &line));
	id[BADGE_ID_MAX] = '\0';
	assert_true(plan_line_of(&before, &after, &line));
	memset(text, 'b', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(plan_line_parse(text, &line, &err), -1);
	assert_string_equal(err.text, "a line of a plan is too long");
	text[sizeof(text) - 2] = '\n';
	assert_int_equal(plan_parse(text, &(struct plan){ .count = 0 }, &err), -1);
	assert_string_equal(err.text, "a line of a plan is cut or too long");
}

static void
test_lines_most(void **state)
{
	struct plan plan = { .count = 0 };
	struct plan_line line = { .badge = "b", .version = 1 };

	(void)state;
	for (size_t i = 0; i < PLAN_LINES_MAX; i++)
		assert_int_equal(plan_add(&plan, &line), 0);
	assert_int_equal(plan_add(&plan, &line), -1);
	assert_int_equal(plan.count, PLAN_LINES_MAX);
	plan_free(&plan);
}

static void
test_lines_damaged(void **state)
{
	static const char *const bad[] = {
		"", "b-1", "b-1 7 verified revoked", "b-1 7 verified revoked record_active more",
		"b.1 7 verified revoked record_active", "b-1 0 verified revoked record_active",
		"b-1 x verified revoked record_active", "b-1 7 verifed revoked record_active",
		"b-1 7 verified until:2027-02-30 record_active", "b-1 7 verified until: record_active",
		"b-1 7 verified revoked nothing", " 7 verified revoked record_active",
		"b-1  verified revoked record_active",
	};
	struct plan_line line;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.text[0] = '\0';
		if (plan_line_parse(bad[i], &line, &err) == 0)
			fail_msg("%s", bad[i]);
		assert_true(err.text[0] != '\0');
	}
}

static struct plan_line
line_make(unsigned badge, int64_t version, enum badge_reason reason)
{
	struct plan_line line = { .version = version, .from = BADGE_VERIFIED, .to = BADGE_REVOKED, .reason = reason };

	(void)snprintf(line.badge, sizeof(line.badge), "b%03u", badge);
	return line;
}

/* sha256sum of the two lines with their newlines. */
static void
test_hash(void **state)
{
	struct plan plan = { .count = 0 };
	struct plan_line a = line_make(1, 1, REASON_RECORD_WITHDRAWN), b = line_make(2, 9, REASON_RECORD_DECERTIFIED);
	char hash[PLAN_HASH_SIZE];
	struct buf text;

	(void)state;
	assert_int_equal(plan_hash(&plan, hash), 0);
	assert_string_equal(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_int_equal(plan_add(&plan, &b), 0);
	assert_int_equal(plan_add(&plan, &a), 0);
	plan_sort(&plan);
	buf_init(&text, 4096);
	plan_text(&plan, &text);
	assert_string_equal(buf_str(&text), "b001 1 verified revoked record_withdrawn\n"
	    "b002 9 verified revoked record_decertified\n");
	assert_int_equal(plan_hash(&plan, hash), 0);
	assert_string_equal(hash, "3d93d0252c38312436b3f2ad814520e6010215d3ba7b9472702a7d53e49bd3aa");
	buf_free(&text);
	plan_free(&plan);
}

static void
test_hash_typed(void **state)
{
	static const char hash[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

	(void)state;
	assert_true(plan_hash_matches(hash, hash));
	assert_true(plan_hash_matches(hash, "e3b0c44298fc"));
	assert_true(plan_hash_matches(hash, "e3b0c442"));
	assert_false(plan_hash_matches(hash, "e3b0c44"));
	assert_false(plan_hash_matches(hash, "e3b0c443"));
	assert_false(plan_hash_matches(hash, ""));
	assert_false(plan_hash_matches("", ""));
	assert_false(plan_hash_matches(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8555"));
}

/* Lines in any order, some doubled, some of an older version: one text, one hash. */
static void
test_order(void **state)
{
	struct plan_line lines[40];
	char first[PLAN_HASH_SIZE] = "", hash[PLAN_HASH_SIZE];

	(void)state;
	srand(11);
	for (unsigned i = 0; i < 40; i++)
		lines[i] = line_make(i % 25, 1 + i / 25, i % 2 == 0 ? REASON_RECORD_WITHDRAWN : REASON_RECORD_DECERTIFIED);
	for (int round = 0; round < 200; round++) {
		struct plan plan = { .count = 0 };

		for (size_t i = 40; i > 1; i--) {
			size_t k = (size_t)rand() % i;
			struct plan_line swap = lines[i - 1];

			lines[i - 1] = lines[k];
			lines[k] = swap;
		}
		for (size_t i = 0; i < 40; i++) {
			assert_int_equal(plan_add(&plan, &lines[i]), 0);
			if (i % 3 == 0)
				assert_int_equal(plan_add(&plan, &lines[i]), 0);
		}
		plan_sort(&plan);
		assert_int_equal(plan.count, 25);
		assert_int_equal(plan.lines[0].version, 2);
		assert_int_equal(plan_hash(&plan, hash), 0);
		if (first[0] == '\0')
			memcpy(first, hash, sizeof(first));
		assert_string_equal(hash, first);
		plan_free(&plan);
	}
}

static bool
is_even(void *arg, const struct plan_line *line)
{
	(void)arg;
	return (line->badge[3] - '0') % 2 == 0;
}

static void
test_parse_back_and_strike(void **state)
{
	struct plan plan = { .count = 0 }, back;
	struct plan_line line;
	struct buf a, b;
	struct err err;

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		line = line_make(99 - i, 3, REASON_RECORD_WITHDRAWN);
		assert_int_equal(plan_add(&plan, &line), 0);
	}
	plan_sort(&plan);
	buf_init(&a, 65536);
	buf_init(&b, 65536);
	plan_text(&plan, &a);
	assert_int_equal(plan_parse(buf_str(&a), &back, &err), 0);
	plan_text(&back, &b);
	assert_string_equal(buf_str(&a), buf_str(&b));
	assert_int_equal(plan_strike(&back, is_even, NULL), 50);
	assert_int_equal(back.count, 50);
	assert_string_equal(back.lines[49].badge, "b098");
	plan_free(&back);
	assert_int_equal(plan_parse("b001 1 verified revoked record_withdrawn", &back, &err), -1);
	assert_int_equal(plan_parse("b001 1 verified revoked record_withdrawn\nx\n", &back, &err), -1);
	assert_int_equal(back.count, 0);
	assert_int_equal(plan_parse("", &back, &err), 0);
	plan_free(&plan);
	buf_free(&a);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_lines_differ),
		cmocka_unit_test(test_id_too_long),
		cmocka_unit_test(test_lines_most),
		cmocka_unit_test(test_lines_damaged),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_hash_typed),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_parse_back_and_strike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
