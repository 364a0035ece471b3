/* SPDX-License-Identifier: ISC */
/* named.c -- see named.h. */
#include "core/named.h"

#include <string.h>

#include "base/text.h"
#include "core/expiry.h"
#include "core/name.h"

bool
named_is_asked(const struct decide_input *in)
{
	for (size_t i = 0; i < in->connector_count; i++)
		if (in->connectors[i].by_name)
			return true;
	return false;
}

static bool
is_meant(const struct decide_input *in, const struct record *rec)
{
	const struct claim *claim = in->claim;

	return decide_is_candidate(in->types, claim, rec) &&
	    name_matches(claim->business_name, rec->business_name, rec->dba_name, claim->names,
	    claim->name_count, in->name_match);
}

/* Rows that are alike are kept once: two of one type are two firms. */
static bool
is_other_firm(const struct record *a, const struct record *b)
{
	return text_equal(a->type, b->type) || !text_equal(a->business_name, b->business_name) ||
	    !text_equal(a->dba_name, b->dba_name);
}

/* Whether the list has it as certified today: some name all vendors, and say which are. */
static bool
is_in_force(const struct decide_input *in, const struct decide_record *row)
{
	const struct record *rec = row->record;

	return rec->status == CS_STATUS_ACTIVE &&
	    !expiry_look(in, &in->connectors[row->connector], rec->expires_on, row->seen_s).ended;
}

/* The claimed type before those that imply it, else by the code: the list's order is no order. */
static bool
goes_before(const struct claim *claim, const struct record *a, const struct record *b)
{
	if (text_equal(a->type, claim->type) || text_equal(b->type, claim->type))
		return text_equal(a->type, claim->type);
	return a->type != NULL && b->type != NULL && strcmp(a->type, b->type) < 0;
}

const struct decide_record *
named_choose(const struct decide_input *in)
{
	const struct decide_record *first = NULL, *chosen = NULL, *row;

	for (size_t i = 0; i < in->named_count; i++) {
		row = &in->named[i];
		if (!is_meant(in, row->record))
			continue;
		if (first != NULL && is_other_firm(first->record, row->record))
			return NULL;
		first = first != NULL ? first : row;
		if (is_in_force(in, row) &&
		    (chosen == NULL || goes_before(in->claim, row->record, chosen->record)))
			chosen = row;
	}
	return chosen;
}
