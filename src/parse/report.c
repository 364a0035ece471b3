/* SPDX-License-Identifier: ISC */
/* report.c -- see report.h. */
#include "parse/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct entries {
	struct report_entry v[REPORT_ENTRIES_MAX];
	size_t		 n;
	uint64_t	 more;
};

/* One piece of memory: once there is a report, nothing about it can fail. */
struct report {
	struct entries	 kinds[REPORT_KINDS];
};

struct report *
report_new(void)
{
	return calloc(1, sizeof(struct report));
}

struct report *
report_free(struct report *r)
{
	free(r);
	return NULL;
}

void
report_clear(struct report *r, enum report_kind kind)
{
	if (r == NULL)
		return;
	r->kinds[kind].n = 0;
	r->kinds[kind].more = 0;
}

static void
entry_add(struct entries *e, const char *word, const char *meaning, uint64_t count)
{
	struct report_entry *one = &e->v[e->n++];

	(void)text_copy(one->word, sizeof(one->word), word);
	(void)text_escape(meaning, strlen(meaning), one->meaning, sizeof(one->meaning));
	one->count = count;
}

void
report_count(struct report *r, enum report_kind kind, const char *word, const char *meaning,
    uint64_t count)
{
	struct entries *e;
	char cut[REPORT_TEXT_MAX + 1];

	if (r == NULL)
		return;
	e = &r->kinds[kind];
	(void)text_escape(word, strlen(word), cut, sizeof(cut));
	for (size_t i = 0; i < e->n; i++)
		if (strcmp(e->v[i].word, cut) == 0) {
			e->v[i].count += count;
			return;
		}
	if (e->n == REPORT_ENTRIES_MAX)
		e->more += count;
	else
		entry_add(e, cut, meaning, count);
}

void
report_count_at(struct report *r, enum report_kind kind, size_t i, uint64_t count)
{
	if (r != NULL && i < r->kinds[kind].n)
		r->kinds[kind].v[i].count += count;
}

const struct report_entry *
report_at(const struct report *r, enum report_kind kind, size_t i)
{
	return i < r->kinds[kind].n ? &r->kinds[kind].v[i] : NULL;
}

uint64_t
report_more(const struct report *r, enum report_kind kind)
{
	return r->kinds[kind].more;
}
