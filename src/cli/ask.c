/* SPDX-License-Identifier: ISC */
/* ask.c -- see ask.h. */
#include "cli/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/table.h"

static int
opts_set(const struct cli *cli, json_t *opts)
{
	static const struct { unsigned bit; const char *name; } flags[] = {
		{ CLI_OPT_FULL, "full" }, { CLI_OPT_WAIT, "wait" },
		{ CLI_OPT_FOLLOW, "follow" }, { CLI_OPT_DRY_RUN, "dry_run" }
	};
	int rc = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if ((cli->opts & flags[i].bit) != 0)
			rc |= json_object_set_new(opts, flags[i].name, json_true());
	if ((cli->opts & CLI_OPT_SINCE) != 0)
		rc |= json_object_set_new(opts, "since", json_string(cli->since));
	if ((cli->opts & CLI_OPT_AT) != 0)
		rc |= json_object_set_new(opts, "at", json_string(cli->at));
	if ((cli->opts & CLI_OPT_WHY) != 0)
		rc |= json_object_set_new(opts, "why", json_string(cli->why));
	if ((cli->opts & CLI_OPT_ONLY) != 0)
		rc |= json_object_set_new(opts, "only", json_string(cli->only));
	if ((cli->opts & CLI_OPT_FILE) != 0)
		rc |= json_object_set_new(opts, "file", json_string(cli->file));
	return rc;
}

json_t *
ask_request(const struct cli *cli, const struct cli_command *command,
    char *const *args, int n)
{
	json_t *request = json_object(), *list = json_array(), *opts = json_object();
	int rc = json_object_set_new(request, "cmd", json_string(command->word));

	if (command->word2 != NULL)
		rc |= json_array_append_new(list, json_string(command->word2));
	for (int i = 0; i < n; i++)
		rc |= json_array_append_new(list, json_string(args[i]));
	rc |= opts_set(cli, opts);
	rc |= json_object_set_new(request, "args", list);
	rc |= json_object_set_new(request, "opts", opts);
	if (rc != 0) {
		json_decref(request);
		return NULL;
	}
	return request;
}

void
ask_print_json(const struct cli *cli, const json_t *data)
{
	/* On a terminal foreign text must not reach it raw. */
	size_t flags = JSON_ENCODE_ANY |
	    (cli->tty ? JSON_INDENT(2) | JSON_ENSURE_ASCII : JSON_COMPACT);

	json_dumpf(data, stdout, flags);
	putchar('\n');
}

bool
ask_is_final(const json_t *line)
{
	return json_is_integer(json_object_get(line, "exit"));
}

int
ask_exit(const json_t *reply)
{
	const char *error = json_text(reply, "error");
	int64_t code = json_int(reply, "exit");

	if (!ask_is_final(reply) || code < 0 || code > 125)
		return cli_fail(CLI_LOCAL, "the daemon's answer has no exit code");
	if (error[0] != '\0')
		return cli_fail((int)code, "%s", error);
	return (int)code;
}

int
ask_page(const struct cli *cli, const struct cli_command *command, struct client *client,
    char *const *args, int n, const char *since, json_t **out_data)
{
	struct cli page = *cli;
	json_t *request, *reply = NULL;
	struct err err;
	int code;

	page.since = since;
	page.opts |= since != NULL ? CLI_OPT_SINCE : 0;
	request = ask_request(&page, command, args, n);
	*out_data = NULL;
	if (request == NULL)
		return cli_fail(CLI_USAGE, "an argument is not UTF-8");
	if (client_send(client, request, &err) == 0)
		reply = client_receive(client, CLIENT_REPLY_MS, &err);
	code = reply == NULL ? cli_fail(CLI_UNREACHABLE, "%s", err.text) : ask_exit(reply);
	if (code == CLI_OK)
		*out_data = json_incref(json_object_get(reply, "data"));
	json_decref(request);
	json_decref(reply);
	return code == CLI_OK ? -1 : code;
}

int
ask_run(const struct cli *cli, const struct cli_command *command,
    char *const *args, int n)
{
	bool endless = command->endless || (cli->opts & (CLI_OPT_WAIT | CLI_OPT_DRY_RUN)) != 0;
	json_t *request = ask_request(cli, command, args, n), *reply = NULL;
	struct client *client;
	struct err err;
	int code, file = -1;

	if (request == NULL)
		return cli_fail(CLI_USAGE, "an argument is not UTF-8");
	if ((cli->opts & CLI_OPT_EXCEPT) != 0 &&
	    except_read(cli->except, json_object_get(request, "opts"), &err) != 0) {
		json_decref(request);
		return cli_fail(CLI_USAGE, "%s", err.text);
	}
	if ((cli->opts & CLI_OPT_FILE) != 0 &&
	    (file = open(cli->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1) {
		json_decref(request);
		return cli_fail(CLI_USAGE, "%s: %s", cli->file, strerror(errno));
	}
	client = client_open(cli->socket, &err);
	if (client != NULL && client_send_file(client, request, file, &err) == 0)
		reply = client_receive(client,
		    endless ? CLIENT_FOREVER : CLIENT_REPLY_MS, &err);
	code = reply == NULL ? cli_fail(CLI_UNREACHABLE, "%s", err.text) :
	    ask_exit(reply);
	if (code != CLI_LOCAL && json_is_object(json_object_get(reply, "data"))) {
		if (cli->json)
			ask_print_json(cli, json_object_get(reply, "data"));
		else
			command->show(cli, json_object_get(reply, "data"));
	}
	json_decref(reply);
	json_decref(request);
	client_close(client);
	if (file != -1)
		(void)close(file);
	return code;
}
