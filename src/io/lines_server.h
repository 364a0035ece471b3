/* SPDX-License-Identifier: ISC */
/*
 * lines_server.h -- a Unix socket on which peers send lines and get lines
 * back: the transport of the control socket, knows nothing of its commands.
 *
 * Requests of one connection are handled one after the other: the next line is
 * taken when lines_finish() says that the last one is answered, and the peer
 * has read most of its answers.
 *
 * Nobody is locked out by connections that do nothing: when there are
 * LINES_CONNECTIONS_MAX, the next peer takes the place of the one that has been
 * idle longest.
 */
#ifndef IO_LINES_SERVER_H
#define IO_LINES_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "io/loop.h"

#define LINES_CONNECTIONS_MAX	32	/* operators and their scripts */
#define LINES_RESERVE		4	/* more for root and our own user, when all are busy */
#define LINES_LINE_MAX		65536	/* bytes of a request: a claim at its caps */
/* unread by a peer: then its next request waits */
#define LINES_UNREAD_MAX	((size_t)1 << 20)
#define LINES_OUTPUT_MAX	((size_t)8 << 20) /* unread by a peer: then it is cut */

#define LINES_WHO_SIZE	64	/* a name of 32 bytes, the number, and NUL */

struct lines_server;
struct lines_peer;

struct lines_events {
	/* One request, without its line end; lent until return. */
	void	(*line)(void *arg, struct lines_peer *, const char *line);
	/* While a request is not finished: the peer has read all it was sent.  May be NULL. */
	void	(*drained)(void *arg, struct lines_peer *);
	/* The peer has gone: its pointer ends here. */
	void	(*closed)(void *arg, struct lines_peer *);
};

/*
 * Listens on path with mode 0660 and the group's gid ((gid_t)-1: ours); a
 * stale socket there is replaced, a live one is an error.  events and arg are
 * lent.  NULL: err.
 */
struct lines_server *lines_server_new(struct loop *, const char *path, gid_t group,
	    const struct lines_events *, void *arg, struct err *);
/* Cuts all peers (closed is called) and removes the socket.  NULL allowed. */
void	lines_server_free(struct lines_server *);
/* Queues text and a line end.  false: the peer reads too slowly and was cut soon. */
bool	lines_send(struct lines_peer *, const char *text, size_t len);
/* Bytes sent that the peer has not read: who has much to send waits for drained(). */
size_t	lines_unread(const struct lines_peer *);
/*
 * The descriptor that came with the request (SCM_RIGHTS), or the last one; the caller's.
 * -1: none did.  It may be of anything: a pipe, a directory, a device.
 */
int	lines_take_fd(struct lines_peer *);
/* The request is answered: the next one may come. */
void	lines_finish(struct lines_peer *);
uid_t	lines_peer_uid(const struct lines_peer *);
/*
 * Who that is now, for a record: "NAME (uid N)", for a number may be another's
 * one day; "uid N" if the system knows no (sound) name.  Returns out.
 */
const char *lines_peer_who(const struct lines_peer *, char out[LINES_WHO_SIZE]);
/* What the owner keeps with a peer. */
void	lines_set_data(struct lines_peer *, void *);
void	*lines_data(const struct lines_peer *);

#endif /* IO_LINES_SERVER_H */
