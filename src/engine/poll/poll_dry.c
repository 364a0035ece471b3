/* SPDX-License-Identifier: ISC */
/* poll_dry.c -- see poll_dry.h. */
#include "engine/poll/poll_dry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "engine/badge/reconcile.h"
#include "engine/guard/hold.h"
#include "engine/poll/poll_private.h"
#include "engine/registry/registry_event.h"

#define DRY_PARALLEL	16	/* decisions under way: half of what the work list takes */
#define DRY_LINES_MAX	1000	/* shown one by one; the rest is counted */
#define DRY_STUCK_MAX	100	/* named; that many have one cause, which health names */

struct dry_badge {
	struct dry_run	*run;
	char		 badge[BADGE_ID_MAX + 1];
	struct reconcile_dry dry;
};

/* Lives as long as a decision of it is under way, be its poll gone or not. */
struct dry_run {
	struct poll	*poll;		/* NULL: it has ended */
	char		(*ids)[BADGE_ID_MAX + 1]; /* owned */
	size_t		 count, cap, next, under_way;
	bool		 failed;
	struct hold_batch batch;	/* changes for the worse */
	json_t		*summary;	/* owned: counts of all changes by what and why */
	json_t		*becomes;	/* owned: badges by what they are then, and why */
	size_t		 better, missing; /* changes for the better; verified badges not listed */
	size_t		 stuck;		/* by a fault of their own, which no poll could decide */
	json_t		*stuck_badges;	/* owned: their ids, the first DRY_STUCK_MAX */
};

static void dry_go_on(struct dry_run *);

static void
dry_release(struct dry_run *run)
{
	if (run->poll != NULL || run->under_way > 0)
		return;
	hold_batch_fini(&run->batch);
	json_decref(run->summary);
	json_decref(run->becomes);
	json_decref(run->stuck_badges);
	free(run->ids);
	free(run);
}

void
poll_dry_fini(struct poll *poll)
{
	if (poll->dry_run == NULL)
		return;
	poll->dry_run->poll = NULL;
	dry_release(poll->dry_run);
	poll->dry_run = NULL;
}

/* --- what it found ------------------------------------------------------------------ */

static json_t *
dry_lines_json(const struct plan *plan)
{
	json_t *list = json_array();

	for (size_t i = 0; i < plan->count && i < DRY_LINES_MAX; i++)
		(void)json_array_append_new(list, hold_line_json(&plan->lines[i]));
	return list;
}

static json_t *
dry_found_json(struct dry_run *run)
{
	plan_sort(&run->batch.plan);
	return json_pack("{s:I, s:I, s:I, s:I, s:O, s:O, s:O, s:o}",
	    "worse", (json_int_t)run->batch.plan.count, "better", (json_int_t)run->better,
	    "missing_verified", (json_int_t)run->missing, "stuck", (json_int_t)run->stuck,
	    "stuck_badges", run->stuck_badges, "summary", run->summary,
	    "becomes", run->becomes, "lines", dry_lines_json(&run->batch.plan));
}

/* Of a list that was not judged. */
static json_t *
dry_nothing_json(void)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:[], s:{}, s:{}, s:[]}", "worse", 0, "better", 0,
	    "missing_verified", 0, "stuck", 0, "stuck_badges", "summary", "becomes", "lines");
}

/* Drops what is staged, leaves everything as it was, tells who waits. */
static void
dry_end(struct poll *poll, enum poll_result result, const char *text)
{
	static const char *const names[] = { "committed", "unchanged", "failed",
	    "refused", "held" };
	struct registry *registry = poll->registry;
	json_t *found = poll->dry_run != NULL ? dry_found_json(poll->dry_run) :
	    dry_nothing_json();

	(void)json_object_update_new(found, json_pack("{s:s, s:s, s:s, s:I, s:I}",
	    "name", registry->name, "result", names[result], "text", text,
	    "records", (json_int_t)poll->facts.records, "differences", (json_int_t)poll->diff));
	poll_try_found(poll, found);
	registry_dry_run_found(registry, found);
	log_info("connector %s: dry run %" PRId64 " done, nothing is changed: it would be %s",
	    registry->config->label, registry->poll_number, names[result]);
	registry_poll_undone(registry, poll->state_before);
	poll_drop_staged(registry);
	poll_end(poll, result, text);
}

void
poll_dry_refuse(struct poll *poll, const char *why)
{
	dry_end(poll, POLL_REFUSED, why);
}

void
poll_dry_fail(struct poll *poll, const char *text)
{
	dry_end(poll, POLL_FAILED, text);
}

/* Nothing is decided by it: its list is kept, and what it would decide. */
static void
dry_observed(struct dry_run *run)
{
	struct poll *poll = run->poll;
	json_t *found = NULL;
	char time[TEXT_TIME];

	if (!run->failed) {
		found = dry_found_json(run);
		(void)json_object_set_new(found, "at",
		    json_string(text_time_s(poll->started_s, time)));
	}
	registry_observed(poll->registry, found);
	poll->observed = true;
	poll_dry_fini(poll);
	poll_step(poll);
}

