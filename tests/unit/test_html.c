/* SPDX-License-Identifier: ISC */
/* test_html.c -- html.h: tags, text, tables, caps, encodings, every split and every cut. */
#include <certsync/html.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include <certsync/table.h>

#include "lib/doc.h"
#include "parse/html_inside.h"

#define DOC(s)		(s), sizeof(s) - 1
#define TABLE(s)	DOC("<table><tr><th>No<th>Name</tr>" s "</table>")

/* --- a parser that prints its rows ------------------------------------------- */

static void
print(struct buf *b, const char *const *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? "|" : "");
		for (const char *s = fields[i]; *s != '\0'; s++)
			buf_putc(b, *s == CS_TABLE_BREAK[0] ? '/' : *s);
	}
}

/* The header begins with No. */
static enum cs_rc
on_header(void *arg, const char *const *fields, size_t n)
{
	struct doc *d = arg;

	if (fields == NULL)
		return cs_fail(d->poll, CS_E_INPUT, "no header");
	return n > 0 && strcmp(fields[0], "No") == 0 ? CS_OK : CS_DONE;
}

static enum cs_rc
on_row(void *arg, const char *const *fields, size_t n, uint64_t line)
{
	struct doc *d = arg;

	buf_printf(&d->out, "%u ", (unsigned)line);
	print(&d->out, fields, n);
	buf_putc(&d->out, '\n');
	return strcmp(fields[0], "stop") == 0 ? CS_E_QUOTA : CS_OK;
}

/* arg of a test: NULL, or what the answer says of the encoding. */
static void *
html_open(struct doc *d)
{
	static const struct cs_csv_ops ops = { on_header, on_row };
	struct cs_html *h = cs_html_new(CS_ENCODING_AUTO, &ops, d, d->poll);

	if (h != NULL && d->arg != NULL)
		cs_html_otherwise(h, *(const enum cs_encoding *)d->arg);
	return h;
}

static enum cs_rc
html_push(void *h, const char *buf, size_t len)
{
	return cs_html_push(h, buf, len);
}

static enum cs_rc
html_end(void *h)
{
	return cs_html_end(h);
}

static void
html_close(void *h)
{
	assert_null(cs_html_free(h));
}

static const struct doc_parser html = { html_open, html_push, html_end, html_close };

static void
rows(const char *s, size_t len, const char *expected)
{
	doc_splits(&html, NULL, s, len, expected);
}

/* --- pages -------------------------------------------------------------------- */

static void
test_rows(void **state)
{
	(void)state;
	rows(TABLE(""), "rc 0 -\n");
	rows(TABLE("<tr><td>1<td>A</tr>\n<TR><TD>2</TD><TD> B\n b </TD></TR>"), "1 1|A\n2 2|B b\nrc 0 -\n");
	rows(TABLE("<tr><td>1<td>A<tr><td>2<td>B"), "1 1|A\n1 2|B\nrc 0 -\n");
	rows(TABLE("<td>1<td>A<tbody><td>2<td>B</tbody>"), "1 1|A\n1 2|B\nrc 0 -\n");
	/* blank, a heading over all columns, the header once more, headings of a table */
	rows(TABLE("<tr></tr><tr><td><td>&nbsp;</tr><tr><td colspan=2>Page 2</tr>"
	    "<tr><td>No<td>Name</tr><caption>x</caption><tr><td>1<td>A"), "1 1|A\nrc 0 -\n");
	rows(TABLE("<tr><td>stop<td>A<tr><td>2<td>B"), "1 stop|A\nrc 8 -\n");
	/* what comes behind the table, and nobody's text in it */
	rows(TABLE("x<tr>y<td>1</td>z<td>A</tr>"), "1 1|A\nrc 0 -\n");
	rows(DOC("<table><tr><td>No<tr><td>1</table><td>No<table><tr><td>N<tr><td>2</table><td"),
	    "1 1\nrc 0 -\n");
	rows(DOC("<table><tr><td>No<td>A<br>B<tr><td>1<td>x<tr><td>No<td>A B</table><table><tr><td>No"
	    "<td>A B<tr><td>No<td rowspan=2>A B<tr><td>2</table><p><table>"),
	    "1 1|x\nleft out line 1: another table with the same columns, which is not read\n"
	    "rc 0 -\n");
}

