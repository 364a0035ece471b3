/* SPDX-License-Identifier: ISC */
/* registry_event.c -- see registry_event.h. */
#include "engine/registry/registry_event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

/* --- its state --------------------------------------------------------------- */

static const char *const state_names[] = {
	[REGISTRY_IDLE] = "idle", [REGISTRY_POLLING] = "polling", [REGISTRY_HELD] = "held",
	[REGISTRY_BACKOFF] = "backoff", [REGISTRY_STOPPED] = "stopped"
};

const char *
registry_state_name(enum registry_state state)
{
	return state_names[state];
}

/* The one door.  What is held is shown, not stored: registry_state_shown(). */
static void
state_set(struct registry *registry, enum registry_state state)
{
	if (registry->state == state)
		return;
	log_debug("connector %s: %s, then %s", registry->config->label,
	    state_names[registry->state], state_names[state]);
	registry->state = state;
}

static void
error_set(struct registry *registry, const char *error)
{
	(void)snprintf(registry->error, sizeof(registry->error), "%s", error);
}

/* --- its life ------------------------------------------------------------------ */

void
registry_loaded(struct registry *registry)
{
	registry->loaded = true;
}

void
registry_distrusted(struct registry *registry)
{
	struct registry_reading *reading = &registry->reading;
	struct registry_proof *proof = &registry->proof;

	reading->validator = (struct validator){ .request = 0 };
	free(reading->checkpoint);
	reading->checkpoint = NULL;
	reading->checkpoint_len = 0;
	reading->last_whole_s = 0;
	proof->proven = false;
	proof->last_proven_s = 0;
	proof->name[0] = '\0';
	registry->left_out.count = 0;	/* which were left out is of that list, too */
	registry->times.next_poll_s = 0;
}

void
registry_tie(struct registry *registry, struct hold *hold, struct lookup *lookup)
{
	registry->hold = hold;
	registry->lookup = lookup;
}

void
registry_hold_changed(struct registry *registry, bool held, const char *plan)
{
	registry->held.waits = held;
	(void)text_copy(registry->held.plan, sizeof(registry->held.plan), plan);
}

/* --- polls ------------------------------------------------------------------- */

void
registry_poll_began(struct registry *registry, struct poll *poll)
{
	registry->poll = poll;
	state_set(registry, REGISTRY_POLLING);
}

void
registry_poll_numbered(struct registry *registry)
{
	registry->poll_number++;
}

void
registry_worker_done(struct registry *registry, uint64_t maxrss_kib)
{
	registry->worker_rss_kib = maxrss_kib;
}

void
registry_attempted(struct registry *registry, int64_t started_s)
{
	timer_cancel(&registry->timer);
	registry->times.last_attempt_s = started_s;
}

void
registry_poll_undone(struct registry *registry, enum registry_state before)
{
	state_set(registry, before);
}

void
registry_poll_gone(struct registry *registry, enum registry_state before)
{
	registry->poll = NULL;
	if (registry->state == REGISTRY_POLLING)
		state_set(registry, before);
}

void
registry_poll_failed(struct registry *registry, bool stop, int64_t retry_at_s, const char *why)
{
	registry->times.failures++;
	registry->times.retry_at_s = retry_at_s;
	state_set(registry, stop ? REGISTRY_STOPPED : REGISTRY_BACKOFF);
	error_set(registry, why);
}

void
registry_poll_refused(struct registry *registry, const char *why)
{
	registry->times.failures++;
	state_set(registry, REGISTRY_BACKOFF);
	error_set(registry, why);
}

void
registry_feed_refused(struct registry *registry, const struct refused *refused)
{
	registry->refused = *refused;
}

void
registry_feed_accepted(struct registry *registry, const char *by)
{
	(void)text_copy(registry->refused.accepted_by, sizeof(registry->refused.accepted_by), by);
}

void
registry_dry_run_found(struct registry *registry, json_t *result)
{
	json_decref(registry->dry_result);
	registry->dry_result = result;
}

void
registry_observed(struct registry *registry, json_t *result)
{
	json_decref(registry->observed);
	registry->observed = result;
}

void
registry_poll_succeeded(struct registry *registry, int64_t started_s, int64_t retry_at_s)
{
	registry->times.failures = 0;
	registry->times.retry_at_s = retry_at_s;
	registry->times.last_success_s = started_s;
	state_set(registry, REGISTRY_IDLE);
	error_set(registry, "");
}

