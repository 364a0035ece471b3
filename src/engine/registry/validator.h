/* SPDX-License-Identifier: ISC */
/*
 * validator.h -- what the proven snapshot of a registry was read from, so that
 * the same need not be fetched, or believed, a second time.
 *
 * Only of polls whose whole list is one request, as the plug-in says by
 * `conditional`; only while the mirror is that snapshot and nothing more.
 */
#ifndef ENGINE_VALIDATOR_H
#define ENGINE_VALIDATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "io/source.h"

#define VALIDATOR_ETAG_MAX	256	/* as io/http_head.h keeps them */
#define VALIDATOR_DATE_MAX	64
#define VALIDATOR_TEXT_MAX	1024	/* bytes encoded */

/* Zeroed: nothing is known. */
struct validator {
	/* hash of what was asked for, address included; 0: nothing is known */
	uint64_t request;
	char	 etag[VALIDATOR_ETAG_MAX];	/* "" : none was sent */
	char	 last_modified[VALIDATOR_DATE_MAX]; /* likewise */
	uint64_t body;		/* hash of the bytes as they came; 0: not known */
	uint64_t file;		/* hash of the file's name; 0: it was no file */
	uint64_t file_size;
	int64_t	 file_mtime_s;
	long	 file_mtime_ns;
	int64_t	 file_as_of_s;	/* a new manifest is a new statement, even of the same bytes */
	char	 file_sha256[65];	/* by its manifest; "" : not stated */
};

/* Whether this may be sent with a request of that hash, in place of reading it whole. */
bool	validator_fits(const struct validator *, uint64_t request);
/* Whether a file, its name's hash beside it, is the one read then: by checksum and as_of, or by
 * name, size and time. */
bool	validator_is_file(const struct validator *, uint64_t name, const struct source_file *);
/* Notes a file. */
void	validator_set_file(struct validator *, uint64_t name, const struct source_file *);

/* As one line of JSON, appended; and the reverse.  false: it is none, *out is zeroed. */
void	validator_encode(const struct validator *, struct buf *out);
bool	validator_decode(const char *text, struct validator *out);

#endif /* ENGINE_VALIDATOR_H */
