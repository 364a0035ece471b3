/* SPDX-License-Identifier: ISC */
/*
 * records.h -- JSON lines: one object a line in the words of struct cs_record, closed
 * by a line that states that the source was read to its end (docs/feeding-records.md).
 *
 *	{"number": "EC-1", "business_name": "Example LLC", "type": "WBE"}
 *	{"end": true, "records": 1}
 */
#ifndef CONNECTORS_TABLE_RECORDS_H
#define CONNECTORS_TABLE_RECORDS_H

#include <certsync/connector.h>
#include <certsync/json.h>
#include <certsync/lines.h>
#include <certsync/table.h>

/* All zero: closed. */
struct records {
	struct cs_poll	*poll;		/* lent until close */
	struct cs_table	*table;		/* owned, as are the next two */
	struct cs_lines	*lines;
	struct cs_json_reader *reader;
	bool		 others;	/* members besides the words are the operator's own */
	bool		 ended;		/* by its trailer */
	uint64_t	 count;		/* lines that are records, read or not */
	char		 as_of[sizeof("2026-11-30T00:00:00Z")]; /* of the trailer; "": none */
};

/* The words as columns; lent for ever. */
extern const struct cs_table_defaults records_defaults;

enum cs_rc records_open(struct records *, const struct cs_settings *, struct cs_poll *);
enum cs_rc records_begin(struct records *, const struct cs_response *);
enum cs_rc records_push(struct records *, const char *buf, size_t len);
enum cs_rc records_end(struct records *);
void	 records_close(struct records *);

#endif /* CONNECTORS_TABLE_RECORDS_H */
