/* SPDX-License-Identifier: ISC */
/*
 * name_words.h -- a business name as the words that count in a comparison.
 *
 * Compatibility forms, case, accents and punctuation are gone, common
 * abbreviations are written out, initials are joined ("J. R." is "jr"), and
 * legal forms and "the", "and" are left out, unless nothing else is there.
 */
#ifndef CORE_NAME_WORDS_H
#define CORE_NAME_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_BYTES_MAX	1024	/* of a name; a claim's field has no more */
#define NAME_WORDS_MAX	96	/* of a name; real ones have under 20 */
#define NAME_SIDES_MAX	3	/* whole, before and after "dba" */
#define NAME_SIDE_DBA	2	/* the last of these */

struct name_word {
	const char	*text;		/* UTF-8, folded; lent by the name */
	bool		 comma;		/* a comma stood right before it */
};

/* One way to read a name. */
struct name_side {
	size_t			count;
	struct name_word	words[NAME_WORDS_MAX];
};

struct name_words {
	size_t			count;	/* of sides: 0 (no word), 1 or 3 */
	struct name_side	sides[NAME_SIDES_MAX];
	size_t			used;	/* bytes of text */
	char			text[4 * NAME_BYTES_MAX];
};

/*
 * Reads s.  false: longer than NAME_BYTES_MAX, not UTF-8, or more words than
 * fit.  The result points into itself: it must not be copied.
 */
bool	name_words_read(struct name_words *, const char *s);
/* Whether a word says little: a name with it may be the same without it. */
bool	name_word_is_filler(const char *word);

#endif /* CORE_NAME_WORDS_H */
