/* SPDX-License-Identifier: ISC */
/* hash.c -- see hash.h. */
#include "base/hash.h"

#include <endian.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/text.h"

#define SLOT_COUNT	16384	/* Redis Cluster specification */

/*
 * XXH3 takes 8 bytes of seed: the first half of the key seeds a 128-bit hash
 * of the data, the second half the hash of that, so that all 16 bytes count.
 */
uint64_t
hash64(const uint8_t key[HASH_KEY_BYTES], const void *data, size_t len)
{
	XXH128_canonical_t inner;
	uint64_t seed[2], h;

	memcpy(seed, key, sizeof(seed));
	XXH128_canonicalFromHash(&inner,
	    XXH3_128bits_withSeed(data, len, le64toh(seed[0])));
	h = XXH3_64bits_withSeed(&inner, sizeof(inner), le64toh(seed[1]));
	return h != 0 ? h : 1;
}

int
hash_sha256_hex(const void *data, size_t len, char out[65])
{
	unsigned char digest[32];

	if (EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) != 1)
		return -1;
	text_hex(digest, sizeof(digest), out);
	return 0;
}

int
hash_key_random(uint8_t key[HASH_KEY_BYTES])
{
	ssize_t n;

	/* Up to 256 bytes come whole once the pool is ready: getrandom(2). */
	do
		n = getrandom(key, HASH_KEY_BYTES, 0);
	while (n == -1 && errno == EINTR);
	return n == HASH_KEY_BYTES ? 0 : -1;
}

/* Better than a constant, for a kernel without getrandom(). */
static void
key_guess(uint8_t key[HASH_KEY_BYTES])
{
	struct timespec now = { 0 };
	uint64_t seed[2];

	(void)clock_gettime(CLOCK_REALTIME, &now);
	seed[0] = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec;
	seed[1] = (uint64_t)(uintptr_t)&now ^ (uint64_t)getpid() << 40;
	memcpy(key, seed, sizeof(seed));
}

uint32_t
hash_table_hash(const void *data, size_t len)
{
	static uint8_t key[HASH_KEY_BYTES];
	static bool ready;

	if (!ready) {
		if (hash_key_random(key) == -1)
			key_guess(key);
		ready = true;
	}
	return (uint32_t)hash64(key, data, len);
}

/* CRC16-XMODEM: polynomial 0x1021, initial value 0, nothing reflected. */
uint16_t
hash_slot(const char *key, size_t len)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < len; i++) {
		crc ^= (uint32_t)(unsigned char)key[i] << 8;
		for (int bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ ((crc & 0x8000) != 0 ? 0x1021u : 0);
		crc &= 0xffff;
	}
	return (uint16_t)(crc % SLOT_COUNT);
}
