/* SPDX-License-Identifier: ISC */
/* commit_merge.c -- the last step of a commit: the diff becomes part of the mirror, in small
 * batches. */
#include "engine/poll/commit_private.h"

#include "base/memory.h"
#include "engine/registry/mirror.h"

struct follow {
	struct registry	*registry;
	uint64_t	 number;
	bool		 add;
};

static bool
follow_line(void *arg, const char *line, size_t len)
{
	struct follow *f = arg;
	struct snapshot *snapshot = f->registry->snapshot;
	uint64_t content = store_hash_bytes(f->registry->engine->store, line, len);
	struct arena *arena = arena_new(RECORD_TEXT_MAX * 8);
	struct record record;
	struct err err = { .text = "" };
	bool lacking = arena == NULL;

	if (f->add)
		lacking |= snapshot_add(snapshot, f->number, content) != 0;
	else
		(void)snapshot_remove(snapshot, f->number, content);
	if (!lacking && record_line_has_aliases(line, len) &&
	    record_decode(line, len, arena, &record, &err) == 0)
		for (size_t i = 0; i < record.alias_count; i++) {
			uint64_t alias = store_hash(f->registry->engine->store, record.aliases[i]);

			if (f->add)
				lacking |= snapshot_alias_add(snapshot, alias, f->number) != 0;
			else
				snapshot_alias_remove(snapshot, alias, f->number);
		}
	/* What is in the mirror but not in here would be nobody's until the next start. */
	if (lacking || err.passing)
		memory_end("the snapshot of a list");
	(void)arena_free(arena);
	return true;
}

/* The snapshot in memory follows what was written. */
static void
commit_follow_page(struct commit *c)
{
	struct buf merged;
	struct follow f = { .registry = c->registry };

	buf_init(&merged, COMMIT_VALUE_MAX);
	for (size_t i = 0; i < c->field_count; i++) {
		f.number = c->fields[i].number;
		f.add = false;
		mirror_each(c->fields[i].mirror, follow_line, &f);
		mirror_merge(store_hash_key(c->registry->engine->store), c->fields[i].mirror,
		    c->fields[i].staged, &merged);
		if (merged.failed)
			memory_end("the snapshot of a list");
		f.add = true;
		mirror_each(buf_str(&merged), follow_line, &f);
	}
	buf_free(&merged);
}

static void
commit_on_merged(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct commit *c = arg;

	(void)reply;
	if (!commit_answered(c, outcome))
		return;
	commit_follow_page(c);
	c->field_count = 0;
	commit_step(c);
}

void
commit_merge_page(struct commit *c)
{
	struct store *store = c->registry->engine->store;
	struct store_txn txn;
	key_buf connector, mirror, staged;
	struct buf merged;

	(void)key_connector(store_prefix(store), c->registry->name, connector);
	store_txn_begin(store, &txn, connector);
	store_txn_key(&txn, registry_key(c->registry, "mirror", mirror));
	store_txn_key(&txn, registry_staged_key(c->registry, c->registry->poll_number, staged));
	buf_init(&merged, COMMIT_VALUE_MAX);
	for (size_t i = 0; i < c->field_count; i++) {
		mirror_merge(store_hash_key(store), c->fields[i].mirror,
		    c->fields[i].staged, &merged);
		txn.failed |= merged.failed;
		if (merged.len > 0)
			store_txn_cmd(&txn, 4, (const char *[]){ "HSET", mirror, c->fields[i].field,
			    buf_str(&merged) });
		else
			store_txn_cmd(&txn, 3,
			    (const char *[]){ "HDEL", mirror, c->fields[i].field });
		store_txn_cmd(&txn, 3, (const char *[]){ "HDEL", staged, c->fields[i].field });
	}
	buf_free(&merged);
	commit_send(c, &txn, commit_on_merged);
}
