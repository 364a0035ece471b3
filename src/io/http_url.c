/* SPDX-License-Identifier: ISC */
/* http_url.c -- see http_url.h, and http.h for the functions on whole URLs. */
#include "io/http_url.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "io/http.h"

/* The parts of a parsed URL, each owned by libcurl. */
struct parts {
	char	*scheme, *host, *port;
};

static int
parts_read(CURLU *u, const char *url, struct parts *p, struct err *err)
{
	if (strlen(url) > HTTP_URL_MAX ||
	    curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_SCHEME, &p->scheme, 0) != CURLUE_OK)
		return err_set(err, "the URL cannot be used (userinfo is not allowed)");
	if (strcmp(p->scheme, "https") != 0 && strcmp(p->scheme, "http") != 0)
		return err_set(err, "the URL is neither https nor http");
	if (curl_url_get(u, CURLUPART_HOST, &p->host, 0) != CURLUE_OK ||
	    curl_url_get(u, CURLUPART_PORT, &p->port, CURLU_DEFAULT_PORT) != CURLUE_OK)
		return err_set(err, "the URL has no host");
	return 0;
}

static int
origin_fill(struct http_origin *out, const struct parts *p, struct err *err)
{
	struct http_origin o = { .https = strcmp(p->scheme, "https") == 0 };

	if (!text_copy(o.host, sizeof(o.host), p->host) ||
	    !text_copy(o.port, sizeof(o.port), p->port))
		return err_set(err, "the URL's host is too long");
	for (char *c = o.host; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	*out = o;
	return 0;
}

int
http_origin_parse(const char *url, struct http_origin *out, char **out_url,
    struct err *err)
{
	CURLU *u = curl_url();
	struct parts p = { 0 };
	int rc;

	if (u == NULL)
		return err_set_passing(err, "out of memory");
	rc = parts_read(u, url, &p, err);
	if (rc == 0)
		rc = origin_fill(out, &p, err);
	if (rc == 0 && out_url != NULL &&
	    curl_url_get(u, CURLUPART_URL, out_url, 0) != CURLUE_OK)
		rc = err_set_passing(err, "out of memory");
	curl_free(p.scheme);
	curl_free(p.host);
	curl_free(p.port);
	curl_url_cleanup(u);
	return rc;
}

void
http_url_free(char *url)
{
	if (url != NULL)
		explicit_bzero(url, strlen(url));
	curl_free(url);
}

bool
http_origin_equal(const struct http_origin *a, const struct http_origin *b)
{
	return a->https == b->https && strcmp(a->host, b->host) == 0 &&
	    strcmp(a->port, b->port) == 0;
}

bool
http_origin_is_loopback(const struct http_origin *o)
{
	enum addr_class class;

	if (addr_classify_host(o->host, &class))
		return class == ADDR_LOOPBACK;
	return strcmp(o->host, "localhost") == 0;
}

bool
http_may_reach(const struct http_reach *r, const struct http_origin *here,
    enum addr_class class)
{
	switch (class) {
	case ADDR_LOOPBACK:
		return r->allow_loopback;
	case ADDR_PUBLIC:
		return here->https;
	case ADDR_PRIVATE:
		return here->https && r->allow_private &&
		    strcmp(here->host, r->first.host) == 0;
	case ADDR_FORBIDDEN:
		break;
	}
	return false;
}

int
http_check_origin(const struct http_reach *r, const struct http_origin *here,
    struct err *err)
{
	enum addr_class class;
	char host[HTTP_HOST_MAX];

	if (!here->https && !(r->allow_loopback && http_origin_is_loopback(here)))
		return err_set(err, "http is for loopback addresses only, use https");
	if (addr_classify_host(here->host, &class) && !http_may_reach(r, here, class))
		return err_set(err, "%s is a %s address, which is not allowed here",
		    text_escape(here->host, strlen(here->host), host, sizeof(host)),
		    addr_class_name(class));
	return 0;
}

static bool
host_listed(char *const *hosts, const char *host)
{
	for (; hosts != NULL && *hosts != NULL; hosts++)
		if (strcmp(*hosts, host) == 0)
			return true;
	return false;
}

int
http_check_redirect(const struct http_reach *r, const struct http_origin *here,
    const struct http_origin *there, struct err *err)
{
	char host[HTTP_HOST_MAX];

	(void)text_escape(there->host, strlen(there->host), host, sizeof(host));
	if (here->https && !there->https)
		return err_set(err, "redirected from https to http on %s", host);
	if (strcmp(there->host, r->first.host) != 0 && !host_listed(r->hosts, there->host))
		return err_set(err, "redirected to %s, which redirect_hosts does not list", host);
	/* Any other port would let a registry knock at its neighbours' doors. */
	if (strcmp(there->port, r->first.port) != 0 && strcmp(there->port, "443") != 0)
		return err_set(err, "redirected to port %s of %s", there->port, host);
	return http_check_origin(r, there, err);
}

bool
http_url_is_loopback(const char *url)
{
	struct http_origin o;

	return http_origin_parse(url, &o, NULL, NULL) == 0 && http_origin_is_loopback(&o);
}

int
http_url_check(const char *url, struct err *err)
{
	struct http_origin o;

	if (http_origin_parse(url, &o, NULL, err) != 0)
		return -1;
	if (!o.https && !http_origin_is_loopback(&o))
		return err_set(err, "http is for loopback addresses only, use https");
	return 0;
}

void
http_url_escape(const char *text, struct buf *out)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    strchr("-._~", c) != NULL)
			buf_putc(out, (char)c);
		else
			buf_printf(out, "%%%02X", c);
	}
}

