/* SPDX-License-Identifier: ISC */
/*
 * test_report.c -- report.h, and what a table tells of a list that is only tried:
 * columns, fields, words and days, of rows and of trees, also where no header is found.
 */
#include <certsync/csv.h>
#include <certsync/table.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "parse/host.h"
#include "parse/report.h"

#define SAID_MAX	65536

static const struct cs_setting_def defs[] = {
	CS_TABLE_FIELD_SETTINGS,
	CS_TABLE_MAP_SETTINGS,
	{ .name = NULL }
};

/* A table that is tried, and what it says. */
struct tried {
	struct cs_poll	*poll;
	struct cs_settings *settings;
	struct cs_table	*table;
	struct cs_csv	*csv;
	struct buf	 said;
};

static void
tried_open(struct tried *t, const char *const *pairs)
{
	static const struct host_sink sink = { .record = NULL };
	const struct host_poll_options options = {
		.kind = CS_POLL_FULL, .today = { 2026, 12, 1 }, .report = true, .sink = &sink
	};
	static const struct cs_table_defaults defaults = { .date_format = "%Y-%m-%d" };
	struct err err;

	*t = (struct tried){ .poll = host_poll_new(&options) };
	assert_non_null(t->poll);
	t->settings = host_settings_new(defs, pairs, &err);
	assert_non_null(t->settings);
	assert_int_equal(cs_table_new(t->settings, &defaults, t->poll, &t->table), CS_OK);
	buf_init(&t->said, SAID_MAX);
}

static void
tried_close(struct tried *t)
{
	cs_csv_free(t->csv);
	cs_table_free(t->table);
	host_settings_free(t->settings);
	host_poll_free(t->poll);
	buf_free(&t->said);
}

/* "word=meaning:count; " of one kind, in their order. */
static const char *
said(struct tried *t, enum report_kind kind)
{
	const struct report *report = host_poll_report(t->poll);
	const struct report_entry *one;

	buf_clear(&t->said);
	for (size_t i = 0; (one = report_at(report, kind, i)) != NULL; i++)
		buf_printf(&t->said, "%s%s=%s:%llu", i > 0 ? "; " : "", one->word, one->meaning,
		    (unsigned long long)one->count);
	return buf_str(&t->said);
}

static enum cs_rc
on_header(void *arg, const char *const *fields, size_t n)
{
	struct tried *t = arg;

	return cs_table_seek_header(t->table, fields, n, fields != NULL ? cs_csv_line(t->csv) : 0);
}

static enum cs_rc
on_row(void *arg, const char *const *fields, size_t n, uint64_t line)
{
	return cs_table_row(((struct tried *)arg)->table, fields, n, line);
}

static enum cs_rc
read_csv(struct tried *t, const char *text)
{
	static const struct cs_csv_ops ops = { on_header, on_row };
	const struct cs_csv_options options = { .delimiter = CS_CSV_AUTO,
	    .encoding = CS_ENCODING_AUTO };
	enum cs_rc rc;

	t->csv = cs_csv_new(&options, &ops, t, t->poll);
	assert_non_null(t->csv);
	cs_csv_seek_header(t->csv, 30);
	rc = cs_csv_push(t->csv, text, strlen(text));
	return rc == CS_OK ? cs_csv_end(t->csv) : rc;
}

static const char *const mapped[] = {
	"field.number", "Cert | Id", "field.business_name", "Firm", "field.type", "Kind",
	"type.map", "Women:WBE | Minority:MBE", "field.status", "State", "status.active", "ok",
	"field.expires_on", "Until", NULL
};

static void
test_of_rows(void **state)
{
	struct tried t;

	(void)state;
	tried_open(&t, mapped);
	assert_int_equal(read_csv(&t,
	    "Our list\n\nCert;Firm;Kind;State;Until;Zip;Zip;\n"
	    "A1;Ann;Women;ok;2027-01-01;1;;\n"
	    "A2;Bob;women;OK;31.12.2027;2;;\n"
	    "A3;Cid;Veteran;gone;n/a;;3;x\n"
	    "A4;Dot;Minority;;2028-02-29;;;\n"), CS_OK);
	assert_string_equal(said(&t, REPORT_LIST), "columns=:8; header line=:3; "
	    "delimiter=semicolon:0; encoding=utf-8:0; rows=:4");
	assert_string_equal(said(&t, REPORT_COLUMN), "Cert=field.number:4; "
	    "Firm=field.business_name:4; Kind=field.type:4; State=field.status:3; "
	    "Until=field.expires_on:3; Zip=:2; Zip#2=:1; #8=:1");
	assert_string_equal(said(&t, REPORT_FIELD), "field.number=Cert:4; "
	    "field.business_name=Firm:4; field.type=Kind:4; field.status=State:3; "
	    "field.expires_on=Until:3");
	assert_string_equal(said(&t, REPORT_TYPE), "Women=WBE:1; women=WBE:1; Veteran=VETERAN:1; "
	    "Minority=MBE:1");
	assert_string_equal(said(&t, REPORT_STATUS), "ok=active:1; OK=active:1; gone=:1; (blank)=:1");
	assert_string_equal(said(&t, REPORT_DATE), "expires_on 9999-99-99=2027-01-01:2; "
	    "expires_on 99.99.9999=:1");
	tried_close(&t);
}

