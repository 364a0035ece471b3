/* SPDX-License-Identifier: ISC */
/* claims_apply.c -- the entry in hand is carried out, set aside, or waits with its partition. */
#include "engine/claim/claims_private.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "engine/badge/reconcile.h"
#include "engine/claim/purge.h"
#include "engine/state/work.h"

/* --- what cannot be now --------------------------------------------------------------- */

static unsigned
claims_partition(const struct claims *c)
{
	return badge_partition(c->order.profile, store_partitions(c->engine->store)) %
	    CLAIMS_PARTITIONS_MAX;
}

static void
claims_skip(struct claims *c)
{
	c->skipped++;
	c->page_skipped = true;
	c->entry_next++;
}

/* Its partition has a key that is none of ours: it stays pending, as all of that partition. */
static void
claims_block(struct claims *c, const char *why)
{
	unsigned p = claims_partition(c);

	if (!c->blocked[p])
		log_error("claims: commands of partition %u wait: %s", p, why);
	c->blocked[p] = true;
	c->erase_profile[0] = '\0';
	c->unblock_ms = loop_now_ms(c->engine->loop) + CLAIMS_BLOCKED_MS;
	claims_skip(c);
	claims_next(c);
}

static void
claims_on_moved(void *arg, enum stuck_moved moved)
{
	struct claims *c = arg;

	switch (moved) {
	case STUCK_MOVED:
		c->engine->metrics.claims[c->stream][METRICS_CLAIM_STUCK]++;
		c->erase_profile[0] = '\0';
		claims_remove(c);
		return;
	case STUCK_FULL:
		claims_block(c, "its stuck commands have no room, or no key of ours");
		return;
	case STUCK_RETRY:
		claims_start_over(c, CLAIMS_RETRY_MS);
		return;
	case STUCK_ENDED:
		c->running = false;
		return;
	}
}

/* It leaves its stream, and those behind it go on. */
static void
claims_stick(struct claims *c, bool whole_profile, const char *why)
{
	struct stuck_cause cause = {
		.stream = c->stream, .round = c->round[c->stream],
		.badge = c->order.whole_profile ? NULL : c->order.badge,
		.profile = c->order.profile,
		.whole_profile = whole_profile || c->order.whole_profile, .why = why
	};

	stuck_move(c->stuck, &c->entries[c->entry_next], &cause, claims_on_moved, c);
}

/* Whether it has failed so often, though others could be written, that it is its own fault. */
static bool
claims_keeps_failing(struct claims *c)
{
	const char *id = c->entries[c->entry_next].id;

	if (!store_takes_writes(c->engine->store))
		return false;
	if (strcmp(c->failed, id) != 0) {
		(void)text_copy(c->failed, sizeof(c->failed), id);
		c->failures = 0;
	}
	return ++c->failures >= WORK_TRIES_MAX;
}

/* --- carrying it out -------------------------------------------------------------------- */

static void
claims_on_applied(void *arg, enum reconcile_result result, const char *text)
{
	struct claims *c = arg;
	uint64_t *counts = c->engine->metrics.claims[c->stream];

	log_debug("claims: entry %s of %s: %s%s%s", c->entries[c->entry_next].id,
	    command_stream_name(c->stream), reconcile_result_name(result),
	    text[0] != '\0' ? ": " : "", text);
	switch (result) {
	case RECONCILE_REJECTED:
		claims_reject(c, text);
		return;
	case RECONCILE_RETRY:
		if (claims_keeps_failing(c))
			claims_stick(c, false, text);
		else
			claims_start_over(c, CLAIMS_RETRY_MS);
		return;
	case RECONCILE_BADGE_FAULT:
	case RECONCILE_PROFILE_FAULT:
		claims_stick(c, result == RECONCILE_PROFILE_FAULT, text);
		return;
	case RECONCILE_PARTITION_FAULT:
		claims_block(c, text);
		return;
	case RECONCILE_ENDED:
		c->running = false;
		return;
	case RECONCILE_WRITTEN:
		counts[METRICS_CLAIM_APPLIED]++;
		break;
	default:
		counts[METRICS_CLAIM_IGNORED]++;
		break;
	}
	if (c->erase_profile[0] != '\0')
		claims_next(c);		/* its other badges */
	else
		claims_remove(c);
}

static void
claims_apply(struct claims *c, enum reconcile_op op, const char *badge, const char *profile)
{
	const struct command *e = &c->entries[c->entry_next];
	struct reconcile_request request = {
		.op = op, .badge = badge, .profile = profile, .cause = CAUSE_CLAIM,
		.claim = op == RECONCILE_PUT ? &c->order.claim : NULL,
		/* One command on many badges cannot be marked as applied by the first. */
		.stream = op == RECONCILE_ERASE ? NULL : command_stream_name(c->stream),
		.entry_id = e->id, .round = c->round[c->stream]
	};

	if (reconcile_start(c->engine, &request, claims_on_applied, c) == NULL)
		claims_start_over(c, CLAIMS_RETRY_MS);
}

static void
claims_on_purged(void *arg, bool ok)
{
	struct claims *c = arg;

	c->erase_profile[0] = '\0';
	if (ok)
		claims_remove(c);
	else
		claims_start_over(c, CLAIMS_RETRY_MS);
}

static void
claims_on_unstuck(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct claims *c = arg;

	(void)reply;
	if (outcome != STORE_OK ||
	    purge_start(c->engine, c->erase_profile, claims_on_purged, c) != 0)
		claims_start_over(c, CLAIMS_RETRY_MS);
}

/* Badge after badge, then its stuck commands, and what the streams still hold of the profile. */
static void
claims_erase(struct claims *c)
{
	const struct index_badge *b = index_profile_first(c->engine->index, c->erase_profile);

	if (b != NULL) {
		claims_apply(c, RECONCILE_ERASE, b->id, c->erase_profile);
		return;
	}
	stuck_erase(c->stuck, c->erase_profile, claims_on_unstuck, c);
}

void
claims_next(struct claims *c)
{
	const struct command *e;
	struct err err = { .text = "" };
	const char *error;
	bool whole;

	if (c->erase_profile[0] != '\0') {
		claims_erase(c);
		return;
	}
	if (c->stopped) {
		c->running = false;
		engine_progress(c->engine);
		return;
	}
	if (c->entry_next == c->entry_count) {
		claims_page_end(c);
		return;
	}
	e = &c->entries[c->entry_next];
	log_debug("claims: entry %s of %s: %s", e->id, command_stream_name(c->stream),
	    command_id_field(e, "op", 16));
	error = command_read(e, c->stream, c->arena, &c->order, &err);
	if (err.passing)
		claims_start_over(c, CLAIMS_RETRY_MS);
	else if (error != NULL)
		claims_reject(c, error);
	else if (c->blocked[claims_partition(c)]) {
		claims_skip(c);
		claims_next(c);
	} else if (c->order.whole_profile) {
		(void)text_copy(c->erase_profile, sizeof(c->erase_profile), c->order.profile);
		claims_erase(c);
	} else if (stuck_before(c->stuck, c->order.badge, c->order.profile, &whole) != NULL)
		claims_stick(c, whole, "one before it is stuck");
	else
		claims_apply(c, c->order.op, c->order.badge, c->order.profile);
}
