/* SPDX-License-Identifier: ISC */
/* sim_oracle.c -- see sim.h. */
#include "sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/text.h"

void
sim_fail(const struct life *l, const char *what)
{
	fail_msg("seed %llu, %lld s in: %s", (unsigned long long)l->seed,
	    (long long)(l->now_s - T0), what);
}

void
sim_tell(struct life *l, const struct subject *s, const char *who, const struct happening *h)
{
	char now[TEXT_TIME], time[TEXT_TIME], date[CS_DATE_TEXT];

	if (l->aloud)
		print_message("%s %s %-6s %-12s reason %d date %s time %s rung %d left %d\n",
		    text_time_s(h->now_s, now), s->claim.badge, who, h->kind, h->reason,
		    cs_date_text(h->date, date), text_time_s(h->time_s, time), h->rung, h->days_left);
}

struct happening *
sim_happen(struct life *l, struct stream *stream, const char *kind, int64_t time_s)
{
	struct happening *h = &stream->v[stream->n++];

	if (stream->n == EVENTS_MAX)
		sim_fail(l, "more events than a life can have");
	*h = (struct happening){ .now_s = l->now_s, .time_s = time_s, .kind = kind };
	return h;
}

bool
sim_blocked(const struct life *l)
{
	return l->connector.held || l->connector.stale;
}

void
sim_earlier(int64_t *next_s, int64_t s)
{
	if (s != 0 && s < *next_s)
		*next_s = s;
}

/* --- what should be ------------------------------------------------------------------ */

static int64_t
end_of(const struct life *l, struct cs_date date, int more_days)
{
	return zone_day_end_s(l->connector.zone,
	    cs_date_from_days(cs_date_days(date) + l->connector.grace_days + more_days));
}

static int64_t
paused_between(const struct life *l, int64_t from_s, int64_t to_s)
{
	int64_t sum_s = 0;

	for (size_t i = 0; i < l->pause_count; i++) {
		int64_t a = l->pauses[i].from_s > from_s ? l->pauses[i].from_s : from_s;
		int64_t b = l->pauses[i].to_s < to_s ? l->pauses[i].to_s : to_s;

		if (b > a)
			sum_s += b - a;
	}
	return sum_s;
}

/* How the badge stands by its date: not ended, ended for sure, or waiting. */
enum standing { STANDING_IN_FORCE, STANDING_WAITING, STANDING_OVER };

static enum standing
standing_of(const struct life *l, struct cs_date date, int64_t seen_s)
{
	if (!cs_date_is_set(date) || l->now_s < end_of(l, date, 0))
		return STANDING_IN_FORCE;
	if (l->now_s >= end_of(l, date, l->unconfirmed_days))
		return STANDING_OVER;
	return !sim_blocked(l) && seen_s >= end_of(l, date, 0) - l->connector.expiry_evidence_s ?
	    STANDING_OVER : STANDING_WAITING;
}

static void
believe(struct belief *w, enum badge_status status, enum badge_reason reason)
{
	w->status = status;
	w->reason = reason;
	w->case_reasons = w->settled = 0;
	w->decided = true;
}

static void
believe_date(const struct life *l, struct belief *w, struct cs_date date)
{
	w->date = date;
	w->valid_until_s = cs_date_is_set(date) ? end_of(l, date, 0) : 0;
}

static void
believe_over(const struct life *l, struct belief *w, struct cs_date date)
{
	believe(w, BADGE_EXPIRED, REASON_EXPIRY_PASSED);
	believe_date(l, w, date);
}

/* Doubt about a verified badge: a case, or what its timeout makes of it. */
static void
believe_doubt(const struct life *l, struct belief *w, unsigned reason)
{
	if ((w->settled & BIT(reason)) != 0)
		return;
	if (w->case_reasons == 0) {
		w->case_left_s = l->case_s;
		w->case_at_s = l->now_s;
	}
	w->case_reasons |= BIT(reason);
}

