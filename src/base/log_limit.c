/* SPDX-License-Identifier: ISC */
/* log_limit.c -- see log_limit.h. */
#include "base/log_limit.h"

#include <stddef.h>

/* The place of key; a new one takes that of whoever was silent for longest. */
static struct log_limit_place *
place_find(struct log_limit *limit, uint64_t key, int64_t now_ms)
{
	struct log_limit_place *oldest = &limit->places[0];

	for (size_t i = 0; i < LOG_LIMIT_PLACES; i++) {
		struct log_limit_place *p = &limit->places[i];

		if (p->key == key)
			return p;
		if (p->key == 0 || (oldest->key != 0 && p->last_ms < oldest->last_ms))
			oldest = p;
	}
	*oldest = (struct log_limit_place){ .key = key, .since_ms = now_ms };
	return oldest;
}

enum log_verdict
log_limit_ask(struct log_limit *limit, uint64_t key, int64_t now_ms, uint32_t *out_missed)
{
	struct log_limit_place *p = place_find(limit, key, now_ms);

	*out_missed = 0;
	p->last_ms = now_ms;
	if (now_ms - p->since_ms >= LOG_LIMIT_WINDOW_MS) {
		*out_missed = p->left_out;
		p->since_ms = now_ms;
		p->passed = p->left_out = 0;
	}
	if (p->passed >= LOG_LIMIT_BURST) {
		p->left_out++;
		return LOG_LEAVE_OUT;
	}
	return ++p->passed == LOG_LIMIT_BURST ? LOG_PASS_LAST : LOG_PASS;
}
