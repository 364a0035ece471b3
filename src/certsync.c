/* SPDX-License-Identifier: ISC */
/*
 * certsync.c -- the command: arguments in, a request to the daemon's control
 * socket, its answer out.  Exits 0 done, 1 no, 2 usage, 69 daemon not reachable.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/cli.h"

#define HELP_WORDS	34	/* columns for a command, before its summary */

enum { OPT_JSON = 256, OPT_HELP, OPT_VERSION, OPT_FULL, OPT_WAIT, OPT_FOLLOW,
    OPT_SINCE, OPT_AT, OPT_WHY, OPT_ONLY, OPT_EXCEPT, OPT_DRY_RUN, OPT_FILE };

static const struct option options[] = {
	{ "socket",	required_argument,	NULL, 's' },
	{ "json",	no_argument,		NULL, OPT_JSON },
	{ "help",	no_argument,		NULL, OPT_HELP },
	{ "version",	no_argument,		NULL, OPT_VERSION },
	{ "full",	no_argument,		NULL, OPT_FULL },
	{ "wait",	no_argument,		NULL, OPT_WAIT },
	{ "follow",	no_argument,		NULL, OPT_FOLLOW },
	{ "since",	required_argument,	NULL, OPT_SINCE },
	{ "at",		required_argument,	NULL, OPT_AT },
	{ "why",	required_argument,	NULL, OPT_WHY },
	{ "only",	required_argument,	NULL, OPT_ONLY },
	{ "except",	required_argument,	NULL, OPT_EXCEPT },
	{ "dry-run",	no_argument,		NULL, OPT_DRY_RUN },
	{ "file",	required_argument,	NULL, OPT_FILE },
	{ NULL,		0,			NULL, 0 }
};

static const struct { unsigned bit; const char *name; } opt_names[] = {
	{ CLI_OPT_FULL, "--full" }, { CLI_OPT_WAIT, "--wait" },
	{ CLI_OPT_FOLLOW, "--follow" }, { CLI_OPT_SINCE, "--since" },
	{ CLI_OPT_AT, "--at" }, { CLI_OPT_WHY, "--why" },
	{ CLI_OPT_ONLY, "--only" }, { CLI_OPT_EXCEPT, "--except" },
	{ CLI_OPT_DRY_RUN, "--dry-run" }, { CLI_OPT_FILE, "--file" }
};

static void
usage_line(FILE *out, const struct cli_command *c)
{
	fprintf(out, "certsync %s%s%s%s%s", c->word, c->word2 != NULL ? " " : "",
	    c->word2 != NULL ? c->word2 : "", c->args[0] != '\0' ? " " : "", c->args);
}

static int
help_print(void)
{
	puts("certsync asks and instructs certsyncd, the daemon that keeps "
	    "certification badges true.\n\n"
	    "usage: certsync [-s SOCKET] [--json] COMMAND ...\n");
	for (const struct cli_command *c = cli_commands; c->word != NULL; c++) {
		char words[80];

		snprintf(words, sizeof(words), "%s%s%s %s", c->word,
		    c->word2 != NULL ? " " : "", c->word2 != NULL ? c->word2 : "",
		    c->args);
		printf("  %-34s%s%s\n", words, strlen(words) > HELP_WORDS ?
		    "\n                                     " : " ", c->summary);
	}
	puts("\n  -s, --socket SOCKET   control socket of the daemon; default "
	    "$CERTSYNC_SOCKET\n"
	    "                        or " CLI_SOCKET_DEFAULT "\n"
	    "  --json                the daemon's answer as JSON\n"
	    "  --help, --version\n\n"
	    "Exits 0 done, 1 no, 2 usage, 69 the daemon cannot be reached; "
	    "health exits\n0 pass, 1 warn, 2 fail or not reachable, 3 usage, as "
	    "Nagios wants it.");
	return CLI_OK;
}

/* The command the words name, how many of them, or NULL with a message. */
static const struct cli_command *
command_find(char *const *words, int n, int *out_used)
{
	const struct cli_command *first = NULL;

	for (const struct cli_command *c = cli_commands; c->word != NULL; c++) {
		if (strcmp(c->word, words[0]) != 0)
			continue;
		if (first == NULL)
			first = c;
		if (c->word2 == NULL || (n > 1 && strcmp(c->word2, words[1]) == 0)) {
			*out_used = c->word2 == NULL ? 1 : 2;
			return c;
		}
	}
	if (first == NULL) {
		cli_fail(CLI_USAGE, "there is no command \"%s\"; see certsync --help",
		    words[0]);
		return NULL;
	}
	fprintf(stderr, "certsync: %s needs one of:", words[0]);
	for (const struct cli_command *c = first; c->word != NULL &&
	    strcmp(c->word, words[0]) == 0; c++)
		fprintf(stderr, " %s", c->word2);
	fputc('\n', stderr);
	return NULL;
}

