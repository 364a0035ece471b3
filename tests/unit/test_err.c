/* SPDX-License-Identifier: ISC */
/*
 * test_err.c -- what failed and whether it may pass (err.h), and where no memory ends
 * the process (memory.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/err.h"
#include "base/memory.h"

static void
test_what_may_pass(void **state)
{
	static const int passing[] = { EADDRINUSE, ENOMEM, EMFILE, ENOSPC, EROFS, EIO };
	static const int wrong[] = { 0, EACCES, ENOENT, ENOTDIR, EPERM, EISDIR, ENAMETOOLONG };
	struct err err;

	(void)state;
	assert_int_equal(err_set_passing(&err, "no %s", "memory"), -1);
	assert_string_equal(err.text, "no memory");
	assert_true(err.passing);
	assert_int_equal(err_prefix(&err, "poll"), -1);
	assert_true(err.passing);
	assert_int_equal(err_set(&err, "no such file"), -1);
	assert_false(err.passing);
	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		assert_int_equal(err_set_errno(&err, passing[i], "no luck"), -1);
		assert_true(err.passing);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(err_set_errno(&err, wrong[i], "%s cannot be read", "x"), -1);
		assert_false(err.passing);
	}
	assert_string_equal(err.text, "x cannot be read: File name too long");
	assert_int_equal(err_set_passing(NULL, "nobody asks"), -1);
	assert_int_equal(err_set_errno(NULL, ENOMEM, "nobody asks"), -1);
}

#if !defined(__SANITIZE_ADDRESS__)	/* a sanitizer's malloc() ends the process itself */
/* How a child ends that runs fn with no memory left. */
static int
ended(void (*fn)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		(void)setrlimit(RLIMIT_AS, &(struct rlimit){ 0 });
		while (malloc(4096) != NULL || malloc(16) != NULL)
			;
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void
read_json(void)
{
	json_error_t error;

	/* It would be called invalid otherwise. */
	json_decref(json_loads("{\"number\":\"1999999990200\",\"aliases\":[\"A\",\"B\"]}", 0, &error));
}

static void
digest(void)
{
	char hex[DIGEST_SHA256_HEX_BYTES];

	(void)digest_sha256_hex("abc", 3, hex);
}

static void
resize(void)
{
	(void)memory_resize(NULL, 64);
}

static void
test_no_memory_ends(void **state)
{
	void *p;

	(void)state;
	memory_guard_json();
	digest_guard_memory();
	p = memory_resize(memory_get(3), 100);
	memset(p, 1, 100);
	free(p);
	assert_int_equal(ended(read_json), MEMORY_EXIT);
	assert_int_equal(ended(digest), MEMORY_EXIT);
	assert_int_equal(ended(resize), MEMORY_EXIT);
}
#endif

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_may_pass),
#if !defined(__SANITIZE_ADDRESS__)
		cmocka_unit_test(test_no_memory_ends),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
