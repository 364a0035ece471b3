/* SPDX-License-Identifier: ISC */
/* records.c -- see records.h: the words are columns of a table that knows them. */
#include "table/records.h"

#include <stdio.h>
#include <string.h>

#include "lib/count.h"
#include "lib/element.h"

#define ALIASES	"aliases"
#define BYTE_ORDER_MARK	"\xef\xbb\xbf"	/* some programs begin UTF-8 with it */
#define BYTE_ORDER_MARK_LEN	(sizeof(BYTE_ORDER_MARK) - 1)

const struct cs_table_defaults records_defaults = {
	.field = {
		[CS_FIELD_NUMBER] = "number",
		[CS_FIELD_ALIAS] = ALIASES,
		[CS_FIELD_BUSINESS_NAME] = "business_name",
		[CS_FIELD_DBA_NAME] = "dba_name",
		[CS_FIELD_TYPE] = "type",
		[CS_FIELD_STATUS] = "status",
		[CS_FIELD_ISSUED_ON] = "issued_on",
		[CS_FIELD_EXPIRES_ON] = "expires_on",
	},
	.date_format = "%Y-%m-%d",
	.status = {
		[CS_STATUS_ACTIVE] = "active", [CS_STATUS_PENDING] = "pending",
		[CS_STATUS_SUSPENDED] = "suspended", [CS_STATUS_EXPIRED] = "expired",
		[CS_STATUS_GRADUATED] = "graduated", [CS_STATUS_WITHDRAWN] = "withdrawn",
		[CS_STATUS_DECERTIFIED] = "decertified",
	},
	.own_items = true,
};

static const char *const words[] = {
	"number", ALIASES, "business_name", "dba_name", "type", "categories", "status",
	"issued_on", "expires_on", NULL
};

static const struct { const char *name; unsigned bit; } categories[] = {
	{ "minority", CS_CATEGORY_MINORITY }, { "woman", CS_CATEGORY_WOMAN },
	{ "veteran", CS_CATEGORY_VETERAN }, { "disability", CS_CATEGORY_DISABILITY },
	{ "lgbtq", CS_CATEGORY_LGBTQ },
};
#define CATEGORIES	(sizeof(categories) / sizeof(categories[0]))

/* A record with its aliases as the table takes several. */
struct node {
	struct members row;
	char	 aliases[CS_ALIASES_MAX * (CS_NUMBER_MAX + 2)];
};

static const char *
node_get(const void *arg, const char *name)
{
	const struct node *node = arg;

	if (strcmp(name, ALIASES) == 0 && cs_json_type(cs_json_get(node->row.object, name)) ==
	    CS_JSON_ARRAY)
		return node->aliases;
	return member_get(&node->row, name);
}

/* --- a line ---------------------------------------------------------------------- */

/* It may be anybody's; what it says is not shown. */
static enum cs_rc
leave_out(struct records *r, const char *line, uint64_t no, const char *why, const char *what)
{
	cs_left_out(r->poll, &line, 1, "line %llu: %s%s%s", (unsigned long long)no, why,
	    what != NULL ? " " : "", what != NULL ? what : "");
	return CS_OK;
}

static bool
is_word(const char *name, const char *const *of)
{
	while (*of != NULL && strcmp(*of, name) != 0)
		of++;
	return *of != NULL;
}

/* Texts of an array, one behind the other.  false: it is none, or does not fit. */
static bool
aliases_join(const struct cs_json *list, struct node *out)
{
	size_t used = 0;

	out->aliases[0] = '\0';
	for (size_t i = 0; i < cs_json_count(list); i++) {
		const char *text = cs_json_text(cs_json_at(list, i));
		size_t room = sizeof(out->aliases) - used;
		int n = text == NULL ? -1 : snprintf(out->aliases + used, room, "%s%s",
		    i > 0 ? CS_TABLE_BREAK : "", text);

		if (n < 0 || (size_t)n >= room)
			return false;
		used += (size_t)n;
	}
	return true;
}

