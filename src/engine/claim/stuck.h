/* SPDX-License-Identifier: ISC */
/*
 * stuck.h -- valid commands that cannot be carried out now, by a fault of their badge or
 * profile: a key of another type, a write that keeps failing.
 *
 * Such a command leaves its stream, whole, by one script of its partition that also
 * counts it as applied there, so that those behind it are not delayed:
 *	PREFIX:{p}:internal:stuck	hash, "[staff:][ROUND:]MS-SEQ" -> JSON
 * Later commands of the same badge (of the same profile, where the profile's key is the
 * cause) go behind it.  The first of each is tried again with growing pauses, by a write
 * that removes it and looks at no mark.
 */
#ifndef ENGINE_STUCK_H
#define ENGINE_STUCK_H

#include "engine/claim/command.h"
#include "engine/state/engine.h"

#define STUCK_MAX	"1000"	/* of one partition: 32 MiB at most */
#define STUCK_NAME_MAX	64	/* bytes of a name among them, with NUL */
#define STUCK_WHY_MAX	160

struct stuck;

enum stuck_moved {
	STUCK_MOVED = 0,	/* it may leave its stream */
	STUCK_FULL,		/* there is no room, or its key is none of ours */
	STUCK_RETRY,		/* the store cannot now */
	STUCK_ENDED		/* the store is over */
};
typedef void stuck_moved_fn(void *arg, enum stuck_moved);
typedef void stuck_loaded_fn(void *arg, bool ok);

/* What a command is stuck by; strings lent until the call returns. */
struct stuck_cause {
	enum command_stream stream;
	uint64_t	 round;		/* of the stream */
	const char	*badge, *profile;	/* badge: NULL for a whole profile */
	bool		 whole_profile;	/* all commands of the profile go behind it */
	const char	*why;
};

struct stuck	*stuck_new(struct engine *);		/* NULL: no memory */
struct stuck	*stuck_free(struct stuck *);	/* NULL allowed; returns NULL */
/* Reads which there are; fn is called once, from the loop.  Before any other call. */
void	stuck_load(struct stuck *, stuck_loaded_fn *, void *arg);
bool	stuck_is_loaded(const struct stuck *);
/* The name of the one that a command of this badge must follow; NULL: none.  Lent. */
const char *stuck_before(const struct stuck *, const char *badge, const char *profile,
	    bool *out_whole_profile);
/* fn is called once, from the loop. */
void	stuck_move(struct stuck *, const struct command *, const struct stuck_cause *,
	    stuck_moved_fn *fn, void *arg);
/* The profile is erased: its commands are forgotten.  fn as of store_txn_send(). */
void	stuck_erase(struct stuck *, const char *profile, store_fn *fn, void *arg);
/* How many there are; of the first, lent: its badge or profile, and why. */
size_t	stuck_count(const struct stuck *, const char **out_why);
/* One of them, as it is shown; lent. */
struct stuck_view {
	const char	*name, *op, *badge, *profile, *why;	/* badge "": of the whole profile */
	int64_t		 moved_ms;	/* wall clock */
};
typedef void stuck_view_fn(void *arg, const struct stuck_view *);
/* Calls fn with each, the first moved first. */
void	stuck_each(const struct stuck *, stuck_view_fn *, void *arg);
/* The store is open: what is due is tried. */
void	stuck_resume(struct stuck *);
const char *stuck_key(const struct engine *, unsigned partition, key_buf);

#endif /* ENGINE_STUCK_H */
