/* SPDX-License-Identifier: ISC */
/*
 * poll_supersede.c -- after an unproven feed: rows that came back changed.
 *
 * Candidates are known records that this feed did not list although it listed
 * their number.  The number's lines are read from mirror and diff, and records
 * in whose place another is listed now, new or known, are staged as gone
 * (core/supersede.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "core/supersede.h"
#include "engine/poll/poll_private.h"
#include "engine/registry/mirror.h"

#define SUPERSEDE_PARALLEL	32	/* numbers under way; hides the round trips */
#define SUPERSEDE_ARENA		((size_t)RECORDS_PER_NUMBER * RECORD_TEXT_MAX * 8)

/* One number: its lines as read, and the contents that were not listed. */
struct candidate_number {
	struct poll	*poll;
	uint64_t	 number;
	char		*mirror;	/* owned */
};

static int
hash_compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* What a list says again counts as well as what is new; a delta lists no more than what is new. */
static bool
number_is_listed(const struct poll *poll, uint64_t number)
{
	return poll->kind == CS_POLL_FULL ? poll_stage_lists(poll, number) :
	    poll_stage_has(poll, number);
}

/* Collects numbers that are listed and have a record that is lacking. */
static void
candidate_note(void *arg, uint64_t number, uint64_t content)
{
	struct poll *poll = arg;

	/* After a proof only what is in doubt is still known. */
	if ((poll->worth == FEED_PROVEN && !poll_doubts(poll, content)) ||
	    !number_is_listed(poll, number))
		return;
	if (poll->candidate_count < poll->candidate_cap)
		poll->candidates[poll->candidate_count++] = number;
}

/* --- one number ---------------------------------------------------------------------- */

struct compare {
	struct candidate_number *c;
	const char	*staged;
	const char	*old_line;
	size_t		 old_len;
	struct record	 old;
	struct arena	*arena;
	bool		 superseded;
};

static bool
compare_listed(struct compare *x, const char *line, size_t len)
{
	const struct registry *registry = x->c->poll->registry;
	bool unique = registry->plugin.description != NULL &&
	    registry->plugin.description->unique_rows;
	struct cs_date today = zone_date(registry->config->zone, x->c->poll->started_s);
	struct record listed;

	if (record_decode(line, len, x->arena, &listed, NULL) == 0)
		x->superseded = record_supersedes(&listed, &x->old, unique, today);
	return !x->superseded;
}

static bool
compare_fresh(void *arg, const char *line, size_t len)
{
	return *line != '+' || compare_listed(arg, line + 1, len - 1);
}

/* Whether the record of this line of the mirror was listed again as it is. */
static bool
line_was_seen(const struct compare *x, const char *line, size_t len)
{
	const struct poll *poll = x->c->poll;

	return snapshot_poll_was_seen(poll->registry->snapshot, x->c->number,
	    store_hash_bytes(poll->registry->engine->store, line, len));
}

static bool
compare_known(void *arg, const char *line, size_t len)
{
	return !line_was_seen(arg, line, len) || compare_listed(arg, line, len);
}

static bool
compare_old(void *arg, const char *line, size_t len)
{
	struct compare *x = arg;
	struct poll *poll = x->c->poll;
	uint64_t content = store_hash_bytes(poll->registry->engine->store, line, len);
	char hex[17];

	/* Listed again as it was, so that it stands beside whatever else there is; or gone. */
	if (line_was_seen(x, line, len) ||
	    (poll->worth == FEED_PROVEN && !poll_doubts(poll, content)))
		return true;
	arena_reset(x->arena);
	x->superseded = false;
	if (record_decode(line, len, x->arena, &x->old, NULL) == 0) {
		if (x->staged != NULL)
			mirror_each(x->staged, compare_fresh, x);
		if (!x->superseded && poll->kind == CS_POLL_FULL)
			mirror_each(x->c->mirror, compare_known, x);
	}
	if (x->superseded && !poll_stage_line(poll, x->c->number, '-', mirror_field(content, hex)))
		poll->out_of_memory = true;
	return true;
}

static void
candidate_free(struct candidate_number *c)
{
	free(c->mirror);
	free(c);
}

static void
candidate_on_staged(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct candidate_number *c = arg;
	struct poll *poll = c->poll;
	struct compare x = { .c = c, .arena = arena_new(SUPERSEDE_ARENA) };

	if (!poll_write_done(poll)) {
		(void)arena_free(x.arena);
		candidate_free(c);
		return;
	}
	x.staged = outcome == STORE_OK ? redis_reply_str(reply, NULL) : NULL;
	if (x.arena == NULL)
		poll->out_of_memory = true;
	else if (c->mirror != NULL)
		mirror_each(c->mirror, compare_old, &x);
	(void)arena_free(x.arena);
	candidate_free(c);
	if (outcome != STORE_OK)
		poll_fail(poll, CS_E_REMOTE, 0,
		    "the store could not be read for rows that changed");
	else
		poll_step(poll);
}

static void
candidate_on_mirror(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct candidate_number *c = arg;
	struct poll *poll = c->poll;
	const char *text = redis_reply_str(reply, NULL);
	key_buf key;
	char field[17];

	if (!poll_write_done(poll)) {
		candidate_free(c);
		return;
	}
	if (outcome != STORE_OK) {
		candidate_free(c);
		poll_fail(poll, CS_E_REMOTE, 0,
		    "the store could not be read for rows that changed");
		return;
	}
	c->mirror = text != NULL ? strdup(text) : NULL;
	poll->writes++;
	store_read(poll->registry->engine->store, candidate_on_staged, c, 3, (const char *[]){
		"HGET", registry_staged_key(poll->registry, poll->registry->poll_number, key),
		mirror_field(c->number, field) });
}

void
poll_supersede_next(struct poll *poll)
{
	key_buf key;
	char field[17];

	while (poll->candidate_next < poll->candidate_count && poll->writes < SUPERSEDE_PARALLEL) {
		struct candidate_number *c = calloc(1, sizeof(*c));

		if (c == NULL) {
			poll->out_of_memory = true;
			return;
		}
		c->poll = poll;
		c->number = poll->candidates[poll->candidate_next++];
		poll->writes++;
		store_read(poll->registry->engine->store, candidate_on_mirror, c, 3,
		    (const char *[]){
			"HGET", registry_key(poll->registry, "mirror", key),
			mirror_field(c->number, field) });
	}
}

bool
poll_supersede_done(const struct poll *poll)
{
	return poll->candidate_next == poll->candidate_count;
}

int
poll_supersede_init(struct poll *poll)
{
	size_t lacking = snapshot_poll_lacking_count(poll->registry->snapshot), n = 0;

	poll->candidate_cap = poll->kind == CS_POLL_FULL || poll->staged_count > 0 ? lacking : 0;
	if (poll->candidate_cap == 0)
		return 0;
	poll->candidates = calloc(poll->candidate_cap, sizeof(*poll->candidates));
	if (poll->candidates == NULL)
		return -1;
	snapshot_poll_lacking(poll->registry->snapshot, candidate_note, poll);
	if (poll->candidate_count == 0)
		return 0;
	/* Several lacking records of one number are one candidate. */
	qsort(poll->candidates, poll->candidate_count, sizeof(*poll->candidates), hash_compare);
	for (size_t i = 1; i < poll->candidate_count; i++)
		if (poll->candidates[i] != poll->candidates[n])
			poll->candidates[++n] = poll->candidates[i];
	poll->candidate_count = n + 1;
	return 0;
}
