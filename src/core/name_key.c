/* SPDX-License-Identifier: ISC */
/* name_key.c -- see name_key.h. */
#include "core/name_key.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "core/name_words.h"

/* Of all words of a name, with a gap between any two. */
#define TEXT_BYTES	(sizeof(((struct name_words *)0)->text) + NAME_WORDS_MAX)

/* The same in every store: keys are kept.  Who aims for one is met by name_matches(). */
static const uint8_t hash_key[HASH_KEY_BYTES] = "certsync names ";

static size_t
side_text(const struct name_side *s, char out[TEXT_BYTES])
{
	size_t len = 0, word = 0, at = 0;
	char c;

	while ((c = name_side_next(s, &word, &at)) != '\0')
		out[len++] = c;
	return len;
}

static size_t
key_add(const struct name_side *s, char keys[][NAME_KEY_BYTES], size_t n, size_t max)
{
	char text[TEXT_BYTES], key[NAME_KEY_BYTES];
	size_t len = side_text(s, text);

	if (len == 0 || n == max)
		return n;
	(void)snprintf(key, sizeof(key), "=%016" PRIx64, hash64(hash_key, text, len));
	for (size_t i = 0; i < n; i++)
		if (strcmp(keys[i], key) == 0)
			return n;
	memcpy(keys[n], key, sizeof(key));
	return n + 1;
}

static size_t
sides_add(const struct name_words *words, char keys[][NAME_KEY_BYTES], size_t n, size_t max)
{
	for (size_t i = 0; i < words->count; i++)
		n = key_add(&words->sides[i], keys, n, max);
	return n;
}

size_t
name_keys_add(const char *name, char keys[][NAME_KEY_BYTES], size_t n, size_t max)
{
	struct name_words words;
	bool umlaut;

	if (!name_words_read(&words, name, false))
		return n;
	n = sides_add(&words, keys, n, max);
	umlaut = words.has_umlaut;
	return umlaut && name_words_read(&words, name, true) ? sides_add(&words, keys, n, max) : n;
}