static int
usage_fail(const struct cli_command *c, const char *what, const char *which)
{
	cli_fail(CLI_USAGE, "%s%s", what, which);
	fputs("usage: ", stderr);
	usage_line(stderr, c);
	fputc('\n', stderr);
	return strcmp(c->word, "health") == 0 ? CLI_HEALTH_USAGE : CLI_USAGE;
}

/* What cron and Nagios expect: a daemon that is not there is as bad as one that fails. */
static int
health_code(const struct cli_command *c, int code)
{
	if (strcmp(c->word, "health") != 0 || code <= CLI_HEALTH_FAIL)
		return code;
	return code == CLI_UNREACHABLE ? CLI_HEALTH_FAIL : CLI_HEALTH_USAGE;
}

static int
command_run(const struct cli *cli, const struct cli_command *c, char *const *args,
    int n)
{
	unsigned foreign = cli->opts & ~c->opts;

	for (size_t i = 0; i < sizeof(opt_names) / sizeof(opt_names[0]); i++)
		if ((foreign & opt_names[i].bit) != 0)
			return usage_fail(c, "this command does not take ",
			    opt_names[i].name);
	if (n < c->min_args)
		return usage_fail(c, "an argument is missing", "");
	if (c->max_args != -1 && n > c->max_args)
		return usage_fail(c, "too many arguments, from ", args[c->max_args]);
	return c->run != NULL ? c->run(cli, args, n) :
	    health_code(c, ask_run(cli, c, args, n));
}

static void
cli_init(struct cli *cli)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");

	cli->socket = getenv("CERTSYNC_SOCKET");
	if (cli->socket == NULL || cli->socket[0] == '\0')
		cli->socket = CLI_SOCKET_DEFAULT;
	cli->tty = isatty(STDOUT_FILENO) == 1;
	cli->colour = cli->tty && (no_colour == NULL || no_colour[0] == '\0') &&
	    term != NULL && strcmp(term, "dumb") != 0;
}

/* The bit and the place for the value of an option of a command; 0: it is none. */
static unsigned
option_of_command(struct cli *cli, int option, const char ***out_value)
{
	const struct { int option; unsigned bit; const char **value; } table[] = {
		{ OPT_FULL, CLI_OPT_FULL, NULL }, { OPT_WAIT, CLI_OPT_WAIT, NULL },
		{ OPT_FOLLOW, CLI_OPT_FOLLOW, NULL }, { OPT_SINCE, CLI_OPT_SINCE, &cli->since },
		{ OPT_AT, CLI_OPT_AT, &cli->at }, { OPT_WHY, CLI_OPT_WHY, &cli->why },
		{ OPT_ONLY, CLI_OPT_ONLY, &cli->only },
		  { OPT_EXCEPT, CLI_OPT_EXCEPT, &cli->except },
		{ OPT_DRY_RUN, CLI_OPT_DRY_RUN, NULL }, { OPT_FILE, CLI_OPT_FILE, &cli->file }
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].option == option) {
			*out_value = table[i].value;
			return table[i].bit;
		}
	return 0;
}

/* Takes one option.  -1: go on, else the exit code. */
static int
option_take(struct cli *cli, int option, bool *out_help)
{
	const char **value = NULL;
	unsigned bit;

	switch (option) {
	case 's':
		cli->socket = optarg;
		return -1;
	case OPT_JSON:
		cli->json = true;
		return -1;
	case OPT_HELP:
		*out_help = true;
		return -1;
	case OPT_VERSION:
		puts("certsync " CERTSYNC_VERSION);
		return CLI_OK;
	default:
		break;
	}
	bit = option_of_command(cli, option, &value);
	if (bit == 0)	/* getopt has said what is wrong */
		return CLI_USAGE;
	if (value != NULL)
		*value = optarg;
	cli->opts |= bit;
	return -1;
}

int
main(int argc, char **argv)
{
	const struct cli_command *command;
	struct cli cli = { 0 };
	bool help = false;
	int option, used, code;

	cli_init(&cli);
	while ((option = getopt_long(argc, argv, "s:h", options, NULL)) != -1) {
		code = option_take(&cli, option == 'h' ? OPT_HELP : option, &help);
		if (code != -1)
			return code;
	}
	if (optind == argc)
		return help ? help_print() : cli_fail(CLI_USAGE,
		    "which command? See certsync --help");
	command = command_find(argv + optind, argc - optind, &used);
	if (command == NULL)
		return CLI_USAGE;
	if (help) {
		usage_line(stdout, command);
		printf("\n  %s\n", command->summary);
		return CLI_OK;
	}
	code = command_run(&cli, command, argv + optind + used, argc - optind - used);
	if (fflush(stdout) != 0)
		return cli_fail(CLI_LOCAL, "cannot write the output");
	return code;
}
