/* SPDX-License-Identifier: ISC */
/*
 * inflate.h -- unpack a stream piece by piece, bounded, or let it pass.
 *
 * The first bytes decide: 1f 8b is gzip, "PK" 03 04 a ZIP archive of one file,
 * anything else passes untouched.  One layer only.  What cannot be a list, and is told
 * by its first bytes (document.h), is an error that names it.  The trailer (CRC and length;
 * of an archive, its directory) is checked.  Members of gzip follow one another, as
 * parallel packers write them (RFC 1952, 2.2), and zeros the last, as blocks are
 * filled up; a cut stream and other bytes after the end are errors, because they
 * would make a part look like the whole.
 */
#ifndef PARSE_INFLATE_H
#define PARSE_INFLATE_H

#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>

#define INFLATE_OUT	16384	/* bytes one call of the hook gets at most */
#define INFLATE_RATIO	100	/* decoded:encoded of honest feeds is below 30 */
#define INFLATE_RATIO_FROM ((uint64_t)1 << 20) /* decoded bytes before it counts */

/* Decoded bytes, len > 0, lent until return.  Anything but CS_OK stops. */
typedef enum cs_rc inflate_fn(void *arg, const char *buf, size_t len);

struct inflate_options {
	uint64_t max_bytes;	/* decoded; 0: any number */
	unsigned ratio;		/* decoded:encoded; 0: INFLATE_RATIO */
};

struct inflate;

/* arg and poll are lent, options copied.  NULL: no memory. */
struct inflate	*inflate_new(const struct inflate_options *, inflate_fn *,
		    void *arg, struct cs_poll *);
/*
 * CS_OK; CS_E_INPUT: not a sound gzip stream or archive; CS_E_LIMIT: over max_bytes or
 * ratio; CS_E_NOMEM; or what the hook returned.  The first failure stays.
 */
enum cs_rc	 inflate_push(struct inflate *, const char *buf, size_t len)
    CS_MUST_USE;
/* The input has ended.  CS_E_INPUT: within the stream, or its trailer is wrong. */
enum cs_rc	 inflate_end(struct inflate *) CS_MUST_USE;
uint64_t	 inflate_bytes(const struct inflate *);	/* decoded so far */
/* NULL is allowed.  Returns NULL. */
struct inflate	*inflate_free(struct inflate *);

#endif /* PARSE_INFLATE_H */
