/* SPDX-License-Identifier: ISC */
/*
 * health.h -- how the daemon is, for machines and people (docs/metrics.md).
 *
 *	/livez	 200 while the loop turns and the scheduler is not behind
 *	/readyz	 200 when Redis is usable and everything is loaded; names each
 *		 source, whose state never makes it fail
 *	/status	 the same numbers as JSON for scripts
 *	/metrics for Prometheus: metrics_page.h
 *
 * Everything is a check with a name of its own; the daemon is as well as the
 * worst of them.  Nothing here names a body, a type or a profile; sources go by their
 * label, and a badge by its id alone where somebody must mend it.
 */
#ifndef ENGINE_HEALTH_H
#define ENGINE_HEALTH_H

#include <jansson.h>

#include "base/log_ids.h"
#include "engine/state/engine.h"

#define HEALTH_LATE_S		300	/* a poll overdue by more means a stuck scheduler */
#define HEALTH_CLAIMS_S		600	/* a command waits longer than any hiccup of Redis */
/* an absence that another connector has said nothing to for a day */
#define HEALTH_CONFIRM_S	86400
#define HEALTH_EVENTS_SHARE	0.8	/* of max_entries: a group is about to lose events */
/* before its last day: a key is renewed by hand, with an approval */
#define HEALTH_CREDENTIAL_DAYS	14
#define HEALTH_NAME_MAX		300	/* bytes of a check's name: a kind and a label */
#define HEALTH_OUTPUT_MAX	640

enum health_status { HEALTH_PASS = 0, HEALTH_WARN, HEALTH_FAIL };

struct registry;

struct health_check {
	char		 name[HEALTH_NAME_MAX];	/* "store", "source:LABEL"... */
	enum health_status status;
	char		 output[HEALTH_OUTPUT_MAX]; /* a sentence */
	const char	*observed;	/* one stable word: "fresh", "open"... */
	int64_t		 time_s;	/* when that was seen; 0: now */
	bool		 alive, ready;	/* it decides /livez, /readyz */
	const struct registry *registry;	/* NULL: none */
	enum log_id	 id;		/* of a change of it in the log */
};

typedef void health_fn(void *arg, const struct health_check *);

const char	*health_status_name(enum health_status);	/* "pass" "warn" "fail" */
/* Calls fn with every check; lent until it returns. */
void		 health_each(const struct engine *, health_fn *, void *arg);
/* The worst of all; why (may be NULL) gets the first of the worst unless PASS. */
enum health_status health_overall(const struct engine *, struct err *why);
/* Whether the scheduler makes progress: what the watchdog is fed by. */
bool		 health_alive(const struct engine *, struct err *why);
/* Whether claims are decided and badges served. */
bool		 health_ready(const struct engine *, struct err *why);
/* "fresh" "stale" "held" "stopped" "refused" "unusable" "never loaded" */
const char	*health_freshness(const struct registry *, int64_t now_s);
/* Whether no proof of completeness came within proof_after: withdrawals cannot be seen. */
bool		 health_proof_missing(const struct registry *, int64_t now_s);

/* --- health_json.c ---------------------------------------------------------- */

/* The object of /status and `certsync status`.  New reference; NULL: no memory. */
json_t		*health_status_json(const struct engine *);
/* One object per source, with label and freshness. */
json_t		*health_connectors_json(const struct engine *);
/* checks of health+json: {"name": [{"status", "output", "observedValue", "time"...}]} */
json_t		*health_checks_json(const struct engine *);

/* --- health_watch.c --------------------------------------------------------- */

#define HEALTH_WATCH_MAX	256	/* checks remembered; more than there can be */

/* Logs every check that has changed since the last call. */
struct health_watch {
	struct { uint64_t name; enum health_status status; bool seen; } checks[HEALTH_WATCH_MAX];
	size_t		 count;
};
void		 health_watch_look(struct health_watch *, const struct engine *);

#endif /* ENGINE_HEALTH_H */
