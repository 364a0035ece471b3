/* SPDX-License-Identifier: ISC */
/* test_csv.c -- csv.h, lines.h and charset.h: rows C1 to C6 and every split. */
#include <certsync/csv.h>
#include <certsync/lines.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parse/charset.h"
#include "lib/doc.h"

#define DOC(s)	(s), sizeof(s) - 1

/* --- a parser that prints its rows ------------------------------------------ */

static void
print_fields(struct doc *p, const char *const *fields, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(&p->out, "[%s]", fields[i]);
	buf_putc(&p->out, '\n');
}

static enum cs_rc
on_header(void *arg, const char *const *fields, size_t n)
{
	buf_printf(&((struct doc *)arg)->out, "h");
	print_fields(arg, fields, n);
	return CS_OK;
}

static enum cs_rc
on_row(void *arg, const char *const *fields, size_t n, uint64_t line)
{
	if (strcmp(fields[0], "stop") == 0)
		return CS_DONE;
	buf_printf(&((struct doc *)arg)->out, "%llu",
	    (unsigned long long)line);
	print_fields(arg, fields, n);
	return CS_OK;
}

static void *
csv_open(struct doc *p)
{
	static const struct cs_csv_ops ops = { on_header, on_row };
	static const struct cs_csv_options plain;

	return cs_csv_new(p->arg != NULL ? p->arg : &plain, &ops, p, p->poll);
}

static enum cs_rc
csv_push(void *c, const char *buf, size_t len)
{
	return cs_csv_push(c, buf, len);
}

static enum cs_rc
csv_end(void *c)
{
	return cs_csv_end(c);
}

static void
csv_close(void *c)
{
	assert_null(cs_csv_free(c));
}

static const struct doc_parser csv = { csv_open, csv_push, csv_end, csv_close };

/* --- CSV -------------------------------------------------------------------- */

static void
test_rows(void **state)
{
	(void)state;
	doc_splits(&csv, NULL, DOC("a,b\n1,2\n 3 , \"4\"\n"),
	    "h[a][b]\n2[1][2]\n3[3][4]\nrc 0 -\n");
	/* C5: byte order mark, CRLF, lone CR; blank rows; no last newline */
	doc_splits(&csv, NULL, DOC("\xef\xbb\xbf" "a,b\r\n1,2\r\n\r\n3,4\r5,6"),
	    "h[a][b]\n2[1][2]\n4[3][4]\n5[5][6]\nrc 0 -\n");
	/* C1: embedded newlines and quotes; lines are those of the first byte */
	doc_splits(&csv, NULL,
	    DOC("a,b\n\"x\r\ny\nz\",\"say \"\"hi\"\"\"\n\nq,\n"),
	    "h[a][b]\n2[x\ny\nz][say \"hi\"]\n6[q][]\nrc 0 -\n");
	doc_splits(&csv, NULL, DOC("a\nstop\nb\n"), "h[a]\nrc 1 -\n");
	/* C6: a formula is data like any other here */
	doc_splits(&csv, NULL, DOC("a\n=cmd|' /C x'!A0\n"),
	    "h[a]\n2[=cmd|' /C x'!A0]\nrc 0 -\n");
}

