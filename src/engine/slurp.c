/* SPDX-License-Identifier: ISC */
/* slurp.c -- see slurp.h. */
#include "engine/slurp.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *
slurp_fd(int fd, size_t max, size_t *out_len, struct err *err)
{
	char *text = malloc(max + 1);
	size_t len = 0;
	ssize_t n;

	if (text == NULL) {
		(void)err_set(err, "cannot be read: out of memory");
		return NULL;
	}
	/* One byte more than allowed tells a full file from one too large. */
	do {
		n = read(fd, text + len, max + 1 - len);
		if (n > 0)
			len += (size_t)n;
	} while ((n > 0 && len <= max) || (n == -1 && errno == EINTR));
	if (n == -1)
		(void)err_set(err, "cannot be read: %s", strerror(errno));
	else if (len > max)
		(void)err_set(err, "is larger than %zu KiB: split it", max >> 10);
	else {
		text[len] = '\0';
		*out_len = len;
		return text;
	}
	free(text);
	return NULL;
}

char *
slurp_file(const char *path, size_t max, size_t *out_len, struct err *err)
{
	struct stat st;
	char *text = NULL;
	/* Non-blocking: a FIFO in its place must not stop a reload. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd == -1)
		(void)err_set(err, "cannot be opened: %s", strerror(errno));
	else if (fstat(fd, &st) == -1)
		(void)err_set(err, "cannot be read: %s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		(void)err_set(err, "is not a regular file");
	else
		text = slurp_fd(fd, max, out_len, err);
	if (fd != -1)
		(void)close(fd);
	return text;
}
