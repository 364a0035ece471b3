/* SPDX-License-Identifier: ISC */
/* test_loop.c -- the loop's end: src/io/loop.c.  Its timers and deferrals are in everybody's tests. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/loop.h"

static void
on_signal(void *arg)
{
	loop_stop(arg);
}

/* A daemon that has begun to end gets a second SIGTERM while nobody waits for one any more. */
static void
test_signals_stay_blocked(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		struct loop *loop = loop_new();

		if (loop == NULL || loop_signal(loop, SIGTERM, on_signal, loop) != 0 || raise(SIGTERM) != 0 ||
		    loop_run(loop) != 0)
			_exit(1);
		(void)loop_free(loop);
		_exit(raise(SIGTERM) == 0 ? 42 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signals_stay_blocked)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
