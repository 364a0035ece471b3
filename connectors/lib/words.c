/* SPDX-License-Identifier: ISC */
/* words.c -- see words.h. */
#include "lib/words.h"

#include <string.h>
#include <strings.h>

bool
words_read(const char *list, words_fn *word, unsigned *out)
{
	unsigned bits = 0;

	for (; *list != '\0'; list += strspn(list, ", ")) {
		size_t len = strcspn(list, ", "), i = 0;

		while (word(i) != NULL && (strlen(word(i)) != len ||
		    strncasecmp(word(i), list, len) != 0))
			i++;
		if (word(i) == NULL)
			return false;
		bits |= 1u << i;
		list += len;
	}
	*out = bits;
	return bits != 0;
}
