/* SPDX-License-Identifier: ISC */
/* hold_json.c -- what `certsync plan` shows of a hold. */
#include "engine/guard/hold_private.h"

#include <string.h>

#include "base/text.h"

static json_t *
time_json(int64_t unix_s)
{
	char text[TEXT_TIME];

	return unix_s != 0 ? json_string(text_time_s(unix_s, text)) : json_null();
}

static const char *
state_word(enum hold_state state)
{
	return state == HOLD_HELD ? "waits" :
	    state == HOLD_APPROVED ? "being carried out" : "discarded";
}

static json_t *
plan_json(const struct hold_plan *plan)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:o, s:s, s:o}",
	    "hash", plan->hash, "state", state_word(plan->state), "lines", (json_int_t)plan->lines,
	    "lines_first", (json_int_t)plan->opened_lines, "cause", badge_cause_name(plan->cause),
	    "poll", plan->poll, "why", plan->why, "opened", time_json(plan->opened_s),
	    "by", plan->by, "at", time_json(plan->at_s));
}

json_t *
hold_line_json(const struct plan_line *line)
{
	char to[PLAN_TO_SIZE];

	return json_pack("{s:s, s:I, s:s, s:s, s:s}", "badge", line->badge,
	    "version", (json_int_t)line->version, "from", badge_status_name(line->from),
	    "to", plan_line_to(line, to), "reason", badge_reason_name(line->reason));
}

static json_t *
lines_json(const struct hold_plan *plan, const char *after, size_t most, const char **next)
{
	json_t *list = json_array();
	struct plan lines;
	size_t i = 0;

	*next = NULL;
	if (hold_plan_lines(plan, &lines) != 0)
		return list;
	while (i < lines.count && strcmp(lines.lines[i].badge, after) <= 0)
		i++;
	for (; i < lines.count && json_array_size(list) < most; i++)
		(void)json_array_append_new(list, hold_line_json(&lines.lines[i]));
	if (i < lines.count)
		*next = json_string_value(json_object_get(json_array_get(list,
		    json_array_size(list) - 1), "badge"));
	plan_free(&lines);
	return list;
}

/* Counts of a plan's lines by what would become of them and why. */
static json_t *
summary_json(const struct hold_plan *plan)
{
	json_t *counts = json_object();
	char to[PLAN_TO_SIZE], name[64];
	struct plan lines;

	if (hold_plan_lines(plan, &lines) != 0)
		return counts;
	for (size_t i = 0; i < lines.count; i++) {
		const struct plan_line *line = &lines.lines[i];

		(void)snprintf(name, sizeof(name), "%s %s",
		    line->change == PLAN_EARLIER ? "earlier" :
		    plan_line_to(line, to), badge_reason_name(line->reason));
		(void)json_object_set_new(counts, name,
		    json_integer(json_integer_value(json_object_get(counts, name)) + 1));
	}
	plan_free(&lines);
	return counts;
}

static json_t *
window_json(const struct hold *h)
{
	struct guard_tally tallies[GUARD_TALLIES_MAX];
	const struct config *config = hold_engine(h)->config;
	json_t *list = json_array();
	size_t n = guard_window_tally(&h->window, tallies);

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_pack("{s:s, s:I, s:I}",
		    "type", tallies[i].type, "verified", (json_int_t)tallies[i].verified,
		    "worse", (json_int_t)tallies[i].worse));
	return json_pack("{s:I, s:f, s:I, s:I, s:o}",
	    "window_s", (json_int_t)(config->guard_window_ms / 1000), "share", config->guard_share,
	    "count", (json_int_t)config->guard_count, "max", (json_int_t)config->guard_max,
	    "counts", list);
}

static const struct hold_plan *
plan_shown(const struct hold *h, const char *typed)
{
	if (typed == NULL) {
		const struct hold_plan *plan = hold_plan_first(h, HOLD_HELD);

		return plan != NULL ? plan : hold_plan_first(h, HOLD_APPROVED);
	}
	for (const struct hold_plan *plan = h->plans; plan != NULL; plan = plan->next)
		if (plan->state != HOLD_ENDED && plan_hash_matches(plan->hash, typed))
			return plan;
	return NULL;
}

json_t *
hold_json(const struct hold *h, const char *typed, const char *after, size_t most, struct err *err)
{
	const struct hold_plan *plan = plan_shown(h, typed);
	json_t *root, *plans = json_array();
	char text[HOLD_TEXT_SIZE];
	const char *next = NULL;

	if (plan == NULL && typed != NULL) {
		(void)err_set(err, "%s has no plan %.64s; `certsync plan %s` shows what waits now",
		    hold_name(h), typed, hold_name(h));
		json_decref(plans);
		return NULL;
	}
	for (const struct hold_plan *one = h->plans; one != NULL; one = one->next)
		if (one->state != HOLD_ENDED)
			(void)json_array_append_new(plans, plan_json(one));
	root = json_pack("{s:s, s:b, s:s, s:o, s:o}", "name", hold_name(h), "held", hold_is_held(h),
	    "text", hold_text(h, text), "plans", plans, "window", window_json(h));
	if (h->stopped_s != 0)
		(void)json_object_set_new(root, "stopped", json_pack("{s:s, s:s, s:o}",
		    "why", h->stopped_why, "by", h->stopped_by, "since", time_json(h->stopped_s)));
	if (plan != NULL) {
		(void)json_object_set_new(root, "plan", plan_json(plan));
		(void)json_object_set_new(root, "summary", summary_json(plan));
		(void)json_object_set_new(root, "lines", lines_json(plan, after, most, &next));
		if (next != NULL)
			(void)json_object_set_new(root, "next", json_string(next));
	}
	return root;
}
