/* SPDX-License-Identifier: ISC */
/*
 * redis_int.h -- what redis.c (pipeline), redis_connect.c (address, greeting,
 * back-off) and redis_script.c share.  Nobody else includes it.
 */
#ifndef IO_REDIS_INT_H
#define IO_REDIS_INT_H

#include <event2/bufferevent.h>
#include <openssl/ssl.h>

#include "io/redis.h"
#include "io/redis_codec.h"
#include "io/resolve.h"

#define REDIS_NAME_MAX		(REDIS_HOST_MAX + 32)	/* scheme, brackets, port */
#define REDIS_REASON_MAX	256	/* bytes of a reason */
#define REDIS_GREETING_MAX	4	/* AUTH, SELECT, CLIENT SETNAME, PING */
#define REDIS_GRACE_MS		50	/* to read what waits already before a deadline counts */
#define REDIS_STABLE_MS		10000	/* READY that long: the back-off starts anew */
#define REDIS_BACKOFF_FLOOR_MS	10	/* jitter never makes a busy loop */

/* A command whose reply is still to come. */
struct pending {
	redis_fn	*fn;		/* NULL: nobody cares */
	void		*arg;
	int64_t		 deadline_ms;	/* loop_now_ms() */
	const struct redis_script *script;	/* of an EVALSHA, else NULL */
	char		*command;	/* owned; the EVALSHA as sent, else NULL */
	size_t		 command_len;
};

struct redis {
	struct loop		*loop;
	struct redis_events	 events;
	void			*arg;
	struct redis_url	 url;
	char			 name[REDIS_NAME_MAX];
	char			*username, *password, *client_name;	/* owned or NULL */
	int64_t			 connect_ms, command_ms;
	int64_t			 reconnect_min_ms, reconnect_max_ms;
	SSL_CTX			*tls;		/* owned; NULL without TLS */

	enum redis_state	 state;
	char			 reason[REDIS_REASON_MAX];
	unsigned		 failures;	/* since the last stable connection */
	int64_t			 ready_since_ms;
	unsigned		 depth;		/* callbacks of ours on the stack */
	bool			 dying;		/* freed when depth falls to 0 */

	struct timer		 attempt;	/* back-off, then the connect timeout */
	struct resolve		*resolve;
	struct resolve_addr	 addrs[RESOLVE_ADDRS_MAX];
	size_t			 addr_count, addr_left;
	size_t			 addr_next;	/* counts on over attempts */
	int			 connect_errno;
	int			 fd;		/* connecting; -1: none, or bev's */
	struct event		*connecting;
	struct bufferevent	*bev;

	struct redis_codec	*codec;
	struct pending		*ring;		/* owned; ring_size places */
	size_t			 ring_size, ring_first, in_flight;
	size_t			 in_flight_max;	/* of callers; <= ring_size */
	size_t			 kept_bytes;	/* of the commands kept */
	size_t			 held;		/* replies until commands are taken again */
	bool			 starved;	/* a command was refused for want of room */
	struct timer		 deadline;	/* the oldest command's */
	bool			 grace;		/* its deadline passed once */
	char			 doomed[REDIS_REASON_MAX];	/* drop soon; "" no */
};

/* --- redis.c ---------------------------------------------------------------- */

/* Around every callback from the loop; r may be gone after redis_leave(). */
void	redis_enter(struct redis *);
void	redis_leave(struct redis *);
/* Ends connection or attempt and arms the next: callbacks, then the event. */
void	redis_drop(struct redis *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	redis_set_state(struct redis *, enum redis_state);
/* True, and on_drain is owed, if a caller's command cannot be taken now. */
bool	redis_refuse(struct redis *);
/*
 * Queues formatted bytes whatever the state, if there is a connection and room
 * in the ring.  A script's command is kept, and owned from here on if 0 is
 * returned; of others bytes are copied.  -1: the connection is doomed.
 */
int	redis_push(struct redis *, const struct pending *, const char *bytes,
	    size_t len);
/* The same from arguments, for the greeting: -1 or -2 as redis_command(). */
int	redis_push_argv(struct redis *, int64_t timeout_ms, redis_fn *fn,
	    void *arg, size_t argc, const char *const *argv, const size_t *argvlen);
void	redis_on_read(struct bufferevent *, void *arg);

/* --- redis_connect.c -------------------------------------------------------- */

/* Fires on both timers of an attempt: its start and its end. */
void	redis_on_attempt(void *arg);
/* Closes whatever of an attempt or connection is open. */
void	redis_disconnect(struct redis *);
int64_t	redis_backoff_ms(const struct redis *);

/* --- redis_script.c --------------------------------------------------------- */

/* Sends the EVAL for a kept EVALSHA and frees that.  -1: doomed. */
int	redis_script_retry(struct redis *, struct pending *);

#endif /* IO_REDIS_INT_H */
