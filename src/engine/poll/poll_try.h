/* SPDX-License-Identifier: ISC */
/*
 * poll_try.h -- a list is tried: a dry run (poll_dry.h) that also tells how the list is
 * read, column by column and word by word, for whoever maps it (`certsync try`).
 *
 * It makes one pass: no second download.  What it tells is masked where it is a firm's,
 * a number or a name, and bounded; it goes to the one who asked and is kept nowhere.
 */
#ifndef ENGINE_POLL_TRY_H
#define ENGINE_POLL_TRY_H

#include "engine/poll/poll.h"

/*
 * Starts one; registry->dry_result says what it found, as of a dry run with a member
 * "list" (docs/control-protocol.md).  file: a descriptor that is read in place of the
 * first answer, taken over, -1: the registry itself is asked; name: what messages call
 * it, copied.  -1: as poll_start_dry(), and file is closed.
 */
int	poll_start_try(struct registry *, int file, const char *name, poll_fn *fn, void *arg);

#endif /* ENGINE_POLL_TRY_H */
