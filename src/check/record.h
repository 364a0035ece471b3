/* SPDX-License-Identifier: ISC */
/*
 * record.h -- a fixture made of live answers: one full poll, its requests carried out as
 * the daemon would, by HTTP or from a file.
 *
 * It has no credentials: a connector whose request needs one cannot be recorded.
 */
#ifndef CHECK_RECORD_H
#define CHECK_RECORD_H

#include "check/apart.h"
#include "check/fixture.h"

#define RECORD_NAME	"recorded"	/* of the case and, numbered, of its bodies */
#define RECORD_DELAY_MAX_S 60		/* that a request may ask for; waited for */

struct record {
	const char	*url;		/* as the setting of that name; lent */
	struct fixture	*fixture;	/* lent: settings and day are set, answers are added */
};

/* An apart_fn without a cage; arg is a struct record.  Writes the fixture, if all went well. */
apart_fn	record_poll;

#endif /* CHECK_RECORD_H */
