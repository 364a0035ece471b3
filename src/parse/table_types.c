/* SPDX-License-Identifier: ISC */
/* table_types.c -- see table_inside.h: which types a cell names. */
#include "parse/table_inside.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define WORDS_MAX	160	/* of a cell; more is no list of types */
#define CODES_TEXT	100	/* bytes of its types where they are told */

/* A part of a cell between punctuation and blanks. */
struct word {
	const char	*s;
	size_t		 len;
	bool		 used;		/* by a phrase */
};

struct words {
	struct word	 v[WORDS_MAX];
	size_t		 n;
};

/* The code of a registry's word; NULL: it has none.  word is changed. */
static const char *
type_code(const struct cs_table *t, char *word)
{
	for (const char *const *p = t->types; p != NULL && *p != NULL; p += 2)
		if (table_word_equal(word, p[0]))
			return p[1];
	for (char *b = word; *b != '\0'; b++)
		if (*b >= 'a' && *b <= 'z')
			*b = (char)(*b - 'a' + 'A');
	return table_type_ok(word) ? word : NULL;
}

/* --- words in a cell -------------------------------------------------------------- */

static bool
is_word_byte(char b)
{
	return (b >= '0' && b <= '9') || ((b | 0x20) >= 'a' && (b | 0x20) <= 'z') ||
	    (unsigned char)b >= 0x80;
}

/* false: it has too many. */
static bool
words_split(const char *s, struct words *out)
{
	size_t len;

	for (out->n = 0; *s != '\0'; s += len) {
		for (len = 0; is_word_byte(s[len]);)
			len++;
		if (len == 0) {
			len = 1;
			continue;
		}
		if (out->n == WORDS_MAX)
			return false;
		out->v[out->n++] = (struct word){ .s = s, .len = len };
	}
	return true;
}

static bool
words_match(const struct words *cell, size_t at, const struct words *phrase)
{
	for (size_t i = 0; i < phrase->n; i++) {
		const struct word *a = &cell->v[at + i], *b = &phrase->v[i];

		if (a->used || a->len != b->len || strncasecmp(a->s, b->s, a->len) != 0)
			return false;
	}
	return true;
}

/* A phrase is looked for among those that have not been found in longer ones. */
struct search {
	struct words	*cell;
	const char	*codes[WORDS_MAX];	/* by the word that the phrase begins with */
};

static void
search_phrase(struct search *x, const struct words *phrase, const char *code)
{
	for (size_t at = 0; phrase->n > 0 && at + phrase->n <= x->cell->n; at++) {
		if (!words_match(x->cell, at, phrase))
			continue;
		for (size_t i = 0; i < phrase->n; i++)
			x->cell->v[at + i].used = true;
		x->codes[at] = code;
	}
}

static void
longest_raise(struct cs_table *t, const char *phrase)
{
	struct words words;

	if (words_split(phrase, &words) && words.n > t->phrase_words)
		t->phrase_words = words.n;
}

void
table_types_prepare(struct cs_table *t)
{
	for (const char *const *p = t->types; p != NULL && *p != NULL; p += 2)
		longest_raise(t, p[0]);
	for (const char *const *p = t->ignored.items; *p != NULL; p++)
		longest_raise(t, *p);
}

/* All phrases of so many words: those with a code, and those that mean nothing. */
static void
search_length(struct search *x, const struct cs_table *t, size_t length)
{
	struct words phrase;

	for (const char *const *p = t->types; p != NULL && *p != NULL; p += 2)
		if (words_split(p[0], &phrase) && phrase.n == length)
			search_phrase(x, &phrase, p[1]);
	for (const char *const *p = t->ignored.items; *p != NULL; p++)
		if (words_split(*p, &phrase) && phrase.n == length)
			search_phrase(x, &phrase, NULL);
}

static bool
words_are_read(const struct words *cell)
{
	for (size_t i = 0; i < cell->n; i++) {
		const struct word *w = &cell->v[i];

		if (!w->used && strspn(w->s, "0123456789") < w->len)
			return false;
	}
	return true;
}

