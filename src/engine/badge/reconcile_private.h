/* SPDX-License-Identifier: ISC */
/*
 * reconcile_private.h -- one reconciliation under way, shared by reconcile.c
 * (reading and deciding), _records and _connectors (what is known of the claim),
 * _confirm, _guard, _write and _index only.
 */
#ifndef ENGINE_RECONCILE_PRIVATE_H
#define ENGINE_RECONCILE_PRIVATE_H

#include "base/arena.h"
#include "core/name_key.h"
#include "core/transition.h"
#include "engine/badge/reconcile.h"
#include "engine/registry/registry.h"

/* that cover one body; more is a configuration of another kind */
#define RECONCILE_REGISTRIES_MAX 8
#define RECONCILE_CONFIRM	RECONCILE_REGISTRIES_MAX /* place of the one that only confirms */
#define RECONCILE_FIELDS_MAX	40	/* number hashes one claim may match in one registry */
#define RECONCILE_RECORDS_MAX	256
#define RECONCILE_NAMES_MAX	(2 * NAME_KEYS_MAX) /* keys of a claim's names */
#define RECONCILE_RECHECK_S	60	/* least time between two checks by time alone */
#define RECONCILE_TRIES_MAX	5	/* versions that changed under us */
/* a badge, and 256 records of 4 KiB in two forms */
#define RECONCILE_ARENA_MAX	((size_t)16 << 20)
#define RECONCILE_TOMB_SECONDS	"34560000"	/* 400 days */

/* What one registry may know of the claim. */
struct reach {
	struct registry	*registry;
	uint64_t	 fields[RECONCILE_FIELDS_MAX];
	size_t		 count;
	char		 number[CS_NUMBER_MAX + 1];	/* normalised; "" if it cannot be */
	/* what a list without numbers is asked for instead */
	char		 names[RECONCILE_NAMES_MAX][NAME_KEY_BYTES];
	size_t		 name_count;
	const char	*mirror[RECONCILE_FIELDS_MAX];	/* lines, or NULL */
	const char	*staged[RECONCILE_FIELDS_MAX];
};

struct reconcile {
	struct engine	*engine;
	enum reconcile_op op;
	char		 badge[BADGE_ID_MAX + 1];
	char		 profile[BADGE_ID_MAX + 1];
	char		 poll[64], entry_id[48];
	char		 stuck[64];	/* "": the command is in its stream */
	char		 mark[72];	/* round and id of the command, for write.lua */
	const char	*stream;
	enum badge_cause cause;
	const struct claim *put;	/* lent */
	reconcile_fn	*fn;
	void		*arg;
	bool		 explain;
	int64_t		 at_s;		/* 0: now */
	struct reconcile_dry *dry;	/* lent; NULL: what is decided is written */

	struct arena	*arena;
	unsigned	 tries;
	unsigned	 partition;
	size_t		 outstanding;
	bool		 failed, ended;	/* what was to be read; the store is over */
	bool		 fault;	/* the key of its tombstone is of another type */
	bool		 lacking;	/* memory */
	bool		 exists;
	struct badge	 before;
	char		 commit[24];	/* number of its last commit; "0": none */
	int64_t		 tomb_version, tomb_rev;	/* 0 and -1: no tombstone */
	struct claim	 claim;		/* as it is to be */
	bool		 edited;
	uint64_t	 generation;	/* that reach belongs to: a reload frees registries */
	struct reach	 reach[RECONCILE_REGISTRIES_MAX + 1];
	size_t		 reach_count;
	struct decide_connector connectors[RECONCILE_REGISTRIES_MAX];
	struct decide_record records[RECONCILE_RECORDS_MAX];
	size_t		 record_count;
	struct decide_record named[RECONCILE_RECORDS_MAX]; /* of lists without numbers */
	size_t		 named_count;
	/* reach[RECONCILE_CONFIRM] is asked before an absence counts */
	bool		 confirms;
	struct decide_confirm confirm;
	struct confirm_row confirm_rows[RECONCILE_RECORDS_MAX];
	struct decision	 decision;
	struct transition transition;
	unsigned	 event_count;	/* in the write under way */
	struct work_group *const *group;	/* lent; NULL: none */
	const char	*actor, *plan;	/* of an approved change; in arena, or NULL */
	bool		 strike;	/* what waits of the badge is done or no longer true */
	char		 reserved[33];	/* whose guard let it pass by itself; "" */
	char		 reserved_type[17];
	bool		 added;		/* to the index, for this new badge */
	bool		 read;		/* what is stored is known: exists, before */
};

