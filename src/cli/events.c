/* SPDX-License-Identifier: ISC */
/* events.c -- `certsync events`: one line an event as they come. */
#include <stdio.h>

#include "cli/ask.h"
#include "cli/client.h"
#include "cli/show.h"

static const struct cli_command events = { .word = "events" };

static void
line_print(const struct cli *cli, const json_t *line)
{
	if (cli->json) {
		/* A line an event, also on a terminal: that is what one greps. */
		json_dumpf(line, stdout, JSON_COMPACT |
		    (cli->tty ? JSON_ENSURE_ASCII : 0));
		putchar('\n');
	} else
		show_event(cli, line);
	fflush(stdout);		/* a reader at the other end of a pipe follows too */
}

int
events_run(const struct cli *cli, char *const *args, int n)
{
	int64_t within_ms = (cli->opts & CLI_OPT_FOLLOW) != 0 ? CLIENT_FOREVER :
	    CLIENT_REPLY_MS;
	json_t *request = ask_request(cli, &events, args, n), *line = NULL;
	struct client *client = NULL;
	struct err err;
	int code = -1;

	if (request == NULL)
		return cli_fail(CLI_USAGE, "an argument is not UTF-8");
	client = client_open(cli->socket, &err);
	if (client == NULL || client_send(client, request, &err) != 0)
		code = cli_fail(CLI_UNREACHABLE, "%s", err.text);
	while (code == -1) {
		line = client_receive(client, within_ms, &err);
		if (line == NULL)
			code = cli_fail(CLI_UNREACHABLE, "%s", err.text);
		else if (ask_is_final(line))
			code = ask_exit(line);
		else
			line_print(cli, line);
		json_decref(line);
	}
	json_decref(request);
	client_close(client);
	return code;
}
