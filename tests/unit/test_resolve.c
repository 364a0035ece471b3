/* SPDX-License-Identifier: ISC */
/* test_resolve.c -- host names to addresses: what needs no name server. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "io/resolve.h"

#define TURN_MS	200	/* for what a cancelled look-up still has to do */

static const struct {
	const char	*host;
	size_t		 n;
	int		 families[2];
} literals[] = {
	{ "127.0.0.1", 1, { AF_INET } },
	{ "192.0.2.255", 1, { AF_INET } },
	{ "::1", 1, { AF_INET6 } },
	{ "2001:db8::5", 1, { AF_INET6 } },
	{ "localhost", 2, { AF_INET, AF_INET6 } },
	{ "LocalHost", 2, { AF_INET, AF_INET6 } },
	{ "redis.example", 0, { 0 } },
	{ "127.1", 0, { 0 } },
	{ "2130706433", 0, { 0 } },
	{ "", 0, { 0 } },
};

static void
test_literal(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(literals) / sizeof(literals[0]); i++) {
		struct resolve_addr out[RESOLVE_ADDRS_MAX];
		size_t n = resolve_literal(literals[i].host, 6379, out);

		assert_int_equal(n, literals[i].n);
		for (size_t j = 0; j < n; j++) {
			const struct sockaddr_in *sin = (const void *)&out[j].sa;

			assert_int_equal(out[j].sa.ss_family, literals[i].families[j]);
			/* The port lies at the same place in both families. */
			assert_int_equal(ntohs(sin->sin_port), 6379);
		}
	}
}

static void
on_answer(void *arg, const struct resolve_addr *addrs, size_t n, const char *why)
{
	(void)addrs, (void)n, (void)why;
	++*(int *)arg;
}

static void
on_time(void *arg)
{
	loop_stop(arg);
}

/* A cancelled look-up never answers and leaves nothing behind. */
static void
test_cancel(void **state)
{
	struct loop *loop = loop_new();
	struct timer stop;
	struct err err = { .text = "" };
	struct resolve *q;
	int answers = 0;

	(void)state;
	assert_int_equal(timer_init(&stop, loop, on_time, loop), 0);
	q = resolve_start(loop, "name.invalid", 6379, on_answer, &answers, &err);
	if (q == NULL) {
		/* A machine without name servers: refused, and it says so. */
		assert_int_equal(resolve_check(loop, NULL), -1);
		assert_non_null(strstr(err.text, "name server"));
	} else
		resolve_cancel(q);
	resolve_cancel(NULL);
	timer_set_ms(&stop, TURN_MS);
	assert_int_equal(loop_run(loop), 0);
	assert_int_equal(answers, 0);
	timer_fini(&stop);
	loop = loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literal),
		cmocka_unit_test(test_cancel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
