/* SPDX-License-Identifier: ISC */
/*
 * endless.c -- a registry whose pages have no end: "new" brings an item with each, "same"
 * brings the first again, "records" counts none and brings a record with each.
 */
#include <stdio.h>

#include "hostile.h"

struct endless {
	struct hostile	 hostile;	/* first */
	unsigned	 answers;
};

static enum cs_rc
endless_next(void *state, struct cs_request *out)
{
	(void)state;
	out->path = "/page";
	return CS_OK;
}

static enum cs_rc
endless_end(void *state)
{
	struct endless *e = state;
	bool same = hostile_is(&e->hostile, "same");
	struct cs_record rec = { .type = "MBE", .business_name = "A firm" };
	char number[16];

	(void)snprintf(number, sizeof(number), "N%u", same ? 1 : ++e->answers);
	rec.number = number;
	if (!hostile_is(&e->hostile, "records") &&
	    cs_item(e->hostile.poll, number, strlen(number)) != CS_OK)
		return CS_E_NOMEM;
	return cs_emit(e->hostile.poll, &rec);
}

CS_API extern const struct cs_connector cs_connector_endless;
const struct cs_connector cs_connector_endless = {
	.abi = CS_CONNECTOR_ABI,
	.size = sizeof(struct cs_connector),
	.name = "endless",
	.summary = "Asks for ever, for tests.",
	.state_size = sizeof(struct endless),
	.max_body = 64 << 20,
	.max_records = 1000,
	.kinds = CS_KIND(CS_POLL_FULL),
	.settings = hostile_settings,
	.open = hostile_open,
	.next = endless_next,
	.push = hostile_push,
	.end = endless_end,
	.close = hostile_close
};
