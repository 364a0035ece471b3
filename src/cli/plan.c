/* SPDX-License-Identifier: ISC */
/* plan.c -- `certsync plan`: what waits, page by page. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/ask.h"
#include "cli/client.h"
#include "cli/show.h"
#include "cli/table.h"

static void show_dry_run(const struct cli *, const json_t *data);

static const struct cli_command plan = { .word = "plan", .show = show_dry_run };

static void
lines_add(struct table *table, const json_t *lines)
{
	const json_t *one;
	size_t i;

	json_array_foreach(lines, i, one) {
		table_cell(table, json_text(one, "badge"));
		table_cell_int(table, json_int(one, "version"));
		table_cell(table, json_text(one, "from"));
		table_cell(table, json_text(one, "to"));
		table_cell(table, json_text(one, "reason"));
	}
}

/* All pages from the first, which is here; with --json joined into one answer. */
static int
pages_print(const struct cli *cli, struct client *client, char *const *args, int n, json_t *first)
{
	static const char *const headers[] = { "BADGE", "VERSION", "FROM", "TO", "REASON", NULL };
	json_t *lines = json_object_get(first, "lines"), *page = json_incref(first), *more;
	/* The plan asked for may not be the first one when the next page is read. */
	const char *hash = json_text(json_object_get(first, "plan"), "hash");
	char *const with_hash[] = { args[0], (char *)(uintptr_t)hash };
	struct table *table = cli->json || json_array_size(lines) == 0 ? NULL :
	    table_new(headers, cli->colour);
	int code = -1;

	(void)n;
	if (!cli->json)
		show_plan(cli, first);
	lines_add(table, lines);
	while (code == -1 && json_text(page, "next")[0] != '\0') {
		code = ask_page(cli, &plan, client, with_hash, 2, json_text(page, "next"), &more);
		json_decref(page);
		page = more;
		lines_add(table, json_object_get(page, "lines"));
		if (cli->json && page != NULL)
			(void)json_array_extend(lines, json_object_get(page, "lines"));
	}
	json_decref(page);
	if (table != NULL)
		table_print(table);
	(void)json_object_del(first, "next");
	if (cli->json)
		ask_print_json(cli, first);
	return code == -1 ? CLI_OK : code;
}

int
plan_run(const struct cli *cli, char *const *args, int n)
{
	json_t *data = NULL;
	struct client *client;
	struct err err;
	int code;

	if ((cli->opts & CLI_OPT_DRY_RUN) != 0)
		return ask_run(cli, &plan, args, n);
	client = client_open(cli->socket, &err);
	if (client == NULL)
		return cli_fail(CLI_UNREACHABLE, "%s", err.text);
	code = ask_page(cli, &plan, client, args, n, NULL, &data);
	if (code == -1)
		code = pages_print(cli, client, args, n, data);
	json_decref(data);
	client_close(client);
	return code;
}

/* --- for people ------------------------------------------------------------------ */

static const char *
shown(const json_t *object, const char *name, char *out, size_t size)
{
	const char *text = json_text(object, name);

	return text_escape(text, strlen(text), out, size);
}

static void
window_print(const struct cli *cli, const json_t *window)
{
	static const char *const headers[] = { "TYPE", "VERIFIED", "GOT WORSE", NULL };
	struct table *table = table_new(headers, cli->colour);
	const json_t *one;
	char span[32];
	size_t i;

	printf("\nThe guard's counts of the last %s:\n",
	    span_text(json_int(window, "window_s"), span, sizeof(span)));
	json_array_foreach(json_object_get(window, "counts"), i, one) {
		table_cell(table, strcmp(json_text(one, "type"), "*") == 0 ? "(all)" :
		    json_text(one, "type"));
		table_cell_int(table, json_int(one, "verified"));
		table_cell_int(table, json_int(one, "worse"));
	}
	table_print(table);
}

static void
refused_print(const json_t *refused)
{
	char why[512], by[64];

	printf("Its last feed was refused whole: %s\n", shown(refused, "why", why, sizeof(why)));
	printf("  %" PRId64 " records, %" PRId64 " known before, %" PRId64
	    " of those missing, with %" PRId64 " verified badges\n  hash %.12s",
	    json_int(refused, "records"), json_int(refused, "known"), json_int(refused, "missing"),
	    json_int(refused, "missing_verified"), json_text(refused, "hash"));
	if (json_text(refused, "accepted_by")[0] != '\0')
		printf(", accepted by %s", shown(refused, "accepted_by", by, sizeof(by)));
	putchar('\n');
}

