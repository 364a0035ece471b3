/* SPDX-License-Identifier: ISC */
/* hold_act.c -- see hold.h: what operators decide, stored first and then carried out. */
#include "engine/guard/hold_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

/* --- carrying out -------------------------------------------------------------------- */

static void
apply_on_idle(void *arg)
{
	struct hold_plan *plan = arg;
	struct hold *h = plan->hold;
	char why[160];

	if (plan->group.failed)
		return;		/* the next start carries it on */
	(void)snprintf(why, sizeof(why), "plan %.*s is carried out, approved by %.60s, %zu changes",
	    PLAN_HASH_SHOWN, plan->hash, plan->by, plan->group.changed);
	log_notice("connector %s: %s", hold_label(h), why);
	hold_plan_settle(plan);
	if (plan->state == HOLD_HELD)
		log_notice("connector %s: its other %zu changes wait on as plan %.*s",
		    hold_label(h), plan->lines, PLAN_HASH_SHOWN, plan->hash);
	hold_follow(h, why);
	hold_flush(h, NULL, NULL);
}

static void
apply_plan(struct hold_plan *plan)
{
	struct engine *engine = hold_engine(plan->hold);
	struct plan lines;
	size_t queued = 0;

	if (plan->applying)
		return;
	plan->applying = true;
	plan->group = (struct work_group){ .on_idle = apply_on_idle, .arg = plan };
	/* One that is ours until all are queued, so that idle comes once. */
	plan->group.pending = 1;
	if (hold_plan_lines(plan, &lines) != 0)
		memory_end("a plan");
	for (size_t i = 0; i < lines.count; i++) {
		const struct hold_line *line = holds_find(engine->holds, lines.lines[i].badge);

		if (line == NULL || !hold_line_selected(line))
			continue;
		work_add(engine->work, lines.lines[i].badge, plan->cause, plan->poll, &plan->group);
		queued++;
	}
	plan_free(&lines);
	log_notice("connector %s: plan %.*s, approved by %s: deciding %zu badges",
	    hold_label(plan->hold), PLAN_HASH_SHOWN, plan->hash, plan->by, queued);
	if (--plan->group.pending == 0)
		apply_on_idle(plan);
}

void
hold_apply(struct hold *h)
{
	for (struct hold_plan *plan = h->plans, *next; plan != NULL; plan = next) {
		next = plan->next;
		if (plan->state == HOLD_APPROVED)
			apply_plan(plan);
	}
}

/* Whether the lines are still true shows when their badges are decided again. */
static void
look_again(struct hold *h, const struct hold_plan *plan)
{
	struct engine *engine = hold_engine(h);
	struct plan lines;

	if (hold_plan_lines(plan, &lines) != 0)
		memory_end("a plan");
	for (size_t i = 0; i < lines.count; i++)
		work_add(engine->work, lines.lines[i].badge, plan->cause, plan->poll, NULL);
	plan_free(&lines);
}

void
hold_resume(struct hold *h)
{
	size_t lines = 0;

	if (h->resumed)
		return;
	h->resumed = true;
	for (const struct hold_plan *plan = h->plans; plan != NULL; plan = plan->next) {
		lines += plan->lines;
		if (plan->state != HOLD_APPROVED)
			look_again(h, plan);
	}
	if (h->plans != NULL || h->stopped_s != 0)
		log_notice("connector %s: %s, %zu lines in its plans", hold_label(h),
		    hold_is_held(h) ? "still held" : "changes have been discarded", lines);
	hold_apply(h);
	if (h->owed[0] != '\0')
		hold_flush(h, NULL, NULL);
}

/* --- operators ------------------------------------------------------------------------ */

/* The plan whose hash typed stands for.  NULL: err. */
static struct hold_plan *
plan_typed(const struct hold *h, const char *typed, struct err *err)
{
	struct hold_plan *found = NULL;

	for (struct hold_plan *plan = h->plans; plan != NULL; plan = plan->next) {
		if (plan->state == HOLD_ENDED || !plan_hash_matches(plan->hash, typed))
			continue;
		if (found != NULL) {
			(void)err_set(err,
			    "two plans of %s begin so; type more of the hash", hold_name(h));
			return NULL;
		}
		found = plan;
	}
	if (found == NULL)
		(void)err_set(err, "%s has no plan %.64s; `certsync plan %s` shows what waits now",
		    hold_name(h), typed, hold_name(h));
	return found;
}

static int
plan_select(struct hold_plan *plan, const struct hold_selection *selection, struct err *err)
{
	json_t *except = json_object();
	const json_t *badge;
	size_t i;

	json_array_foreach(selection->except, i, badge)
		if (!json_is_string(badge) ||
		    json_object_set_new(except, json_string_value(badge), json_true()) != 0) {
			json_decref(except);
			return err_set(err, "--except names badges by their ids");
		}
	plan->only = selection->only;
	json_decref(plan->except);
	plan->except = except;
	return 0;
}

