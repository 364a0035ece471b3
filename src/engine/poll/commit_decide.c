/* SPDX-License-Identifier: ISC */
/* commit_decide.c -- which badges a commit has decided again. */
#include "engine/poll/commit_private.h"

#include <string.h>

#include "base/memory.h"
#include "engine/registry/absences.h"
#include "engine/registry/mirror.h"

struct touch {
	struct commit	*c;
	uint64_t	 number;
	bool		 add_aliases;
};

static void
touch_badge(void *arg, struct index_badge *b)
{
	struct commit *c = ((struct touch *)arg)->c;
	struct registry *registry = c->registry;

	if (!registry->config->observe && strcmp(b->body, registry->config->body) == 0)
		work_add(registry->engine->work, b->id, commit_cause(c), c->poll, &c->group);
}

/* The aliases of a record lead to its number, and badges may be claimed by them. */
static bool
touch_line(void *arg, const char *line, size_t len)
{
	struct touch *t = arg;
	struct registry *registry = t->c->registry;
	struct record record;
	struct arena *arena;
	struct err err = { .text = "" };

	if (*line == '+') {
		line++;
		len--;
	} else if (*line == '-')
		return true;
	if (!record_line_has_aliases(line, len))
		return true;		/* no alias: spare the parse */
	arena = arena_new(RECORD_TEXT_MAX * 8);
	if (arena == NULL)
		memory_end("a record");
	if (record_decode(line, len, arena, &record, &err) == 0)
		for (size_t i = 0; i < record.alias_count; i++) {
			uint64_t alias = store_hash(registry->engine->store, record.aliases[i]);

			if (t->add_aliases &&
			    snapshot_alias_add(registry->snapshot, alias, t->number) != 0)
				memory_end("the snapshot of a list");
			index_each_key(registry->engine->index, alias, touch_badge, t);
		}
	else if (err.passing)
		memory_end("a record");
	(void)arena_free(arena);
	return true;
}

void
commit_decide_page(struct commit *c)
{
	struct touch t = { .c = c };

	for (size_t i = 0; i < c->field_count; i++) {
		t.number = c->fields[i].number;
		index_each_key(c->registry->engine->index, t.number, touch_badge, &t);
		t.add_aliases = true;
		mirror_each(c->fields[i].staged, touch_line, &t);
		t.add_aliases = false;
		mirror_each(c->fields[i].mirror, touch_line, &t);
	}
	c->field_count = 0;
}

/*
 * Badges that may be decided although their number did not change: by newer
 * evidence, the end of a pause, one more snapshot that lacks it, or the first proof
 * after lists without: what those said against a badge counts from now on.
 */
static void
touch_waiting(void *arg, struct index_badge *b)
{
	struct touch *t = arg;
	struct registry *registry = t->c->registry;
	bool missing = registry->diff.proving && absences_poll(registry, b, t->c->in.started_s);

	/* A list without numbers answers with what it has, proven or not. */
	bool answered = b->reason == REASON_AWAITING_SOURCE && registry_is_by_name(registry);

	if (b->unconfirmed || b->has_case || answered || (b->confirming && !t->c->in.lookup) ||
	    (missing && registry->config->absence != ABSENCE_IGNORE) ||
	    (t->c->in.first_proof &&
	    (b->status == BADGE_SELF_REPORTED || b->status == BADGE_VERIFIED)))
		touch_badge(arg, b);
}

void
commit_decide_waiting(struct commit *c)
{
	index_each(c->registry->engine->index, touch_waiting, &(struct touch){ .c = c });
}
