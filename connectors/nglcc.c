/* SPDX-License-Identifier: ISC */
/*
 * nglcc.c -- NGLCC: rosters of certified LGBT Business Enterprises, as
 * corporate partners export them from the portal.
 *
 * NGLCC publishes neither an API nor a format, so this is a table read by
 * settings, with defaults for the column names that were seen.  A date is
 * taken as delivered and never reckoned from the length of a term.  A roster
 * proves nothing by itself: absence is judged by the engine, if at all.
 *
 *	format = csv	header row; names by alias, in any case
 *	format = xml	elements at "record"; nothing is known of their names,
 *			so field.number at least must be set
 */
#include <string.h>

#include <certsync/cell.h>
#include <certsync/connector.h>
#include <certsync/csv.h>
#include <certsync/table.h>
#include <certsync/xml.h>

#include "lib/element.h"

#define TYPE_DEFAULT	"LGBTBE"
#define STATUS_ACTIVE	"Active | Certified"

struct nglcc {
	struct cs_poll	*poll;		/* lent until close */
	const char	*record;	/* lent; NULL: format is csv */
	struct cs_csv_options options;
	struct cs_table	*table;		/* owned */
	struct cs_csv	*csv;		/* owned; csv or xml once asked for */
	struct cs_xml_parser *xml;	/* owned */
	uint64_t	 records;	/* elements seen, XML only */
};

static const struct cs_table_defaults csv_defaults = {
	.field = {
		[CS_FIELD_NUMBER] = "Certification Number | Certificate # | "
		    "Cert No | Certificate Number",
		[CS_FIELD_BUSINESS_NAME] =
		    "Company Name | Company | Business Name | Legal Name",
		[CS_FIELD_STATUS] = "Status | Certification Status",
		[CS_FIELD_EXPIRES_ON] = "Expiration Date | Expiry | "
		    "Valid Through | Certification Expiration",
	},
	.type = TYPE_DEFAULT,
	.date_format = CS_CELL_DATES,
	.status = { [CS_STATUS_ACTIVE] = STATUS_ACTIVE },
};

static const struct cs_table_defaults xml_defaults = {
	.type = TYPE_DEFAULT,
	.date_format = CS_CELL_DATES,
	.status = { [CS_STATUS_ACTIVE] = STATUS_ACTIVE },
};

static enum cs_rc
nglcc_header(void *arg, const char *const *fields, size_t n)
{
	return cs_table_header(((struct nglcc *)arg)->table, fields, n);
}

static enum cs_rc
nglcc_row(void *arg, const char *const *fields, size_t n, uint64_t line)
{
	return cs_table_row(((struct nglcc *)arg)->table, fields, n, line);
}

static enum cs_rc
nglcc_element(void *arg, const struct cs_xml *record)
{
	struct nglcc *g = arg;

	return cs_table_tree(g->table, element_get, record, ++g->records);
}

static enum cs_rc
nglcc_cover(const struct cs_settings *settings, struct cs_cover *cover)
{
	return cs_table_cover(settings, &csv_defaults, cover);
}

static enum cs_rc
nglcc_open(void *state, const struct cs_settings *settings, struct cs_poll *poll)
{
	struct nglcc *g = state;
	bool xml = strcmp(cs_setting(settings, "format"), "xml") == 0;

	g->poll = poll;
	g->options.delimiter = cs_delimiter_parse(cs_setting(settings, "delimiter"));
	g->options.skip_lines = (unsigned)cs_setting_int(settings, "skip_lines");
	if (!cs_encoding_parse(cs_setting(settings, "encoding"),
	    &g->options.encoding))
		return cs_fail(poll, CS_E_CONFIG, "encoding: not one of utf-8, "
		    "latin-1, cp1252");
	if (xml) {
		g->record = cs_setting(settings, "record");
		if (g->record == NULL)
			return cs_fail(poll, CS_E_CONFIG, "format = xml needs "
			    "record, as in /Suppliers/Supplier");
	}
	return cs_table_new(settings, xml ? &xml_defaults : &csv_defaults, poll,
	    &g->table);
}

