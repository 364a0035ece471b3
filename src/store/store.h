/* SPDX-License-Identifier: ISC */
/*
 * store.h -- Redis as the daemon sees it: opened with an epoch and a fencing
 * number, read freely, written only by scripts that check the fence of their
 * slot.  Without a url it stays UNCONFIGURED.  One that nobody has used is left
 * as it is, UNUSED, until store_want() or the first command in a stream.
 *
 *	            meta read, fences taken         connection lost
 *	CONNECTING -------------------------> OPEN ----------------> CONNECTING
 *	                                        | fence, count or epoch is
 *	                                        | not what we left
 *	                                        v
 *	         LOST (rolled back), FENCED (another writer) or REFUSED
 *
 * FENCED it is also when the lease of another daemon, one that lives, is found.
 *
 * Those three are final: nothing is written any more, the next start
 * settles it.  After a lost connection epoch, fences and counts are compared
 * before anything else; every outcome that is unknown then is STORE_RETRY.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "io/redis.h"
#include "store/keys.h"

#define STORE_SCHEMA_MAJOR	1
#define STORE_SCHEMA		"1.0"
#define STORE_EPOCH_MAX		33
#define STORE_WARNING_MAX	256
#define STORE_FENCED_KEYS_MAX	(1024 + 80)	/* partitions, connectors and three more */
/* commands; more than all our own bounds together */
#define STORE_IN_FLIGHT		1024
#define STORE_REFUSAL_MS	4000	/* four times as often as writes are tried again */

enum store_state {
	STORE_CONNECTING = 0, STORE_UNCONFIGURED, STORE_UNUSED, STORE_OPEN,
	STORE_IS_LOST, STORE_IS_FENCED, STORE_IS_REFUSED
};

enum store_outcome {
	STORE_OK = 0,
	STORE_STALE,	/* another version of the badge is there */
	STORE_DUP,	/* that command was applied before */
	STORE_FULL,	/* a number has too many records, or a partition stuck commands */
	STORE_NOGROUP,	/* the consumer group is gone */
	STORE_TYPE,	/* a key has another type than ours; nothing was written, nothing read */
	STORE_RETRY,	/* not now; the effect is unknown and a repeat harmless */
	STORE_ENDED	/* LOST, FENCED or REFUSED: give up */
};

/* reply: lent, never NULL; of kind LOST with RETRY and ENDED. */
typedef void store_fn(void *arg, enum store_outcome, const struct redis_reply *reply);

struct store_options {
	/* strings lent until store_new() returns; a url without host and path: UNCONFIGURED */
	struct redis_options redis;
	const char	*prefix;	/* copied */
	unsigned	 partitions;
	/* of store.json and counts.json: what was last written there; of id, by which a lease is
	 * known; copied */
	const char	*state_dir;
	const char	*instance;	/* name of the lease's holder, for people; copied */
	int64_t		 lease_ms;	/* how long a silent daemon stays the writer */
};

struct store_events {
	/* Open for the first time, or again after a lost connection. */
	void	(*on_open)(void *arg, bool first);
	void	(*on_lost)(void *arg, const char *reason);
	/* It is UNUSED, and looked at until there is a command for it; told once. */
	void	(*on_unused)(void *arg);
	/* LOST, FENCED or REFUSED (unknown schema, other partitions). */
	void	(*on_ended)(void *arg, enum store_state, const char *reason);
};

struct store;

struct store	*store_new(struct loop *, const struct store_options *,
		    const struct store_events *, void *arg, struct err *);
struct store	*store_free(struct store *);	/* NULL allowed; returns NULL */
enum store_state store_state(const struct store *);
bool		 store_is_idle(const struct store *);	/* UNCONFIGURED or UNUSED */
bool		 store_is_up(const struct store *);	/* OPEN, or UNUSED: Redis can be used */
const char	*store_reason(const struct store *);	/* why it is not OPEN; "" */
/* There is something to keep in it: it is initialised if it never was. */
void		 store_want(struct store *);
/* Adds a public key whose slot gets a fence; before store_new()'s loop runs, or later (then taken
 * at once). */
