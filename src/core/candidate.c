/* SPDX-License-Identifier: ISC */
/*
 * candidate.c -- see candidate.h.
 *
 * Rows of one type are its history: one of them speaks for the type.  Of the
 * types that answer the claim one is chosen: the claim's own, unless it is
 * merely over while another that implies it is in force (a WOSB that became
 * EDWOSB).  All comparisons end in a total order, so that the order in which
 * a registry lists its rows decides nothing.
 */
#include "core/candidate.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "core/expiry.h"
#include "core/name.h"

/* What a row says, in the order in which rows of one type win. */
enum rank {
	RANK_IN_FORCE = 0,	/* active, and its day has not ended */
	RANK_UNKNOWN,
	RANK_SUSPENDED,
	RANK_ENDED,		/* an active row whose day has ended is history too */
	RANK_TAKEN_BACK,
	RANK_PENDING		/* an application says nothing of what is held now */
};
#define RANK(r)		(1u << (r))
#define RANKS_KNOWN	(RANK(RANK_IN_FORCE) | RANK(RANK_SUSPENDED) | \
			 RANK(RANK_ENDED) | RANK(RANK_TAKEN_BACK))

/* The row that speaks for its type. */
struct pick {
	const struct decide_record *row;
	enum rank rank;
	bool	 conflict;
	bool	 exact;		/* of the claimed type itself */
};

static enum rank
row_rank(const struct decide_input *in, const struct decide_record *row)
{
	const struct record *rec = row->record;

	switch (rec->status) {
	case CS_STATUS_ACTIVE:
		return expiry_look(in, &in->connectors[row->connector],
		    rec->expires_on, row->seen_s).ended ? RANK_ENDED : RANK_IN_FORCE;
	case CS_STATUS_PENDING:
		return RANK_PENDING;
	case CS_STATUS_SUSPENDED:
	case CS_STATUS_EXCLUDED:
		return RANK_SUSPENDED;
	case CS_STATUS_EXPIRED:
	case CS_STATUS_GRADUATED:
		return RANK_ENDED;
	case CS_STATUS_WITHDRAWN:
	case CS_STATUS_DECERTIFIED:
		return RANK_TAKEN_BACK;
	case CS_STATUS_UNKNOWN:
		break;
	}
	return RANK_UNKNOWN;
}

static bool
type_answers(const struct types *types, const struct claim *claim,
    const struct record *rec)
{
	return claim->type == NULL || types_implies(types, rec->type, claim->type);
}

static bool
category_answers(const struct types *types, const struct claim *claim,
    const struct record *rec)
{
	unsigned categories = rec->categories;

	if (categories == 0 && rec->type != NULL)
		categories = types_categories(types, rec->type);
	return (categories & claim->category) != 0;
}

bool
decide_is_candidate(const struct types *types, const struct claim *claim,
    const struct record *rec)
{
	return type_answers(types, claim, rec) && category_answers(types, claim, rec);
}

static bool
is_candidate(const struct decide_input *in, const struct decide_record *row)
{
	return decide_is_candidate(in->types, in->claim, row->record);
}

