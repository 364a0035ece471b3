/* SPDX-License-Identifier: ISC */
/* records.c -- `certsync records`: what a list says, printed as its pages come. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/ask.h"
#include "cli/show.h"
#include "cli/table.h"

static const struct cli_command records = { .word = "records", .show = show_records };

/* --- one number ------------------------------------------------------------------- */

static void
line_print(const char *name, const char *text)
{
	char shown[2048];

	if (text[0] != '\0')
		printf("  %-16s%s\n", name, text_escape(text, strlen(text), shown, sizeof(shown)));
}

/* The texts of an array with blanks between. */
static void
words_print(const char *name, const json_t *list)
{
	char text[1024] = "";
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		size_t len = strlen(text);

		(void)snprintf(text + len, sizeof(text) - len, "%s%s", len > 0 ? " " : "",
		    json_string_value(one));
	}
	line_print(name, text);
}

static void
seen_print(const json_t *one)
{
	const char *seen = json_text(one, "last_seen");
	char text[128], relative[64];

	if (seen[0] == '\0')
		return;
	(void)snprintf(text, sizeof(text), "%s  %s", seen,
	    time_relative(seen, relative, sizeof(relative)));
	line_print("last seen", text);
}

void
show_records(const struct cli *cli, const json_t *data)
{
	const json_t *one;
	size_t i;

	(void)cli;
	json_array_foreach(json_object_get(data, "records"), i, one) {
		const char *number = json_text(one, "number");

		if (i > 0)
			putchar('\n');
		text_print(number[0] != '\0' ? number : json_text(one, "business_name"));
		line_print("name", json_text(one, "business_name"));
		line_print("trade name", json_text(one, "dba_name"));
		words_print("also", json_object_get(one, "aliases"));
		line_print("type", json_text(one, "type"));
		words_print("categories", json_object_get(one, "categories"));
		line_print("status", json_text(one, "status"));
		line_print("status word", json_text(one, "status_word"));
		line_print("issued on", json_text(one, "issued_on"));
		line_print("expires on", json_text(one, "expires_on"));
		seen_print(one);
	}
}

/* --- all of them ------------------------------------------------------------------ */

/* What a page is printed into. */
struct output {
	const struct cli *cli;
	struct table	*table;		/* owned; NULL: nothing came yet, or JSON */
	bool		 begun;
};

/* The status; of one that is not known the word that the list has. */
static void
status_cell(struct table *table, const json_t *one)
{
	const char *status = json_text(one, "status"), *word = json_text(one, "status_word");
	char text[TABLE_CELL_MAX];

	(void)snprintf(text, sizeof(text), "%s: %s", status, word);
	table_cell(table, strcmp(status, "unknown") == 0 && word[0] != '\0' ? text : status);
}

static void
rows_page(struct output *out, const json_t *page)
{
	static const char *const headers[] = { "NUMBER", "TYPE", "STATUS", "EXPIRES", "LAST SEEN",
	    "NAME", NULL };
	char text[64];
	const json_t *one;
	size_t i;

	if (out->table == NULL)
		out->table = table_new(headers, out->cli->colour);
	json_array_foreach(json_object_get(page, "records"), i, one) {
		table_cell(out->table, json_text(one, "number"));
		table_cell(out->table, json_text(one, "type"));
		status_cell(out->table, one);
		table_cell(out->table, json_text(one, "expires_on"));
		table_cell(out->table,
		    time_relative(json_text(one, "last_seen"), text, sizeof(text)));
		table_cell(out->table, json_text(one, "business_name"));
	}
	table_flush(out->table);
}

/* The members of the answer but the records, and the beginning of those. */
static void
json_begin(const json_t *page, size_t flags)
{
	json_t *head = json_copy((json_t *)(uintptr_t)page); /* jansson copies non-const */
	char *text;

	(void)json_object_del(head, "records");
	(void)json_object_del(head, "next");
	text = json_dumps(head, flags);
	if (text != NULL)
		printf("%.*s,\"records\":[", (int)strlen(text) - 1, text);
	free(text);
	json_decref(head);
}

/* One object in all, a line a record: as long as the list is, but never held whole. */
static void
json_page(struct output *out, const json_t *page)
{
	size_t flags = JSON_COMPACT | (out->cli->tty ? JSON_ENSURE_ASCII : 0), i;
	const json_t *list = json_object_get(page, "records"), *one;

	if (json_array_size(list) == 0)
		return;
	if (!out->begun)
		json_begin(page, flags);
	json_array_foreach(list, i, one) {
		puts(out->begun ? "," : "");
		(void)json_dumpf(one, stdout, flags);
		out->begun = true;
	}
}

static void
json_end(const struct output *out, const json_t *last)
{
	if (!out->begun)
		json_begin(last, JSON_COMPACT);
	puts("]}");
}

/* All pages.  JSON that an error has cut stays open: nobody takes it for the whole. */
static int
pages_print(struct output *out, struct client *client, char *const *args)
{
	json_t *page = NULL, *before;
	int code;

	do {
		before = page;
		code = ask_page(out->cli, &records, client, args, 1,
		    before != NULL ? json_text(before, "next") : NULL, &page);
		json_decref(before);
		if (code != -1)
			return code;
		if (out->cli->json)
			json_page(out, page);
		else
			rows_page(out, page);
	} while (json_text(page, "next")[0] != '\0');
	if (out->cli->json)
		json_end(out, page);
	json_decref(page);
	return CLI_OK;
}

int
records_run(const struct cli *cli, char *const *args, int n)
{
	struct output out = { .cli = cli };
	struct client *client;
	struct err err;
	int code;

	if (n > 1)
		return ask_run(cli, &records, args, n);
	client = client_open(cli->socket, &err);
	if (client == NULL)
		return cli_fail(CLI_UNREACHABLE, "%s", err.text);
	code = pages_print(&out, client, args);
	table_print(out.table);
	client_close(client);
	return code;
}
