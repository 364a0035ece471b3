/* SPDX-License-Identifier: ISC */
/* hold_judge.c -- see hold.h: what is counted, and whether changes for the worse pass. */
#include "engine/guard/hold_private.h"

#include "base/log.h"
#include "base/memory.h"

/* between two looks for single changes: each goes over all badges */
#define LOOK_EVERY_MS	60000

/* --- counting ---------------------------------------------------------------------- */

static struct guard_policy
policy_of(const struct engine *engine)
{
	const struct config *config = engine->config;

	return (struct guard_policy){
		.window_s = config->guard_window_ms >= 1000 ? config->guard_window_ms / 1000 : 1,
		.share = config->guard_share, .count = config->guard_count,
		.max = config->guard_max, .total = config->guard_total
	};
}

static const char *
type_of(const struct engine *engine, const char *badge)
{
	const struct index_badge *b = index_find(engine->index, badge);

	return b != NULL && b->type[0] != '\0' ? b->type : HOLD_TYPE_NONE;
}

struct look {
	const struct hold *h;
	struct guard_tally tallies[GUARD_TALLIES_MAX];
	size_t		 count;
};

static void
tally_one(struct guard_tally *tallies, size_t *n, const char *type, bool verified, bool worse)
{
	const char *const both[] = { GUARD_ALL, type };
	struct guard_tally *t;

	for (size_t i = 0; i < 2; i++) {
		t = guard_tally_of(tallies, n, both[i]);
		if (t == NULL)
			continue;
		t->verified += verified ? 1 : 0;
		t->worse += worse ? 1 : 0;
	}
}

static void
look_at(void *arg, struct index_badge *b)
{
	struct look *look = arg;
	const struct registry *registry = look->h->registry;
	const char *type = b->type[0] != '\0' ? b->type : NULL;

	if (b->status == BADGE_VERIFIED &&
	    (registry == NULL || registry_decides(registry, b->body, type)))
		tally_one(look->tallies, &look->count,
		    type != NULL ? type : HOLD_TYPE_NONE, true, false);
}

void
hold_look(struct hold *h)
{
	struct engine *engine = hold_engine(h);
	struct guard_policy policy = policy_of(engine);
	struct look look = { .h = h };

	h->looked_ms = loop_now_ms(engine->loop);
	index_each(engine->index, look_at, &look);
	for (size_t i = 0; i < look.count; i++)
		if (guard_window_look(&h->window, engine_now_s(engine), policy.window_s,
		    look.tallies[i].type, look.tallies[i].verified) != 0)
			memory_end("the guard's counts");
}

static void
count_worse(struct hold *h, const struct guard_tally *tallies, size_t n)
{
	struct engine *engine = hold_engine(h);
	struct guard_policy policy = policy_of(engine);
	struct err why;

	for (size_t i = 0; i < n; i++)
		if (tallies[i].worse > 0 &&
		    guard_window_add(&h->window, engine_now_s(engine), policy.window_s,
		    tallies[i].type, tallies[i].worse) != 0)
			memory_end("the guard's counts");
	if (guard_alarms(&policy, holds_worse(engine, NULL), &why) && !engine->holds->alarmed) {
		engine->holds->alarmed = true;
		log_error("guard: %s", why.text);
	}
}

/* What the window says, and on top of it what is asked about. */
static bool
judge_tallies(struct hold *h, const struct guard_tally *asked, size_t n, struct err *why)
{
	struct engine *engine = hold_engine(h);
	struct guard_policy policy = policy_of(engine);
	struct guard_tally known[GUARD_TALLIES_MAX], tallies[GUARD_TALLIES_MAX], *t;
	size_t count;

	guard_window_roll(&h->window, engine_now_s(engine), policy.window_s);
	count = guard_window_tally(&h->window, known);
	for (size_t i = 0; i < h->reserved_count; i++)
		if ((t = guard_tally_of(known, &count, h->reserved[i].type)) != NULL)
			t->worse += h->reserved[i].worse;
	/* Only what is asked about is judged: one type's past is no matter of another. */
	for (size_t i = 0; i < n; i++) {
		tallies[i] = asked[i];
		t = guard_tally_of(known, &count, asked[i].type);
		tallies[i].verified = t != NULL ? t->verified : 0;
		tallies[i].worse += t != NULL ? t->worse : 0;
	}
	return guard_judge(&policy, tallies, n, why);
}

uint64_t
holds_worse(const struct engine *engine, struct err *why)
{
	struct guard_policy policy = policy_of(engine);
	struct guard_tally tallies[GUARD_TALLIES_MAX];
	uint64_t worse = 0;

	for (size_t i = 0; i <= engine->registry_count; i++) {
		struct hold *h = i < engine->registry_count ? engine->registries[i]->hold :
		    engine->holds->config;

		guard_window_roll(&h->window, engine_now_s(engine), policy.window_s);
		(void)guard_window_tally(&h->window, tallies);
		worse += tallies[0].worse;
	}
	if (why != NULL && guard_alarms(&policy, worse, why))
		return worse;
	if (why != NULL)
		engine->holds->alarmed = false;
	return worse;
}

