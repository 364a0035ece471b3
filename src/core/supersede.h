/* SPDX-License-Identifier: ISC */
/*
 * supersede.h -- when a row listed now takes the place of one listed before,
 * although no proof says that the feed is complete.  Pure.
 *
 * Only a proven poll removes from the mirror (docs/decisions.md).  But a row that
 * came back changed is no removal: without this, its old form would stay beside
 * the new one and the two would contradict each other for ever.
 */
#ifndef CORE_SUPERSEDE_H
#define CORE_SUPERSEDE_H

#include <stdbool.h>

#include "core/record.h"

/*
 * Whether fresh (listed now) is old's row (listed no more) in a new form: the
 * same number and type, and either the registry lists a certification once, or
 * the period is the same, its end as before or stated for the first time.
 * Another period is history and stays.  today: in the body's zone.
 */
bool	record_supersedes(const struct record *fresh, const struct record *old, bool unique_rows,
	    struct cs_date today);

#endif /* CORE_SUPERSEDE_H */
