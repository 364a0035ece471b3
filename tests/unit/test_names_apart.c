/* SPDX-License-Identifier: ISC */
/*
 * test_names_apart.c -- of thousands of firms that are really listed no two match, but
 * those that a reviewer has seen to be one firm in two spellings ("one" in
 * tests/fixtures/names/real/alike.tsv), and the few that no name tells apart ("two").
 * Those differ in legal form, case or punctuation only, but two: a common abbreviation
 * ("Tech", "Technology") and a trade name that one adds to an equal name.
 * Only what else is known of a firm, its certificate's number first, tells them apart.
 *
 * Compared are names that share the beginning of one of their two rarest words, not
 * each with each: two that differ in all of those are not looked at.
 *
 * With --print the pairs that match instead, for that reviewer.
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
#include "core/name_words.h"

#define FIRMS		"tests/fixtures/names/real/firms.txt"
#define ALIKE		"tests/fixtures/names/real/alike.tsv"
#define FIRMS_MIN	8000	/* a list cut short must not pass */
#define FIRMS_MAX	16384
#define ENTRIES_MAX	(FIRMS_MAX * 8)
#define PAIRS_MAX	4096
#define LINE_MOST	1024
#define THRESHOLD	0.85	/* [badges] name_match */
#define KEY_BYTES	4
#define TWINS_MAX	13	/* pairs of two firms of one name: more is a fault of core/name */
#define RAREST		2	/* words of a name; two of one firm differ in one at most */

/* Names that share the beginning of one of their rarest words are compared. */
struct entry {
	char		 key[KEY_BYTES];
	unsigned	 firm, side;	/* side: one way to read one name */
	size_t		 often;		/* names with that beginning */
};

struct world {
	char		*firms[FIRMS_MAX];	/* owned */
	unsigned	 firm_count;
	struct entry	 entries[ENTRIES_MAX];
	size_t		 entry_count;
	unsigned	 side_count;
	char		*pairs[PAIRS_MAX];	/* that match; owned */
	size_t		 pair_count;
};

static int
entry_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = memcmp(x->key, y->key, KEY_BYTES);

	return order != 0 ? order : x->firm < y->firm ? -1 : x->firm > y->firm;
}

static int
rarity_compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->side != y->side)
		return x->side < y->side ? -1 : 1;
	return x->often < y->often ? -1 : x->often > y->often ? 1 : entry_compare(a, b);
}

static int
text_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
side_index(struct world *w, unsigned firm, const struct name_side *side)
{
	for (size_t i = 0; i < side->count; i++) {
		struct entry *e = &w->entries[w->entry_count];

		assert_true(w->entry_count++ < ENTRIES_MAX);
		e->firm = firm;
		e->side = w->side_count;
		memcpy(e->key, side->words[i].text, strnlen(side->words[i].text, KEY_BYTES));
	}
	w->side_count++;
}

static bool
same_key(const struct entry *a, const struct entry *b)
{
	return memcmp(a->key, b->key, KEY_BYTES) == 0;
}

/* Leaves each side its rarest words. */
static void
entries_keep_rarest(struct world *w)
{
	size_t kept = 0, of_side = 0, end;

	qsort(w->entries, w->entry_count, sizeof(w->entries[0]), entry_compare);
	for (size_t i = 0; i < w->entry_count; i = end) {
		for (end = i; end < w->entry_count && same_key(&w->entries[i], &w->entries[end]);)
			end++;
		for (size_t k = i; k < end; k++)
			w->entries[k].often = end - i;
	}
	qsort(w->entries, w->entry_count, sizeof(w->entries[0]), rarity_compare);
	for (size_t i = 0; i < w->entry_count; i++) {
		of_side = i > 0 && w->entries[i].side == w->entries[i - 1].side ? of_side + 1 : 0;
		if (of_side < RAREST)
			w->entries[kept++] = w->entries[i];
	}
	w->entry_count = kept;
	qsort(w->entries, w->entry_count, sizeof(w->entries[0]), entry_compare);
}

