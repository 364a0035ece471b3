/* SPDX-License-Identifier: ISC */
/* test_mirror.c -- merging the lines of one number, and doing it twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/registry/mirror.h"

static const uint8_t key[HASH_KEY_BYTES] = { 1, 2, 3 };

/* "-" and the hash of a line, as a poll stages what is gone. */
static const char *
gone(const char *line, char out[18])
{
	(void)snprintf(out, 18, "-%016" PRIx64, hash64(key, line, strlen(line)));
	return out;
}

static void
check(const char *old, const char *staged, const char *want)
{
	struct buf out, again;

	buf_init(&out, 65536);
	buf_init(&again, 65536);
	mirror_merge(key, old, staged, &out);
	assert_string_equal(buf_str(&out), want);
	/* A merge carried on after a crash repeats itself without effect. */
	mirror_merge(key, buf_str(&out), staged, &again);
	assert_string_equal(buf_str(&again), want);
	buf_free(&out);
	buf_free(&again);
}

static void
test_merge(void **state)
{
	char a[18], b[18], both[64];

	(void)state;
	check(NULL, NULL, "");
	check(NULL, "+one", "one");
	check("one", NULL, "one");
	check("one", "+two", "one\ntwo");
	check("one\ntwo", gone("one", a), "two");
	check("one", gone("one", a), "");
	(void)snprintf(both, sizeof(both), "%s\n+uno\n%s", gone("one", a), gone("two", b));
	check("one\ntwo\nthree", both, "three\nuno");
	check("one", "+one", "one");
	check("one", "-0123456789abcdef", "one");
	check("one", "+\n-\nx", "one");
}

static void
test_removes(void **state)
{
	char a[18], staged[64];

	(void)state;
	(void)snprintf(staged, sizeof(staged), "+zero\n%s", gone("one", a));
	assert_true(mirror_removes(key, staged, "one", 3));
	assert_false(mirror_removes(key, staged, "onE", 3));
	assert_false(mirror_removes(key, NULL, "one", 3));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_merge), cmocka_unit_test(test_removes) };

	return cmocka_run_group_tests_name("mirror", tests, NULL, NULL);
}
