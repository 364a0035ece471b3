/* SPDX-License-Identifier: ISC */
/* guard.c -- see guard.h. */
#include "core/guard.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* --- pass or hold ------------------------------------------------------------ */

/* Which rule a tally breaks, as a clause; NULL: none. */
static const char *
tally_breaks(const struct guard_policy *p, const struct guard_tally *t, char out[ERR_MAX])
{
	bool all = strcmp(t->type, GUARD_ALL) == 0;

	if (all && t->worse > (uint64_t)p->max)
		(void)snprintf(out, ERR_MAX, "more than %" PRId64 " of one connector", p->max);
	else if (t->verified >= GUARD_SMALL && (double)t->worse > (double)t->verified * p->share)
		(void)snprintf(out, ERR_MAX, "more than %g%%", p->share * 100);
	else if (t->verified < GUARD_SMALL && t->worse > (uint64_t)p->count)
		(void)snprintf(out, ERR_MAX, "more than %" PRId64 " of fewer than %d",
		    p->count, GUARD_SMALL);
	else if (t->verified >= 2 && t->worse >= t->verified)
		(void)snprintf(out, ERR_MAX, "every one");
	else
		return NULL;
	return out;
}

bool
guard_judge(const struct guard_policy *p, const struct guard_tally *tallies, size_t n,
    struct err *why)
{
	const struct guard_tally *worst = NULL;
	char clause[ERR_MAX], kept[ERR_MAX] = "";
	bool all;

	/* The connector as a whole is told first, then the type first by name. */
	for (size_t i = 0; i < n; i++) {
		if (tally_breaks(p, &tallies[i], clause) == NULL ||
		    (worst != NULL && strcmp(worst->type, tallies[i].type) <= 0))
			continue;
		worst = &tallies[i];
		(void)snprintf(kept, sizeof(kept), "%s", clause);
	}
	if (worst == NULL)
		return true;
	all = strcmp(worst->type, GUARD_ALL) == 0;
	(void)err_set(why,
	    "%" PRIu64 " of %" PRIu64 " verified badges%s%s get worse within %" PRId64 " h: %.100s",
	    worst->worse, worst->verified, all ? "" : " of type ", all ? "" : worst->type,
	    p->window_s / 3600, kept);
	return false;
}

bool
guard_alarms(const struct guard_policy *p, uint64_t worse, struct err *why)
{
	if (worse <= (uint64_t)p->total)
		return false;
	(void)err_set(why, "%" PRIu64 " badges of all connectors got worse within %" PRId64
	    " h, more than %" PRId64, worse, p->window_s / 3600, p->total);
	return true;
}

/* --- the window -------------------------------------------------------------- */

static int64_t
bucket_width_s(int64_t window_s)
{
	return window_s >= GUARD_BUCKETS ? window_s / GUARD_BUCKETS : 1;
}

static int64_t
bucket_start_s(int64_t at_s, int64_t window_s)
{
	return at_s - at_s % bucket_width_s(window_s);
}

static struct guard_entry *
guard_entry_find(struct guard_window *w, size_t n, int64_t start_s, const char *type)
{
	for (size_t i = 0; i < n; i++)
		if (w->entries[i].start_s == start_s && strcmp(w->entries[i].type, type) == 0)
			return &w->entries[i];
	return NULL;
}

static void
entry_join(struct guard_entry *into, const struct guard_entry *from)
{
	if (from->verified > into->verified)
		into->verified = from->verified;
	into->worse += from->worse;
}

void
guard_window_roll(struct guard_window *w, int64_t now_s, int64_t window_s)
{
	int64_t now_bucket_s = bucket_start_s(now_s, window_s), width_s = bucket_width_s(window_s);
	struct guard_entry e, *same;
	size_t n = 0;

	for (size_t i = 0; i < w->count; i++) {
		e = w->entries[i];
		if (e.start_s + width_s <= now_s - window_s)
			continue;
		e.start_s = e.start_s > now_s ? now_bucket_s : bucket_start_s(e.start_s, window_s);
		same = guard_entry_find(w, n, e.start_s, e.type);
		if (same != NULL)
			entry_join(same, &e);
		else
			w->entries[n++] = e;
	}
	w->count = n;
}

static bool
type_is_counted(const struct guard_window *w, const char *type)
{
	struct guard_tally tallies[GUARD_TALLIES_MAX];
	size_t n;

	if (strcmp(type, GUARD_ALL) == 0)
		return true;
	n = guard_window_tally(w, tallies);
	return guard_tally_of(tallies, &n, type) != NULL;
}

