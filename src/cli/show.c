/* SPDX-License-Identifier: ISC */
/* show.c -- see show.h. */
#include "cli/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/table.h"

#define EVENT_PREFIX	"org.certsync."

/* "12: 4 verified, 1 expired": members that are zero are left out. */
static void
counts_print(const struct cli *cli, const json_t *counts)
{
	json_t *object = (json_t *)(uintptr_t)counts; /* jansson iterates non-const */
	int64_t total = json_int(counts, "total");
	bool has_total = json_object_get(counts, "total") != NULL;
	const char *name, *gap = ": ";
	json_t *value;

	if (!has_total)
		json_object_foreach(object, name, value)
			total += json_integer_value(value);
	printf("%" PRId64, total);
	json_object_foreach(object, name, value) {
		if (json_integer_value(value) == 0 || strcmp(name, "total") == 0)
			continue;
		printf("%s%" JSON_INTEGER_FORMAT " ", gap, json_integer_value(value));
		word_print(name, cli->colour);
		gap = ", ";
	}
	putchar('\n');
}

void
show_status(const struct cli *cli, const json_t *data)
{
	bool ready = json_is_true(json_object_get(data, "ready"));
	bool loaded = json_is_true(json_object_get(data, "loaded"));
	const char *reason = json_text(data, "reason");
	char shown[256], up[32];

	printf("certsyncd   %s, ", text_escape(json_text(data, "version"),
	    strlen(json_text(data, "version")), shown, sizeof(shown)));
	word_print(ready ? "ready" : loaded ? "not ready" : "loading", cli->colour);
	printf(", up %s\n", span_text(json_int(data, "uptime_s"), up, sizeof(up)));
	printf("store       %s", text_escape(json_text(data, "state"),
	    strlen(json_text(data, "state")), shown, sizeof(shown)));
	if (reason[0] != '\0')
		printf(": %s", text_escape(reason, strlen(reason), shown,
		    sizeof(shown)));
	printf(", epoch %s\n", text_escape(json_text(data, "epoch"),
	    strlen(json_text(data, "epoch")), shown, sizeof(shown)));
	printf("badges      ");
	counts_print(cli, json_object_get(data, "badges"));
	printf("connectors  ");
	counts_print(cli, json_object_get(data, "connectors"));
	printf("waiting     %" PRId64 " badges to decide\n", json_int(data, "pending"));
	printf("written     %" PRId64 " commits, %" PRId64 " events since the start\n",
	    json_int(data, "commits"), json_int(data, "events"));
}

void
show_connectors(const struct cli *cli, const json_t *data)
{
	static const char *const headers[] = { "NAME", "PLUG-IN", "STATE", "RECORDS",
	    "LAST COMPLETE", "PROOF", "NEXT POLL", "ERROR", NULL };
	const json_t *one = json_object_get(data, "connector");
	struct table *table;
	char text[64];
	size_t i;

	if (one != NULL) {
		show_connector(one);
		return;
	}
	table = table_new(headers, cli->colour);
	json_array_foreach(json_object_get(data, "connectors"), i, one) {
		table_cell(table, json_text(one, "name"));
		table_cell(table, json_text(one, "plugin"));
		table_cell(table, json_text(one, "state"));
		table_cell_int(table, json_int(one, "records"));
		table_cell(table, time_relative(json_text(one, "last_complete"), text,
		    sizeof(text)));
		table_cell(table, json_text(one, "proof"));
		table_cell(table, time_relative(json_text(one, "next_poll"), text,
		    sizeof(text)));
		table_cell(table, json_text(one, "error"));
	}
	table_print(table);
}

void
show_sync(const struct cli *cli, const json_t *data)
{
	const char *text = json_text(data, "text");

	word_print(json_text(data, "result"), cli->colour);
	if (text[0] != '\0')
		fputs(": ", stdout);
	text_print(text[0] != '\0' ? text : "\n");
}

/* What `badge` prints, in this order; anything else the hash holds comes after. */
static const char *const badge_fields[] = {
	"profile", "holder", "visibility", "body", "category", "type", "number",
	"business_name", "names", "aliases", "claimed_expires_on", "claimed_at",
	"claim_id", "rev", "how", "since", "version", "cause", "expires_on",
	"expires_source", "valid_until", "registry_name", "connector", "evidence",
	"checked_at", "case", "case_since", "case_until", "next_check", "pin",
};

static bool
badge_field_shown(const char *name)
{
	static const char *const in_title[] = { "badge", "status", "reason" };

	for (size_t i = 0; i < sizeof(in_title) / sizeof(in_title[0]); i++)
		if (strcmp(in_title[i], name) == 0)
			return true;
	for (size_t i = 0; i < sizeof(badge_fields) / sizeof(badge_fields[0]); i++)
		if (strcmp(badge_fields[i], name) == 0)
			return true;
	return false;
}

static void
field_print(const char *name, const json_t *value)
{
	const char *text = json_string_value(value);
	char shown[2048], label[64];

	if (text == NULL || text[0] == '\0')
		return;
	text_escape(name, strlen(name), label, sizeof(label));
	printf("  %-20s%s\n", label, text_escape(text, strlen(text), shown,
	    sizeof(shown)));
}

