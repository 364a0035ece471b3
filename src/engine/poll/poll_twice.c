/* SPDX-License-Identifier: ISC */
/*
 * poll_twice.c -- a list that comes without any proof of its completeness is
 * downloaded a second time, whole and at once, when something would be
 * concluded from what it does not list, be it a number or a row that a badge
 * is in doubt about: two downloads with the same records are a proof
 * (docs/decisions.md, "Polls").
 *
 * Records of the second are only summed up.  It is tried once in a poll,
 * within the budget, and its failure leaves the first one as it is: unproven.
 */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "engine/poll/poll_private.h"
#include "engine/registry/budget.h"
#include "io/source.h"

#define TWICE_NUMBERS_MAX	8	/* of one alias; more is no alias */

struct absence_use {
	const struct poll *poll;
	bool		 found;
};

/* Whether the list just read has the number, or records with such an alias. */
static bool
key_is_listed(const struct poll *poll, uint64_t key)
{
	const struct snapshot *known = poll->registry->snapshot;
	uint64_t numbers[TWICE_NUMBERS_MAX];
	size_t n;

	if (poll_stage_lists(poll, key))
		return true;
	if (snapshot_alias_find(poll->fresh, key, numbers, 1) > 0)
		return true;
	n = snapshot_alias_find(known, key, numbers, TWICE_NUMBERS_MAX);
	for (size_t i = 0; i < n; i++)
		if (poll_stage_lists(poll, numbers[i]))
			return true;
	return false;
}

bool
poll_lists_badge(const struct poll *poll, const struct index_badge *b)
{
	for (size_t i = 0; i < b->key_count; i++)
		if (key_is_listed(poll, index_key_at(b, i)))
			return true;
	return false;
}

static bool
badge_is_known(const struct poll *poll, const struct index_badge *b)
{
	for (size_t i = 0; i < b->key_count; i++)
		if (snapshot_has(poll->registry->snapshot, index_key_at(b, i)))
			return true;
	return false;
}

/* Whether a proof would let the absence of an unlisted number change the badge, now or by and
 * by. */
static bool
absence_would_count(const struct poll *poll, const struct index_badge *b)
{
	switch (b->status) {
	case BADGE_VERIFIED:
		return poll->registry->config->absence != ABSENCE_IGNORE && !b->has_case;
	case BADGE_SELF_REPORTED:	/* it waits for a list that has said all */
		return poll->registry->proof.last_proven_s == 0 ||
		    poll->registry->left_out.total > 0;
	case BADGE_REVIEW:
		return badge_is_known(poll, b);
	default:
		return false;
	}
}

/*
 * Whether rows that the list has no more may be what a badge is in doubt
 * about.  Only a proof takes them out of the mirror, and the case runs.
 */
static bool
rows_keep_doubt(const struct poll *poll, const struct index_badge *b)
{
	const struct snapshot *known = poll->registry->snapshot;
	uint64_t numbers[TWICE_NUMBERS_MAX];

	if (!b->has_case && b->status != BADGE_REVIEW)
		return false;
	for (size_t i = 0; i < b->key_count; i++) {
		uint64_t key = index_key_at(b, i);
		size_t n = snapshot_alias_find(known, key, numbers, TWICE_NUMBERS_MAX);

		if (snapshot_poll_number_lacking(known, key))
			return true;
		while (n > 0)
			if (snapshot_poll_number_lacking(known, numbers[--n]))
				return true;
	}
	return false;
}

static void
absence_use_look(void *arg, struct index_badge *b)
{
	struct absence_use *use = arg;
	const struct poll *poll = use->poll;

	if (use->found || strcmp(b->body, poll->registry->config->body) != 0 ||
	    !registry_decides(poll->registry, b->body, b->type[0] != '\0' ? b->type : NULL))
		return;
	use->found = rows_keep_doubt(poll, b) ||
	    (absence_would_count(poll, b) && b->key_count > 0 && !poll_lists_badge(poll, b));
}

bool
poll_can_twice(const struct poll *poll)
{
	const struct registry *registry = poll->registry;

	/*
	 * A plug-in that knows proofs and gave none this time has withheld it; a
	 * file read twice is one file; a row that could not be read is none twice.
	 */
	return poll->worth == FEED_UNPROVEN && !poll->facts.left_out_new &&
	    poll->facts.unproven == NULL && registry->plugin.description != NULL &&
	    (registry->plugin.description->proofs == 0 || poll->proofless) &&
	    !source_is_file(registry->config->url);
}

bool
poll_wants_twice(const struct poll *poll)
{
	const struct registry *registry = poll->registry;
	struct absence_use use = { .poll = poll };

	if (poll->reread || poll->try != NULL || !poll_can_twice(poll) ||
	    !budget_has(registry, false))
		return false;
	index_each(registry->engine->index, absence_use_look, &use);
	return use.found;
}

void
poll_twice_start(struct poll *poll)
{
	log_info("connector %s: poll %" PRId64 " reads the list a second time, to prove what it "
	    "lacks", poll->registry->config->label, poll->registry->poll_number);
	poll->reread = true;
	poll->conditional = false;
	timer_set_ms(&poll->deadline, poll->registry->config->timeout_ms);
	poll_worker_start(poll);
}

void
poll_twice_done(struct poll *poll, const char *failure)
{
	worker_kill(poll->worker);
	poll->worker = NULL;
	poll_fetch_cancel(poll);
	poll->facts.twice = failure == NULL && feed_sum_equal(&poll->sum, &poll->second_sum);
	metrics_second(&poll->registry->metrics, poll->facts.twice ? METRICS_SECOND_EQUAL :
	    failure != NULL ? METRICS_SECOND_FAILED : METRICS_SECOND_DIFFERENT);
	if (!poll->facts.twice)
		log_notice("connector %s: poll %" PRId64 " stays without proof: %s",
		    poll->registry->config->label, poll->registry->poll_number,
		    failure != NULL ? failure : "two downloads differ");
	poll_enter(poll, POLL_JUDGE);
}
