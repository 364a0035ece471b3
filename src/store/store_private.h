/* SPDX-License-Identifier: ISC */
/*
 * store_private.h -- the inside of the store, shared by store.c and store_open.c only.
 */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include "store/store.h"

#define STORE_ERROR_LOG_MS	10000	/* at most one log line of Redis's errors in that time */
#define STORE_REFUSED_TWICE_MS	500	/* between two refusals in a row: not of one burst */
#define STORE_LOST_GRACE_MS	1000	/* between two tries to open */

#define STORE_ID_BYTES		32	/* hexadecimal */
#define STORE_INSTANCE_MAX	72	/* with NUL */
#define STORE_LEASE_MAX		(STORE_ID_BYTES + 1 + STORE_INSTANCE_MAX)

/* Scripts of enum store_script, then those the store uses itself. */
enum {
	STORE_FENCED_LUA = STORE_SCRIPT_WRITE + 1, STORE_FENCE_LUA, STORE_META_LUA,
	STORE_ACCOUNT_LUA, STORE_SCRIPTS
};

struct store {
	struct loop	*loop;
	struct redis	*redis;
	struct store_options options;	/* its texts are the copies below */
	char		 prefix[KEYS_PREFIX_MAX + 1];
	char		 state_dir[400];
	char		 instance[STORE_INSTANCE_MAX];
	char		 id[STORE_ID_BYTES + 1];	/* of state_dir, in hex */
	struct store_events events;
	void		*arg;
	struct redis_script scripts[STORE_SCRIPTS];

	enum store_state state;
	char		 reason[256];
	bool		 opened;	/* has been OPEN once */
	bool		 was_reset;
	char		 epoch[STORE_EPOCH_MAX];
	int64_t		 fence;
	uint8_t		 hash_key[HASH_KEY_BYTES];
	uint64_t	 last_op;

	/* What store.json said at start. */
	char		 known_epoch[STORE_EPOCH_MAX];
	int64_t		 known_fence;

	char		(*fenced)[KEY_MAX];	/* owned: public keys with a fence */
	size_t		 fenced_count, fenced_taken;
	struct timer	 retry, lease;

	char		 last_error[200];
	uint64_t	 errors;
	char		 warning[STORE_WARNING_MAX];	/* of store_check.h; "" */
	int64_t		 last_error_logged_ms;
	/* Of each script: since when, and when last, Redis answered it with an error; 0: never. */
	struct store_refused { int64_t first_ms, last_ms; } refused[STORE_SCRIPTS];
	char		 refused_text[200];
};

/* Starts or repeats the opening; store_open.c. */
void	store_open_begin(struct store *);
void	store_end(struct store *, enum store_state, const char *reason);
void	store_check_fence(struct store *);
void	store_note_error(struct store *, const struct redis_reply *);

/* store_lease.c.  The id of state_dir, made if there is none.  -1: err. */
int	store_lease_init(struct store *, struct err *);
void	store_lease_key(const struct store *, key_buf out);
void	store_lease_renew(void *store);		/* now, and from then on */
/* That value stands there, of a daemon that lives: ends the store, FENCED. */
void	store_lease_held(struct store *, const char *value);

#endif /* STORE_STORE_PRIVATE_H */
