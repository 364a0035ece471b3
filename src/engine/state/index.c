/* SPDX-License-Identifier: ISC */
/* index.c -- see index.h. */
#include "engine/state/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* One key of one badge; those of equal key hang in a list. */
struct index_key {
	uint64_t	 key;
	struct index_badge *badge;
	struct index_key *next, *prev;
};

/* The head of such a list. */
struct key_list {
	uint64_t	 key;
	struct index_key *first;
	UT_hash_handle	 hh;
};

/* The badges of one profile. */
struct profile_list {
	char		 id[BADGE_ID_MAX + 1];
	struct index_badge *first;
	size_t		 count;
	UT_hash_handle	 hh;
};

struct index {
	struct index_badge *badges;	/* uthash by id */
	struct key_list	*lists;		/* uthash by key */
	struct profile_list *profiles;	/* uthash by id */
	struct heap	 due, confirm;
	size_t		 by_status[BADGE_STATUS_COUNT];
	size_t		 cases;
	struct index_kind *kinds;	/* uthash by name */
	struct index_kind other;	/* of no name, and of those beyond the maximum */
};

struct index *
index_new(void)
{
	struct index *ix = calloc(1, sizeof(*ix));

	if (ix != NULL) {
		heap_init(&ix->due);
		heap_init(&ix->confirm);
	}
	return ix;
}

static void
key_unlink(struct index *ix, struct index_key *k)
{
	struct key_list *list;

	if (k->next != NULL)
		k->next->prev = k->prev;
	if (k->prev != NULL) {
		k->prev->next = k->next;
		return;
	}
	HASH_FIND(hh, ix->lists, &k->key, sizeof(k->key), list);
	if (list == NULL)
		return;
	list->first = k->next;
	if (list->first == NULL) {
		HASH_DEL(ix->lists, list);
		free(list);
	}
}

static bool
key_link(struct index *ix, struct index_key *k)
{
	struct key_list *list;

	HASH_FIND(hh, ix->lists, &k->key, sizeof(k->key), list);
	if (list == NULL) {
		list = calloc(1, sizeof(*list));
		if (list == NULL)
			return false;
		list->key = k->key;
		HASH_ADD(hh, ix->lists, key, sizeof(list->key), list);
	}
	k->prev = NULL;
	k->next = list->first;
	if (k->next != NULL)
		k->next->prev = k;
	list->first = k;
	return true;
}

static void
keys_drop(struct index *ix, struct index_key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++)
		key_unlink(ix, &keys[i]);
	free(keys);
}

struct index *
index_free(struct index *ix)
{
	struct index_badge *b, *next;

	if (ix == NULL)
		return NULL;
	HASH_ITER(hh, ix->badges, b, next)
		index_remove(ix, b);
	heap_free(&ix->due);
	heap_free(&ix->confirm);
	free(ix);
	return NULL;
}

struct index_badge *
index_find(const struct index *ix, const char *id)
{
	struct index_badge *b;

	HASH_FIND_STR(ix->badges, id, b);
	return b;
}

static struct profile_list *
profile_find(const struct index *ix, const char *id)
{
	struct profile_list *list;

	HASH_FIND_STR(ix->profiles, id, list);
	return list;
}

static bool
profile_link(struct index *ix, struct index_badge *b)
{
	struct profile_list *list = profile_find(ix, b->profile);

	if (list == NULL) {
		list = calloc(1, sizeof(*list));
		if (list == NULL)
			return false;
		(void)text_copy(list->id, sizeof(list->id), b->profile);
		HASH_ADD_STR(ix->profiles, id, list);
	}
	b->profile_next = list->first;
	if (list->first != NULL)
		list->first->profile_prev = b;
	list->first = b;
	list->count++;
	return true;
}

static void
profile_unlink(struct index *ix, struct index_badge *b)
{
	struct profile_list *list = profile_find(ix, b->profile);

	if (b->profile_next != NULL)
		b->profile_next->profile_prev = b->profile_prev;
	if (b->profile_prev != NULL)
		b->profile_prev->profile_next = b->profile_next;
	else
		list->first = b->profile_next;
	if (--list->count == 0) {
		HASH_DEL(ix->profiles, list);
		free(list);
	}
}

struct index_badge *
index_profile_first(const struct index *ix, const char *profile)
{
	struct profile_list *list = profile_find(ix, profile);

	return list == NULL ? NULL : list->first;
}

size_t
index_profile_count(const struct index *ix, const char *profile)
{
	struct profile_list *list = profile_find(ix, profile);

	return list == NULL ? 0 : list->count;
}

/* --- kinds: body and type ------------------------------------------------------------- */

static struct index_kind *
kind_get(struct index *ix, const struct index_kind_name *name)
{
	struct index_kind *kind;

	HASH_FIND(hh, ix->kinds, name, sizeof(*name), kind);
	if (kind != NULL)
		return kind;
	if (HASH_COUNT(ix->kinds) >= INDEX_KINDS_MAX)
		return &ix->other;
	kind = calloc(1, sizeof(*kind));
	if (kind == NULL)
		return &ix->other;	/* only counted in the wrong place */
	kind->name = *name;
	HASH_ADD(hh, ix->kinds, name, sizeof(kind->name), kind);
	return kind;
}

static void
kind_leave(struct index *ix, struct index_badge *b)
{
	struct index_kind *kind = b->kind;

	kind->by_status[b->status]--;
	kind->cases -= b->has_case;
	kind->unconfirmed -= b->unconfirmed;
	if (--kind->badges == 0 && kind != &ix->other) {
		HASH_DEL(ix->kinds, kind);
		free(kind);
	}
	b->kind = NULL;
}

