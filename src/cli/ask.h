/* SPDX-License-Identifier: ISC */
/*
 * ask.h -- requests as the daemon reads them, and what its final reply means.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "base/err.h"
#include "cli/cli.h"
#include "cli/client.h"

/*
 * {"cmd":word,"args":[word2,args...],"opts":{...}}; owned by the caller.
 * NULL: no memory, or an argument is not UTF-8.
 */
json_t	*ask_request(const struct cli *, const struct cli_command *,
	    char *const *args, int n);
/* Prints a reply of a reading command as --json wants it. */
void	 ask_print_json(const struct cli *, const json_t *data);
/* Whether line is a final reply; all others are events. */
bool	 ask_is_final(const json_t *line);
/*
 * The exit code of a final reply; its error, if it has one, goes to stderr.
 * A code outside 0 to 125 counts as CLI_LOCAL.
 */
int	 ask_exit(const json_t *reply);
/*
 * One page of a long answer, which begins behind since (NULL: the first), over a connection
 * that is kept: its data, owned by the caller, in *out_data.  -1: go on; else the exit code,
 * *out_data is NULL, and the error has been told.
 */
int	 ask_page(const struct cli *, const struct cli_command *, struct client *,
	    char *const *args, int n, const char *since, json_t **out_data);
/* One request, one reply, printed by the command's show() or as JSON; the exit code. */
int	 ask_run(const struct cli *, const struct cli_command *,
	    char *const *args, int n);

/* The badge ids in a file, one a line, as opts' "except".  -1: err. */
int	 except_read(const char *path, json_t *opts, struct err *err);

/* The commands that are more than that. */
int	 plan_run(const struct cli *, char *const *args, int n);
int	 events_run(const struct cli *, char *const *args, int n);
int	 records_run(const struct cli *, char *const *args, int n);
int	 import_run(const struct cli *, char *const *args, int n);

#endif /* CLI_ASK_H */
