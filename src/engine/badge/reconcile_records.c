/* SPDX-License-Identifier: ISC */
/* reconcile_records.c -- see reconcile_private.h: which lines of the mirrors answer a claim. */
#include "engine/badge/reconcile_private.h"

#include <string.h>

#include "base/log.h"
#include "engine/registry/mirror.h"

static void
reach_add_hash(struct reach *reach, uint64_t hash)
{
	for (size_t i = 0; i < reach->count; i++)
		if (reach->fields[i] == hash)
			return;
	if (reach->count < RECONCILE_FIELDS_MAX)
		reach->fields[reach->count++] = hash;
}

/* A key as number, then as alias of other numbers. */
static void
reach_add_key(struct reach *reach, const char *key)
{
	uint64_t hash = store_hash(reach->registry->engine->store, key);
	uint64_t numbers[RECONCILE_FIELDS_MAX];
	size_t n = snapshot_alias_find(reach->registry->snapshot, hash, numbers,
	    RECONCILE_FIELDS_MAX);

	reach_add_hash(reach, hash);
	for (size_t i = 0; i < n; i++)
		reach_add_hash(reach, numbers[i]);
}

size_t
reconcile_claim_names(const struct claim *claim,
    char keys[RECONCILE_NAMES_MAX][NAME_KEY_BYTES])
{
	size_t n = name_keys_add(claim->business_name, keys, 0, RECONCILE_NAMES_MAX);

	for (size_t i = 0; i < claim->name_count; i++)
		n = name_keys_add(claim->names[i], keys, n, RECONCILE_NAMES_MAX);
	return n;
}

void
reconcile_reach_init(struct reach *reach, struct registry *registry, const struct claim *claim)
{
	char alias[CS_NUMBER_MAX + 1];

	*reach = (struct reach){ .registry = registry };
	if (registry_is_by_name(registry)) {
		reach->name_count = reconcile_claim_names(claim, reach->names);
		for (size_t i = 0; i < reach->name_count; i++)
			reach_add_key(reach, reach->names[i]);
		return;
	}
	if (number_normalise(registry_grammar(registry), claim->number, reach->number))
		reach_add_key(reach, reach->number);
	if (alias_normalise(claim->number, alias))
		reach_add_key(reach, alias);
	for (size_t i = 0; i < claim->alias_count; i++)
		if (alias_normalise(claim->aliases[i], alias))
			reach_add_key(reach, alias);
}

/* Hashes led here; only equal text counts. */
static bool
reach_answers(const struct reach *reach, const struct claim *claim, const struct record *record)
{
	char alias[CS_NUMBER_MAX + 1];

	for (size_t i = 0; i < reach->name_count; i++)
		if (record_has_key(record, reach->names[i]))
			return true;
	if (registry_is_by_name(reach->registry))
		return false;
	if (reach->number[0] != '\0' && record_has_key(record, reach->number))
		return true;
	if (alias_normalise(claim->number, alias) && record_has_key(record, alias))
		return true;
	for (size_t i = 0; i < claim->alias_count; i++)
		if (alias_normalise(claim->aliases[i], alias) && record_has_key(record, alias))
			return true;
	return false;
}

struct taken {
	const struct reconcile *r;
	const struct record *record;
	uint64_t	 holder;
	bool		 found;
};

static void
taken_check(void *arg, struct index_badge *b)
{
	struct taken *t = arg;
	struct claim other = { .category = b->category,
	    .type = b->type[0] != '\0' ? b->type : NULL };

	if ((b->status == BADGE_VERIFIED || b->claiming) && b->holder != t->holder &&
	    strcmp(b->id, t->r->badge) != 0 && strcmp(b->body, t->r->claim.body) == 0 &&
	    decide_is_candidate(t->r->engine->config->types, &other, t->record))
		t->found = true;
}

/* Whether the record verifies a badge of another holder already (rule 8 of docs/decisions.md). */
static bool
record_is_taken(const struct reconcile *r, const struct reach *reach, const struct record *record)
{
	struct taken t = {
		.r = r, .record = record,
		.holder = store_hash(r->engine->store, r->claim.holder)
	};

	index_each_key(r->engine->index, store_hash(reach->registry->engine->store, record->number),
	    taken_check, &t);
	for (size_t i = 0; i < record->alias_count && !t.found; i++)
		index_each_key(r->engine->index, store_hash(reach->registry->engine->store,
		    record->aliases[i]), taken_check, &t);
	return t.found;
}

