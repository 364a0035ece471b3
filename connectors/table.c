/* SPDX-License-Identifier: ISC */
/*
 * table.c -- any list that settings can describe: of a city, a state, a council,
 * or what a partner exports.
 *
 * It knows nothing of the list by itself, so nothing is a default: whoever
 * configures it names the column of the number and says what the list certifies.
 */
#include <certsync/cell.h>
#include <certsync/connector.h>

#include "lib/list.h"

static const struct cs_table_defaults defaults = {
	.date_format = CS_CELL_DATES,
};

static enum cs_rc
table_cover(const struct cs_settings *settings, struct cs_cover *cover)
{
	return cs_table_cover(settings, &defaults, cover);
}

static enum cs_rc
table_open(void *state, const struct cs_settings *settings, struct cs_poll *poll)
{
	const char *unused;
	bool flagged = cs_setting_member(settings, "type.column.*", 0, &unused) != NULL;
	bool typed = flagged || cs_setting(settings, "type") != NULL;

	if (!typed && cs_setting(settings, "field.type") == NULL)
		return cs_fail(poll, CS_E_CONFIG, "field.type: name the column of the "
		    "type, in type the one there is, or in type.column.CODE a column for each");
	if (!typed && cs_setting(settings, "type.map") == NULL)
		return cs_fail(poll, CS_E_CONFIG, "type.map: say which words of that column are "
		    "which types, as in Woman Owned:WBE");
	return list_open(state, settings, &defaults, &defaults, poll);
}

static const struct cs_setting_def table_settings[] = {
	LIST_SETTINGS,
	CS_TABLE_FIELD_SETTINGS,
	CS_TABLE_MAP_SETTINGS,
	{ .name = NULL }
};

/* Each list has a grammar of its own; number_pattern says which. */
static const struct cs_grammar table_grammar = {
	.normalise = CS_NORM_UPPER | CS_NORM_SPACE
};

CS_API const struct cs_connector cs_connector_table = {
	.abi = CS_CONNECTOR_ABI,
	.size = sizeof(struct cs_connector),
	.name = "table",
	.summary = "any list that settings describe (CSV, XML or JSON)",
	.revision = 1,
	.state_size = sizeof(struct list),
	.max_body = UINT64_C(256) << 20, /* a state's list has 50 MiB */
	.max_records = 1000000,
	.kinds = CS_KIND(CS_POLL_FULL),
	.settings = table_settings,
	.grammar = &table_grammar,
	.cover = table_cover,
	.open = table_open,
	.next = list_next,
	.begin = list_begin,
	.push = list_push,
	.end = list_end,
	.close = list_close,
};