static void
test_options(void **state)
{
	static const struct cs_csv_options skip = { .skip_lines = 3 };
	static const struct cs_csv_options tab = { .delimiter = '\t' };
	static const struct cs_csv_options latin1 = {
		.delimiter = ';', .encoding = CS_ENCODING_LATIN1
	};
	static const struct cs_csv_options cp1252 = {
		.encoding = CS_ENCODING_CP1252
	};

	(void)state;
	doc_splits(&csv, &skip, DOC("Search \"Results\n\r\nFilter: none\ra,b\n1,2\n"),
	    "h[a][b]\n5[1][2]\nrc 0 -\n");
	doc_splits(&csv, &tab, DOC("a\tb\n\t2\n1\t\n"),
	    "h[a][b]\n2[][2]\n3[1][]\nrc 0 -\n");
	doc_splits(&csv, &latin1, DOC("a;b\nMAGA\xd1" "A;\xe9\n"),
	    "h[a][b]\n2[MAGA\xc3\x91" "A][\xc3\xa9]\nrc 0 -\n");
	doc_splits(&csv, &cp1252, DOC("a\nJOE\x92S \x80\n"),
	    "h[a]\n2[JOE\xe2\x80\x99S \xe2\x82\xac]\nrc 0 -\n");
	doc_fails(&csv, &cp1252, DOC("a\nb\x81\n"), CS_E_INPUT, "line 2");
	/* controls: one remark, spaces instead; C1 as Latin-1 reads CP1252 */
	doc_splits(&csv, &latin1, DOC("a\nJOE\x92S\x01.\n"),
	    "h[a]\nwarn CSV, line 2: control characters read as spaces; is the "
	    "encoding right?\n2[JOE S .]\nrc 0 -\n");
}

static void
test_broken(void **state)
{
	(void)state;
	/* C2: an open quote where the file ends, and in the header */
	doc_fails(&csv, NULL, DOC("a,b\n1,\"2"), CS_E_INPUT, "line 2: a stray or open quote");
	doc_fails(&csv, NULL, DOC("a,\"b\n1,2\n"), CS_E_INPUT, "line 1: a stray or open quote");
	/* C3: cut within a row */
	doc_fails(&csv, NULL, DOC("a,b\n1,2\n3"), CS_E_INPUT,
	    "line 3: 1 fields, the header has 2: the file is cut");
	doc_fails(&csv, NULL, DOC("a,b,c\n1,2,3\n3,4"), CS_E_INPUT, "line 3: 2 fields");
	/* C1: NUL */
	doc_fails(&csv, NULL, DOC("a\nx\0y\n"), CS_E_INPUT, "NUL");
	/* UTF-8: bad byte, overlong, surrogate, cut */
	doc_fails(&csv, NULL, DOC("a\n1\n\xff\n"), CS_E_INPUT, "line 3");
	doc_fails(&csv, NULL, DOC("a\n\xc0\xaf\n"), CS_E_INPUT, "invalid");
	doc_fails(&csv, NULL, DOC("a\n\xed\xa0\x80\n"), CS_E_INPUT, "invalid");
	doc_fails(&csv, NULL, DOC("a\nx\xe2\x82"), CS_E_INPUT, "cut");
	/* nothing at all, and a page instead */
	doc_fails(&csv, NULL, DOC(""), CS_E_INPUT, "no header");
	doc_fails(&csv, NULL, DOC("\n \n"), CS_E_INPUT, "no header");
	doc_fails(&csv, NULL, DOC("<!DOCTYPE html>\n<p>"), CS_E_INPUT,
	    "web page");
}

