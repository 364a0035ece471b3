/* SPDX-License-Identifier: ISC */
/* list.c -- see list.h. */
#include "lib/list.h"

#include <string.h>

#include "lib/element.h"

static enum cs_rc
take_header(void *arg, const char *const *fields, size_t n)
{
	return cs_table_header(((struct list *)arg)->table, fields, n);
}

static enum cs_rc
take_row(void *arg, const char *const *fields, size_t n, uint64_t line)
{
	return cs_table_row(((struct list *)arg)->table, fields, n, line);
}

static enum cs_rc
take_element(void *arg, const struct cs_xml *record)
{
	struct list *l = arg;

	return cs_table_tree(l->table, element_get, record, ++l->records);
}

enum cs_rc
list_open(struct list *l, const struct cs_settings *settings,
    const struct cs_table_defaults *csv, const struct cs_table_defaults *xml,
    struct cs_poll *poll)
{
	bool is_xml = strcmp(cs_setting(settings, "format"), "xml") == 0;

	l->poll = poll;
	l->options.delimiter = cs_delimiter_parse(cs_setting(settings, "delimiter"));
	l->options.skip_lines = (unsigned)cs_setting_int(settings, "skip_lines");
	if (!cs_encoding_parse(cs_setting(settings, "encoding"), &l->options.encoding))
		return cs_fail(poll, CS_E_CONFIG, "encoding: not one of utf-8, "
		    "latin-1, cp1252");
	if (is_xml) {
		l->record = cs_setting(settings, "record");
		if (l->record == NULL)
			return cs_fail(poll, CS_E_CONFIG, "format = xml needs "
			    "record, as in /Suppliers/Supplier");
	}
	return cs_table_new(settings, is_xml ? xml : csv, poll, &l->table);
}

enum cs_rc
list_next(void *state, struct cs_request *out)
{
	static const struct cs_csv_ops ops = { .header = take_header, .row = take_row };
	struct list *l = state;

	if (l->csv != NULL || l->xml != NULL)
		return CS_DONE;
	if (l->record != NULL)
		l->xml = cs_xml_new(l->record, take_element, l, l->poll);
	else
		l->csv = cs_csv_new(&l->options, &ops, l, l->poll);
	*out = (struct cs_request){ .conditional = true };
	return l->csv != NULL || l->xml != NULL ? CS_OK : CS_E_NOMEM;
}

enum cs_rc
list_begin(void *state, const struct cs_response *head)
{
	const struct list *l = state;

	return strcmp(head->content_type, "text/html") != 0 ? CS_OK :
	    cs_fail(l->poll, CS_E_INPUT, "HTML instead of a roster: a login page?");
}

enum cs_rc
list_push(void *state, const char *buf, size_t len)
{
	struct list *l = state;

	if (l->xml != NULL)
		return cs_xml_push(l->xml, buf, len);
	return cs_csv_push(l->csv, buf, len);
}

enum cs_rc
list_end(void *state)
{
	struct list *l = state;
	enum cs_rc rc;

	if (l->csv != NULL)
		return cs_csv_end(l->csv);
	rc = cs_xml_end(l->xml);
	/* Well-formed and without a record: another document, or another path. */
	if (rc == CS_OK && l->records == 0)
		return cs_fail(l->poll, CS_E_INPUT, "no element at %s", l->record);
	return rc;
}

void
list_close(void *state)
{
	struct list *l = state;

	l->csv = cs_csv_free(l->csv);
	l->xml = cs_xml_free(l->xml);
	l->table = cs_table_free(l->table);
}
