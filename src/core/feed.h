/* SPDX-License-Identifier: ISC */
/*
 * feed.h -- what a finished feed is worth: refused whole, good
 * for adding and renewing, or proven complete.  Pure.
 */
#ifndef CORE_FEED_H
#define CORE_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>
#include "base/err.h"

/* What became of a poll.  HELD: committed, but changes for the worse wait. */
enum poll_result { POLL_COMMITTED = 0, POLL_UNCHANGED, POLL_FAILED, POLL_REFUSED, POLL_HELD };
#define POLL_RESULTS	(POLL_HELD + 1)

#define FEED_PROOFS	4	/* enum cs_proof */

struct feed_facts {
	bool		 full;		/* a full poll; a delta is never judged by size */
	uint64_t	 records, items;
	uint64_t	 left_out;	/* rows that could not be read */
	bool		 left_out_new;	/* one of them was not left out of the last list */
	uint64_t	 known;		/* records of the last committed snapshot; 0: none */
	uint64_t	 lacking;	/* of those, whose number is not listed now */
	uint64_t	 numbers;	/* distinct numbers of the last list */
	uint64_t	 gone;		/* of those, not listed now */
	uint64_t	 largest;	/* records of the largest list lately; 0: none */
	const char	*unproven;	/* why nothing proves it, by the connector; NULL: not so */
	/* by the connector, and declared by its descriptor */
	bool		 claimed[FEED_PROOFS];
	uint64_t	 declared[FEED_PROOFS];	/* TOTAL and TRAILER: the items there should be */
	bool		 twice;		/* a second whole download had the same records */
	bool		 has_manifest;	/* a sidecar that fitted the file */
	uint64_t	 manifest_rows;
	uint64_t	 min_records;
	double		 max_shrink, max_growth;	/* shares of known; 0: no limit */
	double		 absent_share;	/* CLOSED proves only if lacking/known is at most this */
};

enum feed_worth {
	FEED_INCOMPLETE = 0,	/* a declared count does not agree: the poll fails */
	/* empty, too small, shrunk, replaced or grown: whole feed dropped */
	FEED_REFUSED,
	FEED_UNPROVEN,		/* adds, verifies, renews; absence means nothing */
	FEED_PROVEN
};

/*
 * The verdict; *proof names the proof ("total", "trailer", "closed", "cursor",
 * "manifest", "twice", "none"), why says it in a sentence if it is not PROVEN.
 */
enum feed_worth	feed_judge(const struct feed_facts *, const char **proof, struct err *why);
/* "total", "trailer", "closed", "cursor".  Static. */
const char	*feed_proof_name(enum cs_proof);

/*
 * The records of a download in any order, to compare two downloads: equal for
 * the same pairs of number and content hash, each as often.
 */
struct feed_sum { uint64_t count, sums[2]; };
void	feed_sum_add(struct feed_sum *, uint64_t number, uint64_t content);
bool	feed_sum_equal(const struct feed_sum *, const struct feed_sum *);

#endif /* CORE_FEED_H */
