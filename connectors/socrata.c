/* SPDX-License-Identifier: ISC */
/*
 * socrata.c -- state and city lists on Socrata's open data portals.
 *
 * Source: dev.socrata.com (SODA 2.1; XML is SODA 2.0), "paging", "system
 * fields", "formats".  The form rows.json of /api/views is not read.
 *
 *	full:	COUNT -> PAGE, until one is short -> COUNT_AGAIN -> FINISHED
 *	delta:	PAGE, until one is short -> FINISHED
 *	HTTP 202 at any of them: the same request again, later
 *
 * One row is one item; which columns make a record is said by the settings
 * that table-like plug-ins share (table.h).
 * - Offsets move when rows come and go between two pages.  So a row that comes
 *   twice fails the poll, and a total is a proof only if count and newest
 *   change of the list are the same before and after, and the rows as many.
 * - Null members are left out: only the whole feed tells of a missing column.
 * - Deleted rows never show in a delta; the engine's full polls find them.
 */
#include <stdio.h>
#include <string.h>

#include <certsync/cell.h>
#include <certsync/connector.h>
#include <certsync/json.h>
#include <certsync/table.h>
#include <certsync/xml.h>

#include "lib/count.h"
#include "lib/element.h"
#include "lib/seen.h"

#define DATASET_LEN	9		/* 4x4: abcd-1234 */
#define STAMP_LEN	32		/* bytes of :updated_at; it has 24 */
/* A change may become visible after later ones; a day is more than enough. */
#define OVERLAP_DAYS	1
#define ASKS_MAX	6		/* of one request; a minute of waiting */
#define ASK_DELAY_MS	UINT32_C(2000)	/* before the second; doubles */
#define COUNT_MAX	65536		/* bytes of a count's answer */

enum step { START = 0, COUNT, PAGE, COUNT_AGAIN, FINISHED };

/* The list as it counts itself. */
struct state {
	bool		 known;
	uint64_t	 total;
	char		 newest[STAMP_LEN + 1]; /* "" if not told */
};

struct socrata {
	struct cs_poll	*poll;		/* lent until close */
	const char	*dataset, *record; /* lent */
	bool		 xml, delta;
	uint64_t	 page_size;
	enum step	 step;
	unsigned	 code;		/* HTTP code of the open answer */
	unsigned	 asks;		/* of the open request */
	uint64_t	 offset, page_rows, rows;
	struct state	 before, after;
	struct state	*counting;	/* of the two; NULL: a page is open */
	struct cs_table	*table;		/* owned */
	struct cs_json_parser *json;	/* owned; of the open answer */
	struct cs_xml_parser *tree;	/* owned; of the open answer */
	struct seen	 ids;		/* of rows */
	char		 since[STAMP_LEN + 1]; /* of a delta; "": from the start */
	char		 newest[STAMP_LEN + 1]; /* the greatest :updated_at met */
	char		 path[512];
};

static const struct cs_table_defaults defaults = {
	.type_map = "MBE:MBE | WBE:WBE",
	.date_format = CS_CELL_DATES,
	.own_items = true,
};

/* --- rows ------------------------------------------------------------------------ */

/* ISO 8601 in UTC, so that texts of one form compare as times. */
static bool
stamp_ok(const char *text, size_t len)
{
	return len >= sizeof("2026-09-23T00:00:00") - 1 && len <= STAMP_LEN &&
	    strspn(text, "0123456789-:.TZ") >= len && text[10] == 'T';
}

static void
stamp_raise(struct socrata *s, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0;

	if (text != NULL && stamp_ok(text, len) && strcmp(text, s->newest) > 0)
		memcpy(s->newest, text, len + 1);
}

