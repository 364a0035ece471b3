/* SPDX-License-Identifier: ISC */
/*
 * name.h -- whether two business names mean the same firm.
 *
 * The certification number has already agreed; the name only confirms it, so a
 * doubt goes to a person and a twin must never pass.  What does not count:
 * case, accents (a with dots may be "a" or "ae"), punctuation, spacing, legal
 * forms, "the", "and", "&", common abbreviations, singular and plural (but of the
 * first word: a family), how a number is written, an acronym of the name or a state
 * in parentheses, the order of words around "and" and "of", an initial for a first
 * name beside a trade, and one slip of the pen in a long word.  A name behind "dba",
 * "t/a", "fka" and the like may stand for the other, unless it is words of common
 * trades only.  What does: every other word and every number.  A name of nothing but
 * a legal form confirms nothing.
 */
#ifndef CORE_NAME_H
#define CORE_NAME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * 0..1; symmetric.  At least NAME_SAME_MIN: the names differ in nothing that
 * counts; at most NAME_OTHER_MAX: they do, and the score only sorts a list for
 * a person.  Over 1 KiB, or not UTF-8: 1 if the bytes are equal, else 0.
 */
#define NAME_SAME_MIN	0.88
#define NAME_OTHER_MAX	0.80
double	name_score(const char *a, const char *b);

/*
 * Whether the claimed name or one of also agrees with the registry's name or
 * its DBA.  Names may be NULL or "" and then agree with nothing: what a
 * registry without names means is the caller's question.
 */
bool	name_matches(const char *claimed, const char *registry_name,
	    const char *registry_dba, const char *const *also,
	    size_t also_count, double threshold);

/* Jaro-Winkler similarity of two byte strings (their first 128 bytes); 0..1. */
double	name_jaro_winkler(const char *a, const char *b);

#endif /* CORE_NAME_H */
