/* SPDX-License-Identifier: ISC */
/* digest.h -- a cryptographic digest (FIPS 180-4), for what people compare. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>

#define DIGEST_SHA256_HEX_BYTES	65	/* 64 digits and NUL */

/* SHA-256 in lower-case hex digits.  -1: the library failed for want of memory. */
int	digest_sha256_hex(const void *data, size_t len, char out[DIGEST_SHA256_HEX_BYTES]);
/*
 * Has libcrypto allocate by memory_get(): it crashes where it gets no memory while it
 * initialises itself.  Once, at the start of a program, before anything uses it.
 */
void	digest_guard_memory(void);

#endif /* BASE_DIGEST_H */
