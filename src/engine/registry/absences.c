/* SPDX-License-Identifier: ISC */
/* absences.c -- see absences.h. */
#include "engine/registry/absences.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/log.h"
#include "engine/registry/mirror.h"

#define SAVE_BATCH	64	/* fields of one script: well under a millisecond */
#define KEYS_MAX	32	/* of one badge; more than a claim has */

/* What a badge claims, and how often it was missing. */
struct absence_entry {
	uint64_t	 key;
	struct missing	 missing;
	bool		 dirty;		/* not stored as it is here */
	bool		 sent;		/* stored by the batch under way */
	bool		 keep;		/* a mark while following */
	UT_hash_handle	 hh;
};

static struct absence_entry *
entry_find(const struct registry *registry, uint64_t key)
{
	struct absence_entry *e;

	HASH_FIND(hh, registry->absences, &key, sizeof(key), e);
	return e;
}

static struct absence_entry *
entry_add(struct registry *registry, uint64_t key)
{
	struct absence_entry *e = calloc(1, sizeof(*e));

	if (e == NULL) {
		log_error("connector %s: out of memory, an absence counts from the next poll on",
		    registry->config->label);
		return NULL;
	}
	e->key = key;
	HASH_ADD(hh, registry->absences, key, sizeof(e->key), e);
	return e;
}

void
absences_load(struct registry *registry, const char *field, const char *value)
{
	struct missing m = { .polls = 0 };
	struct absence_entry *e;

	if (sscanf(value, "%" SCNu32 " %" SCNd64 " %" SCNd64, &m.polls, &m.first_s,
	    &m.last_s) != 3 ||
	    m.polls == 0)
		return;
	e = entry_find(registry, strtoull(field, NULL, 16));
	if (e == NULL)
		e = entry_add(registry, strtoull(field, NULL, 16));
	if (e != NULL)
		e->missing = m;
}

void
absences_free(struct registry *registry)
{
	struct absence_entry *e, *next;

	HASH_ITER(hh, registry->absences, e, next) {
		HASH_DEL(registry->absences, e);
		free(e);
	}
}

void
absences_forget(struct registry *registry)
{
	for (struct absence_entry *e = registry->absences; e != NULL; e = e->hh.next) {
		e->missing = (struct missing){ .polls = 0 };
		e->dirty = true;
	}
}

/* One hash for all that the claim may match. */
static uint64_t
badge_key(const struct registry *registry, const struct index_badge *b)
{
	uint64_t keys[KEYS_MAX];
	size_t n = 0;

	for (; n < b->key_count && n < KEYS_MAX; n++)
		keys[n] = index_key_at(b, n);
	return store_hash_bytes(registry->engine->store, keys, n * sizeof(keys[0]));
}

static bool
badge_concerns(const struct registry *registry, const struct index_badge *b)
{
	return b->status == BADGE_VERIFIED &&
	    registry_decides(registry, b->body, b->type[0] != '\0' ? b->type : NULL);
}

struct missing
absences_of(const struct registry *registry, const struct index_badge *b)
{
	const struct absence_entry *e = entry_find(registry, badge_key(registry, b));

	return e != NULL ? e->missing : (struct missing){ .polls = 0 };
}

bool
absences_count(const struct registry *registry, const struct index_badge *b)
{
	uint32_t polls = (uint32_t)registry->config->absent_polls;
	const struct absence_entry *e = entry_find(registry, badge_key(registry, b));

	/* Of a poll being committed the first absence is noted afterwards. */
	if (e == NULL)
		return registry->diff.proving && (polls <= 1 || registry->diff.remapping);
	return missing_is_absence(&e->missing, polls);
}

static bool
badge_is_listed(const struct registry *registry, const struct index_badge *b)
{
	uint64_t number;

	for (size_t i = 0; i < b->key_count; i++)
		if (snapshot_has(registry->snapshot, index_key_at(b, i)) ||
		    snapshot_alias_find(registry->snapshot, index_key_at(b, i), &number, 1) > 0)
			return true;
	return false;
}

