/* SPDX-License-Identifier: ISC */
/*
 * show.h -- replies of the daemon, printed for people.  data is lent; members
 * that are missing print as "-": an older daemon may not send them yet.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "cli/cli.h"

void	show_status(const struct cli *, const json_t *data);
void	show_connectors(const struct cli *, const json_t *data);
/* One of them in full, as `connectors NAME` does. */
void	show_connector(const json_t *one);
void	show_sync(const struct cli *, const json_t *data);
void	show_badge(const struct cli *, const json_t *data);
void	show_explain(const struct cli *, const json_t *data);
void	show_history(const struct cli *, const json_t *data);
void	show_rejected(const struct cli *, const json_t *data);
/* Those of one number, in full. */
void	show_records(const struct cli *, const json_t *data);
void	show_claim(const struct cli *, const json_t *data);
/* The head of `plan`, a line of its table after it, and what approve, discard, hold and release
 * answer. */
void	show_plan(const struct cli *, const json_t *data);
void	show_held(const struct cli *, const json_t *data);
void	show_try(const struct cli *, const json_t *data);
void	show_reasons(const struct cli *, const json_t *data);
void	show_health(const struct cli *, const json_t *data);
/* One line of `events`: {"id":...,"event":{...}}. */
void	show_event(const struct cli *, const json_t *line);

#endif /* CLI_SHOW_H */