/* One odd line, and what stands around it is read all the same. */
static void
test_odd_lines(void **state)
{
	(void)state;
	/* quotes: a nickname, one that is never closed, one that is closed too late */
	doc_splits(&csv, NULL, DOC("a,b\n1,\"ROSA \"BEE\" DUNMORE\"\n2,x\"y\n3,4\n"),
	    "h[a][b]\nleft out line 2: a stray or open quote, read as text\n"
	    "2[1][ROSA \"BEE\" DUNMORE]\n"
	    "left out line 3: a stray or open quote, read as text\n3[2][x\"y]\n4[3][4]\nrc 0 -\n");
	doc_splits(&csv, NULL, DOC("a,b\n1,\"2\n3,4\n\n5,6\n"),
	    "h[a][b]\nleft out line 2: a stray or open quote, read as text\n2[1][2]\n"
	    "3[3][4]\n5[5][6]\nrc 0 -\n");
	doc_splits(&csv, NULL, DOC("a,b\n1,\"2\n3,4\n5,\"6\"\n7,8\n"),
	    "h[a][b]\nleft out line 2: a stray or open quote, read as text\n2[1][2]\n"
	    "3[3][4]\n4[5][6]\n5[7][8]\nrc 0 -\n");
	doc_splits(&csv, NULL, DOC("a,b\r\n1,\"2\r\n3,4\r\n5,6\r\n"),
	    "h[a][b]\nleft out line 2: a stray or open quote, read as text\n2[1][2]\n"
	    "3[3][4]\n4[5][6]\nrc 0 -\n");
	/* cells at the end: blank ones too many, or missing where they have no name */
	doc_splits(&csv, NULL, DOC("a,b\n1,2,\n3,4,, -\n5,6\n"),
	    "h[a][b]\n2[1][2]\n3[3][4]\n4[5][6]\nrc 0 -\n");
	doc_splits(&csv, NULL, DOC("a,b,,\n1,2\n3,4,5\n"),
	    "h[a][b][][]\n2[1][2][][]\n3[3][4][5][]\nrc 0 -\n");
	/* a guess, and none */
	doc_splits(&csv, NULL, DOC("a,b,c\n1,2\n3,4,5,6\n7\n8,9,0\n"),
	    "h[a][b][c]\nleft out line 2: 2 fields, the header has 3: the last ones are taken for "
	    "blank\n2[1][2][]\nleft out line 3: more fields than the header has, left out\n"
	    "left out line 4: one field alone, left out\n5[8][9][0]\nrc 0 -\n");
	/* what spreadsheets do to keep zeros, and programs of old at the end */
	doc_splits(&csv, NULL, DOC("a,b\n=\"001\",x\n2,=\"0,2\"\n\x1a"),
	    "h[a][b]\n2[001][x]\n3[2][0,2]\nrc 0 -\n");
	doc_splits(&csv, NULL, DOC("a,b\n1,2=\n3,=4\n\x1a\n"),
	    "h[a][b]\n2[1][2=]\n3[3][=4]\nwarn CSV, line 4: control characters read as spaces; is "
	    "the encoding right?\nleft out line 4: one field alone, left out\nrc 0 -\n");
}

/* What stands below a list, in a line of its own or as a row with one cell. */
static void
test_footers(void **state)
{
	static const char *const lines[] = { "Total records: 30", "\"Total: 3,000\"", ",Grand Total 7",
	    "Page 1 of 3,", "* pending", "\xc2\xa9 2026 State of Nowhere,,", "Data as of 11/30/2026" };

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char doc[200];
		int n = snprintf(doc, sizeof(doc), "a,b\n1,2\n%s\n3,4\n%s", lines[i], lines[i]);

		doc_splits(&csv, NULL, doc, (size_t)n, "h[a][b]\n2[1][2]\n4[3][4]\nrc 0 -\n");
	}
	/* A list of one column has no such lines. */
	doc_splits(&csv, NULL, DOC("a\nTotal\n"), "h[a]\n2[Total]\nrc 0 -\n");
}

/* The one that the header has the most of, outside quotes. */
static void
test_delimiters(void **state)
{
	static const struct cs_csv_options any = { .delimiter = CS_CSV_AUTO };

	(void)state;
	doc_splits(&csv, &any, DOC("a,b;c,d\n1,2;3,4\n"), "h[a][b;c][d]\n2[1][2;3][4]\nrc 0 -\n");
	doc_splits(&csv, &any, DOC("\n \n\"a,,b\";c;d\n1,5;2;3\n"),
	    "h[a,,b][c][d]\n4[1,5][2][3]\nrc 0 -\n");
	doc_splits(&csv, &any, DOC("a\tb\n1\t2\n"), "h[a][b]\n2[1][2]\nrc 0 -\n");
	doc_splits(&csv, &any, DOC("a|b\n1|2"), "h[a][b]\n2[1][2]\nrc 0 -\n");
	doc_splits(&csv, &any, DOC("\"a\nb\";c\n1;2\n"), "h[a\nb][c]\n3[1][2]\nrc 0 -\n");
	doc_splits(&csv, &any, DOC("a\n1\n"), "h[a]\n2[1]\nrc 0 -\n");
	doc_splits(&csv, &any, DOC("a;b"), "h[a][b]\nrc 0 -\n");
	assert_int_equal(cs_delimiter_parse("semicolon"), ';');
	assert_int_equal(cs_delimiter_parse("auto"), CS_CSV_AUTO);
}

