/* SPDX-License-Identifier: ISC */
/* named.h -- which firm of lists without numbers a claim names.  Pure, as decide.h. */
#ifndef CORE_NAMED_H
#define CORE_NAMED_H

#include "core/decide.h"

/* Whether a connector that covers the claim looks it up by its name. */
bool	named_is_asked(const struct decide_input *);
/*
 * The row of the one firm that answers the claim by name, type and category and is in
 * force; of its rows that of the claimed type first.  NULL: there is no such firm, or more
 * than one, in force or not.
 */
const struct decide_record *named_choose(const struct decide_input *);

#endif /* CORE_NAMED_H */
