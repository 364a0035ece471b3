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
#include "table/lookup.h"
#include "table/records.h"

#define AUTH_HEADER	"Authorization"	/* where the token goes, unless told otherwise */

struct table {
	bool		 is_lookup;	/* the poll, else the whole list */
	const char	*auth_header, *auth_prefix; /* lent; NULL: not configured */
	bool		 is_records;	/* format = jsonl, else a list */
	struct list	 list;
	struct pages	 pages;
	struct lookup	 lookup;
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

/* The credential itself is the engine's. */
static enum cs_rc
table_auth(struct table *t, const struct cs_settings *settings, struct cs_poll *poll)
{
	const char *header = cs_setting(settings, "auth.header");
	const char *prefix = cs_setting(settings, "auth.prefix");
	static const char token[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789!#$%&'*+-.^_`|~";	/* RFC 9110, 5.6.2 */

	if (header != NULL && (header[0] == '\0' || strlen(header) > CS_WORD_MAX ||
	    header[strspn(header, token)] != '\0'))
		return cs_fail(poll, CS_E_CONFIG, "auth.header: the name of a header, as in "
		    AUTH_HEADER);
	if (prefix != NULL && (prefix[0] == '\0' || strlen(prefix) > CS_WORD_MAX ||
	    prefix[strspn(prefix, token)] != '\0'))
		return cs_fail(poll, CS_E_CONFIG, "auth.prefix: the word before the token, as in "
		    "Bearer");
	t->auth_header = header;
	t->auth_prefix = prefix;
	return CS_OK;
}

static enum cs_rc
table_open(void *state, const struct cs_settings *settings, struct cs_poll *poll)
{
	struct table *t = state;
	const char *unused;
	bool flagged = cs_setting_member(settings, "type.column.*", 0, &unused) != NULL;
	bool typed = flagged || cs_setting(settings, "type") != NULL;
	enum cs_rc rc;

	t->is_lookup = cs_kind(poll) == CS_POLL_LOOKUP;
	t->is_records = are_records(settings);
	if (!typed && !t->is_records && cs_setting(settings, "field.type") == NULL)
		return cs_fail(poll, CS_E_CONFIG, "field.type: name the column of the "
		    "type, in type the one there is, or in type.column.CODE a column for each");
	if (!typed && cs_setting(settings, "type.map") == NULL)
		return cs_fail(poll, CS_E_CONFIG, "type.map: say which words of that column are "
		    "which types, as in Woman Owned:WBE");
	if ((rc = table_auth(t, settings, poll)) != CS_OK ||
	    (rc = table_pages(t, settings, poll)) != CS_OK ||
	    (rc = lookup_open(&t->lookup, settings, poll)) != CS_OK)
		return rc;
	return t->is_records ? records_open(&t->records, settings, poll) :
	    list_open(&t->list, settings, &defaults, t->pages.counts ? &counted : &defaults, poll);
}

/* Records are one answer, as most lists are. */
static enum cs_rc
table_next(void *state, struct cs_request *out)
{
	struct table *t = state;
	enum cs_rc rc = t->is_lookup ? lookup_next(&t->lookup, out) : list_next(&t->list, out);

	if (rc != CS_OK)
		return rc;
	/* Who says how the token is sent means to send one. */
	out->slot = t->auth_header != NULL || t->auth_prefix != NULL ? CS_SLOT_HEADER :
	    CS_SLOT_HEADER_OPTIONAL;
	out->slot_name = t->auth_header != NULL ? t->auth_header : AUTH_HEADER;
	out->slot_setting = "token";
	out->slot_prefix = t->auth_prefix;
	return CS_OK;
}

static enum cs_rc
table_begin(void *state, const struct cs_response *head)
{
	struct table *t = state;

	if (t->is_lookup)
		return lookup_begin(&t->lookup, head);
	return t->is_records ? records_begin(&t->records, head) : list_begin(&t->list, head);
}

static enum cs_rc
table_push(void *state, const char *buf, size_t len)
{
	struct table *t = state;

	if (t->is_lookup)
		return lookup_push(&t->lookup, buf, len);
	return t->is_records ? records_push(&t->records, buf, len) : list_push(&t->list, buf, len);
}

static enum cs_rc
table_end(void *state)
{
	struct table *t = state;

	if (t->is_lookup)
		return lookup_end(&t->lookup, &t->list);
	return t->is_records ? records_end(&t->records) : list_end(&t->list);
}

static void
table_close(void *state)
{
	struct table *t = state;

	records_close(&t->records);
	pages_close(&t->pages);
	lookup_close(&t->lookup);
	list_close(&t->list);
}

static const struct cs_setting_def table_settings[] = {
	LIST_SETTINGS(LIST_FORMATS "|jsonl"),
	PAGES_SETTINGS,
	{ .name = "lookup.path", .help = "path of one record on url's host, as in "
	    "/firms/{number}; without it no number is looked up" },
	{ .name = "token", .type = CS_SETTING_SECRET,
	  .help = "credential that the requests go with, if the source wants one" },
	{ .name = "auth.header", .help = "header of the token; without it, " AUTH_HEADER },
	{ .name = "auth.prefix", .help = "word before the token, as in Bearer" },
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
	.summary = "any list that settings describe (CSV, HTML, XML, JSON, JSON lines)",
	.revision = 1,
	.state_size = sizeof(struct table),
	.max_body = UINT64_C(256) << 20, /* a state's list has 50 MiB */
	.max_records = 1000000,
	.kinds = CS_KIND(CS_POLL_FULL) | CS_KIND(CS_POLL_LOOKUP),
	.proofs = CS_PROOF(CS_PROOF_TOTAL) | CS_PROOF(CS_PROOF_TRAILER),
	.lookup_max = LOOKUP_MAX,
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
