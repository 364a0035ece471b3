/* SPDX-License-Identifier: ISC */
/*
 * redis_tls.h -- OpenSSL set up the one way we accept: TLS 1.2 or later, chain
 * and host name (or address) verified, no switch to leave either out.
 */
#ifndef IO_REDIS_TLS_H
#define IO_REDIS_TLS_H

#include <event2/bufferevent.h>
#include <openssl/ssl.h>
#include <stddef.h>

#include "base/err.h"
#include "io/redis.h"

/* Reads ca_file, cert_file and key_file of options.  NULL: err names the file. */
SSL_CTX	*redis_tls_context(const struct redis_options *, struct err *);
/* One connection to host, a name or a numeric address.  NULL: err. */
SSL	*redis_tls_new(SSL_CTX *, const char *host, struct err *);
/* Why bev, of this SSL, failed: a certificate's fault, else OpenSSL's.  Returns out. */
const char *redis_tls_reason(struct bufferevent *, char *out, size_t out_size);

#endif /* IO_REDIS_TLS_H */
