/* SPDX-License-Identifier: ISC */
/*
 * cli.h -- what the parts of the certsync command share: the options as given,
 * exit codes, and the table of commands.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>

#define CLI_OK		0
#define CLI_NO		1	/* the daemon said no */
#define CLI_USAGE	2
#define CLI_HEALTH_FAIL	2	/* of health */
#define CLI_HEALTH_USAGE 3	/* as 2 is "fail" there */
#define CLI_UNREACHABLE	69	/* EX_UNAVAILABLE */
#define CLI_LOCAL	70	/* EX_SOFTWARE: no memory */

#define CLI_SOCKET_DEFAULT "/run/certsyncd/control.sock"

/* Which options a command takes, beside -s, --json and --help. */
#define CLI_OPT_FULL	0x01u
#define CLI_OPT_WAIT	0x02u
#define CLI_OPT_FOLLOW	0x04u
#define CLI_OPT_SINCE	0x08u
#define CLI_OPT_AT	0x10u
#define CLI_OPT_WHY	0x20u
#define CLI_OPT_ONLY	0x40u
#define CLI_OPT_EXCEPT	0x80u
#define CLI_OPT_DRY_RUN	0x100u
#define CLI_OPT_FILE	0x200u

struct cli {
	const char	*socket;	/* lent */
	bool		 json;
	unsigned	 opts;		/* CLI_OPT_* that were given */
	const char	*since, *at, *why, *only, *except, *file; /* values of theirs; lent */
	bool		 colour;	/* stdout is a terminal that may be coloured */
	bool		 tty;		/* stdout is a terminal */
};

/*
 * One command as data.  Most are one request and one reply: show() prints the
 * reply's data for people.  run(), if set, does everything itself and returns
 * the exit code; args are those after the command's own words.
 */
struct cli_command {
	const char	*word;		/* first word */
	const char	*word2;		/* second word, or NULL */
	const char	*args;		/* as in the usage line; "" for none */
	const char	*summary;	/* one line */
	int		 min_args, max_args; /* max -1: any number */
	unsigned	 opts;		/* CLI_OPT_* it takes */
	bool		 endless;	/* its reply takes as long as a poll may */
	void		(*show)(const struct cli *, const json_t *data);
	int		(*run)(const struct cli *, char *const *args, int n);
};

/* Ended by word NULL. */
extern const struct cli_command cli_commands[];

/* "certsync: ..." on stderr, escaped.  Returns code, for "return cli_fail(...)". */
int	cli_fail(int code, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif /* CLI_CLI_H */
