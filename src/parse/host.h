/* SPDX-License-Identifier: ISC */
/*
 * host.h -- what stands behind the cs_ calls of a connector.
 *
 * A poll checks every value a connector hands out against the bounds of
 * connector.h, counts, and passes what is left to a sink: the frame writer of
 * a worker, or a list in a test.  It does no I/O and reads no clock.
 */
#ifndef PARSE_HOST_H
#define PARSE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>
#include "base/err.h"

#define HOST_TEXT_MAX	500	/* bytes of a reason or remark that are kept */
#define HOST_WARNINGS_MAX 20	/* remarks of one poll; more are dropped */
#define HOST_LEFT_OUT_TOLD 20	/* rows left out whose texts are passed on */
/* Four times the largest registry known (SAM, monthly); 64 MiB of hashes. */
#define HOST_ITEMS_MAX	4000000u
#define HOST_COVER_MAX	64	/* covered types; types.conf has about 20 */

struct report;	/* report.h */

/*
 * Where the results go.  A hook may be NULL: not wanted.  What is passed is
 * lent until the hook returns.  record and item return 0, or -1 if the poll
 * cannot go on (no memory, the reader has gone): CS_E_NOMEM to the connector.
 */
struct host_sink {
	int	(*record)(void *arg, const struct cs_record *);
	/* Called each time the count of distinct items has risen, to what. */
	int	(*item)(void *arg, uint64_t distinct_items);
	void	(*proof)(void *arg, enum cs_proof, uint64_t declared);
	void	(*warn)(void *arg, const char *text);
	/* hash: of the row's bytes, the same in every process; text "" after HOST_LEFT_OUT_TOLD */
	void	(*left_out)(void *arg, uint64_t hash, const char *text);
	void	(*as_of)(void *arg, struct cs_date);
	/* cs_unproven(), the first one; text NULL: cs_proofless() */
	void	(*unproven)(void *arg, const char *text);
};

/* All pointers are lent until host_poll_free(). */
struct host_poll_options {
	enum cs_poll_kind kind;
	struct cs_date	 today;		/* civil, in the connector's zone */
	const char *const *lookups;	/* normalised numbers of a look-up */
	size_t		 lookup_count;
	const char	*checkpoint;	/* bytes; NULL: none */
	size_t		 checkpoint_len;
	uint64_t	 max_records;	/* 0: any number */
	bool		 report;	/* it is only tried: what it finds is wanted (report.h) */
	const struct host_sink *sink;
	void		*sink_arg;
};

/* Options are copied.  NULL: no memory, or no random bytes for the item set. */
struct cs_poll	*host_poll_new(const struct host_poll_options *);
/* The first cs_fail() text, NULL: none.  Lent until free. */
const char	*host_poll_reason(const struct cs_poll *);
/* cs_retry_at()'s time, Unix seconds; 0: none. */
int64_t		 host_poll_retry_at(const struct cs_poll *);
/* What cs_checkpoint_set() left, lent until free; NULL: nothing. */
const char	*host_poll_checkpoint(const struct cs_poll *, size_t *out_len);
uint64_t	 host_poll_records(const struct cs_poll *); /* emitted so far */
uint64_t	 host_poll_items(const struct cs_poll *); /* distinct, so far */
/* Remarks made, those dropped after HOST_WARNINGS_MAX included. */
uint64_t	 host_poll_warnings(const struct cs_poll *);
/* Lent until free; NULL: not wanted. */
struct report	*host_poll_report(const struct cs_poll *);
/* NULL is allowed.  Returns NULL. */
struct cs_poll	*host_poll_free(struct cs_poll *);

/*
 * The settings a connector sees.  defs is lent until free; pairs (key, value,
 * ..., NULL) are copied, of one key given twice the later counts.  Every value
 * and default is checked by its row.  Values of SECRET rows are not kept.
 * NULL: err names the key (unknown, missing, malformed, out of range).
 */
struct cs_settings *host_settings_new(const struct cs_setting_def *defs,
		    const char *const *pairs, struct err *err);
struct cs_settings *host_settings_free(struct cs_settings *);

/* What cover() adds to.  NULL: no memory. */
struct cs_cover	*host_cover_new(void);
size_t		 host_cover_count(const struct cs_cover *);
/* Type i, lent until free; NULL: past the end. */
const char	*host_cover_type(const struct cs_cover *, size_t i);
bool		 host_cover_is_by_name(const struct cs_cover *);
struct cs_cover	*host_cover_free(struct cs_cover *);

#endif /* PARSE_HOST_H */
