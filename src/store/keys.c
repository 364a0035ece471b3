/* SPDX-License-Identifier: ISC */
/* keys.c -- see keys.h.  Every part is bounded by its own rule, so all fit KEY_MAX. */
#include "store/keys.h"

#include <stdio.h>

const char *
key_global(const char *prefix, const char *name, key_buf out)
{
	(void)snprintf(out, KEY_MAX, "%s:%s", prefix, name);
	return out;
}

const char *
key_connector(const char *prefix, const char *connector, key_buf out)
{
	(void)snprintf(out, KEY_MAX, "%s:connector:%s", prefix, connector);
	return out;
}

const char *
key_beside(const char *prefix, const char *public_key, const char *what, key_buf out)
{
	(void)snprintf(out, KEY_MAX, "%s:internal:{%s}:%s", prefix, public_key, what);
	return out;
}

const char *
key_partition(const char *prefix, unsigned p, const char *what, const char *id, key_buf out)
{
	if (id == NULL)
		(void)snprintf(out, KEY_MAX, "%s:{%u}:%s", prefix, p, what);
	else
		(void)snprintf(out, KEY_MAX, "%s:{%u}:%s:%s", prefix, p, what, id);
	return out;
}
