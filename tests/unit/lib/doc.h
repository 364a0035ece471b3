/* SPDX-License-Identifier: ISC */
/*
 * doc.h -- push a document at a parser in every split and compare.
 *
 * A doc is a poll whose records, remarks and proofs become lines of text.
 */
#ifndef TESTS_DOC_H
#define TESTS_DOC_H

#include <stddef.h>
#include <stdint.h>

#include <certsync/connector.h>
#include "base/buf.h"
#include "parse/host.h"

#define DOC_SPLITS	200	/* seeded random splits of each document */

struct doc {
	struct cs_poll	*poll;
	struct buf	 out;		/* what the parser's hooks and the poll wrote */
	const void	*arg;		/* of the test */
};

/* today is 2026-10-01.  max_records 0: any number. */
void	doc_init(struct doc *, uint64_t max_records);
void	doc_fini(struct doc *);

struct doc_parser {
	void		*(*open)(struct doc *);	/* NULL fails the test */
	enum cs_rc	 (*push)(void *parser, const char *buf, size_t len);
	enum cs_rc	 (*end)(void *parser);
	void		 (*close)(void *parser);
};

enum doc_split { DOC_WHOLE, DOC_BYTES, DOC_RANDOM };
/*
 * Pushes doc and returns (owned) the output and, last, "rc N reason\n".  Each
 * piece is a block of its own, so that a sanitizer sees a read beyond it.
 */
char	*doc_feed(const struct doc_parser *, const void *arg, const char *doc,
	    size_t len, enum doc_split, unsigned seed);
/* Whole, byte by byte and at random splits: all as expected (NULL: as whole). */
void	 doc_splits(const struct doc_parser *, const void *arg,
	    const char *doc, size_t len, const char *expected);
/* The same, of which only the result code and a part of the reason matter. */
void	 doc_fails(const struct doc_parser *, const void *arg,
	    const char *doc, size_t len, enum cs_rc, const char *reason);
/* A file whole, owned; path from the top of the tree. */
char	*doc_file(const char *path, size_t *out_len);

#endif /* TESTS_DOC_H */
