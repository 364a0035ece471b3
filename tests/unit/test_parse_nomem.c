/* SPDX-License-Identifier: ISC */
/*
 * test_parse_nomem.c -- each allocation of a parse fails in turn.
 *
 * A failed malloc must never shrink a feed: libxml2's tree mode dropped records
 * in silence at 400 of 1,122 points, yajl crashes.  So every outcome is either
 * the whole result or an error.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <certsync/csv.h>
#include <certsync/html.h>
#include <certsync/json.h>
#include <certsync/lines.h>
#include <certsync/table.h>
#include <certsync/xml.h>

#include "lib/doc.h"
#include "lib/nomem.h"
#include "parse/inflate.h"

#define ROWS		40	/* records of the documents */

/* --- the parsers, each counting its records --------------------------------- */

struct count {
	struct cs_poll	*poll;
	struct cs_table	*table;		/* of CSV */
	unsigned	 records;
};

static enum cs_rc
on_element(void *arg, const struct cs_json *v)
{
	((struct count *)arg)->records += cs_json_get(v, "id") != NULL;
	return CS_OK;
}

static enum cs_rc
on_xml(void *arg, const struct cs_xml *x)
{
	((struct count *)arg)->records += cs_xml_get(x, "id") != NULL;
	return CS_OK;
}

static enum cs_rc
on_line(void *arg, char *line, size_t len, uint64_t no)
{
	(void)line, (void)no;
	((struct count *)arg)->records += len > 0;
	return CS_OK;
}

static enum cs_rc
on_header(void *arg, const char *const *fields, size_t n)
{
	return cs_table_header(((struct count *)arg)->table, fields, n);
}

static enum cs_rc
on_row(void *arg, const char *const *fields, size_t n, uint64_t line)
{
	return cs_table_row(((struct count *)arg)->table, fields, n, line);
}

static enum cs_rc
run_json(struct count *c, const char *s, size_t len)
{
	static const char *const paths[] = { "", NULL };
	static const struct cs_json_ops ops = { .element = on_element };
	struct cs_json_parser *j = cs_json_new(paths, &ops, c, c->poll);
	enum cs_rc rc = CS_E_NOMEM;

	if (j != NULL && (rc = cs_json_push(j, s, len)) == CS_OK)
		rc = cs_json_end(j);
	(void)cs_json_free(j);
	return rc;
}

static enum cs_rc
run_xml(struct count *c, const char *s, size_t len)
{
	struct cs_xml_parser *x = cs_xml_new("/r/c", on_xml, c, c->poll);
	enum cs_rc rc = CS_E_NOMEM;

	if (x != NULL && (rc = cs_xml_push(x, s, len / 2)) == CS_OK &&
	    (rc = cs_xml_push(x, s + len / 2, len - len / 2)) == CS_OK)
		rc = cs_xml_end(x);
	(void)cs_xml_free(x);
	return rc;
}

static enum cs_rc
run_lines(struct count *c, const char *s, size_t len)
{
	struct cs_lines *l = cs_lines_new(on_line, c, c->poll);
	enum cs_rc rc = CS_E_NOMEM;

	if (l != NULL && (rc = cs_lines_push(l, s, len)) == CS_OK)
		rc = cs_lines_end(l);
	(void)cs_lines_free(l);
	return rc;
}

static enum cs_rc
feed_csv(struct count *c, const char *s, size_t len)
{
	static const struct cs_csv_ops ops = { on_header, on_row };
	static const struct cs_csv_options options;
	struct cs_csv *csv = cs_csv_new(&options, &ops, c, c->poll);
	enum cs_rc rc = CS_E_NOMEM;

	if (csv != NULL && (rc = cs_csv_push(csv, s, len)) == CS_OK)
		rc = cs_csv_end(csv);
	(void)cs_csv_free(csv);
	return rc;
}

static enum cs_rc
feed_html(struct count *c, const char *s, size_t len)
{
	static const struct cs_csv_ops ops = { on_header, on_row };
	struct cs_html *html = cs_html_new(CS_ENCODING_AUTO, &ops, c, c->poll);
	enum cs_rc rc = CS_E_NOMEM;

	if (html != NULL && (rc = cs_html_push(html, s, len)) == CS_OK)
		rc = cs_html_end(html);
	(void)cs_html_free(html);
	return rc;
}

