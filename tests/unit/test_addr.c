/* SPDX-License-Identifier: ISC */
/* test_addr.c -- the classes of socket addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <netinet/in.h>
#include <sys/un.h>

#include "io/addr.h"

static const struct {
	const char	*host;
	bool		 literal;
	enum addr_class	 class;
} cases[] = {
	{ "127.0.0.1", true, ADDR_LOOPBACK },
	{ "127.255.0.9", true, ADDR_LOOPBACK },
	{ "::1", true, ADDR_LOOPBACK },
	{ "[::1]", true, ADDR_LOOPBACK },
	{ "::ffff:127.0.0.1", true, ADDR_LOOPBACK },
	{ "10.1.2.3", true, ADDR_PRIVATE },
	{ "172.16.0.1", true, ADDR_PRIVATE },
	{ "172.31.255.255", true, ADDR_PRIVATE },
	{ "172.32.0.1", true, ADDR_PUBLIC },
	{ "192.168.1.1", true, ADDR_PRIVATE },
	{ "100.64.0.1", true, ADDR_PRIVATE },
	{ "100.128.0.1", true, ADDR_PUBLIC },
	{ "fd00::1", true, ADDR_PRIVATE },
	{ "::ffff:10.0.0.1", true, ADDR_PRIVATE },
	{ "64:ff9b::a00:1", true, ADDR_PRIVATE },
	{ "0.0.0.0", true, ADDR_FORBIDDEN },
	{ "169.254.169.254", true, ADDR_FORBIDDEN },
	{ "64:ff9b::169.254.169.254", true, ADDR_FORBIDDEN },
	{ "224.0.0.1", true, ADDR_FORBIDDEN },
	{ "255.255.255.255", true, ADDR_FORBIDDEN },
	{ "::", true, ADDR_FORBIDDEN },
	{ "fe80::1", true, ADDR_FORBIDDEN },
	{ "ff02::1", true, ADDR_FORBIDDEN },
	{ "2002:7f00:1::", true, ADDR_FORBIDDEN },
	{ "2001:0:1::", true, ADDR_FORBIDDEN },
	{ "8.8.8.8", true, ADDR_PUBLIC },
	{ "2606:4700::1111", true, ADDR_PUBLIC },
	{ "64:ff9b::8.8.8.8", true, ADDR_PUBLIC },
	{ "localhost", false, ADDR_PUBLIC },
	{ "127.1", false, ADDR_PUBLIC },
	{ "", false, ADDR_PUBLIC },
};

static void
test_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum addr_class class = ADDR_PUBLIC;

		if (addr_classify_host(cases[i].host, &class) != cases[i].literal ||
		    class != cases[i].class)
			fail_msg("%s: %s", cases[i].host, addr_class_name(class));
	}
}

static void
test_sockets(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)state;
	assert_int_equal(addr_classify((struct sockaddr *)&in, sizeof(in)), ADDR_LOOPBACK);
	assert_int_equal(addr_classify((struct sockaddr *)&in, 4), ADDR_FORBIDDEN);
	assert_int_equal(addr_classify((struct sockaddr *)&un, sizeof(un)), ADDR_FORBIDDEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_sockets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
