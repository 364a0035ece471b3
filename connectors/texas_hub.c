/* SPDX-License-Identifier: ISC */
/*
 * texas_hub.c -- Texas HUB and VetHUB: the Comptroller's list of certified
 * historically underutilised businesses, one row per firm.
 *
 * Source: https://comptroller.texas.gov/auto-data/purchasing/hub_name.csv,
 * ISO-8859-1, header names partly with a leading blank.
 *
 * Number is the VENDOR ID NUMBER (thirteen digits, zeros count), alias the
 * VENDOR NUMBER: a HUB certificate prints both.  The type follows from the
 * ELIGIBILITY CODE alone: gender and SDV FLAG describe the firm, they are not
 * what the state certified.  An eligibility without a type (NP) gives a record
 * without one, which confirms nothing.  Rows that are no certification (not
 * HUB, rejected) count as items only.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <certsync/cell.h>
#include <certsync/connector.h>
#include <certsync/csv.h>

#define VENDOR_ID_LEN	13

enum column {
	VENDOR_ID = 0, VENDOR_NAME, ELIGIBILITY, STATUS, EXPIRATION,
	REQUIRED,
	VENDOR_NUMBER = REQUIRED,
	COLUMNS
};

static const char *const column_names[COLUMNS] = {
	[VENDOR_ID]	= "VENDOR ID NUMBER",
	[VENDOR_NAME]	= "VENDOR NAME",
	[ELIGIBILITY]	= "ELIGIBILITY CODE",
	[STATUS]	= "STATUS CODE",
	[EXPIRATION]	= "EXPIRATION DATE",
	[VENDOR_NUMBER]	= "VENDOR NUMBER",
};

struct texas {
	struct cs_poll	*poll;		/* lent until close */
	struct cs_csv	*csv;		/* owned; set once asked for */
	size_t		 at[COLUMNS];	/* 1-based; 0: not in this file */
};

/* The state's word per letter.  X and M exist, unexplained: unknown. */
static const struct { char letter; enum cs_status status; } statuses[] = {
	{ 'A',	CS_STATUS_ACTIVE },
	{ 'D',	CS_STATUS_DECERTIFIED },
	{ 'G',	CS_STATUS_GRADUATED },
	{ 'I',	CS_STATUS_EXPIRED },
	{ 'V',	CS_STATUS_WITHDRAWN },	/* the vendor asked for it */
};

static const struct { const char *code, *type; } types[] = {
	{ "AI", "MBE" }, { "AS", "MBE" }, { "BL", "MBE" }, { "HI", "MBE" },
	{ "WO", "WBE" },
	{ "DV", "DVBE" },
};

static const char *const covered[] = { "DVBE", "MBE", "WBE", NULL };

