/* SPDX-License-Identifier: ISC */
/*
 * test_name.c -- whether two names mean the same firm: src/core/name.c.
 *
 * With --jaro-winkler it is an oracle's counterpart instead: it reads pairs
 * "A<TAB>B" from standard input and prints their similarities.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/name.h"
#include "core/name_key.h"
#include "core/name_words.h"

#define PAIRS		"tests/fixtures/names/made/pairs.tsv"
#define PAIRS_MIN	150	/* a table cut short must not pass */
#define LINE_MOST	4096
#define SCORE_WRITTEN_ALIKE 0.98 /* but for what never counts */
#define ALIKE_MIN	30	/* such pairs; as PAIRS_MIN */
#define THRESHOLD	0.85	/* [badges] name_match */

struct tally {
	size_t	right_match, right_no, wrong_match, wrong_no;
};

static void
pair_check(char *line, struct tally *t)
{
	char *rest = line, *want = strsep(&rest, "\t");
	char *a = strsep(&rest, "\t"), *b = strsep(&rest, "\n");
	bool wanted, got;

	assert_non_null(b);
	wanted = strcmp(want, "match") == 0;
	assert_true(wanted || strcmp(want, "no") == 0);
	got = name_matches(a, b, NULL, NULL, 0, THRESHOLD);
	if (got != wanted)
		print_error("wanted %s, score %.3f: '%s' and '%s'\n", want,
		    name_score(a, b), a, b);
	if (name_score(a, b) < name_score(b, a) || name_score(a, b) > name_score(b, a))
		fail_msg("not symmetric: '%s' and '%s'", a, b);
	*(wanted ? got ? &t->right_match : &t->wrong_no :
	    got ? &t->wrong_match : &t->right_no) += 1;
}

static struct tally
pairs_each(void (*check)(char *line, struct tally *))
{
	char line[LINE_MOST];
	struct tally t = { 0 };
	FILE *f = fopen(PAIRS, "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (line[0] != '#')
			check(line, &t);
	(void)fclose(f);
	return t;
}

static void
test_pairs(void **state)
{
	struct tally t = pairs_each(pair_check);

	(void)state;
	print_message("%zu pairs: precision %.3f, recall %.3f\n",
	    t.right_match + t.right_no + t.wrong_match + t.wrong_no,
	    (double)t.right_match / (double)(t.right_match + t.wrong_match),
	    (double)t.right_match / (double)(t.right_match + t.wrong_no));
	assert_true(t.right_match + t.right_no >= PAIRS_MIN);
	assert_int_equal(t.wrong_match + t.wrong_no, 0);
}

/* No score falls between "same" and "other", wherever the threshold is. */
static void
test_scores(void **state)
{
	static const char *const names[] = {
		"Acme", "ACME LLC", "Acme Construction", "Smith & Sons",
		"Smith & Daughters", "Studio 21", "Studio 22", "Caf\xc3\xa9 (VA)",
		"Golden State Janitorial", "Golden State Janitorial Services",
	};
	const size_t n = sizeof(names) / sizeof(names[0]);

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			double s = name_score(names[i], names[k]);

			assert_true(s >= 0 && s <= 1);
			assert_true(s >= NAME_SAME_MIN || s <= NAME_OTHER_MAX);
			assert_true(i != k || s >= 1);
		}
	/* Doubtful pairs are sorted for a person: the likelier first. */
	assert_true(name_score("Petersen Electric", "Peterson Electric") >
	    name_score("Petersen Electric", "Peterson Plumbing"));
	assert_true(name_score("Acme Electric", "Zebra Foods") < 0.5);
}

static void
test_matches(void **state)
{
	static const char *const also[] = { "Old Name Inc", "Joe's Diner", "", NULL };

	(void)state;
	assert_true(name_matches("Acme", "ACME LLC", NULL, NULL, 0, THRESHOLD));
	assert_true(name_matches("Joe's Diner", "Smith LLC", "JOES DINER", NULL, 0,
	    THRESHOLD));
	assert_true(name_matches("New Name", "OLD NAME", NULL, also, 4, THRESHOLD));
	assert_true(name_matches("New Name", "X Y", "JOES DINER", also, 4, THRESHOLD));
	assert_false(name_matches("New Name", "X Y", "Z", also, 4, THRESHOLD));
	assert_false(name_matches("New Name", NULL, NULL, also, 4, THRESHOLD));
	assert_false(name_matches("", "", "", also, 0, THRESHOLD));
	assert_false(name_matches(NULL, "Acme", NULL, NULL, 0, THRESHOLD));
	assert_false(name_matches("Acme Tool", "Acme Tools Ltd", NULL, NULL, 0, 0.99));
	assert_true(name_matches("Acme Tool", "Acme Tools Ltd", NULL, NULL, 0, 0.9));
}

