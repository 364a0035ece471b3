/* SPDX-License-Identifier: ISC */
/* test_journal.c -- entries for the journal, and the limit of repeated messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/journal.h"
#include "base/log.h"
#include "base/log_limit.h"
#include "worker/cage.h"

static char dir[] = "/tmp/certsync-journal-XXXXXX";
static char path[64];
static int server = -1;

static int
setup(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/socket", dir);
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	server = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return bind(server, (struct sockaddr *)&sun, sizeof(sun));
}

static int
teardown(void **state)
{
	(void)state;
	(void)close(server);
	(void)unlink(path);
	return rmdir(dir);
}

/* Next entry; its length. */
static size_t
receive(char out[JOURNAL_MAX + 1])
{
	ssize_t n = recv(server, out, JOURNAL_MAX, MSG_DONTWAIT);

	assert_true(n > 0);
	out[n] = '\0';
	return (size_t)n;
}

static void
test_entry(void **state)
{
	struct journal_entry entry;
	char got[JOURNAL_MAX + 1];
	static const char want[] = "MESSAGE=hello\nA\n\x08\0\0\0\0\0\0\0x\nB=evil\nEMPTY=\n";
	int fd = journal_open(path);

	(void)state;
	assert_true(fd >= 0);
	journal_begin(&entry);
	journal_field(&entry, "MESSAGE", "hello", 5);
	journal_field(&entry, "A", "x\nB=evil", 8);	/* forges no field */
	journal_field(&entry, "EMPTY", "", 0);
	assert_true(journal_send(fd, &entry));
	assert_int_equal(receive(got), sizeof(want) - 1);
	assert_memory_equal(got, want, sizeof(want) - 1);
	(void)close(fd);
}

static void
test_too_large_and_not_there(void **state)
{
	struct journal_entry entry;
	static char big[JOURNAL_MAX];
	int fd = journal_open(path);

	(void)state;
	memset(big, 'x', sizeof(big));
	journal_begin(&entry);
	journal_field(&entry, "MESSAGE", big, sizeof(big));
	assert_false(journal_send(fd, &entry));
	(void)close(fd);
	assert_int_equal(journal_open("/nonexistent/socket"), -1);
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(journal_open(big), -1);
}

static void
test_stream(void **state)
{
	char text[64];
	struct stat st;

	(void)state;
	assert_int_equal(fstat(server, &st), 0);
	(void)snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	assert_true(journal_is_stream(text, server));
	assert_false(journal_is_stream("1:2", server));
	assert_false(journal_is_stream("nonsense", server));
	assert_false(journal_is_stream(NULL, server));
	assert_false(journal_is_stream(text, -1));
}

/* In a child whose stderr is "the journal's stream". */
static void
say(void)
{
	char text[64];
	struct stat st;
	int fds[2];

	if (pipe(fds) != 0 || dup2(fds[1], STDERR_FILENO) == -1 || fstat(STDERR_FILENO, &st) != 0)
		_exit(1);
	(void)snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	(void)setenv("JOURNAL_STREAM", text, 1);
	log_set_journal(path);
	log_event(POLL_FAILED, LOG_LEVEL_WARN, "r7", "connector %s: poll 3 failed: a\nb", "r7");
	log_info("plain");
	log_debug("above the level");
	cage_leave(0);
}

static void
test_log_through_the_journal(void **state)
{
	static const char head[] =
	    "MESSAGE=connector r7: poll 3 failed: a\\x0ab\nPRIORITY=4\nSYSLOG_IDENTIFIER=certsyncd\n";
	char got[JOURNAL_MAX + 1], want[128];
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		say();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	(void)receive(got);
	assert_memory_equal(got, head, sizeof(head) - 1);
	(void)snprintf(want, sizeof(want), "\nMESSAGE_ID=%s\n", log_id_text(LOG_ID_POLL_FAILED));
	assert_non_null(strstr(got, want));
	assert_non_null(strstr(got, "\nCERTSYNC_CONNECTOR=r7\n"));
	assert_non_null(strstr(got, "\nCODE_FUNC=say\n"));
	assert_non_null(strstr(got, "\nCODE_FILE=tests/unit/test_journal.c\n"));
	(void)receive(got);
	assert_memory_equal(got, "MESSAGE=plain\nPRIORITY=6\n", 25);
	assert_null(strstr(got, "MESSAGE_ID"));
	assert_int_equal(recv(server, got, 1, MSG_DONTWAIT), -1);
}

