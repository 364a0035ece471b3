/* SPDX-License-Identifier: ISC */
/* test_feed.c -- what a finished feed is worth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/feed.h"

/* A full feed of so many records and items, with so many known before and lacking now. */
#define FEED(n, n_items, n_known, n_lacking) SINCE(n, n_items, n_known, n_lacking, n_lacking, n_known)
/* So many of those lacking were there at the last list; the largest list lately was of so many. */
#define SINCE(n, n_items, n_known, n_lacking, n_gone, n_largest) .full = true, .records = (n), .items = (n_items), \
	.known = (n_known), .lacking = (n_lacking), .gone = (n_gone), .numbers = (n_known), .largest = (n_largest), \
	.max_shrink = 0.2, .max_growth = 0.5, .absent_share = 0.02
#define HEALTHY	FEED(1000, 1000, 1000, 0)

static const struct {
	const char	*what;
	struct feed_facts facts;
	enum feed_worth	 worth;
	const char	*proof;
} rows[] = {
	{ "nothing proves it", { HEALTHY }, FEED_UNPROVEN, "none" },
	{ "F5: 1,000 declared, 999 came", { FEED(1000, 999, 1000, 0), .claimed[CS_PROOF_TOTAL] = true,
	    .declared[CS_PROOF_TOTAL] = 1000 }, FEED_INCOMPLETE, "none" },
	{ "a total that agrees", { HEALTHY, .claimed[CS_PROOF_TOTAL] = true,
	    .declared[CS_PROOF_TOTAL] = 1000 }, FEED_PROVEN, "total" },
	{ "a trailer that agrees", { HEALTHY, .claimed[CS_PROOF_TRAILER] = true,
	    .declared[CS_PROOF_TRAILER] = 1000 }, FEED_PROVEN, "trailer" },
	{ "a trailer that does not", { HEALTHY, .claimed[CS_PROOF_TRAILER] = true,
	    .declared[CS_PROOF_TRAILER] = 1001 }, FEED_INCOMPLETE, "none" },
	{ "a closed document, nothing missing", { HEALTHY, .claimed[CS_PROOF_CLOSED] = true },
	    FEED_PROVEN, "closed" },
	{ "a closed document, 2 % missing", { FEED(1000, 1000, 1000, 20), .claimed[CS_PROOF_CLOSED] = true },
	    FEED_PROVEN, "closed" },
	{ "a closed document, more missing", { FEED(1000, 1000, 1000, 21), .claimed[CS_PROOF_CLOSED] = true },
	    FEED_UNPROVEN, "none" },
	{ "the terminal cursor", { HEALTHY, .claimed[CS_PROOF_CURSOR] = true }, FEED_PROVEN, "cursor" },
	{ "a manifest that agrees", { HEALTHY, .has_manifest = true, .manifest_rows = 1000 },
	    FEED_PROVEN, "manifest" },
	{ "a manifest that does not", { HEALTHY, .has_manifest = true, .manifest_rows = 5 },
	    FEED_INCOMPLETE, "none" },
	{ "withheld, whatever else would prove it", { HEALTHY, .has_manifest = true,
	    .manifest_rows = 1000, .claimed[CS_PROOF_TOTAL] = true, .declared[CS_PROOF_TOTAL] = 1000,
	    .twice = true, .unproven = "it is filtered" }, FEED_UNPROVEN, "none" },
	{ "withheld, and its own count does not agree", { HEALTHY, .claimed[CS_PROOF_TOTAL] = true,
	    .declared[CS_PROOF_TOTAL] = 1001, .unproven = "it is filtered" },
	    FEED_INCOMPLETE, "none" },
	{ "F1: empty, although closed", { FEED(0, 0, 1000, 1000),
	    .claimed[CS_PROOF_CLOSED] = true }, FEED_REFUSED, "none" },
	{ "empty at the first poll", { FEED(0, 0, 0, 0),
	    .claimed[CS_PROOF_CLOSED] = true }, FEED_REFUSED, "none" },
	{ "under min_records", { HEALTHY, .min_records = 1001 }, FEED_REFUSED, "none" },
	{ "F2: shrunk by half, total right", { FEED(500, 500, 1000, 500),
	    .claimed[CS_PROOF_TOTAL] = true, .declared[CS_PROOF_TOTAL] = 500 }, FEED_REFUSED, "none" },
	{ "shrunk by exactly max_shrink", { FEED(800, 800, 1000, 200),
	    .claimed[CS_PROOF_TOTAL] = true, .declared[CS_PROOF_TOTAL] = 800 }, FEED_PROVEN, "total" },
	{ "as many, most of them others", { FEED(1000, 1000, 1000, 201),
	    .claimed[CS_PROOF_TOTAL] = true, .declared[CS_PROOF_TOTAL] = 1000 }, FEED_REFUSED, "none" },
	{ "missing for long, and as many as ever", { SINCE(1000, 1000, 1500, 500, 0, 1000) },
	    FEED_UNPROVEN, "none" },
	{ "two periods of each are known, one is listed", { SINCE(1000, 1000, 2000, 0, 0, 1000) }, FEED_UNPROVEN, "none" },
	{ "shrunk little by little", { SINCE(790, 790, 850, 60, 60, 1000) }, FEED_REFUSED, "none" },
	{ "others in their place, no limit set", { .full = true, .records = 1000, .items = 1000, .known = 1000,
	    .lacking = 1000, .claimed[CS_PROOF_TOTAL] = true, .declared[CS_PROOF_TOTAL] = 1000 }, FEED_PROVEN, "total" },
	{ "grown beyond max_growth", { FEED(1501, 1501, 1000, 0),
	    .claimed[CS_PROOF_TOTAL] = true, .declared[CS_PROOF_TOTAL] = 1501 }, FEED_REFUSED, "none" },
	{ "the first poll may have any size", { FEED(50000, 50000, 0, 0),
	    .claimed[CS_PROOF_TOTAL] = true, .declared[CS_PROOF_TOTAL] = 50000 }, FEED_PROVEN, "total" },
	{ "two downloads alike", { HEALTHY, .twice = true }, FEED_PROVEN, "twice" },
	{ "two downloads alike, and too small", { HEALTHY, .twice = true, .min_records = 1001 },
	    FEED_REFUSED, "none" },
	{ "a delta read twice is no proof", { .known = 1000, .twice = true }, FEED_UNPROVEN, "none" },
	{ "a delta is judged by no size and proves nothing", { .known = 1000, .max_shrink = 0.2,
	    .claimed[CS_PROOF_CURSOR] = true }, FEED_UNPROVEN, "none" },
};

