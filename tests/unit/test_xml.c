/* SPDX-License-Identifier: ISC */
/* test_xml.c -- xml.h: rows X1 to X9, caps, encodings, and every split. */
#include <certsync/xml.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/doc.h"
#include "parse/xml_scan.h"

#define DOC(s)	(s), sizeof(s) - 1
#define ROWS(s)	DOC("<r>" s "</r>")

/* --- a parser that prints some paths of each record ------------------------- */

struct want {
	const char	*path;
	const char	*gets[8];	/* ended by NULL */
};

static enum cs_rc
on_record(void *arg, const struct cs_xml *x)
{
	struct doc *p = arg;
	const struct want *w = p->arg;

	for (const char *const *g = w->gets; *g != NULL; g++) {
		const char *text = cs_xml_get(x, *g);

		if (text != NULL)
			buf_printf(&p->out, "%s=[%s]", *g, text);
	}
	buf_putc(&p->out, '\n');
	return cs_xml_get(x, "@stop") != NULL ? CS_E_QUOTA : CS_OK;
}

static const char *const marks[] = { "/r/@n", "/r/m/next", "", "/r/m/next/@n", NULL };

static enum cs_rc
on_mark(void *arg, size_t i, const char *text)
{
	buf_printf(&((struct doc *)arg)->out, "%s <%s>\n", marks[i], text);
	return strcmp(text, "stop") == 0 ? CS_E_QUOTA : CS_OK;
}

static void *
xml_open(struct doc *p)
{
	return cs_xml_new(((const struct want *)p->arg)->path, on_record, p,
	    p->poll);
}

static void *
xml_open_marked(struct doc *p)
{
	struct cs_xml_parser *x = xml_open(p);

	if (x != NULL)
		cs_xml_marks(x, marks, on_mark);
	return x;
}

static enum cs_rc
xml_push(void *x, const char *buf, size_t len)
{
	return cs_xml_push(x, buf, len);
}

static enum cs_rc
xml_end(void *x)
{
	return cs_xml_end(x);
}

static void
xml_close(void *x)
{
	assert_null(cs_xml_free(x));
}

static const struct doc_parser xml = { xml_open, xml_push, xml_end, xml_close };
static const struct want row = {
	"/r/c", { "@id", "n", "a/city", "l/@href", ".", NULL }
};

/* --- documents -------------------------------------------------------------- */

static void
test_records(void **state)
{
	(void)state;
	doc_splits(&xml, &row, ROWS(""), "rc 0 -\n");
	doc_splits(&xml, &row, DOC("<?xml version=\"1.0\"?>\n<!-- > -->\n<r>\n"
	    " <c id=\"1\"><n> A &amp; B\n</n><a/><a><city>X</city></a>"
	    "<l href='u?a=1&amp;b&#38;c&amp;#38;'/></c>\n <x><c><n>no</n></c></x>"
	    "<c id=''>own <n/>text</c></r>\n<!-- end -->\n"),
	    "@id=[1]n=[A & B]a/city=[X]l/@href=[u?a=1&b&c&#38;].=[]\n"
	    "@id=[]n=[].=[own text]\nrc 0 -\n");
	/* CDATA, character references, built-in entities, a processing instruction */
	doc_splits(&xml, &row, ROWS("<c><n>a<![CDATA[<b>&]]>c</n>"
	    "&#233;&lt;&gt;&quot;&apos;<?pi x='>'?></c>"),
	    "n=[a<b>&c].=[\xc3\xa9<>\"']\nrc 0 -\n");
	/* namespaces are ignored, names match by local part */
	doc_splits(&xml, &row, DOC("<q:r xmlns:q='urn:x'><q:c q:id='7'>"
	    "<n xmlns='urn:y'>N</n></q:c></q:r>"), "@id=[7]n=[N].=[]\nrc 0 -\n");
	doc_splits(&xml, &row, ROWS("<p:c>undeclared prefix</p:c>"),
	    ".=[undeclared prefix]\nrc 0 -\n");
	/* a '>' in a value, a record in a record's name, the first match */
	doc_splits(&xml, &row, ROWS("<c id='a>b'><c><n>in</n></c><n>1</n><n>2</n></c>"),
	    "@id=[a>b]n=[1].=[]\nrc 0 -\n");
	doc_splits(&xml, &row, ROWS("<c><n>1</n></c><c stop=''/><c/>"),
	    "n=[1].=[]\n.=[]\nrc 8 -\n");
}