void
http_url_extend(const char *url, const char *path, struct buf *out)
{
	size_t len = strlen(url);

	if (path[0] == '/' && len > 0 && url[len - 1] == '/')
		len--;
	buf_add(out, url, len);
	if (path[0] == '?' && memchr(url, '?', len) != NULL) {
		buf_putc(out, '&');
		path++;
	}
	buf_puts(out, path);
}

/* Bytes of scheme, host and port. */
static size_t
origin_len(const char *url)
{
	const char *host = strstr(url, "://");

	return host != NULL ? (size_t)(host + 3 - url) + strcspn(host + 3, "/?#") : strlen(url);
}

/* A host behind a proxy that ends TLS often believes that it speaks http. */
static bool
origin_is_same(const struct http_origin *here, const struct http_origin *there)
{
	return strcmp(here->host, there->host) == 0 && (strcmp(here->port, there->port) == 0 ||
	    (here->https && !there->https && strcmp(here->port, "443") == 0 &&
	    strcmp(there->port, "80") == 0));
}

int
http_url_link(const char *url, const char *link, struct buf *out, struct err *err)
{
	struct http_origin here, there;
	size_t kept = origin_len(url);

	if (link[0] == '?') {
		kept = strcspn(url, "?#");
	} else if (link[0] != '/') {
		if (http_origin_parse(url, &here, NULL, err) != 0 ||
		    http_origin_parse(link, &there, NULL, err) != 0)
			return err_prefix(err, "a link");
		if (!origin_is_same(&here, &there))
			return err_set(err, "a link to another host than that of url");
		link += origin_len(link);
	}
	if (out != NULL) {
		buf_add(out, url, kept);
		buf_puts(out, link);
	}
	return 0;
}

const char *
http_url_show(const char *url, char *out, size_t out_size)
{
	const char *scheme_end = strstr(url, "://");
	const char *host = scheme_end != NULL ? scheme_end + 3 : url;
	size_t host_len = strcspn(host, "/?#"), len = strcspn(url, "?#");
	const char *at = memrchr(host, '@', host_len);

	/* What could be userinfo is cut off with its scheme. */
	if (at != NULL && (size_t)(at + 1 - url) <= len)
		return text_escape(at + 1, len - (size_t)(at + 1 - url), out, out_size);
	return text_escape(url, len, out, out_size);
}
