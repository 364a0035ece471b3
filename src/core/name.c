/* SPDX-License-Identifier: ISC */
/* name.c -- see name.h. */
#include "core/name.h"

#include <stdint.h>
#include <string.h>

#include "core/name_words.h"

/* Scores of names that differ in nothing that counts. */
#define SCORE_EQUAL	1.0
#define SCORE_SPACING	0.98	/* "Blue Sky", "BlueSky" */
#define SCORE_ORDER	0.95	/* "Smith, John", "John Smith" */
#define SCORE_VARIANT	0.92	/* plural or slip in one word */
#define SCORE_INITIAL	0.90	/* "J. Smith", "John Q. Smith" */
#define SCORE_FILLER	NAME_SAME_MIN	/* one has a word that says little */

#define FILLER_WORDS	3	/* others that must agree when a filler is missing */
#define PERSON_WORDS	3	/* a person's name and a trade: John Smith has many namesakes */
#define PLURAL_MIN	4	/* letters of the singular */
#define SWAP_MIN	6	/* letters where two may be swapped, one doubled */
#define SLIP_MIN	10	/* letters where one may be missing, or another */
#define ENDING		4	/* letters at the end that tell names of people apart */
#define JARO_MAX	128	/* bytes compared; words are shorter */
#define PREFIX_MAX	4	/* Winkler's, as are the two below */
#define PREFIX_WEIGHT	0.1
#define PREFIX_FROM	0.7	/* Jaro similarity that earns it */

/* --- one word -------------------------------------------------------------- */

/* Marks what matches within the window and returns how many did. */
static size_t
jaro_match(const char *a, size_t na, const char *b, size_t nb,
    bool in_a[JARO_MAX], bool in_b[JARO_MAX])
{
	size_t longer = na > nb ? na : nb, matches = 0;
	size_t window = longer / 2 > 0 ? longer / 2 - 1 : 0;

	for (size_t i = 0; i < na; i++) {
		size_t from = i > window ? i - window : 0;
		size_t end = i + window + 1 < nb ? i + window + 1 : nb;

		for (size_t k = from; k < end; k++)
			if (!in_b[k] && a[i] == b[k]) {
				in_a[i] = in_b[k] = true;
				matches++;
				break;
			}
	}
	return matches;
}

double
name_jaro_winkler(const char *a, const char *b)
{
	bool in_a[JARO_MAX] = { false }, in_b[JARO_MAX] = { false };
	size_t na = strnlen(a, JARO_MAX), nb = strnlen(b, JARO_MAX);
	size_t matches, swapped = 0, prefix = 0;
	double m, jaro;

	if (na == 0 || nb == 0)
		return na == nb ? 1 : 0;
	matches = jaro_match(a, na, b, nb, in_a, in_b);
	if (matches == 0)
		return 0;
	for (size_t i = 0, k = 0; i < na; i++) {
		if (!in_a[i])
			continue;
		while (!in_b[k])
			k++;
		swapped += a[i] != b[k++];
	}
	m = (double)matches;
	jaro = (m / (double)na + m / (double)nb +
	    (m - (double)(swapped / 2)) / m) / 3;
	while (jaro > PREFIX_FROM && prefix < PREFIX_MAX && prefix < na &&
	    prefix < nb && a[prefix] == b[prefix])
		prefix++;
	return jaro + (double)prefix * PREFIX_WEIGHT * (1 - jaro);
}

/* Numbers and other scripts allow no variants: one sign may be all. */
static bool
is_letters(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 'a' || *s > 'z')
			return false;
	return true;
}

/* "doer", "doers"; "supply", "supplies"; "church", "churches". */
static bool
is_plural(const char *one, size_t len, const char *more, size_t more_len)
{
	if (len < PLURAL_MIN || memcmp(one, more, len - 1) != 0)
		return false;
	if (one[len - 1] == 'y' && more_len == len + 2 && strcmp(more + len - 1, "ies") == 0)
		return true;
	if (more[len - 1] != one[len - 1])
		return false;
	return (more_len == len + 1 && more[len] == 's') || (more_len == len + 2 &&
	    strchr("hsx", one[len - 1]) != NULL && strcmp(more + len, "es") == 0);
}

