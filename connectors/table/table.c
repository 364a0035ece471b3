/* SPDX-License-Identifier: ISC */
/*
 * table.c -- any list that settings can describe: of a city, a state, a council,
 * or what a partner exports.
 *
 * It knows nothing of the list by itself, so nothing is a default: whoever
 * configures it names the column of the number and says what the list certifies.
 */
#include <string.h>

#include <certsync/cell.h>
#include <certsync/connector.h>

#include "lib/list.h"
#include "table/records.h"

struct table {
	bool		 is_records;	/* format = jsonl, else a list */
	struct list	 list;
	struct pages	 pages;
	struct records	 records;
};

static const struct cs_table_defaults defaults = {
	.date_format = CS_CELL_DATES,
};
static const struct cs_table_defaults counted = {
	.date_format = CS_CELL_DATES,
	.own_items = true,
};

static bool
are_records(const struct cs_settings *settings)
{
	return strcmp(cs_setting(settings, "format"), "jsonl") == 0;
}

static enum cs_rc
table_cover(const struct cs_settings *settings, struct cs_cover *cover)
{
	return cs_table_cover(settings, are_records(settings) ? &records_defaults : &defaults,
	    cover);
}

static enum cs_rc
table_pages(struct table *t, const struct cs_settings *settings, struct cs_poll *poll)
{
	const char *format = cs_setting(settings, "format"), *record;
	bool tree = strcmp(format, "xml") == 0 || strcmp(format, "json") == 0;

	record = cs_setting(settings, "record");
	if (tree)
		t->list.pages = &t->pages;
	return pages_open(&t->pages, settings, tree, tree && record != NULL &&
	    strcmp(record, "/") != 0, poll);
}

static enum cs_rc
table_open(void *state, const struct cs_settings *settings, struct cs_poll *poll)
{
	struct table *t = state;
	const char *unused;
	bool flagged = cs_setting_member(settings, "type.column.*", 0, &unused) != NULL;
	bool typed = flagged || cs_setting(settings, "type") != NULL;
	enum cs_rc rc;

	t->is_records = are_records(settings);
	if (!typed && !t->is_records && cs_setting(settings, "field.type") == NULL)
		return cs_fail(poll, CS_E_CONFIG, "field.type: name the column of the "
		    "type, in type the one there is, or in type.column.CODE a column for each");
	if (!typed && cs_setting(settings, "type.map") == NULL)
		return cs_fail(poll, CS_E_CONFIG, "type.map: say which words of that column are "
		    "which types, as in Woman Owned:WBE");
	if ((rc = table_pages(t, settings, poll)) != CS_OK)
		return rc;
	return t->is_records ? records_open(&t->records, settings, poll) :
	    list_open(&t->list, settings, &defaults, t->pages.counts ? &counted : &defaults, poll);
}

/* Records are one answer, as most lists are. */
static enum cs_rc
table_next(void *state, struct cs_request *out)
{
	return list_next(&((struct table *)state)->list, out);
}

static enum cs_rc
table_begin(void *state, const struct cs_response *head)
{
	struct table *t = state;

	return t->is_records ? records_begin(&t->records, head) : list_begin(&t->list, head);
}

static enum cs_rc
table_push(void *state, const char *buf, size_t len)
{
	struct table *t = state;

	return t->is_records ? records_push(&t->records, buf, len) : list_push(&t->list, buf, len);
}

static enum cs_rc
table_end(void *state)
{
	struct table *t = state;

	return t->is_records ? records_end(&t->records) : list_end(&t->list);
}

static void
table_close(void *state)
{
	struct table *t = state;

	records_close(&t->records);
	pages_close(&t->pages);
	list_close(&t->list);
}

static const struct cs_setting_def table_settings[] = {
	LIST_SETTINGS(LIST_FORMATS "|jsonl"),
	PAGES_SETTINGS,
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
	.summary = "any list that settings describe (CSV, XML, JSON, JSON lines)",
	.revision = 1,
	.state_size = sizeof(struct table),
	.max_body = UINT64_C(256) << 20, /* a state's list has 50 MiB */
	.max_records = 1000000,
	.kinds = CS_KIND(CS_POLL_FULL),
	.proofs = CS_PROOF(CS_PROOF_TRAILER) | CS_PROOF(CS_PROOF_TOTAL),
	.settings = table_settings,
	.grammar = &table_grammar,
	.cover = table_cover,
	.open = table_open,
	.next = table_next,
	.begin = table_begin,
	.push = table_push,
	.end = table_end,
	.close = table_close,
};
