/* SPDX-License-Identifier: ISC */
/*
 * show_try.c -- `certsync try`: how a list is read and what it would change, the columns
 * and words first, for whoever maps it, and what is left to do last.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/show.h"
#include "cli/table.h"

#define SHOWN_MAX	512	/* bytes of a foreign text */

static const char *
shown(const char *text, char out[SHOWN_MAX])
{
	return text_escape(text, strlen(text), out, SHOWN_MAX);
}

/* The entry of a word; NULL: there is none. */
static const json_t *
entry_find(const json_t *list, const char *word)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (strcmp(json_text(one, "word"), word) == 0)
			return one;
	return NULL;
}

static int64_t
fact(const json_t *list, const char *word)
{
	return json_int(entry_find(json_object_get(list, "facts"), word), "rows");
}

static const char *
fact_text(const json_t *list, const char *word)
{
	return json_text(entry_find(json_object_get(list, "facts"), word), "meaning");
}

/* Rows of the list; of a connector that reads no table, records. */
static int64_t
rows_of(const json_t *try, const json_t *list)
{
	int64_t rows = fact(list, "rows");

	return rows > 0 ? rows : json_int(try, "records");
}

/* --- what it is ---------------------------------------------------------------------- */

static void
head_print(const struct cli *cli, const json_t *try, const json_t *list)
{
	const char *file = json_text(list, "file"), *result = json_text(try, "result");
	bool useless = strcmp(result, "failed") == 0 || strcmp(result, "refused") == 0;
	char text[SHOWN_MAX];

	printf("%s  tried, nothing is changed: ", shown(json_text(try, "name"), text));
	word_print(useless ? result : "ready", cli->colour);
	printf("%s\n", useless ? "" : ", the list can be read");
	if (file[0] != '\0')
		printf("  file %s\n", shown(file, text));
	if (useless || strcmp(result, "held") == 0)
		printf("  %s\n", shown(json_text(try, "text"), text));
}

static void
counts_print(const json_t *try, const json_t *list)
{
	printf("  %" PRId64 " rows, %" PRId64 " records", rows_of(try, list),
	    json_int(try, "records"));
	if (json_int(list, "rows_left_out") > 0)
		printf(", %" PRId64 " left out or in doubt", json_int(list, "rows_left_out"));
	if (json_int(list, "repeated") > 0)
		printf(", %" PRId64 " more than once", json_int(list, "repeated"));
	if (json_int(list, "same_number_and_type") > 0)
		printf(", %" PRId64 " of a %s and type that came before",
		    json_int(list, "same_number_and_type"),
		    json_is_true(json_object_get(list, "by_name")) ? "name" : "number");
	putchar('\n');
	if (fact(list, "header line") > 0)
		printf("  header in line %" PRId64 ", %" PRId64 " columns", fact(list,
		    "header line"), fact(list, "columns"));
	if (fact_text(list, "delimiter")[0] != '\0')
		printf("%s%s, %s", fact(list, "header line") > 0 ? ", " : "  ",
		    fact_text(list, "delimiter"), fact_text(list, "encoding"));
	if (fact(list, "header line") > 0 || fact_text(list, "delimiter")[0] != '\0')
		putchar('\n');
}

/* Counts by name, in one line. */
static void
by_name_print(const char *what, const json_t *counts, const char *none)
{
	json_t *all = (json_t *)(uintptr_t)counts, *value;	/* jansson iterates non-const */
	const char *name, *between = "";
	char text[SHOWN_MAX];

	if (json_object_size(counts) == 0)
		return;
	printf("  %-10s", what);
	json_object_foreach(all, name, value) {
		printf("%s%s %" JSON_INTEGER_FORMAT, between,
		    name[0] != '\0' ? shown(name, text) : none, json_integer_value(value));
		between = ", ";
	}
	putchar('\n');
}

/* --- columns and words ---------------------------------------------------------------- */

static void
share_cell(struct table *table, int64_t count, int64_t rows)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRId64 "%%", rows > 0 ? count * 100 / rows : 0);
	table_cell_int(table, count);
	table_cell(table, text);
}

