/* SPDX-License-Identifier: ISC */
/*
 * fixture.h -- the recorded answers of one poll, as authors of connectors keep them.
 *
 * DIR/NAME.case says what a poll is given, line by line:
 *
 *	set KEY VALUE		a setting
 *	kind full|delta|lookup	what the poll is for; full if not said
 *	lookup NUMBER		a number of a look-up
 *	checkpoint TEXT		what the last poll left
 *	today YYYY-MM-DD	the day of the poll; 2026-09-23 if not said
 *	answer CODE FILE [TYPE[;CHARSET]]
 *				the next answer: HTTP code, body, content type;
 *				FILE is in real/, derived/ or made/ beside the case, as its
 *				bytes are a registry's, made of those, or invented; "-"
 *				for no body
 *
 * DIR/NAME.golden says what must come of it; replay.h makes it.
 */
#ifndef CHECK_FIXTURE_H
#define CHECK_FIXTURE_H

#include <stddef.h>

#include <certsync/connector.h>
#include "base/err.h"

#define FIXTURE_PAIRS_MAX	32	/* settings; no plug-in has more than thirty */
#define FIXTURE_ANSWERS_MAX	16	/* a list of more pages shows nothing more */
#define FIXTURE_LOOKUPS_MAX	16	/* numbers */
#define FIXTURE_BYTES_MAX	((size_t)16 << 20) /* of a body or a golden: a sample, no archive */
#define FIXTURE_PATH_MAX	4096	/* bytes of a path, with NUL */

struct fixture_answer {
	unsigned	 code;
	char		*file, *body, *type;	/* owned; body NULL: none */
	const char	*charset;	/* within type */
	size_t		 len;		/* bytes of body */
};

struct fixture {
	char		*name, *dir;	/* owned; the path without ".case"; its directory */
	const char	*pairs[2 * FIXTURE_PAIRS_MAX + 1]; /* owned texts; ended by NULL */
	size_t		 pair_count;
	struct fixture_answer answers[FIXTURE_ANSWERS_MAX];
	size_t		 answer_count;
	enum cs_poll_kind kind;
	char		*lookups[FIXTURE_LOOKUPS_MAX], *checkpoint; /* owned */
	size_t		 lookup_count;
	struct cs_date	 today;		/* of the poll */
};

/* Reads DIR/NAME.case and its bodies.  Owned by the caller.  NULL: err says file:line. */
struct fixture	*fixture_read(const char *path, struct err *);
/* One without anything yet, to be written to path.  Owned by the caller.  NULL: err. */
struct fixture	*fixture_new(const char *path, struct err *);
struct fixture	*fixture_free(struct fixture *);	/* NULL allowed; returns NULL */

/* Adds the setting "KEY=VALUE".  -1: err, also where the fixture is full. */
int		 fixture_set(struct fixture *, const char *setting, struct err *);
/*
 * Adds an answer: type and body are copied, file is the body's name below the directory.
 * -1: err, also where the fixture is full.
 */
int		 fixture_add(struct fixture *, unsigned code, const char *file,
		    const char *type, const char *body, size_t len, struct err *);
/* Writes the case and its bodies into directories that are there.  -1: err. */
int		 fixture_write(const struct fixture *, const char *comment, struct err *);

#endif /* CHECK_FIXTURE_H */