/* Ends it: tells fn and frees it. */
void	reconcile_finish(struct reconcile *, enum reconcile_result, const char *text);
/*
 * reconcile_guard.c: decides and makes the transition; a change for the worse
 * that must wait becomes none.  -1: no memory.
 */
int	reconcile_guard(struct reconcile *, const struct decide_input *, struct transition_input *);
/* The same for a dry run: ends it with what would be written. */
void	reconcile_guard_dry(struct reconcile *, const struct decide_input *,
	    struct transition_input *);
/* The same, when it ends: what waits is struck, what passed is counted. */
void	reconcile_guard_end(struct reconcile *, enum reconcile_result);
/* Reads everything again: another version was there. */
void	reconcile_again(struct reconcile *);
/* Writes the transition, or the erasure; finishes or tries again. */
void	reconcile_write(struct reconcile *);
void	reconcile_write_erase(struct reconcile *);
/* The cause as told: the first verdict after the store was lost is none of claim or poll. */
enum badge_cause reconcile_cause(const struct reconcile *);
/* reconcile_records.c: which fields of a registry's mirror the claim's number and aliases lead
 * to. */
void	reconcile_reach_init(struct reach *, struct registry *, const struct claim *);
/* Adds the keys of the claim's names to keys; how many there are. */
size_t	reconcile_claim_names(const struct claim *, char keys[RECONCILE_NAMES_MAX][NAME_KEY_BYTES]);
/* What every source says of the claim, for decide(), once all is read; r->failed: it cannot be
 * used; r->lacking: not now. */
void	reconcile_collect(struct reconcile *, int64_t now_s);
/* reconcile_connectors.c: what the rules are told of any registry, but for what it says of the
 * badge. */
void	reconcile_connector_fill(struct decide_connector *, const struct registry *, int64_t now_s);
/* What they are told of connector number `at`. */
void	reconcile_connector_tell(struct reconcile *, size_t at, int64_t now_s);
/* Whether every registry that could list the claim has lacked it often enough. */
bool	reconcile_absence_counts(const struct reconcile *);
/* And what connector number `at` knows by asking for the number itself. */
void	reconcile_lookup_fill(struct reconcile *, size_t at);
/* Nobody knows the number: the registries that can be asked for it are. */
void	reconcile_lookup_want(struct reconcile *);
/* When the deciding evidence was fetched: a look-up may be newer than the list. */
int64_t	reconcile_seen_s(const struct reconcile *);
/*
 * reconcile_confirm.c: whether the registry decides nothing of this claim, as
 * another that covers it names it in `confirm`; the same for one record of a
 * registry that decides other types of a claim without type.
 */
bool	reconcile_only_confirms(const struct reconcile *, const struct registry *);
bool	reconcile_row_only_confirms(const struct reconcile *, const struct registry *,
	    const struct record *);
/* Which registry is to confirm an absence of this badge, once reach[] is known.  NULL: none. */
struct registry *reconcile_confirmer(const struct reconcile *);
/* A record of that registry.  false: there are too many. */
bool	reconcile_confirm_add(struct reconcile *, const struct record *,
	    const char *line, size_t len);
/* What the rules are told of it, its records apart. */
void	reconcile_confirm_fill(struct reconcile *, int64_t now_s);
/* Has the number looked up there if the decision waits for that. */
void	reconcile_confirm_want(struct reconcile *);
const char *reconcile_tomb_key(const struct reconcile *, key_buf);
/* reconcile_index.c: the badge is stored so; it is gone; nothing was to be written. */
void	reconcile_index_follow(struct reconcile *, const struct badge *after);
/* The badge has been read: if there was doubt, the index follows what is stored. */
void	reconcile_index_settle(struct reconcile *);
void	reconcile_index_drop(struct engine *, struct index_badge *);
void	reconcile_index_due(struct engine *, struct index_badge *, const struct badge *);

#endif /* ENGINE_RECONCILE_PRIVATE_H */