static void
firm_index(struct world *w, unsigned firm)
{
	static struct name_words words;

	if (!name_words_read(&words, w->firms[firm], false))
		fail_msg("cannot be read: %s", w->firms[firm]);
	for (size_t i = 0; i < words.count; i++)
		side_index(w, firm, &words.sides[i]);
}

static char *
line_read(FILE *f)
{
	char line[LINE_MOST];

	if (fgets(line, sizeof(line), f) == NULL)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return strdup(line);
}

static struct world *
world_read(void)
{
	struct world *w = calloc(1, sizeof(*w));
	FILE *f = fopen(FIRMS, "r");
	char *line;

	assert_true(w != NULL && f != NULL);
	while ((line = line_read(f)) != NULL) {
		assert_true(w->firm_count < FIRMS_MAX);
		w->firms[w->firm_count] = line;
		firm_index(w, w->firm_count++);
	}
	(void)fclose(f);
	entries_keep_rarest(w);
	return w;
}

static void
world_free(struct world *w)
{
	for (unsigned i = 0; i < w->firm_count; i++)
		free(w->firms[i]);
	for (size_t i = 0; i < w->pair_count; i++)
		free(w->pairs[i]);
	free(w);
}

static void
pair_compare(struct world *w, const char *a, const char *b)
{
	if (!name_matches(a, b, NULL, NULL, 0, THRESHOLD))
		return;
	assert_true(w->pair_count < PAIRS_MAX);
	assert_true(asprintf(&w->pairs[w->pair_count++], "%s\t%s", a, b) > 0);
}

/* Each pair in the order of the file, once. */
static void
pairs_find(struct world *w)
{
	size_t kept = 0;

	for (size_t i = 0, k; i < w->entry_count; i++)
		for (k = i + 1; k < w->entry_count && same_key(&w->entries[i], &w->entries[k]); k++)
			if (w->entries[k].firm != w->entries[i].firm)
				pair_compare(w, w->firms[w->entries[i].firm],
				    w->firms[w->entries[k].firm]);
	qsort(w->pairs, w->pair_count, sizeof(w->pairs[0]), text_compare);
	for (size_t i = 0; i < w->pair_count; i++)
		if (kept > 0 && strcmp(w->pairs[kept - 1], w->pairs[i]) == 0)
			free(w->pairs[i]);
		else
			w->pairs[kept++] = w->pairs[i];
	w->pair_count = kept;
}

/* A line of ALIKE, "one" or "two" and the pair; it is the next one that was found. */
static void
line_check(const struct world *w, size_t i, const char *line, size_t *twins)
{
	const char *pair = strchr(line, '\t');
	int order;

	assert_non_null(pair);
	*twins += strncmp(line, "two\t", 4) == 0;
	order = i < w->pair_count ? strcmp(w->pairs[i], pair + 1) : 1;
	if (order < 0)
		fail_msg("they match, and nobody has seen that they are one firm: %s", w->pairs[i]);
	if (order > 0)
		fail_msg("they do not match: %s", line);
}

static void
test_firms_are_told_apart(void **state)
{
	struct world *w = world_read();
	FILE *f = fopen(ALIKE, "r");
	size_t i = 0, twins = 0;
	char *line;

	(void)state;
	assert_non_null(f);
	assert_true(w->firm_count >= FIRMS_MIN);
	pairs_find(w);
	for (; (line = line_read(f)) != NULL; i++) {
		line_check(w, i, line, &twins);
		free(line);
	}
	if (i < w->pair_count)
		fail_msg("they match, and nobody has seen that they are one firm: %s", w->pairs[i]);
	assert_true(twins <= TWINS_MAX);
	(void)fclose(f);
	world_free(w);
}

static int
pairs_print(void)
{
	struct world *w = world_read();

	pairs_find(w);
	for (size_t i = 0; i < w->pair_count; i++)
		(void)puts(w->pairs[i]);
	world_free(w);
	return EXIT_SUCCESS;
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_firms_are_told_apart) };

	if (argc == 2 && strcmp(argv[1], "--print") == 0)
		return pairs_print();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
