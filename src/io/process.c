/* SPDX-License-Identifier: ISC */
/* process.c -- see process.h. */
#include "io/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
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
process_look(struct process_facts *out)
{
	struct proc_stat stat = { 0 };
	struct rlimit limit;

	*out = (struct process_facts){ .known = proc_stat_read(&stat), .fds = proc_fds(),
	    .fds_max = -1 };
	out->cpu_s = (double)(stat.utime + stat.stime) / (double)sysconf(_SC_CLK_TCK);
	out->threads = stat.threads;
	out->virtual_bytes = (int64_t)stat.vsize_bytes;
	out->resident_bytes = stat.rss_pages * sysconf(_SC_PAGESIZE);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		out->fds_max = (int64_t)limit.rlim_cur;
}
