/* SPDX-License-Identifier: ISC */
/*
 * snapshot.c -- see snapshot.h.
 *
 * Both tables are open-addressed arrays of pairs placed by their first hash,
 * probed linearly, so that all pairs of one number lie in one run.  Removal
 * shifts the run back instead of leaving a mark: years of polls cost nothing.
 * A first hash of 0 is an empty place (hash64() never gives 0).
 */
#include "core/snapshot.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_FIRST	64	/* places of the first table; a power of two */
/* Grown at 4/5 full: a place is 16 bytes, so at worst 40 bytes a pair. */
#define TABLE_FULL_NUM	4
#define TABLE_FULL_DEN	5

struct pair {
	uint64_t first, second;
};

struct table {
	struct pair *v;		/* owned; cap places */
	uint8_t	*seen;		/* owned; a bit per place */
	size_t	 cap, n, seen_count;
};

struct snapshot {
	struct table records;	/* number, content */
	struct table aliases;	/* alias, number */
	size_t	 numbers;	/* distinct firsts of records */
};

static bool
table_is_seen(const struct table *t, size_t i)
{
	return (t->seen[i / 8] >> (i % 8)) & 1;
}

static void
table_set_seen(struct table *t, size_t i, bool on)
{
	uint8_t bit = (uint8_t)(1u << (i % 8));

	if (table_is_seen(t, i) == on)
		return;
	t->seen[i / 8] = (uint8_t)(t->seen[i / 8] ^ bit);
	if (on)
		t->seen_count++;
	else
		t->seen_count--;
}

static size_t
table_home(const struct table *t, uint64_t first)
{
	return (size_t)first & (t->cap - 1);
}

static size_t
table_next(const struct table *t, size_t i)
{
	return (i + 1) & (t->cap - 1);
}

/* Place of the first pair of the number, from place i on; cap: none. */
static size_t
table_scan(const struct table *t, size_t i, uint64_t first)
{
	for (; t->v[i].first != 0; i = table_next(t, i))
		if (t->v[i].first == first)
			return i;
	return t->cap;
}

static bool
table_has(const struct table *t, uint64_t first)
{
	return t->n > 0 && table_scan(t, table_home(t, first), first) < t->cap;
}

/* Place of the pair; cap: not there. */
static size_t
table_find(const struct table *t, uint64_t first, uint64_t second)
{
	size_t i;

	if (t->n == 0)
		return t->cap;
	for (i = table_scan(t, table_home(t, first), first); i < t->cap;
	    i = table_scan(t, table_next(t, i), first))
		if (t->v[i].second == second)
			return i;
	return t->cap;
}

/* There is room, and the pair is not there. */
static void
table_place(struct table *t, struct pair pair, bool seen)
{
	size_t i = table_home(t, pair.first);

	while (t->v[i].first != 0)
		i = table_next(t, i);
	t->v[i] = pair;
	t->n++;
	table_set_seen(t, i, seen);
}

static int
table_grow(struct table *t)
{
	struct table bigger = { .cap = t->cap > 0 ? t->cap * 2 : TABLE_FIRST };

	bigger.v = calloc(bigger.cap, sizeof(*bigger.v));
	bigger.seen = calloc(bigger.cap / 8, 1);
	if (bigger.v == NULL || bigger.seen == NULL) {
		free(bigger.v);
		free(bigger.seen);
		return -1;
	}
	for (size_t i = 0; i < t->cap; i++)
		if (t->v[i].first != 0)
			table_place(&bigger, t->v[i], table_is_seen(t, i));
	free(t->v);
	free(t->seen);
	*t = bigger;
	return 0;
}

/* 1: added; 0: it was there; -1: no memory. */
static int
table_add(struct table *t, uint64_t first, uint64_t second)
{
	assert(first != 0);
	if (table_find(t, first, second) < t->cap)
		return 0;
	if ((t->n + 1) * TABLE_FULL_DEN > t->cap * TABLE_FULL_NUM &&
	    table_grow(t) != 0)
		return -1;
	/* What a merge adds during a poll was listed, or is newer than its list. */
	table_place(t, (struct pair){ first, second }, true);
	return 1;
}

static bool
table_remove(struct table *t, uint64_t first, uint64_t second)
{
	size_t hole = table_find(t, first, second), i, home;

	if (hole == t->cap)
		return false;
	table_set_seen(t, hole, false);
	t->n--;
	for (i = table_next(t, hole); t->v[i].first != 0; i = table_next(t, i)) {
		home = table_home(t, t->v[i].first);
		/* A pair may move back to the hole unless its home lies between. */
		if (((i - home) & (t->cap - 1)) < ((i - hole) & (t->cap - 1)))
			continue;
		t->v[hole] = t->v[i];
		table_set_seen(t, hole, table_is_seen(t, i));
		table_set_seen(t, i, false);
		hole = i;
	}
	t->v[hole] = (struct pair){ 0, 0 };
	return true;
}