/* Too long, too many words, broken: compared byte by byte. */
static void
test_foreign(void **state)
{
	static char longest[NAME_BYTES_MAX + 2], words[NAME_BYTES_MAX + 1];
	static const char *const odd[] = {
		"\xff\xfe", "caf\xe9 Foods", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x84",
	};

	(void)state;
	memset(longest, 'a', sizeof(longest) - 1);
	assert_true(name_score(longest, longest) >= 1);
	assert_true(name_score(longest, "aaaa") <= 0);
	longest[NAME_BYTES_MAX] = '\0';
	assert_true(name_score(longest, longest) >= 1);
	for (size_t i = 0; i < NAME_BYTES_MAX; i++)
		words[i] = i % 2 == 0 ? 'w' : ' ';
	assert_true(name_score(words, "w") <= 0);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		assert_true(name_score(odd[i], odd[i]) >= 1);
		assert_true(name_score(odd[i], "caf Foods") <= 0);
	}
	/* As many words as there may be, and the one that a plus adds. */
	memset(words, '\0', sizeof(words));
	for (size_t i = 0; i < 2 * NAME_WORDS_MAX - 1; i++)
		words[i] = i % 2 == 0 ? 'w' : ' ';
	assert_true(name_score(words, words) >= 1);
	words[2 * NAME_WORDS_MAX - 1] = '+';
	assert_true(name_score(words, words) >= 1);
	assert_true(name_score(words, "w") <= 0);
	/* One code point that becomes six letters of three bytes each. */
	for (size_t i = 0; i + 3 <= NAME_BYTES_MAX; i += 3)
		memcpy(words + i, "\xe3\x8c\x96", 3);
	assert_true(name_score(words, words) >= 1);
	assert_true(name_score(words, "w") <= 0);
	assert_true(name_score("w", words) <= 0);
	/* One code point that folds to eighteen. */
	for (size_t i = 0; i + 3 <= NAME_BYTES_MAX; i += 3)
		memcpy(words + i, "\xef\xb7\xba", 3);
	assert_true(name_score(words, words) >= 1);
	assert_true(name_score("", "") <= 0);
	assert_true(name_score("", "Acme") <= 0);
	assert_true(name_score("Acme", "") <= 0);
}

static void
test_jaro_winkler(void **state)
{
	static const struct { const char *a, *b; double want; } cases[] = {
		{ "martha", "marhta", 0.961111 }, { "dixon", "dicksonx", 0.813333 },
		{ "dwayne", "duane", 0.84 }, { "jones", "johnson", 0.832381 },
		{ "abc", "abc", 1 }, { "abc", "xyz", 0 }, { "", "", 1 }, { "a", "", 0 },
		{ "a", "b", 0 }, { "ab", "ba", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double d = name_jaro_winkler(cases[i].a, cases[i].b) - cases[i].want;

		if (d > 1e-6 || d < -1e-6)
			fail_msg("'%s' '%s': %+f off", cases[i].a, cases[i].b, d);
	}
}

static bool
key_is_shared(const char *a, const char *b)
{
	char ka[NAME_KEYS_MAX][NAME_KEY_BYTES], kb[NAME_KEYS_MAX][NAME_KEY_BYTES];
	size_t na = name_keys_add(a, ka, 0, NAME_KEYS_MAX);
	size_t nb = name_keys_add(b, kb, 0, NAME_KEYS_MAX);

	for (size_t i = 0; i < na; i++)
		for (size_t k = 0; k < nb; k++)
			if (strcmp(ka[i], kb[k]) == 0)
				return true;
	return false;
}

static void
test_keys(void **state)
{
	static const struct { const char *a, *b; bool shared; } pairs[] = {
		{ "Acme Widgets LLC", "ACME WIDGETS, L.L.C.", true },
		{ "Blue Sky Inc", "BlueSky", true },
		{ "Studio 1 2", "Studio 12", false },
		{ "Müller Bau", "MUELLER BAU INC", true },
		{ "Müller Bau", "Muller Bau", true },
		{ "Zenith Foods dba Acme Widgets", "Acme Widgets", true },
		{ "Zenith Foods dba Acme Widgets", "Zenith Foods", true },
		{ "Acme Widgets", "Acme Gadgets", false },
		{ "", "", false },
		{ "LLC", "Inc.", false },
		{ "\xff", "\xff", false },
	};
	char keys[3][NAME_KEY_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (key_is_shared(pairs[i].a, pairs[i].b) != pairs[i].shared)
			fail_msg("\"%s\" and \"%s\"", pairs[i].a, pairs[i].b);
	/* Kept in stores: the same for ever. */
	assert_int_equal(name_keys_add("Acme Widgets LLC", keys, 0, 3), 1);
	assert_string_equal(keys[0], "=cb1b7a8df3bf0654");
	assert_int_equal(name_keys_add("Acme Widgets", keys, 1, 3), 1);
	assert_int_equal(name_keys_add("Zenith dba Foods dba Drinks", keys, 1, 3), 3);
	assert_int_equal(name_keys_add("Zenith", keys, 3, 3), 3);
}

/* What counts as written alike is found by a key, both ways round. */
static void
key_check(char *line, struct tally *t)
{
	char *rest = line;
	const char *a, *b;

	(void)strsep(&rest, "\t");
	a = strsep(&rest, "\t");
	b = strsep(&rest, "\n");
	assert_non_null(b);
	if (name_score(a, b) < SCORE_WRITTEN_ALIKE || strcmp(a, b) == 0)
		return;
	t->right_match++;
	if (!key_is_shared(a, b))
		fail_msg("no key for both: '%s' and '%s'", a, b);
}

static void
test_keys_of_pairs(void **state)
{
	(void)state;
	assert_true(pairs_each(key_check).right_match > ALIKE_MIN);
}

static int
answer_oracle(void)
{
	char line[LINE_MOST];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *rest = line, *a = strsep(&rest, "\t"), *b = strsep(&rest, "\n");

		if (b == NULL)
			return EXIT_FAILURE;
		(void)printf("%.9f\n", name_jaro_winkler(a, b));
	}
	return EXIT_SUCCESS;
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_scores),
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_jaro_winkler),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_keys_of_pairs),
	};

	if (argc == 2 && strcmp(argv[1], "--jaro-winkler") == 0)
		return answer_oracle();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
