/* SPDX-License-Identifier: ISC */
/*
 * verdict.h -- how a decision is put together; the words that the
 * rooms of decide() share.
 *
 * A badge is *held to* (verdict_held) when a record has verified it and the
 * owner has not edited the claim since: doubt leaves such a badge alone, until
 * its case has run out.  A decision is *kept* when it repeats the status of before.
 */
#ifndef CORE_VERDICT_H
#define CORE_VERDICT_H

#include "core/confirm.h"
#include "core/decide.h"
#include "core/expiry.h"

#define VERDICT_BIT(reason)	(1u << (reason))

/* The badge so far; NULL if there is none, or the owner's edit made it a new question. */
const struct badge *verdict_so_far(const struct decide_input *);
bool	verdict_held(const struct decide_input *);
/* The same, whether or not its case has run out. */
bool	verdict_is_verified(const struct decide_input *);
/* Whether an attestation is in force. */
bool	verdict_may_attest(const struct decide_input *);

/* A decision without record or dates; an open case closes, but a dispute does not. */
struct decision	verdict(const struct decide_input *, unsigned char rule,
		    enum badge_status, enum badge_reason);
/* A verdict on a record, with its dates. */
struct decision	verdict_on(const struct decide_input *, unsigned char rule,
		    enum badge_status, enum badge_reason,
		    const struct decide_record *);
/* The status of before (which there is), with its dates and its case. */
struct decision	verdict_keep(const struct decide_input *, unsigned char rule);
struct decision	verdict_attested(const struct decide_input *, unsigned char rule);
/* No source can tell yet: keeps what a connector once said, else awaiting_source. */
struct decision	verdict_await(const struct decide_input *, unsigned char rule);

/* The last date known of a badge: what rule 6 asks when no record decides. */
struct last_known {
	struct cs_date	 expires_on;	/* none: the registry states none */
	size_t		 connector;
	int64_t		 seen_s;	/* when the registry's word on the number was last heard */
	bool		 blocked;	/* some connector is held or stale */
};

/*
 * Rule 6 on what was last known of the badge before.  true: that day has ended
 * and *d, a kept decision, now says so (expired, or waiting for evidence);
 * false: *d got the date and when to look again.
 */
bool	verdict_lapse(const struct decide_input *, struct last_known,
	    enum badge_reason, struct decision *d);

/*
 * Asks confirm_look() and has *d, a kept decision, say so.  DENIED closes the
 * case that such an absence has opened.
 */
enum confirm_outcome verdict_confirm(const struct decide_input *, struct decision *d);

/* The earlier of two times, where 0 is never. */
int64_t	verdict_earlier_s(int64_t a_s, int64_t b_s);

/* Rule 2: no connector covers body and type now (unlisted.c). */
struct decision	decide_uncovered(const struct decide_input *);
/* Rule 3: the mirror knows neither number nor alias (unlisted.c). */
struct decision	decide_unlisted(const struct decide_input *);

#endif /* CORE_VERDICT_H */