static void
dry_judge(struct dry_run *run)
{
	struct poll *poll = run->poll;
	struct registry *registry = poll->registry;
	struct err why = { .text = "" };
	size_t all = run->batch.plan.count + run->better;

	if (!poll->dry) {
		dry_observed(run);
		return;
	}
	if (run->failed)
		poll_fail(poll, CS_E_REMOTE, 0, "not every badge could be decided");
	else if (all == 0)
		dry_end(poll, POLL_UNCHANGED, "no badge would change");
	else if (run->batch.plan.count > 0 && poll->remapped)
		dry_end(poll, POLL_HELD, "the list is read otherwise than before; what gets worse "
		    "by that would wait, however little");
	else if (run->batch.plan.count > 0 && !hold_would_pass(registry->hold, &run->batch, &why))
		dry_end(poll, POLL_HELD, why.text);
	else
		dry_end(poll, POLL_COMMITTED, "it would be committed");
}

/* --- deciding -------------------------------------------------------------------------- */

void
poll_dry_add(json_t *counts, const char *name)
{
	(void)json_object_set_new(counts, name,
	    json_integer(json_integer_value(json_object_get(counts, name)) + 1));
}

static void
dry_count(struct dry_run *run, const struct reconcile_dry *dry)
{
	char name[64], to[PLAN_TO_SIZE];

	(void)snprintf(name, sizeof(name), "%s %s", badge_status_name(dry->status),
	    badge_reason_name(dry->status_reason));
	poll_dry_add(run->becomes, name);
	if (!dry->changes)
		return;
	if (dry->worse)
		(void)snprintf(name, sizeof(name), "%s %s",
		    dry->line.change == PLAN_EARLIER ? "earlier" :
		    plan_line_to(&dry->line, to), badge_reason_name(dry->line.reason));
	else
		(void)snprintf(name, sizeof(name), "%s%s%s", dry->what,
		    dry->what[0] != '\0' ? " " : "", badge_reason_name(dry->reason));
	poll_dry_add(run->summary, name);
	if (!dry->worse)
		run->better++;
	else if (hold_batch_add(&run->batch, &dry->line) != 0)
		run->failed = true;
}

/* A poll sets it aside, too (work.h), and goes on. */
static void
dry_count_stuck(struct dry_run *run, const char *badge)
{
	if (run->stuck++ < DRY_STUCK_MAX)
		(void)json_array_append_new(run->stuck_badges, json_string(badge));
}

static void
dry_on_decided(void *arg, enum reconcile_result result, const char *text)
{
	struct dry_badge *one = arg;
	struct dry_run *run = one->run;

	(void)text;
	run->under_way--;
	switch (result) {
	case RECONCILE_UNCHANGED:
		dry_count(run, &one->dry);
		break;
	case RECONCILE_BADGE_FAULT:
	case RECONCILE_PROFILE_FAULT:
	case RECONCILE_PARTITION_FAULT:
		dry_count_stuck(run, one->badge);
		break;
	case RECONCILE_REJECTED:	/* it is no longer there */
		break;
	default:
		run->failed = true;
		break;
	}
	free(one);
	if (run->poll == NULL)
		dry_release(run);
	else
		dry_go_on(run);
}

static bool
dry_decide(struct dry_run *run, const char *badge)
{
	struct poll *poll = run->poll;
	struct dry_badge *one = calloc(1, sizeof(*one));

	if (one == NULL)
		return false;
	one->run = run;
	(void)text_copy(one->badge, sizeof(one->badge), badge);
	one->dry = (struct reconcile_dry){
		.registry = poll->registry, .started_s = poll->started_s,
		.proven = poll->worth == FEED_PROVEN
	};
	if (reconcile_dry(poll->registry->engine, badge, &one->dry, dry_on_decided, one) == NULL) {
		free(one);
		return false;
	}
	run->under_way++;
	return true;
}

static void
dry_go_on(struct dry_run *run)
{
	while (!run->failed && run->next < run->count && run->under_way < DRY_PARALLEL)
		if (!dry_decide(run, run->ids[run->next++]))
			run->failed = true;
	if (run->under_way == 0)
		dry_judge(run);
}

static void
dry_note(void *arg, struct index_badge *b)
{
	struct dry_run *run = arg;
	const struct poll *poll = run->poll;
	void *grown;

	if (!registry_covers(poll->registry, b->body, b->type[0] != '\0' ? b->type : NULL))
		return;
	/* Of a list that was not read again nobody is missing who was not. */
	if (b->status == BADGE_VERIFIED && !poll->unchanged && !poll_lists_badge(poll, b))
		run->missing++;
	if (run->count == run->cap) {
		run->cap = run->cap != 0 ? run->cap * 2 : 256;
		grown = reallocarray(run->ids, run->cap, sizeof(*run->ids));
		if (grown == NULL) {
			run->failed = true;
			run->cap = run->count;
			return;
		}
		run->ids = grown;
	}
	(void)text_copy(run->ids[run->count++], sizeof(*run->ids), b->id);
}

void
poll_dry_decide(struct poll *poll)
{
	struct dry_run *run = calloc(1, sizeof(*run));

	if (poll->dry)
		poll_say_unknown(poll);
	if (run == NULL) {
		poll_fail(poll, CS_E_NOMEM, 0, "out of memory");
		return;
	}
	run->poll = poll;
	run->summary = json_object();
	run->becomes = json_object();
	run->stuck_badges = json_array();
	poll->dry_run = run;
	index_each(poll->registry->engine->index, dry_note, run);
	dry_go_on(run);
}
