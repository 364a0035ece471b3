/* SPDX-License-Identifier: ISC */
/*
 * metrics_process.h -- Prometheus's standard set about the process itself, from
 * /proc/self.  What cannot be read there is left out.
 */
#ifndef ENGINE_METRICS_PROCESS_H
#define ENGINE_METRICS_PROCESS_H

#include "engine/ops/expose.h"

/* started_s: wall clock; /proc/stat, which would tell, is hidden by ProcSubset=pid. */
void	metrics_process(struct expose *, int64_t started_s);

#endif /* ENGINE_METRICS_PROCESS_H */
