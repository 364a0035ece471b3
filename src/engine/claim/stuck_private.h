/* SPDX-License-Identifier: ISC */
/* stuck_private.h -- stuck commands in memory, shared by stuck.c and stuck_try.c only. */
#ifndef ENGINE_STUCK_PRIVATE_H
#define ENGINE_STUCK_PRIVATE_H

#include "engine/claim/stuck.h"

struct stuck_command {
	struct stuck_command *next;
	char		 name[STUCK_NAME_MAX];	/* in the hash */
	enum command_stream stream;
	char		 badge[BADGE_ID_MAX + 1];	/* "": of the whole profile */
	char		 profile[BADGE_ID_MAX + 1];
	char		 op[17];
	unsigned	 partition;
	bool		 whole_profile;
	char		 why[STUCK_WHY_MAX];
	int64_t		 moved_ms;	/* wall clock; with order: which came first */
	uint64_t	 order;
	unsigned	 tries;
	int64_t		 at_ms;		/* when it is tried next */
};

struct stuck {
	struct engine	*engine;
	struct stuck_command *first;	/* in the order they were moved */
	size_t		 count;
	uint64_t	 moves;		/* since the start */
	bool		 loaded;
	struct timer	 timer;
	/* loading */
	stuck_loaded_fn	*load_fn;
	void		*load_arg;
	unsigned	 load_partition;
	char		 load_cursor[24];
	/* the one that is tried, by name: an erasure may forget it meanwhile; "": none */
	char		 trying[STUCK_NAME_MAX];
	struct arena	*arena;
	struct command	 command;
	struct command_order order;
};

struct stuck_command *stuck_find(const struct stuck *, const char *name);
struct stuck_command *stuck_in_front(const struct stuck *, const char *badge,
	    const char *profile, const struct stuck_command *last);
void	stuck_remove(struct stuck *, struct stuck_command *);	/* from memory; freed */
/* stuck_try.c */
void	stuck_arm(struct stuck *);
void	stuck_on_timer(void *arg);

#endif /* ENGINE_STUCK_PRIVATE_H */
