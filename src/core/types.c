/* SPDX-License-Identifier: ISC */
/* types.c -- see types.h. */
#include "core/types.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define TYPES_LINE_MAX	512	/* bytes; the longest row known has 80 */
#define TYPES_WORDS	(TYPES_MAX / 64)
#define TYPES_SHOWN	64	/* bytes of foreign text in a message */

struct types_row {
	char	 code[CS_TYPE_MAX + 1];
	unsigned categories;
	unsigned line;
	uint64_t includes[TYPES_WORDS];	/* bit i: serves as rows[i] too */
};

struct types {
	struct types_row rows[TYPES_MAX];
	size_t	 n;
};

/* Where the reader is, for messages. */
struct types_reader {
	struct types *types;
	const char *name;
	unsigned line;
	struct err *err;
	/* Included codes may be defined further down: resolved at the end. */
	struct {
		size_t	 row;
		unsigned line;
		char	 code[CS_TYPE_MAX + 1];
	} pending[TYPES_MAX];
	size_t	 pending_count;
};

static const struct {
	const char *name;
	unsigned bit;
} categories[] = {
	{ "minority",	CS_CATEGORY_MINORITY },
	{ "woman",	CS_CATEGORY_WOMAN },
	{ "veteran",	CS_CATEGORY_VETERAN },
	{ "disability",	CS_CATEGORY_DISABILITY },
	{ "lgbtq",	CS_CATEGORY_LGBTQ },
};
#define CATEGORIES	(sizeof(categories) / sizeof(categories[0]))

unsigned
category_parse(const char *name)
{
	for (size_t i = 0; i < CATEGORIES; i++)
		if (text_equal(categories[i].name, name))
			return categories[i].bit;
	return 0;
}

const char *
category_name(unsigned bit)
{
	for (size_t i = 0; i < CATEGORIES; i++)
		if (categories[i].bit == bit)
			return categories[i].name;
	return "";
}

bool
types_code_ok(const char *code)
{
	size_t n;

	if (code == NULL)
		return false;
	n = strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
	return n >= 1 && n <= CS_TYPE_MAX && code[n] == '\0';
}

/* Index of the row, or t->n. */
static size_t
types_find(const struct types *t, const char *code)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (text_equal(t->rows[i].code, code))
			break;
	return i;
}

static bool
row_includes(const struct types_row *row, size_t i)
{
	return (row->includes[i / 64] >> (i % 64)) & 1;
}

static void
row_include(struct types_row *row, size_t i)
{
	row->includes[i / 64] |= UINT64_C(1) << (i % 64);
}

static int
reader_fail(const struct types_reader *r, unsigned line, const char *what,
    const char *word)
{
	char shown[TYPES_SHOWN];

	return err_set(r->err, "%s:%u: %s: \"%s\"", r->name, line, what,
	    text_escape(word, strlen(word), shown, sizeof(shown)));
}

/* Splits off the next word; NULL: no more. */
static char *
word_next(char **rest)
{
	char *word;

	*rest += strspn(*rest, " \t");
	if (**rest == '\0')
		return NULL;
	word = *rest;
	*rest += strcspn(*rest, " \t");
	if (**rest != '\0')
		*(*rest)++ = '\0';
	return word;
}

static int
read_includes(struct types_reader *r, char **rest)
{
	char *word = word_next(rest);

	if (word == NULL)
		return 0;
	if (strcmp(word, ">") != 0)
		return reader_fail(r, r->line, "expected \">\" before the included types", word);
	word = word_next(rest);
	if (word == NULL)
		return reader_fail(r, r->line, "no type follows", ">");
	for (; word != NULL; word = word_next(rest)) {
		if (!types_code_ok(word))
			return reader_fail(r, r->line, "not a type code (A-Z 0-9 -)", word);
		if (r->pending_count == TYPES_MAX)
			return reader_fail(r, r->line, "too many included types", word);
		r->pending[r->pending_count].row = r->types->n;
		r->pending[r->pending_count].line = r->line;
		(void)text_copy(r->pending[r->pending_count].code,
		    sizeof(r->pending[0].code), word);
		r->pending_count++;
	}
	return 0;
}

/* "minority" or "minority,woman"; "-" is none.  The word is changed. */
static int
read_categories(struct types_reader *r, char *word, struct types_row *row)
{
	char *name;

	if (strcmp(word, "-") == 0)
		return 0;
	while ((name = strsep(&word, ",")) != NULL) {
		unsigned bit = category_parse(name);

		if (bit == 0)
			return reader_fail(r, r->line, "no such category (minority, "
			    "woman, veteran, disability, lgbtq, or -)", name);
		row->categories |= bit;
	}
	return 0;
}

/* text is one row without its comment. */
static int
read_row(struct types_reader *r, char *text)
{
	struct types *t = r->types;
	struct types_row *row;
	char *code, *category;

	code = word_next(&text);
	if (code == NULL || !types_code_ok(code))
		return reader_fail(r, r->line, "not a type code (A-Z 0-9 -)",
		    code != NULL ? code : "");
	if (types_find(t, code) < t->n)
		return reader_fail(r, r->line, "this type has a row already", code);
	if (t->n == TYPES_MAX)
		return reader_fail(r, r->line, "too many types", code);
	row = &t->rows[t->n];
	category = word_next(&text);
	if (category == NULL)
		return reader_fail(r, r->line, "no category follows (or -)", code);
	*row = (struct types_row){ .line = r->line };
	if (read_categories(r, category, row) != 0)
		return -1;
	(void)text_copy(row->code, sizeof(row->code), code);
	if (read_includes(r, &text) != 0)
		return -1;
	row_include(row, t->n);
	t->n++;
	return 0;
}

