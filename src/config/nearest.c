/* SPDX-License-Identifier: ISC */
/* nearest.c -- see nearest.h. */
#include "config/nearest.h"

#include <stddef.h>
#include <string.h>

#define NEAREST_EDITS_MAX	3u	/* more, and it is another word */

static unsigned
min3(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* Insertions, deletions, replacements and swaps of neighbours. */
static unsigned
nearest_distance(const char *a, size_t alen, const char *b, size_t blen)
{
	unsigned rows[3][NEAREST_WORD_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2], *free_row;
	size_t i, j;

	for (j = 0; j <= blen; j++)
		last[j] = before[j] = (unsigned)j;
	for (i = 1; i <= alen; i++) {
		row[0] = (unsigned)i;
		for (j = 1; j <= blen; j++) {
			row[j] = min3(last[j] + 1, row[j - 1] + 1,
			    last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		free_row = before;
		before = last;
		last = row;
		row = free_row;
	}
	return last[blen];
}

void
nearest_init(struct nearest *n, const char *word)
{
	size_t edits = strlen(word) / 3;

	n->word = word;
	n->best = NULL;
	n->distance = edits < 1 ? 2 :
	    (edits < NEAREST_EDITS_MAX ? (unsigned)edits : NEAREST_EDITS_MAX) + 1;
}

void
nearest_try(struct nearest *n, const char *candidate)
{
	size_t alen = strlen(n->word), blen = strlen(candidate);
	unsigned d;

	if (alen > NEAREST_WORD_MAX || blen > NEAREST_WORD_MAX)
		return;
	d = nearest_distance(n->word, alen, candidate, blen);
	if (d >= n->distance)
		return;
	n->distance = d;
	n->best = candidate;
}
