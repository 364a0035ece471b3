/* SPDX-License-Identifier: ISC */
/* poll_caps.c -- see poll_caps.h. */
#include "engine/poll/poll_caps.h"

#include <inttypes.h>

/* A connector that counts no items is known by its records. */
static bool
caps_has_news(struct poll_caps *c)
{
	uint64_t now = c->items > 0 ? c->items : c->records;
	bool news = now != c->known;

	c->known = now;
	return news;
}

int
poll_caps_ask(struct poll_caps *c, int64_t max, bool lookup, struct err *err)
{
	bool answered = c->requests > 0;

	if (c->requests >= (uint64_t)max)
		return err_set(err, "it asks for more than %" PRId64 " requests: `max_requests` "
		    "allows no more; raise it if the list has so many pages, else they have no end",
		    max);
	c->requests++;
	if (!answered || lookup || caps_has_news(c)) {
		c->idle = 0;
		return 0;
	}
	if (++c->idle < POLL_CAPS_IDLE_MAX)
		return 0;
	return err_set(err, "%u answers in a row had no new item: the pages have no end; check "
	    "`url` and what its plug-in is told of pages", POLL_CAPS_IDLE_MAX);
}
