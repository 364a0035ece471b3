/* SPDX-License-Identifier: ISC */
/*
 * redis_frame.h -- finds where a RESP2 reply ends, before anything is allocated.
 *
 * hiredis believes a header: "*2147483647" makes it ask for 16 GB.  So bytes
 * pass here first: types, numbers, CRLFs, depth and sizes are checked one by
 * one, in any split, and the reader sees nothing but whole, bounded replies.
 */
#ifndef IO_REDIS_FRAME_H
#define IO_REDIS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REDIS_DEPTH_MAX		8	/* nested arrays; hiredis 0.14 takes no more */
#define REDIS_ELEMENTS_MAX	262144	/* in one reply: about 30 MB once parsed */
#define REDIS_NUMBER_MAX	21	/* "-9223372036854775808" with NUL */

enum redis_frame_step {
	REDIS_FRAME_TYPE,	/* the byte that says what comes */
	REDIS_FRAME_TEXT,	/* status or error up to CR */
	REDIS_FRAME_NUMBER,	/* digits up to CR */
	REDIS_FRAME_LF,		/* the LF of either */
	REDIS_FRAME_BULK,	/* bulk bytes */
	REDIS_FRAME_BULK_CR,
	REDIS_FRAME_BULK_LF
};

struct redis_frame {
	size_t			max_bytes;	/* of one reply */
	size_t			bytes;		/* seen of this reply; 0: between two */
	size_t			elements;	/* announced by this reply */
	enum redis_frame_step	step;
	char			type;
	char			number[REDIS_NUMBER_MAX];
	size_t			number_len;
	size_t			bulk_left;
	size_t			depth;
	size_t			open[REDIS_DEPTH_MAX];	/* elements still to come */
};

void	redis_frame_init(struct redis_frame *, size_t max_bytes);
/*
 * Takes bytes up to the end of the current reply.
 *  1: it ended after *used bytes; the next call begins a new one.
 *  0: more is needed; *used is len.
 * -1: *why (static) says what is wrong; the stream is of no more use.
 */
int	redis_frame_push(struct redis_frame *, const char *data, size_t len,
	    size_t *used, const char **why);

#endif /* IO_REDIS_FRAME_H */
