/* SPDX-License-Identifier: ISC */
/* replay_text.h -- what replay.c prints.  Nobody else includes it. */
#ifndef CHECK_REPLAY_TEXT_H
#define CHECK_REPLAY_TEXT_H

#include <certsync/connector.h>
#include "base/buf.h"
#include "parse/host.h"

/* Each appends one line, or what belongs to one thing. */
void	replay_text_record(struct buf *, const struct cs_record *);
void	replay_text_proof(struct buf *, enum cs_proof, uint64_t declared);
void	replay_text_remark(struct buf *, const char *word, const char *text);
void	replay_text_request(struct buf *, const struct cs_request *);
void	replay_text_end(struct buf *, const struct cs_poll *, enum cs_rc);

#endif /* CHECK_REPLAY_TEXT_H */
