/* SPDX-License-Identifier: ISC */
/* poll_caps.h -- an end to polls that would ask for ever. */
#ifndef ENGINE_POLL_CAPS_H
#define ENGINE_POLL_CAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Answers in a row that bring nothing new, as of pages that begin again for ever.  An
 * extract that is being made brings nothing either: SAM is asked for it eight times at
 * most, Socrata six.
 */
#define POLL_CAPS_IDLE_MAX	100u

/* Of one reading of the list; zeroed before it. */
struct poll_caps {
	uint64_t	requests;
	uint64_t	items, records;	/* what it has brought so far */
	uint64_t	known;		/* of that, before the answer in hand */
	unsigned	idle;		/* answers since the last that brought something */
};

/*
 * One request more.  max: the setting max_requests.  lookup: it asks for single numbers,
 * of which none need be there.  -1: it must not be performed; err says why and what to do.
 */
int	poll_caps_ask(struct poll_caps *, int64_t max, bool lookup, struct err *);

#endif /* ENGINE_POLL_CAPS_H */
