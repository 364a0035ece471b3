/* SPDX-License-Identifier: ISC */
/* query.c -- see query.h. */
#include "lib/query.h"

#include <stdio.h>
#include <string.h>

#define UNRESERVED	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
#define IN_NAMES	UNRESERVED "$[]:,@!*"
/* RFC 3986's other characters; % stands in what is encoded already. */
#define IN_LINKS	IN_NAMES "/?&=+;'()%"

/* Appends len bytes of text, with %XX for those not among kept. */
static bool
query_encode(char *out, size_t size, const char *text, size_t len, const char *kept)
{
	size_t used = strlen(out);

	for (size_t i = 0; i < len; i++) {
		bool plain = strchr(kept, text[i]) != NULL;

		if (used + 4 > size)
			return false;
		used += (size_t)snprintf(out + used, size - used, plain ? "%c" : "%%%02X",
		    (unsigned char)text[i]);
	}
	return true;
}

bool
query_add_value(char *out, size_t size, const char *value)
{
	return query_encode(out, size, value, strlen(value), UNRESERVED);
}

bool
query_add_name(char *out, size_t size, const char *name)
{
	return query_encode(out, size, name, strlen(name), IN_NAMES);
}

bool
query_add_link(char *out, size_t size, const char *link)
{
	return query_encode(out, size, link, strcspn(link, "#"), IN_LINKS);
}

bool
query_add(char *out, size_t size, const char *name, const char *value)
{
	const char *between = strchr(out, '?') != NULL ? "&" : "?";

	return query_encode(out, size, between, 1, between) && query_add_name(out, size, name) &&
	    query_encode(out, size, "=", 1, "=") && query_add_value(out, size, value);
}