static void
test_encodings(void **state)
{
	(void)state;
	doc_splits(&xml, &row, DOC("\xef\xbb\xbf<r><c>\xc3\xa9</c></r>"),
	    ".=[\xc3\xa9]\nrc 0 -\n");
	doc_splits(&xml, &row, DOC("<?xml version='1.0' encoding='ISO-8859-1'?>"
	    "<r><c>\xe9</c></r>"), ".=[\xc3\xa9]\nrc 0 -\n");
	doc_splits(&xml, &row, DOC("<?xml version=\"1.0\" encoding = "
	    "\"Windows-1252\" ?><r><c>\x80</c></r>"),
	    ".=[\xe2\x82\xac]\nrc 0 -\n");
	doc_splits(&xml, &row, DOC("\xef\xbb\xbf<?xml version='1.0' "
	    "encoding='utf-8'?><r><c>\xc3\xa9</c></r>"),
	    ".=[\xc3\xa9]\nrc 0 -\n");
	/* X9: other encodings would load modules, or hide markup from the scan */
	doc_fails(&xml, &row, DOC("<?xml version='1.0' encoding='UTF-7'?><r/>"),
	    CS_E_INPUT, "encoding");
	doc_fails(&xml, &row, DOC("<?xml version='1.0' encoding='UTF-16'?><r/>"),
	    CS_E_INPUT, "encoding");
	/* UTF-16 behind its mark, either way round, whatever is declared */
	doc_splits(&xml, &row, DOC("\xff\xfe<\0r\0>\0<\0c\0>\0\xe9\0\x3d\xd8\x0a\xdc<\0/\0c\0>\0"
	    "<\0/\0r\0>\0"), ".=[\xc3\xa9\xf0\x9f\x90\x8a]\nrc 0 -\n");
	doc_splits(&xml, &row, DOC("\xfe\xff\0<\0?\0x\0m\0l\0 \0v\0e\0r\0s\0i\0o\0n\0=\0'\0001\0.\0000\0'"
	    "\0 \0e\0n\0c\0o\0d\0i\0n\0g\0=\0'\0U\0T\0F\0-\0001\0006\0'\0?\0>"
	    "\0<\0r\0>\0<\0c\0>\x20\xac\0<\0/\0c\0>\0<\0/\0r\0>"),
	    ".=[\xe2\x82\xac]\nrc 0 -\n");
	doc_fails(&xml, &row, DOC("\xff\xfe<\0!\0D\0O\0"), CS_E_INPUT, "DOCTYPE");
	doc_fails(&xml, &row, DOC("\xff\xfe<\0r\0/\0>"), CS_E_INPUT, "ends early");
	doc_fails(&xml, &row, DOC("\xff\xfe<\0r\0>\0\0\xdc<\0/\0r\0>\0"), CS_E_INPUT, "UTF-16");
	doc_fails(&xml, &row, DOC("\xff\xfe\0\0"), CS_E_INPUT, "NUL");
	doc_fails(&xml, &row, DOC("<\0r\0/\0>\0"), CS_E_INPUT, "NUL");
	doc_fails(&xml, &row, DOC("\x4c\x6f\xa7\x94"), CS_E_INPUT, "XML");
}

