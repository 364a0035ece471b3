/* SPDX-License-Identifier: ISC */
/* text.c -- see text.h. */
#include "lib/text.h"

#include <string.h>

size_t
text_size(const char *text)
{
	return text == NULL ? 0 : strlen(text) + 1;
}

const char *
text_keep(char **at, const char *text)
{
	char *copy = *at;

	if (text == NULL)
		return NULL;
	*at = stpcpy(copy, text) + 1;
	return copy;
}
