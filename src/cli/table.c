/* SPDX-License-Identifier: ISC */
/* table.c -- see table.h. */
#include "cli/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <utf8proc.h>

#include "base/arena.h"
#include "base/text.h"

#define TABLE_MEMORY_MAX	(64u << 20)	/* bytes; far more than one can read */
#define GAP			2		/* blanks between columns */

#define GREEN	"\033[32m"
#define YELLOW	"\033[33m"
#define RED	"\033[31m"
#define BOLD	"\033[1m"
#define PLAIN	"\033[0m"

struct cell {
	const char	*text;
	size_t		 width;		/* columns of a terminal */
	struct cell	*next;
};

struct table {
	struct arena	*arena;		/* cells */
	struct cell	*first, *last;
	size_t		 columns, cells;
	size_t		 printed;	/* of those cells */
	size_t		 width[TABLE_COLUMNS_MAX];
	bool		 colour, failed;
};

static const struct { const char *word, *colour; } words[] = {
	{ "verified",	GREEN },	{ "pass",	GREEN },
	{ "ready",	GREEN },	{ "idle",	GREEN },
	{ "committed",	GREEN },	{ "unchanged",	GREEN },
	{ "renewed",	GREEN },
	{ "polling",	YELLOW },	{ "held",	YELLOW },
	{ "backoff",	YELLOW },	{ "warn",	YELLOW },
	{ "review",	YELLOW },	{ "starting",	YELLOW },
	{ "loading",	YELLOW },	{ "expiring",	YELLOW },
	{ "expired",	RED },		{ "suspended",	RED },
	{ "revoked",	RED },		{ "not_found",	RED },
	{ "invalid",	RED },		{ "fail",	RED },
	{ "failed",	RED },		{ "refused",	RED },
	{ "stopped",	RED },		{ "erased",	RED },
};

const char *
word_colour(const char *word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].word, word) == 0)
			return words[i].colour;
	return "";
}

/* Columns that valid UTF-8 takes on a terminal. */
static size_t
text_width(const char *s)
{
	const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)s;
	size_t width = 0;
	utf8proc_int32_t c;

	while (*at != '\0') {
		utf8proc_ssize_t n = utf8proc_iterate(at, -1, &c);

		if (n <= 0)
			return width + strlen((const char *)at);
		width += (size_t)utf8proc_charwidth(c);
		at += n;
	}
	return width;
}

struct table *
table_new(const char *const *headers, bool colour)
{
	struct table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	table->arena = arena_new(TABLE_MEMORY_MAX);
	table->failed = table->arena == NULL;
	table->colour = colour;
	while (headers[table->columns] != NULL &&
	    table->columns < TABLE_COLUMNS_MAX)
		table->columns++;
	for (size_t i = 0; i < table->columns; i++)
		table_cell(table, headers[i]);
	return table;
}

void
table_cell(struct table *table, const char *text)
{
	char shown[TABLE_CELL_MAX];
	struct cell *cell;
	size_t column;

	if (table == NULL || table->failed)
		return;
	text = text == NULL || text[0] == '\0' ? "-" : text;
	text_escape(text, strlen(text), shown, sizeof(shown));
	cell = arena_alloc(table->arena, sizeof(*cell));
	if (cell == NULL ||
	    (cell->text = arena_strdup(table->arena, shown)) == NULL) {
		table->failed = true;
		return;
	}
	cell->width = text_width(shown);
	column = table->cells++ % table->columns;
	if (cell->width > table->width[column])
		table->width[column] = cell->width;
	if (table->last != NULL)
		table->last->next = cell;
	else
		table->first = cell;
	table->last = cell;
}

void
table_cell_int(struct table *table, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	table_cell(table, text);
}

void
table_flush(struct table *table)
{
	if (table == NULL || table->arena == NULL)
		return;
	for (const struct cell *cell = table->first; cell != NULL;
	    cell = cell->next, table->printed++) {
		size_t column = table->printed % table->columns;
		bool last = column + 1 == table->columns;
		size_t pad = table->width[column] - cell->width + GAP;
		const char *colour = !table->colour ? "" :
		    table->printed < table->columns ? BOLD : word_colour(cell->text);

		printf("%s%s%s%*s%s", colour, cell->text,
		    colour[0] != '\0' ? PLAIN : "", last ? 0 : (int)pad, "",
		    last ? "\n" : "");
	}
	table->first = table->last = NULL;
	arena_reset(table->arena);
}

void
table_print(struct table *table)
{
	if (table == NULL)
		return;
	table_flush(table);
	if (table->failed)
		fputs("certsync: out of memory: the table is cut\n", stderr);
	arena_free(table->arena);
	free(table);
}

void
word_print(const char *word, bool colour)
{
	char shown[TABLE_CELL_MAX];
	const char *sgr = colour ? word_colour(word) : "";

	text_escape(word, strlen(word), shown, sizeof(shown));
	printf("%s%s%s", sgr, shown, sgr[0] != '\0' ? PLAIN : "");
}

void
text_print(const char *text)
{
	char shown[4096];

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		puts(text_escape(text, len, shown, sizeof(shown)));
		text += len + (text[len] == '\n');
	}
}

const char *
json_text(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

int64_t
json_int(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

const char *
span_text(int64_t seconds, char *out, size_t out_size)
{
	static const struct { int64_t s; char unit; } units[] = {
		{ 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' }
	};
	size_t i = 0;

	while (i < 3 && seconds < units[i].s)
		i++;
	snprintf(out, out_size, "%" PRId64 "%c", seconds / units[i].s, units[i].unit);
	if (i < 3 && seconds % units[i].s >= units[i + 1].s) {
		size_t len = strlen(out);

		snprintf(out + len, out_size - len, " %" PRId64 "%c",
		    seconds % units[i].s / units[i + 1].s, units[i + 1].unit);
	}
	return out;
}

const char *
time_relative(const char *rfc3339, char *out, size_t out_size)
{
	int64_t then, now = (int64_t)time(NULL);
	char span[32];

	if (!text_parse_time_s(rfc3339, &then))
		return "";
	if (then <= now)
		snprintf(out, out_size, "%s ago",
		    span_text(now - then, span, sizeof(span)));
	else
		snprintf(out, out_size, "in %s",
		    span_text(then - now, span, sizeof(span)));
	return out;
}
