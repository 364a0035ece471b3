/* SPDX-License-Identifier: ISC */
/* test_kind.c -- which kind of poll comes next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/kind.h"

#define NOW	INT64_C(1795000000)
#define HOUR	INT64_C(3600)
#define DAY	(24 * HOUR)
#define BOTH	(CS_KIND(CS_POLL_FULL) | CS_KIND(CS_POLL_DELTA))
#define AGO(s)	.now_s = NOW, .last_whole_s = NOW - (s), .full_interval_s = DAY

static const struct {
	const char	*what;
	struct kind_input in;
	struct kind_choice want;
} rows[] = {
	{ "nothing read yet", { .kinds = BOTH, .now_s = NOW, .full_interval_s = DAY, .has_checkpoint = true,
	    .has_validator = true }, { CS_POLL_FULL, false } },
	{ "a delta between two full polls", { .kinds = BOTH, AGO(HOUR), .has_checkpoint = true },
	    { CS_POLL_DELTA, false } },
	{ "a delta asks no validators", { .kinds = BOTH, AGO(HOUR), .has_checkpoint = true, .has_validator = true },
	    { CS_POLL_DELTA, false } },
	{ "no checkpoint, no delta", { .kinds = BOTH, AGO(HOUR) }, { CS_POLL_FULL, false } },
	{ "no delta kind", { .kinds = CS_KIND(CS_POLL_FULL), AGO(HOUR), .has_checkpoint = true },
	    { CS_POLL_FULL, false } },
	{ "only if changed", { .kinds = CS_KIND(CS_POLL_FULL), AGO(HOUR), .has_validator = true },
	    { CS_POLL_FULL, true } },
	{ "full_interval is just over", { .kinds = BOTH, AGO(DAY), .has_checkpoint = true, .has_validator = true },
	    { CS_POLL_FULL, false } },
	{ "full_interval is not quite over", { .kinds = BOTH, AGO(DAY - 1), .has_checkpoint = true },
	    { CS_POLL_DELTA, false } },
	{ "of polls at hours it is, also the day that summer time begins", { .kinds = BOTH,
	    AGO(23 * HOUR - 60), .has_checkpoint = true, .at_hours = true }, { CS_POLL_FULL, false } },
	{ "between hours of one day", { .kinds = BOTH, AGO(12 * HOUR), .has_checkpoint = true,
	    .at_hours = true }, { CS_POLL_DELTA, false } },
	{ "an operator asks for it", { .kinds = BOTH, AGO(HOUR), .has_checkpoint = true, .has_validator = true,
	    .forced = true }, { CS_POLL_FULL, false } },
	{ "other settings", { .kinds = BOTH, AGO(HOUR), .has_checkpoint = true, .has_validator = true,
	    .changed = true }, { CS_POLL_FULL, false } },
	{ "the clock was set back", { .kinds = BOTH, AGO(-HOUR), .has_checkpoint = true, .has_validator = true },
	    { CS_POLL_FULL, false } },
};

static void
test_choose(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kind_choice got = kind_choose(&rows[i].in);

		if (got.kind != rows[i].want.kind || got.conditional != rows[i].want.conditional)
			fail_msg("%s: kind %d, conditional %d", rows[i].what, got.kind, got.conditional);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_choose) };

	return cmocka_run_group_tests_name("kind", tests, NULL, NULL);
}
