/* SPDX-License-Identifier: ISC */
/*
 * daemon_once.c -- --once: applies waiting claims, polls every connector once, applies
 * due expiries, prints a summary and ends; 75 if anything is left to do.
 */
#include <stdio.h>

#include "engine/claim/claims.h"
#include "engine/daemon/daemon_private.h"
#include "engine/guard/hold.h"
#include "engine/poll/poll.h"
#include "engine/registry/lookup.h"
#include "engine/registry/registry.h"
#include "engine/state/work.h"

static void
once_on_poll(void *arg, enum poll_result result, const char *text)
{
	struct daemon *d = arg;

	(void)text;		/* the poll has logged it */
	if (result == POLL_FAILED || result == POLL_REFUSED || result == POLL_HELD)
		d->poll_failures++;
}

static bool
once_polls_running(const struct daemon *d)
{
	for (size_t i = 0; i < d->engine.registry_count; i++)
		if (d->engine.registries[i]->poll != NULL ||
		    d->engine.registries[i]->commit != NULL)
			return true;
	return false;
}

/* Only what no list has brought is looked up. */
static bool
once_lookups_running(const struct daemon *d)
{
	for (size_t i = 0; i < d->engine.registry_count; i++)
		if (lookup_pending(d->engine.registries[i]->lookup) > 0)
			return true;
	return false;
}

static void
once_start_polls(struct daemon *d)
{
	d->polled = true;
	for (size_t i = 0; i < d->engine.registry_count; i++)
		if (poll_start(d->engine.registries[i], false, once_on_poll, d) != 0)
			d->poll_failures++;
}

static void
once_summary(const struct daemon *d)
{
	const struct engine *engine = &d->engine;

	for (size_t i = 0; i < engine->registry_count; i++) {
		const struct registry *r = engine->registries[i];

		(void)printf("%-20s %-8s %8zu records  proof %-8s %s\n", r->config->label,
		    registry_state_name(registry_state_shown(r)), snapshot_records(r->snapshot),
		    r->proof.name, r->error);
	}
	for (int s = 0; s < BADGE_STATUS_COUNT; s++)
		(void)printf("%-20s %zu\n", badge_status_name((enum badge_status)s),
		    index_count_status(engine->index, (enum badge_status)s));
	(void)printf("%-20s %llu\n", "events", (unsigned long long)engine->events);
	(void)fflush(stdout);
}

/* Called whenever something has finished: is there anything left? */
static void
once_on_progress(void *arg)
{
	struct daemon *d = arg;
	const char *why;

	if (d->engine.stopping || !d->engine.loaded || !claims_are_idle(d->engine.claims) ||
	    work_pending(d->engine.work) > 0 || once_polls_running(d))
		return;
	if (d->engine.rebuild)
		return;
	if (!d->polled) {
		once_start_polls(d);
		if (d->engine.registry_count > 0)
			return;
	}
	if (once_polls_running(d) || once_lookups_running(d) || due_pending(d->due) ||
	    !holds_idle(&d->engine) ||
	    d->engine.redecide != NULL)
		return;
	once_summary(d);
	daemon_finish(d, d->poll_failures > 0 || hold_is_held(holds_config(d->engine.holds)) ||
	    work_stuck(&d->engine) > 0 || claims_left(d->engine.claims, &why) > 0 ?
	    DAEMON_TEMPORARY : DAEMON_OK);
}

void
once_begin(struct daemon *d)
{
	d->engine.on_progress = once_on_progress;
	d->engine.on_progress_arg = d;
}