static bool
categories_read(const struct cs_json *list, unsigned *out)
{
	*out = 0;
	for (size_t i = 0; i < cs_json_count(list); i++) {
		const char *name = cs_json_text(cs_json_at(list, i));
		unsigned bit = 0;

		for (size_t k = 0; name != NULL && k < CATEGORIES; k++)
			if (strcmp(categories[k].name, name) == 0)
				bit = categories[k].bit;
		if (bit == 0)
			return false;
		*out |= bit;
	}
	return true;
}

static enum cs_rc
record_take(struct records *r, const struct cs_json *object, const char *line, uint64_t no)
{
	struct members_room room;
	struct node node = { .row = members_row(object, &room) };
	unsigned bits;
	enum cs_rc rc = cs_item(r->poll, (const char *)&no, sizeof(no));
	const char *name;

	r->count++;
	if (rc != CS_OK)
		return rc;
	/* A misspelt expires_on would be a badge without end. */
	for (size_t i = 0; !r->others && (name = cs_json_member(object, i)) != NULL; i++)
		if (!is_word(name, words))
			return leave_out(r, line, no, "a member that is none of number, aliases, "
			    "business_name, dba_name, type, categories, status, issued_on and "
			    "expires_on", NULL);
	if (!categories_read(cs_json_get(object, "categories"), &bits))
		return leave_out(r, line, no, "categories are of minority, woman, veteran, "
		    "disability and lgbtq", NULL);
	if (!aliases_join(cs_json_get(object, ALIASES), &node))
		return leave_out(r, line, no, "aliases are up to four texts", NULL);
	cs_table_categories(r->table, bits);
	member_names(object, r->table);
	return cs_table_tree(r->table, node_get, &node, no);
}

/* A day, or a second of it, in UTC: both compare as texts. */
static bool
as_of_read(struct records *r, const struct cs_json *v)
{
	const char *text = cs_json_text(v);
	char day[CS_DATE_TEXT];
	struct cs_date date;
	int n;

	if (v == NULL)
		return true;
	if (text == NULL || strlen(text) >= sizeof(r->as_of))
		return false;
	(void)snprintf(day, sizeof(day), "%.10s", text);
	if (cs_date_parse("%Y-%m-%d", day, &date) != CS_DATE_OK)
		return false;
	n = 0;
	if (strlen(text) > 10 && (sscanf(text + 10, "T%*2[0-9]:%*2[0-9]:%*2[0-9]Z%n", &n) != 0 ||
	    n != 10))
		return false;
	(void)snprintf(r->as_of, sizeof(r->as_of), "%s", text);
	return true;
}

static enum cs_rc
trailer_take(struct records *r, const struct cs_json *object, uint64_t no)
{
	static const char *const members[] = { "end", "records", "as_of", NULL };
	const struct cs_json *count = cs_json_get(object, "records");
	uint64_t declared;
	const char *name;

	for (size_t i = 0; (name = cs_json_member(object, i)) != NULL; i++)
		if (!is_word(name, members))
			return cs_fail(r->poll, CS_E_INPUT, "line %llu: a trailer has end, records "
			    "and as_of, nothing else", (unsigned long long)no);
	if (!cs_json_true(cs_json_get(object, "end")) ||
	    cs_json_type(count) != CS_JSON_NUMBER ||
	    !count_read(cs_json_text(count), &declared) ||
	    !as_of_read(r, cs_json_get(object, "as_of")))
		return cs_fail(r->poll, CS_E_INPUT, "line %llu: a trailer is {\"end\": true, "
		    "\"records\": N}, with \"as_of\": a day, or YYYY-MM-DDThh:mm:ssZ",
		    (unsigned long long)no);
	if (declared != r->count)
		return cs_fail(r->poll, CS_E_INPUT, "line %llu: the trailer counts %llu records, "
		    "there are %llu", (unsigned long long)no, (unsigned long long)declared,
		    (unsigned long long)r->count);
	r->ended = true;
	return CS_OK;
}