/*
 * What a list seems to lack because it is read otherwise would lack ever more
 * often: it counts at once, while all that comes of it waits for a person.
 */
static void
count_remapped(const struct registry *registry, struct absence_entry *e)
{
	uint32_t polls = (uint32_t)registry->config->absent_polls;

	if (!registry->diff.remapping || e->missing.polls >= polls)
		return;
	e->missing.polls = polls;
	e->dirty = true;
}

bool
absences_poll(struct registry *registry, const struct index_badge *b, int64_t started_s)
{
	struct absence_entry *e;

	if (!badge_concerns(registry, b))
		return false;
	e = entry_find(registry, badge_key(registry, b));
	if (e == NULL && !badge_is_listed(registry, b))
		e = entry_add(registry, badge_key(registry, b));
	if (e == NULL)
		return false;	/* listed so far: absences_follow() */
	/* It may have come back as a row that cannot be read. */
	if (e->missing.polls > 0 && left_out_newest_s(&registry->left_out) >= e->missing.first_s)
		return false;
	if (missing_count(&e->missing, started_s, registry->config->absent_hours_ms / 1000))
		e->dirty = true;
	count_remapped(registry, e);
	return missing_is_absence(&e->missing, (uint32_t)registry->config->absent_polls);
}

/* --- after the merge ------------------------------------------------------------ */

struct follow {
	struct registry	*registry;
	int64_t		 started_s;
};

static void
follow_badge(void *arg, struct index_badge *b)
{
	struct follow *f = arg;
	struct absence_entry *e;
	uint64_t key;

	if (!badge_concerns(f->registry, b) || badge_is_listed(f->registry, b))
		return;
	key = badge_key(f->registry, b);
	e = entry_find(f->registry, key);
	if (e == NULL && f->registry->diff.proving)
		e = entry_add(f->registry, key);
	if (e == NULL)
		return;
	e->keep = true;
	if (e->missing.polls == 0 && missing_count(&e->missing, f->started_s, 0))
		e->dirty = true;
	if (f->registry->diff.proving)
		count_remapped(f->registry, e);
}

void
absences_follow(struct registry *registry, int64_t started_s)
{
	struct follow f = { .registry = registry, .started_s = started_s };
	struct absence_entry *e, *next;

	index_each(registry->engine->index, follow_badge, &f);
	HASH_ITER(hh, registry->absences, e, next) {
		if (!e->keep && e->missing.polls > 0) {
			e->missing.polls = 0;	/* absences_saved() takes it out */
			e->dirty = true;
		}
		e->keep = false;
	}
}

bool
absences_save(struct registry *registry, struct store_txn *txn)
{
	key_buf key;
	char field[17], value[64];
	struct absence_entry *e, *next;
	size_t n = 0;

	(void)registry_key(registry, "absences", key);
	for (e = registry->absences; e != NULL; e = e->hh.next)
		e->sent = false;	/* of a batch that failed */
	HASH_ITER(hh, registry->absences, e, next) {
		if (!e->dirty)
			continue;
		if (n++ == 0)
			store_txn_key(txn, key);
		e->sent = true;
		(void)mirror_field(e->key, field);
		(void)snprintf(value, sizeof(value), "%" PRIu32 " %" PRId64 " %" PRId64,
		    e->missing.polls, e->missing.first_s, e->missing.last_s);
		if (e->missing.polls > 0)
			store_txn_cmd(txn, 4, (const char *[]){ "HSET", key, field, value });
		else
			store_txn_cmd(txn, 3, (const char *[]){ "HDEL", key, field });
		if (n == SAVE_BATCH)
			break;
	}
	return n > 0;
}

void
absences_saved(struct registry *registry)
{
	struct absence_entry *e, *next;

	HASH_ITER(hh, registry->absences, e, next) {
		if (!e->sent)
			continue;
		e->sent = e->dirty = false;
		if (e->missing.polls == 0) {
			HASH_DEL(registry->absences, e);
			free(e);
		}
	}
}
