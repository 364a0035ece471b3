/* SPDX-License-Identifier: ISC */
/* journal.c -- see journal.h. */
#include "base/journal.h"

#include <endian.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

bool
journal_is_stream(const char *stream, int fd)
{
	unsigned long long device, inode;
	struct stat st;

	return stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	    fstat(fd, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

int
journal_open(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (!text_copy(sun.sun_path, sizeof(sun.sun_path), path))
		return -1;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

void
journal_begin(struct journal_entry *entry)
{
	entry->len = 0;
	entry->failed = false;
}

static void
journal_add(struct journal_entry *entry, const void *data, size_t len)
{
	if (len > sizeof(entry->data) - entry->len) {
		entry->failed = true;
		return;
	}
	memcpy(entry->data + entry->len, data, len);
	entry->len += len;
}

/* A value with a newline is written with its length, so that it can forge no field. */
void
journal_field(struct journal_entry *entry, const char *name, const char *value, size_t len)
{
	bool plain = memchr(value, '\n', len) == NULL;
	uint64_t size = htole64(len);

	journal_add(entry, name, strlen(name));
	journal_add(entry, plain ? "=" : "\n", 1);
	if (!plain)
		journal_add(entry, &size, sizeof(size));
	journal_add(entry, value, len);
	journal_add(entry, "\n", 1);
}

bool
journal_send(int fd, const struct journal_entry *entry)
{
	return !entry->failed &&
	    send(fd, entry->data, entry->len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)entry->len;
}