/* true: it has just run out. */
static bool
case_runs_out(const struct life *l, struct belief *w)
{
	if (w->case_reasons == 0)
		return false;
	w->case_left_s -= l->now_s - w->case_at_s - paused_between(l, w->case_at_s, l->now_s);
	w->case_at_s = l->now_s;
	if (w->case_left_s > 0 || sim_blocked(l))
		return false;
	if (l->keeps) {
		w->settled |= w->case_reasons;
		w->case_reasons = 0;
	}
	return !l->keeps;
}

static void
oracle_listed(const struct life *l, struct subject *s, struct belief *w)
{
	const struct fact *f = &s->mirror;
	bool was = w->status == BADGE_VERIFIED;

	if (f->status != CS_STATUS_ACTIVE) {
		believe(w, f->status == CS_STATUS_SUSPENDED ? BADGE_SUSPENDED : BADGE_REVOKED,
		    f->status == CS_STATUS_SUSPENDED ? REASON_RECORD_SUSPENDED : REASON_RECORD_DECERTIFIED);
		believe_date(l, w, f->date);
		return;
	}
	switch (standing_of(l, f->date, s->seen_s)) {
	case STANDING_OVER:
		believe_over(l, w, f->date);
		return;
	case STANDING_WAITING:
		if (w->status == BADGE_EXPIRED)
			believe_over(l, w, f->date);
		else if (was) {
			w->date = f->date;
			w->valid_until_s = end_of(l, f->date, l->unconfirmed_days);
		}
		return;
	case STANDING_IN_FORCE:
		break;
	}
	if (f->good_name) {
		believe(w, BADGE_VERIFIED, REASON_RECORD_ACTIVE);
		believe_date(l, w, f->date);
	} else if (!was) {
		believe(w, BADGE_REVIEW, REASON_NAME_MISMATCH);
		believe_date(l, w, f->date);
	} else {
		if (!cs_date_is_set(f->date))
			believe_date(l, w, f->date);
		else if (cs_date_is_set(w->date))
			believe_date(l, w, cs_date_compare(f->date, w->date) > 0 ? f->date : w->date);
		believe_doubt(l, w, REASON_NAME_MISMATCH);
		if (case_runs_out(l, w)) {
			believe(w, BADGE_REVIEW, REASON_NAME_MISMATCH);
			believe_date(l, w, f->date);
		}
	}
}

static void
oracle_missing(const struct life *l, struct subject *s, struct belief *w)
{
	bool absent = w->absent_polls >= l->absent_polls;
	unsigned reasons;

	(void)s;
	if (absent && l->connector.absence == ABSENCE_REVOKE) {
		believe(w, BADGE_REVOKED, REASON_RECORD_MISSING);
		return;
	}
	if (absent && l->connector.absence == ABSENCE_CASE)
		believe_doubt(l, w, REASON_RECORD_MISSING);
	reasons = w->case_reasons;
	if (case_runs_out(l, w))
		believe(w, BADGE_REVIEW, (reasons & BIT(REASON_RECORD_MISSING)) != 0 ?
		    REASON_RECORD_MISSING : REASON_NAME_MISMATCH);
}

static void
oracle_absent(const struct life *l, struct subject *s, struct belief *w)
{
	enum standing standing;

	if (w->status == BADGE_VERIFIED || w->status == BADGE_SUSPENDED || w->status == BADGE_REVIEW) {
		standing = standing_of(l, w->date, l->connector.last_proven_s);
		if (standing == STANDING_OVER) {
			believe_over(l, w, w->date);
			return;
		}
		if (cs_date_is_set(w->date))
			w->valid_until_s = end_of(l, w->date,
			    standing == STANDING_WAITING && w->status == BADGE_VERIFIED ? l->unconfirmed_days : 0);
		if (standing == STANDING_WAITING)
			return;
	}
	if (w->status == BADGE_VERIFIED)
		oracle_missing(l, s, w);
	else if (w->decided && (w->verified_once || w->status == BADGE_EXPIRED))
		return;
	else if (l->connector.last_proven_s == 0) {
		if (!w->decided)
			w->reason = REASON_AWAITING_SOURCE;
	} else {
		believe(w, BADGE_NOT_FOUND, REASON_NUMBER_UNKNOWN);
		believe_date(l, w, (struct cs_date){ 0 });
	}
}