static void
reach_add_row(struct reconcile *r, size_t at, const struct record *record, int64_t seen_s)
{
	struct decide_record row = { .record = record, .connector = at, .seen_s = seen_s };

	if (registry_is_by_name(r->reach[at].registry)) {
		r->named[r->named_count++] = row;
		return;
	}
	row.taken = record_is_taken(r, &r->reach[at], record);
	r->records[r->record_count++] = row;
}

/* Adds one line of the mirror if it answers the claim.  true: it does. */
static bool
reach_add_line(struct reconcile *r, size_t at, uint64_t field, const char *line, size_t len,
    int64_t seen_s)
{
	struct reach *reach = &r->reach[at];
	struct record *record = arena_alloc(r->arena, sizeof(*record));
	struct err err;

	if (record == NULL) {
		r->lacking = true;
		return false;
	}
	if (at != RECONCILE_CONFIRM && (r->record_count == RECONCILE_RECORDS_MAX ||
	    r->named_count == RECONCILE_RECORDS_MAX)) {
		r->failed = true;
		return false;
	}
	if (record_decode(line, len, r->arena, record, &err) != 0) {
		if (err.passing) {
			r->lacking = true;
			return false;
		}
		log_error("connector %s: a record of the mirror is damaged, run `certsync sync "
		    "%s --full`: %s", reach->registry->name, reach->registry->name, err.text);
		r->failed = true;
		return false;
	}
	if (store_hash(reach->registry->engine->store, record->number) != field ||
	    !reach_answers(reach, &r->claim, record))
		return false;
	if (at == RECONCILE_CONFIRM) {
		r->failed |= !reconcile_confirm_add(r, record, line, len);
		return true;
	}
	if (!reconcile_row_only_confirms(r, reach->registry, record))
		reach_add_row(r, at, record, seen_s);
	return true;
}

/* The lines of one field, as they are once the staged diff counts. */
struct collect {
	struct reconcile *r;
	size_t		 at, i;
	bool		 known;
};

static bool
collect_line(void *arg, const char *line, size_t len)
{
	struct collect *c = arg;
	struct registry *registry = c->r->reach[c->at].registry;
	uint64_t field = c->r->reach[c->at].fields[c->i];

	int64_t seen_s = c->r->dry != NULL && c->r->dry->registry == registry ?
	    c->r->dry->started_s :
	    registry_seen_s(registry, field);

	c->known |= reach_add_line(c->r, c->at, field, line, len, seen_s);
	return !c->r->failed && !c->r->lacking;
}

static bool
reach_collect_field(struct reconcile *r, size_t at, size_t i)
{
	struct collect c = { .r = r, .at = at, .i = i };
	struct buf lines;

	buf_init(&lines, (size_t)RECORDS_PER_NUMBER * 2 * (RECORD_TEXT_MAX + 1));
	mirror_merge(store_hash_key(r->engine->store), r->reach[at].mirror[i],
	    r->reach[at].staged[i], &lines);
	if (lines.failed)
		r->lacking = true;	/* it has room for all that a number may have */
	else
		mirror_each(buf_str(&lines), collect_line, &c);
	buf_free(&lines);
	return c.known;
}

/* The first key a registry knows is the one that counts: number before aliases.  Of names all do:
 * a second firm that has one is what must be seen. */
static void
reach_collect(struct reconcile *r, size_t at)
{
	bool all = registry_is_by_name(r->reach[at].registry);

	for (size_t i = 0; i < r->reach[at].count; i++)
		if ((reach_collect_field(r, at, i) && !all) || r->failed || r->lacking)
			return;
}

void
reconcile_collect(struct reconcile *r, int64_t now_s)
{
	r->record_count = r->named_count = r->confirm.row_count = 0;
	for (size_t i = 0; i < r->reach_count; i++) {
		reconcile_connector_tell(r, i, now_s);
		reach_collect(r, i);
	}
	if (r->confirms) {
		reconcile_confirm_fill(r, now_s);
		reach_collect(r, RECONCILE_CONFIRM);
	}
}