/* One line without its end, in a buffer of our own. */
static int
read_line(struct types_reader *r, char *line)
{
	char *source;

	line = text_trim(line);
	if (line[0] == '\0' || line[0] == '#' || line[0] == ';')
		return 0;
	/* The table decides who is certified as what: a row says where it is from. */
	source = strchr(line, ';');
	if (source == NULL || text_trim(source + 1)[0] == '\0')
		return reader_fail(r, r->line,
		    "the row names no source (end it with \"; where it is from\")", line);
	*source = '\0';
	return read_row(r, line);
}

static int
read_lines(struct types_reader *r, const char *text, size_t len)
{
	char line[TYPES_LINE_MAX + 1];
	const char *end;
	size_t n;

	while (len > 0) {
		end = memchr(text, '\n', len);
		n = end != NULL ? (size_t)(end - text) : len;
		r->line++;
		if (n > TYPES_LINE_MAX)
			return err_set(r->err, "%s:%u: the line is longer than %d bytes",
			    r->name, r->line, TYPES_LINE_MAX);
		memcpy(line, text, n);
		line[n] = '\0';
		for (size_t i = 0; i < n; i++)
			if (line[i] == '\t' || (line[i] == '\r' && i + 1 == n))
				line[i] = ' ';
		if (!text_is_clean(line, n))
			return err_set(r->err, "%s:%u: not UTF-8 text without control "
			    "characters", r->name, r->line);
		if (read_line(r, line) != 0)
			return -1;
		n += end != NULL;
		text += n;
		len -= n;
	}
	return 0;
}

/* What an included type includes is included: one pass per link of the longest chain. */
static void
includes_close(struct types *t)
{
	bool changed;

	do {
		changed = false;
		for (size_t i = 0; i < t->n; i++)
			for (size_t j = 0; j < t->n; j++) {
				if (!row_includes(&t->rows[i], j))
					continue;
				for (size_t w = 0; w < TYPES_WORDS; w++) {
					uint64_t all = t->rows[i].includes[w] |
					    t->rows[j].includes[w];

					changed = changed || all != t->rows[i].includes[w];
					t->rows[i].includes[w] = all;
				}
			}
	} while (changed);
}

static int
includes_resolve(struct types_reader *r)
{
	struct types *t = r->types;

	for (size_t i = 0; i < r->pending_count; i++) {
		size_t to = types_find(t, r->pending[i].code);

		if (to == t->n)
			return reader_fail(r, r->pending[i].line,
			    "the included type has no row", r->pending[i].code);
		if (to == r->pending[i].row)
			return reader_fail(r, r->pending[i].line,
			    "a type cannot include itself", r->pending[i].code);
		row_include(&t->rows[r->pending[i].row], to);
	}
	includes_close(t);
	for (size_t i = 0; i < t->n; i++)
		for (size_t j = 0; j < i; j++)
			if (row_includes(&t->rows[i], j) && row_includes(&t->rows[j], i))
				return reader_fail(r, t->rows[i].line,
				    "two types include each other", t->rows[i].code);
	return 0;
}

struct types *
types_parse(const char *text, size_t len, const char *name, struct err *err)
{
	struct types *t = calloc(1, sizeof(*t));
	struct types_reader *r = calloc(1, sizeof(*r));
	int rc = -1;

	if (t == NULL || r == NULL)
		(void)err_set_passing(err, "%s: out of memory", name);
	else {
		r->types = t;
		r->name = name;
		r->err = err;
		if (read_lines(r, text, len) == 0 && includes_resolve(r) == 0)
			rc = t->n > 0 ? 0 : err_set(err, "%s: no type in it", name);
	}
	free(r);
	return rc == 0 ? t : types_free(t);
}

struct types *
types_free(struct types *t)
{
	free(t);
	return NULL;
}

void
types_text(const struct types *t, struct buf *out)
{
	for (size_t i = 0; i < t->n; i++) {
		buf_printf(out, "%s %u", t->rows[i].code, t->rows[i].categories);
		for (size_t j = 0; j < t->n; j++)
			if (row_includes(&t->rows[i], j))
				buf_printf(out, " %s", t->rows[j].code);
		buf_putc(out, '\n');
	}
}

bool
types_known(const struct types *t, const char *code)
{
	return types_find(t, code) < t->n;
}

unsigned
types_categories(const struct types *t, const char *code)
{
	size_t i = types_find(t, code);

	return i < t->n ? t->rows[i].categories : 0;
}

bool
types_implies(const struct types *t, const char *have, const char *want)
{
	size_t i, j;

	if (have == NULL || want == NULL)
		return false;
	if (strcmp(have, want) == 0)
		return true;
	i = types_find(t, have);
	j = types_find(t, want);
	return i < t->n && j < t->n && row_includes(&t->rows[i], j);
}
