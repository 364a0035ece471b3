/* SPDX-License-Identifier: ISC */
/* stuck_try.c -- stuck commands, tried again, the first of each badge, one at a time. */
#include "engine/claim/stuck_private.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/schedule.h"
#include "engine/badge/reconcile.h"
#include "engine/claim/purge.h"
#include "engine/claim/rejected.h"

static void stuck_next(struct stuck *);

/* --- when ------------------------------------------------------------------------------- */

/* Nothing of its badge or profile stands before it. */
static bool
stuck_is_first(const struct stuck *s, const struct stuck_command *c)
{
	return stuck_in_front(s, c->whole_profile ? NULL : c->badge, c->profile, c) == NULL;
}

void
stuck_arm(struct stuck *s)
{
	int64_t first_ms = INT64_MAX, now_ms = loop_now_ms(s->engine->loop);

	if (s->trying[0] != '\0')
		return;		/* stuck_end() */
	for (struct stuck_command *c = s->first; c != NULL; c = c->next)
		if (c->at_ms < first_ms && stuck_is_first(s, c))
			first_ms = c->at_ms;
	if (first_ms == INT64_MAX)
		timer_cancel(&s->timer);
	else
		timer_set_ms(&s->timer, first_ms > now_ms ? first_ms - now_ms : 0);
}

void
stuck_on_timer(void *arg)
{
	stuck_resume(arg);
}

void
stuck_resume(struct stuck *s)
{
	if (s->loaded && s->trying[0] == '\0' && !s->engine->stopping &&
	    s->engine->loaded && store_state(s->engine->store) == STORE_OPEN)
		stuck_next(s);
}

/* --- how it ends --------------------------------------------------------------------------- */

static void
stuck_end(struct stuck *s)
{
	s->trying[0] = '\0';
	stuck_arm(s);
	engine_progress(s->engine);
}

/* Not yet: with a longer pause. */
static void
stuck_later(struct stuck *s, const char *why)
{
	struct stuck_command *c = stuck_find(s, s->trying);

	if (c != NULL) {
		c->at_ms = loop_now_ms(s->engine->loop) + schedule_pause_ms(++c->tries);
		log_debug("claims: entry %s: again later: %s", c->name, why);
	}
	stuck_end(s);
}

/* It is out of the store. */
static void
stuck_over(struct stuck *s)
{
	struct stuck_command *c = stuck_find(s, s->trying);

	if (c != NULL) {
		log_notice("claims: entry %s was carried out, or is not needed any more", c->name);
		stuck_remove(s, c);
	}
	stuck_end(s);
}

static void
stuck_on_removed(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	(void)reply;
	if (outcome == STORE_OK)
		stuck_over(arg);
	else
		stuck_later(arg, "the store cannot now");
}

/* There was nothing to write. */
static void
stuck_take_out(struct stuck *s)
{
	const struct stuck_command *c = stuck_find(s, s->trying);
	struct store_txn txn;
	key_buf key;

	if (c == NULL) {
		stuck_end(s);
		return;
	}
	store_txn_begin_partition(s->engine->store, &txn, c->partition);
	store_txn_key(&txn, stuck_key(s->engine, c->partition, key));
	store_txn_cmd(&txn, 3, (const char *[]){ "HDEL", key, c->name });
	store_txn_send(s->engine->store, &txn, stuck_on_removed, s);
}

static void
stuck_on_rejected(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	(void)reply;
	if (outcome == STORE_OK)
		stuck_take_out(arg);
	else
		stuck_later(arg, "the store cannot now");
}

/* --- carrying it out ------------------------------------------------------------------------- */

static void stuck_erase_next(struct stuck *);

static void
stuck_on_done(void *arg, enum reconcile_result result, const char *text)
{
	struct stuck *s = arg;

	switch (result) {
	case RECONCILE_WRITTEN:
		if (s->order.whole_profile)
			stuck_erase_next(s);
		else
			stuck_over(s);
		return;
	case RECONCILE_UNCHANGED:
	case RECONCILE_IGNORED:
		if (s->order.whole_profile)
			stuck_erase_next(s);
		else
			stuck_take_out(s);
		return;
	case RECONCILE_REJECTED:
		rejected_add(s->engine, &s->command, text, stuck_on_rejected, s);
		return;
	default:
		stuck_later(s, text);
		return;
	}
}

