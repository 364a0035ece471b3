/* SPDX-License-Identifier: ISC */
/*
 * plan.h -- changes for the worse that wait for a person: a sorted list of
 * lines, their canonical text, and the hash that an operator approves.  Pure.
 *
 * Canonical text, one line a badge, sorted by badge in byte order:
 *
 *	BADGE VERSION FROM TO REASON
 *
 * VERSION is the badge's version now; TO is a status, "case" where a case
 * would be opened, or "until:2027-03-01" where the expiry would move earlier.
 * The hash is SHA-256 of that text.
 */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "core/badge.h"

#define PLAN_LINES_MAX	200000	/* of one plan; 25 MB, and more than anybody reads */
#define PLAN_HASH_SIZE	65	/* SHA-256 in hex, and NUL */
#define PLAN_HASH_SHOWN	12	/* digits shown to people */
#define PLAN_HASH_LEAST	8	/* digits that may stand for a hash */
#define PLAN_LINE_SIZE	192	/* bytes of the text of a line, and NUL */

enum plan_change { PLAN_LEAVES = 0, PLAN_CASE, PLAN_EARLIER };

struct plan_line {
	char		 badge[BADGE_ID_MAX + 1];
	int64_t		 version;
	enum badge_status from, to;	/* to is from unless change is LEAVES */
	enum plan_change change;
	enum badge_reason reason;
	struct cs_date	 until;		/* of EARLIER */
};

struct plan {
	struct plan_line *lines;	/* owned */
	size_t		 count, cap;
};

/*
 * Whether after is worse than before as the guard counts: it
 * leaves `verified`, a case is opened on a verified badge, or its expiry moves
 * earlier.  Then out is the line, with the heaviest of the three.
 */
bool	plan_line_of(const struct badge *before, const struct badge *after,
	    struct plan_line *out);
/* Whether they are the same change; of which version does not count: hiding a badge makes one
 * too. */
bool	plan_line_same(const struct plan_line *, const struct plan_line *);
/* The word for TO.  Returns out. */
#define PLAN_TO_SIZE	24
const char *plan_line_to(const struct plan_line *, char out[PLAN_TO_SIZE]);
/* The canonical line, without its newline.  Returns out. */
const char *plan_line_text(const struct plan_line *, char out[PLAN_LINE_SIZE]);
/* The reverse.  -1: err says what is wrong. */
int	plan_line_parse(const char *text, struct plan_line *out, struct err *err);

/* Appends a copy.  -1: no memory, or PLAN_LINES_MAX are there. */
int	plan_add(struct plan *, const struct plan_line *);
/* Sorts; of several lines of one badge one of its highest version stays. */
void	plan_sort(struct plan *);
/* Takes out the lines that stands() denies; returns how many. */
typedef bool plan_fn(void *arg, const struct plan_line *);
size_t	plan_strike(struct plan *, plan_fn *stands, void *arg);
void	plan_free(struct plan *);	/* its lines; it may be used again */

/* Appends the canonical text of a sorted plan. */
void	plan_text(const struct plan *, struct buf *out);
/* Reads it back, sorted.  -1: err names the line; plan is empty. */
int	plan_parse(const char *text, struct plan *out, struct err *err);
/* Hash of a sorted plan.  -1: no memory. */
int	plan_hash(const struct plan *, char out[PLAN_HASH_SIZE]);
/* Whether typed is the hash or at least PLAN_HASH_LEAST digits of its beginning. */
bool	plan_hash_matches(const char *hash, const char *typed);

#endif /* CORE_PLAN_H */
