/* SPDX-License-Identifier: ISC */
/* The phases of a poll: whatever happens it comes to an end, and nothing is committed unjudged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/poll/poll_phase.h"

/* Whether one leads to the other in any number of steps, none of them through without. */
static bool
reaches(enum poll_phase from, enum poll_phase to, enum poll_phase without)
{
	bool seen[POLL_PHASES] = { false };

	seen[from] = true;
	for (int round = 0; round < POLL_PHASES; round++)
		for (int a = 0; a < POLL_PHASES; a++)
			for (int b = 0; b < POLL_PHASES; b++)
				if (seen[a] && a != (int)without && poll_phase_leads_to((enum poll_phase)a, (enum poll_phase)b))
					seen[b] = true;
	return seen[to];
}

static void
test_every_phase_may_fail(void **state)
{
	(void)state;
	for (int p = 0; p < POLL_OVER; p++)
		assert_true(poll_phase_leads_to((enum poll_phase)p, POLL_OVER));
	for (int p = 0; p < POLL_PHASES; p++)
		assert_false(poll_phase_leads_to(POLL_OVER, (enum poll_phase)p));
}

static void
test_every_phase_is_reached(void **state)
{
	(void)state;
	for (int p = POLL_BEGIN + 1; p < POLL_PHASES; p++)
		assert_true(reaches(POLL_BEGIN, (enum poll_phase)p, POLL_OVER));
	for (int p = 0; p < POLL_PHASES; p++)
		assert_false(poll_phase_leads_to((enum poll_phase)p, POLL_BEGIN));
}

static void
test_what_was_read_is_judged(void **state)
{
	(void)state;
	assert_false(reaches(POLL_SETTLE, POLL_COMMIT, POLL_JUDGE));
	assert_false(reaches(POLL_REREAD, POLL_COMMIT, POLL_JUDGE));
	/* Nothing is taken away before: only there does a list get its worth. */
	assert_false(reaches(POLL_BEGIN, POLL_REMOVE, POLL_JUDGE));
	assert_false(reaches(POLL_BEGIN, POLL_SUPERSEDE, POLL_JUDGE));
}

static void
test_once_committed_it_is_over(void **state)
{
	(void)state;
	for (int p = 0; p < POLL_OVER; p++)
		assert_false(poll_phase_leads_to(POLL_COMMIT, (enum poll_phase)p));
	/* What is staged as gone is committed: it is not judged again. */
	assert_false(reaches(POLL_REMOVE, POLL_JUDGE, POLL_OVER));
	assert_false(reaches(POLL_SUPERSEDE, POLL_JUDGE, POLL_OVER));
}

static void
test_names(void **state)
{
	(void)state;
	for (int a = 0; a < POLL_PHASES; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(poll_phase_name((enum poll_phase)a), poll_phase_name((enum poll_phase)b));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_phase_may_fail),
		cmocka_unit_test(test_every_phase_is_reached),
		cmocka_unit_test(test_what_was_read_is_judged),
		cmocka_unit_test(test_once_committed_it_is_over),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
