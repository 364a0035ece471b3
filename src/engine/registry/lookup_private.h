/* SPDX-License-Identifier: ISC */
/*
 * lookup_private.h -- the numbers looked up at one registry, shared by lookup.c
 * (asking) and lookup_known.c (what is known of them) only.
 */
#ifndef ENGINE_LOOKUP_PRIVATE_H
#define ENGINE_LOOKUP_PRIVATE_H

#include "base/hash.h"

#include <uthash.h>

#include "engine/registry/lookup.h"

#define LOOKUP_BATCH_MAX	100	/* numbers at a time, whatever the plug-in takes */
/* records of one answer; SBS has seven kinds of certification */
#define LOOKUP_TOLD_MAX		12

enum number_state { NUMBER_WANTED = 0, NUMBER_RUNNING, NUMBER_ANSWERED };

struct lookup_number {
	uint64_t	 hash;
	char		 text[CS_NUMBER_MAX + 1];
	enum number_state state;
	unsigned	 tries;		/* that failed */
	bool		 put_off;	/* no request can be made soon: decisions do not wait */
	int64_t		 failed_s;	/* when it was given up; 0: it was not */
	bool		 confirms;	/* wanted although a list may have it */
	int64_t		 after_s;	/* an answer of before is none */
	int64_t		 answered_s;
	int64_t		 asked_s;	/* when the question that was answered was put */
	bool		 absent;	/* nothing was found */
	/* What the answer was, or is so far. */
	uint64_t	 told[LOOKUP_TOLD_MAX];	/* hashes of the records' texts */
	size_t		 told_count;
	bool		 too_many;	/* more than that: as if nothing was said */
	UT_hash_handle	 hh;
};

/* Somebody who claims number after number that nobody has (settings [claims] max_misses). */
struct misses {
	uint64_t	 profile;	/* hash */
	int64_t		 count;
	UT_hash_handle	 hh;
};

struct lookup {
	struct registry	*registry;
	lookup_ask_fn	*ask;
	struct timer	 timer;
	struct lookup_number *numbers;	/* owned; in the order they came */
	size_t		 waiting;	/* of those, WANTED */
	struct misses	*misses;	/* owned; of day */
	int64_t		 day;
	unsigned	 failures;	/* in a row */
	size_t		 limit;		/* of a batch, after failures; 0: the plug-in's */
	int64_t		 not_before_s;
	/* The batch under way. */
	struct lookup_number *batch[LOOKUP_BATCH_MAX];
	size_t		 batch_count;
	unsigned	 days_read;	/* of asked numbers: today, yesterday */
	bool		 reading;	/* a read is under way; */
	bool		 over;		/* and frees what it finds given up */
	bool		 soon;		/* the timer is set, for LOOKUP_COLLECT_MS */
};

/* Whether the plug-in can look up numbers, and one could be asked for at once. */
bool	lookup_can(const struct lookup *);
bool	lookup_is_open(const struct lookup *);
bool	lookup_is_askable(const struct lookup *, const char *text);
int64_t	lookup_today(const struct lookup *);
struct lookup_number *lookup_number_find(const struct lookup *, const char *text); /* or NULL */
/* Whether the answer counts still: for a day, unless a later one is wanted. */
bool	lookup_number_is_answered(const struct lookup *, const struct lookup_number *);
/* Whether the profile may have more looked up; and that it claimed a number nobody has. */
bool	lookup_profile_may(const struct lookup *, const char *profile);
void	lookup_miss(struct lookup *, const char *profile);

#endif /* ENGINE_LOOKUP_PRIVATE_H */