/* The line that may be the header, where none was found. */
static void
line_print(const json_t *columns)
{
	char text[SHOWN_MAX];
	const json_t *one;
	size_t i;

	printf("\nThe line that looks most like a header has:\n");
	json_array_foreach(columns, i, one)
		printf("  %s\n", shown(json_text(one, "word"), text));
}

static void
columns_print(const struct cli *cli, const json_t *list, int64_t rows)
{
	static const char *const headers[] = { "COLUMN", "ROWS", "SHARE", "READ AS", NULL };
	const json_t *columns = json_object_get(list, "columns"), *one;
	struct table *table;
	size_t i;

	if (json_array_size(columns) == 0)
		return;
	if (rows == 0) {
		line_print(columns);
		return;
	}
	putchar('\n');
	table = table_new(headers, cli->colour);
	json_array_foreach(columns, i, one) {
		table_cell(table, json_text(one, "word"));
		share_cell(table, json_int(one, "rows"), rows);
		table_cell(table, json_text(one, "meaning"));
	}
	table_print(table);
	if (fact(list, "columns") > (int64_t)json_array_size(columns))
		printf("and %" PRId64 " more columns\n",
		    fact(list, "columns") - (int64_t)json_array_size(columns));
}

/* Fields that a plug-in would read, and the list has no column of. */
static void
missing_print(const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(list, "fields"), i, one)
		if (json_text(one, "meaning")[0] == '\0')
			printf("no column for %s\n", json_text(one, "word"));
}

struct words {
	const char	*member;	/* of list */
	const char	*headers[4];
	const char	*nothing, *unknown; /* for the meanings "-" and "" */
};

/* A word that means nothing, or is taken for the code of a type that is not mapped. */
static bool
is_unknown(const json_t *entry)
{
	return json_text(entry, "meaning")[0] == '\0' ||
	    json_is_false(json_object_get(entry, "covered"));
}

static void
words_print(const struct cli *cli, const json_t *list, const struct words *w)
{
	const json_t *words = json_object_get(list, w->member), *one;
	int64_t more = json_int(json_object_get(list, "more"), w->member);
	struct table *table;
	size_t i;

	if (json_array_size(words) == 0)
		return;
	putchar('\n');
	table = table_new(w->headers, cli->colour);
	json_array_foreach(words, i, one) {
		const char *meaning = json_text(one, "meaning");

		table_cell(table, json_text(one, "word"));
		table_cell_int(table, json_int(one, "rows"));
		table_cell(table, is_unknown(one) ? w->unknown :
		    strcmp(meaning, "-") == 0 ? w->nothing : meaning);
	}
	table_print(table);
	if (more > 0)
		printf("and further words in %" PRId64 " rows: is it the right column?\n", more);
}

