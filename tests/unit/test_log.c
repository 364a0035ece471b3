/* SPDX-License-Identifier: ISC */
/*
 * test_log.c -- the log sink: src/base/log.c.
 *
 * The sink is one per process and looks at its environment once, so each case
 * runs in a child whose stderr is a pipe of ours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "worker/cage.h"

#define OUT_MAX	(256 * 1024)

static char out[OUT_MAX];

/* Runs fn(read end) in a child; out gets what it wrote to stderr. */
static void
run(void (*fn)(int), bool use_socket, const char *journal)
{
	int fds[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(use_socket ? socketpair(AF_UNIX, SOCK_STREAM, 0, fds) :
	    pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (journal != NULL)
			(void)setenv("JOURNAL_STREAM", journal, 1);
		else
			(void)unsetenv("JOURNAL_STREAM");
		(void)dup2(fds[1], STDERR_FILENO);
		(void)close(fds[1]);
		errno = 0;
		fn(fds[0]);
		cage_leave(errno);
	}
	(void)close(fds[1]);
	/* First the end, then the reading: the child fills the pipe itself. */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	while ((n = read(fds[0], out + len, sizeof(out) - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	(void)close(fds[0]);
}

static void
say_levels(int fd)
{
	(void)fd;
	log_error("one %d", 1);
	log_warn("two");
	log_notice("three");
	log_info("four");
	log_debug("five");		/* above the default */
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("six");
	log_set_level(LOG_LEVEL_ERROR);
	log_warn("seven");
	log_error("eight");
}

static void
test_journal(void **state)
{
	(void)state;
	run(say_levels, false, "8:12345");
	assert_string_equal(out,
	    "<3>one 1\n<4>two\n<5>three\n<6>four\n<7>six\n<3>eight\n");
}

static void
test_time_and_level(void **state)
{
	static const char shape[] = "0000-00-00T00:00:00.000Z error one 1\n";

	(void)state;
	run(say_levels, true, NULL);
	for (size_t i = 0; i < sizeof(shape) - 1; i++)
		if (shape[i] == '0' ? out[i] < '0' || out[i] > '9' : out[i] != shape[i])
			fail_msg("'%s' does not look like '%s'", out, shape);
	assert_non_null(strstr(out, " warn two\n"));
	assert_null(strstr(out, "five"));
}

static void
say_foreign(int fd)
{
	char big[5000];

	(void)fd;
	memset(big, 'x', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	log_info("a\n<0>forged \x1b[2J caf\xc3\xa9 \xff \\x0a");
	log_info("%s", big);
	memset(big, '\n', sizeof(big) - 1);
	log_info("%s", big);
	log_info("%s", "");
}

static void
test_escapes(void **state)
{
	char *line, *rest = out;

	(void)state;
	run(say_foreign, false, "8:1");
	line = strsep(&rest, "\n");
	assert_string_equal(line,
	    "<6>a\\x0a<0>forged \\x1b[2J caf\xc3\xa9 \\xff \\x0a");
	for (int i = 0; i < 2; i++) {
		line = strsep(&rest, "\n");
		assert_memory_equal(line, "<6>", 3);
		assert_string_equal(line + strlen(line) - 3, "...");
		assert_true(strlen(line) < 4096);
	}
	assert_string_equal(strsep(&rest, "\n"), "<6>");
	assert_string_equal(rest, "");
}

static void
drain(int fd)
{
	static char sink[OUT_MAX];
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (poll(&p, 1, 0) == 1 && (p.revents & POLLIN) != 0)
		if (read(fd, sink, sizeof(sink)) <= 0)
			break;
}

/* More than a pipe or socket takes; then room; then one more. */
static void
say_much(int fd)
{
	log_set_level(LOG_LEVEL_DEBUG);	/* which is not limited */
	for (int i = 0; i < 5000; i++)
		log_debug("%0200d", i);
	drain(fd);
	log_info("after");
	log_info("last");
}

static void
test_never_blocks(void **state)
{
	(void)state;
	for (int use_socket = 0; use_socket < 2; use_socket++) {
		char *report;
		long dropped;

		run(say_much, use_socket == 1, "8:1");
		report = strstr(out, "<4>log: ");
		assert_non_null(report);
		dropped = strtol(report + strlen("<4>log: "), NULL, 10);
		assert_true(dropped > 0 && dropped < 5000);
		assert_string_equal(strchr(report, '\n'), "\n<6>after\n<6>last\n");
	}
}

static void
say_closed(int fd)
{
	(void)close(fd);
	(void)close(STDERR_FILENO);
	log_error("nobody hears this");
}

static void
test_closed_stderr(void **state)
{
	(void)state;
	run(say_closed, false, NULL);
	assert_string_equal(out, "");
}

static void
test_level_parse(void **state)
{
	enum log_level level = LOG_LEVEL_WARN;

	(void)state;
	assert_false(log_level_parse("Info", &level));
	assert_false(log_level_parse("", &level));
	assert_int_equal(level, LOG_LEVEL_WARN);
	assert_true(log_level_parse("error", &level));
	assert_int_equal(level, LOG_LEVEL_ERROR);
	assert_true(log_level_parse("debug", &level));
	assert_int_equal(level, LOG_LEVEL_DEBUG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_time_and_level),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_never_blocks),
		cmocka_unit_test(test_closed_stderr),
		cmocka_unit_test(test_level_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
