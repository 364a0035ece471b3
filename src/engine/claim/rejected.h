/* SPDX-License-Identifier: ISC */
/*
 * rejected.h -- notes of commands that cannot be used, in the stream claims:rejected:
 * their ids and the reason, never their values.
 */
#ifndef ENGINE_REJECTED_H
#define ENGINE_REJECTED_H

#include "engine/claim/command.h"
#include "engine/state/engine.h"

#define REJECTED_DAYS	30	/* they are kept */

/* fn is called once, from the loop.  Said twice after a lost answer: told apart by claim_id. */
void	rejected_add(struct engine *, const struct command *, const char *error, store_fn *fn,
	    void *arg);

#endif /* ENGINE_REJECTED_H */