static enum cs_rc
take_line(void *arg, char *line, size_t len, uint64_t no)
{
	struct records *r = arg;
	const struct cs_json *object;
	const char *fault;
	enum cs_rc rc;

	if (no == 1 && len >= BYTE_ORDER_MARK_LEN &&
	    memcmp(line, BYTE_ORDER_MARK, BYTE_ORDER_MARK_LEN) == 0) {
		line += BYTE_ORDER_MARK_LEN;
		len -= BYTE_ORDER_MARK_LEN;
	}
	if (strspn(line, " \t\r") == len)
		return CS_OK;
	if (r->ended)
		return cs_fail(r->poll, CS_E_INPUT, "line %llu stands behind the trailer",
		    (unsigned long long)no);
	rc = cs_json_read(r->reader, line, len, &object, &fault);
	if (rc == CS_E_NOMEM)
		return rc;
	/* Another `end` may be a day, where members have names of their own. */
	if (rc == CS_OK && cs_json_type(cs_json_get(object, "end")) == CS_JSON_BOOL)
		return trailer_take(r, object, no);
	if (rc == CS_OK && cs_json_type(object) == CS_JSON_OBJECT)
		return record_take(r, object, line, no);
	r->count++;
	(void)leave_out(r, line, no, "no record:", rc == CS_OK ? "not an object" : fault);
	return cs_item(r->poll, (const char *)&no, sizeof(no));
}

/* --- the poll --------------------------------------------------------------------- */

enum cs_rc
records_open(struct records *r, const struct cs_settings *settings, struct cs_poll *poll)
{
	r->poll = poll;
	r->others = cs_setting(settings, "field.number") != NULL;
	return cs_table_new(settings, &records_defaults, poll, &r->table);
}

enum cs_rc
records_begin(struct records *r, const struct cs_response *head)
{
	if (strcmp(head->content_type, "text/html") == 0)
		return cs_fail(r->poll, CS_E_INPUT, "HTML instead of records: a login page?");
	r->lines = cs_lines_new(take_line, r, r->poll);
	r->reader = cs_json_reader_new();
	return r->lines != NULL && r->reader != NULL ? CS_OK : CS_E_NOMEM;
}

enum cs_rc
records_push(struct records *r, const char *buf, size_t len)
{
	return cs_lines_push(r->lines, buf, len);
}

/* The trailer proves once: what it states of a day was known of that day. */
static enum cs_rc
prove(struct records *r)
{
	size_t len;
	const char *before = cs_checkpoint(r->poll, &len);
	char known[sizeof(r->as_of)] = "";

	if (before != NULL && len < sizeof(known))
		memcpy(known, before, len);
	if (r->as_of[0] != '\0' && strcmp(r->as_of, known) <= 0) {
		cs_unproven(r->poll, "as_of is not later than it was");
		return cs_checkpoint_set(r->poll, known, strlen(known));
	}
	cs_proven(r->poll, CS_PROOF_TRAILER, r->count);
	if (r->as_of[0] == '\0')
		return CS_OK;
	return cs_checkpoint_set(r->poll, r->as_of, strlen(r->as_of));
}

enum cs_rc
records_end(struct records *r)
{
	enum cs_rc rc = cs_lines_end(r->lines);

	if (rc == CS_OK && r->others)
		rc = cs_table_tree_end(r->table);
	if (rc != CS_OK)
		return rc;
	if (r->ended)
		return prove(r);
	cs_unproven(r->poll, "no trailer: nothing says that the source was read to its end");
	return CS_OK;
}

void
records_close(struct records *r)
{
	r->lines = cs_lines_free(r->lines);
	r->reader = cs_json_reader_free(r->reader);
	r->table = cs_table_free(r->table);
}