/* Counts the row called id; without a name it could not be told from another. */
static enum cs_rc
row_begin(struct socrata *s, const char *id)
{
	enum cs_rc rc;
	bool new;

	if (++s->page_rows > s->page_size)
		return cs_fail(s->poll, CS_E_INPUT, "a page of more rows than the "
		    "%llu asked for", (unsigned long long)s->page_size);
	if (id == NULL || id[0] == '\0')
		return cs_fail(s->poll, CS_E_INPUT, "row %llu has no row id: not a "
		    "list, or not of this portal's kind",
		    (unsigned long long)s->rows + 1);
	s->rows++;
	rc = seen_add(&s->ids, s->poll, seen_hash(SEEN_HASH, id) | 1,
	    seen_hash(~SEEN_HASH, id), &new);
	if (rc == CS_OK && !new)
		return cs_fail(s->poll, CS_E_INPUT, "row %llu came before: a page was "
		    "repeated, or the list changed while it was read",
		    (unsigned long long)s->rows);
	return rc == CS_OK ? cs_item(s->poll, id, strlen(id)) : rc;
}

static enum cs_rc
member_row(void *arg, const struct cs_json *node)
{
	struct socrata *s = arg;
	struct members_room room;
	struct members row = members_row(node, &room);
	enum cs_rc rc = row_begin(s, member_get(&row, ":id"));

	if (rc != CS_OK)
		return rc;
	stamp_raise(s, member_get(&row, ":updated_at"));
	member_names(node, s->table);
	return cs_table_tree(s->table, member_get, &row, s->rows);
}

static enum cs_rc
element_row(void *arg, const struct cs_xml *node)
{
	struct socrata *s = arg;
	enum cs_rc rc = row_begin(s, cs_xml_get(node, "@_id"));

	if (rc != CS_OK)
		return rc;
	element_names(node, s->table);
	return cs_table_tree(s->table, element_get, node, s->rows);
}

/* [{"total":"11400","newest":"2026-09-22T08:00:00.000Z"}], counts as text. */
static enum cs_rc
count_row(void *arg, const struct cs_json *node)
{
	struct socrata *s = arg;
	const char *newest = cs_json_text(cs_json_get(node, "newest"));

	if (s->counting->known || !count_read(cs_json_text(cs_json_get(node, "total")),
	    &s->counting->total))
		return cs_fail(s->poll, CS_E_INPUT, "the answer is no count");
	s->counting->known = true;
	if (newest != NULL && stamp_ok(newest, strlen(newest)))
		memcpy(s->counting->newest, newest, strlen(newest) + 1);
	return CS_OK;
}

/* --- answers --------------------------------------------------------------------- */

static enum cs_rc
socrata_begin(void *state, const struct cs_response *head)
{
	static const char *const root[] = { "", NULL };
	static const struct cs_json_ops page_ops = { .element = member_row };
	static const struct cs_json_ops count_ops = { .element = count_row };
	struct socrata *s = state;

	s->code = head->code;
	s->page_rows = 0;
	s->counting = s->step == COUNT ? &s->before :
	    s->step == COUNT_AGAIN ? &s->after : NULL;
	if (s->code != 200)
		return CS_OK;
	if (strcmp(head->content_type, "text/html") == 0)
		return cs_fail(s->poll, CS_E_INPUT, "HTML instead of rows: an outage?");
	if (s->xml && s->counting == NULL)
		s->tree = cs_xml_new(s->record, element_row, s, s->poll);
	else
		s->json = cs_json_new(root, s->counting != NULL ? &count_ops :
		    &page_ops, s, s->poll);
	return s->json != NULL || s->tree != NULL ? CS_OK : CS_E_NOMEM;
}

static enum cs_rc
socrata_push(void *state, const char *buf, size_t len)
{
	struct socrata *s = state;

	if (s->tree != NULL)
		return cs_xml_push(s->tree, buf, len);
	/* What 202 says beside its code is for people. */
	return s->json != NULL ? cs_json_push(s->json, buf, len) : CS_OK;
}

/*
 * The list is closed; judges whether it was the whole and the same list.  A
 * total that did not move and rows that are not as many: pages are missing.
 */
static enum cs_rc
list_end(struct socrata *s)
{
	bool moved = s->before.total != s->after.total ||
	    strcmp(s->before.newest, s->after.newest) != 0;
	enum cs_rc rc = cs_table_tree_end(s->table);

	if (rc != CS_OK)
		return rc;
	if (moved) {
		cs_unproven(s->poll, "the list changed while it was read");
		return CS_OK;
	}
	if (s->rows != s->after.total)
		return cs_fail(s->poll, CS_E_INPUT, "the list counts %llu rows and "
		    "gave %llu%s", (unsigned long long)s->after.total,
		    (unsigned long long)s->rows, s->rows < s->after.total ?
		    "; is page_size over the portal's limit?" : "");
	cs_proven(s->poll, CS_PROOF_TOTAL, s->after.total);
	return CS_OK;
}

