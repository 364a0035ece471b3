/* SPDX-License-Identifier: ISC */
/*
 * descriptor.h -- what can be said of a connector before it has seen an answer: what its
 * file exports, and whether worker and engine take its descriptor.
 */
#ifndef CHECK_DESCRIPTOR_H
#define CHECK_DESCRIPTOR_H

#include "check/apart.h"
#include "check/tally.h"

/* The file at path exports cs_connector_NAME and nothing else.  Reads, does not load it. */
void	descriptor_exports(const char *path, struct tally *);
/* Whether it is taken, its defaults can be read and its types are known; arg is not used. */
void	descriptor_check(struct apart *, void *arg);
/*
 * All that a worker tells of con, appended, so that two times can be compared.  It is a
 * frame of worker/message.h.
 */
void	descriptor_text(const struct cs_connector *con, struct buf *out);

#endif /* CHECK_DESCRIPTOR_H */
