/* SPDX-License-Identifier: ISC */
/*
 * addr.h -- what kind of place a socket address is, so that nothing a
 * registry says can send us somewhere we would not go (H7 in docs/reliability.md).
 *
 * Always ask about the address a socket is about to use, never about the text
 * of a URL: "2130706433" and "127.1" are loopback, and names can resolve to
 * anything.
 */
#ifndef IO_ADDR_H
#define IO_ADDR_H

#include <stdbool.h>
#include <sys/socket.h>

enum addr_class {
	ADDR_PUBLIC = 0,
	ADDR_LOOPBACK,	/* 127/8, ::1 */
	ADDR_PRIVATE,	/* RFC 1918, RFC 6598 (100.64/10), RFC 4193 (fc00::/7) */
	ADDR_FORBIDDEN	/* link-local, multicast, unspecified, reserved, tunnels, */
			/* and every family but IPv4 and IPv6 */
};

/* IPv4 inside IPv6 (mapped, NAT64) is judged as the IPv4 address it is. */
enum addr_class	addr_classify(const struct sockaddr *, socklen_t len);
/* A literal IPv4 or IPv6 address, brackets allowed.  false: host is a name. */
bool		addr_classify_host(const char *host, enum addr_class *out);
const char	*addr_class_name(enum addr_class);	/* for messages */

#endif /* IO_ADDR_H */