static void
test_rows(void **state)
{
	const char *proof;
	struct err why;
	enum feed_worth worth;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		why.text[0] = '\0';
		worth = feed_judge(&rows[i].facts, &proof, &why);
		if (worth != rows[i].worth || strcmp(proof, rows[i].proof) != 0)
			fail_msg("%s: got %d, proof %s", rows[i].what, (int)worth, proof);
		/* Whatever is not proven says why. */
		if (worth != FEED_PROVEN && why.text[0] == '\0')
			fail_msg("%s: no reason given", rows[i].what);
	}
}

static void
test_sums(void **state)
{
	static const uint64_t pairs[][2] = { { 1, 2 }, { 2, 1 }, { 7, 7 }, { 1, 3 } };
	struct feed_sum forth = { 0 }, back = { 0 }, other = { 0 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		feed_sum_add(&forth, pairs[i][0], pairs[i][1]);
		feed_sum_add(&back, pairs[3 - i][0], pairs[3 - i][1]);
		/* as many, with the parts of one pair changed over */
		feed_sum_add(&other, pairs[i][i == 0], pairs[i][i != 0]);
	}
	assert_true(feed_sum_equal(&forth, &back));
	assert_false(feed_sum_equal(&forth, &other));
	/* As many, and one half of the sum alike, are still another list. */
	other = forth;
	other.sums[1]++;
	assert_false(feed_sum_equal(&forth, &other));
	/* F6: the same record once more is another download. */
	feed_sum_add(&back, 7, 7);
	assert_false(feed_sum_equal(&forth, &back));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows), cmocka_unit_test(test_sums) };

	return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
