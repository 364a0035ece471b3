/* SPDX-License-Identifier: ISC */
/*
 * test_faults.c -- what becomes of a list with a fault, in every format: one fault after
 * the other through the table connector, against the table of docs/odd-lists.md.
 *
 * With --print the rows of that table instead, as they are measured.
 */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/record.h"
#include "parse/host.h"

#define PAGE		"docs/odd-lists.md"
#define CELLS		5
#define ROWS_MAX	4
#define TEXT_MAX	((size_t)1 << 16)
#define RECORDS_MAX	8
#define RECORD_MAX	256

enum format { CSV = 0, XML, JSON, JSONL, HTML, FORMATS };
static const char *const format_names[FORMATS] = { "csv", "xml", "json", "jsonl", "html" };
static const char *const names[CELLS + 1] = { "No", "Company", "Type", "Status", "Until", "Note" };

/* Three firms; what is done to a list is done to the second. */
struct list {
	const char	*cells[ROWS_MAX][CELLS + 1];
	size_t		 count[ROWS_MAX];	/* of cells */
	size_t		 rows;
	bool		 broken;	/* what marks the name in row 2 */
	bool		 footer;
};

/* As it is written, and where its rows begin. */
struct text {
	struct buf	 bytes;
	size_t		 at[ROWS_MAX];
	const char	*type;		/* of the answer; NULL: the format's */
};

static void
list_init(struct list *l)
{
	static const char *const firms[3][CELLS] = {
		{ "AA-1", "Alder Signs", "Woman Owned", "Active", "2031-06-30" },
		{ "BB-2", "Birch Press", "Minority Owned", "Active", "2031-07-31" },
		{ "CC-3", "Cedar Motors", "Woman Owned", "Active", "2031-08-31" },
	};

	*l = (struct list){ .rows = 3 };
	for (size_t r = 0; r < 3; r++) {
		memcpy(l->cells[r], firms[r], sizeof(firms[r]));
		l->count[r] = CELLS;
	}
}

/* --- faults ------------------------------------------------------------------------- */

static void blank_number(struct list *l) { l->cells[1][0] = ""; }
static void damaged_number(struct list *l) { l->cells[1][0] = "B\xef\xbf\xbd-2"; }
static void type_word(struct list *l) { l->cells[1][2] = "Friendly Owned"; }
static void status_word(struct list *l) { l->cells[1][3] = "Odd"; }
static void date_none(struct list *l) { l->cells[1][4] = "N/A"; }
static void date_word(struct list *l) { l->cells[1][4] = "soon"; }
static void entity(struct list *l) { l->cells[1][1] = "Birch &amp; Press"; }
static void broken(struct list *l) { l->broken = true; }
static void missing(struct list *l) { l->count[1]--; }
static void footer(struct list *l) { l->footer = true; }

static void
long_number(struct list *l)
{
	static char number[2 * CS_NUMBER_MAX];

	memset(number, 'B', sizeof(number) - 1);
	l->cells[1][0] = number;
}

static void
surplus(struct list *l)
{
	l->cells[1][l->count[1]++] = "surplus";
}

static void
row_twice(struct list *l)
{
	memcpy(l->cells[3], l->cells[1], sizeof(l->cells[3]));
	l->count[3] = l->count[1];
	l->rows++;
}

static void
cut_at(struct text *t, size_t len)
{
	t->bytes.len = len;
	t->bytes.data[len] = '\0';
}

static void cut_within(struct text *t) { cut_at(t, t->at[1] + (t->at[2] - t->at[1]) / 2); }
static void cut_between(struct text *t) { cut_at(t, t->at[2]); }
static void nothing(struct text *t) { cut_at(t, 0); }

static void
byte_order_mark(struct text *t)
{
	char *copy = strdup(buf_str(&t->bytes));

	buf_clear(&t->bytes);
	buf_printf(&t->bytes, "\xef\xbb\xbf%s", copy);
	free(copy);
}

static void
utf16(struct text *t)
{
	char *copy = strdup(buf_str(&t->bytes));

	buf_clear(&t->bytes);
	buf_puts(&t->bytes, "\xff\xfe");
	for (const char *c = copy; *c != '\0'; c++)
		buf_add(&t->bytes, (const char[]){ *c, '\0' }, 2);
	free(copy);
}