static void
test_spans(void **state)
{
	(void)state;
	rows(DOC("<table><tr><td>No<td>B<td>C<td>D"
	    "<tr><td>1<td colspan=2>x<td>y"
	    "<tr><td>2<td rowspan=3>r<td colspan='2' rowspan=\"2\">s"
	    "<tr><td>3<tr><td>4<td>t<td>u</table>"),
	    "1 1|x||y\n1 2|r|s|\n1 3|r|s|\n1 4|r|t|u\nrc 0 -\n");
	/* of one that is none, of two the first; 0 is one */
	rows(TABLE("<tr><td colspan=x>1<td colspan=0 rowspan=99999>A<tr><td COLSPAN = 1 colspan=2>2"
	    "<td rowspan=0 nowrap>B"), "1 1|A\n1 2|B\nrc 0 -\n");
}

static void
test_missing_cells(void **state)
{
	(void)state;
	/* told and read by a guess, or told and left out */
	rows(DOC("<table><tr><td>No<td>B<td>C<tr><td>1<td>x<tr><td>2<tr><td>3<td>x<td>y<td>z"
	    "<tr><td>4<td>x<td>y<td> <td>&nbsp;</table>"),
	    "left out line 1: fewer cells than the header has: the last ones are taken for blank\n"
	    "1 1|x|\nleft out line 1: one cell alone, left out\n"
	    "left out line 1: more cells than the header has, left out\n1 4|x|y\nrc 0 -\n");
}

static void
test_tags(void **state)
{
	(void)state;
	rows(TABLE("<tr title='a>b' x=\">\" y = > <td a=b/c>1<td><a href=x?a=1>A</a> <b>b</b></tr>"),
	    "1 1|A b\nrc 0 -\n");
	rows(TABLE("<!-- <tr><td>9 --><!--><tr><td>1<!doctype x><?php echo '?'?><![if !x]><td>A--></tr>"),
	    "1 1|A-->\nrc 0 -\n");
	rows(TABLE("<tr><td>1<td>a < b <3 </> </ x> c<td/>"), "1 1|a < b <3 c\nrc 0 -\n");
	rows(TABLE("<script type='x'>'<tr><td>2' </scrip </SCRIPT ><style></table></style><tr><td>1<td>"
	    "<textarea>t</textarea>A"), "1 1|A\nrc 0 -\n");
	/* values of a cell, and none at its ends */
	rows(TABLE("<tr><td><p>1</p><td><ul><li>A<br><br/>b</li><li> c </li></ul><div>d</div>"),
	    "1 1|A/b/c/d\nrc 0 -\n");
	/* a name that is longer than any */
	rows(TABLE("<tablexxxxxxx><tr><tdxxxxxxxxxxxxxxxxx><td>1<td colspanxxxxxx=2>A"),
	    "1 1|A\nrc 0 -\n");
}

static void
test_entities(void **state)
{
	(void)state;
	rows(TABLE("<tr><td>1<td>&lt;b&gt; &amp;amp; &quot;&apos;&#39;&#x27; R&amp;D AT&T A & B &;"),
	    "1 1|<b> & \"''' R&D AT&T A & B &;\nrc 0 -\n");
	rows(TABLE("<tr><td>1<td>&eacute;&Ouml&#233;&#xE9;&#146;&#8217;&rsquo;&#x1F600;"),
	    "1 1|\xc3\xa9\xc3\x96\xc3\xa9\xc3\xa9\xe2\x80\x99\xe2\x80\x99\xe2\x80\x99\xf0\x9f\x98\x80\n"
	    "rc 0 -\n");
	rows(TABLE("<tr><td>1<td>x&#0;&#xD800;&#x110000;&#99999999;&unknown;&abcdefghijkl;&#;&#x;"),
	    "1 1|x\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd&unknown;&abcdefghijkl;&#;&#x;\n"
	    "rc 0 -\n");
}

static void
test_nested(void **state)
{
	static const char outer[] = "<table><tr><td>Menu<td>No</tr><tr><td>";
	char deep[CS_HTML_DEPTH * 7 + 32] = "";

	(void)state;
	/* layout around it, other tables before it, a table in a cell */
	rows(DOC("<table><tr><td>x<td><table><tr><td>Year</table><td><table><tr><td>No<td>Name"
	    "<tr><td>1<td>A<table><tr><td>in<td>side</table> Z<tr><td>2<td>B</table></table>"),
	    "1 1|A/in/side Z\n1 2|B\nrc 0 -\n");
	doc_fails(&html, NULL, outer, sizeof(outer) - 1, CS_E_INPUT, "no header");
	doc_fails(&html, NULL, DOC("</table><p>Sign in"), CS_E_INPUT, "without a table");
	for (int i = 0; i <= CS_HTML_DEPTH; i++)
		(void)strcat(deep, "<table>");
	doc_fails(&html, NULL, deep, strlen(deep), CS_E_LIMIT, "tables in tables");
}

