/* SPDX-License-Identifier: ISC */
/* describe.h -- a connector's plug-in is asked what it is, in a worker. */
#ifndef ENGINE_DESCRIBE_H
#define ENGINE_DESCRIBE_H

#include "engine/registry/registry.h"

typedef void describe_fn(void *arg, struct registry *);

/*
 * Asks; fn(arg) when it is known or has failed: registry->description is NULL
 * then, and error or setting_errors say why.  Who asked before and has no
 * answer yet gets none.  -1: no memory, as error says, and fn is not called.
 */
int	describe_start(struct registry *, describe_fn *, void *arg);
/* Nobody is told any more; nothing if it is not being asked. */
void	describe_stop(struct registry *);

#endif /* ENGINE_DESCRIBE_H */
