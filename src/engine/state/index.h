/* SPDX-License-Identifier: ISC */
/*
 * index.h -- every badge in memory, in the few words that say when it must be
 * decided again: by id, by what its claim may match, by when time is up.
 *
 * The badges themselves are in Redis; the index is rebuilt from them at start
 * and follows every write.
 */
#ifndef ENGINE_INDEX_H
#define ENGINE_INDEX_H

#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "base/heap.h"
#include "core/badge.h"

#define INDEX_KINDS_MAX	1024	/* members choose the words: those beyond are counted together */

struct index;
struct index_key;

/* What of body and type; together, so that they are one key of a table. */
struct index_kind_name {
	char		 body[33];
	char		 type[17];	/* "" : none */
};

/* How many badges there are of one body and type.  Owned by the index. */
struct index_kind {
	struct index_kind_name name;	/* of those beyond INDEX_KINDS_MAX both "" */
	size_t		 badges;
	size_t		 by_status[BADGE_STATUS_COUNT];
	size_t		 cases, unconfirmed;
	UT_hash_handle	 hh;
};

/* One badge.  Owned by the index; lent until it is removed. */
struct index_badge {
	char		 id[BADGE_ID_MAX + 1];
	char		 profile[BADGE_ID_MAX + 1];
	char		 body[33];	/* this and type by index_set_kind() */
	char		 type[17];	/* "" : none */
	struct index_kind *kind;	/* never NULL */
	uint64_t	 holder;	/* hash of the holder's id */
	unsigned	 category;	/* CS_CATEGORY_* bit */
	enum badge_status status;
	enum badge_reason reason;
	bool		 has_case;	/* this and the next by index_set_marks() */
	bool		 unconfirmed;	/* past its day, waiting for evidence */
	/* another connector is asked, or has been, whether it is gone */
	bool		 confirming;
	bool		 claiming;	/* a write to verified is under way */
	bool		 hidden;
	bool		 doubt;		/* a write has had no answer: it may be stored otherwise */
	struct heap_node due;		/* next_check_s, if any */
	struct heap_node confirm;	/* since when that connector's word is awaited, if it is */
	struct index_key *keys;		/* owned array: what the claim may match */
	size_t		 key_count;
	struct index_badge *profile_next, *profile_prev; /* of the same profile */
	UT_hash_handle	 hh;
};

struct index	*index_new(void);		/* NULL: no memory */
struct index	*index_free(struct index *);	/* NULL allowed; returns NULL */

struct index_badge *index_find(const struct index *, const char *id);
/* The badge called id, added if it is not there.  NULL: no memory. */
struct index_badge *index_add(struct index *, const char *id, const char *profile);
void	 index_remove(struct index *, struct index_badge *);
size_t	 index_count(const struct index *);
size_t	 index_count_status(const struct index *, enum badge_status);
/* Sets the status and keeps the counts. */
void	 index_set_status(struct index *, struct index_badge *, enum badge_status);
/* Sets body and type (NULL: none), and the two marks; they keep the counts. */
void	 index_set_kind(struct index *, struct index_badge *, const char *body, const char *type);
void	 index_set_marks(struct index *, struct index_badge *, bool has_case, bool unconfirmed);
/* Calls fn for each body and type that has badges. */
typedef void index_kind_fn(void *arg, const struct index_kind *);
void	 index_each_kind(const struct index *, index_kind_fn *, void *arg);
size_t	 index_count_cases(const struct index *);

/* Replaces what the badge may match: hashes of its number and aliases.  -1: no memory,
 * unchanged. */
int	 index_set_keys(struct index *, struct index_badge *, const uint64_t *, size_t n);
uint64_t index_key_at(const struct index_badge *, size_t i);	/* i < key_count */
/* Calls fn for each badge that has the key; fn may not add or remove badges. */
typedef void index_fn(void *arg, struct index_badge *);
void	 index_each_key(const struct index *, uint64_t key, index_fn *, void *arg);
void	 index_each(const struct index *, index_fn *, void *arg);
/* The first badge of a profile (go on by profile_next), or NULL; and how many it has. */
struct index_badge *index_profile_first(const struct index *, const char *profile);
size_t	 index_profile_count(const struct index *, const char *profile);

/* When time alone may change it; 0: never.  false: no memory. */
bool	 index_set_due(struct index *, struct index_badge *, int64_t unix_s);
/* Notes what is to be confirmed of the badge.  false: no memory. */
bool	 index_set_confirm(struct index *, struct index_badge *, const struct badge_confirm *);
/* Badges that wait for another connector's word, and the oldest's since; 0: none. */
size_t	 index_confirming(const struct index *, int64_t *oldest_s);
/* The badge due first, or NULL. */
struct index_badge *index_next_due(const struct index *);

#endif /* ENGINE_INDEX_H */
