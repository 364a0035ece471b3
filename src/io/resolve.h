/* SPDX-License-Identifier: ISC */
/*
 * resolve.h -- host names to addresses on the event loop, never blocking.
 *
 * Numeric addresses and "localhost" need no look-up.  All else goes to the name
 * servers of /etc/resolv.conf by evdns, which are read anew for each look-up;
 * without any, a name is refused, because the only other way blocks.
 */
#ifndef IO_RESOLVE_H
#define IO_RESOLVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "io/loop.h"

#define RESOLVE_ADDRS_MAX	8	/* further ones are not tried */

struct resolve_addr {
	struct sockaddr_storage	sa;
	socklen_t		len;
};

struct resolve;

/* addrs are lent; n 0: it failed, and why (lent) says how. */
typedef void	resolve_fn(void *arg, const struct resolve_addr *addrs, size_t n,
		    const char *why);

/* Addresses of a numeric host or "localhost"; 0: it is a name. */
size_t	resolve_literal(const char *host, uint16_t port,
	    struct resolve_addr out[RESOLVE_ADDRS_MAX]);
/* -1: no name server is configured. */
int	resolve_check(struct loop *, struct err *);
/*
 * Looks host up and calls fn once from the loop, unless cancelled.  It has no
 * deadline but evdns's (tens of seconds): cancel it at yours.  NULL: err.
 * It frees itself, from the loop: after fn or resolve_cancel() the pointer is
 * void, and a loop that turns no more keeps the memory.
 */
struct resolve	*resolve_start(struct loop *, const char *host, uint16_t port,
		    resolve_fn *fn, void *arg, struct err *);
void	resolve_cancel(struct resolve *);	/* NULL is allowed */

#endif /* IO_RESOLVE_H */