/* Keeps the first one. */
static void
unknown_note(const char *part, struct table_types *out)
{
	bool cut;

	if (out->unknown[0] == '\0')
		(void)table_cell_copy(part, out->unknown, sizeof(out->unknown), &cut);
}

static void
types_add(struct table_types *out, const char *code)
{
	for (size_t i = 0; code != NULL && i < out->n; i++)
		if (out->codes[i] != NULL && strcmp(out->codes[i], code) == 0)
			return;
	if (out->n < TABLE_PARTS_MAX)
		out->codes[out->n++] = code;
}

/* A part that says nothing which is mapped. */
static void
unknown_add(const struct cs_table *t, const char *part, struct table_types *out)
{
	types_add(out, NULL);
	unknown_note(part, out);
	table_report_type(t, part, NULL);
}

/* Those that a part names, as "MBE, WBE"; "-": none. */
static const char *
codes_text(const struct search *x, size_t n, char out[CODES_TEXT])
{
	size_t used = 0;

	(void)strcpy(out, "-");
	for (size_t i = 0; i < n; i++)
		if (x->codes[i] != NULL && used + strlen(x->codes[i]) + 3 < CODES_TEXT)
			used += (size_t)sprintf(out + used, "%s%s", used > 0 ? ", " : "",
			    x->codes[i]);
	return out;
}

/* Adds the types of a part of the cell; one that nobody knows where something else is left. */
static void
words_read(const struct cs_table *t, const char *part, struct table_types *out)
{
	char codes[CODES_TEXT];
	struct words cell;
	struct search x = { .cell = &cell };

	if (!words_split(part, &cell)) {
		unknown_add(t, part, out);
		return;
	}
	for (size_t length = t->phrase_words; length > 0; length--)
		search_length(&x, t, length);
	if (!words_are_read(&cell)) {
		unknown_add(t, part, out);
		return;
	}
	if (t->report != NULL)
		table_report_type(t, part, codes_text(&x, cell.n, codes));
	for (size_t i = 0; i < cell.n; i++)
		if (x.codes[i] != NULL)
			types_add(out, x.codes[i]);
}

/* --- the cell ------------------------------------------------------------------------ */

/* One part between separators.  false: there are too many. */
static bool
part_read(const struct cs_table *t, char *part, struct table_types *out)
{
	char word[CS_WORD_MAX + 1];	/* as it stands */

	if (out->n == TABLE_PARTS_MAX)
		return false;
	if (t->match_words)
		words_read(t, part, out);
	else {
		(void)snprintf(word, sizeof(word), "%s", part);
		out->codes[out->n] = type_code(t, part);
		if (out->codes[out->n] == NULL)
			unknown_note(word, out);
		table_report_type(t, word, out->codes[out->n++]);
	}
	return true;
}

/* One column.  A part that is blank where types are listed has no place in the list. */
static bool
column_read(const struct cs_table *t, char *column, struct table_types *out)
{
	char *rest = column, *part;

	if (column[strspn(column, " ")] == '\0')
		return true;
	if (t->separator == '\0')
		return part_read(t, text_trim(column), out);
	while ((part = text_list_next(&rest, t->separator)) != NULL)
		if (!part_read(t, part, out))
			return false;
	return true;
}

bool
table_types_read(const struct cs_table *t, const char *cell, struct table_types *out)
{
	char *rest, *column;
	bool cut, ok = true, joined;
	size_t columns = 0;

	out->n = out->days = 0;
	out->unknown[0] = '\0';
	rest = table_cell_copy(cell, out->copy, sizeof(out->copy), &cut);
	if (cut)
		return false;
	joined = strpbrk(rest, TABLE_LIST_BREAK) != NULL;
	while (ok && (column = strsep(&rest, TABLE_LIST_BREAK)) != NULL) {
		size_t before = out->n;

		ok = column_read(t, column, out);
		for (size_t i = before; i < out->n; i++)
			out->places[i] = joined ? columns : i;
		columns++;
	}
	out->days = joined ? columns : out->n;
	if (!ok)
		out->n = 0;
	return ok;
}