/* head, count times byte, tail */
static char *
padded(const char *head, char byte, size_t count, const char *tail,
    size_t *out_len)
{
	size_t h = strlen(head), t = strlen(tail);
	char *s = malloc(h + count + t + 1);

	assert_non_null(s);
	memset(stpcpy(s, head), byte, count);
	memcpy(s + h + count, tail, t + 1);
	*out_len = h + count + t;
	return s;
}

static void
test_limits(void **state)
{
	size_t len;
	char *s;

	(void)state;
	s = padded("a\n", 'x', CS_CSV_FIELD_MAX, "\n", &len);
	doc_splits(&csv, NULL, s, len, NULL);
	free(s);
	s = padded("a\n", 'x', CS_CSV_FIELD_MAX + 1, "\n", &len);
	doc_splits(&csv, NULL, s, len,
	    "h[a]\nleft out line 2: a field is too long\nrc 0 -\n");
	free(s);
	/* C4: one huge field */
	s = padded("a\n\"", 'x', (size_t)1 << 20, "\"\n", &len);
	doc_fails(&csv, NULL, s, len, CS_E_LIMIT, "too long");
	free(s);
	s = padded("a\n", ',', CS_CSV_COLUMNS_MAX, "\n", &len);
	doc_splits(&csv, NULL, s, len, "h[a]\nleft out line 2: too many fields\nrc 0 -\n");
	free(s);
}