static void
login_page(struct text *t)
{
	buf_clear(&t->bytes);
	buf_puts(&t->bytes, "<!DOCTYPE html>\n<html><body><p>Please log in</p></body></html>\n");
	t->type = "text/html";
}

static const struct fault {
	const char	*name;
	void		(*list)(struct list *);
	void		(*text)(struct text *);
	const char	*want;		/* the second record if it is read; NULL: as without */
} faults[] = {
	{ "none", NULL, NULL, NULL },
	{ "blank number", blank_number, NULL, NULL },
	{ "damaged number", damaged_number, NULL, NULL },
	{ "number longer than any", long_number, NULL, NULL },
	{ "type word that is not mapped", type_word, NULL, NULL },
	{ "status word that is not known", status_word, NULL, NULL },
	{ "no date (`N/A`)", date_none, NULL, "BB-2 MBE 1 - Birch Press" },
	{ "date that cannot be read", date_word, NULL, NULL },
	{ "stray quote, broken markup", broken, NULL, "BB-2 MBE 1 2031-07-31 Birch \"Press" },
	{ "last cell missing", missing, NULL, "BB-2 MBE 1 - Birch Press" },
	{ "one cell too many", surplus, NULL, NULL },
	{ "footer (`Total: 3`)", footer, NULL, NULL },
	{ "cut within a row", NULL, cut_within, NULL },
	{ "cut between two rows", NULL, cut_between, NULL },
	{ "the same row twice", row_twice, NULL, NULL },
	{ "byte order mark", NULL, byte_order_mark, NULL },
	{ "UTF-16", NULL, utf16, NULL },
	{ "`&amp;` in a cell", entity, NULL, "BB-2 MBE 1 2031-07-31 Birch & Press" },
	{ "nothing at all", NULL, nothing, NULL },
	{ "a web page instead", NULL, login_page, NULL },
};
#define FAULTS	(sizeof(faults) / sizeof(faults[0]))

/* --- a list as text ------------------------------------------------------------------ */

static void
escaped_add(struct buf *b, const char *cell)
{
	for (; *cell != '\0'; cell++)
		if (*cell == '&')
			buf_puts(b, "&amp;");
		else
			buf_putc(b, *cell);
}

static void
csv_row(struct buf *b, const struct list *l, size_t r)
{
	for (size_t i = 0; i < l->count[r]; i++)
		buf_printf(b, "%s%s", i > 0 ? "," : "", l->broken && r == 1 && i == 1 ?
		    "\"Birch \"Press\"" : l->cells[r][i]);
	buf_putc(b, '\n');
}

static void
xml_row(struct buf *b, const struct list *l, size_t r)
{
	buf_puts(b, "<Firm>");
	for (size_t i = 0; i < l->count[r]; i++) {
		buf_printf(b, "<%s>", names[i]);
		escaped_add(b, l->cells[r][i]);
		buf_printf(b, "</%s>", l->broken && r == 1 && i == 1 ? "Compan" : names[i]);
	}
	buf_puts(b, "</Firm>\n");
}

static void
json_row(struct buf *b, const struct list *l, size_t r)
{
	for (size_t i = 0; i < l->count[r]; i++) {
		buf_printf(b, "%s\"%s\":", i > 0 ? "," : "{", names[i]);
		if (l->broken && r == 1 && i == 1)
			buf_puts(b, "\"Birch \"Press\"");
		else
			buf_json(b, l->cells[r][i]);
	}
	buf_puts(b, "}");
}

static void
html_row(struct buf *b, const struct list *l, size_t r)
{
	buf_puts(b, "<tr>");
	for (size_t i = 0; i < l->count[r]; i++) {
		buf_puts(b, "<td>");
		escaped_add(b, l->cells[r][i]);
		buf_puts(b, l->broken && r == 1 && i == 1 ? "</b" : "</td>");
	}
	buf_puts(b, "</tr>\n");
}

