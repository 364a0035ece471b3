/* SPDX-License-Identifier: ISC */
/*
 * redis.h -- one connection to Redis on the event loop.
 *
 * A struct redis keeps one connection to one address: it connects, greets
 * (AUTH, SELECT, CLIENT SETNAME, PING), carries a bounded pipeline of commands,
 * and connects again after every loss, with exponential back-off and full
 * jitter, until it is freed.  There is no global state: routing over several
 * connections (Sentinel, Cluster) belongs to a layer above.
 *
 *	                 name resolved        connected, TLS verified
 *	WAITING --> RESOLVING --> CONNECTING --> GREETING --> READY
 *	   ^            |             |              | PONG      |
 *	   +------------+-------------+--------------+-----------+
 *	     any error, EOF, deadline; left after the back-off
 *
 * What a caller may rely on:
 *
 * - Every command that was accepted has its callback called exactly once, in
 *   the order of the commands, with Redis's reply or with kind LOST.
 * - LOST says nothing about the effect: Redis may or may not have run the
 *   command.  Send it again only if a repeat is harmless.
 * - A reply later than its deadline, a reply nobody asked for, bytes that are
 *   not RESP2, or a reply over a limit end the connection: after that no reply
 *   could be matched with its command for sure.
 * - A READONLY or LOADING error reaches its callback, then the connection is
 *   dropped and tried again later: this server cannot serve us now.
 * - Callbacks run from the loop only, never inside redis_command(); inside
 *   redis_free() only those of outstanding commands run.  A callback may do
 *   anything, redis_free() included.
 * - Nothing here blocks: names are resolved by evdns, and without a name
 *   server a host name is refused.
 *
 * hiredis is used as codec only (redis_codec.c), TLS is OpenSSL's with peer and
 * host verified (redis_tls.c).  redis_new() ignores SIGPIPE in this process if
 * nothing else was decided for it.  Passwords are in no message.
 */
#ifndef IO_REDIS_H
#define IO_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/loop.h"

/* --- where and how ---------------------------------------------------------- */

#define REDIS_PORT		6379
#define REDIS_DB_MAX		65535
#define REDIS_HOST_MAX		254	/* a DNS name with NUL (RFC 1035, 2.3.4) */
#define REDIS_PATH_MAX		108	/* sun_path with NUL */

struct redis_url {
	char		host[REDIS_HOST_MAX];	/* name or numeric; "" with path */
	uint16_t	port;
	char		path[REDIS_PATH_MAX];	/* Unix socket; "" with host */
	int		db;			/* 0..REDIS_DB_MAX */
	bool		tls;
};

/*
 * redis://HOST[:PORT][/DB], rediss://HOST[:PORT][/DB] (TLS) and
 * unix:///PATH[?db=DB]; an IPv6 address stands in brackets.
 * -1: err says what is wrong; a user or password in the URL is refused, and
 * err never repeats the URL, which might hold one.
 */
int	redis_url_parse(const char *url, struct redis_url *out, struct err *);

/* bytes; a page of any read of ours is far smaller */
#define REDIS_REPLY_MAX		(4 << 20)
#define REDIS_IN_FLIGHT		256	/* commands; enough to hide a round trip */
#define REDIS_IN_FLIGHT_MAX	65536
#define REDIS_COMMAND_MAX	(8 << 20)	/* bytes of one command */
#define REDIS_ARGS_MAX		65536	/* of one command */
#define REDIS_QUEUED_MAX	(16 << 20)	/* bytes unsent or kept for EVAL */
#define REDIS_TIMEOUT_MAX_MS	(24 * 3600 * 1000)

struct redis_options {
	struct redis_url	 url;
	const char		*username;	/* NULL: the default user */
	const char		*password;	/* NULL: no AUTH */
	const char		*client_name;	/* CLIENT SETNAME; NULL: none */
	const char		*ca_file;	/* PEM; NULL: the system's */
	const char		*cert_file;	/* PEM chain of ours; NULL: none */
	const char		*key_file;	/* PEM without pass phrase */
	int64_t			 connect_timeout_ms;	/* until READY; 5,000 */
	int64_t			 command_timeout_ms;	/* 2,000 */
	int64_t			 reconnect_min_ms;	/* 100 */
	int64_t			 reconnect_max_ms;	/* 10,000 */
	size_t			 in_flight_max;		/* REDIS_IN_FLIGHT */
	size_t			 reply_max_bytes;	/* REDIS_REPLY_MAX, as framed */
};

/* Sets the defaults above; url must still be filled. */
void	redis_options_init(struct redis_options *);

/* --- replies ---------------------------------------------------------------- */

enum redis_kind {
	REDIS_KIND_NIL,
	REDIS_KIND_STATUS,
	REDIS_KIND_STRING,
	REDIS_KIND_INTEGER,
	REDIS_KIND_ARRAY,
	REDIS_KIND_ERROR,
	REDIS_KIND_LOST		/* no reply came: the outcome is unknown */
};

/* The first word of an error reply. */
enum redis_error {
	REDIS_E_NONE,		/* the reply is no error */
	REDIS_E_NOSCRIPT,
	REDIS_E_LOADING,
	REDIS_E_READONLY,
	REDIS_E_MASTERDOWN,
	REDIS_E_BUSY,
	REDIS_E_OOM,
	REDIS_E_MISCONF,
	REDIS_E_NOREPLICAS,
	REDIS_E_NOAUTH,
	REDIS_E_WRONGPASS,
	REDIS_E_NOPERM,
	REDIS_E_WRONGTYPE,
	REDIS_E_MOVED,
	REDIS_E_ASK,
	REDIS_E_CLUSTERDOWN,
	REDIS_E_TRYAGAIN,
	REDIS_E_CROSSSLOT,
	REDIS_E_NOGROUP,
	REDIS_E_BUSYGROUP,
	REDIS_E_OTHER
};