/* Copies without outer blanks; inner tabs and newlines become blanks. */
static const char *
cell_read(const char *in, char *out, size_t out_size)
{
	size_t n;

	in += strspn(in, " \t\n");
	n = (size_t)snprintf(out, out_size, "%s", in);
	if (n >= out_size)
		return NULL;
	while (n > 0 && strchr(" \t\n", out[n - 1]) != NULL)
		out[--n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (out[i] == '\t' || out[i] == '\n')
			out[i] = ' ';
	return n > 0 ? out : NULL;
}

static enum cs_rc
texas_header(void *arg, const char *const *fields, size_t n)
{
	struct texas *t = arg;
	char name[CS_WORD_MAX + 1];

	for (size_t i = 0; i < n; i++) {
		if (cell_read(fields[i], name, sizeof(name)) == NULL)
			continue;
		for (size_t c = 0; c < COLUMNS; c++) {
			if (strcasecmp(name, column_names[c]) != 0)
				continue;
			if (t->at[c] != 0)
				return cs_fail(t->poll, CS_E_INPUT,
				    "two columns are named \"%s\"", column_names[c]);
			t->at[c] = i + 1;
		}
	}
	for (size_t c = 0; c < COLUMNS; c++) {
		if (t->at[c] != 0)
			continue;
		if (c < REQUIRED)
			return cs_fail(t->poll, CS_E_INPUT,
			    "no column \"%s\": not the list, or its layout changed",
			    column_names[c]);
		cs_warn(t->poll, "no column \"%s\"", column_names[c]);
	}
	return CS_OK;
}

/* Fills type and status; word must outlive rec. */
static void
standing_read(struct cs_record *rec, const char *eligibility, const char *word)
{
	for (size_t i = 0; eligibility != NULL &&
	    i < sizeof(types) / sizeof(types[0]); i++)
		if (strcasecmp(eligibility, types[i].code) == 0)
			rec->type = types[i].type;
	rec->status_word = word != NULL ? word : "(blank)";
	if (word == NULL)
		return;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if ((word[0] & ~0x20) == statuses[i].letter && word[1] == '\0') {
			rec->status = statuses[i].status;
			rec->status_word = NULL;
		}
}

/* A row without a number to tell it by: its line is the item. */
static enum cs_rc
texas_leave_out(struct texas *t, const char *const *fields, size_t n, uint64_t line)
{
	cs_left_out(t->poll, fields, n, "line %llu: the vendor id is not a number",
	    (unsigned long long)line);
	return cs_item(t->poll, (const char *)&line, sizeof(line));
}

static enum cs_rc
texas_row(void *arg, const char *const *fields, size_t n, uint64_t line)
{
	char id[CS_NUMBER_MAX + 1], alias[CS_NUMBER_MAX + 1];
	char name[CS_NAME_MAX + 1], eligibility[CS_WORD_MAX + 1];
	char word[CS_WORD_MAX + 1];
	struct cs_record rec = { 0 };
	struct texas *t = arg;
	const char *status;
	enum cs_rc rc;

	rec.number = cell_read(fields[t->at[VENDOR_ID] - 1], id, sizeof(id));
	/* A shifted or damaged row must not pass for a vendor that has gone. */
	if (rec.number == NULL || strspn(id, "0123456789") != strlen(id))
		return texas_leave_out(t, fields, n, line);
	if ((rc = cs_item(t->poll, id, strlen(id))) != CS_OK)
		return rc;
	status = cell_read(fields[t->at[STATUS] - 1], word, sizeof(word));
	if (status != NULL && (strcasecmp(status, "N") == 0 ||
	    strcasecmp(status, "R") == 0))
		return CS_OK;
	if (t->at[VENDOR_NUMBER] != 0)
		rec.aliases[0] = cell_read(fields[t->at[VENDOR_NUMBER] - 1], alias,
		    sizeof(alias));
	rec.business_name = cell_read(fields[t->at[VENDOR_NAME] - 1], name,
	    sizeof(name));
	standing_read(&rec, cell_read(fields[t->at[ELIGIBILITY] - 1], eligibility,
	    sizeof(eligibility)), status);
	if (cs_cell_date("%d-%b-%Y", fields[t->at[EXPIRATION] - 1],
	    &rec.expires_on) == CS_DATE_BAD) {
		cs_warn(t->poll, "line %llu: unreadable expiration date",
		    (unsigned long long)line);
		rec.status = CS_STATUS_UNKNOWN;
		rec.status_word = "unreadable-date";
	}
	return cs_emit(t->poll, &rec);
}

static enum cs_rc
texas_open(void *state, const struct cs_settings *settings, struct cs_poll *poll)
{
	struct texas *t = state;

	(void)settings;
	t->poll = poll;
	return CS_OK;
}

static enum cs_rc
texas_next(void *state, struct cs_request *out)
{
	static const struct cs_csv_options options = {
		.encoding = CS_ENCODING_LATIN1
	};
	static const struct cs_csv_ops ops = {
		.header = texas_header, .row = texas_row
	};
	struct texas *t = state;

	if (t->csv != NULL)
		return CS_DONE;
	t->csv = cs_csv_new(&options, &ops, t, t->poll);
	*out = (struct cs_request){ .conditional = true };
	return t->csv != NULL ? CS_OK : CS_E_NOMEM;
}

static enum cs_rc
texas_begin(void *state, const struct cs_response *head)
{
	struct texas *t = state;

	return strcmp(head->content_type, "text/html") != 0 ? CS_OK :
	    cs_fail(t->poll, CS_E_INPUT, "HTML instead of the list: an outage?");
}

static enum cs_rc
texas_push(void *state, const char *buf, size_t len)
{
	return cs_csv_push(((struct texas *)state)->csv, buf, len);
}

static enum cs_rc
texas_end(void *state)
{
	return cs_csv_end(((struct texas *)state)->csv);
}

static void
texas_close(void *state)
{
	struct texas *t = state;

	t->csv = cs_csv_free(t->csv);
}

static const struct cs_grammar texas_grammar = {
	.normalise = CS_NORM_SPACE | CS_NORM_DASH,
	.min_len = VENDOR_ID_LEN, .max_len = VENDOR_ID_LEN, .chars = "0-9"
};

CS_API const struct cs_connector cs_connector_texas_hub = {
	.abi = CS_CONNECTOR_ABI,
	.size = sizeof(struct cs_connector),
	.name = "texas_hub",
	.summary = "Texas HUB and VetHUB certifications",
	.revision = 1,
	.state_size = sizeof(struct texas),
	.max_body = UINT64_C(256) << 20, /* the list has about 20,000 rows */
	.max_records = 500000,
	.kinds = CS_KIND(CS_POLL_FULL),
	.unique_rows = true,
	.grammar = &texas_grammar,
	.types = covered,
	.open = texas_open,
	.next = texas_next,
	.begin = texas_begin,
	.push = texas_push,
	.end = texas_end,
	.close = texas_close,
};