static size_t
table_bytes(const struct table *t)
{
	return t->cap * sizeof(*t->v) + t->cap / 8;
}

static void
table_free(struct table *t)
{
	free(t->v);
	free(t->seen);
}

struct snapshot *
snapshot_new(void)
{
	return calloc(1, sizeof(struct snapshot));
}

struct snapshot *
snapshot_free(struct snapshot *s)
{
	if (s != NULL) {
		table_free(&s->records);
		table_free(&s->aliases);
		free(s);
	}
	return NULL;
}

int
snapshot_add(struct snapshot *s, uint64_t number, uint64_t content)
{
	bool known = table_has(&s->records, number);
	int rc = table_add(&s->records, number, content);

	if (rc == 1 && !known)
		s->numbers++;
	return rc < 0 ? -1 : 0;
}

bool
snapshot_remove(struct snapshot *s, uint64_t number, uint64_t content)
{
	if (!table_remove(&s->records, number, content))
		return false;
	if (!table_has(&s->records, number))
		s->numbers--;
	return true;
}

bool
snapshot_has(const struct snapshot *s, uint64_t number)
{
	return table_has(&s->records, number);
}

void
snapshot_poll_begin(struct snapshot *s)
{
	if (s->records.cap > 0)
		memset(s->records.seen, 0, s->records.cap / 8);
	s->records.seen_count = 0;
}

bool
snapshot_poll_seen(struct snapshot *s, uint64_t number, uint64_t content)
{
	size_t i = table_find(&s->records, number, content);

	if (i == s->records.cap)
		return false;
	table_set_seen(&s->records, i, true);
	return true;
}

bool
snapshot_poll_was_seen(const struct snapshot *s, uint64_t number, uint64_t content)
{
	size_t i = table_find(&s->records, number, content);

	return i < s->records.cap && table_is_seen(&s->records, i);
}

/* Whether an entry of the number has been seen, or not. */
static bool
number_has(const struct snapshot *s, uint64_t number, bool seen)
{
	const struct table *t = &s->records;

	if (t->n == 0)
		return false;
	for (size_t i = table_scan(t, table_home(t, number), number); i < t->cap;
	    i = table_scan(t, table_next(t, i), number))
		if (table_is_seen(t, i) == seen)
			return true;
	return false;
}

bool
snapshot_poll_number_seen(const struct snapshot *s, uint64_t number)
{
	return number_has(s, number, true);
}

bool
snapshot_poll_number_lacking(const struct snapshot *s, uint64_t number)
{
	return number_has(s, number, false);
}

void
snapshot_poll_lacking(const struct snapshot *s, snapshot_fn *fn, void *arg)
{
	const struct table *t = &s->records;

	for (size_t i = 0; i < t->cap; i++)
		if (t->v[i].first != 0 && !table_is_seen(t, i))
			fn(arg, t->v[i].first, t->v[i].second);
}

void
snapshot_each_number(const struct snapshot *s, snapshot_number_fn *fn, void *arg)
{
	const struct table *t = &s->records;

	for (size_t i = 0; i < t->cap; i++)
		if (t->v[i].first != 0 &&
		    table_scan(t, table_home(t, t->v[i].first), t->v[i].first) == i)
			fn(arg, t->v[i].first);
}

size_t
snapshot_poll_lacking_count(const struct snapshot *s)
{
	return s->records.n - s->records.seen_count;
}

int
snapshot_alias_add(struct snapshot *s, uint64_t alias, uint64_t number)
{
	return table_add(&s->aliases, alias, number) < 0 ? -1 : 0;
}

void
snapshot_alias_remove(struct snapshot *s, uint64_t alias, uint64_t number)
{
	(void)table_remove(&s->aliases, alias, number);
}

size_t
snapshot_alias_find(const struct snapshot *s, uint64_t alias, uint64_t *out,
    size_t max)
{
	const struct table *t = &s->aliases;
	size_t n = 0, i;

	if (t->n == 0)
		return 0;
	for (i = table_scan(t, table_home(t, alias), alias); i < t->cap && n < max;
	    i = table_scan(t, table_next(t, i), alias))
		out[n++] = t->v[i].second;
	return n;
}

size_t
snapshot_records(const struct snapshot *s)
{
	return s->records.n;
}

size_t
snapshot_numbers(const struct snapshot *s)
{
	return s->numbers;
}

size_t
snapshot_bytes(const struct snapshot *s)
{
	return sizeof(*s) + table_bytes(&s->records) + table_bytes(&s->aliases);
}
