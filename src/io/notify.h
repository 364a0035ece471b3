/* SPDX-License-Identifier: ISC */
/*
 * notify.h -- tells the service manager how we are: sd_notify(3)'s protocol
 * without libsystemd, whose send blocks when its reader has stopped.
 */
#ifndef IO_NOTIFY_H
#define IO_NOTIFY_H

#include <stdint.h>

#include "base/err.h"

#define NOTIFY_STATE_MAX	4096	/* bytes; what systemd reads of a datagram */

struct notify;

/*
 * address: $NOTIFY_SOCKET, an absolute path or '@' and an abstract name;
 * copied.  NULL: err.  Nobody need listen there yet.
 */
struct notify	*notify_open(const char *address, struct err *);
struct notify	*notify_free(struct notify *);	/* NULL allowed; returns NULL */
/*
 * Sends state ("READY=1", "STATUS=...", lines separated by '\n') and never
 * blocks.  -1: dropped and counted; say READY=1 again later in that case, or
 * the start times out.  A NULL notify does nothing and succeeds.
 */
int		 notify_send(struct notify *, const char *state);
/* RELOADING=1 with the time that systemd wants beside it; READY=1 ends it. */
int		 notify_reloading(struct notify *);
uint64_t	 notify_dropped(const struct notify *);	/* 0 for NULL */
/*
 * Microseconds within which WATCHDOG=1 is due, from $WATCHDOG_USEC and
 * $WATCHDOG_PID (either may be NULL).  0: no watchdog for this process, or
 * nonsense.  Send at half of it.
 */
int64_t		 notify_watchdog_us(const char *usec, const char *pid);

#endif /* IO_NOTIFY_H */