/* The entry of now, made if it is missing.  NULL: no memory, or *full: a type too many. */
static struct guard_entry *
entry_now(struct guard_window *w, int64_t now_s, int64_t window_s, const char *type, bool *full)
{
	int64_t start_s = bucket_start_s(now_s, window_s);
	size_t cap = w->cap == 0 ? 16 : w->cap * 2;
	struct guard_entry *e, *entries;

	*full = false;
	guard_window_roll(w, now_s, window_s);
	e = guard_entry_find(w, w->count, start_s, type);
	if (e != NULL)
		return e;
	if (!type_is_counted(w, type) || w->count == GUARD_ENTRIES_MAX) {
		*full = true;
		return NULL;
	}
	if (w->count == w->cap) {
		entries = reallocarray(w->entries, cap, sizeof(*entries));
		if (entries == NULL)
			return NULL;
		w->entries = entries;
		w->cap = cap;
	}
	e = &w->entries[w->count++];
	*e = (struct guard_entry){ .start_s = start_s };
	(void)text_copy(e->type, sizeof(e->type), type);
	return e;
}

int
guard_window_look(struct guard_window *w, int64_t now_s, int64_t window_s, const char *type,
    uint64_t verified)
{
	bool full;
	struct guard_entry *e = entry_now(w, now_s, window_s, type, &full);

	if (e == NULL)
		return full ? 0 : -1;
	if (verified > e->verified)
		e->verified = verified;
	return 0;
}

int
guard_window_add(struct guard_window *w, int64_t now_s, int64_t window_s, const char *type,
    uint64_t worse)
{
	bool full;
	struct guard_entry *e = entry_now(w, now_s, window_s, type, &full);

	if (e == NULL)
		return full ? 0 : -1;
	e->worse += worse;
	return 0;
}

struct guard_tally *
guard_tally_of(struct guard_tally *tallies, size_t *n, const char *type)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(tallies[i].type, type) == 0)
			return &tallies[i];
	if (*n == GUARD_TALLIES_MAX)
		return NULL;
	tallies[*n] = (struct guard_tally){ .verified = 0 };
	(void)text_copy(tallies[*n].type, sizeof(tallies[*n].type), type);
	return &tallies[(*n)++];
}

size_t
guard_window_tally(const struct guard_window *w, struct guard_tally out[GUARD_TALLIES_MAX])
{
	struct guard_tally *t;
	size_t n = 0;

	(void)guard_tally_of(out, &n, GUARD_ALL);
	for (size_t i = 0; i < w->count; i++) {
		t = guard_tally_of(out, &n, w->entries[i].type);
		if (t == NULL)
			continue;
		if (w->entries[i].verified > t->verified)
			t->verified = w->entries[i].verified;
		t->worse += w->entries[i].worse;
	}
	return n;
}

void
guard_window_free(struct guard_window *w)
{
	free(w->entries);
	*w = (struct guard_window){ .count = 0 };
}

void
guard_window_text(const struct guard_window *w, struct buf *out)
{
	for (size_t i = 0; i < w->count; i++)
		buf_printf(out, "%" PRId64 " %s %" PRIu64 " %" PRIu64 ";", w->entries[i].start_s,
		    w->entries[i].type, w->entries[i].verified, w->entries[i].worse);
}

/* false: damaged. */
static bool
entry_parse(char *text, struct guard_entry *out)
{
	const char *words[4];
	int64_t verified, worse;
	size_t n = 0;
	char *rest = text;

	while (n < 4 && (words[n] = strsep(&rest, " ")) != NULL)
		n++;
	if (n < 4 || rest != NULL || !text_parse_i64(words[0], 0, INT64_MAX, &out->start_s) ||
	    words[1][0] == '\0' || !text_copy(out->type, sizeof(out->type), words[1]) ||
	    !text_parse_i64(words[2], 0, UINT32_MAX, &verified) ||
	    !text_parse_i64(words[3], 0, UINT32_MAX, &worse))
		return false;
	out->verified = (uint64_t)verified;
	out->worse = (uint64_t)worse;
	return true;
}

int
guard_window_parse(const char *text, struct guard_window *out)
{
	char *copy = strdup(text), *rest = copy, *item;

	*out = (struct guard_window){ .count = 0 };
	if (copy == NULL)
		return -1;
	out->entries = calloc(GUARD_ENTRIES_MAX, sizeof(*out->entries));
	if (out->entries == NULL) {
		free(copy);
		return -1;
	}
	out->cap = GUARD_ENTRIES_MAX;
	while ((item = strsep(&rest, ";")) != NULL && out->count < out->cap)
		if (entry_parse(item, &out->entries[out->count]))
			out->count++;
	free(copy);
	return 0;
}
