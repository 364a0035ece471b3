/* SPDX-License-Identifier: ISC */
/* words.h -- settings that are lists of known words. */
#ifndef CONNECTORS_LIB_WORDS_H
#define CONNECTORS_LIB_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* The known word i; NULL: there are no more.  At most 32. */
typedef const char *words_fn(size_t i);

/* Reads "8a, HUBZone" into bits: bit i for word i.  false: an unknown word, or none at all. */
bool	words_read(const char *list, words_fn *word, unsigned *out);

#endif /* CONNECTORS_LIB_WORDS_H */
