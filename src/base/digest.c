/* SPDX-License-Identifier: ISC */
/* digest.c -- see digest.h: on OpenSSL's libcrypto. */
#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"

static void *
crypto_get(size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return memory_get(size);
}

static void *
crypto_resize(void *old, size_t size, const char *file, int line)
{
	(void)file, (void)line;
	return memory_resize(old, size);
}

static void
crypto_free(void *p, const char *file, int line)
{
	(void)file, (void)line;
	free(p);
}

void
digest_guard_memory(void)
{
	(void)CRYPTO_set_mem_functions(crypto_get, crypto_resize, crypto_free);
}

int
digest_sha256_hex(const void *data, size_t len, char out[DIGEST_SHA256_HEX_BYTES])
{
	unsigned char digest[32];

	if (EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) != 1)
		return -1;
	text_hex(digest, sizeof(digest), out);
	return 0;
}
