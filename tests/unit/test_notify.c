/* SPDX-License-Identifier: ISC */
/* test_notify.c -- notifications to a service manager of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/notify.h"

#define QUEUE_MAX	100000	/* datagrams; no kernel queues as many */

static char dir[] = "/tmp/certsync-notify-XXXXXX";

static int
setup(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	return rmdir(dir);
}

/* Binds a receiver; out is the address as $NOTIFY_SOCKET gives it. */
static int
listener(bool abstract, char *out, size_t out_size)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	socklen_t len;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (abstract)
		(void)snprintf(out, out_size, "@certsync-notify-%ld", (long)getpid());
	else
		(void)snprintf(out, out_size, "%s/notify", dir);
	memcpy(sun.sun_path, out, strlen(out));
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(out));
	if (abstract)
		sun.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, len), 0);
	return fd;
}

static void
check_roundtrip(bool abstract)
{
	char address[108], got[64] = "";
	int fd = listener(abstract, address, sizeof(address));
	struct err err = { .text = "" };
	struct notify *n = notify_open(address, &err);

	assert_non_null(n);
	assert_int_equal(notify_send(n, "READY=1\nSTATUS=up"), 0);
	assert_int_equal(recv(fd, got, sizeof(got) - 1, 0), 17);
	assert_string_equal(got, "READY=1\nSTATUS=up");
	assert_int_equal(notify_dropped(n), 0);
	n = notify_free(n);
	(void)close(fd);
	if (!abstract)
		assert_int_equal(unlink(address), 0);
}

static void
test_path(void **state)
{
	(void)state;
	check_roundtrip(false);
}

static void
test_abstract(void **state)
{
	(void)state;
	check_roundtrip(true);
}

/* A manager that does not read is never waited for. */
static void
test_stopped_reader(void **state)
{
	char address[108], got[64];
	int fd = listener(true, address, sizeof(address)), sent = 0;
	struct notify *n = notify_open(address, NULL);

	(void)state;
	assert_non_null(n);
	while (sent < QUEUE_MAX && notify_send(n, "WATCHDOG=1") == 0)
		sent++;
	assert_true(sent > 0 && sent < QUEUE_MAX);
	assert_int_equal(notify_dropped(n), 1);
	assert_int_equal(notify_send(n, "WATCHDOG=1"), -1);
	assert_int_equal(notify_dropped(n), 2);
	while (recv(fd, got, sizeof(got), MSG_DONTWAIT) > 0)
		continue;
	assert_int_equal(notify_send(n, "WATCHDOG=1"), 0);
	n = notify_free(n);
	(void)close(fd);
}

/* The manager's socket may come late, go, and come back. */
static void
test_absent_reader(void **state)
{
	char address[108];
	struct notify *n;
	int fd;

	(void)state;
	(void)snprintf(address, sizeof(address), "%s/notify", dir);
	n = notify_open(address, NULL);
	assert_non_null(n);
	assert_int_equal(notify_send(n, "READY=1"), -1);
	for (int i = 0; i < 2; i++) {
		fd = listener(false, address, sizeof(address));
		assert_int_equal(notify_send(n, "READY=1"), 0);
		(void)close(fd);
		assert_int_equal(notify_send(n, "READY=1"), -1);
		assert_int_equal(unlink(address), 0);
	}
	assert_int_equal(notify_dropped(n), 3);
	n = notify_free(n);
}

static void
test_refused(void **state)
{
	static const char *const bad[] = { "", "/", "@", "run/notify", "vsock:2:1" };
	char long_path[200], long_state[NOTIFY_STATE_MAX + 2];
	struct notify *n;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(notify_open(bad[i], &err));
	memset(long_path, '/', sizeof(long_path));
	long_path[sizeof(long_path) - 1] = '\0';
	assert_null(notify_open(long_path, &err));
	n = notify_open("@certsync-nobody", &err);
	memset(long_state, 'x', sizeof(long_state));
	long_state[sizeof(long_state) - 1] = '\0';
	assert_int_equal(notify_send(n, long_state), -1);
	assert_int_equal(notify_send(n, ""), -1);
	assert_int_equal(notify_dropped(n), 2);
	n = notify_free(n);
	assert_int_equal(notify_send(n, "READY=1"), 0);
	assert_int_equal(notify_dropped(n), 0);
}

static void
test_watchdog(void **state)
{
	char self[24];

	(void)state;
	(void)snprintf(self, sizeof(self), "%ld", (long)getpid());
	assert_int_equal(notify_watchdog_us("30000000", self), 30000000);
	assert_int_equal(notify_watchdog_us("30000000", NULL), 30000000);
	assert_int_equal(notify_watchdog_us("30000000", "1"), 0);
	assert_int_equal(notify_watchdog_us("30000000", "x"), 0);
	assert_int_equal(notify_watchdog_us(NULL, self), 0);
	assert_int_equal(notify_watchdog_us("0", self), 0);
	assert_int_equal(notify_watchdog_us("-1", self), 0);
	assert_int_equal(notify_watchdog_us("99999999999999999999", self), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_abstract),
		cmocka_unit_test(test_stopped_reader),
		cmocka_unit_test(test_absent_reader),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_watchdog),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
