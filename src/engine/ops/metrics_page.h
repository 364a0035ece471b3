/* SPDX-License-Identifier: ISC */
/*
 * metrics_page.h -- the page /metrics, in the text format 0.0.4.
 *
 * Counters are those of metrics.h; all else is read from the engine when the
 * page is asked for, and nothing there asks Redis (sample.h does, by its own
 * timer).
 */
#ifndef ENGINE_METRICS_PAGE_H
#define ENGINE_METRICS_PAGE_H

#include "base/buf.h"
#include "engine/state/engine.h"

#define METRICS_CONTENT_TYPE	"text/plain; version=0.0.4; charset=utf-8"

/* The whole page, appended to out. */
void	metrics_page(const struct engine *, struct buf *out);
/* The families about connectors, of metrics_connector.c. */
struct expose;
void	metrics_connectors(struct expose *, const struct engine *);

#endif /* ENGINE_METRICS_PAGE_H */
