/* SPDX-License-Identifier: ISC */
/*
 * poll_dry.h -- a dry run: the list is read and judged as by any poll, every
 * badge of its body is decided as if it counted, and then all of it is dropped.
 *
 * Nothing is written but the budget.  What a poll would conclude only later is
 * not foretold: absences begin to count with a real one.
 */
#ifndef ENGINE_POLL_DRY_H
#define ENGINE_POLL_DRY_H

#include <jansson.h>

#include "engine/poll/poll.h"

/*
 * Starts one; registry->dry_result says what it found, as fn gets POLL_COMMITTED
 * (that is what would have been done), UNCHANGED, HELD, REFUSED or FAILED.
 * -1: a poll or commit is running, or store or plug-in cannot be used.
 */
int	poll_start_dry(struct registry *, poll_fn *fn, void *arg);

#endif /* ENGINE_POLL_DRY_H */