void
show_badge(const struct cli *cli, const json_t *data)
{
	json_t *badge = json_object_get(data, "badge"), *value;
	char shown[128];
	const char *name;

	printf("%s  ", text_escape(json_text(badge, "badge"),
	    strlen(json_text(badge, "badge")), shown, sizeof(shown)));
	word_print(json_text(badge, "status"), cli->colour);
	printf(" (%s)\n", text_escape(json_text(badge, "reason"),
	    strlen(json_text(badge, "reason")), shown, sizeof(shown)));
	for (size_t i = 0; i < sizeof(badge_fields) / sizeof(badge_fields[0]); i++)
		field_print(badge_fields[i], json_object_get(badge, badge_fields[i]));
	json_object_foreach(badge, name, value)
		if (!badge_field_shown(name))
			field_print(name, value);
	puts(json_is_object(json_object_get(data, "tile")) ?
	    "  shown on the profile" : "  not shown on the profile");
}

void
show_explain(const struct cli *cli, const json_t *data)
{
	(void)cli;
	text_print(json_text(data, "text"));
}

void
show_history(const struct cli *cli, const json_t *data)
{
	static const char *const headers[] = { "VERSION", "TIME", "FROM", "TO",
	    "REASON", "RULE", "CAUSE", "ACTOR", "POLL", NULL };
	struct table *table = table_new(headers, cli->colour);
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(data, "entries"), i, one) {
		table_cell_int(table, json_int(one, "version"));
		table_cell(table, json_text(one, "time"));
		table_cell(table, json_text(one, "from"));
		table_cell(table, json_text(one, "to"));
		table_cell(table, json_text(one, "reason"));
		table_cell_int(table, json_int(one, "rule"));
		table_cell(table, json_text(one, "cause"));
		table_cell(table, json_text(one, "actor"));
		table_cell(table, json_text(one, "poll"));
	}
	table_print(table);
}

void
show_rejected(const struct cli *cli, const json_t *data)
{
	static const char *const headers[] = { "AT", "STATE", "OP", "BADGE", "PROFILE", "ENTRY",
	    "WHY", NULL };
	static const char *const members[] = { "at", "state", "op", "badge", "profile", "id",
	    "error" };
	struct table *table = table_new(headers, cli->colour);
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(data, "commands"), i, one)
		for (size_t k = 0; k < sizeof(members) / sizeof(members[0]); k++)
			table_cell(table, json_text(one, members[k]));
	table_print(table);
}

void
show_claim(const struct cli *cli, const json_t *data)
{
	const char *id = json_text(data, "id");
	char shown[64];

	(void)cli;
	printf("taken as %s\n", text_escape(id, strlen(id), shown, sizeof(shown)));
}

void
show_reasons(const struct cli *cli, const json_t *data)
{
	static const char *const headers[] = { "REASON", "MEANING", NULL };
	struct table *table = table_new(headers, cli->colour);
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(data, "reasons"), i, one) {
		table_cell(table, json_text(one, "reason"));
		table_cell(table, json_text(one, "text"));
	}
	table_print(table);
}

void
show_health(const struct cli *cli, const json_t *data)
{
	static const char *const headers[] = { "CHECK", "STATUS", "WHAT", NULL };
	struct table *table = table_new(headers, cli->colour);
	json_t *checks = json_object_get(data, "checks"), *list;
	const json_t *one;
	const char *name;
	size_t i;

	word_print(json_text(data, "status"), cli->colour);
	fputs(json_text(data, "output")[0] != '\0' ? ": " : "\n", stdout);
	text_print(json_text(data, "output"));
	json_object_foreach(checks, name, list)
		json_array_foreach(list, i, one) {
			table_cell(table, name);
			table_cell(table, json_text(one, "status"));
			table_cell(table, json_text(one, "output"));
		}
	table_print(table);
}

/* "org.certsync.badge.verified.v1" as "badge" and "verified". */
static void
event_type(const char *type, char *family, char *what, size_t size)
{
	const char *dot;

	family[0] = what[0] = '\0';
	if (text_starts(type, EVENT_PREFIX))
		type += strlen(EVENT_PREFIX);
	dot = strchr(type, '.');
	if (dot == NULL) {
		text_escape(type, strlen(type), family, size);
		return;
	}
	text_escape(type, (size_t)(dot - type), family, size);
	text_escape(dot + 1, strcspn(dot + 1, "."), what, size);
}

/* Foreign text after a label; nothing if it is empty. */
static void
note_print(const char *label, const char *text)
{
	char shown[128];

	if (text[0] != '\0')
		printf("  %s%s", label, text_escape(text, strlen(text), shown,
		    sizeof(shown)));
}

void
show_event(const struct cli *cli, const json_t *line)
{
	const json_t *event = json_object_get(line, "event");
	const json_t *data = json_object_get(event, "data");
	const char *time = json_text(event, "recordedtime"), *subject = json_text(event, "subject");
	const char *from = json_text(data, "from");
	char family[32], what[32], shown[2][128];
	const char *colour;

	event_type(json_text(event, "type"), family, what, sizeof(family));
	colour = cli->colour ? word_colour(what) : "";
	printf("%-20s  %-9s  %s%-13s%s  %s",
	    text_escape(time, strlen(time), shown[0], sizeof(shown[0])), family,
	    colour, what, colour[0] != '\0' ? "\033[0m" : "",
	    text_escape(subject, strlen(subject), shown[1], sizeof(shown[1])));
	note_print("", json_text(data, "reason"));
	if (strcmp(from, json_text(data, "to")) != 0)
		note_print("was ", from);
	note_print("until ", json_text(data, "expires_on"));
	putchar('\n');
}
