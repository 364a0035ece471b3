/* SPDX-License-Identifier: ISC */
/* mask.c -- see mask.h. */
#include "core/mask.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define STARS		"***"
#define CUT		"..."
#define LAST_FROM	6	/* characters of a number of which the last one is shown, too */

/* Bytes of the character that s begins with. */
static size_t
character_len(const char *s)
{
	size_t len = 1;

	while (((unsigned char)s[len] & 0xc0) == 0x80)
		len++;
	return len;
}

const char *
mask_number(const char *number, char out[MASK_SIZE])
{
	size_t first, last = 0, count = 0;

	out[0] = '\0';
	if (number[0] == '\0')
		return out;
	first = character_len(number);
	for (const char *s = number; *s != '\0'; s += character_len(s)) {
		last = (size_t)(s - number);
		count++;
	}
	(void)snprintf(out, MASK_SIZE, "%.*s" STARS "%.4s", (int)(first > 4 ? 4 : first), number,
	    count >= LAST_FROM ? number + last : "");
	return out;
}

const char *
mask_name(const char *name, char out[MASK_SIZE])
{
	size_t used = 0, len;

	out[0] = '\0';
	for (name += strspn(name, " "); *name != '\0'; name += strspn(name, " ")) {
		len = character_len(name);
		if (used + 1 + len + sizeof(STARS) + sizeof(CUT) > MASK_SIZE) {
			(void)strcpy(out + used, CUT);
			break;
		}
		used += (size_t)sprintf(out + used, "%s%.*s" STARS, used > 0 ? " " : "", (int)len,
		    name);
		name += strcspn(name, " ");
	}
	return out;
}