int		 store_fence_key(struct store *, const char *public_key);

const char	*store_prefix(const struct store *);
unsigned	 store_partitions(const struct store *);
const char	*store_epoch(const struct store *);	/* valid once OPEN */
int64_t		 store_fence(const struct store *);
const uint8_t	*store_hash_key(const struct store *);	/* HASH_KEY_BYTES; valid once OPEN */
/* hash64() under that key: of a text, of any bytes. */
uint64_t	 store_hash(const struct store *, const char *text);
uint64_t	 store_hash_bytes(const struct store *, const void *data, size_t len);
/*
 * What opening found: the store was empty or older although we knew one, now or at
 * an earlier start, and not every badge was decided anew since.
 */
bool		 store_was_reset(const struct store *);
/* There are badges in it: an empty one in its place would be refused. */
void		 store_has_badges(struct store *);
/*
 * The next start takes whatever store it finds, as one that came back older: a new
 * epoch, every badge decided anew.  The caller has the lock of state_dir.  -1: err.
 */
int		 store_adopt(const char *state_dir, struct err *);
/*
 * The key WHAT beside meta: fence, lease, reset... "rules" is the hash of those that
 * badges were decided by, "rebuild" from a new epoch on until all are decided anew.
 */
const char	*store_meta_key(const struct store *, const char *what, key_buf);

/* A read.  fn is always called, from the loop; STORE_OK, TYPE, RETRY or ENDED. */
void	store_read(struct store *, store_fn *, void *arg, size_t argc, const char *const *argv);

/*
 * A fenced write of plain commands.  Words are copied; a failure to grow is
 * remembered and makes send answer STORE_RETRY.
 */
struct store_txn {
	char	**words;	/* owned */
	size_t	  word_count, word_cap;
	key_buf	  keys[8];	/* [0] the fence */
	size_t	  key_count;
	bool	  failed;
};
/* public_key: whose slot's fence is checked (already a full key name). */
void	store_txn_begin(struct store *, struct store_txn *, const char *public_key);
/* The same for the slot of partition p. */
void	store_txn_begin_partition(struct store *, struct store_txn *, unsigned p);
/* Declares a key that the commands touch. */
void	store_txn_key(struct store_txn *, const char *key);
/* Appends one command of argc words. */
void	store_txn_cmd(struct store_txn *, size_t argc, const char *const *argv);
/* Sends and frees it.  Results start at element 2 of the reply. */
void	store_txn_send(struct store *, struct store_txn *, store_fn *, void *arg);

/* For an answer that nobody waits for. */
store_fn store_ignore;

/* After STORE_TYPE of a script: element 2 of its reply is the key's name. */
enum store_script {
	STORE_SCRIPT_STAGE, STORE_SCRIPT_CLAIMS, STORE_SCRIPT_WRITE, STORE_SCRIPT_STUCK
};
/*
 * Runs a script whose ARGV[1] to [3] are those of head.lua; args start at
 * ARGV[4].  keys[0] must be the fence.  arglens as in redis_eval().
 */
void	store_run(struct store *, enum store_script, store_fn *, void *arg,
	    const char *const *keys, size_t nkeys,
	    const char *const *args, size_t nargs);

/* An orderly stop: who waits for our place may have it at once.  The last write. */
void	store_release(struct store *);

/* What is unsafe about this Redis though it can be used; "": nothing. */
const char	*store_warning(const struct store *);
/*
 * Why Redis refuses writes (OOM, MISCONF, a right that is gone): its words,
 * escaped; "": it takes them.  Told when one script is refused a second time,
 * so not of an error that passes.  Whoever wants to write tries again every
 * second: when nobody has been refused for STORE_REFUSAL_MS, it is over.
 */
const char	*store_refusal(const struct store *);
/* Whether it is open and refuses no writes: what fails then is not its fault. */
bool	store_takes_writes(const struct store *);
/* Error replies of Redis so far. */
uint64_t	store_errors(const struct store *);
/* For messages and health: commands waiting for a reply. */
size_t	store_in_flight(const struct store *);

#endif /* STORE_STORE_H */
