/* SPDX-License-Identifier: ISC */
/*
 * timetable.h -- when a connector polls next (core/schedule.h): its interval,
 * what failures and the registry's own wishes add, what its budget allows.
 */
#ifndef ENGINE_TIMETABLE_H
#define ENGINE_TIMETABLE_H

#include "engine/registry/registry.h"

/* Of a registry that is made; fn(arg) when a poll is due.  -1: no memory. */
int	timetable_init(struct registry *, loop_fn *fn, void *arg);
void	timetable_fini(struct registry *);

/* Sets the timer for the next poll. */
void	timetable_next(struct registry *);
/* The same after a start or reload: what was planned stands, unless settings or plug-in have
 * changed. */
void	timetable_resume(struct registry *);
/*
 * Whether a poll is planned for later although its timer has gone off: `poll_at`
 * is looked at now and then, by the wall clock.  The timer is set again then.
 */
bool	timetable_waits(struct registry *);
/* It is due, and cannot be just now. */
void	timetable_soon(struct registry *);
/* No poll is planned: it is stopped. */
void	timetable_none(struct registry *);
/* None will begin any more; what was planned is stored for the next start. */
void	timetable_end(struct registry *);
/* The registry asked for quiet until then: that goes for everybody with the credential. */
void	timetable_pause(struct registry *, int64_t until_s);

#endif /* ENGINE_TIMETABLE_H */
