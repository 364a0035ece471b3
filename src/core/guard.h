/* SPDX-License-Identifier: ISC */
/*
 * guard.h -- how many changes for the worse a connector may make within a
 * window of time before it is held.  Pure: counts in, pass or
 * hold out; and the counts themselves, kept over the window in a few hundred
 * entries.
 *
 * The yardstick is the largest number of badges verified at any look within
 * the window: the number at its start, unless it has grown since.  A connector
 * that is new has no start to compare with.
 */
#ifndef CORE_GUARD_H
#define CORE_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define GUARD_SMALL	100	/* fewer verified than this: counted in badges, not in shares */
#define GUARD_BUCKETS	14	/* of one window: 12 hours each with 7 days */
/* types counted of one connector; others count in its total alone */
#define GUARD_TYPES_MAX	64
#define GUARD_TYPE_SIZE	17	/* a type code, and NUL */
#define GUARD_ALL	"*"	/* stands for a type: the connector as a whole */
#define GUARD_ENTRIES_MAX ((GUARD_BUCKETS + 2) * (GUARD_TYPES_MAX + 1))

struct guard_policy {
	int64_t		 window_s;	/* > 0 */
	double		 share;		/* 0.2: more than 20 % of GUARD_SMALL or more hold */
	int64_t		 count;		/* more than so many of fewer hold */
	/* more than so many of one connector hold, whatever its size */
	int64_t		 max;
	int64_t		 total;		/* more than so many of all connectors raise the alarm */
};

/* One connector as a whole (GUARD_ALL), or one type code of it. */
struct guard_tally {
	char		 type[GUARD_TYPE_SIZE];
	uint64_t	 verified;	/* see above */
	uint64_t	 worse;		/* within the window, those asked about included */
};

/* true: pass.  false: held, and why says by what count, in a sentence without its end. */
bool	guard_judge(const struct guard_policy *, const struct guard_tally *, size_t n,
	    struct err *why);
/* Whether worse, of all connectors together, raises the alarm; why as above. */
bool	guard_alarms(const struct guard_policy *, uint64_t worse, struct err *why);

/* --- the window -------------------------------------------------------------- */

struct guard_entry {
	int64_t		 start_s;	/* of its bucket */
	char		 type[GUARD_TYPE_SIZE];
	uint64_t	 verified;	/* the most seen in this bucket */
	uint64_t	 worse;
};

struct guard_window {
	struct guard_entry *entries;	/* owned */
	size_t		 count, cap;
};

/* Forgets what is over; times in the future (the clock was wrong) become now. */
void	guard_window_roll(struct guard_window *, int64_t now_s, int64_t window_s);
/* So many are verified now.  -1: no memory. */
int	guard_window_look(struct guard_window *, int64_t now_s, int64_t window_s,
	    const char *type, uint64_t verified);
/* So many more got worse.  -1: no memory. */
int	guard_window_add(struct guard_window *, int64_t now_s, int64_t window_s,
	    const char *type, uint64_t worse);
/* The sums of all types met, GUARD_ALL first, into out; returns how many. */
#define GUARD_TALLIES_MAX (GUARD_TYPES_MAX + 1)
size_t	guard_window_tally(const struct guard_window *, struct guard_tally out[GUARD_TALLIES_MAX]);
/* The tally of a type in the list, appended if it is missing; NULL: the list is full. */
struct guard_tally *guard_tally_of(struct guard_tally *, size_t *n, const char *type);
void	guard_window_free(struct guard_window *);	/* its entries; it may be used again */

/* As stored: "START TYPE VERIFIED WORSE;" an entry. */
void	guard_window_text(const struct guard_window *, struct buf *out);
/* The reverse; entries that are damaged are left out.  -1: no memory. */
int	guard_window_parse(const char *text, struct guard_window *out);

#endif /* CORE_GUARD_H */
