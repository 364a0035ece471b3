/* SPDX-License-Identifier: ISC */
/* seen.c -- see seen.h.  Open addressing at most half full; the first word is never 0. */
#include "lib/seen.h"

#include <stdlib.h>

#define SEEN_FIRST	((size_t)1 << 12)

uint64_t
seen_hash(uint64_t hash, const char *text)
{
	do {
		hash ^= text != NULL ? (unsigned char)*text : 0xffu;
		hash *= UINT64_C(0x100000001b3);
	} while (text != NULL && *text++ != '\0');
	return hash;
}

static size_t
seen_slot(uint64_t (*slots)[2], size_t size, uint64_t a, uint64_t b)
{
	size_t i = (size_t)(((a ^ (b << 1 | b >> 63)) *
	    UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (size - 1);

	while (slots[i][0] != 0 && (slots[i][0] != a || slots[i][1] != b))
		i = (i + 1) & (size - 1);
	return i;
}

static enum cs_rc
seen_grow(struct seen *s, struct cs_poll *poll)
{
	size_t size = s->size == 0 ? SEEN_FIRST : 2 * s->size;
	uint64_t (*slots)[2];

	if (size > SEEN_MAX)
		return cs_fail(poll, CS_E_LIMIT, "over %zu rows", SEEN_MAX / 2);
	if ((slots = calloc(size, sizeof(*slots))) == NULL)
		return CS_E_NOMEM;
	for (size_t i = 0; i < s->size; i++) {
		size_t at;

		if (s->slots[i][0] == 0)
			continue;
		at = seen_slot(slots, size, s->slots[i][0], s->slots[i][1]);
		slots[at][0] = s->slots[i][0];
		slots[at][1] = s->slots[i][1];
	}
	free(s->slots);
	s->slots = slots;
	s->size = size;
	return CS_OK;
}

enum cs_rc
seen_add(struct seen *s, struct cs_poll *poll, uint64_t a, uint64_t b, bool *out_new)
{
	enum cs_rc rc;
	size_t at;

	if (2 * s->used >= s->size && (rc = seen_grow(s, poll)) != CS_OK)
		return rc;
	at = seen_slot(s->slots, s->size, a, b);
	*out_new = s->slots[at][0] == 0;
	if (*out_new) {
		s->slots[at][0] = a;
		s->slots[at][1] = b;
		s->used++;
	}
	return CS_OK;
}

bool
seen_has(const struct seen *s, uint64_t a, uint64_t b)
{
	return s->size > 0 && s->slots[seen_slot(s->slots, s->size, a, b)][0] != 0;
}

void
seen_free(struct seen *s)
{
	free(s->slots);
	*s = (struct seen){ 0 };
}