/* Once journald is gone, or has another socket, a message is a line on stderr and the next one tries again. */
static void
say_without(void)
{
	char text[64], line[256] = "";
	struct stat st;
	int fds[2];

	if (pipe(fds) != 0 || dup2(fds[1], STDERR_FILENO) == -1 || fstat(STDERR_FILENO, &st) != 0)
		_exit(1);
	(void)snprintf(text, sizeof(text), "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	(void)setenv("JOURNAL_STREAM", text, 1);
	log_set_journal("/nonexistent/socket");
	log_info("first");
	log_set_journal(path);
	log_info("second");
	if (read(fds[0], line, sizeof(line) - 1) <= 0 || strcmp(line, "<6>first\n") != 0)
		_exit(2);
	cage_leave(0);
}

static void
test_log_without_the_journal(void **state)
{
	char got[JOURNAL_MAX + 1];
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		say_without();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	(void)receive(got);
	assert_memory_equal(got, "MESSAGE=second\nPRIORITY=6\n", 26);
}

static void
test_ids(void **state)
{
	(void)state;
	assert_null(log_id_text(LOG_ID_NONE));
	for (int i = LOG_ID_NONE + 1; i < LOG_ID_COUNT; i++) {
		const char *id = log_id_text((enum log_id)i);

		assert_int_equal(strlen(id), 32);
		assert_int_equal(strspn(id, "0123456789abcdef"), 32);
		for (int k = LOG_ID_NONE + 1; k < i; k++)
			assert_string_not_equal(id, log_id_text((enum log_id)k));
	}
}

static void
test_limit(void **state)
{
	struct log_limit limit = { .places = { { .key = 0 } } };
	uint32_t missed;

	(void)state;
	for (int i = 1; i < LOG_LIMIT_BURST; i++)
		assert_int_equal(log_limit_ask(&limit, 1, 1000, &missed), LOG_PASS);
	assert_int_equal(log_limit_ask(&limit, 1, 1000, &missed), LOG_PASS_LAST);
	for (int i = 0; i < 5; i++)
		assert_int_equal(log_limit_ask(&limit, 1, 2000, &missed), LOG_LEAVE_OUT);
	assert_int_equal(log_limit_ask(&limit, 2, 2000, &missed), LOG_PASS);	/* another place */
	assert_int_equal(log_limit_ask(&limit, 1, 1000 + LOG_LIMIT_WINDOW_MS, &missed), LOG_PASS);
	assert_int_equal(missed, 5);
	assert_int_equal(log_limit_ask(&limit, 1, 1001 + LOG_LIMIT_WINDOW_MS, &missed), LOG_PASS);
	assert_int_equal(missed, 0);
}

/* More places than the table has: the one silent for longest is forgotten, the busy one not. */
static void
test_limit_is_bounded(void **state)
{
	struct log_limit limit = { .places = { { .key = 0 } } };
	uint32_t missed;

	(void)state;
	for (int i = 0; i <= LOG_LIMIT_BURST; i++)
		(void)log_limit_ask(&limit, 1, 0, &missed);
	for (uint64_t key = 2; key < 10000; key++) {
		assert_int_equal(log_limit_ask(&limit, key, (int64_t)key, &missed), LOG_PASS);
		assert_int_equal(log_limit_ask(&limit, 1, (int64_t)key, &missed), LOG_LEAVE_OUT);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry), cmocka_unit_test(test_too_large_and_not_there),
		cmocka_unit_test(test_stream), cmocka_unit_test(test_log_through_the_journal),
		cmocka_unit_test(test_log_without_the_journal),
		cmocka_unit_test(test_ids), cmocka_unit_test(test_limit), cmocka_unit_test(test_limit_is_bounded)
	};

	return cmocka_run_group_tests_name("journal", tests, setup, teardown);
}
