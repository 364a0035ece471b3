/* SPDX-License-Identifier: ISC */
/* left_out.c -- see left_out.h. */
#include "core/left_out.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void
left_out_add(struct left_out *l, uint64_t hash)
{
	l->total++;
	if (l->count < LEFT_OUT_MAX)
		l->rows[l->count++] = (struct left_out_row){ .hash = hash };
}

/* By hash; of equal ones the newest first, which is the one that may be somebody. */
static int
row_compare(const void *a, const void *b)
{
	const struct left_out_row *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->since_s > y->since_s ? -1 : x->since_s < y->since_s;
}

void
left_out_follow(struct left_out *l, const struct left_out *before, int64_t now_s)
{
	size_t known = 0;

	qsort(l->rows, l->count, sizeof(l->rows[0]), row_compare);
	for (size_t i = 0; i < l->count; i++) {
		while (known < before->count && before->rows[known].hash < l->rows[i].hash)
			known++;
		l->rows[i].since_s = known < before->count &&
		    before->rows[known].hash == l->rows[i].hash ? before->rows[known++].since_s :
		    now_s;
	}
	qsort(l->rows, l->count, sizeof(l->rows[0]), row_compare);
}

int64_t
left_out_newest_s(const struct left_out *l)
{
	int64_t newest_s = 0;

	if (l->total > l->count)
		return INT64_MAX;
	for (size_t i = 0; i < l->count; i++)
		if (l->rows[i].since_s > newest_s)
			newest_s = l->rows[i].since_s;
	return newest_s;
}

void
left_out_encode(const struct left_out *l, struct buf *out)
{
	if (l->total == 0)
		return;
	buf_printf(out, "%" PRIu64, l->total);
	for (size_t i = 0; i < l->count; i++)
		buf_printf(out, " %016" PRIx64 ":%" PRId64, l->rows[i].hash, l->rows[i].since_s);
}

bool
left_out_decode(const char *text, struct left_out *out)
{
	struct left_out_row row;
	int used = 0;

	out->count = 0;
	out->total = 0;
	if (text[0] == '\0')
		return true;
	if (sscanf(text, "%" SCNu64 "%n", &out->total, &used) != 1) {
		out->total = 1;
		return false;
	}
	for (text += used; *text != '\0' && out->count < LEFT_OUT_MAX; text += used) {
		if (sscanf(text, " %16" SCNx64 ":%" SCNd64 "%n", &row.hash, &row.since_s,
		    &used) != 2)
			break;
		out->rows[out->count++] = row;
	}
	if (*text == '\0' && out->count <= out->total)
		return true;
	out->count = 0;
	return false;
}
