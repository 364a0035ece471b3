/* SPDX-License-Identifier: ISC */
/* test_table.c -- table.h: columns, words, dates and types to records. */
#include <certsync/csv.h>
#include <certsync/json.h>
#include <certsync/table.h>
#include <certsync/xml.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/doc.h"

#define DOC(s)	(s), sizeof(s) - 1
#define NO_STATUS	"warn there is no column \"Status\"; if it has another name now, set field.status\n"
#define NO_END		"warn there is no column \"Expiration Date\"; if it has another name now, set " \
			"field.expires_on\n"
#define PAIRS	32	/* settings of one case, keys and values */

static const struct cs_setting_def defs[] = {
	CS_TABLE_FIELD_SETTINGS,
	CS_TABLE_MAP_SETTINGS,
	{ .name = NULL }
};

static const char *const types[] = {
	"Women-Owned Business", "WBE", "Minority-Owned", "MBE", NULL
};

/* A preset, as a plug-in ships one. */
static const struct cs_table_defaults preset = {
	.field = {
		[CS_FIELD_NUMBER] = "Certification Number | Cert No",
		[CS_FIELD_BUSINESS_NAME] = "Company",
		[CS_FIELD_STATUS] = "Status",
		[CS_FIELD_EXPIRES_ON] = "Expiration Date",
	},
	.type = "LGBTBE", .date_format = "%m/%d/%Y | %Y-%m-%d",
	.status = {
		[CS_STATUS_ACTIVE] = "Active | Certified",
		[CS_STATUS_EXCLUDED] = "Debarred",
	},
	.types = types,
};

struct setup {
	const struct cs_table_defaults *defaults;
	const char	*pairs[PAIRS];	/* ended by NULL */
};

/* --- CSV into a table, as a connector does it ------------------------------- */

struct feed {
	struct doc	*p;
	struct cs_settings *settings;
	struct cs_table	*table;
	struct cs_csv	*csv;
};

static enum cs_rc
on_header(void *arg, const char *const *fields, size_t n)
{
	return cs_table_header(((struct feed *)arg)->table, fields, n);
}

static enum cs_rc
on_row(void *arg, const char *const *fields, size_t n, uint64_t line)
{
	return cs_table_row(((struct feed *)arg)->table, fields, n, line);
}

static struct feed *
feed_new(struct doc *p)
{
	const struct setup *setup = p->arg;
	struct feed *f = calloc(1, sizeof(*f));
	struct err err;

	assert_non_null(f);
	f->p = p;
	f->settings = host_settings_new(defs, setup->pairs, &err);
	assert_non_null(f->settings);
	assert_int_equal(cs_table_new(f->settings, setup->defaults, p->poll,
	    &f->table), CS_OK);
	return f;
}

static void *
feed_open(struct doc *p)
{
	static const struct cs_csv_ops ops = { on_header, on_row };
	static const struct cs_csv_options options;
	struct feed *f = feed_new(p);

	f->csv = cs_csv_new(&options, &ops, f, p->poll);
	return f;
}

static enum cs_rc
feed_push(void *f, const char *buf, size_t len)
{
	return cs_csv_push(((struct feed *)f)->csv, buf, len);
}

static enum cs_rc
feed_end(void *arg)
{
	struct feed *f = arg;
	enum cs_rc rc = cs_csv_end(f->csv);

	buf_printf(&f->p->out, "items %llu\n",
	    (unsigned long long)host_poll_items(f->p->poll));
	return rc;
}

static void
feed_close(void *arg)
{
	struct feed *f = arg;

	cs_csv_free(f->csv);
	assert_null(cs_table_free(f->table));
	host_settings_free(f->settings);
	free(f);
}

static const struct doc_parser csv = {
	feed_open, feed_push, feed_end, feed_close
};

static const struct setup by_preset = { &preset, { NULL } };

/* --- cases ------------------------------------------------------------------ */