/* Where two words part, at len if not before. */
static size_t
first_difference(const char *a, const char *b, size_t len)
{
	size_t i = 0;

	while (i < len && a[i] == b[i])
		i++;
	return i;
}

/* One letter more in longer: a doubled one, or any in a long word. */
static bool
is_slip(const char *shorter, size_t len, const char *longer, size_t longer_len)
{
	size_t i = first_difference(shorter, longer, len);

	if (longer_len != len + 1 || len < SWAP_MIN)
		return false;
	if (i == 0 || memcmp(shorter + i, longer + i + 1, len - i) != 0)
		return false;
	return len >= SLIP_MIN || longer[i] == longer[i - 1];
}

/*
 * Two neighbours swapped.  A letter replaced is not a slip here: Petersen and
 * Peterson, Hansen and Hanson are different people.
 */
static bool
is_swap(const char *a, const char *b, size_t len)
{
	size_t i = first_difference(a, b, len);

	return len >= SWAP_MIN && i > 0 && i + 1 < len && a[i] == b[i + 1] && a[i + 1] == b[i] &&
	    memcmp(a + i + 2, b + i + 2, len - i - 2) == 0;
}

/*
 * Another letter in the midst of a long word; near its end it makes another
 * person of one (Christiansen, Christianson).
 */
static bool
is_replaced(const char *a, const char *b, size_t len)
{
	size_t i = first_difference(a, b, len);

	return len >= SLIP_MIN && i > 0 && i + ENDING < len &&
	    memcmp(a + i + 1, b + i + 1, len - i - 1) == 0;
}

static bool
is_variant(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);

	if (!is_letters(a) || !is_letters(b))
		return false;
	if (na == nb)
		return is_swap(a, b, na) || is_replaced(a, b, na);
	return na < nb ? is_plural(a, na, b, nb) || is_slip(a, na, b, nb) :
	    is_plural(b, nb, a, na) || is_slip(b, nb, a, na);
}

/* --- all words ------------------------------------------------------------- */

static bool
name_word_equal(const struct name_side *a, size_t i, const struct name_side *b, size_t k)
{
	return strcmp(a->words[i].text, b->words[k].text) == 0;
}

/* a's words begin at b's word number shift and go round. */
static bool
is_rotation(const struct name_side *a, const struct name_side *b, size_t shift)
{
	for (size_t i = 0; i < a->count; i++)
		if (!name_word_equal(a, i, b, (i + shift) % b->count))
			return false;
	return true;
}

static bool
has_comma(const struct name_side *s)
{
	return s->count == 2 && s->words[1].comma;
}

/* The only word with "and" before it, 0: there is none, or several. */
static size_t
and_place(const struct name_side *s)
{
	size_t place = 0;

	for (size_t i = 1; i < s->count; i++) {
		if (s->words[i].and && place != 0)
			return 0;
		place = s->words[i].and ? i : place;
	}
	return place;
}

/* "Smith & Jones Law", "Jones and Smith Law": the words around it have changed places. */
static bool
is_and_swapped(const struct name_side *a, const struct name_side *b)
{
	size_t at = and_place(a);

	if (at == 0 || at != and_place(b) || a->count != b->count ||
	    !name_word_equal(a, at, b, at - 1) || !name_word_equal(a, at - 1, b, at))
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (i != at && i != at - 1 && !name_word_equal(a, i, b, i))
			return false;
	return true;
}

/* Two words may only change places where a comma says surname first. */
static bool
is_reordered(const struct name_side *a, const struct name_side *b)
{
	if (a->count != b->count || a->count < 2)
		return false;
	if (is_and_swapped(a, b))
		return true;
	if (a->count == 2 && has_comma(a) == has_comma(b))
		return false;
	for (size_t shift = 1; shift < a->count; shift++)
		if (is_rotation(a, b, shift))
			return true;
	return false;
}

