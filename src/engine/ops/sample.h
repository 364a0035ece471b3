/* SPDX-License-Identifier: ISC */
/*
 * sample.h -- what only Redis knows, read every SAMPLE_INTERVAL_MS for metrics
 * and health: waiting commands, the event streams and the groups that read
 * them, the review queue.  A round is taken over whole when it is complete.
 */
#ifndef ENGINE_SAMPLE_H
#define ENGINE_SAMPLE_H

#include "engine/state/engine.h"

#define SAMPLE_INTERVAL_MS	30000
#define SAMPLE_GROUPS_MAX	32	/* consumer groups by name; they are foreign */
#define SAMPLE_GROUP_NAME_MAX	64	/* bytes; longer ones are cut */

struct sample_group {
	char		 name[SAMPLE_GROUP_NAME_MAX];
	/* entries not delivered; an upper bound where Redis cannot tell */
	int64_t		 lag;
	int64_t		 pending;	/* delivered, not acknowledged */
	/* of the last entry delivered: the oldest over the partitions that lag */
	int64_t		 delivered_ms;
};

/* Sums over all partitions unless said otherwise. */
struct sample_values {
	int64_t		 taken_s;	/* 0: nothing is known yet */
	int64_t		 waiting[2];	/* entries of claims and of staff */
	int64_t		 oldest_ms[2];	/* Unix time of the first of them; 0: none waits */
	int64_t		 rejected;
	int64_t		 events;
	int64_t		 events_fullest; /* of the partition that has most */
	int64_t		 review;	/* badges in review or with a case */
	int64_t		 review_due_s;	/* when the first of them is due; 0: none */
	struct sample_group groups[SAMPLE_GROUPS_MAX];
	size_t		 group_count;
	size_t		 groups_beyond;	/* not in the array, counted once a partition */
};

struct sample;

struct sample	*sample_new(struct engine *);	/* NULL: no memory */
struct sample	*sample_free(struct sample *);	/* NULL allowed; returns NULL */
/* Everything is loaded: reads now, then by itself. */
void		 sample_start(struct sample *);
/* The last complete round; lent until the next. */
const struct sample_values *sample_values(const struct sample *);

/* One XINFO GROUPS of a partition with events entries, added; for tests too. */
void		 sample_add_groups(struct sample_values *, const struct redis_reply *,
	    int64_t events);

#endif /* ENGINE_SAMPLE_H */
