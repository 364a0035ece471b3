/* SPDX-License-Identifier: ISC */
/*
 * store_private.h -- the inside of the store, shared by the files of the store only.
 */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include <jansson.h>

#include "store/store.h"

#define STORE_ERROR_LOG_MS	10000	/* at most one log line of Redis's errors in that time */
#define STORE_REFUSED_TWICE_MS	500	/* between two refusals in a row: not of one burst */
#define STORE_LOST_GRACE_MS	1000	/* between two tries to open */
#define STORE_META_WATCH_MS	5000	/* between two looks whether meta is still ours */

#define STORE_EPOCHS_MAX	(16 * STORE_EPOCH_MAX + 1)	/* the latest ones, and NUL */
#define STORE_META_MAX		(3 * 64)	/* three short words */
#define STORE_ID_BYTES		32	/* hexadecimal */
#define STORE_INSTANCE_MAX	72	/* with NUL */
#define STORE_LEASE_MAX		(STORE_ID_BYTES + 1 + STORE_INSTANCE_MAX)

/* Scripts of enum store_script, then those the store uses itself. */
enum {
	STORE_FENCED_LUA = STORE_SCRIPT_STUCK + 1, STORE_FENCE_LUA, STORE_META_LUA,
	STORE_ACCOUNT_LUA, STORE_SCRIPTS
};

/* A hash slot we write to. */
struct store_slot {
	char		 fence[KEY_MAX];	/* its key */
	int64_t		 count;		/* the highest that an answer had; 0: none yet */
};
#define STORE_SLOT_NONE	SIZE_MAX

/* One question to slot after slot; the answers come in that order. */
struct store_round {
	bool		 running;
	bool		 looking;	/* compares the counts; else takes our place */
	bool		 failed;
	size_t		 sent, answered;	/* up to that slot */
	char		 why[200];	/* it failed, and is to be tried again; "": another way */
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
	bool		 wanted;	/* there is something to keep, or has been */
	bool		 unused_asked;	/* a question is under way, of the key at */
	size_t		 unused_at;
	bool		 unused_told;
	bool		 was_reset;
	char		 epoch[STORE_EPOCH_MAX];
	int64_t		 fence;
	/* meta as it was opened: schema, partitions, epoch; nothing else may stand there. */
	char		 meta[STORE_META_MAX];
	uint8_t		 hash_key[HASH_KEY_BYTES];
	uint64_t	 last_op;

	/* What store.json said at start, and counts.json. */
	char		 known_epoch[STORE_EPOCH_MAX];
	char		 epochs[STORE_EPOCHS_MAX];	/* that were ours, a blank behind each */
	char		 offered[STORE_EPOCH_MAX];	/* for a store that needs one; "" */
	int64_t		 known_fence;
	bool		 adopt;		/* whatever store there is */
	bool		 badges;	/* there are some, or have been */

	struct store_slot *slots;	/* owned */
	size_t		 slot_count;
	size_t		 taken;		/* that many have our number, from the first on */
	struct store_round round;
	json_t		*counts;	/* owned: fence -> count, of the last run; NULL: none */
	bool		 older;		/* a slot has a lower count than the last run saw */
	struct timer	 retry, lease;
	struct timer	 save;		/* of the counts */
	struct timer	 watch;		/* of meta */
	struct timer	 unused;	/* the next look, while it is */

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
void	store_try_again(struct store *, const char *why);	/* soon */
void	store_meta_take(struct store *);
void	store_opened(struct store *);
void	store_end(struct store *, enum store_state, const char *reason);
void	store_check_fence(struct store *);
void	store_note_error(struct store *, const struct redis_reply *);

/* store_unused.c.  Goes on with store_slots_look(), sooner or later. */
int	store_unused_init(struct store *, struct err *);	/* -1: err */
void	store_unused_look(struct store *);
void	store_unused_lost(struct store *);	/* the connection */

/* store_known.c */
int	store_known_read(struct store *, struct err *);	/* -1: err, it must not go on */
/* Before the epoch in offered is offered to the store.  -1: err. */
int	store_known_offer(struct store *, struct err *);
void	store_known_write(struct store *);	/* epoch and fence are ours */

/*
 * store_slots.c.  Keys in no partition, each with a fence of its own; then the
 * partitions, in order; then connectors.
 */
#define STORE_GLOBALS	4
#define STORE_SLOT_META	0	/* store_globals[0] */
extern const char *const store_globals[STORE_GLOBALS];
int	store_slots_init(struct store *, struct err *);	/* -1: err */
size_t	store_slot_find(const struct store *, const char *fence_key);	/* or STORE_SLOT_NONE */
/* Compares every count with the last run's, sets older, and goes on with store_meta_take(). */
void	store_slots_look(struct store *);
/* Takes our place in every slot, one script alone in each; then store_opened(). */
void	store_slots_take(struct store *);
void	store_slots_take_more(struct store *);	/* those that are left */
/* An answer of the slot had this count; one that is not higher ends the store, LOST. */
void	store_slot_answered(struct store *, size_t slot, int64_t count);
void	store_slot_older(struct store *, const char *fence_key);
void	store_counts_read(struct store *);	/* once known_epoch is read */
void	store_counts_forget(struct store *);	/* it is another store, or epoch */
void	store_counts_save(void *store);		/* under the epoch */

/* store_lease.c.  The id of state_dir, made if there is none.  -1: err. */
int	store_lease_init(struct store *, struct err *);
void	store_lease_renew(void *store);		/* now, and from then on */
/* That value stands there, of a daemon that lives: ends the store, FENCED. */
void	store_lease_held(struct store *, const char *value);

#endif /* STORE_STORE_PRIVATE_H */