static int
text_compare(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

/* <0: a comes first.  The later expiry first, no date being the latest. */
static int
expiry_compare(struct cs_date a, struct cs_date b)
{
	if (cs_date_is_set(a) != cs_date_is_set(b))
		return cs_date_is_set(a) ? 1 : -1;
	return cs_date_compare(b, a);
}

/* <0: a comes first; 0: they say the same. */
static int
row_compare(const struct decide_record *a, const struct decide_record *b)
{
	const struct record *x = a->record, *y = b->record;
	int c = expiry_compare(x->expires_on, y->expires_on);

	if (c == 0)
		c = cs_date_compare(y->issued_on, x->issued_on);
	if (c == 0)
		c = (int)x->status - (int)y->status;
	if (c == 0)
		c = text_compare(x->type, y->type);
	if (c == 0)
		c = text_compare(x->number, y->number);
	if (c == 0)
		c = text_compare(x->business_name, y->business_name);
	if (c == 0)
		c = text_compare(x->dba_name, y->dba_name);
	if (c == 0)
		c = (a->connector > b->connector) - (a->connector < b->connector);
	if (c == 0)
		c = (int)a->taken - (int)b->taken;
	if (c == 0)
		c = (a->seen_s < b->seen_s) - (a->seen_s > b->seen_s);
	return c;
}

/* The first row of the type among the ranks given (RANK() bits); NULL: none. */
static const struct decide_record *
type_best(const struct decide_input *in, const char *type, unsigned ranks)
{
	const struct decide_record *best = NULL, *row;
	enum rank best_rank = RANK_PENDING, rank;

	for (size_t i = 0; i < in->record_count; i++) {
		row = &in->records[i];
		rank = row_rank(in, row);
		if ((RANK(rank) & ranks) == 0 || !is_candidate(in, row) ||
		    !text_equal(row->record->type, type))
			continue;
		if (best == NULL || rank < best_rank ||
		    (rank == best_rank && row_compare(row, best) < 0)) {
			best = row;
			best_rank = rank;
		}
	}
	return best;
}

/* Whether the row is surely from before the other. */
static bool
row_is_older(const struct decide_record *row, const struct decide_record *other)
{
	struct cs_date a = row->record->expires_on, b = other->record->expires_on;

	return cs_date_is_set(a) && cs_date_is_set(b) && cs_date_compare(a, b) < 0;
}

static const struct decide_record *
type_speaker(const struct decide_input *in, const char *type)
{
	const struct decide_record *known = type_best(in, type, RANKS_KNOWN);
	const struct decide_record *unknown = type_best(in, type, RANK(RANK_UNKNOWN));

	if (known != NULL && row_rank(in, known) == RANK_IN_FORCE)
		return known;
	/* A word nobody knows may mean "active": it must not let an older row take the badge. */
	if (unknown != NULL && (known == NULL || !row_is_older(unknown, known)))
		return unknown;
	return known != NULL ? known : type_best(in, type, RANK(RANK_PENDING));
}

static bool
same_period(const struct record *a, const struct record *b)
{
	return text_equal(a->number, b->number) && text_equal(a->type, b->type) &&
	    cs_date_compare(a->issued_on, b->issued_on) == 0 &&
	    cs_date_compare(a->expires_on, b->expires_on) == 0;
}

/* A firm without a published name differs from none. */
static bool
firms_differ(const struct decide_input *in, const struct record *a,
    const struct record *b)
{
	if (a->business_name == NULL || b->business_name == NULL ||
	    strcmp(a->business_name, b->business_name) == 0)
		return false;
	return !name_matches(a->business_name, b->business_name, b->dba_name,
	    &a->dba_name, a->dba_name != NULL ? 1 : 0, in->name_match);
}

/* Whether another candidate contradicts the row; what is history does not. */
static bool
row_conflicts(const struct decide_input *in, const struct decide_record *row,
    enum rank rank)
{
	for (size_t i = 0; i < in->record_count; i++) {
		const struct decide_record *other = &in->records[i];
		enum rank other_rank = row_rank(in, other);
		bool same = same_period(row->record, other->record);

		if (other == row || other_rank == RANK_PENDING || !is_candidate(in, other))
			continue;
		if (same && row->record->status != other->record->status)
			return true;
		if ((same || (rank <= RANK_SUSPENDED && other_rank <= RANK_SUSPENDED)) &&
		    firms_differ(in, row->record, other->record))
			return true;
	}
	return false;
}

/* The smaller goes first; the claim's own type gives way only when it is merely over. */
static int
pick_order(const struct pick *p)
{
	bool holds = p->rank == RANK_IN_FORCE && !p->conflict;

	if (!p->exact)
		return holds ? 2 : 4 + (int)p->rank;
	if (holds)
		return 0;
	return p->conflict || p->rank == RANK_SUSPENDED ||
	    p->row->record->status == CS_STATUS_DECERTIFIED ? 1 : 3;
}

static bool
pick_is_better(const struct pick *a, const struct pick *b)
{
	if (pick_order(a) != pick_order(b))
		return pick_order(a) < pick_order(b);
	return row_compare(a->row, b->row) < 0;
}

static struct pick
pick_type(const struct decide_input *in, const char *type)
{
	struct pick p = {
		.row = type_speaker(in, type),
		.exact = in->claim->type != NULL && text_equal(type, in->claim->type),
	};

	assert(p.row != NULL);	/* the type is that of a candidate */
	p.rank = row_rank(in, p.row);
	p.conflict = p.rank != RANK_PENDING && row_conflicts(in, p.row, p.rank);
	return p;
}

/* Whether an earlier candidate has the type of row i: its type is picked already. */
static bool
type_was_picked(const struct decide_input *in, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (text_equal(in->records[j].record->type, in->records[i].record->type) &&
		    is_candidate(in, &in->records[j]))
			return true;
	return false;
}

/* No record answers, though the number is known. */
static enum badge_reason
mismatch(const struct decide_input *in)
{
	for (size_t i = 0; i < in->record_count; i++)
		if (type_answers(in->types, in->claim, in->records[i].record))
			return REASON_CATEGORY_CONFLICT;
	return REASON_TYPE_MISMATCH;
}

struct candidate
candidate_choose(const struct decide_input *in)
{
	struct pick best = { .row = NULL }, pick;
	const char *type;

	for (size_t i = 0; i < in->record_count; i++) {
		assert(in->records[i].connector < in->connector_count);
		if (!is_candidate(in, &in->records[i]) || type_was_picked(in, i))
			continue;
		pick = pick_type(in, in->records[i].record->type);
		if (best.row == NULL || pick_is_better(&pick, &best))
			best = pick;
	}
	if (best.row == NULL)
		return (struct candidate){ .doubt = mismatch(in) };
	type = best.row->record->type;
	return (struct candidate){
		.row = best.row,
		.doubt = best.conflict ? REASON_CONFLICTING_RECORDS : REASON_COUNT,
		.renewal = type_best(in, type, RANK(RANK_PENDING)) != NULL,
	};
}

size_t
candidate_connector(const struct decide_input *in)
{
	for (size_t i = 0; i < in->connector_count; i++)
		if (text_equal(in->connectors[i].name, in->before->connector))
			return i;
	return 0;
}