size_t
sim_date_serial(struct life *l, struct subject *s, struct cs_date date)
{
	for (size_t i = 0; i < s->date_count; i++)
		if (cs_date_compare(s->dates[i], date) == 0)
			return i;
	if (s->date_count == DATES_MAX)
		sim_fail(l, "more dates than a life can have");
	s->dates[s->date_count] = date;
	return s->date_count++;
}

static void
oracle_remind(struct life *l, struct subject *s, struct belief *w)
{
	int left, nearest = 0;
	struct happening *h;
	int *told;

	if (w->status != BADGE_VERIFIED || !cs_date_is_set(w->date))
		return;
	left = cs_date_days(w->date) - cs_date_days(zone_date(l->connector.zone, l->now_s));
	for (size_t i = 0; i < COUNT(l->rungs) && left >= 0; i++)
		if (l->rungs[i] >= left && (nearest == 0 || l->rungs[i] < nearest))
			nearest = l->rungs[i];
	told = &w->told[sim_date_serial(l, s, w->date)];
	if (nearest == 0 || (*told != 0 && *told <= nearest))
		return;
	*told = nearest;
	h = sim_happen(l, &s->should, "expiring", 0);
	h->date = w->date;
	h->rung = nearest;
	h->days_left = left;
	sim_tell(l, s, "should", h);
}

static void
oracle_events(struct life *l, struct subject *s, const struct belief *was, bool fresh)
{
	const struct belief *w = &s->want;
	struct happening *h = NULL;
	int64_t time_s = l->now_s;

	if (fresh || was->status != w->status) {
		if (w->status == BADGE_EXPIRED)
			time_s = w->valid_until_s;
		h = sim_happen(l, &s->should, badge_status_name(w->status), time_s);
	} else if (w->status == BADGE_VERIFIED && cs_date_compare(was->date, w->date) != 0)
		h = sim_happen(l, &s->should, "renewed", time_s);
	else if (was->reason != w->reason || was->valid_until_s != w->valid_until_s ||
	    cs_date_compare(was->date, w->date) != 0)
		h = sim_happen(l, &s->should, "changed", time_s);
	if (h != NULL) {
		h->reason = (int)w->reason;
		h->date = w->date;
		sim_tell(l, s, "should", h);
	}
	if (was->case_reasons != 0 && w->case_reasons == 0)
		sim_tell(l, s, "should", sim_happen(l, &s->should, "case.closed", l->now_s));
	if (was->case_reasons == 0 && w->case_reasons != 0)
		sim_tell(l, s, "should", sim_happen(l, &s->should, "case.opened", l->now_s));
}

void
sim_oracle_look(struct life *l, struct subject *s, bool fresh)
{
	struct belief *w = &s->want, was = *w;

	if (!s->claimed)
		return;
	if (s->mirror.listed)
		oracle_listed(l, s, w);
	else
		oracle_absent(l, s, w);
	if (w->status == BADGE_VERIFIED)
		w->verified_once = true;
	else
		w->absent_polls = 0;
	oracle_events(l, s, &was, fresh);
	oracle_remind(l, s, w);
}

/* A proven poll has (not) listed it. */
void
sim_oracle_count(const struct life *l, struct subject *s)
{
	struct belief *w = &s->want;

	if (w->status != BADGE_VERIFIED || !s->claimed || l->connector.held)
		return;
	if (w->absent_polls == 0 || l->now_s - w->absent_s >= l->apart_s) {
		w->absent_polls++;
		w->absent_s = l->now_s;
	}
}

/* When the oracle looks although nothing has come: midnight, and the end of a case. */
int64_t
sim_oracle_next(const struct life *l)
{
	int64_t next_s = zone_day_end_s(l->connector.zone, zone_date(l->connector.zone, l->now_s));

	for (size_t i = 0; i < SUBJECTS; i++) {
		const struct belief *w = &l->subjects[i].want;
		int64_t end_s;

		if (w->case_reasons == 0 || sim_blocked(l))
			continue;
		end_s = w->case_at_s + w->case_left_s + paused_between(l, w->case_at_s, l->now_s);
		if (end_s > l->now_s)
			sim_earlier(&next_s, end_s);
	}
	return next_s;
}
