/* SPDX-License-Identifier: ISC */
/* metrics_process.c -- see metrics_process.h. */
#include "engine/metrics_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* Of /proc/self/stat: proc(5). */
struct proc_stat {
	uint64_t	 utime, stime;	/* clock ticks */
	int64_t		 threads;
	uint64_t	 vsize_bytes;
	int64_t		 rss_pages;
};

static bool
proc_stat_read(struct proc_stat *out)
{
	char text[1024];
	const char *at;
	ssize_t n;
	int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	/* The name in parentheses may hold anything. */
	at = strrchr(text, ')');
	return at != NULL && sscanf(at + 1,
	    " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
	    " %*d %*d %*d %*d %" SCNd64 " %*d %*u %" SCNu64 " %" SCNd64,
	    &out->utime, &out->stime, &out->threads, &out->vsize_bytes, &out->rss_pages) == 5;
}

/* -1: unknown. */
static int64_t
proc_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int64_t n = 0;

	if (dir == NULL)
		return -1;
	for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir))
		n += entry->d_name[0] != '.';
	(void)closedir(dir);
	return n - 1;	/* without the one just used */
}

void
metrics_process(struct expose *e, int64_t started_s)
{
	struct proc_stat stat = { 0 };
	bool ok = proc_stat_read(&stat);
	int64_t fds = proc_fds();
	struct rlimit limit;

	expose_family(e, "process_cpu_seconds_total", "counter", "User and system CPU time of the daemon, its workers left out.");
	if (ok)
		expose_double(e, NULL, (double)(stat.utime + stat.stime) / (double)sysconf(_SC_CLK_TCK));
	expose_family(e, "process_open_fds", "gauge", "Open file descriptors.");
	if (fds >= 0)
		expose_int(e, NULL, fds);
	expose_family(e, "process_max_fds", "gauge", "Most file descriptors that may be open.");
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		expose_int(e, NULL, (int64_t)limit.rlim_cur);
	expose_family(e, "process_virtual_memory_bytes", "gauge", "Virtual memory.");
	if (ok)
		expose_int(e, NULL, (int64_t)stat.vsize_bytes);
	expose_family(e, "process_resident_memory_bytes", "gauge", "Resident memory.");
	if (ok)
		expose_int(e, NULL, stat.rss_pages * sysconf(_SC_PAGESIZE));
	expose_family(e, "process_threads", "gauge", "Threads; resolving names may have some.");
	if (ok)
		expose_int(e, NULL, stat.threads);
	expose_family(e, "process_start_time_seconds", "gauge", "When the daemon started, Unix time.");
	expose_int(e, NULL, started_s);
}
