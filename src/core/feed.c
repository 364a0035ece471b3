/* SPDX-License-Identifier: ISC */
/* feed.c -- see feed.h. */
#include "core/feed.h"

#include <inttypes.h>

static const char *const proof_names[FEED_PROOFS] = {
	[CS_PROOF_TOTAL] = "total", [CS_PROOF_TRAILER] = "trailer",
	[CS_PROOF_CLOSED] = "closed", [CS_PROOF_CURSOR] = "cursor"
};

const char *
feed_proof_name(enum cs_proof p)
{
	return proof_names[p];
}

static bool
feed_counts_agree(const struct feed_facts *f, struct err *why)
{
	static const enum cs_proof counted[] = { CS_PROOF_TOTAL, CS_PROOF_TRAILER };

	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
		enum cs_proof p = counted[i];

		if (f->claimed[p] && f->declared[p] != f->items) {
			(void)err_set(why, "the registry declares %" PRIu64 " items, %" PRIu64
			    " came", f->declared[p], f->items);
			return false;
		}
	}
	if (f->has_manifest && f->manifest_rows != f->items) {
		(void)err_set(why, "the manifest declares %" PRIu64 " rows, %" PRIu64 " came",
		    f->manifest_rows, f->items);
		return false;
	}
	return true;
}

static bool
feed_size_ok(const struct feed_facts *f, struct err *why)
{
	double most = (double)f->largest, now = (double)f->records;

	if (f->records == 0 || f->records < f->min_records) {
		(void)err_set(why, "it has %" PRIu64 " records, min_records is %" PRIu64,
		    f->records, f->min_records);
		return false;
	}
	if (f->largest > 0 && f->max_shrink > 0 && now < most * (1 - f->max_shrink)) {
		(void)err_set(why,
		    "it shrank from %" PRIu64 " to %" PRIu64 " records, max_shrink is %.0f%%",
		    f->largest, f->records, f->max_shrink * 100);
		return false;
	}
	/* As many others in their place do not make up for those that have gone. */
	if (f->max_shrink > 0 && (double)f->gone > (double)f->numbers * f->max_shrink) {
		(void)err_set(why,
		    "%" PRIu64 " of %" PRIu64 " numbers have gone, max_shrink is %.0f%%",
		    f->gone, f->numbers, f->max_shrink * 100);
		return false;
	}
	if (f->largest > 0 && f->max_growth > 0 && now > most * (1 + f->max_growth)) {
		(void)err_set(why,
		    "it grew from %" PRIu64 " to %" PRIu64 " records, max_growth is %.0f%%",
		    f->largest, f->records, f->max_growth * 100);
		return false;
	}
	return true;
}

enum feed_worth
feed_judge(const struct feed_facts *f, const char **proof, struct err *why)
{
	static const enum cs_proof order[] = { CS_PROOF_TOTAL, CS_PROOF_TRAILER, CS_PROOF_CURSOR,
	    CS_PROOF_CLOSED };

	*proof = "none";
	if (!feed_counts_agree(f, why))
		return FEED_INCOMPLETE;
	if (!f->full) {
		(void)err_set(why, "a delta says nothing about what it leaves out");
		return FEED_UNPROVEN;
	}
	if (!feed_size_ok(f, why))
		return FEED_REFUSED;
	/* Any known firm that seems to be missing may be behind such a row. */
	if (f->left_out_new) {
		(void)err_set(why, "%" PRIu64 " row%s left out, not all as before", f->left_out,
		    f->left_out == 1 ? " was" : "s were");
		return FEED_UNPROVEN;
	}
	if (f->unproven != NULL) {
		(void)err_set(why, "%s", f->unproven);
		return FEED_UNPROVEN;
	}
	if (f->has_manifest) {
		*proof = "manifest";
		return FEED_PROVEN;
	}
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		enum cs_proof p = order[i];

		if (!f->claimed[p])
			continue;
		if (p == CS_PROOF_CLOSED &&
		    (double)f->lacking > (double)f->known * f->absent_share) {
			(void)err_set(why, "%" PRIu64 " of %" PRIu64 " known records are missing, "
			    "absent_share is %.1f%%", f->lacking, f->known, f->absent_share * 100);
			return FEED_UNPROVEN;
		}
		*proof = proof_names[p];
		return FEED_PROVEN;
	}
	if (f->twice) {
		*proof = "twice";
		return FEED_PROVEN;
	}
	(void)err_set(why, "nothing proves that it is complete");
	return FEED_UNPROVEN;
}

/* The finaliser of splitmix64: every bit of x moves every bit of the result. */
static uint64_t
mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
	return x ^ (x >> 31);
}

void
feed_sum_add(struct feed_sum *sum, uint64_t number, uint64_t content)
{
	uint64_t pair = mix(number) + content;

	/* Addition does not care about order; two of different mixtures leave 128 bits. */
	sum->count++;
	sum->sums[0] += mix(pair + UINT64_C(0x9E3779B97F4A7C15));
	sum->sums[1] += mix(~pair) ^ pair;
}

bool
feed_sum_equal(const struct feed_sum *a, const struct feed_sum *b)
{
	return a->count == b->count && a->sums[0] == b->sums[0] && a->sums[1] == b->sums[1];
}
