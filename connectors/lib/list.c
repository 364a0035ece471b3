/* SPDX-License-Identifier: ISC */
/* list.c -- see list.h. */
#include "lib/list.h"

#include <stdlib.h>
#include <string.h>

#include "lib/element.h"

/* What HTML may be where it was not expected. */
#define LOGIN_PAGE	"a login page?"
#define HTML_HINT	LOGIN_PAGE " If the list is an HTML table, set format = html"

/* The second half of a row's identity. */
#define OTHER_HASH	UINT64_C(0x9E3779B97F4A7C15)
/* Where a header may stand: the longest preamble seen has 8 lines. */
#define HEADER_LINES	30
#define HEADER_LINE_MAX	1000

static enum cs_rc
take_header(void *arg, const char *const *fields, size_t n)
{
	const struct list *l = arg;

	if (l->header != LIST_HEADER_AUTO)
		return cs_table_header(l->table, fields, n);
	return cs_table_seek_header(l->table, fields, n, l->html != NULL ?
	    cs_html_line(l->html) : cs_csv_line(l->csv));
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
	struct pages *p = l->pages;
	bool known = p != NULL && pages_know_rows(p);
	enum cs_rc rc = p == NULL ? CS_OK : pages_row(p, p->id != NULL ?
	    element_get(record, p->id) : NULL, known ? cs_xml_hash(record, 0) : 0,
	    known ? cs_xml_hash(record, OTHER_HASH) : 0);

	l->records++;
	element_names(record, l->table);
	return rc == CS_OK ? cs_table_tree(l->table, element_get, record, l->records) : rc;
}

static enum cs_rc
take_member(void *arg, const struct cs_json *record)
{
	struct list *l = arg;
	struct pages *p = l->pages;
	struct members_room room;
	struct members row = members_row(record, &room);
	bool known = p != NULL && pages_know_rows(p);
	enum cs_rc rc = p == NULL ? CS_OK : pages_row(p, p->id != NULL ?
	    member_get(&row, p->id) : NULL, known ? cs_json_hash(record, 0) : 0,
	    known ? cs_json_hash(record, OTHER_HASH) : 0);

	l->records++;
	member_names(record, l->table);
	return rc == CS_OK ? cs_table_tree(l->table, member_get, &row, l->records) : rc;
}

static enum cs_rc
take_mark(void *arg, size_t i, const char *text)
{
	return pages_mark(((struct list *)arg)->pages, (enum pages_mark)i, text);
}

/* What a mark says: null, false and what has no one text are none. */
static enum cs_rc
take_scalar(void *arg, const char *path, const struct cs_json *v)
{
	const struct list *l = arg;
	enum cs_rc rc = CS_OK;

	for (size_t i = 0; l->pages != NULL && i < PAGES_MARKS && rc == CS_OK; i++)
		if (path[0] != '\0' && strcmp(path, l->pages->paths[i]) == 0)
			rc = pages_mark(l->pages, (enum pages_mark)i, cs_json_true(v) ? "true" :
			    cs_json_text(v));
	return rc;
}

/* "/data/items" as "data.items"; without one, or "/": the document is the array. */
static enum cs_rc
json_path(struct list *l)
{
	const char *path = l->record != NULL ? l->record : "";
	size_t len = strlen(path);

	if (len > 0 && (path[0] != '/' || strchr(path, '.') != NULL))
		return cs_fail(l->poll, CS_E_CONFIG, "record: a path of member names, as in "
		    "/data/items");
	if (len > sizeof(l->dotted))
		return cs_fail(l->poll, CS_E_CONFIG, "record: over %d bytes", LIST_PATH_MAX);
	for (size_t i = 1; i < len; i++)
		l->dotted[i - 1] = path[i] == '/' ? '.' : path[i];
	l->paths[0] = l->dotted;
	return CS_OK;
}

/* auto, none, or the header's line: those before it are skipped. */
static enum cs_rc
header_read(struct list *l, const char *word)
{
	unsigned long line;
	char *end;

	if (strcmp(word, "auto") == 0)
		return CS_OK;
	l->header = strcmp(word, "none") == 0 ? LIST_HEADER_NONE : LIST_HEADER_LINE;
	if (l->header == LIST_HEADER_NONE)
		return CS_OK;
	line = strtoul(word, &end, 10);
	if (word[0] < '1' || word[0] > '9' || *end != '\0' || line > HEADER_LINE_MAX)
		return cs_fail(l->poll, CS_E_CONFIG, "header: auto, none, or the number of a "
		    "line, up to %d", HEADER_LINE_MAX);
	if (l->options.skip_lines > 0)
		return cs_fail(l->poll, CS_E_CONFIG, "header: the number of its line says what "
		    "skip_lines would: remove that");
	l->options.skip_lines = (unsigned)line - 1;
	return CS_OK;
}

