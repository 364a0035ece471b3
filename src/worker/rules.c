/* SPDX-License-Identifier: ISC */
/* rules.c -- see rules.h. */
#include "worker/rules.h"

#include <string.h>
#include <strings.h>

#define LOWER	"abcdefghijklmnopqrstuvwxyz"
#define UPPER	"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT	"0123456789"

/* Whether every byte of s is one of chars. */
static bool
only(const char *s, size_t len, const char *chars)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] == '\0' || strchr(chars, s[i]) == NULL)
			return false;
	return true;
}

static bool
between(const char *s, size_t len, char low, char high)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] < low || s[i] > high)
			return false;
	return true;
}

bool
rules_type(const char *s, size_t len)
{
	return only(s, len, UPPER DIGIT "-");
}

bool
rules_connector(const char *s, size_t len)
{
	return len > 0 && only(s, 1, LOWER) && only(s, len, LOWER DIGIT "_");
}

bool
rules_setting(const char *s, size_t len)
{
	if (len > 2 && s[len - 2] == '.' && s[len - 1] == '*')
		len -= 2;
	return len > 0 && only(s, 1, LOWER) && only(s, len, LOWER DIGIT "_.");
}

bool
rules_setting_key(const char *s, size_t len)
{
	size_t name = len;

	while (name > 0 && only(s + name - 1, 1, UPPER DIGIT "-"))
		name--;
	if (name == 0 || s[name - 1] != '.')
		name = len;
	return only(s, 1, LOWER) && only(s, name, LOWER DIGIT "_.");
}

bool
rules_ascii(const char *s, size_t len)
{
	return between(s, len, ' ', '~');
}

static bool
path_bytes(const char *s, size_t len)
{
	return between(s, len, '!', '~') && memchr(s, '#', len) == NULL &&
	    memchr(s, '\\', len) == NULL;
}

bool
rules_path(const char *s, size_t len)
{
	return len > 0 && (s[0] == '/' || s[0] == '?') && path_bytes(s, len);
}

bool
rules_link(const char *s, size_t len)
{
	static const char http[] = "http://", https[] = "https://";
	bool whole = (len >= sizeof(http) && strncasecmp(s, http, sizeof(http) - 1) == 0) ||
	    (len >= sizeof(https) && strncasecmp(s, https, sizeof(https) - 1) == 0);

	return rules_path(s, len) || (whole && path_bytes(s, len));
}

bool
rules_file(const char *s, size_t len)
{
	return len > 1 && s[0] == '/';
}

/* Never from a connector, not even with a credential in it. */
static const char *const headers_refused[] = {
	/* hop by hop (RFC 9110 7.6.1) and framing */
	"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer",
	"Transfer-Encoding", "Upgrade", "Content-Length", "Expect",
	/* where it goes, and who asks */
	"Host", "Cookie", "Cookie2", "Set-Cookie", "Proxy-Authorization",
	"Proxy-Authenticate", "Forwarded", "Via", "X-Forwarded-For",
	"X-Forwarded-Host", "User-Agent", "Referer", "Origin",
	/* the engine's own: a part or a 304 must be of its asking */
	"Range", "If-Range", "If-Match", "If-None-Match", "If-Modified-Since",
	"If-Unmodified-Since", "Accept-Encoding",
};

bool
rules_slot_header(const char *s, size_t len)
{
	/* RFC 9110 5.6.2 token */
	if (len == 0 || !only(s, len, LOWER UPPER DIGIT "!#$%&'*+-.^_`|~"))
		return false;
	for (size_t i = 0; i < sizeof(headers_refused) / sizeof(*headers_refused); i++)
		if (strlen(headers_refused[i]) == len &&
		    strncasecmp(headers_refused[i], s, len) == 0)
			return false;
	return true;
}

bool
rules_header(const char *s, size_t len)
{
	static const char authorization[] = "Authorization";

	return rules_slot_header(s, len) &&
	    (len != sizeof(authorization) - 1 ||
	    strncasecmp(s, authorization, len) != 0);
}

bool
rules_header_value(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] != '\t' && (s[i] < ' ' || s[i] > '~'))
			return false;
	return true;
}

bool
rules_parameter(const char *s, size_t len)
{
	return only(s, len, LOWER UPPER DIGIT "_.-");
}

bool
rules_method(const char *s, size_t len)
{
	return (len == 3 && memcmp(s, "GET", 3) == 0) ||
	    (len == 4 && memcmp(s, "POST", 4) == 0);
}