/* A short page is the last. */
static enum cs_rc
page_end(struct socrata *s)
{
	s->offset += s->page_size;
	if (s->page_rows < s->page_size)
		s->step = s->delta ? FINISHED : COUNT_AGAIN;
	return CS_OK;
}

static enum cs_rc
answer_end(struct socrata *s)
{
	if (s->counting != NULL && !s->counting->known)
		return cs_fail(s->poll, CS_E_INPUT, "the answer is no count");
	switch (s->step) {
	case COUNT:
		s->step = PAGE;
		return CS_OK;
	case COUNT_AGAIN:
		s->step = FINISHED;
		return list_end(s);
	default:
		return page_end(s);
	}
}

static enum cs_rc
socrata_end(void *state)
{
	struct socrata *s = state;
	enum cs_rc rc = CS_OK;

	if (s->code != 200)	/* 202: accepted, not answered */
		return s->asks < ASKS_MAX ? CS_OK : cs_fail(s->poll, CS_E_REMOTE,
		    "HTTP 202 to the same request %d times", ASKS_MAX);
	if (s->tree != NULL)
		rc = cs_xml_end(s->tree);
	else
		rc = cs_json_end(s->json);
	s->json = cs_json_free(s->json);
	s->tree = cs_xml_free(s->tree);
	s->asks = 0;
	return rc == CS_OK ? answer_end(s) : rc;
}

/* --- requests -------------------------------------------------------------------- */

/* The day of overlap, and no zone: SoQL compares both as UTC. */
static void
since_read(struct socrata *s)
{
	size_t len;
	const char *text = cs_checkpoint(s->poll, &len);
	char day[CS_DATE_TEXT], head[CS_DATE_TEXT];
	struct cs_date date;

	if (text == NULL || !stamp_ok(text, len))
		return;
	memcpy(s->newest, text, len);
	snprintf(head, sizeof(head), "%.10s", s->newest);
	if (cs_date_parse("%Y-%m-%d", head, &date) != CS_DATE_OK)
		return;
	date = cs_date_from_days(cs_date_days(date) - OVERLAP_DAYS);
	snprintf(s->since, sizeof(s->since), "%s%.9s", cs_date_text(date, day),
	    s->newest + 10);
}

static void
count_path(struct socrata *s)
{
	/* SODA 2.0, the one with XML, has no system fields to ask for. */
	snprintf(s->path, sizeof(s->path), "/resource/%s.json?$select="
	    "count(*)%%20as%%20total%s", s->dataset, s->xml ? "" :
	    ",max(:updated_at)%20as%20newest");
}

static void
page_path(struct socrata *s)
{
	int n = snprintf(s->path, sizeof(s->path),
	    "/resource/%s.%s?$limit=%llu&$offset=%llu&$order=:id%s", s->dataset,
	    s->xml ? "xml" : "json", (unsigned long long)s->page_size,
	    (unsigned long long)s->offset, s->xml ? "" : "&$select=:*,*");

	if (s->since[0] != '\0')
		snprintf(s->path + n, sizeof(s->path) - (size_t)n,
		    "&$where=:updated_at%%20%%3E%%20%%27%s%%27", s->since);
}

/* What the next poll may begin from; a delta without rows keeps the last. */
static enum cs_rc
poll_end(struct socrata *s)
{
	enum cs_rc rc = s->newest[0] == '\0' ? CS_OK :
	    cs_checkpoint_set(s->poll, s->newest, strlen(s->newest));

	return rc == CS_OK ? CS_DONE : rc;
}

static enum cs_rc
socrata_next(void *state, struct cs_request *out)
{
	struct socrata *s = state;

	if (s->step == START)
		s->step = s->delta ? PAGE : COUNT;
	if (s->step == FINISHED)
		return poll_end(s);
	*out = (struct cs_request){
		.path = s->path, .codes = { 200, 202 },
		.delay_ms = s->asks == 0 ? 0 : ASK_DELAY_MS << (s->asks - 1),
		/* Without a token the portal throttles by address. */
		.slot = CS_SLOT_HEADER_OPTIONAL, .slot_name = "X-App-Token",
		.slot_setting = "app_token"
	};
	if (s->step == PAGE) {
		page_path(s);
	} else {
		count_path(s);
		out->max_body = COUNT_MAX;
	}
	s->asks++;
	return CS_OK;
}

