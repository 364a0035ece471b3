/* SPDX-License-Identifier: ISC */
/*
 * purge.c -- see purge.h.  One pass over the partition's events, then one over
 * claims:rejected.  A badge's own events name its profile; those of its cases
 * come after them and are known by the badge.
 */
#include "engine/claim/purge.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/badge.h"

#define PURGE_BADGES_MAX	1000	/* a profile has at most 100 at a time */

struct purge {
	struct engine	*engine;
	char		 profile[BADGE_ID_MAX + 1];
	unsigned	 partition;
	bool		 rejected;	/* the second pass */
	char		 cursor[48];
	char		 badges[PURGE_BADGES_MAX][BADGE_ID_MAX + 1];
	size_t		 badge_count;
	char		 ids[PURGE_DELETE][48];	/* to delete */
	size_t		 id_count;
	bool		 last_page;
	purge_fn	*fn;
	void		*arg;
};

static void purge_read(struct purge *);

static void
purge_end(struct purge *p, bool ok)
{
	p->fn(p->arg, ok);
	free(p);
}

static bool
purge_knows(const struct purge *p, const char *badge)
{
	for (size_t i = 0; i < p->badge_count; i++)
		if (strcmp(p->badges[i], badge) == 0)
			return true;
	return false;
}

/* Whether an event is one of the profile's; badges are learnt from their own. */
static bool
purge_event_matches(struct purge *p, const char *text)
{
	json_t *event = text != NULL ? json_loads(text, 0, NULL) : NULL;
	const char *type = json_string_value(json_object_get(event, "type"));
	const char *subject = json_string_value(json_object_get(event, "subject"));
	const char *profile =
	    json_string_value(json_object_get(json_object_get(event, "data"), "profile"));
	bool ours = false;

	if (type != NULL && subject != NULL && strcmp(type, "org.certsync.badge.erased.v1") != 0) {
		ours = profile != NULL ? strcmp(profile, p->profile) == 0 : purge_knows(p, subject);
		if (ours && !purge_knows(p, subject) && p->badge_count < PURGE_BADGES_MAX)
			(void)text_copy(p->badges[p->badge_count++], sizeof(p->badges[0]), subject);
	}
	json_decref(event);
	return ours;
}

static bool
purge_matches(struct purge *p, const struct redis_reply *fields)
{
	if (!p->rejected)
		return purge_event_matches(p,
		    redis_reply_str(redis_reply_field(fields, "event"), NULL));
	return redis_reply_is(redis_reply_field(fields, "profile"), p->profile);
}

static const char *
purge_key(const struct purge *p, key_buf out)
{
	const char *prefix = store_prefix(p->engine->store);

	return p->rejected ? key_global(prefix, "claims:rejected", out) :
	    key_partition(prefix, p->partition, "events", NULL, out);
}

static void
purge_next(struct purge *p)
{
	if (p->last_page && p->rejected) {
		purge_end(p, true);
		return;
	}
	if (p->last_page) {
		p->rejected = true;
		(void)snprintf(p->cursor, sizeof(p->cursor), "-");
	}
	purge_read(p);
}

static void
purge_on_deleted(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct purge *p = arg;

	(void)reply;
	if (outcome != STORE_OK)
		purge_end(p, false);
	else
		purge_next(p);
}

static void
purge_delete(struct purge *p)
{
	struct store_txn txn;
	const char *words[2 + PURGE_DELETE] = { "XDEL" };
	key_buf key;

	words[1] = purge_key(p, key);
	for (size_t i = 0; i < p->id_count; i++)
		words[2 + i] = p->ids[i];
	if (p->rejected)
		store_txn_begin(p->engine->store, &txn, key);
	else
		store_txn_begin_partition(p->engine->store, &txn, p->partition);
	store_txn_key(&txn, key);
	store_txn_cmd(&txn, 2 + p->id_count, words);
	p->id_count = 0;
	store_txn_send(p->engine->store, &txn, purge_on_deleted, p);
}

static void
purge_on_page(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct purge *p = arg;
	size_t n = redis_reply_count(reply), i;

	if (outcome != STORE_OK) {
		purge_end(p, false);
		return;
	}
	for (i = 0; i < n && p->id_count < PURGE_DELETE; i++) {
		const struct redis_reply *entry = redis_reply_at(reply, i);
		const char *id = redis_reply_str(redis_reply_at(entry, 0), NULL);

		if (id == NULL)
			continue;
		(void)snprintf(p->cursor, sizeof(p->cursor), "(%s", id);
		if (purge_matches(p, redis_reply_at(entry, 1)))
			(void)text_copy(p->ids[p->id_count++], sizeof(p->ids[0]), id);
	}
	p->last_page = n == 0;
	if (p->id_count > 0)
		purge_delete(p);
	else
		purge_next(p);
}

static void
purge_read(struct purge *p)
{
	key_buf key;

	store_read(p->engine->store, purge_on_page, p, 6, (const char *[]){
		"XRANGE", purge_key(p, key), p->cursor, "+", "COUNT", PURGE_PAGE });
}

int
purge_start(struct engine *engine, const char *profile, purge_fn *fn, void *arg)
{
	struct purge *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return -1;
	p->engine = engine;
	p->fn = fn;
	p->arg = arg;
	(void)text_copy(p->profile, sizeof(p->profile), profile);
	(void)snprintf(p->cursor, sizeof(p->cursor), "-");
	p->partition = badge_partition(profile, store_partitions(engine->store));
	purge_read(p);
	return 0;
}
