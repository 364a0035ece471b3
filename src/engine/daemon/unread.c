/* SPDX-License-Identifier: ISC */
/* unread.c -- see unread.h. */
#include "engine/daemon/unread.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "engine/daemon/stored_badge.h"
#include "engine/state/aside.h"
#include "engine/state/work.h"

struct unread_badge {
	struct unread_badge *next;
	unsigned	 partition;
	char		 badge[BADGE_ID_MAX + 1];
};

struct unread {
	struct engine	*engine;
	struct unread_badge *first;
	struct unread_badge **at;	/* in hand: the link to it */
	bool		 asked;		/* an answer is awaited */
	struct timer	 timer;
};

static void unread_next(struct unread *);

static void
unread_on_timer(void *arg)
{
	struct unread *u = arg;

	u->at = &u->first;
	unread_next(u);
}

struct unread *
unread_new(struct engine *engine)
{
	struct unread *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->engine = engine;
	if (timer_init(&u->timer, engine->loop, unread_on_timer, u) != 0)
		return unread_free(u);
	return u;
}

struct unread *
unread_free(struct unread *u)
{
	struct unread_badge *b, *next;

	if (u == NULL)
		return NULL;
	for (b = u->first; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	timer_fini(&u->timer);
	free(u);
	return NULL;
}

/* What others do to it meanwhile is owed, also after a restart; said again at each look. */
static void
unread_note(struct unread *u, const struct unread_badge *b)
{
	aside_note(u->engine, b->partition, b->badge, CAUSE_CONFIG, store_ignore, NULL);
}

/* It can be read, or there is none any more. */
static void
unread_remove(struct unread *u)
{
	struct unread_badge *b = *u->at;

	*u->at = b->next;
	free(b);
}

static void
unread_on_badge(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct unread *u = arg;
	struct unread_badge *b = *u->at;
	struct err err = { .text = "" };

	u->asked = false;
	if (outcome == STORE_OK && stored_badge_load(u->engine, reply, &err) == 0) {
		log_notice("badges: %s can be read again", b->badge);
		u->engine->unread--;
		aside_owed(work_aside(u->engine->work), b->partition, b->badge, CAUSE_CONFIG);
		unread_remove(u);
	} else
		u->at = &b->next;
	unread_next(u);
}

static void
unread_next(struct unread *u)
{
	struct engine *engine = u->engine;
	key_buf key;

	if (*u->at == NULL || store_state(engine->store) != STORE_OPEN) {
		if (u->first != NULL && !engine->stopping)
			timer_set_ms(&u->timer, UNREAD_AGAIN_MS);
		return;
	}
	u->asked = true;
	unread_note(u, *u->at);
	store_read(engine->store, unread_on_badge, u, 2, (const char *[]){ "HGETALL",
	    key_partition(store_prefix(engine->store), (*u->at)->partition, "badge",
	    (*u->at)->badge, key) });
}

void
unread_add(struct unread *u, unsigned partition, const char *badge, const char *why)
{
	struct unread_badge *b;

	for (b = u->first; b != NULL; b = b->next)
		if (strcmp(b->badge, badge) == 0)
			return;
	log_error("badges: %s cannot be read: %s; it is left alone until somebody mends it", badge,
	    why);
	b = memory_get(sizeof(*b));
	*b = (struct unread_badge){ .next = u->first, .partition = partition };
	(void)text_copy(b->badge, sizeof(b->badge), badge);
	u->engine->unread++;
	/* The link in hand stays right: this one comes before it. */
	if (u->at == &u->first)
		u->at = &b->next;
	u->first = b;
	unread_note(u, b);
	if (!u->asked)
		timer_set_ms(&u->timer, UNREAD_AGAIN_MS);
}
