/* SPDX-License-Identifier: ISC */
/*
 * lookup.h -- single numbers asked for by path: one request each, whose answer is the
 * record itself or a list at the path of records.
 *
 * What comes is added; an answer without a record, 204 or 404 is no statement that there
 * is none.
 */
#ifndef CONNECTORS_TABLE_LOOKUP_H
#define CONNECTORS_TABLE_LOOKUP_H

#include <stddef.h>

#include <certsync/connector.h>

#include "lib/list.h"

#define LOOKUP_MAX	50	/* numbers of one poll, a request each */

/* All zero: closed. */
struct lookup {
	struct cs_poll	*poll;		/* lent until close */
	const char	*template;	/* lent; NULL: none is configured */
	size_t		 asked;		/* numbers */
	unsigned	 code;
	struct cs_json_reader *reader;	/* owned */
	char		*body;		/* owned; of the open answer */
	size_t		 len, size;
	uint64_t	 records;
	char		 path[CS_PATH_MAX + 1];
};

/* CS_E_CONFIG: lookup.path is none, or of a look-up poll, not set. */
enum cs_rc lookup_open(struct lookup *, const struct cs_settings *, struct cs_poll *);
/* As of a connector; list has the form, the paths and the table. */
enum cs_rc lookup_next(struct lookup *, struct cs_request *out);
enum cs_rc lookup_begin(struct lookup *, const struct cs_response *);
enum cs_rc lookup_push(struct lookup *, const char *buf, size_t len);
enum cs_rc lookup_end(struct lookup *, const struct list *);
void	 lookup_close(struct lookup *);

#endif /* CONNECTORS_TABLE_LOOKUP_H */
