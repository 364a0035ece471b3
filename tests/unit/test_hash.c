/* SPDX-License-Identifier: ISC */
/* test_hash.c -- keyed hashes and slots: src/base/hash.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <certsync/connector.h>

#include "base/hash.h"

#include <uthash.h>

#define ENTRIES	1000

/* The kernel's, or none of it: then interrupted first, and refused. */
static bool no_random;
static int random_calls;

CS_API ssize_t
getrandom(void *buf, size_t len, unsigned flags)
{
	random_calls++;
	if (!no_random)
		return (ssize_t)syscall(SYS_getrandom, buf, len, flags);
	errno = random_calls == 1 ? EINTR : ENOSYS;
	return -1;
}

/* First of all: tables of this process are keyed once.  A guess still tells keys apart. */
static void
test_without_random(void **state)
{
	uint8_t key[HASH_KEY_BYTES];

	(void)state;
	no_random = true;
	assert_int_equal(hash_key_random(key), -1);
	assert_int_equal(random_calls, 2);
	assert_int_equal(hash_table_hash("a", 1), hash_table_hash("a", 1));
	assert_int_not_equal(hash_table_hash("a", 1), hash_table_hash("b", 1));
	assert_int_equal(random_calls, 3);
	no_random = false;
	assert_int_equal(hash_key_random(key), 0);
}

static void
test_slot(void **state)
{
	(void)state;
	assert_int_equal(hash_slot("123456789", 9), 12739);
	assert_int_equal(hash_slot("", 0), 0);
	/* redis-cli cluster keyslot */
	assert_int_equal(hash_slot("foo", 3), 12182);
	assert_int_equal(hash_slot("somekey", 7), 11058);
}

static void
test_keyed(void **state)
{
	uint8_t a[HASH_KEY_BYTES] = { 0 }, b[HASH_KEY_BYTES];
	char data[600];
	uint64_t h;

	(void)state;
	memset(data, 'd', sizeof(data));
	for (size_t len = 0; len <= sizeof(data); len += 37) {
		h = hash64(a, data, len);
		assert_true(h != 0);
		assert_true(h == hash64(a, data, len));
		/* Each byte of the key counts. */
		for (size_t i = 0; i < HASH_KEY_BYTES; i++) {
			memcpy(b, a, sizeof(b));
			b[i] ^= 1;
			assert_true(hash64(b, data, len) != h);
		}
	}
	assert_true(hash64(a, "ab", 2) != hash64(a, "ba", 2));
	assert_true(hash64(a, "a", 1) != hash64(a, "a\0", 2));
}

/* Hashes are kept in Redis: they must not change with version or machine. */
static void
test_stable(void **state)
{
	static const uint8_t key[HASH_KEY_BYTES] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	};

	(void)state;
	assert_true(hash64(key, "1234567890", 10) == UINT64_C(0x1ce23e0e4dd23e4b));
	assert_true(hash64(key, "", 0) == UINT64_C(0xd4bd908db5b53eb5));
}

static void
test_random_key(void **state)
{
	uint8_t a[HASH_KEY_BYTES] = { 0 }, b[HASH_KEY_BYTES] = { 0 };

	(void)state;
	assert_int_equal(hash_key_random(a), 0);
	assert_int_equal(hash_key_random(b), 0);
	assert_memory_not_equal(a, b, sizeof(a));
}

struct entry {
	int		 id;
	UT_hash_handle	 hh;
};

static void
test_uthash(void **state)
{
	static struct entry entries[ENTRIES];
	struct entry *table = NULL, *found;

	(void)state;
	assert_int_equal(hash_table_hash("x", 1), hash_table_hash("x", 1));
	for (int i = 0; i < ENTRIES; i++) {
		entries[i].id = i;
		HASH_ADD_INT(table, id, &entries[i]);
	}
	for (int i = 0; i < ENTRIES; i++) {
		HASH_FIND_INT(table, &i, found);
		assert_ptr_equal(found, &entries[i]);
	}
	HASH_CLEAR(hh, table);
}

static void
test_stream(void **state)
{
	static const uint8_t key[HASH_KEY_BYTES] = { 9, 8, 7 }, other[HASH_KEY_BYTES] = { 9, 8, 6 };
	char text[1000];
	uint64_t want = 0;

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t piece = 1; piece <= sizeof(text); piece += 37) {
		struct hash_stream *s = hash_stream_new(key);

		assert_non_null(s);
		for (size_t at = 0; at < sizeof(text); at += piece)
			hash_stream_add(s, text + at, sizeof(text) - at < piece ? sizeof(text) - at : piece);
		if (want == 0)
			want = hash_stream_end(s);
		assert_true(hash_stream_end(s) == want && want != 0);
		hash_stream_free(s);
	}
	struct hash_stream *s = hash_stream_new(other);

	hash_stream_add(s, text, sizeof(text));
	assert_true(hash_stream_end(s) != want);
	hash_stream_free(s);
	hash_stream_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_random),
		cmocka_unit_test(test_slot),
		cmocka_unit_test(test_keyed),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_stable),
		cmocka_unit_test(test_random_key),
		cmocka_unit_test(test_uthash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
