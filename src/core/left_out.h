/* SPDX-License-Identifier: ISC */
/*
 * left_out.h -- rows of a list that could not be read, or only by a guess, and
 * what may hide behind them.  Pure.
 *
 * A firm that a list lacks may be one of its rows that could not be read: then
 * it has not gone.  It is none of those that stood there, byte for byte, beside
 * the firm when it was last read.  So each row is kept as a hash with the time
 * since when it has been left out of every list, and nothing is concluded about
 * what was last read before the newest of them came.
 */
#ifndef CORE_LEFT_OUT_H
#define CORE_LEFT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Rows that are told apart; a list with more of them has another fault than odd rows. */
#define LEFT_OUT_MAX		1000
/* Bytes of the longest text: a count, and a hash and a time of each row. */
#define LEFT_OUT_TEXT_MAX	(24u + LEFT_OUT_MAX * 40u)

struct left_out_row {
	uint64_t	 hash;		/* of its bytes, with the store's key */
	int64_t		 since_s;	/* start of the first poll that left it out */
};

/* The rows of one list.  All zero: none. */
struct left_out {
	struct left_out_row rows[LEFT_OUT_MAX];
	size_t		 count;		/* of rows[] */
	uint64_t	 total;		/* rows left out, those beyond rows[] included */
};

/* One more row.  The same bytes may come several times. */
void	left_out_add(struct left_out *, uint64_t hash);
/*
 * After the last one: a row is new now_s, unless it was left out of the list
 * before, as often; then it has the time it had.  before has been through this.
 */
void	left_out_follow(struct left_out *, const struct left_out *before, int64_t now_s);
/*
 * When the newest of the rows came: whoever was read then or later is none of
 * them.  0: there are none; INT64_MAX: there are more than are told apart.
 */
int64_t	left_out_newest_s(const struct left_out *);

/* As stored: "TOTAL HASH:TIME HASH:TIME...", hashes in hex; "" for none. */
void	left_out_encode(const struct left_out *, struct buf *out);
/* Damaged text, false: rows were left out, and each that is again counts as new. */
bool	left_out_decode(const char *text, struct left_out *out);

#endif /* CORE_LEFT_OUT_H */
