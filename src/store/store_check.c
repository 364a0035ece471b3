/* SPDX-License-Identifier: ISC */
/* store_check.c -- see store_check.h. */
#include "store/store_check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* The value of "name:value\r\n".  false: no such line. */
static bool
info_value(const char *info, const char *name, char *out, size_t size)
{
	size_t len = strlen(name), n;

	for (const char *line = info; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, len) != 0 || line[len] != ':')
			continue;
		n = strcspn(line + len + 1, "\r\n");
		(void)text_escape(line + len + 1, n, out, size);
		return true;
	}
	return false;
}

enum store_verdict
store_check(const char *info, struct err *why)
{
	char value[64];

	if (info == NULL) {
		(void)err_set(why,
		    "the server's settings cannot be checked: allow the user INFO (+info)");
		return STORE_CHECK_WARNING;
	}
	if (info_value(info, "redis_version", value, sizeof(value)) &&
	    strtol(value, NULL, 10) < STORE_REDIS_MAJOR) {
		(void)err_set(why, "the server is Redis %s; certsyncd needs %d.0 or newer", value,
		    STORE_REDIS_MAJOR);
		return STORE_CHECK_REFUSED;
	}
	if (info_value(info, "maxmemory_policy", value, sizeof(value)) &&
	    strcmp(value, "noeviction") != 0) {
		(void)err_set(why, "the server may evict badges: set maxmemory-policy noeviction "
		    "(it is %s)", value);
		return STORE_CHECK_REFUSED;
	}
	if (info_value(info, "aof_enabled", value, sizeof(value)) && strcmp(value, "1") != 0) {
		(void)err_set(why, "the server keeps no append-only file, so a crash loses what "
		    "was acknowledged: set appendonly yes");
		return STORE_CHECK_WARNING;
	}
	return STORE_CHECK_OK;
}
