/* SPDX-License-Identifier: ISC */
/* control_rejected.c -- `rejected`: commands that cannot be used, and those that cannot now. */
#include <stdlib.h>

#include "base/text.h"
#include "engine/claim/claims.h"
#include "engine/claim/stuck.h"
#include "engine/ops/control_private.h"

#define REJECTED_SHOWN	"1000"	/* the newest; the stream has the others */

static void
add_stuck(void *arg, const struct stuck_view *v)
{
	char at[TEXT_TIME];

	(void)json_array_append_new(arg, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
	    "state", "stuck", "at", text_time_ms(v->moved_ms, at), "id", v->name, "op", v->op,
	    "badge", v->badge, "profile", v->profile, "error", v->why));
}

static json_t *
rejected_json(const struct redis_reply *entry)
{
	static const char *const names[][2] = {
		{ "claim_id", "id" }, { "op", "op" }, { "badge", "badge" },
		{ "profile", "profile" }, { "rev", "rev" }, { "error", "error" }
	};
	const struct redis_reply *fields = redis_reply_at(entry, 1);
	const char *id = redis_reply_str(redis_reply_at(entry, 0), NULL);
	json_t *root = json_pack("{s:s}", "state", "rejected");
	char at[TEXT_TIME];
	size_t len;

	if (id != NULL)
		(void)json_object_set_new(root, "at",
		    json_string(text_time_ms(strtoll(id, NULL, 10), at)));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = redis_reply_str(redis_reply_field(fields, names[i][0]), &len);

		if (text != NULL && len > 0)
			(void)json_object_set_new(root, names[i][1], json_stringn(text, len));
	}
	return root;
}

static void
rejected_on_page(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct request *request = arg;
	json_t *commands;

	if (!request_outcome_ok(request, outcome))
		return;
	commands = json_array();
	stuck_each(claims_stuck(request->engine->claims), add_stuck, commands);
	for (size_t i = 0; i < redis_reply_count(reply); i++)
		(void)json_array_append_new(commands, rejected_json(redis_reply_at(reply, i)));
	request_answer(request, 0, json_pack("{s:o}", "commands", commands));
}

void
request_rejected(struct request *request)
{
	struct store *store = request->engine->store;
	key_buf key;

	store_read(store, rejected_on_page, request, 6, (const char *[]){ "XREVRANGE",
	    key_global(store_prefix(store), "claims:rejected", key), "+", "-", "COUNT",
	    REJECTED_SHOWN });
}