/* --- settings -------------------------------------------------------------------- */

static bool
dataset_ok(const char *id)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	return strlen(id) == DATASET_LEN && strspn(id, chars) == 4 &&
	    id[4] == '-' && strspn(id + 5, chars) == 4;
}

static enum cs_rc
socrata_cover(const struct cs_settings *settings, struct cs_cover *cover)
{
	return cs_table_cover(settings, &defaults, cover);
}

static enum cs_rc
socrata_open(void *state, const struct cs_settings *settings, struct cs_poll *poll)
{
	struct socrata *s = state;
	const char *unused;

	s->poll = poll;
	s->xml = strcmp(cs_setting(settings, "format"), "xml") == 0;
	s->record = cs_setting(settings, "record");
	s->delta = cs_kind(poll) == CS_POLL_DELTA;
	s->page_size = (uint64_t)cs_setting_int(settings, "page_size");
	s->dataset = cs_setting(settings, "dataset");
	if (!dataset_ok(s->dataset))
		return cs_fail(poll, CS_E_CONFIG, "dataset: not an id such as "
		    "ci93-uc8s");
	if (cs_setting(settings, "type") == NULL &&
	    cs_setting(settings, "field.type") == NULL &&
	    cs_setting_member(settings, "type.column.*", 0, &unused) == NULL)
		return cs_fail(poll, CS_E_CONFIG, "field.type: name the column of the type, in "
		    "type the one there is, or in type.column.CODE a column for each");
	/* XML names no time of change: what it says of a checkpoint is none. */
	if (s->delta && !s->xml)
		since_read(s);
	return cs_table_new(settings, &defaults, poll, &s->table);
}

static void
socrata_close(void *state)
{
	struct socrata *s = state;

	s->json = cs_json_free(s->json);
	s->tree = cs_xml_free(s->tree);
	s->table = cs_table_free(s->table);
	seen_free(&s->ids);
}

static const struct cs_setting_def socrata_settings[] = {
	{ .name = "dataset", .required = true,
	  .help = "id of the dataset, two times four letters or digits" },
	{ .name = "format", .type = CS_SETTING_ENUM, .value = "json",
	  .choices = "json|xml", .help = "form of the rows; XML has no deltas" },
	{ .name = "record", .value = "/response/row/row",
	  .help = "path of a row in XML" },
	{ .name = "page_size", .type = CS_SETTING_INT, .value = "50000",
	  .min = 1, .max = 50000, .help = "rows asked for at once" },
	{ .name = "app_token", .type = CS_SETTING_SECRET,
	  .help = "app token of the portal, for more requests; not needed" },
	CS_TABLE_FIELD_SETTINGS,
	CS_TABLE_MAP_SETTINGS,
	{ .name = NULL }
};

/* Each list has a grammar of its own; number_pattern says which. */
static const struct cs_grammar socrata_grammar = {
	.normalise = CS_NORM_UPPER | CS_NORM_SPACE
};

CS_API const struct cs_connector cs_connector_socrata = {
	.abi = CS_CONNECTOR_ABI,
	.size = sizeof(struct cs_connector),
	.name = "socrata",
	.summary = "state and city lists on Socrata open data portals",
	.revision = 1,
	.state_size = sizeof(struct socrata),
	.max_body = UINT64_C(1) << 30,	/* 50,000 rows of 20 KiB */
	.max_records = 1000000,
	.kinds = CS_KIND(CS_POLL_FULL) | CS_KIND(CS_POLL_DELTA),
	.proofs = CS_PROOF(CS_PROOF_TOTAL),
	.settings = socrata_settings,
	.grammar = &socrata_grammar,
	.cover = socrata_cover,
	.open = socrata_open,
	.next = socrata_next,
	.begin = socrata_begin,
	.push = socrata_push,
	.end = socrata_end,
	.close = socrata_close,
};