static void
of_left_out(const struct name_side *s, struct name_side *out)
{
	out->count = 0;
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->words[i].text, "of") != 0)
			out->words[out->count++] = s->words[i];
}

/* "Law Offices of John Smith", "John Smith Law Offices". */
static bool
is_reordered_around_of(const struct name_side *a, const struct name_side *b)
{
	struct name_side x, y;

	of_left_out(a, &x);
	of_left_out(b, &y);
	return (x.count != a->count) != (y.count != b->count) && x.count > 2 &&
	    is_reordered(&x, &y);
}

/* --- people ---------------------------------------------------------------- */

static bool
is_initial_of(const char *initial, const char *word)
{
	return initial[0] >= 'a' && initial[0] <= 'z' && initial[1] == '\0' &&
	    word[0] == initial[0] && word[1] != '\0';
}

/* "J. Smith Trucking", "John Smith Trucking": all but the first word equal. */
static bool
is_first_initial(const struct name_side *a, const struct name_side *b)
{
	if (a->count != b->count || a->count < PERSON_WORDS ||
	    !(is_initial_of(a->words[0].text, b->words[0].text) ||
	    is_initial_of(b->words[0].text, a->words[0].text)))
		return false;
	for (size_t i = 1; i < a->count; i++)
		if (!name_word_equal(a, i, b, i))
			return false;
	return strlen(a->words[1].text) > 2;
}

/* more is less with one letter in its midst, as of a second first name. */
static bool
is_middle_initial(const struct name_side *less, const struct name_side *more)
{
	size_t at = 1;

	if (less->count < PERSON_WORDS || more->count != less->count + 1 ||
	    !name_word_equal(less, 0, more, 0))
		return false;
	while (at < less->count && name_word_equal(less, at, more, at))
		at++;
	if (at >= less->count || more->words[at].text[1] != '\0' ||
	    name_is_digit(more->words[at].text[0]) || strlen(less->words[0].text) < 2)
		return false;
	for (size_t i = at; i < less->count; i++)
		if (!name_word_equal(less, i, more, i + 1))
			return false;
	return true;
}

/* --- all words, together ----------------------------------------------------- */

static bool
is_spacing(const struct name_side *a, const struct name_side *b)
{
	size_t word_a = 0, word_b = 0, at_a = 0, at_b = 0;
	char c;

	do {
		c = name_side_next(a, &word_a, &at_a);
		if (c != name_side_next(b, &word_b, &at_b))
			return false;
	} while (c != '\0');
	return true;
}

/* "Green Cleaning" and "Greens Cleaning" are two families, which no "y" and "ies" are; of trades
 * one is as good as many. */
static bool
is_family_plural(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);

	return (nb == na + 1 && is_plural(a, na, b, nb)) ||
	    (na == nb + 1 && is_plural(b, nb, a, na));
}

/* All but one word equal, in their places, and that one a variant. */
static bool
is_one_variant(const struct name_side *a, const struct name_side *b)
{
	size_t variants = 0;

	if (a->count != b->count || a->count < 2)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (name_word_equal(a, i, b, i))
			continue;
		if (!is_variant(a->words[i].text, b->words[i].text) || ++variants > 1 ||
		    (i == 0 && is_family_plural(a->words[i].text, b->words[i].text)))
			return false;
	}
	return true;
}

/* more is less with fillers added. */
static bool
is_filled(const struct name_side *less, const struct name_side *more)
{
	size_t i = 0;

	if (less->count < FILLER_WORDS || more->count <= less->count)
		return false;
	for (size_t k = 0; k < more->count; k++) {
		if (i < less->count && name_word_equal(less, i, more, k))
			i++;
		else if (!name_word_is_filler(more->words[k].text))
			return false;
	}
	return i == less->count;
}

