/* SPDX-License-Identifier: ISC */
/* What a poll may ask for: not for ever, whatever its connector and the registry do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/poll/poll_caps.h"

/* Requests that are let through, of many; each answer brings items and records so often. */
static unsigned
let_through(int64_t max, bool lookup, unsigned items, unsigned records, struct err *err)
{
	struct poll_caps c = { .requests = 0 };
	unsigned n = 0;

	*err = (struct err){ .text = "" };
	while (n < 3 * POLL_CAPS_IDLE_MAX && poll_caps_ask(&c, max, lookup, err) == 0) {
		n++;
		c.items += items != 0 && n % items == 0;
		c.records += records != 0 && n % records == 0;
	}
	return n;
}

static void
test_requests(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(let_through(1, false, 1, 1, &err), 1);
	assert_non_null(strstr(err.text, "more than 1 requests: `max_requests` allows no more"));
	assert_int_equal(let_through(7, false, 1, 1, &err), 7);
	assert_int_equal(let_through(7, true, 0, 0, &err), 7);
	assert_int_equal(let_through(10000, false, 1, 1, &err), 3 * POLL_CAPS_IDLE_MAX);
	assert_string_equal(err.text, "");
}

/* So many answers without a new item are one too many; one less is not. */
static void
test_answers_without_a_new_item(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(let_through(10000, false, 0, 0, &err), POLL_CAPS_IDLE_MAX);
	assert_non_null(strstr(err.text, "100 answers in a row had no new item"));
	assert_int_equal(let_through(10000, false, POLL_CAPS_IDLE_MAX, 0, &err),
	    3 * POLL_CAPS_IDLE_MAX);
	assert_int_equal(let_through(10000, false, POLL_CAPS_IDLE_MAX + 1, 0, &err),
	    POLL_CAPS_IDLE_MAX);
}

/* The same page once more has records, and no new item. */
static void
test_a_page_again_and_again(void **state)
{
	struct poll_caps c = { .items = 1 };
	struct err err;
	unsigned n = 0;

	(void)state;
	for (; n < 3 * POLL_CAPS_IDLE_MAX && poll_caps_ask(&c, 10000, false, &err) == 0; n++)
		c.records++;
	assert_int_equal(n, POLL_CAPS_IDLE_MAX + 1);
}

static void
test_what_counts_no_items(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(let_through(10000, false, 0, 1, &err), 3 * POLL_CAPS_IDLE_MAX);
	/* Numbers that nobody has are no sign of pages without end. */
	assert_int_equal(let_through(10000, true, 0, 0, &err), 3 * POLL_CAPS_IDLE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_answers_without_a_new_item),
		cmocka_unit_test(test_a_page_again_and_again),
		cmocka_unit_test(test_what_counts_no_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