static void
stuck_apply(struct stuck *s, const char *badge)
{
	struct reconcile_request request = {
		.op = s->order.op, .badge = badge, .profile = s->order.profile,
		.cause = CAUSE_CLAIM,
		.claim = s->order.op == RECONCILE_PUT ? &s->order.claim : NULL,
		.entry_id = s->command.id,
		/* One command on many badges is not done with the first. */
		.stuck = s->order.whole_profile ? NULL : s->trying
	};

	if (reconcile_start(s->engine, &request, stuck_on_done, s) == NULL)
		stuck_later(s, "out of memory");
}

static void
stuck_on_purged(void *arg, bool ok)
{
	if (ok)
		stuck_take_out(arg);
	else
		stuck_later(arg, "the store cannot now");
}

static void
stuck_erase_next(struct stuck *s)
{
	const struct index_badge *b = index_profile_first(s->engine->index, s->order.profile);

	if (b != NULL)
		stuck_apply(s, b->id);
	else if (purge_start(s->engine, s->order.profile, stuck_on_purged, s) != 0)
		stuck_later(s, "out of memory");
}

/* The command as it was in its stream.  false: damaged, or no memory (err->passing). */
static bool
command_restore(struct stuck *s, const char *text, struct err *err)
{
	json_t *root = json_loads(text, 0, NULL), *fields, *value;
	struct command *c = &s->command;
	const char *id, *name;
	bool ok = root != NULL &&
	    json_unpack(root, "{s:s, s:o}", "id", &id, "fields", &fields) == 0;

	*c = (struct command){ .count = 0 };
	if (!ok)
		(void)err_set(err, "it is damaged");
	else {
		c->id = arena_strdup(s->arena, id);
		json_object_foreach(fields, name, value) {
			if (c->count == COMMAND_FIELDS_MAX || !json_is_string(value))
				break;
			c->fields[c->count].name = arena_strdup(s->arena, name);
			c->fields[c->count].value = arena_strdup(s->arena,
			    json_string_value(value));
			ok = ok && c->fields[c->count].name != NULL &&
			    c->fields[c->count].value != NULL;
			c->count++;
		}
		if (c->id == NULL || !ok)
			ok = err_set_passing(err, "out of memory") == 0;
	}
	json_decref(root);
	return ok;
}

static void
stuck_on_command(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct stuck *s = arg;
	struct stuck_command *c = stuck_find(s, s->trying);
	const char *text = redis_reply_str(reply, NULL), *error;
	struct err err = { .text = "" };

	if (outcome == STORE_OK && text == NULL) {
		stuck_over(s);		/* done before an answer was lost, or erased */
		return;
	}
	if (outcome != STORE_OK || c == NULL) {
		stuck_later(s, "the store cannot be read now");
		return;
	}
	arena_reset(s->arena);
	if (!command_restore(s, text, &err)) {
		stuck_later(s, err.text);
		return;
	}
	error = command_read(&s->command, c->stream, s->arena, &s->order, &err);
	if (err.passing)
		stuck_later(s, err.text);
	else if (error != NULL)
		rejected_add(s->engine, &s->command, error, stuck_on_rejected, s);
	else if (s->order.whole_profile)
		stuck_erase_next(s);
	else
		stuck_apply(s, s->order.badge);
}

/* The first that is due. */
static void
stuck_next(struct stuck *s)
{
	int64_t now_ms = loop_now_ms(s->engine->loop);
	key_buf key;

	for (struct stuck_command *c = s->first; c != NULL; c = c->next) {
		if (c->at_ms > now_ms || !stuck_is_first(s, c))
			continue;
		(void)text_copy(s->trying, sizeof(s->trying), c->name);
		store_read(s->engine->store, stuck_on_command, s, 3, (const char *[]){ "HGET",
		    stuck_key(s->engine, c->partition, key), c->name });
		return;
	}
	stuck_arm(s);
}

/* --- erasing a profile ------------------------------------------------------------------------ */

void
stuck_erase(struct stuck *s, const char *profile, store_fn *fn, void *arg)
{
	unsigned partition = badge_partition(profile, store_partitions(s->engine->store));
	struct store_txn txn;
	key_buf key;

	(void)stuck_key(s->engine, partition, key);
	store_txn_begin_partition(s->engine->store, &txn, partition);
	store_txn_key(&txn, key);
	for (struct stuck_command *c = s->first, *next; c != NULL; c = next) {
		next = c->next;
		if (strcmp(c->profile, profile) != 0 || c->stream == COMMAND_STAFF)
			continue;
		store_txn_cmd(&txn, 3, (const char *[]){ "HDEL", key, c->name });
		stuck_remove(s, c);
	}
	store_txn_send(s->engine->store, &txn, fn, arg);
}
