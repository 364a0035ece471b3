/* SPDX-License-Identifier: ISC */
/*
 * probe.h -- push a document at a parser in every split and compare.
 *
 * A probe is a poll whose records, remarks and proofs become lines of text.
 */
#ifndef TESTS_PROBE_H
#define TESTS_PROBE_H

#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>
#include "base/buf.h"
#include "worker/host.h"

#define PROBE_SPLITS	200	/* seeded random splits of each document */

struct probe {
	struct cs_poll	*poll;
	struct buf	 out;		/* what the parser's hooks and the poll wrote */
	const void	*arg;		/* of the test */
};

/* today is 2026-10-01.  max_records 0: any number. */
void	probe_init(struct probe *, uint64_t max_records);
void	probe_fini(struct probe *);

struct probe_parser {
	void		*(*open)(struct probe *);	/* NULL fails the test */
	enum cs_rc	 (*push)(void *parser, const char *buf, size_t len);
	enum cs_rc	 (*end)(void *parser);
	void		 (*close)(void *parser);
};

enum probe_split { PROBE_WHOLE, PROBE_BYTES, PROBE_RANDOM };
/*
 * Pushes doc and returns (owned) the output and, last, "rc N reason\n".  Each
 * piece is a block of its own, so that a sanitizer sees a read beyond it.
 */
char	*probe_feed(const struct probe_parser *, const void *arg, const char *doc,
	    size_t len, enum probe_split, unsigned seed);
/* Whole, byte by byte and at random splits: all as expected (NULL: as whole). */
void	 probe_splits(const struct probe_parser *, const void *arg,
	    const char *doc, size_t len, const char *expected);
/* The same, of which only the result code and a part of the reason matter. */
void	 probe_fails(const struct probe_parser *, const void *arg,
	    const char *doc, size_t len, enum cs_rc, const char *reason);
/* A file whole, owned; path from the top of the tree. */
char	*probe_file(const char *path, size_t *out_len);

#endif /* TESTS_PROBE_H */
