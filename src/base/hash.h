/* SPDX-License-Identifier: ISC */
/*
 * hash.h -- keyed 64-bit hashes of foreign text (XXH3 with a secret seed).
 *
 * Keyed, because registries and members choose the text: nobody outside can
 * aim for collisions, and a hash in Redis does not tell the number it stands
 * for.  Also sets uthash's HASH_FUNCTION, and what it does without memory: include
 * this before <uthash.h>.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

#define HASH_KEY_BYTES	16

/* Never 0, so that 0 can mean "none". */
uint64_t	hash64(const uint8_t key[HASH_KEY_BYTES], const void *data, size_t len);
/* The same of bytes that come in pieces: equal bytes in any pieces, equal hash (not hash64's). */
struct hash_stream;
struct hash_stream *hash_stream_new(const uint8_t key[HASH_KEY_BYTES]);	/* NULL: no memory */
void		hash_stream_add(struct hash_stream *, const void *data, size_t len);
/* Never 0. */
uint64_t	hash_stream_end(const struct hash_stream *);
void		hash_stream_free(struct hash_stream *);	/* NULL allowed */
/* Goes on from the hash of what came before, piece by piece: their ends count.  Never 0. */
uint64_t	hash64_on(uint64_t hash, const void *data, size_t len);
/* Fills key with random bytes.  -1: the kernel gave none. */
int		hash_key_random(uint8_t key[HASH_KEY_BYTES]);
/* The key of this process's own tables (uthash); random, set on first use. */
uint32_t	hash_table_hash(const void *data, size_t len);
/* CRC16-XMODEM as Redis Cluster uses it: hash_slot("123456789", 9) is 12739. */
uint16_t	hash_slot(const char *key, size_t len);	/* 0..16383 */

#define HASH_FUNCTION(keyptr, keylen, hashv) \
	((hashv) = hash_table_hash((keyptr), (keylen)))
#define uthash_fatal(msg)	memory_end("a table")

#endif /* BASE_HASH_H */
