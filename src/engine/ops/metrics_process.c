/* SPDX-License-Identifier: ISC */
/* metrics_process.c -- see metrics_process.h. */
#include "engine/ops/metrics_process.h"

#include "io/process.h"

void
metrics_process(struct expose *e, int64_t started_s)
{
	struct process_facts facts;

	process_look(&facts);
	expose_family(e, "process_cpu_seconds_total", "counter",
	    "User and system CPU time of the daemon, its workers left out.");
	if (facts.known)
		expose_double(e, NULL, facts.cpu_s);
	expose_family(e, "process_open_fds", "gauge", "Open file descriptors.");
	if (facts.fds >= 0)
		expose_int(e, NULL, facts.fds);
	expose_family(e, "process_max_fds", "gauge", "Most file descriptors that may be open.");
	if (facts.fds_max >= 0)
		expose_int(e, NULL, facts.fds_max);
	expose_family(e, "process_virtual_memory_bytes", "gauge", "Virtual memory.");
	if (facts.known)
		expose_int(e, NULL, facts.virtual_bytes);
	expose_family(e, "process_resident_memory_bytes", "gauge", "Resident memory.");
	if (facts.known)
		expose_int(e, NULL, facts.resident_bytes);
	expose_family(e, "process_threads", "gauge", "Threads; resolving names may have some.");
	if (facts.known)
		expose_int(e, NULL, facts.threads);
	expose_family(e, "process_start_time_seconds", "gauge",
	    "When the daemon started, Unix time.");
	expose_int(e, NULL, started_s);
}
