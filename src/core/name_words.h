/* SPDX-License-Identifier: ISC */
/*
 * name_words.h -- a business name as the words that count in a comparison.
 *
 * Compatibility forms, case, accents and punctuation are gone, common
 * abbreviations are written out, initials are joined ("J. R." is "jr"), and
 * legal forms and "the", "and" are left out.
 */
#ifndef CORE_NAME_WORDS_H
#define CORE_NAME_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_BYTES_MAX	1024	/* of a name; a claim's field has no more */
#define NAME_WORDS_MAX	96	/* of a name; real ones have under 20 */
#define NAME_SIDES_MAX	6	/* more trade names are not looked at */

struct name_word {
	const char	*text;		/* UTF-8, folded; lent by the name */
	bool		 comma;		/* a comma stood right before it */
	bool		 and;		/* "and" or "&" did */
	bool		 slashed;	/* its initials had slashes: "t/a" */
	unsigned	 group;		/* of words in one pair of parentheses; 0: in none */
};

enum name_side_kind {
	NAME_WHOLE = 0,
	NAME_BEFORE,	/* of "dba" and the like */
	NAME_ALIAS,	/* behind it, up to the next */
	NAME_BARE	/* without an acronym or a state in parentheses */
};

/* One way to read a name. */
struct name_side {
	enum name_side_kind	kind;
	size_t			count;
	struct name_word	words[NAME_WORDS_MAX];
};

struct name_words {
	size_t			count;	/* of sides; 0: nothing but forms and punctuation */
	struct name_side	sides[NAME_SIDES_MAX];
	bool			has_alias, has_bare;
	bool			has_umlaut;	/* the other way to write them gives other words */
	size_t			used;	/* bytes of text */
	char			text[4 * NAME_BYTES_MAX];
};

/*
 * Reads s; german: a with dots as "ae", else as "a", and the like.  false: longer
 * than NAME_BYTES_MAX, not UTF-8, or more words than fit.  The result points into
 * itself: it must not be copied.
 */
bool	name_words_read(struct name_words *, const char *s, bool german);
/*
 * The next byte of its words run together ("Blue Sky" is BlueSky), *word and *at 0 before
 * the first; a gap between two digits counts.  NUL: there are no more.
 */
char	name_side_next(const struct name_side *, size_t *word, size_t *at);
bool	name_is_digit(char);
/* Whether a word says little: a name with it may be the same without it. */
bool	name_word_is_filler(const char *word);

#endif /* CORE_NAME_WORDS_H */
