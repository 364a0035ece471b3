/* SPDX-License-Identifier: ISC */
/* redis_url.c -- reads the address of a Redis server, see redis.h. */
#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"
#include "io/redis.h"

#define URL_WANTED "redis://HOST[:PORT][/DB], rediss://HOST[:PORT][/DB] or unix:///PATH[?db=DB]"

/* Copies len bytes; false if they do not fit. */
static bool
url_copy(char *out, size_t out_size, const char *s, size_t len)
{
	if (len >= out_size)
		return false;
	memcpy(out, s, len);
	out[len] = '\0';
	return true;
}

static int
url_parse_db(const char *s, struct redis_url *out, struct err *err)
{
	int64_t db;

	if (!text_parse_i64(s, 0, REDIS_DB_MAX, &db))
		return err_set(err, "the database of a Redis address is a number from 0 to %d",
		    REDIS_DB_MAX);
	out->db = (int)db;
	return 0;
}

static int
url_parse_unix(const char *s, struct redis_url *out, struct err *err)
{
	size_t len = strcspn(s, "?#%");

	if (s[0] != '/' || len < 2)
		return err_set(err, "a Redis socket is named unix:///PATH, with an absolute path");
	if (!url_copy(out->path, sizeof(out->path), s, len))
		return err_set(err, "the path of a Redis socket is longer than %d bytes",
		    REDIS_PATH_MAX - 1);
	if (s[len] == '\0')
		return 0;
	if (!text_starts(s + len, "?db="))
		return err_set(err,
		    "after the path of a Redis socket only ?db=DB may stand, and no %%");
	return url_parse_db(s + len + 4, out, err);
}

/* HOST or [IPv6]; *rest is what follows. */
static int
url_parse_host(const char *s, struct redis_url *out, const char **rest,
    struct err *err)
{
	unsigned char in6[sizeof(struct in6_addr)];
	size_t len;

	if (s[0] == '[') {
		len = strcspn(++s, "]");
		if (s[len] != ']' ||
		    !url_copy(out->host, sizeof(out->host), s, len) ||
		    inet_pton(AF_INET6, out->host, in6) != 1)
			return err_set(err,
			    "the Redis address has a malformed IPv6 address in brackets");
		*rest = s + len + 1;
		return 0;
	}
	len = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789.-_");
	if (len == 0 || !url_copy(out->host, sizeof(out->host), s, len))
		return err_set(err,
		    "the Redis address has no host or too long a one; use " URL_WANTED);
	*rest = s + len;
	return 0;
}

static int
url_parse_port(const char *s, struct redis_url *out, const char **rest,
    struct err *err)
{
	char digits[8];
	int64_t port;
	size_t len = strcspn(s, "/?#");

	if (!url_copy(digits, sizeof(digits), s, len) ||
	    !text_parse_i64(digits, 1, UINT16_MAX, &port))
		return err_set(err, "the port of a Redis address is a number from 1 to 65535");
	out->port = (uint16_t)port;
	*rest = s + len;
	return 0;
}

static int
url_parse_inet(const char *s, struct redis_url *out, struct err *err)
{
	/* Before anything is copied: what stands before @ may be a secret. */
	if (strchr(s, '@') != NULL)
		return err_set(err, "user and password do not belong into a Redis address; "
		    "use the settings username and password");
	out->port = REDIS_PORT;
	if (url_parse_host(s, out, &s, err) == -1)
		return -1;
	if (*s == ':' && url_parse_port(s + 1, out, &s, err) == -1)
		return -1;
	if (*s == '\0' || strcmp(s, "/") == 0)
		return 0;
	if (*s == '/')
		return url_parse_db(s + 1, out, err);
	return err_set(err, "a Redis address is " URL_WANTED);
}

int
redis_url_parse(const char *url, struct redis_url *out, struct err *err)
{
	struct redis_url parsed = { .db = 0 };
	int rc;

	if (text_starts(url, "unix://"))
		rc = url_parse_unix(url + strlen("unix://"), &parsed, err);
	else if (text_starts(url, "redis://"))
		rc = url_parse_inet(url + strlen("redis://"), &parsed, err);
	else if (text_starts(url, "rediss://")) {
		parsed.tls = true;
		rc = url_parse_inet(url + strlen("rediss://"), &parsed, err);
	} else
		rc = err_set(err, "a Redis address is " URL_WANTED);
	if (rc == 0)
		*out = parsed;
	return rc;
}
