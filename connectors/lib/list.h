/* SPDX-License-Identifier: ISC */
/*
 * list.h -- a list that is one answer, CSV or XML, read by the settings of tables.
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
#include <certsync/table.h>
#include <certsync/xml.h>

/* All zero: closed. */
struct list {
	struct cs_poll	*poll;		/* lent until close */
	const char	*record;	/* lent; NULL: format is csv */
	struct cs_csv_options options;
	struct cs_table	*table;		/* owned */
	struct cs_csv	*csv;		/* owned; csv or xml once asked for */
	struct cs_xml_parser *xml;	/* owned */
	uint64_t	 records;	/* elements seen, XML only */
};

#define LIST_SETTINGS \
	{ .name = "format", .type = CS_SETTING_ENUM, .value = "csv", \
	  .choices = "csv|xml", .help = "form of the list" }, \
	{ .name = "record", .help = "path of a record in XML" }, \
	{ .name = "encoding", .value = "utf-8", \
	  .help = "of CSV: utf-8, latin-1 or cp1252" }, \
	{ .name = "delimiter", .type = CS_SETTING_ENUM, .value = "auto", \
	  .choices = CS_CSV_DELIMITERS, .help = "between the cells of CSV; auto: by the header" }, \
	{ .name = "skip_lines", .type = CS_SETTING_INT, .value = "0", \
	  .min = 0, .max = 100, .help = "lines of CSV before the header" }

/* csv, xml: what applies to either where a setting is absent; lent until close. */
enum cs_rc list_open(struct list *, const struct cs_settings *,
	    const struct cs_table_defaults *csv, const struct cs_table_defaults *xml,
	    struct cs_poll *);
/* Of a descriptor: state is the struct list. */
enum cs_rc list_next(void *state, struct cs_request *out);
enum cs_rc list_begin(void *state, const struct cs_response *);
enum cs_rc list_push(void *state, const char *buf, size_t len);
enum cs_rc list_end(void *state);
void	 list_close(void *state);

#endif /* CONNECTORS_LIB_LIST_H */