static enum list_format
format_read(const char *word)
{
	return strcmp(word, "xml") == 0 ? LIST_XML : strcmp(word, "json") == 0 ? LIST_JSON :
	    strcmp(word, "html") == 0 ? LIST_HTML : LIST_CSV;
}

enum cs_rc
list_open(struct list *l, const struct cs_settings *settings,
    const struct cs_table_defaults *csv, const struct cs_table_defaults *tree,
    struct cs_poll *poll)
{
	enum cs_rc rc;

	l->poll = poll;
	l->format = format_read(cs_setting(settings, "format"));
	l->record = cs_setting(settings, "record");
	l->options.delimiter = cs_delimiter_parse(cs_setting(settings, "delimiter"));
	l->options.skip_lines = (unsigned)cs_setting_int(settings, "skip_lines");
	if (!cs_encoding_parse(cs_setting(settings, "encoding"), &l->options.encoding))
		return cs_fail(poll, CS_E_CONFIG, "encoding: not one of auto, "
		    "utf-8, utf-16, latin-1, cp1252");
	if (l->format == LIST_XML && l->record == NULL)
		return cs_fail(poll, CS_E_CONFIG, "format = xml needs "
		    "record, as in /Suppliers/Supplier");
	if ((rc = header_read(l, cs_setting(settings, "header"))) != CS_OK)
		return rc;
	if (l->format == LIST_HTML && l->header != LIST_HEADER_AUTO)
		return cs_fail(poll, CS_E_CONFIG, "header: of CSV; in HTML it is the row that "
		    "has the configured columns");
	if (l->format == LIST_JSON && (rc = json_path(l)) != CS_OK)
		return rc;
	return cs_table_new(settings, l->format <= LIST_HTML ? csv : tree, poll, &l->table);
}

enum cs_rc
list_next(void *state, struct cs_request *out)
{
	struct list *l = state;

	if (l->pages != NULL)
		return pages_next(l->pages, out);
	if (l->asked)
		return CS_DONE;
	l->asked = true;
	*out = (struct cs_request){ .conditional = true };
	return CS_OK;
}

/* What a text is in by the answer's word, AUTO: it has none that counts. */
static enum cs_encoding
charset_otherwise(struct list *l, const char *charset)
{
	enum cs_encoding otherwise = CS_ENCODING_AUTO;

	if (l->options.encoding != CS_ENCODING_AUTO)
		return otherwise;
	if (charset[0] != '\0' && !cs_encoding_parse(charset, &otherwise))
		cs_warn(l->poll, "the answer names an encoding that is not read: it is taken for "
		    "UTF-8; if it is another one, set encoding");
	/* What is called so on the web is what Windows writes (WHATWG, Encoding, 4.2). */
	return otherwise == CS_ENCODING_LATIN1 ? CS_ENCODING_CP1252 : otherwise;
}

static const struct cs_csv_ops row_ops = { .header = take_header, .row = take_row };

static enum cs_rc
html_begin(struct list *l, const char *charset)
{
	l->html = cs_html_new(l->options.encoding, &row_ops, l, l->poll);
	if (l->html == NULL)
		return CS_E_NOMEM;
	cs_html_otherwise(l->html, charset_otherwise(l, charset));
	return CS_OK;
}

static enum cs_rc
csv_begin(struct list *l, const char *charset)
{
	l->csv = cs_csv_new(&l->options, &row_ops, l, l->poll);
	if (l->csv == NULL)
		return CS_E_NOMEM;
	if (l->header == LIST_HEADER_AUTO)
		cs_csv_seek_header(l->csv, l->options.skip_lines + HEADER_LINES);
	else if (l->header == LIST_HEADER_NONE)
		cs_csv_no_header(l->csv);
	cs_csv_otherwise(l->csv, charset_otherwise(l, charset));
	return CS_OK;
}

static void
answer_free(struct list *l)
{
	l->csv = cs_csv_free(l->csv);
	l->html = cs_html_free(l->html);
	l->xml = cs_xml_free(l->xml);
	l->json = cs_json_free(l->json);
}