static void
all_words_print(const struct cli *cli, const json_t *list)
{
	static const struct words all[] = {
		{ "types", { "TYPE", "ROWS", "MEANS", NULL }, "no type", "NOT KNOWN" },
		{ "statuses", { "STATUS", "ROWS", "MEANS", NULL }, "", "NOT KNOWN" },
		{ "dates", { "DAY WRITTEN AS", "ROWS", "THE FIRST IS", NULL }, "no day",
		    "NOT READABLE" },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		words_print(cli, list, &all[i]);
}

static void
samples_print(const struct cli *cli, const json_t *list)
{
	static const char *const headers[] = { "NUMBER", "NAME", "DBA", "TYPE", "STATUS", "ISSUED",
	    "EXPIRES", NULL };
	static const char *const members[] = { "number", "business_name", "dba_name", "type",
	    "status", "issued_on", "expires_on" };
	const json_t *samples = json_object_get(list, "samples"), *one;
	struct table *table;
	size_t i;

	if (json_array_size(samples) == 0)
		return;
	printf("\nThe first records, masked:\n");
	table = table_new(headers, cli->colour);
	json_array_foreach(samples, i, one)
		for (size_t k = 0; k < sizeof(members) / sizeof(members[0]); k++)
			table_cell(table, json_text(one, members[k]));
	table_print(table);
}

static void
texts_print(const char *title, const json_t *texts, int64_t all)
{
	const json_t *one;
	char text[SHOWN_MAX];
	size_t i;

	if (json_array_size(texts) == 0)
		return;
	printf("\n%s\n", title);
	json_array_foreach(texts, i, one)
		printf("  %s\n", shown(json_string_value(one), text));
	if (all > (int64_t)json_array_size(texts))
		printf("  and %" PRId64 " more\n", all - (int64_t)json_array_size(texts));
}

/* --- what comes of it ------------------------------------------------------------------ */

static void
proof_print(const json_t *list)
{
	const json_t *proof = json_object_get(list, "proof");
	const char *worth = json_text(proof, "worth");
	char text[SHOWN_MAX];

	if (strcmp(worth, "proven") == 0)
		printf("\nProof that it is whole: %s\n", shown(json_text(proof, "name"), text));
	else if (strcmp(worth, "unproven") == 0)
		printf("\nNo proof that it is whole: %s\n  %s\n",
		    shown(json_text(proof, "why"), text),
		    json_is_true(json_object_get(proof, "second")) ?
		    "where that matters a poll reads it twice: two that are the same are one" :
		    "it adds and renews, and nobody is taken to be missing");
}

static void
becomes_print(const json_t *try)
{
	json_t *becomes = json_object_get(try, "becomes"), *value;
	const char *name;
	char text[SHOWN_MAX];

	if (json_object_size(becomes) == 0)
		return;
	printf("\nClaims it decides would be:\n");
	json_object_foreach(becomes, name, value)
		printf("  %-6" JSON_INTEGER_FORMAT " %s\n", json_integer_value(value),
		    shown(name, text));
	printf("  %" PRId64 " for the worse, %" PRId64 " for the better than now\n",
	    json_int(try, "worse"), json_int(try, "better"));
}

static int64_t
rows_unknown(const json_t *words)
{
	const json_t *one;
	int64_t rows = 0;
	size_t i;

	json_array_foreach(words, i, one)
		if (is_unknown(one))
			rows += json_int(one, "rows");
	return rows;
}

static void
next_print(const json_t *try, const json_t *list)
{
	int64_t types = rows_unknown(json_object_get(list, "types"));
	int64_t statuses = rows_unknown(json_object_get(list, "statuses"));
	int64_t days = rows_unknown(json_object_get(list, "dates"));

	printf("\nTo do:\n");
	if (types > 0)
		printf("  %" PRId64 " times a type is not known: type.map says which it is\n",
		    types);
	if (statuses > 0)
		printf("  %" PRId64 " times a status is not known: status.active and others say "
		    "what it means\n", statuses);
	if (days > 0)
		printf("  %" PRId64 " days are not readable: date_format says how they are "
		    "written\n", days);
	if (json_int(list, "rows_left_out") > 0)
		printf("  rows left out may be anybody's: whoever seems missing keeps the badge\n");
	if (strcmp(json_text(try, "result"), "failed") == 0)
		printf("  the list cannot be read as it is configured: see above\n");
	else if (types + statuses + days + json_int(list, "rows_left_out") == 0)
		printf("  nothing: all of it is read\n");
}

void
show_try(const struct cli *cli, const json_t *data)
{
	const json_t *try = json_object_get(data, "try"), *list = json_object_get(try, "list");

	head_print(cli, try, list);
	counts_print(try, list);
	by_name_print("types", json_object_get(list, "records_by_type"), "none that is known");
	by_name_print("statuses", json_object_get(list, "records_by_status"), "");
	columns_print(cli, list, rows_of(try, list));
	missing_print(list);
	all_words_print(cli, list);
	samples_print(cli, list);
	texts_print("Left out or in doubt:", json_object_get(list, "left_out"),
	    json_int(list, "rows_left_out"));
	texts_print("Warnings:", json_object_get(list, "warnings"), 0);
	proof_print(list);
	becomes_print(try);
	next_print(try, list);
}