static void
stuck_print(const json_t *found)
{
	const json_t *badges = json_object_get(found, "stuck_badges"), *one;
	int64_t stuck = json_int(found, "stuck");
	char text[512];
	size_t i;

	if (stuck == 0)
		return;
	printf("  %" PRId64 " cannot be decided, for a fault in the store that health names:",
	    stuck);
	json_array_foreach(badges, i, one)
		printf(" %s", text_escape(json_string_value(one), json_string_length(one), text,
		    sizeof(text)));
	printf("%s\n", stuck > (int64_t)json_array_size(badges) ? " ..." : "");
}

/* Counts by what and why. */
static void
summary_print(const json_t *summary)
{
	json_t *counts = (json_t *)(uintptr_t)summary, *value; /* jansson iterates non-const */
	char text[512];
	const char *name;

	json_object_foreach(counts, name, value)
		printf("  %-6" JSON_INTEGER_FORMAT " %s\n", json_integer_value(value),
		    text_escape(name, strlen(name), text, sizeof(text)));
}

static void
plan_print(const json_t *one, const json_t *summary)
{
	int64_t lines = json_int(one, "lines"), first = json_int(one, "lines_first");
	char why[512], text[64];

	printf("plan %.12s  %s, %" PRId64 " changes", json_text(one, "hash"),
	    shown(one, "state", text, sizeof(text)), lines);
	if (first > lines)
		printf(" (%" PRId64 " more are no longer true)", first - lines);
	printf(", opened %s", time_relative(json_text(one, "opened"), text, sizeof(text)));
	if (json_text(one, "by")[0] != '\0')
		printf(", by %s", shown(one, "by", text, sizeof(text)));
	printf("\n  why    %s\n", shown(one, "why", why, sizeof(why)));
	summary_print(summary);
}

static void
show_dry_run(const struct cli *cli, const json_t *data)
{
	static const char *const headers[] = { "BADGE", "VERSION", "FROM", "TO", "REASON", NULL };
	const json_t *dry = json_object_get(data, "dry_run"),
	    *lines = json_object_get(dry, "lines");
	struct table *table;
	char text[512];

	printf("%s  dry run, nothing is changed: ", shown(dry, "name", text, sizeof(text)));
	word_print(json_text(dry, "result"), cli->colour);
	printf(": %s\n", shown(dry, "text", text, sizeof(text)));
	printf("  %" PRId64 " records, %" PRId64 " differences, %" PRId64
	    " verified badges not listed\n", json_int(dry, "records"), json_int(dry, "differences"),
	    json_int(dry, "missing_verified"));
	summary_print(json_object_get(dry, "summary"));
	stuck_print(dry);
	if (json_array_size(lines) == 0)
		return;
	printf("\nWhat would get worse:\n");
	table = table_new(headers, cli->colour);
	lines_add(table, lines);
	table_print(table);
	if (json_int(dry, "worse") > (int64_t)json_array_size(lines))
		printf("and %" PRId64 " more\n",
		    json_int(dry, "worse") - (int64_t)json_array_size(lines));
}

static void
observed_print(const json_t *observed)
{
	char text[64];

	printf("observed: it decides nothing");
	if (!json_is_object(observed)) {
		printf("; what it would decide is known after its next poll\n");
		return;
	}
	printf("; by its list of %s it would change %" PRId64 " badges, %" PRId64 " for the worse, "
	    "and lacks %" PRId64 " that are verified\n",
	    shown(observed, "at", text, sizeof(text)),
	    json_int(observed, "worse") + json_int(observed, "better"), json_int(observed, "worse"),
	    json_int(observed, "missing_verified"));
	summary_print(json_object_get(observed, "summary"));
	stuck_print(observed);
}

void
show_plan(const struct cli *cli, const json_t *data)
{
	const json_t *stopped = json_object_get(data, "stopped"), *one,
	    *chosen = json_object_get(data, "plan");
	char text[256], by[64];
	size_t i;

	printf("%s  ", shown(data, "name", text, sizeof(text)));
	word_print(json_is_true(json_object_get(data, "held")) ? "held" : "not held", cli->colour);
	putchar('\n');
	if (stopped != NULL)
		printf("held by %s: %s\n", shown(stopped, "by", by, sizeof(by)),
		    shown(stopped, "why", text, sizeof(text)));
	if (json_object_get(data, "observed") != NULL)
		observed_print(json_object_get(data, "observed"));
	if (json_object_get(data, "refused") != NULL)
		refused_print(json_object_get(data, "refused"));
	json_array_foreach(json_object_get(data, "plans"), i, one)
		plan_print(one, strcmp(json_text(one, "hash"), json_text(chosen, "hash")) == 0 ?
		    json_object_get(data, "summary") : NULL);
	window_print(cli, json_object_get(data, "window"));
	if (json_array_size(json_object_get(data, "lines")) > 0)
		printf("\nThe changes of plan %.12s:\n", json_text(chosen, "hash"));
}

void
show_held(const struct cli *cli, const json_t *data)
{
	(void)cli;
	text_print(json_text(data, "text"));
}