/* --- batches ---------------------------------------------------------------------------- */

int
hold_batch_add(struct hold_batch *batch, const struct plan_line *line)
{
	if (batch->plan.count < PLAN_LINES_MAX)
		return plan_add(&batch->plan, line);
	plan_sort(&batch->plan);	/* badges that were decided twice make room */
	return batch->plan.count < PLAN_LINES_MAX ? plan_add(&batch->plan, line) : 0;
}

void
hold_batch_fini(struct hold_batch *batch)
{
	plan_free(&batch->plan);
}

/* Whether a line is news: neither waiting nor discarded as it is. */
static bool
line_is_new(void *arg, const struct plan_line *line)
{
	const struct hold_line *known = holds_find(arg, line->badge);

	return known == NULL || !plan_line_same(&known->change, line);
}

/* What other rules or a rebuilding change is no registry's: no count lets them pass. */
static bool
judge_lines(struct hold *h, const struct plan *plan, bool count, struct err *why)
{
	struct guard_tally tallies[GUARD_TALLIES_MAX];
	size_t n = 0;

	if (h->registry == NULL) {
		(void)err_set(why, "%s; what gets worse by that waits, however little",
		    hold_engine(h)->rebuild ? "the store was emptied or restored" :
		    "the rules are others than before");
		return false;
	}
	for (size_t i = 0; i < plan->count; i++)
		tally_one(tallies, &n, type_of(hold_engine(h), plan->lines[i].badge), false, true);
	if (!count)
		return judge_tallies(h, tallies, n, why);
	count_worse(h, tallies, n);
	return true;
}

bool
hold_would_pass(struct hold *h, const struct hold_batch *batch, struct err *why)
{
	if (hold_is_held(h)) {
		(void)err_set(why, "it is held already");
		return false;
	}
	hold_look(h);
	return judge_lines(h, &batch->plan, false, why);
}

bool
hold_judge(struct hold *h, struct hold_batch *batch, struct err *why)
{
	plan_sort(&batch->plan);
	(void)plan_strike(&batch->plan, line_is_new, hold_engine(h)->holds);
	if (batch->plan.count == 0) {
		batch->passed = true;
		return true;
	}
	if (hold_is_held(h)) {
		(void)err_set(why, "it is held already");
		return false;
	}
	if (!judge_lines(h, &batch->plan, false, why))
		return false;
	(void)judge_lines(h, &batch->plan, true, why);
	batch->passed = true;
	return true;
}

bool
hold_judge_plans(struct hold *h, enum hold_state state, bool count, struct err *why)
{
	struct plan all = { .count = 0 }, lines;
	bool ok = true;

	for (struct hold_plan *plan = h->plans; plan != NULL && ok; plan = plan->next) {
		if (plan->state != state || hold_plan_lines(plan, &lines) != 0)
			continue;
		for (size_t i = 0; i < lines.count; i++)
			ok = ok && plan_add(&all, &lines.lines[i]) == 0;
		plan_free(&lines);
	}
	ok = ok && judge_lines(h, &all, count, why);
	plan_free(&all);
	return ok;
}

/* --- single changes ----------------------------------------------------------------------- */

bool
hold_single(struct hold *h, const struct plan_line *line, const char *type, enum badge_cause cause,
    const char *poll)
{
	struct engine *engine = hold_engine(h);
	struct hold_batch batch = { .passed = false };
	struct guard_tally one[GUARD_TALLIES_MAX];
	struct err why = { .text = "it is held already" };
	size_t n = 0;

	tally_one(one, &n, type, false, true);
	if (h->looked_ms == 0 || loop_now_ms(engine->loop) - h->looked_ms > LOOK_EVERY_MS)
		hold_look(h);
	if (h->registry == NULL && cause == CAUSE_CONFIG)
		(void)judge_lines(h, &batch.plan, false, &why);
	else if (!hold_is_held(h) && judge_tallies(h, one, n, &why)) {
		tally_one(h->reserved, &h->reserved_count, type, false, true);
		return true;
	}
	if (plan_add(&batch.plan, line) != 0)
		memory_end("a plan");
	hold_open(h, &batch, cause, poll, why.text, NULL, NULL);
	hold_batch_fini(&batch);
	return false;
}

void
hold_settle(struct hold *h, const char *type, bool written)
{
	const char *const types[] = { GUARD_ALL, type };
	struct guard_tally one[GUARD_TALLIES_MAX], *t;
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		t = guard_tally_of(h->reserved, &h->reserved_count, types[i]);
		if (t != NULL && t->worse > 0)
			t->worse--;
	}
	if (!written)
		return;
	tally_one(one, &n, type, false, true);
	count_worse(h, one, n);
	h->dirty = true;
	hold_flush_soon(h);
}
