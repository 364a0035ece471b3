/* SPDX-License-Identifier: ISC */
/* lookup.c -- see lookup.h.  An answer is kept whole: where its record is, it tells last. */
#include "table/lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/element.h"
#include "lib/query.h"

#define NUMBER		"{number}"
#define BODY_MAX	CS_JSON_ELEMENT_MAX	/* bytes; it is a firm or a few */
#define BODY_FIRST	((size_t)4096)

enum cs_rc
lookup_open(struct lookup *l, const struct cs_settings *settings, struct cs_poll *poll)
{
	const char *format = cs_setting(settings, "format"), *mark;

	l->poll = poll;
	l->template = cs_setting(settings, "lookup.path");
	if (l->template == NULL)
		return cs_kind(poll) != CS_POLL_LOOKUP ? CS_OK : cs_fail(poll, CS_E_CONFIG,
		    "lookup.path: not set, so no number can be looked up");
	mark = strstr(l->template, NUMBER);
	if (l->template[0] != '/' || l->template[1] == '/' || mark == NULL ||
	    strstr(mark + 1, NUMBER) != NULL || strlen(l->template) > CS_PATH_MAX / 2)
		return cs_fail(poll, CS_E_CONFIG, "lookup.path: a path from the root with one "
		    NUMBER " in it, as in /firms/" NUMBER);
	if (strcmp(cs_setting(settings, "key"), "name") == 0)
		return cs_fail(poll, CS_E_CONFIG, "lookup.path: a list without numbers (key = "
		    "name) has none to look up");
	if (strcmp(format, "xml") != 0 && strcmp(format, "json") != 0)
		return cs_fail(poll, CS_E_CONFIG, "lookup.path: of XML and JSON only");
	return CS_OK;
}

/* The template's part before the number, the number, the rest. */
static bool
path_make(struct lookup *l, const char *number)
{
	const char *mark = strstr(l->template, NUMBER);
	char head[CS_PATH_MAX / 2 + 1];

	(void)snprintf(head, sizeof(head), "%.*s", (int)(mark - l->template), l->template);
	l->path[0] = '\0';
	return query_add_link(l->path, sizeof(l->path), head) &&
	    query_add_value(l->path, sizeof(l->path), number) &&
	    query_add_link(l->path, sizeof(l->path), mark + strlen(NUMBER));
}

enum cs_rc
lookup_next(struct lookup *l, struct cs_request *out)
{
	const char *number = cs_lookup(l->poll, l->asked++);

	if (number == NULL)
		return CS_DONE;
	if (!path_make(l, number) || strlen(l->path) > CS_PATH_MAX)
		return cs_fail(l->poll, CS_E_CONFIG, "lookup.path: too long");
	*out = (struct cs_request){
		.link = l->path, .codes = { 200, 204, 404 }, .max_body = BODY_MAX
	};
	return CS_OK;
}

enum cs_rc
lookup_begin(struct lookup *l, const struct cs_response *head)
{
	l->code = head->code;
	l->len = 0;
	if (l->code == 200 && strcmp(head->content_type, "text/html") == 0)
		return cs_fail(l->poll, CS_E_INPUT, "HTML instead of a record: a login page?");
	return CS_OK;
}

enum cs_rc
lookup_push(struct lookup *l, const char *buf, size_t len)
{
	size_t size = l->size != 0 ? l->size : BODY_FIRST;
	char *grown;

	if (l->code != 200)
		return CS_OK;
	if (len > BODY_MAX - l->len)
		return cs_fail(l->poll, CS_E_LIMIT, "a record of over %zu bytes", BODY_MAX);
	while (size < l->len + len + sizeof("\n"))
		size *= 2;
	if (size > l->size) {
		if ((grown = realloc(l->body, size)) == NULL)
			return CS_E_NOMEM;
		l->body = grown;
		l->size = size;
	}
	memcpy(l->body + l->len, buf, len);
	l->len += len;
	(void)strcpy(l->body + l->len, "\n");	/* ends a value that is a bare word */
	return CS_OK;
}

/* --- JSON ------------------------------------------------------------------------- */

static enum cs_rc
json_read(struct lookup *l, const struct list *list)
{
	const struct cs_json *root, *at;
	const char *fault = NULL;
	enum cs_rc rc;

	if (l->reader == NULL && (l->reader = cs_json_reader_new()) == NULL)
		return CS_E_NOMEM;
	rc = cs_json_read(l->reader, l->body, l->len + 1, &root, &fault);
	if (rc != CS_OK)
		return rc == CS_E_NOMEM ? rc : cs_fail(l->poll, rc, "the answer to a look-up: %s",
		    fault);
	at = list->dotted[0] != '\0' ? cs_json_get(root, list->dotted) : NULL;
	if (at == NULL)
		at = root;
	for (size_t i = 0; i < cs_json_count(at) && rc == CS_OK; i++) {
		struct members_room room;
		struct members row = members_row(cs_json_at(at, i), &room);

		if (cs_json_type(row.object) == CS_JSON_OBJECT)
			rc = cs_table_tree(list->table, member_get, &row, ++l->records);
	}
	return rc;
}

/* --- XML -------------------------------------------------------------------------- */

struct elements {
	struct lookup	*lookup;
	struct cs_table	*table;
	size_t		 found;
};

static enum cs_rc
take_element(void *arg, const struct cs_xml *record)
{
	struct elements *e = arg;

	e->found++;
	return cs_table_tree(e->table, element_get, record, ++e->lookup->records);
}

static enum cs_rc
elements_read(struct elements *e, const char *path)
{
	const struct lookup *l = e->lookup;
	struct cs_xml_parser *xml = cs_xml_new(path, take_element, e, l->poll);
	enum cs_rc rc;

	if (xml == NULL)
		return CS_E_NOMEM;
	rc = l->len > 0 ? cs_xml_push(xml, l->body, l->len) : CS_OK;
	if (rc == CS_OK)
		rc = cs_xml_end(xml);
	(void)cs_xml_free(xml);
	return rc;
}

/* The list, or the record as the root. */
static enum cs_rc
xml_read(struct lookup *l, const struct list *list)
{
	struct elements e = { .lookup = l, .table = list->table };
	enum cs_rc rc = elements_read(&e, list->record);

	return rc == CS_OK && e.found == 0 ? elements_read(&e, strrchr(list->record, '/')) : rc;
}

enum cs_rc
lookup_end(struct lookup *l, const struct list *list)
{
	if (l->code != 200)
		return CS_OK;	/* there is none */
	if (l->len == 0)
		return cs_fail(l->poll, CS_E_INPUT, "the answer to a look-up is empty");
	return list->format == LIST_XML ? xml_read(l, list) : json_read(l, list);
}

void
lookup_close(struct lookup *l)
{
	l->reader = cs_json_reader_free(l->reader);
	free(l->body);
	l->body = NULL;
}