static void
kind_join(struct index_badge *b, struct index_kind *kind)
{
	b->kind = kind;
	kind->badges++;
	kind->by_status[b->status]++;
	kind->cases += b->has_case;
	kind->unconfirmed += b->unconfirmed;
}

void
index_set_kind(struct index *ix, struct index_badge *b, const char *body, const char *type)
{
	struct index_kind_name name = { .body = "" };

	(void)text_copy(b->body, sizeof(b->body), body);
	(void)text_copy(b->type, sizeof(b->type), type != NULL ? type : "");
	if (strcmp(b->kind->name.body, b->body) == 0 && strcmp(b->kind->name.type, b->type) == 0)
		return;
	(void)text_copy(name.body, sizeof(name.body), b->body);
	(void)text_copy(name.type, sizeof(name.type), b->type);
	kind_leave(ix, b);
	kind_join(b, kind_get(ix, &name));
}

void
index_set_marks(struct index *ix, struct index_badge *b, bool has_case, bool unconfirmed)
{
	ix->cases = ix->cases - b->has_case + has_case;
	b->kind->cases = b->kind->cases - b->has_case + has_case;
	b->kind->unconfirmed = b->kind->unconfirmed - b->unconfirmed + unconfirmed;
	b->has_case = has_case;
	b->unconfirmed = unconfirmed;
}

void
index_each_kind(const struct index *ix, index_kind_fn *fn, void *arg)
{
	for (const struct index_kind *kind = ix->kinds; kind != NULL; kind = kind->hh.next)
		fn(arg, kind);
	if (ix->other.badges > 0)
		fn(arg, &ix->other);
}

size_t
index_count_cases(const struct index *ix)
{
	return ix->cases;
}

/* --- badges ----------------------------------------------------------------------------- */

struct index_badge *
index_add(struct index *ix, const char *id, const char *profile)
{
	struct index_badge *b = index_find(ix, id);

	if (b != NULL)
		return b;
	b = calloc(1, sizeof(*b));
	if (b == NULL || !text_copy(b->id, sizeof(b->id), id) ||
	    !text_copy(b->profile, sizeof(b->profile), profile) || !profile_link(ix, b)) {
		free(b);
		return NULL;
	}
	HASH_ADD_STR(ix->badges, id, b);
	ix->by_status[b->status]++;
	kind_join(b, &ix->other);
	return b;
}

void
index_remove(struct index *ix, struct index_badge *b)
{
	keys_drop(ix, b->keys, b->key_count);
	heap_remove(&ix->due, &b->due);
	profile_unlink(ix, b);
	HASH_DEL(ix->badges, b);
	ix->by_status[b->status]--;
	ix->cases -= b->has_case;
	kind_leave(ix, b);
	free(b);
}

size_t
index_count(const struct index *ix)
{
	return HASH_COUNT(ix->badges);
}

size_t
index_count_status(const struct index *ix, enum badge_status status)
{
	return ix->by_status[status];
}

void
index_set_status(struct index *ix, struct index_badge *b, enum badge_status status)
{
	ix->by_status[b->status]--;
	b->kind->by_status[b->status]--;
	b->status = status;
	ix->by_status[status]++;
	b->kind->by_status[status]++;
}

int
index_set_keys(struct index *ix, struct index_badge *b, const uint64_t *keys, size_t n)
{
	struct index_key *fresh = calloc(n > 0 ? n : 1, sizeof(*fresh));
	size_t count = 0;

	if (fresh == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < count && fresh[k].key != keys[i])
			k++;
		if (k < count)
			continue;	/* number and alias alike */
		fresh[count] = (struct index_key){ .key = keys[i], .badge = b };
		if (!key_link(ix, &fresh[count])) {
			keys_drop(ix, fresh, count);
			return -1;
		}
		count++;
	}
	keys_drop(ix, b->keys, b->key_count);
	b->keys = fresh;
	b->key_count = count;
	return 0;
}

uint64_t
index_key_at(const struct index_badge *b, size_t i)
{
	return b->keys[i].key;
}

void
index_each_key(const struct index *ix, uint64_t key, index_fn *fn, void *arg)
{
	struct key_list *list;

	HASH_FIND(hh, ix->lists, &key, sizeof(key), list);
	if (list == NULL)
		return;
	for (struct index_key *k = list->first; k != NULL; k = k->next)
		fn(arg, k->badge);
}

void
index_each(const struct index *ix, index_fn *fn, void *arg)
{
	struct index_badge *b, *next;

	HASH_ITER(hh, ix->badges, b, next)
		fn(arg, b);
}

bool
index_set_due(struct index *ix, struct index_badge *b, int64_t unix_s)
{
	if (unix_s != 0)
		return heap_set(&ix->due, &b->due, unix_s);
	heap_remove(&ix->due, &b->due);
	return true;
}

struct index_badge *
index_next_due(const struct index *ix)
{
	struct heap_node *node = heap_first(&ix->due);

	return node == NULL ? NULL : heap_item(node, struct index_badge, due);
}

bool
index_set_confirm(struct index *ix, struct index_badge *b, const struct badge_confirm *c)
{
	b->confirming = c->said != CONFIRM_SILENT || c->since_s != 0;
	if (c->since_s != 0)
		return heap_set(&ix->confirm, &b->confirm, c->since_s);
	heap_remove(&ix->confirm, &b->confirm);
	return true;
}

size_t
index_confirming(const struct index *ix, int64_t *oldest_s)
{
	const struct heap_node *first = heap_first(&ix->confirm);

	*oldest_s = first != NULL ? first->key : 0;
	return ix->confirm.n;
}
