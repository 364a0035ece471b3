/* SPDX-License-Identifier: ISC */
/* settings_check.c -- see settings_check.h. */
#include "config/settings_check.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "core/number_pattern.h"
#include "io/addr.h"
#include "io/http.h"
#include "io/redis.h"
#include "io/source.h"

#define HOST_NAME_MAX_BYTES	253	/* RFC 1035 */
#define LOOPBACK_NET		127	/* first byte of 127.0.0.0/8 */
#define PREFIX_MAX		64	/* bytes; it stands in every key */
#define INSTANCE_MAX		64	/* bytes, as in a host name */
#define PLUGIN_MAX		31	/* bytes, connector.h */

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS	"0123456789"

/* HOST[:PORT] of a URL or of its own. */
struct authority {
	char	host[HOST_NAME_MAX_BYTES + 1];	/* without brackets */
	bool	v6;		/* was in brackets */
	int64_t	port;		/* -1: none given */
};

static bool
is_all_graphic(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

/* Whether s is 1..max bytes of chars. */
static bool
is_made_of(const char *s, const char *chars, size_t max)
{
	size_t len = strlen(s);

	return len > 0 && len <= max && strspn(s, chars) == len;
}

/* Splits len bytes of s.  false: not HOST or HOST:PORT. */
static bool
authority_parse(const char *s, size_t len, struct authority *out)
{
	char text[HOST_NAME_MAX_BYTES + sizeof("[]:65535")];
	struct in6_addr v6;
	char *host = text, *end;

	if (len >= sizeof(text) || memchr(s, '\0', len) != NULL)
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	out->v6 = text[0] == '[';
	out->port = -1;
	if (out->v6) {
		end = strchr(++host, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		*end++ = '\0';
	} else
		end = host + strcspn(host, ":");
	if (*end == ':' && !text_parse_i64(end + 1, 0, 65535, &out->port))
		return false;
	*end = '\0';
	if (!text_copy(out->host, sizeof(out->host), host))
		return false;
	if (out->v6)
		return inet_pton(AF_INET6, out->host, &v6) == 1;
	return is_made_of(out->host, LOWER UPPER DIGITS ".-_", HOST_NAME_MAX_BYTES);
}

/* A literal or localhost; any other name could be pointed elsewhere. */
static bool
authority_is_loopback(const struct authority *a)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (a->v6)
		return inet_pton(AF_INET6, a->host, &v6) == 1 &&
		    IN6_IS_ADDR_LOOPBACK(&v6);
	if (inet_pton(AF_INET, a->host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == LOOPBACK_NET;
	return text_equal_nocase(a->host, "localhost");
}

/* rest: what follows "scheme://".  *out_end: what follows HOST[:PORT]. */
static int
url_authority(const char *rest, struct authority *out, const char **out_end,
    struct err *err)
{
	size_t len = strcspn(rest, "/?#");

	if (memchr(rest, '@', len) != NULL)
		return err_set(err, "holds a user or password: a secret goes into "
		    "a setting of its own, as credential:NAME");
	if (!authority_parse(rest, len, out) || out->port == 0)
		return err_set(err, "names no valid host after ://");
	*out_end = rest + len;
	return 0;
}

static int
check_file_url(const char *path, struct err *err)
{
	if (path[0] != '/')
		return err_set(err, "is not file:// and an absolute path: "
		    "write file:///PATH");
	if (strstr(path, "/../") != NULL ||
	    (strlen(path) >= 3 && strcmp(path + strlen(path) - 3, "/..") == 0))
		return err_set(err, "holds \"..\": write the path it means");
	return 0;
}

int
settings_check_url(const char *url, struct err *err)
{
	struct authority a;
	const char *rest;

	if (text_starts(url, "file://"))
		return check_file_url(url + strlen("file://"), err);
	if (!is_all_graphic(url) || strchr(url, '#') != NULL || strchr(url, '\\') != NULL)
		return err_set(err, "holds a space, '#', '\\' or a byte beyond "
		    "ASCII: percent-encode it");
	if (!text_starts(url, "https://") && !text_starts(url, "http://"))
		return err_set(err, "is none of https://, file:/// and "
		    "http:// to this machine");
	if (url_authority(strstr(url, "://") + strlen("://"), &a, &rest, err) == -1)
		return -1;
	if (text_starts(url, "http://") && !authority_is_loopback(&a))
		return err_set(err, "is http:// to another machine: use https://");
	/* libcurl has the last word on what it will take. */
	if (http_url_check(url, err) == -1)
		return err_prefix(err, "cannot be used");
	return 0;
}

int
settings_check_redis_url(const char *url, struct err *err)
{
	struct redis_url parsed;

	if (strcmp(url, "embedded") == 0)
		return 0;
	if (!is_all_graphic(url))
		return err_set(err, "holds a space or a byte beyond ASCII");
	if (redis_url_parse(url, &parsed, err) == -1)
		return err_prefix(err, "cannot be used");
	return 0;
}

int
settings_check_proxy(const char *url, struct err *err)
{
	struct authority a;
	const char *rest;

	if (*url == '\0')
		return 0;
	if (!is_all_graphic(url) || !text_starts(url, "http://"))
		return err_set(err, "is not http://HOST:PORT");
	if (url_authority(url + strlen("http://"), &a, &rest, err) == -1)
		return -1;
	if (*rest != '\0' && strcmp(rest, "/") != 0)
		return err_set(err, "has a path: write http://HOST:PORT");
	return 0;
}

int
settings_check_listen(const char *text, struct err *err)
{
	enum addr_class class;
	struct authority a;
	struct in_addr v4;

	if (*text == '\0')
		return 0;
	if (!authority_parse(text, strlen(text), &a) || a.port == -1 ||
	    (!a.v6 && inet_pton(AF_INET, a.host, &v4) != 1))
		return err_set(err, "is not ADDRESS:PORT with a numeric address, such "
		    "as 127.0.0.1:9807 or [::1]:9807; empty turns it off");
	if (!addr_classify_host(a.host, &class) || class != ADDR_LOOPBACK)
		return err_set(err, "is not a loopback address, and nobody logs in to these pages: "
		    "write 127.0.0.1:%lld, and put a proxy with a login before it",
		    (long long)a.port);
	return 0;
}

int
settings_check_host(const char *text, struct err *err)
{
	struct authority a;

	if (!authority_parse(text, strlen(text), &a) || a.port != -1)
		return err_set(err, "holds something that is not a host's name or "
		    "address, without port");
	return 0;
}

int
settings_check_body(const char *text, struct err *err)
{
	if (!text_is_name(text, 32))
		return err_set(err, "is not 1 to 32 of a-z, 0-9 and -");
	return 0;
}

int
settings_check_plugin(const char *text, struct err *err)
{
	if (!is_made_of(text, LOWER DIGITS "_", PLUGIN_MAX) ||
	    strchr(LOWER, text[0]) == NULL)
		return err_set(err, "is not a plug-in's name: a-z, then up to 30 of "
		    "a-z, 0-9 and _");
	return 0;
}

int
settings_check_prefix(const char *text, struct err *err)
{
	if (!is_made_of(text, LOWER UPPER DIGITS ":._-", PREFIX_MAX))
		return err_set(err, "is not 1 to %d of A-Z, a-z, 0-9 and : . _ - "
		    "(braces would move keys to other slots)", PREFIX_MAX);
	return 0;
}

int
settings_check_instance(const char *text, struct err *err)
{
	if (*text != '\0' &&
	    !is_made_of(text, LOWER UPPER DIGITS "._-", INSTANCE_MAX))
		return err_set(err, "is not up to %d of A-Z, a-z, 0-9 and . _ -",
		    INSTANCE_MAX);
	return 0;
}

int
settings_check_socket(const char *text, struct err *err)
{
	struct sockaddr_un sun;

	if (text[0] != '/')
		return err_set(err, "is not an absolute path");
	if (strlen(text) >= sizeof(sun.sun_path))
		return err_set(err, "is longer than the %zu bytes a socket's path "
		    "may have", sizeof(sun.sun_path) - 1);
	return 0;
}

int
settings_check_ascii(const char *text, struct err *err)
{
	const char *s;

	for (s = text; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			return err_set(err, "holds a byte beyond printable ASCII");
	return 0;
}

int
settings_check_pattern(const char *text, struct err *err)
{
	struct number_pattern *pattern = number_pattern_new(text, err);

	(void)number_pattern_free(pattern);
	return pattern != NULL ? 0 : -1;
}

int
settings_check_file_pattern(const char *text, struct err *err)
{
	return source_pattern_check(text, err);
}
