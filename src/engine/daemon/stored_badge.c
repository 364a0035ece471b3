/* SPDX-License-Identifier: ISC */
/* stored_badge.c -- see stored_badge.h. */
#include "engine/daemon/stored_badge.h"

#include "base/arena.h"
#include "base/memory.h"
#include "engine/badge/reconcile.h"

#define BADGE_ARENA_MAX	((size_t)256 << 10)	/* far more than a badge's fields may have */

/* In some zone; then the next evidence decides, and says whether it still waits. */
static bool
day_may_have_ended(const struct badge *badge, int64_t now_s)
{
	return cs_date_is_set(badge->expires_on) && badge->status != BADGE_EXPIRED &&
	    badge->status != BADGE_REVOKED && cs_date_days(badge->expires_on) <= now_s / 86400;
}

static void
badge_index(struct engine *engine, const struct badge *badge)
{
	struct index_badge *b = index_add(engine->index, badge->claim.badge,
	    badge->claim.profile);

	if (b == NULL || reconcile_index_badge(engine, b, badge) != 0)
		memory_end("the index");
	index_set_marks(engine->index, b, b->has_case,
	    day_may_have_ended(badge, engine_now_s(engine)));
	/* What was to be asked is only in memory. */
	if (badge->confirm.since_s != 0)
		(void)index_set_due(engine->index, b, engine_now_s(engine));
}

int
stored_badge_load(struct engine *engine, const struct redis_reply *reply, struct err *err)
{
	struct arena *arena = arena_new(BADGE_ARENA_MAX);
	struct badge_field fields[BADGE_FIELDS_MAX * 2];
	struct badge badge;
	size_t n = redis_reply_count(reply) / 2;
	int rc = 0;

	if (n > sizeof(fields) / sizeof(fields[0]))
		n = sizeof(fields) / sizeof(fields[0]);
	for (size_t i = 0; i < n; i++) {
		fields[i].name = redis_reply_str(redis_reply_at(reply, 2 * i), NULL);
		fields[i].value = redis_reply_str(redis_reply_at(reply, 2 * i + 1), NULL);
	}
	if (arena == NULL)
		memory_end("a badge");
	if (n > 0) {
		rc = badge_from_fields(fields, n, arena, &badge, err);
		if (rc == 0)
			badge_index(engine, &badge);
		else if (err->passing)
			memory_end("a badge");
	}
	(void)arena_free(arena);
	return rc;
}
