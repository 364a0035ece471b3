/* SPDX-License-Identifier: ISC */
/*
 * schedule.h -- when a connector polls next.  Pure: times and a random number in.
 */
#ifndef CORE_SCHEDULE_H
#define CORE_SCHEDULE_H

#include <stdint.h>

#include "base/zone.h"

#define SCHEDULE_RETRY_MIN_S	60		/* Retry-After clamp */
#define SCHEDULE_RETRY_MAX_S	86400
#define SCHEDULE_BACKOFF_LEAST_S 10		/* a registry that failed is left alone so long */
#define SCHEDULE_BACKOFF_MIN_S	30		/* first back-off step, at most */
#define SCHEDULE_BACKOFF_MAX_S	86400
#define SCHEDULE_JITTER		0.05		/* of the interval, either side */
/* A success so shortly before its minute was its poll, by a clock that has been slewed since. */
#define SCHEDULE_EARLY_S	60

/* A minute of the day in a zone. */
struct schedule_at {
	const struct zone *zone;	/* lent */
	int	 minute;	/* 0 to 1439, as zone_minute_s() has it */
};

struct schedule_input {
	int64_t	 now_s;
	int64_t	 interval_s;
	int64_t	 last_success_s;	/* 0: never */
	unsigned failures;		/* in a row; 0: the last poll succeeded */
	int64_t	 retry_at_s;		/* what the registry asked for; 0: nothing */
	uint64_t random;		/* any 64 random bits */
	/*
	 * Lent; NULL: by the interval alone.  Else polls are due at that minute, without
	 * jitter, every so many days as the interval has (at least one), reckoned from the
	 * one that the last success was for.  What is overdue is made up at once.
	 */
	const struct schedule_at *at;
};

/*
 * Unix seconds of the next poll, never before now_s.  After a failure it is the
 * back-off's; what the registry asked for comes before everything.
 */
int64_t	schedule_next(const struct schedule_input *);
/*
 * The same after a restart or reload: the time that was planned then, as long
 * as it can have been reckoned with these values; so a restart polls neither
 * sooner nor later, whatever back-off or hint was in force, and a shorter
 * interval counts at once.  planned_s 0: none was stored.
 */
int64_t	schedule_resume(const struct schedule_input *, int64_t planned_s);

#define SCHEDULE_PAUSE_FIRST_MS	1000
#define SCHEDULE_PAUSE_MOST_MS	(5 * 60 * 1000)
/*
 * How long what a fault of its own keeps from being done waits after so many tries
 * (1: the first): each pause is twice the one before.
 */
int64_t	schedule_pause_ms(unsigned tries);

/* A registry's "not before" as it may count: 0 for the past, else clamped to what RETRY_MIN and MAX
 * allow. */
int64_t	schedule_retry_at(int64_t now_s, int64_t hint_s);

/* A daily budget of requests that resets at midnight of budget_timezone. */
struct quota { int64_t day; uint32_t used; };	/* day: cs_date_days of the civil day */
/* Whether cost fits into limit (0: unlimited) today; counts it if so. */
int	quota_take(struct quota *, int64_t today, uint32_t limit, uint32_t cost);
uint32_t quota_left(const struct quota *, int64_t today, uint32_t limit);
/*
 * What polls, or look-ups, may still take of a limit when so much is used.
 * Polls leave the reserve to look-ups.  Look-ups take the reserve, and all that
 * is left once no poll needs it any more: poll_done, or polls have had theirs.
 */
uint32_t quota_share(uint32_t used, uint32_t limit, uint32_t reserve, int lookup, int poll_done);
/* What was used today. */
uint32_t quota_used(const struct quota *, int64_t today);

#endif /* CORE_SCHEDULE_H */
