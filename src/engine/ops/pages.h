/* SPDX-License-Identifier: ISC */
/* pages.h -- what the health port serves: /livez /readyz /metrics /status (docs/metrics.md). */
#ifndef ENGINE_PAGES_H
#define ENGINE_PAGES_H

#include "engine/state/engine.h"
#include "io/httpd.h"

/* The pages' handler; arg is the engine. */
httpd_fn	 pages_serve;

#endif /* ENGINE_PAGES_H */
