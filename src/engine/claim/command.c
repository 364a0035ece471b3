/* SPDX-License-Identifier: ISC */
/* command.c -- see command.h. */
#include "engine/claim/command.h"

#include <string.h>

#include "base/text.h"

static const struct {
	const char	*name;
	enum reconcile_op op;
} claim_ops[] = {
	{ "put", RECONCILE_PUT }, { "delete", RECONCILE_DELETE }, { "hide", RECONCILE_HIDE },
	{ "show", RECONCILE_SHOW }, { "recheck", RECONCILE_RECHECK }
};

const char *
command_stream_name(enum command_stream stream)
{
	static const char *const names[COMMAND_STREAMS] = { "claims", "staff" };

	return names[stream];
}

const char *
command_field(const struct command *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->fields[i].name, name) == 0)
			return c->fields[i].value;
	return NULL;
}

const char *
command_id_field(const struct command *c, const char *name, size_t max)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->fields[i].name, name) == 0 && text_is_id(c->fields[i].value, max))
			return c->fields[i].value;
	return "";
}

static const char *
order_of_badge(const struct command *c, const char *op, struct arena *arena,
    struct command_order *out, struct err *err)
{
	if (out->badge == NULL || !text_is_id(out->badge, BADGE_ID_MAX))
		return "badge_invalid: 1 to 64 of A-Z a-z 0-9 _ -";
	for (size_t i = 0; i < sizeof(claim_ops) / sizeof(claim_ops[0]); i++) {
		if (strcmp(op, claim_ops[i].name) != 0)
			continue;
		out->op = claim_ops[i].op;
		return out->op == RECONCILE_PUT &&
		    claim_parse(c->fields, c->count, arena, &out->claim, err) != 0 ?
		    err->text : NULL;
	}
	return "op_unknown: this stream and version know no such command";
}

const char *
command_read(const struct command *c, enum command_stream stream, struct arena *arena,
    struct command_order *out, struct err *err)
{
	const char *op = command_field(c, "op");

	*out = (struct command_order){
		.badge = command_field(c, "badge"), .profile = command_field(c, "profile")
	};
	if (c->too_large)
		return "too_large: an entry is at most 32 KiB";
	if (op == NULL)
		return "op_missing: a command has a field op";
	if (out->profile == NULL || !text_is_id(out->profile, BADGE_ID_MAX))
		return "profile_invalid: 1 to 64 of A-Z a-z 0-9 _ -";
	if (stream == COMMAND_STAFF && strcmp(op, "erase") == 0) {
		out->op = RECONCILE_ERASE;
		out->whole_profile = true;
		return NULL;
	}
	/* Of the staff's badge commands this version knows none. */
	return order_of_badge(c, stream == COMMAND_CLAIMS ? op : "", arena, out, err);
}
