/* SPDX-License-Identifier: ISC */
/* link.c -- see link.h. */
#include "worker/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int
link_init(struct link *l, int fd)
{
	*l = (struct link){ .fd = fd };
	buf_init(&l->out, LINK_BATCH + FRAME_MAX);
	l->in = malloc(FRAME_MAX);
	return l->in == NULL ? -1 : 0;
}

void
link_fini(struct link *l)
{
	buf_free(&l->out);
	free(l->in);
	l->in = NULL;
}

/* 1: more bytes are there; 0: end of file; -1: err. */
static int
link_fill(struct link *l, struct err *err)
{
	ssize_t n;

	if (link_flush(l) != 0)
		return 0;
	memmove(l->in, l->in + l->at, l->len - l->at);
	l->len -= l->at;
	l->at = 0;
	do
		n = recv(l->fd, l->in + l->len, FRAME_MAX - l->len, 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return errno == ECONNRESET ? 0 :
		    err_set(err, "reading: %s", strerror(errno));
	l->len += (size_t)n;
	return n > 0 ? 1 : 0;
}

int
link_next(struct link *l, struct frame *out, struct err *err)
{
	size_t used;
	int rc;

	for (;;) {
		rc = frame_next(l->in + l->at, l->len - l->at, out, &used, err);
		if (rc == -1)
			return -1;
		if (rc == 1) {
			l->at += used;
			return 1;
		}
		rc = link_fill(l, err);
		if (rc != 1)
			return rc;
	}
}

int
link_sent(struct link *l)
{
	if (l->out.failed || l->broken)
		return -1;
	return l->out.len < LINK_BATCH ? 0 : link_flush(l);
}

int
link_flush(struct link *l)
{
	size_t done = 0;
	ssize_t n;

	if (l->out.failed || l->broken)
		return -1;
	while (done < l->out.len) {
		n = send(l->fd, l->out.data + done, l->out.len - done,
		    MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			l->broken = true;
			return -1;
		}
		done += (size_t)n;
	}
	buf_clear(&l->out);
	return 0;
}