static enum cs_rc
run_csv(struct count *c, const char *s, size_t len)
{
	static const struct cs_setting_def defs[] = {
		CS_TABLE_FIELD_SETTINGS, { .name = NULL }
	};
	static const char *const pairs[] = {
		"field.number", "id", "status.active", "A|B", "type", "MBE", NULL
	};
	struct cs_settings *settings = host_settings_new(defs, pairs, NULL);
	enum cs_rc rc = CS_E_NOMEM;

	if (settings != NULL &&
	    (rc = cs_table_new(settings, NULL, c->poll, &c->table)) == CS_OK)
		rc = s[0] == '<' ? feed_html(c, s, len) : feed_csv(c, s, len);
	c->table = cs_table_free(c->table);
	(void)host_settings_free(settings);
	c->records = (unsigned)host_poll_records(c->poll);
	return rc;
}

static enum cs_rc
on_bytes(void *arg, const char *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		((struct count *)arg)->records += buf[i] == '\n';
	return CS_OK;
}

static enum cs_rc
run_inflate(struct count *c, const char *s, size_t len)
{
	static const struct inflate_options options;
	struct inflate *f = inflate_new(&options, on_bytes, c, c->poll);
	enum cs_rc rc = CS_E_NOMEM;

	if (f != NULL && (rc = inflate_push(f, s, len)) == CS_OK)
		rc = inflate_end(f);
	(void)inflate_free(f);
	return rc;
}

/* --- the torture ------------------------------------------------------------ */

typedef enum cs_rc run_fn(struct count *, const char *s, size_t len);

struct document {
	run_fn		*run;
	const char	*text;
	size_t		 len;
};

static void
run_once(void *arg)
{
	static const struct host_sink sink;
	const struct host_poll_options opt = { .sink = &sink };
	const struct document *doc = arg;
	struct count c = { .poll = host_poll_new(&opt) };
	enum cs_rc rc = c.poll != NULL ? doc->run(&c, doc->text, doc->len) : CS_E_NOMEM;
	bool failed = nomem_over();

	if (rc == CS_OK)
		assert_int_equal(c.records, ROWS);
	else if (!failed || (rc != CS_E_NOMEM && rc != CS_E_INPUT))
		fail_msg("rc %d %s", (int)rc, c.poll != NULL ? host_poll_reason(c.poll) : "");
	(void)host_poll_free(c.poll);
}

static void
torture(run_fn *run, const char *s, size_t len)
{
	struct document doc = { run, s, len };

	nomem_each(run_once, &doc);
}

/* head, ROWS rows with a number each, tail */
static void
torture_rows(run_fn *run, const char *head, const char *before,
    const char *after, const char *tail)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_puts(&b, head);
	for (unsigned i = 0; i < ROWS; i++)
		buf_printf(&b, "%s%u%s%s", before, i, after,
		    i + 1 < ROWS && after[0] == '"' ? "," : "");
	buf_puts(&b, tail);
	torture(run, b.data, b.len);
	buf_free(&b);
}

static void
test_json(void **state)
{
	(void)state;
	torture_rows(run_json, "[", "{\"id\":\"\\n",
	    "\",\"l\":[1,2,{\"x\":null}]}", "]");
}

static void
test_xml(void **state)
{
	(void)state;
	torture_rows(run_xml, "<r xmlns:x='u'>", "<c k='&amp;'><id>",
	    "</id><x:long_name_here>&lt;text</x:long_name_here></c>", "</r>");
}

static void
test_csv(void **state)
{
	(void)state;
	torture_rows(run_csv, "id,name\n", "", ",a name\n", "");
}

/* A cell over all rows is memory of its own. */
static void
test_html(void **state)
{
	(void)state;
	torture_rows(run_csv, "<table><tr><th>id<th>name<th>group<tr><td><td>x<td rowspan=99>all",
	    "<tr><td>", "<td>a name", "</table>");
}

static void
test_lines(void **state)
{
	(void)state;
	torture_rows(run_lines, "", "line ", "\n", "");
}

/* ROWS line ends, gzipped. */
static void
test_inflate(void **state)
{
	static const unsigned char gz[] = {
		0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03,
		0xe3, 0xe2, 0x22, 0x0e, 0x00, 0x00, 0x31, 0x8c, 0x8c, 0xc2,
		0x28, 0x00, 0x00, 0x00
	};

	(void)state;
	torture(run_inflate, (const char *)gz, sizeof(gz));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_xml),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_inflate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
