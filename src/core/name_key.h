/* SPDX-License-Identifier: ISC */
/*
 * name_key.h -- what a firm is looked up by in a list without numbers.
 *
 * Names that differ in nothing but case, accents, punctuation, spacing, legal forms and
 * the like (name_words.h) have a key in common.  The reverse is not certain: whoever
 * finds a firm by a key asks name_matches().
 */
#ifndef CORE_NAME_KEY_H
#define CORE_NAME_KEY_H

#include <stddef.h>

#define NAME_KEY_BYTES	18	/* "=", 16 hex digits, NUL: no name is read out of it */
#define NAME_KEYS_MAX	8	/* of a name, its trade names, both ways to write an umlaut */

/*
 * Adds to the n keys there are those of name that are not among them, itself first, up
 * to max.  Returns how many there are then.  A name of nothing but a legal form or
 * punctuation has none, nor has one that name_words_read() refuses.
 */
size_t	name_keys_add(const char *name, char keys[][NAME_KEY_BYTES], size_t n, size_t max);

#endif /* CORE_NAME_KEY_H */
