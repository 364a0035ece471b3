/* SPDX-License-Identifier: ISC */
/* test_supersede.c -- when a changed row takes the place of its old form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/supersede.h"

static const struct {
	const char	*what;
	struct record	 fresh, old;
	bool		 unique, want;
} rows[] = {
	{ "the same period, another status: the row changed",
	    { .number = "1", .type = "WBE", .expires_on = { 2027, 3, 1 }, .status = CS_STATUS_WITHDRAWN },
	    { .number = "1", .type = "WBE", .expires_on = { 2027, 3, 1 }, .status = CS_STATUS_ACTIVE }, false, true },
	{ "another period: history",
	    { .number = "1", .type = "WBE", .expires_on = { 2028, 3, 1 } },
	    { .number = "1", .type = "WBE", .expires_on = { 2027, 3, 1 } }, false, false },
	{ "another period, listed once: renewed",
	    { .number = "1", .type = "WBE", .expires_on = { 2028, 3, 1 } },
	    { .number = "1", .type = "WBE", .expires_on = { 2027, 3, 1 } }, true, true },
	{ "another issue date is another period",
	    { .number = "1", .issued_on = { 2026, 1, 1 } }, { .number = "1", .issued_on = { 2025, 1, 1 } }, false, false },
	{ "another type is another certification",
	    { .number = "1", .type = "WBE" }, { .number = "1", .type = "MBE" }, true, false },
	{ "a type where there was none", { .number = "1", .type = "WBE" }, { .number = "1" }, true, false },
	{ "another number", { .number = "1" }, { .number = "2" }, true, false },
	{ "an end stated for the first time",
	    { .number = "1", .type = "WBE", .expires_on = { 2027, 3, 1 }, .status = CS_STATUS_ACTIVE },
	    { .number = "1", .type = "WBE", .status = CS_STATUS_ACTIVE }, false, true },
	{ "an end that is over is history",
	    { .number = "1", .type = "WBE", .expires_on = { 2026, 10, 31 }, .status = CS_STATUS_ACTIVE },
	    { .number = "1", .type = "WBE", .status = CS_STATUS_ACTIVE }, false, false },
	{ "nor does what was taken back replace a row without an end",
	    { .number = "1", .type = "WBE", .expires_on = { 2027, 3, 1 }, .status = CS_STATUS_SUSPENDED },
	    { .number = "1", .type = "WBE", .status = CS_STATUS_ACTIVE }, false, false },
	{ "no end any more",
	    { .number = "1", .type = "WBE", .status = CS_STATUS_ACTIVE },
	    { .number = "1", .type = "WBE", .expires_on = { 2027, 3, 1 }, .status = CS_STATUS_ACTIVE }, false, false },
	{ "no dates at all is one period", { .number = "1" }, { .number = "1" }, false, true },
};

static void
test_rows(void **state)
{
	const struct cs_date today = { 2026, 11, 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (record_supersedes(&rows[i].fresh, &rows[i].old, rows[i].unique, today) != rows[i].want)
			fail_msg("%s", rows[i].what);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests_name("supersede", tests, NULL, NULL);
}
