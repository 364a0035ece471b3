/* SPDX-License-Identifier: ISC */
/* hash.c -- see hash.h. */
#include "base/hash.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

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

uint64_t
hash64_on(uint64_t hash, const void *data, size_t len)
{
	uint8_t key[HASH_KEY_BYTES] = { 0 };

	memcpy(key, &hash, sizeof(hash));
	return hash64(key, data, len);
}

/* struct hash_stream is never complete: it is XXH3's own state, which wants aligned memory. */
struct hash_stream *
hash_stream_new(const uint8_t key[HASH_KEY_BYTES])
{
	XXH3_state_t *state = XXH3_createState();
	uint64_t seed[2];

	memcpy(seed, key, sizeof(seed));
	if (state == NULL)
		return NULL;
	if (XXH3_64bits_reset_withSeed(state, le64toh(seed[0]) ^ le64toh(seed[1])) == XXH_OK)
		return (struct hash_stream *)(void *)state;
	(void)XXH3_freeState(state);
	return NULL;
}

void
hash_stream_add(struct hash_stream *stream, const void *data, size_t len)
{
	(void)XXH3_64bits_update((XXH3_state_t *)(void *)stream, data, len);
}

uint64_t
hash_stream_end(const struct hash_stream *stream)
{
	uint64_t h = XXH3_64bits_digest((const XXH3_state_t *)(const void *)stream);

	return h != 0 ? h : 1;
}

void
hash_stream_free(struct hash_stream *stream)
{
	(void)XXH3_freeState((XXH3_state_t *)(void *)stream);
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
