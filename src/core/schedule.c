/* SPDX-License-Identifier: ISC */
/* schedule.c -- see schedule.h. */
#include "core/schedule.h"

#include <stddef.h>

#define DAY_S		86400
#define JITTER_STEPS	INT64_C(1000)	/* resolution of the jitter */

/* random as a number from 0 to limit. */
static int64_t
pick(uint64_t random, int64_t limit)
{
	return limit > 0 ? (int64_t)(random % ((uint64_t)limit + 1)) : 0;
}

/* Exponential with full jitter: many daemons must not come back at once. */
static int64_t
backoff_s(unsigned failures, uint64_t random)
{
	int64_t cap = SCHEDULE_BACKOFF_MIN_S;

	while (failures-- > 1 && cap < SCHEDULE_BACKOFF_MAX_S)
		cap *= 2;
	if (cap > SCHEDULE_BACKOFF_MAX_S)
		cap = SCHEDULE_BACKOFF_MAX_S;
	/* Never at once: a broken source would make a busy loop, and what failed just now fails. */
	return SCHEDULE_BACKOFF_LEAST_S + pick(random, cap - SCHEDULE_BACKOFF_LEAST_S);
}

/* The interval, a little shorter or longer. */
static int64_t
jittered_s(int64_t interval_s, uint64_t random)
{
	double width = (double)interval_s * SCHEDULE_JITTER;
	double part = (double)pick(random, 2 * JITTER_STEPS) / JITTER_STEPS - 1.0;

	return interval_s + (int64_t)(width * part);
}

/* The minute that comes as many days after that of the last success. */
static int64_t
minute_after_s(const struct schedule_input *in, int64_t last_s)
{
	const struct schedule_at *at = in->at;
	int64_t done_s = last_s + SCHEDULE_EARLY_S, next_s;
	int32_t days = in->interval_s >= DAY_S ? (int32_t)(in->interval_s / DAY_S) : 1;
	int32_t day = cs_date_days(zone_date(at->zone, done_s));

	if (zone_minute_s(at->zone, cs_date_from_days(day), at->minute) > done_s)
		day--;
	/* A clock put back over midnight shows the next day's minute before this day is over. */
	for (day += days;; day++) {
		next_s = zone_minute_s(at->zone, cs_date_from_days(day), at->minute);
		if (next_s > done_s)
			return next_s;
	}
}

static int64_t
regular_s(const struct schedule_input *in)
{
	int64_t last_s = in->last_success_s;

	if (last_s == 0)
		return in->now_s;
	/* A clock that was wrong then must not postpone the next poll by years. */
	if (last_s > in->now_s)
		last_s = in->now_s;
	if (in->at != NULL)
		return minute_after_s(in, last_s);
	return last_s + jittered_s(in->interval_s, in->random);
}

int64_t
schedule_retry_at(int64_t now_s, int64_t hint_s)
{
	int64_t wait_s;

	/* A hint in the past, or none at all, leaves it to the daemon. */
	if (hint_s <= now_s)
		return 0;
	wait_s = hint_s - now_s;
	if (wait_s < SCHEDULE_RETRY_MIN_S)
		wait_s = SCHEDULE_RETRY_MIN_S;
	if (wait_s > SCHEDULE_RETRY_MAX_S)
		wait_s = SCHEDULE_RETRY_MAX_S;
	return now_s + wait_s;
}

int64_t
schedule_next(const struct schedule_input *in)
{
	int64_t next_s, retry_s = schedule_retry_at(in->now_s, in->retry_at_s);

	next_s = in->failures > 0 ? in->now_s + backoff_s(in->failures, in->random) :
	    regular_s(in);
	if (next_s < retry_s)
		next_s = retry_s;
	return next_s > in->now_s ? next_s : in->now_s;
}

int64_t
schedule_resume(const struct schedule_input *in, int64_t planned_s)
{
	/* The longest wait that schedule_next() can have meant. */
	int64_t interval_s = in->interval_s +
	    (int64_t)((double)in->interval_s * SCHEDULE_JITTER);
	int64_t most_s = interval_s < SCHEDULE_RETRY_MAX_S ? SCHEDULE_RETRY_MAX_S : interval_s;

	/* Nothing of it is by chance: it is reckoned anew, and a changed minute counts at once. */
	if (in->at != NULL && in->failures == 0)
		return schedule_next(in);
	/* The interval has become shorter since; a wish of the registry still counts. */
	if (in->failures == 0 && in->last_success_s != 0 &&
	    planned_s > in->last_success_s + interval_s)
		return schedule_next(in);
	if (planned_s > in->now_s && planned_s <= in->now_s + most_s)
		return planned_s;
	/* Its time has come while nobody was there, back-off included. */
	if (planned_s != 0 && planned_s <= in->now_s)
		return in->now_s;
	return schedule_next(in);
}

int64_t
schedule_pause_ms(unsigned tries)
{
	int64_t ms = SCHEDULE_PAUSE_FIRST_MS;

	while (tries-- > 1 && ms < SCHEDULE_PAUSE_MOST_MS)
		ms *= 2;
	return ms < SCHEDULE_PAUSE_MOST_MS ? ms : SCHEDULE_PAUSE_MOST_MS;
}

/*
 * A new day empties the quota.  The day before may still be counted against
 * (a clock set back a little), one far ahead was a wrong clock.
 */
static int
quota_is_old(const struct quota *q, int64_t today)
{
	return today > q->day || q->day > today + 1;
}

uint32_t
quota_share(uint32_t used, uint32_t limit, uint32_t reserve, int lookup, int poll_done)
{
	uint32_t polls = reserve < limit ? limit - reserve : 0;
	uint32_t most = lookup ? limit : polls;

	if (limit == 0)
		return UINT32_MAX;
	if (lookup && !poll_done && used < polls)
		most = reserve;
	return used < most ? most - used : 0;
}

uint32_t
quota_used(const struct quota *q, int64_t today)
{
	return quota_is_old(q, today) ? 0 : q->used;
}

uint32_t
quota_left(const struct quota *q, int64_t today, uint32_t limit)
{
	uint32_t used = quota_used(q, today);

	if (limit == 0)
		return UINT32_MAX;
	return used < limit ? limit - used : 0;
}

int
quota_take(struct quota *q, int64_t today, uint32_t limit, uint32_t cost)
{
	if (cost > quota_left(q, today, limit))
		return 0;
	if (quota_is_old(q, today))
		*q = (struct quota){ .day = today };
	q->used = q->used > UINT32_MAX - cost ? UINT32_MAX : q->used + cost;
	return 1;
}
