/* SPDX-License-Identifier: ISC */
/* metrics.c -- see metrics.h.  Counting; the page is metrics_page.c. */
#include "engine/metrics.h"

#include "core/transition.h"
#include "engine/expose.h"
#include "engine/poll.h"

_Static_assert(POLL_HELD + 1 == METRICS_RESULTS, "each result of a poll is counted");

void
metrics_poll(struct metrics_source *m, unsigned kind, unsigned result, int64_t ms)
{
	size_t bucket = 0;

	if (kind == CS_POLL_LOOKUP) {
		m->lookups[result != POLL_FAILED && result != POLL_REFUSED]++;
		return;
	}
	m->polls[kind][result]++;
	while (bucket < METRICS_BUCKETS - 1 && ms > expose_bounds_s[bucket] * 1000)
		bucket++;
	m->duration[bucket]++;
	m->duration_ms += (uint64_t)(ms > 0 ? ms : 0);
}

void
metrics_answer(struct metrics_source *m, unsigned code)
{
	unsigned class = code / 100;

	m->answers[class < METRICS_CODES ? class : METRICS_CODE_NONE]++;
	if (code == 304)
		m->not_modified++;
}

void
metrics_transition(struct metrics *m, const struct badge *before, const struct transition *t,
    enum badge_cause cause)
{
	enum badge_status to = t->after.status;
	bool verified = before != NULL && before->status == BADGE_VERIFIED;

	if (before == NULL || before->status != to)
		m->transitions[before != NULL ? before->status : METRICS_NEW][to]++;
	if (verified && (to != BADGE_VERIFIED || t->case_opened))
		m->worsened[cause]++;
	m->cases_opened += t->case_opened;
	m->cases_closed += t->case_closed;
}