static void
test_newline_at_end(void **state)
{
	static const struct { const char *doc; bool newline; } rows[] = {
		{ "a\n1\n", true }, { "a\n1", false }, { "a\n1\r\n", true },
		{ "a\n1\n  \n", true }, { "a", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct doc p;
		struct cs_csv *c;

		doc_init(&p, 0);
		c = csv_open(&p);
		assert_int_equal(cs_csv_push(c, rows[i].doc,
		    strlen(rows[i].doc)), CS_OK);
		assert_int_equal(cs_csv_end(c), CS_OK);
		assert_int_equal(cs_csv_newline_at_end(c), rows[i].newline);
		csv_close(c);
		doc_fini(&p);
	}
}

static void
test_samples(void **state)
{
	static const char *const files[] = {
		"tests/fixtures/socrata/derived/connecticut_me6n-3yhp.resource.csv",
		"tests/fixtures/socrata/derived/maryland_viap-eh6m.resource.csv",
		"tests/fixtures/socrata/derived/nyc_ci93-uc8s.resource.csv",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		size_t len;
		char *s = doc_file(files[i], &len);
		char *text = doc_feed(&csv, NULL, s, len, DOC_WHOLE, 0);

		assert_non_null(strstr(text, "\nrc 0 -\n"));
		doc_splits(&csv, NULL, s, len, text);
		free(text);
		free(s);
	}
}

/* --- encodings -------------------------------------------------------------- */

static void
test_encoding_names(void **state)
{
	enum cs_encoding e = CS_ENCODING_UTF8;

	(void)state;
	assert_true(cs_encoding_parse("Latin-1", &e));
	assert_int_equal(e, CS_ENCODING_LATIN1);
	assert_true(cs_encoding_parse("ISO-8859-1", &e));
	assert_true(cs_encoding_parse("windows-1252", &e));
	assert_int_equal(e, CS_ENCODING_CP1252);
	assert_true(cs_encoding_parse("UTF-8", &e));
	assert_int_equal(e, CS_ENCODING_UTF8);
	assert_false(cs_encoding_parse("utf-7", &e));
}

/* Every two- and three-byte text is judged as Unicode's table 3-7 says. */
static void
test_utf8_strict(void **state)
{
	static const struct { const char *s; bool ok; } rows[] = {
		{ "\xc2\x80", true }, { "\xdf\xbf", true }, { "\xc1\xbf", false },
		{ "\xe0\xa0\x80", true }, { "\xe0\x9f\xbf", false },
		{ "\xed\x9f\xbf", true }, { "\xed\xa0\x80", false },
		{ "\xee\x80\x80", true }, { "\xef\xbf\xbf", true },
		{ "\xf0\x90\x80\x80", true }, { "\xf0\x8f\xbf\xbf", false },
		{ "\xf4\x8f\xbf\xbf", true }, { "\xf4\x90\x80\x80", false },
		{ "\xf5\x80\x80\x80", false }, { "\x80", false },
		{ "\xc2z", false }, { "\xe2\x82z", false },
		/* a mark is dropped at the start only */
		{ "x\xef\xbb\xbf", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct charset c;
		char out[CHARSET_OUT], all[16] = "";
		bool ok = true;

		charset_init(&c, CS_ENCODING_UTF8);
		for (const char *s = rows[i].s; ok && *s != '\0'; s++) {
			size_t n = 0;

			ok = charset_convert(&c, s, 1, out, &n);
			(void)strncat(all, out, n);
		}
		assert_int_equal(ok && charset_complete(&c), rows[i].ok);
		if (rows[i].ok)
			assert_string_equal(all, rows[i].s);
	}
}

/* --- lines ------------------------------------------------------------------ */

static enum cs_rc
on_line(void *arg, char *line, size_t len, uint64_t no)
{
	struct doc *p = arg;

	assert_int_equal(line[len], '\0');
	for (size_t i = 0; i < len; i++)
		if (line[i] == '\0')
			line[i] = '@';	/* it is writable */
	buf_printf(&p->out, "%llu[%s]\n", (unsigned long long)no,
	    len < 100 ? line : "long");
	return strcmp(line, "stop") == 0 ? CS_DONE : CS_OK;
}

static void *
lines_open(struct doc *p)
{
	return cs_lines_new(on_line, p, p->poll);
}

static enum cs_rc
lines_push(void *l, const char *buf, size_t len)
{
	return cs_lines_push(l, buf, len);
}

static enum cs_rc
lines_end(void *l)
{
	return cs_lines_end(l);
}

static void
lines_close(void *l)
{
	assert_null(cs_lines_free(l));
}

static const struct doc_parser lines = {
	lines_open, lines_push, lines_end, lines_close
};

static void
test_lines(void **state)
{
	size_t len;
	char *s;

	(void)state;
	doc_splits(&lines, NULL, DOC("a\r\n\nb\0|\0c\rd\nlast"),
	    "1[a]\n2[]\n3[b@|@c\rd]\n4[last]\nrc 0 -\n");
	doc_splits(&lines, NULL, DOC("stop\nx\n"), "1[stop]\nrc 1 -\n");
	doc_splits(&lines, NULL, DOC(""), "rc 0 -\n");
	s = padded("", 'x', CS_LINE_MAX, "\r\ny\n", &len);
	doc_splits(&lines, NULL, s, len, "1[long]\n2[y]\nrc 0 -\n");
	free(s);
	s = padded("a\n", 'x', CS_LINE_MAX + 1, "\n", &len);
	doc_fails(&lines, NULL, s, len, CS_E_LIMIT, "line 2 is longer");
	free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_odd_lines),
		cmocka_unit_test(test_footers),
		cmocka_unit_test(test_delimiters),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_newline_at_end),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_encoding_names),
		cmocka_unit_test(test_utf8_strict),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