static enum cs_rc
nglcc_next(void *state, struct cs_request *out)
{
	static const struct cs_csv_ops ops = {
		.header = nglcc_header, .row = nglcc_row
	};
	struct nglcc *g = state;

	if (g->csv != NULL || g->xml != NULL)
		return CS_DONE;
	if (g->record != NULL)
		g->xml = cs_xml_new(g->record, nglcc_element, g, g->poll);
	else
		g->csv = cs_csv_new(&g->options, &ops, g, g->poll);
	*out = (struct cs_request){ .conditional = true };
	return g->csv != NULL || g->xml != NULL ? CS_OK : CS_E_NOMEM;
}

static enum cs_rc
nglcc_begin(void *state, const struct cs_response *head)
{
	struct nglcc *g = state;

	return strcmp(head->content_type, "text/html") != 0 ? CS_OK :
	    cs_fail(g->poll, CS_E_INPUT, "HTML instead of a roster: a login page?");
}

static enum cs_rc
nglcc_push(void *state, const char *buf, size_t len)
{
	struct nglcc *g = state;

	if (g->xml != NULL)
		return cs_xml_push(g->xml, buf, len);
	return cs_csv_push(g->csv, buf, len);
}

static enum cs_rc
nglcc_end(void *state)
{
	struct nglcc *g = state;
	enum cs_rc rc;

	if (g->csv != NULL)
		return cs_csv_end(g->csv);
	rc = cs_xml_end(g->xml);
	/* Well-formed and without a record: another document, or another path. */
	if (rc == CS_OK && g->records == 0)
		return cs_fail(g->poll, CS_E_INPUT, "no element at %s", g->record);
	return rc;
}

static void
nglcc_close(void *state)
{
	struct nglcc *g = state;

	g->csv = cs_csv_free(g->csv);
	g->xml = cs_xml_free(g->xml);
	g->table = cs_table_free(g->table);
}

static const struct cs_setting_def nglcc_settings[] = {
	{ .name = "format", .type = CS_SETTING_ENUM, .value = "csv",
	  .choices = "csv|xml", .help = "form of the roster" },
	{ .name = "record", .help = "path of a record in XML" },
	{ .name = "encoding", .value = "utf-8",
	  .help = "of CSV: utf-8, latin-1 or cp1252" },
	{ .name = "delimiter", .type = CS_SETTING_ENUM, .value = "auto",
	  .choices = CS_CSV_DELIMITERS, .help = "between the cells of CSV; auto: by the header" },
	{ .name = "skip_lines", .type = CS_SETTING_INT, .value = "0",
	  .min = 0, .max = 100, .help = "lines of CSV before the header" },
	CS_TABLE_FIELD_SETTINGS,
	CS_TABLE_MAP_SETTINGS,
	{ .name = NULL }
};

/* No grammar is published; one certificate seen reads 10164. */
static const struct cs_grammar nglcc_grammar = {
	.normalise = CS_NORM_UPPER | CS_NORM_SPACE,
	.min_len = 3, .max_len = 20, .chars = "A-Za-z0-9-"
};

CS_API const struct cs_connector cs_connector_nglcc = {
	.abi = CS_CONNECTOR_ABI,
	.size = sizeof(struct cs_connector),
	.name = "nglcc",
	.summary = "NGLCC: rosters of LGBT Business Enterprises (CSV or XML)",
	.revision = 1,
	.state_size = sizeof(struct nglcc),
	.max_body = UINT64_C(64) << 20,	/* some thousand firms */
	.max_records = 200000,
	.kinds = CS_KIND(CS_POLL_FULL),
	.settings = nglcc_settings,
	.grammar = &nglcc_grammar,
	.cover = nglcc_cover,
	.open = nglcc_open,
	.next = nglcc_next,
	.begin = nglcc_begin,
	.push = nglcc_push,
	.end = nglcc_end,
	.close = nglcc_close,
};
