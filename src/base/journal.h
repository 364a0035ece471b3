/* SPDX-License-Identifier: ISC */
/*
 * journal.h -- the journal's native protocol (systemd: JOURNAL_NATIVE_PROTOCOL)
 * without libsystemd: one datagram an entry, never blocking.
 */
#ifndef BASE_JOURNAL_H
#define BASE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

#define JOURNAL_SOCKET	"/run/systemd/journal/socket"
#define JOURNAL_MAX	8192	/* bytes of an entry; below any socket's buffer */

/* One entry being put together. */
struct journal_entry {
	char	data[JOURNAL_MAX];
	size_t	len;
	bool	failed;		/* a field did not fit */
};

/* stream: $JOURNAL_STREAM, "device:inode".  Whether fd is that: stderr goes to the journal. */
bool	journal_is_stream(const char *stream, int fd);
/* A connected datagram socket, close-on-exec, or -1. */
int	journal_open(const char *path);

void	journal_begin(struct journal_entry *);
/* name: a constant, [A-Z][A-Z0-9_]*.  value may hold any bytes. */
void	journal_field(struct journal_entry *, const char *name, const char *value, size_t len);
/* false: the journal cannot take it now, or is gone. */
bool	journal_send(int fd, const struct journal_entry *);

#endif /* BASE_JOURNAL_H */
