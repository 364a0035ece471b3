/* SPDX-License-Identifier: ISC */
/* work.c -- see work.h. */
#include "engine/state/work.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "engine/state/aside.h"

struct work_entry {
	struct work_entry *next;
	struct work	*work;
	char		 badge[BADGE_ID_MAX + 1];
	char		 poll[64];	/* "": none */
	enum badge_cause cause;
	unsigned	 tries;		/* that failed though the store takes writes */
	struct work_group *group;
};

struct work {
	struct engine	*engine;
	work_decide_fn	*decide;
	struct work_entry *first, **last;	/* waiting */
	struct work_entry *running[WORK_PARALLEL];
	size_t		 waiting, under_way;
	struct timer	 retry;
	struct aside	*aside;		/* owned: badges with a fault of their own */
};

static void work_run(struct work *);

const char *
reconcile_result_name(enum reconcile_result result)
{
	static const char *const names[] = {
		[RECONCILE_WRITTEN] = "written", [RECONCILE_UNCHANGED] = "unchanged",
		[RECONCILE_IGNORED] = "ignored", [RECONCILE_REJECTED] = "rejected",
		[RECONCILE_RETRY] = "tried again", [RECONCILE_ENDED] = "ended",
		[RECONCILE_BADGE_FAULT] = "its fault",
		[RECONCILE_PROFILE_FAULT] = "its profile's fault",
		[RECONCILE_PARTITION_FAULT] = "its partition's fault"
	};

	return names[result];
}

static void
work_on_retry(void *arg)
{
	work_run(arg);
}

static void
work_again(void *arg, const char *badge, enum badge_cause cause)
{
	work_add(arg, badge, cause, NULL, NULL);
}

struct work *
work_new(struct engine *engine, work_decide_fn *fn)
{
	struct work *work = calloc(1, sizeof(*work));

	if (work == NULL)
		return NULL;
	work->engine = engine;
	work->decide = fn;
	work->last = &work->first;
	work->aside = aside_new(engine, work_again, work);
	if (work->aside == NULL ||
	    timer_init(&work->retry, engine->loop, work_on_retry, work) != 0)
		return work_free(work);
	return work;
}

struct work *
work_free(struct work *work)
{
	struct work_entry *e, *next;

	if (work == NULL)
		return NULL;
	for (e = work->first; e != NULL; e = next) {
		next = e->next;
		free(e);
	}
	for (size_t i = 0; i < WORK_PARALLEL; i++)
		free(work->running[i]);
	timer_fini(&work->retry);
	(void)aside_free(work->aside);
	free(work);
	return NULL;
}

static void
work_group_done(struct work_entry *e, enum reconcile_result result)
{
	struct work_group *group = e->group;

	if (group == NULL)
		return;
	if (result == RECONCILE_WRITTEN)
		group->changed++;
	if (result == RECONCILE_ENDED)
		group->failed = true;
	if (--group->pending == 0 && group->on_idle != NULL)
		group->on_idle(group->arg);
}

static void
work_put_first(struct work *work, struct work_entry *e)
{
	e->next = work->first;
	work->first = e;
	if (work->last == &work->first)
		work->last = &e->next;
	work->waiting++;
}

/* It is no longer in hand: done, or first in line again. */
static void
work_end(struct work_entry *e, enum reconcile_result result)
{
	struct work *work = e->work;

	for (size_t i = 0; i < WORK_PARALLEL; i++)
		if (work->running[i] == e)
			work->running[i] = NULL;
	work->under_way--;
	if (result == RECONCILE_RETRY) {
		work_put_first(work, e);
		timer_set_ms(&work->retry, WORK_RETRY_MS);
		return;
	}
	work_group_done(e, result);
	free(e);
	work_run(work);
	if (work->waiting + work->under_way == 0)
		engine_progress(work->engine);
}

/* What is owed is stored: the others go on without this one. */
static void
work_on_noted(void *arg, bool ok)
{
	work_end(arg, ok ? RECONCILE_UNCHANGED : RECONCILE_RETRY);
}