/* The line that has most cells is shown, which a title has not. */
static void
test_without_a_header(void **state)
{
	struct tried t;

	(void)state;
	tried_open(&t, mapped);
	assert_int_equal(read_csv(&t, "List of firms\nNo,Firm,Kind,Zip\nA1,Ann,Women,1\n"),
	    CS_E_INPUT);
	assert_string_equal(said(&t, REPORT_COLUMN), "No=:0; Firm=:0; Kind=:0; Zip=:0");
	assert_string_equal(said(&t, REPORT_LIST), "");
	tried_close(&t);
}

static void
test_words_and_flags(void **state)
{
	static const char *const pairs[] = {
		"field.number", "No", "field.type", "Kind", "type.map", "WBE:WBE | MBE:MBE",
		"type.match", "word", "type.ignore", "certified", "type.column.VBE", "Vet",
		"field.business_name", "First + Last", NULL
	};
	struct tried t;

	(void)state;
	tried_open(&t, pairs);
	assert_int_equal(read_csv(&t, "No,Kind,Vet,First,Last\n1,certified WBE/MBE,yes,A,B\n"
	    "2,certified,no,C,\n3,pending WBE,perhaps,D,E\n4,,,,F\n"), CS_OK);
	assert_string_equal(said(&t, REPORT_TYPE), "Vet: yes=VBE:1; certified WBE/MBE=WBE, MBE:1; "
	    "Vet: no=-:1; certified=-:1; Vet: perhaps=:1; pending WBE=:1; Vet: (blank)=-:1");
	assert_string_equal(said(&t, REPORT_FIELD), "field.number=No:4; "
	    "field.business_name=First, Last:4; field.type=Kind:3; type.column.VBE=Vet:3");
	tried_close(&t);
}

/* A tree of two members, and what they are called. */
static const char *
get(const void *node, const char *name)
{
	const char *const *values = node;

	return strcmp(name, "id") == 0 ? values[0] : strcmp(name, "firm.name") == 0 ? values[1] :
	    NULL;
}

static void
test_of_trees(void **state)
{
	static const char *const pairs[] = {
		"field.number", "id", "field.business_name", "firm.name", "type", "WBE",
		"field.dba_name", "dba", NULL
	};
	static const char *const nodes[][2] = { { "A1", "Ann" }, { "A2", "" } };
	struct tried t;

	(void)state;
	tried_open(&t, pairs);
	for (size_t i = 0; i < 2; i++) {
		assert_true(cs_table_tree_member(t.table, "id"));
		assert_true(cs_table_tree_member(t.table, "firm"));
		assert_true(cs_table_tree_member(t.table, "fir"));
		assert_int_equal(cs_table_tree(t.table, get, nodes[i], i + 1), CS_OK);
	}
	assert_string_equal(said(&t, REPORT_COLUMN), "id=field.number:2; "
	    "firm=field.business_name:2; fir=:2");
	assert_string_equal(said(&t, REPORT_FIELD), "field.number=id:2; "
	    "field.business_name=firm.name:1; field.dba_name=dba:0");
	assert_string_equal(said(&t, REPORT_LIST), "rows=:2");
	tried_close(&t);
}

/* Bounded in words and bytes; what goes beyond is counted. */
static void
test_bounds(void **state)
{
	struct report *r = report_new();
	char word[4 * REPORT_TEXT_MAX];

	(void)state;
	assert_non_null(r);
	for (int i = 0; i < REPORT_ENTRIES_MAX + 3; i++) {
		(void)snprintf(word, sizeof(word), "w%d", i);
		report_count(r, REPORT_TYPE, word, "X", 2);
	}
	report_count(r, REPORT_TYPE, "w0", "Y", 5);
	assert_int_equal(report_more(r, REPORT_TYPE), 6);
	assert_null(report_at(r, REPORT_TYPE, REPORT_ENTRIES_MAX));
	assert_int_equal(report_at(r, REPORT_TYPE, 0)->count, 7);
	assert_string_equal(report_at(r, REPORT_TYPE, 0)->meaning, "X");
	report_clear(r, REPORT_TYPE);
	assert_null(report_at(r, REPORT_TYPE, 0));
	assert_int_equal(report_more(r, REPORT_TYPE), 0);
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	word[3] = '\x1b';
	report_count(r, REPORT_STATUS, word, word, 1);
	assert_int_equal(strlen(report_at(r, REPORT_STATUS, 0)->word), REPORT_TEXT_MAX);
	assert_null(strchr(report_at(r, REPORT_STATUS, 0)->meaning, '\x1b'));
	report_count(NULL, REPORT_TYPE, "x", "", 1);	/* not wanted */
	assert_null(report_free(r));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of_rows),
		cmocka_unit_test(test_without_a_header),
		cmocka_unit_test(test_words_and_flags),
		cmocka_unit_test(test_of_trees),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
