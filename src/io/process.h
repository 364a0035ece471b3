/* SPDX-License-Identifier: ISC */
/* process.h -- what the kernel says of this process: proc(5), getrlimit(2). */
#ifndef IO_PROCESS_H
#define IO_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

struct process_facts {
	bool		 known;		/* the next five are */
	double		 cpu_s;		/* user and system time, workers left out */
	int64_t		 threads, virtual_bytes, resident_bytes;
	int64_t		 fds;		/* open; -1: unknown */
	int64_t		 fds_max;	/* -1: unknown, or no limit */
};

void	process_look(struct process_facts *out);

#endif /* IO_PROCESS_H */
