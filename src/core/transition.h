/* SPDX-License-Identifier: ISC */
/*
 * transition.h -- from a decision to the next version of a badge, its events
 * and its history entry: everything one write takes along.  Pure.
 */
#ifndef CORE_TRANSITION_H
#define CORE_TRANSITION_H

#include "base/buf.h"
#include "core/badge.h"
#include "core/decide.h"
#include "core/remind.h"

#define EVENT_MAX	4096	/* bytes of one event document; CloudEvents' safe size is 64 KiB */
#define HISTORY_MAX	2048	/* bytes of one history entry */
/* dataschema of events is one of these, with the name below it. */
#define EVENT_SCHEMAS	"https://certsync.org/schemas/"
#define EVENT_SCHEMA_BADGE EVENT_SCHEMAS "badge-status.v1.json"
#define EVENT_SCHEMA_ERASED EVENT_SCHEMAS "badge-erased.v1.json"
#define EVENT_SCHEMA_CASE EVENT_SCHEMAS "case.v1.json"
#define EVENT_SCHEMA_NOTICE EVENT_SCHEMAS "notice.v1.json"
#define TRANSITION_EVENTS_MAX 4	/* the badge's own, case closed, case opened, reminder */

/* Which event a change of the badge is (certsync-events(5)). */
enum transition_kind {
	TRANSITION_NONE = 0,	/* nothing to write but perhaps next_check */
	TRANSITION_STATUS,	/* org.certsync.badge.<status>.v1 */
	TRANSITION_RENEWED,	/* still verified, the date moved */
	TRANSITION_CHANGED,	/* claim content, reason, how or date changed, status did not */
	TRANSITION_CASE		/* only a case opened or closed: no version */
};

struct transition_input {
	const struct badge *before;	/* NULL: a new badge */
	const struct claim *claim;	/* the claim as it is now */
	const char	*claim_id;	/* of the put; NULL: unchanged */
	int64_t		 claimed_at_s;	/* of the put */
	const struct decision *decision;
	const struct decide_connector *connectors; /* as decided with */
	enum badge_cause cause;
	const char	*actor;		/* who, for history; "" */
	const char	*poll;		/* poll id, or "" */
	const char	*plan;		/* hash of the plan it was approved in; NULL: none */
	int64_t		 fetched_s;	/* when the record was fetched; 0: none */
	int64_t		 now_s;
};

struct transition {
	enum transition_kind kind;
	struct badge	 after;		/* the whole next version; lent strings */
	bool		 case_opened, case_closed;
	struct remind	 remind;	/* rung 0: nobody is reminded now */
};

/*
 * Computes the next version.  Strings of after are lent by the input and arena.
 * With NONE, after differs from before at most in what has no version of its
 * own: next_check, and rev and claim_id of a put that changed nothing.  With
 * CASE it differs in the case too; the reasons and the end of an open one may
 * change without an event.  A reminder goes with any kind and makes no version
 * of its own.  A moved valid_until is a change of expiry: consumers
 * compare nothing else.  -1: no memory.
 */
int	transition_make(const struct transition_input *, struct arena *,
	    struct transition *out);

/* Identity of the stream the events go to. */
struct event_context {
	const char	*epoch;		/* source is urn:certsync:<epoch> */
	unsigned	 partition;	/* partitionkey */
	int64_t		 now_s;		/* recordedtime */
};

/* Appends the CloudEvents 1.0 document of the badge's change (kinds STATUS, RENEWED, CHANGED). */
void	event_badge(const struct event_context *, const struct badge *before,
	    const struct transition *, struct buf *out);
/*
 * case.opened / case.closed; id <badge>-c<n>, subject the badge.  closed events
 * append "x" to the id.  data: badge, profile, case (its number), and while it
 * is open reasons and until.
 */
void	event_case(const struct event_context *, const struct transition *,
	    bool opened, struct buf *out);
/*
 * badge.expiring, id <badge>-<version>-d<rung>; data as of a badge event, with
 * cause expiry and days_left.
 */
void	event_reminder(const struct event_context *, const struct transition *,
	    struct buf *out);
/* badge.erased for version (the last plus one); data is badge and version only. */
void	event_erased(const struct event_context *, const char *badge,
	    int64_t version, struct buf *out);
/* store.reset and connector.* : type without prefix and suffix ("connector.held"), data as JSON
 * object text. */
void	event_other(const struct event_context *, const char *type, const char *id,
	    const char *subject, const char *data, struct buf *out);
/* One history entry, at most HISTORY_MAX bytes: names are cut first. */
void	history_entry(const struct transition_input *, const struct transition *,
	    struct buf *out);

#endif /* CORE_TRANSITION_H */
