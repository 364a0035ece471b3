/* SPDX-License-Identifier: ISC */
/*
 * claims_private.h -- the reader of the command streams, shared by claims.c (reading,
 * removing) and claims_apply.c (carrying out) only.
 */
#ifndef ENGINE_CLAIMS_PRIVATE_H
#define ENGINE_CLAIMS_PRIVATE_H

#include "engine/claim/claims.h"
#include "engine/claim/command.h"
#include "engine/claim/stuck.h"

#define CLAIMS_RETRY_MS		1000

struct claims {
	struct engine	*engine;
	struct timer	 timer;
	struct arena	*arena;
	enum command_stream stream; /* being read */
	bool		 history[COMMAND_STREAMS]; /* own pending entries first, then new ones */
	char		 cursor[COMMAND_STREAMS][COMMAND_ID_MAX]; /* pending ones behind this */
	uint64_t	 round[COMMAND_STREAMS]; /* how often it has begun again */
	bool		 running;	/* a read or an entry is under way */
	bool		 stopped;
	bool		 found;		/* this round of both streams had entries */
	bool		 idle;
	struct command	*entries;	/* in arena */
	size_t		 entry_count, entry_next;
	struct command_order order;	/* of the entry in hand */
	struct stuck	*stuck;		/* owned: commands that cannot be carried out now */
	/* the entry in hand, when it failed in a store that takes writes; how often */
	char		 failed[COMMAND_ID_MAX];
	unsigned	 failures;
	/* Partitions with a key that is none of ours: their commands stay pending. */
	bool		 blocked[CLAIMS_PARTITIONS_MAX];
	size_t		 skipped;	/* of those, since the pending ones were last begun */
	bool		 page_skipped;	/* one of the page in hand */
	int64_t		 unblock_ms;	/* when they are tried again */
	/* ERASE PROFILE is one reconciliation a badge. */
	char		 erase_profile[BADGE_ID_MAX + 1];
};

/* Everything in hand is read again from the entries that are pending. */
void	claims_start_over(struct claims *, int64_t ms);
/* The entry in hand is done: out of its stream, and on to the next. */
void	claims_remove(struct claims *);
void	claims_reject(struct claims *, const char *error);
/* The page in hand is through. */
void	claims_page_end(struct claims *);
/* claims_apply.c: the next entry of the page in hand, or the next badge of an erasure. */
void	claims_next(struct claims *);

#endif /* ENGINE_CLAIMS_PRIVATE_H */