void
registry_described(struct registry *registry)
{
	error_set(registry, registry->plugin.description == NULL ? registry->plugin.error : "");
}

void
registry_described_late(struct registry *registry)
{
	bool usable = registry->plugin.description != NULL;

	registry_described(registry);
	registry->times.failures = usable ? 0 : registry->times.failures + 1;
	state_set(registry, usable ? REGISTRY_IDLE : REGISTRY_BACKOFF);
}

/* --- what they read ------------------------------------------------------------ */

void
registry_lacks(struct registry *registry, uint64_t records, uint64_t numbers)
{
	registry->proof.lacking_records = records;
	registry->proof.lacking_numbers = numbers;
	registry->proof.lacking_since_s = records != 0 ? registry_lacking_since_s(registry) : 0;
}

void
registry_grew(struct registry *registry, bool by_lookup)
{
	registry->reading.validator = (struct validator){ 0 };
	registry->proof.proven = registry->proof.proven && by_lookup;
}

/* Sizes are compared with the largest list of the window, so that shrinking little by little is
 * seen. */
static void
size_note(struct registry *registry, int64_t started_s, uint64_t records)
{
	struct registry_proof *proof = &registry->proof;
	bool over = started_s - proof->largest_s > registry->engine->config->guard_window_ms / 1000;

	if (records < proof->largest && !over && strcmp(proof->name, "accepted") != 0)
		return;
	proof->largest = records;
	proof->largest_s = started_s;
}

void
registry_read_whole(struct registry *registry, int64_t started_s, uint64_t records,
    uint64_t identity, int64_t source_time_s, int64_t as_of_s)
{
	registry->reading.last_whole_s = started_s;
	registry->reading.source_time_s = source_time_s;
	registry->reading.as_of_s = as_of_s;
	registry->reading.identity = identity;
	size_note(registry, started_s, records);
}

void
registry_read_file(struct registry *registry, const char *name)
{
	(void)text_copy(registry->reading.file, sizeof(registry->reading.file), name);
}

void
registry_heard(struct registry *registry, int64_t started_s, bool news)
{
	/* What a store of before says nothing of begins to count now. */
	if (news || registry->reading.news_s == 0)
		registry->reading.news_s = started_s;
}

void
registry_proof_named(struct registry *registry, const char *proof)
{
	(void)text_copy(registry->proof.name, sizeof(registry->proof.name), proof);
}

void
registry_took(struct registry *registry, bool proven, const struct validator *validator,
    const struct left_out *left_out)
{
	registry->left_out = *left_out;
	registry->proof.proven = proven;
	registry->reading.validator = proven ? *validator : (struct validator){ 0 };
}

void
registry_took_checkpoint(struct registry *registry, char *checkpoint, size_t len)
{
	free(registry->reading.checkpoint);
	registry->reading.checkpoint = checkpoint;
	registry->reading.checkpoint_len = len;
}

/* --- commits -------------------------------------------------------------------- */

void
registry_commit_began(struct registry *registry, struct commit *commit, bool proven, bool remapped)
{
	registry->commit = commit;
	registry->diff.final = true;
	registry->diff.proving = proven && !registry_is_held(registry);
	registry->diff.remapping = remapped;
}

void
registry_commit_noted(struct registry *registry, const char *pending)
{
	(void)text_copy(registry->diff.pending, sizeof(registry->diff.pending), pending);
}

void
registry_completed(struct registry *registry, int64_t started_s, bool complete, bool proven)
{
	if (complete)
		registry->proof.last_complete_s = started_s;
	if (complete && registry->proof.first_complete_s == 0)
		registry->proof.first_complete_s = started_s;
	if (proven)
		registry->proof.last_proven_s = started_s;
}

void
registry_commit_over(struct registry *registry, bool done)
{
	if (done)
		registry->diff.final = registry->diff.proving = registry->diff.remapping = false;
	registry->commit = NULL;
}

/* --- the configuration ------------------------------------------------------------ */

void
registry_reset(struct registry *registry)
{
	registry->times.failures = 0;
	registry->times.retry_at_s = 0;
	registry->times.next_poll_s = 0;
}

void
registry_wake(struct registry *registry)
{
	if (registry->state != REGISTRY_STOPPED)
		return;
	state_set(registry, REGISTRY_IDLE);
	error_set(registry, "");
}