static void
test_doctype(void **state)
{
	static const char *const bad[] = {
		/* X1: billion laughs */
		"<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]>"
		"<r><c>&b;</c></r>",
		"<?xml version=\"1.0\"?>\n<!-- x -->\n<!DOCTYPE r><r/>",
		/* X3: external entity, external subset */
		"<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>"
		"<r><c>&x;</c></r>",
		"<!DOCTYPE r SYSTEM \"http://127.0.0.1/x.dtd\"><r/>",
		"\xef\xbb\xbf<!doctype html><html></html>",
		"<!--> <!DOCTYPE r --><!DOCTYPE r><r/>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		doc_fails(&xml, &row, bad[i], strlen(bad[i]), CS_E_INPUT, "XML");
	for (size_t i = 0; i < 5; i++)
		doc_fails(&xml, &row, bad[i], strlen(bad[i]), CS_E_INPUT,
		    "DOCTYPE");
	/* undeclared entities, in text and in attributes */
	doc_fails(&xml, &row, ROWS("<c>&nbsp;</c>"), CS_E_INPUT, "XML");
	doc_fails(&xml, &row, ROWS("<c id='&nbsp;'/>"), CS_E_INPUT, "XML");
}

static void
test_broken(void **state)
{
	static const char *const bad[] = {
		/* X9: bad UTF-8, second root, not closed, crossed, cut */
		"<r><c>\xff</c></r>", "<r><c>\xc0\xaf</c></r>",
		"<r><c>\xed\xa0\x80</c></r>", "<r/><r/>", "<r></r>x", "<r><c></r>",
		"<r><a><b></a></b></r>", "<r><c id=1/></r>", "<r><c id='1' id='2'/></r>",
		"<r><c>\x01</c></r>", "<r><c>&#0;</c></r>", "<r><c>a]]>b</c></r>",
		"<r><c>a & b</c></r>", "<r><c><</c></r>",
		"", " ", "<", "<r", "<r>", "<r><c/>", "<r/><!-- ", "<?xml version='1.0'",
		"<?xml version='1.0'?>", "<!-- x -->", "{\"a\":1}", "a,b\n1,2\n",
		"<r><c>\xc3", "<r><!-- a -- b --></r>", "<r><c id='<'/></r>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		doc_fails(&xml, &row, bad[i], strlen(bad[i]), CS_E_INPUT, "XML");
	doc_fails(&xml, &row, ROWS("<c>a\0b</c>"), CS_E_INPUT, "NUL");
	doc_fails(&xml, &row, DOC("<r><c/>"), CS_E_INPUT, "ends early");
	doc_fails(&xml, &row, DOC("<html><br></html>"), CS_E_INPUT, "XML");
	/* the records before an error are the same in every split */
	doc_splits(&xml, &row, DOC("<r><c><n>1</n></c><c><n>2</n></c><c></r>"),
	    "n=[1].=[]\nn=[2].=[]\n"
	    "rc 2 XML, after record 2: not well formed\n");
}

/* head, each count times, tail */
static char *
repeated(const char *head, const char *each, size_t count, const char *tail,
    size_t *out_len)
{
	size_t n = strlen(each);
	char *s = malloc(strlen(head) + n * count + strlen(tail) + 1), *at = s;

	assert_non_null(s);
	at = stpcpy(at, head);
	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, each);
	at = stpcpy(at, tail);
	*out_len = (size_t)(at - s);
	return s;
}

static void
check(const char *head, const char *each, size_t count, const char *tail,
    enum cs_rc rc, const char *reason)
{
	size_t len;
	char *s = repeated(head, each, count, tail, &len);

	doc_fails(&xml, &row, s, len, rc, reason);
	free(s);
}

static void
test_limits(void **state)
{
	(void)state;
	/* X5: depth, in and outside records */
	check("<r><c>", "<a>", CS_XML_DEPTH - 1, "", CS_E_LIMIT, "nested");
	check("<r>", "<a>", 1000000, "", CS_E_LIMIT, "nested");
	/* X6: text; between records it is layout and has no cap */
	check("<r><c><n>", "x", CS_XML_TEXT_MAX, "</n></c></r>", CS_OK, "");
	check("<r><c><n>", "x", CS_XML_TEXT_MAX + 1, "</n></c></r>", CS_E_LIMIT,
	    "too much text");
	check("<r><c><n>", "x", (size_t)12 << 20, "</n></c></r>", CS_E_LIMIT,
	    "too much text");
	check("<r>", " ", (size_t)1 << 20, "</r>", CS_OK, "");
	/* X7: one attribute, a comment, a name */
	check("<r><c id='", "x", CS_XML_TAG_MAX, "'/></r>", CS_E_LIMIT, "too long");
	check("<r><!--", "x", CS_XML_TAG_MAX, "--></r>", CS_E_LIMIT, "too long");
	check("<r><!--->", "x", CS_XML_TAG_MAX, "--></r>", CS_E_LIMIT, "too long");
	check("<r><", "n", CS_XML_TAG_MAX, "/></r>", CS_E_LIMIT, "too long");
	check("<r><?p ", "n", CS_XML_TAG_MAX, "?></r>", CS_E_LIMIT, "too long");
	check("<r><c><![CDATA[", "n", CS_XML_TAG_MAX, "]]></c></r>", CS_E_LIMIT,
	    "too");
	/* X8: attributes in one tag, also behind a '>' in a value */
	check("<r><c", " a='>'", XML_SCAN_ATTRIBUTES + 1, "/></r>", CS_E_LIMIT,
	    "too many attributes");
	check("<r><c", " b=''", 100000, "/></r>", CS_E_LIMIT, "too many attributes");
	/* a record of many small elements */
	check("<r><c>", "<n>1</n>", 200, "</c></r>", CS_OK, "");
	check("<r><c>", "<n>1</n>", 20000, "</c></r>", CS_E_LIMIT, "too large");
	/* the declaration must end */
	check("<?xml ", "x", 1000, "?><r/>", CS_E_INPUT, "declaration");
	/* many records: memory is that of one */
	check("<r>", "<c><n>1</n></c>", 50000, "</r>", CS_OK, "");
}

static void
test_paths(void **state)
{
	static const char *const bad[] = { "", "/", "r", "r/c", "/r/", "//r", "/r//c" };
	struct doc p;

	(void)state;
	doc_init(&p, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_null(cs_xml_new(bad[i], on_record, &p, p.poll));
	doc_fini(&p);
	/* the root may be the record */
	doc_splits(&xml, &(const struct want){ "/c", { "n", NULL } },
	    DOC("<c><n>1</n></c>"), "n=[1]\nrc 0 -\n");
	doc_splits(&xml, &(const struct want){ "/r/c", { "n", "n/x", "@", NULL } },
	    DOC("<r><cc/><c><n><x>1</x></n></c></r>"),
	    "n=[]n/x=[1]\nrc 0 -\n");
}

static void
test_samples(void **state)
{
	static const struct { const char *file; struct want want; size_t rows; } all[] = {
		{ "connecticut_me6n-3yhp.resource.xml", { "/response/row/row",
		  { "vendorname", "vendorid", "expirationdate", "details/@url",
		    "@_id", NULL } }, 10 },
		{ "nyc_ci93-uc8s.resource.xml", { "/response/row/row",
		  { "vendor_formal_name", "certification", "cert_renewal_date",
		    NULL } }, 10 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		char path[128];
		size_t len, rows = 0;
		char *s, *text;

		(void)snprintf(path, sizeof(path), "tests/fixtures/socrata/derived/%s",
		    all[i].file);
		s = doc_file(path, &len);
		text = doc_feed(&xml, &all[i].want, s, len, DOC_WHOLE, 0);
		for (const char *t = text; *t != '\0'; t++)
			rows += *t == '\n';
		assert_int_equal(rows, all[i].rows + 1);
		assert_non_null(strstr(text, "\nrc 0 -\n"));
		doc_splits(&xml, &all[i].want, s, len, text);
		for (size_t n = 0; n < len - 2; n += 211)
			doc_fails(&xml, &all[i].want, s, n, CS_E_INPUT,
			    "ends early");
		free(text);
		free(s);
	}
}

/* What stands beside the records, and nothing in them. */
static void
test_marks(void **state)
{
	static const struct doc_parser marked = { xml_open_marked, xml_push, xml_end, xml_close };
	static const struct want names = { "/r/c", { "n", NULL } };
	char *deep = NULL;
	size_t len;

	(void)state;
	doc_splits(&marked, &names, DOC("<r n='1&amp;2'>x<m> <next n=''>\n a&lt;b <i>no</i> c\t</next>"
	    "</m><c><n>N</n><m><next>in</next></m></c><m><next/></m><next>no</next></r>"),
	    "/r/@n <1&2>\n/r/m/next/@n <>\n/r/m/next <c>\nn=[N]\n/r/m/next <>\nrc 0 -\n");
	doc_splits(&marked, &names, DOC("<r><m><next>stop</next></m><c><n>N</n></c></r>"),
	    "/r/m/next <stop>\nrc 8 -\n");
	/* deeper than any path, and back */
	len = (size_t)asprintf(&deep, "<r n='1'><%0400d><%0400d n='2'/></%0400d><m><next>x</next></m>"
	    "</r>", 0, 0, 0);
	for (char *at = deep; (at = strstr(at, "00000")) != NULL; at++)
		*at = 'z';
	for (char *at = deep; *at != '\0'; at++)
		*at = *at == '0' ? 'y' : *at;
	doc_splits(&marked, &names, deep, len, "/r/@n <1>\n/r/m/next <x>\nrc 0 -\n");
	free(deep);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_doctype),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
