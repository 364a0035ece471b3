/* SPDX-License-Identifier: ISC */
/* test_store_check.c -- what INFO must say before badges are trusted to a Redis. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "store/store_check.h"

#define INFO(version, aof, policy) \
	"# Server\r\nredis_version:" version "\r\nos:Linux\r\n\r\n# Memory\r\nmaxmemory:0\r\n" \
	"maxmemory_policy:" policy "\r\n# Persistence\r\nloading:0\r\naof_enabled:" aof "\r\n"

static const struct {
	const char	*info;
	enum store_verdict verdict;
	const char	*says;
} cases[] = {
	{ INFO("7.0.15", "1", "noeviction"), STORE_CHECK_OK, "" },
	{ INFO("8.0.2", "1", "noeviction"), STORE_CHECK_OK, "" },
	{ INFO("10.0.0", "1", "noeviction"), STORE_CHECK_OK, "" },
	{ INFO("7.0.15", "0", "noeviction"), STORE_CHECK_WARNING, "appendonly yes" },
	{ INFO("6.2.14", "1", "noeviction"), STORE_CHECK_REFUSED, "Redis 6.2.14" },
	{ INFO("7.0.15", "1", "allkeys-lru"), STORE_CHECK_REFUSED, "it is allkeys-lru" },
	{ INFO("7.0.15", "0", "volatile-ttl"), STORE_CHECK_REFUSED, "noeviction" },
	{ INFO("7.0.15", "1", "a\x1b[2J"), STORE_CHECK_REFUSED, "a\\x1b[2J" },
	/* A stranger that speaks the protocol: nothing known against it. */
	{ "", STORE_CHECK_OK, "" },
	{ "aof_enabled", STORE_CHECK_OK, "" },
	{ NULL, STORE_CHECK_WARNING, "+info" }
};

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err why = { .text = "" };

		assert_int_equal(store_check(cases[i].info, &why), cases[i].verdict);
		if (strstr(why.text, cases[i].says) == NULL)
			fail_msg("case %zu: '%s' lacks '%s'", i, why.text, cases[i].says);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };

	return cmocka_run_group_tests_name("store_check", tests, NULL, NULL);
}
