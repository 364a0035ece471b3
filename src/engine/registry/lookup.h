/* SPDX-License-Identifier: ISC */
/*
 * lookup.h -- single numbers that the mirror does not know, asked of the
 * registry where its plug-in can.
 *
 *	wanted --> collected for LOOKUP_COLLECT_MS --> poll of kind look-up --> answered
 *	  ^					         | failed
 *	  +---- backs off, at most LOOKUP_TRIES_MAX -----+
 *
 * What is found enters the mirror and decides by cause `lookup`.  Nothing found
 * is absence only if the plug-in says so (lookup_absent); else the mirror has
 * the last word.  Where another connector's absence is to be confirmed, the
 * answer itself counts, whatever the mirror has (core/confirm.h).  A number is
 * asked once a day, whoever claims it and however often the daemon is
 * restarted: what was asked is remembered in Redis.
 * Meanwhile the badge awaits the source, but never longer than the first try.
 */
#ifndef ENGINE_LOOKUP_H
#define ENGINE_LOOKUP_H

#include "engine/registry/registry.h"

#define LOOKUP_COLLECT_MS	2000	/* claims come in bursts, and one request takes many */
#define LOOKUP_NUMBERS_MAX	20000	/* remembered a registry: 3 MiB */
#define LOOKUP_TRIES_MAX	5
#define LOOKUP_AGAIN_S		86400	/* before the same number is asked again */
#define LOOKUP_FAILED_S		(12 * 3600)	/* before one that is to confirm is tried anew */
#define LOOKUP_PROFILES_MAX	10000	/* whose misses are counted; more wait for tomorrow */

struct lookup;

/*
 * Starts a look-up of n normalised numbers, lent until it returns; how it ended
 * is told by lookup_answer().  -1: not now.  Polls stand above, so who ties
 * both hands it in.
 */
typedef int lookup_ask_fn(struct registry *, const char *const *numbers, size_t n);

struct lookup	*lookup_new(struct registry *, lookup_ask_fn *);	/* NULL: no memory */
struct lookup	*lookup_free(struct lookup *);	/* NULL allowed; returns NULL */
/* The look-up that was asked for is over; ok: what it found is in the mirror. */
void	lookup_answer(struct lookup *, bool ok);
/* The registry's poll has gone without a word: what it asked is wanted again. */
void	lookup_requeue(struct lookup *);

/* Whether a decision should wait for a look-up of the normalised number ("" : none), claimed by
 * that profile. */
bool	lookup_is_due(const struct lookup *, const char *number, const char *profile);
/* Whether one found nothing and that proves the registry has no such number. */
bool	lookup_is_absent(const struct lookup *, const char *number);
/* The mirror does not know the number: asks for it if that can be done and has not been. */
void	lookup_want(struct lookup *, const char *number, const char *profile);
/*
 * What the registry says of the number is wanted although its list may have
 * it; an answer of before after_s does not count.  false: it cannot be asked.
 */
bool	lookup_confirm(struct lookup *, const char *number, int64_t after_s);
/* When the number was asked for last and answered; 0: not that we know. */
int64_t	lookup_answer_s(const struct lookup *, const char *number);
/* Whether that answer had the record whose text has this hash. */
bool	lookup_told(const struct lookup *, const char *number, uint64_t content);
/* A poll of kind look-up has met a record. */
void	lookup_note(struct lookup *, uint64_t number, uint64_t content);
/* Numbers collected or under way that decisions wait for; for --once and status. */
size_t	lookup_pending(const struct lookup *);
/* Those and the ones nobody waits for any more: put off, or failed before. */
size_t	lookup_waiting(const struct lookup *);

#endif /* ENGINE_LOOKUP_H */