/* Replies and all that hangs on them are lent until the callback returns. */
struct redis_reply;

enum redis_kind	 redis_reply_kind(const struct redis_reply *);
enum redis_error redis_reply_error(const struct redis_reply *);
/* "NOSCRIPT"; "none" and "other" for those two. */
const char	*redis_error_name(enum redis_error);
/*
 * Text of a string, status or error, with a NUL after it; NULL for other kinds.
 * It is foreign and may hold NULs: *len (may be NULL) is its length.
 */
const char	*redis_reply_str(const struct redis_reply *, size_t *len);
/* True for a string or status that is exactly s. */
bool		 redis_reply_is(const struct redis_reply *, const char *s);
/* The reply that never came, of kind LOST; for layers above that answer for themselves. */
const struct redis_reply *redis_reply_lost(void);
/* False, *out untouched: not of kind integer. */
bool		 redis_reply_int(const struct redis_reply *, int64_t *out);
/* Elements of an array, 0 for other kinds. */
size_t		 redis_reply_count(const struct redis_reply *);
/* Element i; a reply of kind nil if there is none.  Never NULL. */
const struct redis_reply *redis_reply_at(const struct redis_reply *, size_t i);
/*
 * The value after name in an array of names and values (HGETALL, the fields of
 * a stream entry); a reply of kind nil if there is none.  Never NULL.
 */
const struct redis_reply *redis_reply_field(const struct redis_reply *,
		    const char *name);

/* --- the connection --------------------------------------------------------- */

enum redis_state {
	REDIS_STATE_WAITING,
	REDIS_STATE_RESOLVING,
	REDIS_STATE_CONNECTING,
	REDIS_STATE_GREETING,
	REDIS_STATE_READY
};

/* Any of them may be NULL.  reason is lent, one line, fit for a log. */
struct redis_events {
	/* Commands are accepted from now on. */
	void	(*on_ready)(void *arg);
	/* A connection that was READY ended; its callbacks have been called. */
	void	(*on_lost)(void *arg, const char *reason);
	/* An attempt ended without being READY.  Another one follows. */
	void	(*on_failed)(void *arg, const char *reason);
	/* After a refusal for want of room: half of the pipeline is free. */
	void	(*on_drain)(void *arg);
};

struct redis;

/*
 * options and events are copied, TLS files read at once; loop and arg are lent
 * and must outlive it.  The first attempt starts from the loop.  NULL: err
 * (bad option, unreadable certificate, host name without name server).
 */
struct redis	*redis_new(struct loop *, const struct redis_options *,
		    const struct redis_events *, void *arg, struct err *);
/*
 * Calls the callbacks of outstanding commands with LOST, no event.  Allowed
 * inside callbacks, NULL is allowed.  Returns NULL.
 */
struct redis	*redis_free(struct redis *);
enum redis_state redis_state(const struct redis *);
const char	*redis_state_name(enum redis_state);
/* "redis://127.0.0.1:6379": lent, without secrets, for messages. */
const char	*redis_name(const struct redis *);
/* Why the last connection or attempt ended; "" if none did.  Lent. */
const char	*redis_last_reason(const struct redis *);
/*
 * Ends the connection from the loop as if it had been lost, e.g. after a reply
 * that belongs to another command.  why is copied.
 */
void		 redis_reset(struct redis *, const char *why);

/* --- commands --------------------------------------------------------------- */

typedef void	redis_fn(void *arg, const struct redis_reply *);

/* Commands accepted now: 0 when not READY or full. */
size_t	redis_room(const struct redis *);
size_t	redis_in_flight(const struct redis *);
/*
 * Queues one command.  argvlen NULL: every argument ends at its NUL.  All is
 * copied.  fn may be NULL.  The deadline counts from now but is never earlier
 * than that of the command before, since replies come in order.
 *  0: accepted, fn will be called.
 * -1: not now; on_ready or on_drain says when.  fn will not be called.
 * -2: never: no argument, or over REDIS_ARGS_MAX or REDIS_COMMAND_MAX.
 */
int	redis_command(struct redis *, redis_fn *fn, void *arg, size_t argc,
	    const char *const *argv, const size_t *argvlen);
/*
 * The same with its own deadline, 1..REDIS_TIMEOUT_MAX_MS, for commands that
 * wait in Redis (XREADGROUP BLOCK).  Commands behind one wait with it: give
 * blocking reads a connection of their own.
 */
int	redis_command_within(struct redis *, int64_t timeout_ms, redis_fn *fn,
	    void *arg, size_t argc, const char *const *argv, const size_t *argvlen);

/* --- scripts ---------------------------------------------------------------- */

struct redis_script {
	const char	*source;	/* lent */
	char		 sha1[41];	/* lower-case hex */
};

/* -1: the crypto library refused. */
int	redis_script_init(struct redis_script *, const char *source);
/*
 * EVALSHA, and EVAL once if Redis does not know the script; fn sees the final
 * reply only.  script is lent until then.  arglens NULL: arguments end at NUL.
 * Returns as redis_command().
 *
 * An EVAL runs behind commands that were in flight; calls of scripts unknown to
 * Redis keep their order among each other, and new commands wait meanwhile.
 */
int	redis_eval(struct redis *, const struct redis_script *, redis_fn *fn,
	    void *arg, const char *const *keys, size_t nkeys,
	    const char *const *args, const size_t *arglens, size_t nargs);

#endif /* IO_REDIS_H */
