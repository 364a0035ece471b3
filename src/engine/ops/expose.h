/* SPDX-License-Identifier: ISC */
/*
 * expose.h -- Prometheus's text exposition format 0.0.4, written.  Pure: values
 * in, text out.  A family's head comes first, then its samples; families
 * without samples keep their head, so that the page tells all there are.
 */
#ifndef ENGINE_EXPOSE_H
#define ENGINE_EXPOSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define EXPOSE_LABEL_MAX	256	/* bytes of a label's value; longer ones are cut */

struct expose {
	struct buf	*out;		/* lent */
	const char	*name;		/* of the family being written */
};

/* type: "counter", "gauge" or "histogram"; name and help are constants. */
void	expose_family(struct expose *, const char *name, const char *type, const char *help);
/*
 * One sample of it.  labels: name, value, ..., NULL; names are constants,
 * values any bytes: what is no printable UTF-8 is escaped.
 */
void	expose_int(struct expose *, const char *const *labels, int64_t value);
void	expose_double(struct expose *, const char *const *labels, double value);
/* buckets: n counts, not cumulative, up to each of n - 1 bounds and beyond. */
void	expose_histogram(struct expose *, const char *const *labels, const int64_t *bounds,
	    const uint64_t *buckets, size_t n, double sum);

#endif /* ENGINE_EXPOSE_H */