static enum cs_rc
tree_begin(struct list *l)
{
	static const struct cs_json_ops ops = { .element = take_member, .scalar = take_scalar };

	if (l->format == LIST_XML)
		l->xml = cs_xml_new(l->record, take_element, l, l->poll);
	else
		l->json = cs_json_new(l->paths, &ops, l, l->poll);
	if (l->xml != NULL && l->pages != NULL)
		cs_xml_marks(l->xml, l->pages->marks, take_mark);
	return l->xml != NULL || l->json != NULL ? CS_OK : CS_E_NOMEM;
}

enum cs_rc
list_begin(void *state, const struct cs_response *head)
{
	struct list *l = state;
	bool read = true;
	enum cs_rc rc = l->pages != NULL ? pages_begin(l->pages, head, &read) : CS_OK;

	answer_free(l);
	l->unread = !read;
	l->opened = false;
	if (rc != CS_OK || l->unread)
		return rc;
	if (l->format == LIST_HTML)
		return html_begin(l, head->charset);
	if (strcmp(head->content_type, "text/html") == 0)
		return cs_fail(l->poll, CS_E_INPUT, "HTML instead of a list: %s",
		    l->format == LIST_CSV ? HTML_HINT : LOGIN_PAGE);
	return l->format == LIST_CSV ? csv_begin(l, head->charset) : tree_begin(l);
}

/* The answer's first byte but blanks and a byte order mark tells some of what it is not. */
static enum cs_rc
first_check(struct list *l, const char *buf, size_t len)
{
	static const char passed[] = " \t\r\n\xef\xbb\xbf";
	size_t i = 0;

	while (i < len && memchr(passed, buf[i], sizeof(passed) - 1) != NULL)
		i++;
	if (l->opened || i == len)
		return CS_OK;
	l->opened = true;
	if (l->format == LIST_CSV && l->options.skip_lines == 0 && buf[i] == '<')
		return cs_fail(l->poll, CS_E_INPUT, "HTML instead of a list: " HTML_HINT);
	if (l->format != LIST_JSON || l->pages == NULL || l->pages->mode == PAGES_NONE ||
	    l->dotted[0] != '\0' || buf[i] != '{')
		return CS_OK;
	/* Where each page is an array, an object is what a source says instead of one. */
	return cs_fail(l->poll, CS_E_INPUT, "page %llu is an object where the list belongs; if "
	    "that is inside, name its path in record", (unsigned long long)l->pages->page);
}

enum cs_rc
list_push(void *state, const char *buf, size_t len)
{
	struct list *l = state;
	enum cs_rc rc = l->unread ? CS_OK : first_check(l, buf, len);

	if (rc != CS_OK || l->unread)
		return rc;
	return l->xml != NULL ? cs_xml_push(l->xml, buf, len) :
	    l->json != NULL ? cs_json_push(l->json, buf, len) :
	    l->html != NULL ? cs_html_push(l->html, buf, len) : cs_csv_push(l->csv, buf, len);
}

/* After the last page of all. */
static enum cs_rc
tree_end(struct list *l)
{
	enum cs_rc rc = cs_table_tree_end(l->table);

	if (rc == CS_OK && l->pages != NULL)
		pages_prove(l->pages);
	else if (rc == CS_OK)
		cs_proofless(l->poll);
	return rc;
}

enum cs_rc
list_end(void *state)
{
	struct list *l = state;
	bool last = true;
	enum cs_rc rc;

	if (l->csv != NULL || l->html != NULL) {
		rc = l->csv != NULL ? cs_csv_end(l->csv) : cs_html_end(l->html);
		if (rc == CS_OK)
			cs_table_rows_end(l->table);
		return rc;
	}
	if (l->unread)
		rc = CS_OK;
	else
		rc = l->xml != NULL ? cs_xml_end(l->xml) : cs_json_end(l->json);
	/* Well-formed and without a record: another document, or another path. */
	if (rc == CS_OK && l->records == 0 && l->xml != NULL)
		return cs_fail(l->poll, CS_E_INPUT, "no element at %s", l->record);
	if (rc == CS_OK && l->pages != NULL)
		rc = pages_end(l->pages, &last);
	return rc == CS_OK && last ? tree_end(l) : rc;
}

void
list_close(void *state)
{
	struct list *l = state;

	answer_free(l);
	l->table = cs_table_free(l->table);
}
