/* SPDX-License-Identifier: ISC */
/*
 * keys.h -- the names of the keys in Redis; those that others may
 * read are in certsync-events(5).
 *
 * Everything of one partition carries {p}.  Keys that belong to an unbraced
 * public key K (meta, claims, staff, connector:NAME) carry {K}, so that they
 * share its hash slot and one script may touch both.
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include <stdint.h>

#define KEY_MAX		256	/* bytes of any key with NUL */
#define KEYS_PREFIX_MAX	32	/* bytes of the configured prefix */

/* The caller gives the buffer; each returns it. */
typedef char key_buf[KEY_MAX];

/* "PREFIX:NAME": meta, claims, staff, claims:rejected. */
const char *key_global(const char *prefix, const char *name, key_buf);
/* "PREFIX:connector:NAME" */
const char *key_connector(const char *prefix, const char *connector, key_buf);
/* "PREFIX:internal:{PUBLIC}:WHAT" for the public key PUBLIC: fence, mirror... */
const char *key_beside(const char *prefix, const char *public_key, const char *what, key_buf);
/* "PREFIX:{p}:WHAT" and "PREFIX:{p}:WHAT:ID" (id NULL: the first form). */
const char *key_partition(const char *prefix, unsigned p, const char *what,
	    const char *id, key_buf);

#endif /* STORE_KEYS_H */
