/* SPDX-License-Identifier: ISC */
/* rejected.c -- see rejected.h. */
#include "engine/claim/rejected.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"

void
rejected_add(struct engine *engine, const struct command *c, const char *error, store_fn *fn,
    void *arg)
{
	struct store *store = engine->store;
	struct store_txn txn;
	key_buf rejected;
	char oldest[32];
	int64_t rev;
	const char *rev_text = command_field(c, "rev");

	(void)key_global(store_prefix(store), "claims:rejected", rejected);
	(void)snprintf(oldest, sizeof(oldest), "%" PRId64,
	    loop_wall_ms(engine->loop) - (int64_t)REJECTED_DAYS * 86400 * 1000);
	store_txn_begin(store, &txn, rejected);
	store_txn_key(&txn, rejected);
	store_txn_cmd(&txn, 18, (const char *[]){
		"XADD", rejected, "MINID", "~", oldest, "*",
		"op", command_id_field(c, "op", 16),
		"badge", command_id_field(c, "badge", BADGE_ID_MAX),
		"profile", command_id_field(c, "profile", BADGE_ID_MAX), "claim_id", c->id,
		"rev", rev_text != NULL && text_parse_i64(rev_text, 0, INT64_MAX, &rev) ?
		    rev_text : "",
		"error", error
	});
	store_txn_send(store, &txn, fn, arg);
}
