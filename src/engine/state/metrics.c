/* SPDX-License-Identifier: ISC */
/* metrics.c -- see metrics.h.  */
#include "engine/state/metrics.h"

#include "core/transition.h"

/* A conditional request takes a second, an extract an hour. */
const int64_t metrics_bounds_s[METRICS_BUCKETS - 1] = { 1, 5, 15, 60, 300, 900, 3600 };

void
metrics_poll(struct metrics_connector *m, unsigned kind, enum poll_result result, int64_t ms)
{
	size_t bucket = 0;

	if (kind == CS_POLL_LOOKUP) {
		m->lookups[result != POLL_FAILED && result != POLL_REFUSED]++;
		return;
	}
	m->polls[kind][result]++;
	while (bucket < METRICS_BUCKETS - 1 && ms > metrics_bounds_s[bucket] * 1000)
		bucket++;
	m->duration[bucket]++;
	m->duration_ms += (uint64_t)(ms > 0 ? ms : 0);
}

void
metrics_unread(struct metrics_connector *m)
{
	m->unread++;
}

void
metrics_second(struct metrics_connector *m, enum metrics_second what)
{
	m->seconds[what]++;
}

void
metrics_received(struct metrics_connector *m, size_t bytes)
{
	m->received_bytes += bytes;
}

void
metrics_answer(struct metrics_connector *m, unsigned code)
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