/* A cell without a value is none: the next alternative counts, in whatever field. */
static void
test_alternatives(void **state)
{
	static const struct setup extended = { &preset, {
		"field.number", "Cert | Old Cert", "field.business_name", "Name | Trade Name",
		"field.type", "Kind | Class", "field.status", "State | Standing",
		"field.expires_on", "Extension | Ends", NULL
	} };

	(void)state;
	doc_splits(&csv, &extended, DOC("Cert,Old Cert,Name,Trade Name,Kind,Class,State,Standing,"
	    "Extension,Ends\n"
	    "1,9,A,B,WBE,MBE,Active,Debarred,2031-06-30,2030-06-30\n"
	    ",2,,B,,MBE,,Debarred,,2030-06-30\n"
	    " ,3,N/A,C,nil,MBE,-,Active,01/01/1900,2030-06-30\n"
	    "\xc2\xa0,4,\xc2\xa0,D,\xc2\xa0,MBE,\xc2\xa0,Active,\xc2\xa0,2030-06-30\n"
	    "5,,,,,,,,,\n"),
	    "record 1|-|A|-|WBE|0|1|-||2031-06-30\n"
	    "record 2|-|B|-|MBE|0|4|-||2030-06-30\n"
	    "record 3|-|C|-|MBE|0|1|-||2030-06-30\n"
	    "record 4|-|D|-|MBE|0|1|-||2030-06-30\n"
	    "record 5|-|-|-|-|0|0|(blank)||\n"
	    "items 5\nrc 0 -\n");
}

/* Blanks of any kind in a name of a column are one; what is not found is shown. */
static void
test_header_names(void **state)
{
	static const struct setup setup = { &preset, { "field.number", "Cert No", NULL } };
	char *at;

	(void)state;
	doc_splits(&csv, &setup, DOC("\"Cert\n  No\",\xc2\xa0""Company\xc2\xa0,Status,"
	    "Expiration\xc2\xa0" "Date\n1,A,Active,\n"),
	    "record 1|-|A|-|LGBTBE|0|1|-||\nitems 1\nrc 0 -\n");
	at = doc_feed(&csv, &setup, DOC("Cert No;Company;Status\n1;A;Active\n"), DOC_WHOLE, 0);
	assert_non_null(strstr(at, "there is no column \"Cert No\" among these 1: "
	    "Cert No;Company;Status; has the layout changed? See field.number"));
	free(at);
}

#define WORDS_MAPPED	"MBE:MBE | WBE:WBE | Woman Owned:WBE | Minority Business Enterprise:MBE | " \
	"Minority Woman Owned:WOSB | DBE:DBE | SBE:SBE"

