/* SPDX-License-Identifier: ISC */
/*
 * link.h -- the worker's end of the socket: blocking frames in, batched frames
 * out.
 */
#ifndef WORKER_LINK_H
#define WORKER_LINK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "worker/frame.h"

/* Written when so much has gathered, and always before the worker waits. */
#define LINK_BATCH	(64u << 10)

struct link {
	int		 fd;		/* lent */
	struct buf	 out;		/* append frames, then link_sent() */
	char		*in;		/* owned, FRAME_MAX bytes */
	size_t		 at, len;	/* unread: in[at .. len) */
	bool		 broken;	/* the engine has gone */
};

int	link_init(struct link *, int fd);	/* -1: no memory */
void	link_fini(struct link *);
/*
 * The next frame, lent until the next call.  1; 0: the engine has closed;
 * -1: err.  Flushes before it waits.
 */
int	link_next(struct link *, struct frame *out, struct err *err);
/* After frames were appended.  -1: no memory, or the engine has gone. */
int	link_sent(struct link *);
int	link_flush(struct link *);	/* -1: as above */

#endif /* WORKER_LINK_H */
