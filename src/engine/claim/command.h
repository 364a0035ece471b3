/* SPDX-License-Identifier: ISC */
/*
 * command.h -- one entry of a command stream, as certsync-events(5) describes them:
 * what it says, and whether it can be carried out at all.
 */
#ifndef ENGINE_COMMAND_H
#define ENGINE_COMMAND_H

#include "base/arena.h"
#include "core/badge.h"
#include "engine/state/work.h"

#define COMMAND_FIELDS_MAX	64	/* of one entry; a put has at most 16 */
#define COMMAND_ARENA_MAX ((size_t)1 << 20) /* one entry, of 32 KiB, and its claim */
#define COMMAND_ID_MAX		48	/* bytes of a stream id with NUL */

enum command_stream { COMMAND_CLAIMS = 0, COMMAND_STAFF, COMMAND_STREAMS };

/* Strings are the owner's. */
struct command {
	const char	*id;
	struct badge_field fields[COMMAND_FIELDS_MAX];
	size_t		 count;
	bool		 too_large;
};

/* What is to be done.  Strings in the command or the arena. */
struct command_order {
	enum reconcile_op op;
	bool		 whole_profile;	/* ERASE of all its badges */
	const char	*badge, *profile;
	struct claim	 claim;		/* of PUT */
};

const char *command_stream_name(enum command_stream);	/* "claims" "staff" */
/* NULL: no such field. */
const char *command_field(const struct command *, const char *name);
/* Only a form that is an id; "": none, other text is foreign. */
const char *command_id_field(const struct command *, const char *name, size_t max);
/*
 * NULL: out is what to do.  Else why not, fit for claims:rejected: err->passing says
 * that it may be possible at the next try.
 */
const char *command_read(const struct command *, enum command_stream, struct arena *,
	    struct command_order *out, struct err *);

#endif /* ENGINE_COMMAND_H */
