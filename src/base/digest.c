/* SPDX-License-Identifier: ISC */
/* digest.c -- see digest.h: on OpenSSL's libcrypto. */
#include "base/digest.h"

#include <openssl/evp.h>

#include "base/text.h"

int
digest_sha256_hex(const void *data, size_t len, char out[DIGEST_SHA256_HEX_BYTES])
{
	unsigned char digest[32];

	if (EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) != 1)
		return -1;
	text_hex(digest, sizeof(digest), out);
	return 0;
}