int
hold_approve(struct hold *h, const char *typed, const struct hold_selection *selection,
    const char *by, hold_fn *fn, void *arg, struct err *err)
{
	struct hold_plan *plan = plan_typed(h, typed, err);

	if (plan == NULL)
		return -1;
	if (plan->state == HOLD_APPROVED)
		return err_set(err, "that plan is approved already, by %s", plan->by);
	if (plan_select(plan, selection, err) != 0)
		return -1;
	plan->state = HOLD_APPROVED;
	plan->dirty_head = true;
	plan->at_s = engine_now_s(hold_engine(h));
	(void)text_copy(plan->by, sizeof(plan->by), by);
	log_notice("connector %s: plan %.*s of %zu changes is approved by %s", hold_label(h),
	    PLAN_HASH_SHOWN, plan->hash, plan->lines, by);
	hold_follow(h, "an approved plan is being carried out");
	hold_flush(h, fn, arg);
	return 0;
}

/* Beyond HOLD_PLANS_MAX the two oldest of what has been discarded become one. */
static void
join_discarded(struct hold *h)
{
	struct hold_plan *first = hold_plan_first(h, HOLD_DISCARDED), *second;
	struct plan lines;
	size_t n = 0;

	for (const struct hold_plan *plan = h->plans; plan != NULL; plan = plan->next)
		n += plan->state != HOLD_ENDED;
	if (n < HOLD_PLANS_MAX || first == NULL)
		return;
	for (second = first->next; second != NULL && second->state != HOLD_DISCARDED;)
		second = second->next;
	if (second == NULL)
		return;
	if (hold_plan_lines(first, &lines) != 0)
		memory_end("a plan");
	for (size_t i = 0; i < lines.count; i++)
		hold_line_add(second, &lines.lines[i], false);
	plan_free(&lines);
	hold_plan_rehash(second);
}

int
hold_discard(struct hold *h, const char *typed, const char *by, hold_fn *fn, void *arg,
    struct err *err)
{
	struct hold_plan *plan = typed != NULL ? plan_typed(h, typed, err) :
	    hold_plan_first(h, HOLD_HELD);
	char why[128];

	if (plan == NULL && typed == NULL)
		return err_set(err, "no change of %s waits", hold_name(h));
	if (plan == NULL)
		return -1;
	if (plan->state != HOLD_HELD)
		return err_set(err, "that plan does not wait: it has been %s by %s",
		    plan->state == HOLD_APPROVED ? "approved" : "discarded", plan->by);
	plan->state = HOLD_DISCARDED;
	plan->dirty_head = true;
	plan->at_s = engine_now_s(hold_engine(h));
	(void)text_copy(plan->by, sizeof(plan->by), by);
	(void)snprintf(why, sizeof(why), "plan %.*s of %zu changes is discarded by %.50s",
	    PLAN_HASH_SHOWN, plan->hash, plan->lines, by);
	log_notice("connector %s: %s", hold_label(h), why);
	join_discarded(h);
	hold_follow(h, why);
	hold_flush(h, fn, arg);
	return 0;
}

int
hold_stop(struct hold *h, const char *why, const char *by, hold_fn *fn, void *arg, struct err *err)
{
	if (h->stopped_s != 0)
		return err_set(err, "%s is held already, by %s: %s", hold_name(h), h->stopped_by,
		    h->stopped_why);
	if (!text_copy(h->stopped_why, sizeof(h->stopped_why), why))
		return err_set(err, "the reason is longer than %d bytes", HOLD_WHY_MAX);
	h->stopped_s = engine_now_s(hold_engine(h));
	(void)text_copy(h->stopped_by, sizeof(h->stopped_by), by);
	hold_follow(h, why);
	hold_flush(h, fn, arg);
	return 0;
}

int
hold_release(struct hold *h, const char *by, hold_fn *fn, void *arg, struct err *err)
{
	struct err why;

	if (h->stopped_s == 0 && hold_plan_first(h, HOLD_HELD) == NULL)
		return err_set(err, "%s is not held", hold_name(h));
	h->stopped_s = 0;
	h->stopped_why[0] = h->stopped_by[0] = '\0';
	h->dirty = true;
	log_notice("connector %s: its hold is ended by %s", hold_label(h), by);
	if (hold_plan_first(h, HOLD_HELD) != NULL && hold_judge_plans(h, HOLD_HELD, false, &why)) {
		(void)hold_judge_plans(h, HOLD_HELD, true, NULL);
		for (struct hold_plan *plan = h->plans; plan != NULL; plan = plan->next) {
			if (plan->state != HOLD_HELD)
				continue;
			plan->state = HOLD_APPROVED;
			plan->dirty_head = true;
			plan->at_s = engine_now_s(hold_engine(h));
			(void)text_copy(plan->by, sizeof(plan->by), by);
		}
	}
	hold_follow(h, "an operator ended the hold");
	hold_flush(h, fn, arg);
	return 0;
}