static const struct {
	const char	*type, *record;
	const char	*head, *between, *footer, *tail;
	void		(*row)(struct buf *, const struct list *, size_t r);
} forms[FORMATS] = {
	[CSV] = { "text/csv", NULL, "No,Company,Type,Status,Until\n", "", "Total: 3\n", "",
	    csv_row },
	[XML] = { "text/xml", "/List/Firm", "<List>\n", "", "<Footer>Total: 3</Footer>\n",
	    "</List>\n", xml_row },
	[JSON] = { "application/json", "/firms", "{\"firms\":[\n", ",\n",
	    ",\n{\"Note\":\"Total: 3\"}", "]}\n", json_row },
	[JSONL] = { "application/jsonl", NULL, "", "\n", "\n{\"Note\":\"Total: 3\"}", "",
	    json_row },
	[HTML] = { "text/html", NULL, "<table><tr><th>No<th>Company<th>Type<th>Status<th>Until"
	    "</tr>\n", "", "<tr><td colspan=\"5\">Total: 3</td></tr>\n", "</table>\n", html_row },
};

static void
text_write(struct text *t, const struct list *l, enum format f)
{
	buf_init(&t->bytes, TEXT_MAX);
	buf_puts(&t->bytes, forms[f].head);
	for (size_t r = 0; r < l->rows; r++) {
		buf_puts(&t->bytes, r > 0 ? forms[f].between : "");
		t->at[r] = t->bytes.len;
		forms[f].row(&t->bytes, l, r);
	}
	buf_puts(&t->bytes, l->footer ? forms[f].footer : "");
	if (f == JSONL)
		buf_printf(&t->bytes, "\n{\"end\":true,\"records\":%zu}\n", l->rows + l->footer);
	buf_puts(&t->bytes, forms[f].tail);
}

/* --- what becomes of it ---------------------------------------------------------------- */

struct outcome {
	const struct cs_connector *con;
	char		 records[RECORDS_MAX][RECORD_MAX];
	size_t		 count, left_out;
	bool		 undecided;	/* of some record nobody knows the type or the status */
	bool		 unproven;
	enum cs_rc	 rc;
};

/* A number that cannot be compared is left out by the engine. */
static int
on_record(void *arg, const struct cs_record *rec)
{
	struct outcome *o = arg;
	char number[CS_NUMBER_MAX + 1], day[CS_DATE_TEXT];

	if (rec->number == NULL || !number_normalise(o->con->grammar, rec->number, number)) {
		o->left_out++;
		return 0;
	}
	o->undecided |= rec->type == NULL || rec->status == CS_STATUS_UNKNOWN;
	assert_true(o->count < RECORDS_MAX);
	(void)snprintf(o->records[o->count++], RECORD_MAX, "%s %s %d %s %s", number,
	    rec->type != NULL ? rec->type : "-", (int)rec->status,
	    cs_date_is_set(rec->expires_on) ? cs_date_text(rec->expires_on, day) : "-",
	    rec->business_name);
	return 0;
}

static void
on_left_out(void *arg, uint64_t hash, const char *text)
{
	(void)hash;
	(void)text;
	((struct outcome *)arg)->left_out++;
}

static void
on_unproven(void *arg, const char *text)
{
	((struct outcome *)arg)->unproven |= text != NULL;
}

static enum cs_rc
poll_drive(const struct cs_connector *con, void *state, const struct text *t, enum format f,
    size_t chunk)
{
	struct cs_response head = { .code = 200, .charset = "",
	    .content_type = t->type != NULL ? t->type : forms[f].type };
	struct cs_request request = { 0 };
	enum cs_rc rc;

	while ((rc = con->next(state, &request)) == CS_OK) {
		rc = con->begin(state, &head);
		for (size_t at = 0, n; rc == CS_OK && at < t->bytes.len; at += n) {
			n = t->bytes.len - at < chunk ? t->bytes.len - at : chunk;
			rc = con->push(state, t->bytes.data + at, n);
		}
		if (rc != CS_OK || (rc = con->end(state)) != CS_OK)
			return rc;
	}
	return rc;
}

static struct outcome
poll_run(const struct cs_connector *con, const struct text *t, enum format f, size_t chunk)
{
	static const struct host_sink sink = {
		.record = on_record, .left_out = on_left_out, .unproven = on_unproven
	};
	const char *pairs[] = { "format", format_names[f], "field.number", "No",
	    "field.business_name", "Company", "field.type", "Type", "type.map",
	    "Woman Owned:WBE | Minority Owned:MBE", "field.status", "Status", "status.active",
	    "Active", "field.expires_on", "Until", "date_format", "%Y-%m-%d",
	    forms[f].record != NULL ? "record" : NULL, forms[f].record, NULL };
	struct outcome o = { .con = con };
	struct host_poll_options options = { .kind = CS_POLL_FULL, .today = { 2026, 9, 23 },
	    .max_records = con->max_records, .sink = &sink, .sink_arg = &o };
	struct cs_poll *poll = host_poll_new(&options);
	struct err err = { .text = "" };
	struct cs_settings *settings = host_settings_new(con->settings, pairs, &err);
	void *state = calloc(1, con->state_size);

	if (settings == NULL)
		fail_msg("%s", err.text);
	o.rc = con->open(state, settings, poll);
	if (o.rc == CS_OK)
		o.rc = poll_drive(con, state, t, f, chunk);
	con->close(state);
	free(state);
	host_settings_free(settings);
	host_poll_free(poll);
	return o;
}