/* Score of sides that differ in nothing that counts; 0: they do. */
static double
side_same(const struct name_side *a, const struct name_side *b)
{
	if (a->count == b->count && is_rotation(a, b, 0))
		return SCORE_EQUAL;
	if (is_spacing(a, b))
		return SCORE_SPACING;
	if (is_reordered(a, b) || is_reordered_around_of(a, b))
		return SCORE_ORDER;
	if (is_one_variant(a, b))
		return SCORE_VARIANT;
	if (is_first_initial(a, b) || is_middle_initial(a, b) || is_middle_initial(b, a))
		return SCORE_INITIAL;
	if (is_filled(a, b) || is_filled(b, a))
		return SCORE_FILLER;
	return 0;
}

static double
side_best(const struct name_side *a, const struct name_side *b)
{
	double sum = 0;

	for (size_t i = 0; i < a->count; i++) {
		double best = 0;

		for (size_t k = 0; k < b->count; k++) {
			double s = name_jaro_winkler(a->words[i].text, b->words[k].text);

			best = s > best ? s : best;
		}
		sum += best;
	}
	return sum;
}

/* The set of words of each found in the other: for sorting only. */
static double
side_alike(const struct name_side *a, const struct name_side *b)
{
	return NAME_OTHER_MAX * (side_best(a, b) + side_best(b, a)) /
	    (double)(a->count + b->count);
}

/*
 * A DBA may stand for a name, but where both have one it proves nothing alone:
 * the franchise next door has the same.  So it is with what stands in parentheses
 * in both.
 */
static bool
is_comparable(const struct name_words *a, size_t i, const struct name_words *b, size_t k)
{
	enum name_side_kind x = a->sides[i].kind, y = b->sides[k].kind;

	if ((x == NAME_BARE && b->has_bare) || (y == NAME_BARE && a->has_bare))
		return false;
	return !a->has_alias || !b->has_alias || (x == y && x != NAME_ALIAS);
}

static double
words_best(const struct name_words *a, const struct name_words *b,
    double (*score)(const struct name_side *, const struct name_side *))
{
	double best = 0;

	for (size_t i = 0; i < a->count; i++)
		for (size_t k = 0; k < b->count; k++) {
			double s = is_comparable(a, i, b, k) ?
			    score(&a->sides[i], &b->sides[k]) : 0;

			best = s > best ? s : best;
		}
	return best;
}

/* --- names ----------------------------------------------------------------- */

/* What the words say of each other; -1: one of the names cannot be read. */
static double
score_read(const char *a, bool german_a, const char *b, bool german_b, bool *out_umlaut)
{
	struct name_words wa, wb;
	double same;

	if (!name_words_read(&wa, a, german_a) || !name_words_read(&wb, b, german_b))
		return -1;
	*out_umlaut = wa.has_umlaut || wb.has_umlaut;
	if (wa.count == 0 || wb.count == 0)
		return 0;
	same = words_best(&wa, &wb, side_same);
	return same > 0 ? same : words_best(&wa, &wb, side_alike);
}

double
name_score(const char *a, const char *b)
{
	bool umlaut = false;
	double best = score_read(a, false, b, false, &umlaut);

	if (best < 0)
		return a[0] != '\0' && strcmp(a, b) == 0 ? SCORE_EQUAL : 0;
	for (unsigned ways = 1; umlaut && ways < 4; ways++) {
		double s = score_read(a, (ways & 1) != 0, b, (ways & 2) != 0, &umlaut);

		best = s > best ? s : best;
	}
	return best;
}

static bool
name_agrees(const char *claimed, const char *registered, double threshold)
{
	return claimed != NULL && registered != NULL && claimed[0] != '\0' &&
	    registered[0] != '\0' && name_score(claimed, registered) >= threshold;
}

bool
name_matches(const char *claimed, const char *registry_name,
    const char *registry_dba, const char *const *also, size_t also_count,
    double threshold)
{
	if (name_agrees(claimed, registry_name, threshold) ||
	    name_agrees(claimed, registry_dba, threshold))
		return true;
	for (size_t i = 0; i < also_count; i++)
		if (name_agrees(also[i], registry_name, threshold) ||
		    name_agrees(also[i], registry_dba, threshold))
			return true;
	return false;
}
