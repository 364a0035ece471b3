/* SPDX-License-Identifier: ISC */
/*
 * log_limit.h -- how many messages one place in the program may log about one
 * thing.  Pure: time in, verdict out.  The table is small and fixed: of more
 * places than it holds, the one silent for longest is forgotten.
 */
#ifndef BASE_LOG_LIMIT_H
#define BASE_LOG_LIMIT_H

#include <stdint.h>

#define LOG_LIMIT_PLACES	128	/* twice the connectors there may be */
#define LOG_LIMIT_BURST		30	/* messages in a window; a bad configuration has 21 */
#define LOG_LIMIT_WINDOW_MS	60000

struct log_limit_place {
	uint64_t	 key;		/* 0: free */
	int64_t		 since_ms, last_ms;
	uint32_t	 passed, left_out;	/* in this window */
};

struct log_limit {
	struct log_limit_place places[LOG_LIMIT_PLACES];
};

enum log_verdict {
	LOG_PASS = 0,
	LOG_PASS_LAST,	/* pass, and say that more like it are left out */
	LOG_LEAVE_OUT
};

/*
 * key: of place and thing, not 0.  *out_missed: messages left out in the window
 * before, to be told with this one; 0 mostly.
 */
enum log_verdict log_limit_ask(struct log_limit *, uint64_t key, int64_t now_ms,
	    uint32_t *out_missed);

#endif /* BASE_LOG_LIMIT_H */
