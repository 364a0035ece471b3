/* SPDX-License-Identifier: ISC */
/*
 * metrics.h -- what is counted while it happens; metrics_page.h shows it.
 *
 * The counters hang on struct engine and struct registry and start at 0 with
 * the process.  All else on the page is read from the engine when it is asked
 * for; nothing there asks Redis (sample.h does, by its own timer).
 *
 * Labels are bounded and say nothing about a person: a connector's label,
 * statuses, results, causes, code classes, and the names of at most
 * SAMPLE_GROUPS_MAX consumer groups.  docs/metrics.md explains each metric.
 */
#ifndef ENGINE_METRICS_H
#define ENGINE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/badge.h"
#include "core/feed.h"

#define METRICS_BUCKETS		8	/* of a poll's duration; the last is +Inf */
#define METRICS_CAUSES		(CAUSE_REBUILD + 1)
#define METRICS_NEW		BADGE_STATUS_COUNT	/* "from" of a badge's first version */

enum metrics_write {
	METRICS_WRITE_OK = 0, METRICS_WRITE_STALE, METRICS_WRITE_DUPLICATE,
	METRICS_WRITE_FAILED, METRICS_WRITES
};
enum metrics_claim {
	METRICS_CLAIM_APPLIED = 0, METRICS_CLAIM_IGNORED, METRICS_CLAIM_REJECTED,
	METRICS_CLAIM_STUCK,
	METRICS_CLAIMS
};
/* What came of a number that was looked up, and of a list's second download. */
enum metrics_number {
	METRICS_NUMBER_FOUND = 0, METRICS_NUMBER_ABSENT, METRICS_NUMBER_FAILED,
	METRICS_NUMBERS
};
enum metrics_second {
	METRICS_SECOND_EQUAL = 0, METRICS_SECOND_DIFFERENT, METRICS_SECOND_FAILED,
	METRICS_SECONDS
};
/* 1xx to 5xx, and no answer at all. */
enum { METRICS_CODE_NONE = 0, METRICS_CODES = 6 };

/* Of the whole daemon. */
struct metrics {
	uint64_t	 transitions[BADGE_STATUS_COUNT + 1][BADGE_STATUS_COUNT]; /* [from][to] */
	/* left verified, or got a case while verified */
	uint64_t	 worsened[METRICS_CAUSES];
	uint64_t	 erased;
	uint64_t	 cases_opened, cases_closed;
	uint64_t	 writes[METRICS_WRITES];
	uint64_t	 claims[2][METRICS_CLAIMS];	/* of claims and staff */
	uint64_t	 claims_begun_again[2];	/* the stream was made anew */
	uint64_t	 store_opens, store_lost;
	bool		 reload_failed;		/* the last one */
	int64_t		 reload_s;		/* when it was; 0: none yet */
};

/* Of one connector. */
struct metrics_connector {
	/* of lists: CS_POLL_FULL, CS_POLL_DELTA; by enum poll_result */
	uint64_t	 polls[2][POLL_RESULTS];
	/* of those, that found nothing changed and read no list */
	uint64_t	 unread;
	uint64_t	 seconds[METRICS_SECONDS]; /* downloads to prove a list */
	uint64_t	 lookups[2];		/* failed, answered */
	uint64_t	 numbers[METRICS_NUMBERS]; /* looked up */
	uint64_t	 duration[METRICS_BUCKETS];	/* not cumulative */
	uint64_t	 duration_ms;
	uint64_t	 answers[METRICS_CODES];
	uint64_t	 not_modified;
	uint64_t	 received_bytes;	/* of bodies, as they came */
};

struct transition;

/* Upper bounds of a poll's duration in seconds; the last bucket has none. */
extern const int64_t metrics_bounds_s[METRICS_BUCKETS - 1];

/* A poll of that enum cs_poll_kind has ended after ms. */
void	metrics_poll(struct metrics_connector *, unsigned kind, enum poll_result, int64_t ms);
/* A poll found that nothing had changed, and reads no list. */
void	metrics_unread(struct metrics_connector *);
/* A list was downloaded a second time. */
void	metrics_second(struct metrics_connector *, enum metrics_second);
/* A registry answered with that HTTP code, or not at all (0). */
void	metrics_answer(struct metrics_connector *, unsigned code);
/* Bytes of its answers' bodies came. */
void	metrics_received(struct metrics_connector *, size_t bytes);
/* A version of a badge is stored; before: NULL if it is the first. */
void	metrics_transition(struct metrics *, const struct badge *before, const struct transition *,
	    enum badge_cause);

#endif /* ENGINE_METRICS_H */
