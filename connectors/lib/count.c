/* SPDX-License-Identifier: ISC */
/* count.c -- see count.h. */
#include "lib/count.h"

#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX	18	/* fits uint64_t, whatever they are */

bool
count_read(const char *text, uint64_t *out)
{
	size_t len = text != NULL ? strlen(text) : 0;

	if (len == 0 || len > DIGITS_MAX || strspn(text, "0123456789") != len)
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}
