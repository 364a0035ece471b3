/* SPDX-License-Identifier: ISC */
/* redis_tls.c -- see redis_tls.h. */
#include "io/redis_tls.h"

#include <arpa/inet.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

/* A key with a pass phrase is refused: OpenSSL would ask on the terminal. */
static int
tls_no_pass_phrase(char *buf, int size, int writing, void *arg)
{
	(void)buf, (void)size, (void)writing, (void)arg;
	return -1;
}

static const char *
tls_error_text(void)
{
	unsigned long e = ERR_peek_error();
	const char *text;

	/* System errors have no text of OpenSSL's. */
	if (ERR_SYSTEM_ERROR(e))
		text = strerror(ERR_GET_REASON(e));
	else
		text = ERR_reason_error_string(e);
	ERR_clear_error();
	return text != NULL ? text : "unknown error of OpenSSL";
}

static int
tls_load_ca(SSL_CTX *ctx, const char *ca_file, struct err *err)
{
	if (ca_file == NULL) {
		if (SSL_CTX_set_default_verify_paths(ctx) == 1)
			return 0;
		return err_set(err, "the system's CA certificates cannot be used: %s",
		    tls_error_text());
	}
	if (SSL_CTX_load_verify_locations(ctx, ca_file, NULL) == 1)
		return 0;
	return err_set(err, "ca_file %s cannot be used: %s", ca_file, tls_error_text());
}

static int
tls_load_pair(SSL_CTX *ctx, const char *cert_file, const char *key_file,
    struct err *err)
{
	if (cert_file == NULL && key_file == NULL)
		return 0;
	if (cert_file == NULL || key_file == NULL)
		return err_set(err, "cert_file and key_file go together: set both or none");
	if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1)
		return err_set(err, "cert_file %s cannot be used: %s", cert_file,
		    tls_error_text());
	if (SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1)
		return err_set(err, "key_file %s cannot be used: %s", key_file,
		    tls_error_text());
	if (SSL_CTX_check_private_key(ctx) != 1)
		return err_set(err, "key_file %s does not belong to cert_file %s",
		    key_file, cert_file);
	return 0;
}

SSL_CTX *
redis_tls_context(const struct redis_options *options, struct err *err)
{
	SSL_CTX *ctx;

	ERR_clear_error();
	ctx = SSL_CTX_new(TLS_client_method());
	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1) {
		(void)err_set(err, "TLS cannot be set up: %s", tls_error_text());
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_default_passwd_cb(ctx, tls_no_pass_phrase);
	if (tls_load_ca(ctx, options->ca_file, err) == -1 ||
	    tls_load_pair(ctx, options->cert_file, options->key_file, err) == -1) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

static int
tls_expect_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	unsigned char addr[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, host, addr) == 1 ||
	    inet_pton(AF_INET6, host, addr) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(param, host);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (X509_VERIFY_PARAM_set1_host(param, host, 0) != 1)
		return 0;
	return (int)SSL_set_tlsext_host_name(ssl, host);
}

SSL *
redis_tls_new(SSL_CTX *ctx, const char *host, struct err *err)
{
	SSL *ssl;

	ERR_clear_error();
	ssl = SSL_new(ctx);
	if (ssl == NULL || tls_expect_host(ssl, host) != 1) {
		(void)err_set(err, "TLS cannot be set up: %s", tls_error_text());
		SSL_free(ssl);
		return NULL;
	}
	return ssl;
}

const char *
redis_tls_reason(struct bufferevent *bev, char *out, size_t out_size)
{
	int system_error = EVUTIL_SOCKET_ERROR();
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	long verdict = ssl != NULL ? SSL_get_verify_result(ssl) : X509_V_OK;
	unsigned long e = bufferevent_get_openssl_error(bev);
	const char *text = e != 0 ? ERR_reason_error_string(e) : NULL;

	if (verdict != X509_V_OK)
		(void)snprintf(out, out_size, "TLS: the certificate is refused: %s",
		    X509_verify_cert_error_string(verdict));
	else if (text != NULL)
		(void)snprintf(out, out_size, "TLS: %s", text);
	else
		(void)snprintf(out, out_size, "%s", system_error != 0 ?
		    strerror(system_error) : "closed by Redis");
	return out;
}
