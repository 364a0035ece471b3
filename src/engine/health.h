/* SPDX-License-Identifier: ISC */
/*
 * health.h -- how the daemon is, for machines and people (DESIGN.md 8).
 *
 *	/livez	 200 while the loop turns and the scheduler is not behind
 *	/readyz	 200 when Redis is usable and everything is loaded; names each
 *		 source, whose state never makes it fail
 *	/status	 the same numbers as JSON for scripts
 *
 * Nothing here names a badge, a body or a type; sources go by their label.
 */
#ifndef ENGINE_HEALTH_H
#define ENGINE_HEALTH_H

#include <jansson.h>

#include "engine/engine.h"
#include "io/httpd.h"

#define HEALTH_LATE_S	300	/* a poll overdue by more means a stuck scheduler */

enum health_status { HEALTH_PASS = 0, HEALTH_WARN, HEALTH_FAIL };

const char	*health_status_name(enum health_status);	/* "pass" "warn" "fail" */
/* The worst of all; why gets one sentence unless PASS. */
enum health_status health_overall(const struct engine *, struct err *why);
/* Whether the scheduler makes progress: what the watchdog is fed by. */
bool		 health_alive(const struct engine *, struct err *why);
/* Whether claims are decided and badges served. */
bool		 health_ready(const struct engine *, struct err *why);
/* The object of /status and `certsync status`.  New reference; NULL: no memory. */
json_t		*health_status_json(const struct engine *);
/* One object per source, with label and freshness. */
json_t		*health_connectors_json(const struct engine *);
/* checks of health+json: {"name": [{"status", "output"}]} */
json_t		*health_checks_json(const struct engine *);

/* The pages' handler; arg is the engine. */
httpd_fn	 health_page;

#endif /* ENGINE_HEALTH_H */
