/* SPDX-License-Identifier: ISC */
/*
 * list.h -- a list in CSV, HTML, XML or JSON, read by the settings of tables: one answer, or,
 * where the connector has pages, XML or JSON of several.
 *
 * A connector whose state is a struct list names the rows of LIST_SETTINGS and
 * those of certsync/table.h in its settings, the functions below in its
 * descriptor, and opens it with its own defaults.
 */
#ifndef CONNECTORS_LIB_LIST_H
#define CONNECTORS_LIB_LIST_H

#include <stdint.h>

#include <certsync/connector.h>
#include <certsync/csv.h>
#include <certsync/html.h>
#include <certsync/json.h>
#include <certsync/table.h>
#include <certsync/xml.h>

#include "lib/pages.h"

#define LIST_PATH_MAX	256	/* bytes of a path of a record */

enum list_format { LIST_CSV = 0, LIST_HTML, LIST_XML, LIST_JSON };

enum list_header { LIST_HEADER_AUTO = 0, LIST_HEADER_LINE, LIST_HEADER_NONE };

/* All zero: closed. */
struct list {
	struct cs_poll	*poll;		/* lent until close */
	enum list_format format;
	const char	*record;	/* path, lent; NULL: none is configured */
	char		 dotted[LIST_PATH_MAX]; /* it, as json.h has paths */
	const char	*paths[2];	/* dotted; ended by NULL */
	struct cs_csv_options options;
	enum list_header header;
	struct cs_table	*table;		/* owned */
	struct pages	*pages;		/* lent until close; NULL: it has none */
	bool		 asked;		/* for the list */
	bool		 unread;	/* this answer is no page */
	bool		 opened;	/* its first byte was there */
	struct cs_csv	*csv;		/* of the open answer; owned, as the next three */
	struct cs_html	*html;
	struct cs_xml_parser *xml;
	struct cs_json_parser *json;
	uint64_t	 records;	/* elements seen, XML and JSON */
};

/* formats: LIST_FORMATS, and what else a connector reads. */
#define LIST_FORMATS	"csv|html|xml|json"
#define LIST_SETTINGS(formats) \
	{ .name = "format", .type = CS_SETTING_ENUM, .value = "csv", \
	  .choices = (formats), .help = "form of the list" }, \
	{ .name = "record", .help = "path of a record in XML or JSON" }, \
	{ .name = "encoding", .value = "auto", \
	  .help = "of CSV, HTML: auto, utf-8, utf-16, latin-1 or cp1252" }, \
	{ .name = "delimiter", .type = CS_SETTING_ENUM, .value = "auto", \
	  .choices = CS_CSV_DELIMITERS, .help = "between the cells of CSV; auto: by the header" }, \
	{ .name = "header", .value = "auto", .help = "of CSV: auto, the line that has the " \
	    "configured columns; its number; or none" }, \
	{ .name = "skip_lines", .type = CS_SETTING_INT, .value = "0", \
	  .min = 0, .max = 100, .help = "lines of CSV before the header" }

/*
 * csv, tree: what applies to CSV and HTML, to XML and JSON where a setting is absent; lent
 * until close.
 */
enum cs_rc list_open(struct list *, const struct cs_settings *,
	    const struct cs_table_defaults *csv, const struct cs_table_defaults *tree,
	    struct cs_poll *);
/* Of a descriptor: state is the struct list. */
enum cs_rc list_next(void *state, struct cs_request *out);
enum cs_rc list_begin(void *state, const struct cs_response *);
enum cs_rc list_push(void *state, const char *buf, size_t len);
enum cs_rc list_end(void *state);
void	 list_close(void *state);

#endif /* CONNECTORS_LIB_LIST_H */