static bool
has(const struct outcome *o, const char *record)
{
	for (size_t i = 0; i < o->count; i++)
		if (strcmp(o->records[i], record) == 0)
			return true;
	return false;
}

static const char *
outcome_word(const struct outcome *o, const struct fault *fault)
{
	static const char second[] = "BB-2 MBE 1 2031-07-31 Birch Press";
	bool first = has(o, "AA-1 WBE 1 2031-06-30 Alder Signs");
	bool third = has(o, "CC-3 WBE 1 2031-08-31 Cedar Motors");
	size_t known = fault->list == row_twice && o->count == 4 ? 4 : 3;

	/* The engine takes no empty list. */
	if (o->rc != CS_DONE || o->count == 0)
		return "refused";
	if (first && third && has(o, fault->want != NULL ? fault->want : second))
		return o->count != known ? "misread" : o->left_out > 0 ? "repaired" : "read";
	if (first && third && o->count == 3 && o->undecided)
		return "undecided";
	if (first && third && o->count == 2 && o->left_out > 0)
		return "left out";
	if (first && !third && (has(o, second) || o->count == 1))
		return o->unproven || o->left_out > 0 ? "no proof" : "not seen";
	return "misread";
}

static const struct cs_connector *
connector_load(void)
{
	char self[4096], *path = NULL;
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	void *so;

	assert_true(len > 0);
	self[len] = '\0';
	*strstr(self, "/tests/test_") = '\0';
	assert_true(asprintf(&path, "%s/connectors/table.so", self) > 0);
	so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (so == NULL)
		fail_msg("%s", dlerror());
	free(path);
	return dlsym(so, "cs_connector_table");
}

/* However the bytes come. */
static const char *
measure(const struct cs_connector *con, const struct fault *fault, enum format f)
{
	struct text t = { .type = NULL };
	struct outcome whole, bytes;
	struct list l;

	list_init(&l);
	if (fault->list != NULL)
		fault->list(&l);
	text_write(&t, &l, f);
	if (fault->text != NULL)
		fault->text(&t);
	whole = poll_run(con, &t, f, SIZE_MAX);
	bytes = poll_run(con, &t, f, 1);
	assert_string_equal(outcome_word(&whole, fault), outcome_word(&bytes, fault));
	buf_free(&t.bytes);
	return outcome_word(&whole, fault);
}

static const char *
row_write(const struct cs_connector *con, const struct fault *fault, char out[RECORD_MAX])
{
	int n = snprintf(out, RECORD_MAX, "| %s |", fault->name);

	for (int f = 0; f < FORMATS; f++)
		n += snprintf(out + n, RECORD_MAX - (size_t)n, " %s |",
		    measure(con, fault, (enum format)f));
	return out;
}

static void
test_page(void **state)
{
	const struct cs_connector *con = connector_load();
	char line[1024], row[RECORD_MAX];
	FILE *f = fopen(PAGE, "r");
	size_t i = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL && strncmp(line, "|-------|", 9) != 0)
		;
	for (; i < FAULTS && fgets(line, sizeof(line), f) != NULL; i++) {
		line[strcspn(line, "\n")] = '\0';
		assert_string_equal(line, row_write(con, &faults[i], row));
		assert_null(strstr(row, "misread"));
	}
	assert_int_equal(i, FAULTS);
	(void)fclose(f);
}

static int
page_print(void)
{
	const struct cs_connector *con = connector_load();
	char row[RECORD_MAX];

	for (size_t i = 0; i < FAULTS; i++)
		(void)puts(row_write(con, &faults[i], row));
	return EXIT_SUCCESS;
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_page) };

	if (argc == 2 && strcmp(argv[1], "--print") == 0)
		return page_print();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