/* Whether what failed is this badge's own fault, and not the store's. */
static bool
work_is_at_fault(struct work_entry *e, enum reconcile_result result)
{
	if (result == RECONCILE_RETRY && store_takes_writes(e->work->engine->store))
		e->tries++;
	return result == RECONCILE_BADGE_FAULT || result == RECONCILE_PROFILE_FAULT ||
	    result == RECONCILE_PARTITION_FAULT || e->tries >= WORK_TRIES_MAX;
}

static void
work_on_done(void *arg, enum reconcile_result result, const char *text)
{
	struct work_entry *e = arg;
	struct work *work = e->work;

	if (result != RECONCILE_ENDED && !work->engine->stopping && work_is_at_fault(e, result)) {
		if (aside_put(work->aside, e->badge, e->cause, text, work_on_noted, e))
			return;
		result = RECONCILE_RETRY;
	}
	if (result == RECONCILE_REJECTED)
		log_error("badge %s: cannot be decided, left as it is: %s", e->badge, text);
	if (result != RECONCILE_RETRY && result != RECONCILE_ENDED)
		aside_done(work->aside, e->badge);
	work_end(e, result);
}

static bool
work_start(struct work *work, struct work_entry *e)
{
	struct reconcile_request request = {
		.op = RECONCILE_DECIDE, .badge = e->badge, .cause = e->cause,
		.poll = e->poll[0] != '\0' ? e->poll : NULL, .group = &e->group
	};

	if (work->decide(work->engine, &request, work_on_done, e) == NULL)
		return false;
	for (size_t i = 0; i < WORK_PARALLEL; i++)
		if (work->running[i] == NULL) {
			work->running[i] = e;
			break;
		}
	work->under_way++;
	return true;
}

static bool
work_is_running(const struct work *work, const char *badge)
{
	for (size_t i = 0; i < WORK_PARALLEL; i++)
		if (work->running[i] != NULL && strcmp(work->running[i]->badge, badge) == 0)
			return true;
	return false;
}

/* Takes out the first entry whose badge is not in hand already; NULL: none. */
static struct work_entry *
work_take(struct work *work)
{
	struct work_entry **at = &work->first, *e;

	while (*at != NULL && work_is_running(work, (*at)->badge))
		at = &(*at)->next;
	e = *at;
	if (e == NULL)
		return NULL;
	*at = e->next;
	if (e->next == NULL)
		work->last = at;
	work->waiting--;
	return e;
}

static void
work_run(struct work *work)
{
	struct work_entry *e;

	while (work->under_way < WORK_PARALLEL && !work->engine->stopping &&
	    store_state(work->engine->store) == STORE_OPEN) {
		e = work_take(work);
		if (e == NULL)
			return;
		if (!work_start(work, e)) {
			work_put_first(work, e);
			timer_set_ms(&work->retry, WORK_RETRY_MS);
			return;
		}
	}
}

void
work_add(struct work *work, const char *badge, enum badge_cause cause,
    const char *poll, struct work_group *group)
{
	struct work_entry *e = memory_get(sizeof(*e));

	*e = (struct work_entry){ .work = work };
	(void)text_copy(e->badge, sizeof(e->badge), badge);
	(void)text_copy(e->poll, sizeof(e->poll), poll != NULL ? poll : "");
	e->cause = cause;
	e->group = group;
	if (group != NULL)
		group->pending++;
	*work->last = e;
	work->last = &e->next;
	work->waiting++;
	work_run(work);
}

void
work_resume(struct work *work)
{
	work_run(work);
	aside_resume(work->aside);
}

struct aside *
work_aside(const struct work *work)
{
	return work->aside;
}

size_t
work_stuck(const struct engine *engine)
{
	const char *badge, *why;

	return engine->unread + aside_count(engine->work->aside, &badge, &why);
}

size_t
work_pending(const struct work *work)
{
	return work->waiting + work->under_way;
}

void
work_group_leave(struct work *work, struct work_group *group)
{
	for (struct work_entry *e = work->first; e != NULL; e = e->next)
		if (e->group == group)
			e->group = NULL;
	for (size_t i = 0; i < WORK_PARALLEL; i++)
		if (work->running[i] != NULL && work->running[i]->group == group)
			work->running[i]->group = NULL;
}
