/* SPDX-License-Identifier: ISC */
/*
 * nglcc.c -- NGLCC: rosters of certified LGBT Business Enterprises, as
 * corporate partners export them from the portal.
 *
 * NGLCC publishes neither an API nor a format, so this is a table read by
 * settings, with defaults for the column names that were seen.  A date is
 * taken as delivered and never reckoned from the length of a term.  A roster
 * proves nothing by itself, unless it counts its rows above the header: absence is
 * judged by the engine, if at all.
 *
 *	format = csv	header row; names by alias, in any case
 *	format = xml	elements at "record"; nothing is known of their names,
 *			so field.number at least must be set
 *	format = json	likewise
 */
#include <certsync/cell.h>
#include <certsync/connector.h>

#include "lib/list.h"

#define TYPE_DEFAULT	"LGBTBE"
#define STATUS_ACTIVE	"Active | Certified"

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

static const struct cs_table_defaults tree_defaults = {
	.type = TYPE_DEFAULT,
	.date_format = CS_CELL_DATES,
	.status = { [CS_STATUS_ACTIVE] = STATUS_ACTIVE },
};

static enum cs_rc
nglcc_cover(const struct cs_settings *settings, struct cs_cover *cover)
{
	return cs_table_cover(settings, &csv_defaults, cover);
}

static enum cs_rc
nglcc_open(void *state, const struct cs_settings *settings, struct cs_poll *poll)
{
	return list_open(state, settings, &csv_defaults, &tree_defaults, poll);
}

static const struct cs_setting_def nglcc_settings[] = {
	LIST_SETTINGS(LIST_FORMATS),
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
	.summary = "NGLCC: rosters of LGBT Business Enterprises (CSV, HTML, XML or JSON)",
	.revision = 1,
	.state_size = sizeof(struct list),
	.max_body = UINT64_C(64) << 20,	/* some thousand firms */
	.max_records = 200000,
	.kinds = CS_KIND(CS_POLL_FULL),
	.proofs = CS_PROOF(CS_PROOF_TOTAL),
	.settings = nglcc_settings,
	.grammar = &nglcc_grammar,
	.cover = nglcc_cover,
	.open = nglcc_open,
	.next = list_next,
	.begin = list_begin,
	.push = list_push,
	.end = list_end,
	.close = list_close,
};
