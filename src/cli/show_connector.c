/* SPDX-License-Identifier: ISC */
/* show_connector.c -- one registry, a line each of what is known of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/show.h"
#include "cli/table.h"

enum kind { WORDS = 0, COUNT, TIME };

/* In this order: what it is, what it has, when it was and will be read, what is wrong. */
static const struct {
	const char	*name, *member;
	enum kind	 kind;
} lines[] = {
	{ "label", "label", WORDS }, { "plug-in", "plugin", WORDS }, { "state", "state", WORDS },
	{ "file", "file", WORDS }, { "records", "records", COUNT },
	{ "rows left out", "left_out", COUNT }, { "proof", "proof", WORDS },
	{ "last attempt", "last_attempt", TIME }, { "last success", "last_success", TIME },
	{ "last complete", "last_complete", TIME }, { "last proven", "last_proven", TIME },
	{ "next poll", "next_poll", TIME }, { "error", "error", WORDS },
};

static void
line_print(const char *name, enum kind kind, const json_t *one, const char *member)
{
	const char *text = json_text(one, member);
	char shown[2048], relative[64];

	if (kind == COUNT)
		printf("  %-16s%" PRId64 "\n", name, json_int(one, member));
	else if (text[0] == '\0')
		return;
	else if (kind == TIME)
		printf("  %-16s%s  %s\n", name, text_escape(text, strlen(text), shown,
		    sizeof(shown)), time_relative(text, relative, sizeof(relative)));
	else
		printf("  %-16s%s\n", name, text_escape(text, strlen(text), shown, sizeof(shown)));
}

void
show_connector(const json_t *one)
{
	text_print(json_text(one, "name"));
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		line_print(lines[i].name, lines[i].kind, one, lines[i].member);
}