/* Types as words among others: none is guessed where something else is said as well. */
static void
test_type_words(void **state)
{
	static const struct setup setup = { NULL, {
		"field.number", "No", "field.type", "Kind", "type.match", "word",
		"type.map", WORDS_MAPPED,
		"type.ignore", "only | certified | Small Business", NULL
	} };
	static const struct { const char *cell, *codes; } cells[] = {
		{ "541611-MBE/DBE/SBE, 541613-MBE/DBE/SBE", "MBE DBE SBE" },
		{ "238210-SBE-ONLY, 238220-SBE-ONLY", "SBE" },
		{ "561720-mbe-only", "MBE" },
		{ "Certified Minority Business Enterprise (MBE)", "MBE" },
		{ "WBE; MBE", "WBE MBE" },
		{ "Minority Woman Owned", "WOSB" },
		{ "Minority Woman-Owned, Woman owned", "WOSB WBE" },
		{ "Small Business", "-" },
		{ "12345", "-" },
		{ "Non-MBE", "unknown" },
		{ "formerly WBE", "unknown" },
		{ "MBE pending", "unknown" },
		{ "MBE (denied)", "unknown" },
		{ "MBEX", "unknown" },
		{ "AMBE WBE", "unknown" },
		{ "Minority", "unknown" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		char doc[200], want[400], list[64], *rest = list, *code;
		size_t n = 0;

		(void)snprintf(doc, sizeof(doc), "No,Kind\n1,\"%s\"\n", cells[i].cell);
		(void)snprintf(list, sizeof(list), "%s", cells[i].codes);
		if (strcmp(list, "unknown") == 0) {
			n += (size_t)snprintf(want, sizeof(want), "warn line 2: \"Kind\" has an unknown "
			    "type\n");
			(void)strcpy(list, "-");
		}
		while ((code = strsep(&rest, " ")) != NULL)
			n += (size_t)snprintf(want + n, sizeof(want) - n, "record 1|-|-|-|%s|0|1|-||\n",
			    code);
		(void)snprintf(want + n, sizeof(want) - n, "items 1\nrc 0 -\n");
		doc_splits(&csv, &setup, doc, strlen(doc), want);
	}
}

static void
test_preset(void **state)
{
	(void)state;
	doc_splits(&csv, &by_preset, DOC(
	    "company, CERT NO ,Status,Expiration Date,Phone\n"
	    "\"Mag\xc3\xa9 & Co\",00123,certified,3/1/2027,555\n"
	    "B,456,Debarred,2027-12-31,\n"
	    "C,789,Suspnded,,\n"
	    "D,790,,12/31/9999,\n"),
	    "record 00123|-|Mag\xc3\xa9 & Co|-|LGBTBE|0|1|-||2027-03-01\n"
	    "record 456|-|B|-|LGBTBE|0|4|-||2027-12-31\n"
	    "record 789|-|C|-|LGBTBE|0|0|Suspnded||\n"
	    "record 790|-|D|-|LGBTBE|0|0|(blank)||9999-12-31\n"
	    "items 4\nrc 0 -\n");
	/* no status column at all: a list of the active ones */
	doc_splits(&csv, &by_preset, DOC("Cert No,Expiration Date\n1,1/2/2027\n"),
	    NO_STATUS "record 1|-|-|-|LGBTBE|0|1|-||2027-01-02\nitems 1\nrc 0 -\n");
	/* a firm's two periods are two rows */
	doc_splits(&csv, &by_preset, DOC("Cert No,Expiration Date\n1,1/2/2027\n1,1/2/2026\n"),
	    NO_STATUS "record 1|-|-|-|LGBTBE|0|1|-||2027-01-02\n"
	    "record 1|-|-|-|LGBTBE|0|1|-||2026-01-02\nitems 2\nrc 0 -\n");
	/* the first alternative that is there wins */
	doc_splits(&csv, &by_preset, DOC("Cert No,Certification Number\na,b\n"),
	    NO_STATUS NO_END "record b|-|-|-|LGBTBE|0|1|-||\nitems 1\nrc 0 -\n");
}

static void
test_dates(void **state)
{
	(void)state;
	/* F9: impossible dates leave a record that decides nothing */
	doc_splits(&csv, &by_preset, DOC("Cert No,Expiration Date,Status\n"
	    "1,02/30/2027,Active\n2,0000-00-00,Active\n3,2028-02-29,Active\n"
	    "4, ,Active\n5,soon,Debarred\n"),
	    "warn line 2: \"Expiration Date\" has an unreadable date\n"
	    "record 1|-|-|-|LGBTBE|0|0|unreadable-date||\n"
	    "warn line 3: \"Expiration Date\" has an unreadable date\n"
	    "record 2|-|-|-|LGBTBE|0|0|unreadable-date||\n"
	    "record 3|-|-|-|LGBTBE|0|1|-||2028-02-29\n"
	    "record 4|-|-|-|LGBTBE|0|1|-||\n"
	    "warn line 6: \"Expiration Date\" has an unreadable date\n"
	    "record 5|-|-|-|LGBTBE|0|0|unreadable-date||\n"
	    "items 5\nrc 0 -\n");
}

static void
test_configured(void **state)
{
	static const struct setup setup = { NULL, {
		"field.number", "No", "field.alias", "UEI", "field.status", "S",
		"field.business_name", "Name", "field.dba_name", "DBA",
		"field.type", "Kind", "type.separator", ",",
		"field.issued_on", "From", "field.expires_on", "To",
		"date_format", "%d-%b-%Y", "status.active", "A",
		"status.withdrawn", "V|W", "status.pending", "P", NULL
	} };
	static const struct setup one_type = { &preset, {
		"field.type", "Kind", "type", "MBE", NULL
	} };

	(void)state;
	doc_splits(&csv, &setup, DOC("No,UEI,S,Name,DBA,Kind,From,To\n"
	    "1,UEI1,a,N,D,\"MBE, wbe\",01-JAN-2026,31-Dec-2027\n"
	    "2,,w,,,mbe,,\n3,,P,,,,,\n4,,A,,,Something Else,,\n"),
	    "record 1|UEI1|N|D|MBE|0|1|-|2026-01-01|2027-12-31\n"
	    "record 1|UEI1|N|D|WBE|0|1|-|2026-01-01|2027-12-31\n"
	    "record 2|-|-|-|MBE|0|7|-||\n"
	    "record 3|-|-|-|-|0|2|-||\n"
	    "warn line 5: \"Kind\" has an unknown type\n"
	    "record 4|-|-|-|-|0|1|-||\n"
	    "items 4\nrc 0 -\n");
	/* a word that comes again is told, once; what comes once may be a name */
	doc_splits(&csv, &one_type, DOC("Cert No,Kind\n1,Joe's\n2,Zebra owned\n3,ZEBRA  OWNED\n"
	    "4,Zebra owned\n"),
	    NO_STATUS NO_END "warn line 2: \"Kind\" has an unknown type\n"
	    "record 1|-|-|-|-|0|1|-||\n"
	    "warn line 3: \"Kind\" has an unknown type\nrecord 2|-|-|-|-|0|1|-||\n"
	    "warn line 4: \"Kind\" has an unknown type, \"ZEBRA OWNED\"; type.map says which types "
	    "words are\nrecord 3|-|-|-|-|0|1|-||\n"
	    "warn line 5: \"Kind\" has an unknown type\nrecord 4|-|-|-|-|0|1|-||\n"
	    "items 4\nrc 0 -\n");
	/* the registry's words for types, and no separator */
	doc_splits(&csv, &one_type, DOC("Cert No,Kind\n1,women-owned business\n"
	    "2,\"MBE, WBE\"\n3,Minority-Owned\n"),
	    NO_STATUS NO_END "record 1|-|-|-|WBE|0|1|-||\n"
	    "warn line 3: \"Kind\" has an unknown type\n"
	    "record 2|-|-|-|-|0|1|-||\n"
	    "record 3|-|-|-|MBE|0|1|-||\nitems 3\nrc 0 -\n");
}

/* One date for all types of a row, or one for each; nothing else is read. */
static void
test_paired_dates(void **state)
{
	static const struct setup setup = { NULL, {
		"field.number", "No", "field.type", "Kind", "type.separator", ",",
		"field.expires_on", "To", "expires_on.separator", "semicolon",
		"date_format", "%m/%d/%Y", NULL
	} };

	(void)state;
	doc_splits(&csv, &setup, DOC("No,Kind,To\n"
	    "1,\"MBE,WBE\",12/31/2027; 1/2/2028\n"
	    "2,\"MBE,WBE\",12/31/2027\n"
	    "3,\"MBE,WBE\",;1/2/2028\n"
	    "4,\"MBE,WBE\", \n"
	    "5,\"MBE,WBE,\",12/31/2027;02/30/2028\n"),
	    "record 1|-|-|-|MBE|0|1|-||2027-12-31\n"
	    "record 1|-|-|-|WBE|0|1|-||2028-01-02\n"
	    "record 2|-|-|-|MBE|0|1|-||2027-12-31\n"
	    "record 2|-|-|-|WBE|0|1|-||2027-12-31\n"
	    "record 3|-|-|-|MBE|0|1|-||\n"
	    "record 3|-|-|-|WBE|0|1|-||2028-01-02\n"
	    "record 4|-|-|-|MBE|0|1|-||\n"
	    "record 4|-|-|-|WBE|0|1|-||\n"
	    "warn line 6: \"To\" has an unreadable date\n"
	    "record 5|-|-|-|MBE|0|1|-||2027-12-31\n"
	    "record 5|-|-|-|WBE|0|0|unreadable-date||\n"
	    "items 5\nrc 0 -\n");
	doc_splits(&csv, &setup, DOC("No,Kind,To\n"
	    "1,\"MBE,WBE\",12/31/2027;1/2/2028;1/3/2028\n"
	    "2,MBE,12/31/2027;\n"
	    "3,,12/31/2027;1/2/2028\n"
	    "4,,12/31/2027\n"),
	    "warn line 2: \"To\" has not one date for each type\n"
	    "record 1|-|-|-|MBE|0|0|unreadable-date||\n"
	    "record 1|-|-|-|WBE|0|0|unreadable-date||\n"
	    "warn line 3: \"To\" has not one date for each type\n"
	    "record 2|-|-|-|MBE|0|0|unreadable-date||\n"
	    "warn line 4: \"To\" has not one date for each type\n"
	    "record 3|-|-|-|-|0|0|unreadable-date||\n"
	    "record 4|-|-|-|-|0|1|-||2027-12-31\n"
	    "items 4\nrc 0 -\n");
}

static void
test_type_map(void **state)
{
	static const struct setup setup = { &preset, {
		"field.type", "Kind",
		"type.map", "Owned: by a woman:WBE | minority : MBE", NULL
	} };

	(void)state;
	/* a map given by the operator is all there is */
	doc_splits(&csv, &setup, DOC("Cert No,Kind\n1,OWNED: BY A WOMAN\n"
	    "2,Minority\n3,Minority-Owned\n4,dbe\n"),
	    NO_STATUS NO_END "record 1|-|-|-|WBE|0|1|-||\nrecord 2|-|-|-|MBE|0|1|-||\n"
	    "record 3|-|-|-|MINORITY-OWNED|0|1|-||\n"
	    "record 4|-|-|-|DBE|0|1|-||\nitems 4\nrc 0 -\n");
}

static void
test_layout_changed(void **state)
{
	static const struct setup wants_status = { &preset, {
		"field.status", "Standing", NULL
	} };

	(void)state;
	doc_fails(&csv, &by_preset, DOC("Number,Company\n1,x\n"), CS_E_INPUT,
	    "no column \"Certification Number\"");
	doc_fails(&csv, &wants_status, DOC("Cert No,Status\n1,Active\n"),
	    CS_E_INPUT, "no column \"Standing\"");
	doc_fails(&csv, &by_preset, DOC("Cert No,cert no\n1,1\n"), CS_E_INPUT,
	    "\"Cert No\" is there twice");
	doc_fails(&csv, &by_preset, DOC("Cert No,Status\n1,Active\ncert no ,Status\n2,Active\n"),
	    CS_E_INPUT, "line 3 is a header again");
	/* columns that nobody asked for may repeat */
	doc_splits(&csv, &by_preset, DOC("Cert No,x,x\n1,1,1\n"), NULL);
}

static void
test_odd_rows(void **state)
{
	char *doc = malloc(4096), *at = doc;

	(void)state;
	assert_non_null(doc);
	at = stpcpy(at, "Cert No,Company,Status\n,,\n  ,\"No, Number\",Active\n");
	at = stpcpy(at, "\"A\n1\",\"tab\there\n\n and  lines\",Active\n");
	memset(at, '9', CS_NUMBER_MAX + 1);
	at = stpcpy(at + CS_NUMBER_MAX + 1, ",x,Active\n2,");
	for (int i = 0; i < CS_NAME_MAX / 2 + 1; i++)
		at = stpcpy(at, "\xc3\xa9");
	at = stpcpy(at, ",");
	memset(at, 'w', CS_WORD_MAX + 1);
	at = stpcpy(at + CS_WORD_MAX + 1, "\n");
	doc_splits(&csv, &by_preset, doc, (size_t)(at - doc), NULL);
	at = doc_feed(&csv, &by_preset, doc, (size_t)(at - doc), DOC_WHOLE, 0);
	assert_non_null(strstr(at, "left out line 3: \"Certification Number\" is "
	    "blank\n"
	    "record A 1|-|tab here and lines|-|LGBTBE|0|1|-||\n"));
	assert_non_null(strstr(at, "\" is too long\n"));
	assert_non_null(strstr(at, "\"Company\" is cut: too long\nrecord 2|-|"));
	assert_non_null(strstr(at, "items 4\nrc 0 -\n"));
	free(at);
	free(doc);
}

static void
test_bad_settings(void **state)
{
	static const struct { struct setup setup; const char *says; } rows[] = {
		{ { NULL, { NULL } }, "field.number" },
		{ { NULL, { "field.number", " ", NULL } }, "field.number" },
		{ { &preset, { "date_format", "%m/%d", NULL } }, "date_format" },
		{ { NULL, { "field.number", "n", "field.expires_on", "e", NULL } },
		    "date_format" },
		{ { &preset, { "type", "lgbtbe", NULL } }, "type:" },
		{ { &preset, { "type.separator", "ab", NULL } }, "type.separator" },
		{ { &preset, { "expires_on.separator", "semicolons", NULL } },
		    "expires_on.separator" },
		{ { &preset, { "type.map", "MBE", NULL } }, "type.map" },
		{ { &preset, { "type.map", "Minority:mbe", NULL } }, "type.map" },
		{ { &preset, { "type.map", "WBE:WBE | :MBE", NULL } }, "type.map" },
		{ { &preset, { "field.number", "a|a|a|a|a|a|a|a|a|a|a|a|a|a|a|a|a|"
		    "a|a|a|a|a|a|a|a|a|a|a|a|a|a|a|a|a", NULL } }, "alternatives" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cs_table *t = NULL;
		struct cs_settings *s;
		struct doc p;
		struct err err;

		doc_init(&p, 0);
		s = host_settings_new(defs, rows[i].setup.pairs, &err);
		assert_non_null(s);
		assert_int_equal(cs_table_new(s, rows[i].setup.defaults, p.poll,
		    &t), CS_E_CONFIG);
		assert_null(t);
		if (strstr(host_poll_reason(p.poll), rows[i].says) == NULL)
			fail_msg("wanted %s, got %s", rows[i].says,
			    host_poll_reason(p.poll));
		host_settings_free(s);
		doc_fini(&p);
	}
}

/* --- one list in three forms ------------------------------------------------ */

static const struct setup nyc = { NULL, {
	"field.number", "account_number|vendor_formal_name",
	"field.business_name", "vendor_formal_name",
	"field.type", "certification", "type.separator", ",",
	"field.expires_on", "cert_renewal_date", "date_format", "%m/%d/%Y", NULL
} };

static const char *
json_get(const void *node, const char *name)
{
	return cs_json_text(cs_json_get(node, name));
}

static enum cs_rc
on_element(void *arg, const struct cs_json *v)
{
	return cs_table_tree(((struct feed *)arg)->table, json_get, v, 1);
}

static const char *
xml_get(const void *node, const char *name)
{
	return cs_xml_get(node, name);
}

static enum cs_rc
on_xml(void *arg, const struct cs_xml *x)
{
	return cs_table_tree(((struct feed *)arg)->table, xml_get, x, 1);
}

static enum cs_rc
feed_tree(struct feed *f, bool as_json, const char *s, size_t len)
{
	static const char *const root[] = { "", NULL };
	static const struct cs_json_ops ops = { .element = on_element };
	enum cs_rc rc;

	if (as_json) {
		struct cs_json_parser *j = cs_json_new(root, &ops, f, f->p->poll);

		rc = cs_json_push(j, s, len);
		rc = rc == CS_OK ? cs_json_end(j) : rc;
		cs_json_free(j);
	} else {
		struct cs_xml_parser *x = cs_xml_new("/response/row/row", on_xml,
		    f, f->p->poll);

		rc = cs_xml_push(x, s, len);
		rc = rc == CS_OK ? cs_xml_end(x) : rc;
		cs_xml_free(x);
	}
	return rc;
}

/* Takes out the remarks, which name a line here and a record there. */
static void
drop_remarks(char *text)
{
	char *out = text;

	for (char *s = text; *s != '\0';) {
		size_t n = strcspn(s, "\n") + 1;

		if (strncmp(s, "warn ", 5) != 0) {
			memmove(out, s, n);
			out += n;
		}
		s += n;
	}
	*out = '\0';
}

/*
 * The same rows as CSV, JSON and XML make the same records.  Two of them have a
 * date such as "12/31/2017;12/31/2017", one for each type: not read as either.
 */
static void
test_three_forms(void **state)
{
	size_t len;
	char *s = doc_file("tests/fixtures/socrata/derived/nyc_ci93-uc8s.resource.csv",
	    &len);
	char *text = doc_feed(&csv, &nyc, s, len, DOC_WHOLE, 0);

	(void)state;
	assert_non_null(strstr(text, "record Shirin & Aunali Khalfan Group LLC|-|"
	    "Shirin & Aunali Khalfan Group LLC|-|MBE|0|1|-||2017-10-31\n"));
	assert_non_null(strstr(text, "|WBE|0|0|unreadable-date||\n"));
	drop_remarks(text);
	free(s);
	for (int as_json = 0; as_json <= 1; as_json++) {
		struct doc p;
		struct feed *f;

		doc_init(&p, 0);
		p.arg = &nyc;
		f = feed_new(&p);
		s = doc_file(as_json ?
		    "tests/fixtures/socrata/derived/nyc_ci93-uc8s.resource.json" :
		    "tests/fixtures/socrata/derived/nyc_ci93-uc8s.resource.xml", &len);
		assert_int_equal(feed_tree(f, as_json, s, len), CS_OK);
		buf_printf(&p.out, "items %llu\nrc 0 -\n",
		    (unsigned long long)host_poll_items(p.poll));
		drop_remarks(p.out.data);
		assert_string_equal(p.out.data, text);
		free(s);
		feed_close(f);
		doc_fini(&p);
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_preset),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_type_words),
		cmocka_unit_test(test_header_names),
		cmocka_unit_test(test_configured),
		cmocka_unit_test(test_paired_dates),
		cmocka_unit_test(test_type_map),
		cmocka_unit_test(test_layout_changed),
		cmocka_unit_test(test_odd_rows),
		cmocka_unit_test(test_bad_settings),
		cmocka_unit_test(test_three_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