static void
test_limits(void **state)
{
	size_t size = (size_t)CS_CSV_ROW_MAX * 2, len;
	char *s = malloc(size), *text;

	(void)state;
	assert_non_null(s);
	len = (size_t)snprintf(s, size, "<table><tr><td>No<td>B<tr><td>1<td>%0*d<tr><td>2<td>%0*d"
	    "<tr><td>3", CS_CSV_FIELD_MAX, 7, CS_CSV_FIELD_MAX + 1, 7);
	for (int i = 0; i <= CS_CSV_COLUMNS_MAX; i++)
		len += (size_t)snprintf(s + len, size - len, "<td>x");
	len += (size_t)snprintf(s + len, size - len, "<tr><td colspan=9999>4<tr><td>5<td>x</table>");
	text = doc_feed(&html, NULL, s, len, DOC_WHOLE, 0);
	assert_non_null(strstr(text, "1 1|0000"));
	assert_null(strstr(text, "1 2|"));
	assert_null(strstr(text, "1 3|"));
	assert_non_null(strstr(text, "left out line 1: a cell is too long\n"));
	assert_non_null(strstr(text, "left out line 1: too many cells\nleft out line 1: too many"));
	assert_non_null(strstr(text, "1 5|x\nrc 0 -\n"));
	free(text);
	free(s);
}

static void
test_encodings(void **state)
{
	static const enum cs_encoding latin1 = CS_ENCODING_CP1252;
	char late[HTML_HEAD + 200];

	(void)state;
	doc_splits(&html, &latin1, TABLE("<tr><td>1<td>\xe9\x93"), "1 1|\xc3\xa9\xe2\x80\x9c\nrc 0 -\n");
	rows(DOC("\xef\xbb\xbf<table><tr><td>No<tr><td>\xc3\xa9</table>"), "1 \xc3\xa9\nrc 0 -\n");
	rows(DOC("<meta charset=\"ISO-8859-1\"><table><tr><td>No<tr><td>\xe9</table>"),
	    "1 \xc3\xa9\nrc 0 -\n");
	rows(DOC("<meta content='text/html; charset=x-none'><meta content='text/html; charset="
	    "windows-1252'><table><tr><td>No<tr><td>\x80</table>"), "1 \xe2\x82\xac\nrc 0 -\n");
	doc_fails(&html, NULL, TABLE("<tr><td>1<td>\xe9"), CS_E_INPUT, "invalid in utf-8");
	/* too late to be heard */
	(void)snprintf(late, sizeof(late), "%*s<meta charset=latin-1><table><tr><td>No<tr><td>\xe9"
	    "</table>", HTML_HEAD, "");
	doc_fails(&html, NULL, late, strlen(late), CS_E_INPUT, "invalid in utf-8");
}

/* --- samples ------------------------------------------------------------------- */

static const char *const samples[] = {
	"b2gnow_ga_atlanta_2026.xls.html", "ca_dgs_ps.xls.html", "dc_ucp_apex.xls.html",
	"layout.html"
};

/* Takes the header by its place: the first row of four cells. */
static enum cs_rc
any_header(void *arg, const char *const *fields, size_t n)
{
	(void)arg;
	return fields == NULL ? CS_E_INPUT : n >= 4 ? CS_OK : CS_DONE;
}

static void *
any_open(struct doc *d)
{
	static const struct cs_csv_ops ops = { any_header, on_row };

	return cs_html_new(CS_ENCODING_AUTO, &ops, d, d->poll);
}

/* Cut at each byte: an error up to the table's end, and then the whole of it. */
static void
test_cuts(void **state)
{
	static const struct doc_parser any = { any_open, html_push, html_end, html_close };

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		char path[128], *s, *whole;
		size_t len, cut = 0;

		(void)snprintf(path, sizeof(path), "tests/fixtures/table/made/%s", samples[i]);
		s = doc_file(path, &len);
		doc_splits(&any, NULL, s, len, NULL);
		whole = doc_feed(&any, NULL, s, len, DOC_WHOLE, 0);
		assert_non_null(strstr(whole, "rc 0 -\n"));
		for (size_t at = 0; at < len; at++) {
			char *text = doc_feed(&any, NULL, s, at, DOC_WHOLE, 0);

			if (strstr(text, "rc 0 ") == NULL)
				cut = at;
			else
				assert_memory_equal(text, whole, strlen(text) - strlen("rc 0 -\n"));
			free(text);
		}
		assert_true(cut > len / 2);
		assert_int_equal(strncasecmp(s + cut - 7, "</table", 7), 0);
		free(whole);
		free(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_spans),
		cmocka_unit_test(test_missing_cells),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_entities),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_encodings),
		cmocka_unit_test(test_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
