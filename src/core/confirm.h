/* SPDX-License-Identifier: ISC */
/*
 * confirm.h -- whether an absence counts that another connector can confirm
 * (the setting `confirm`): the badge's connector lists the certification no
 * more, which only implies that it has ended.  Used by decide.c and unlisted.c.
 *
 *	            says "in force"            again: CONFIRM_AGAIN_S later
 *	WAITS ------------------------> DENIED ------------------> WAITS
 *	  | says nothing for wait_s        \ says "not in force" (any time)
 *	  v                                 v
 *	WAITED_OUT: a case, no more       COUNTS, until it is listed again
 *
 * It says "in force" by a record that answers the claim and has not ended; "not
 * in force" by having none, or only ones that ended or were taken back.  By a
 * word nobody knows, an application or another firm's record it says nothing;
 * likewise by an error, and by a mirror that is stale, held or without proof.
 */
#ifndef CORE_CONFIRM_H
#define CORE_CONFIRM_H

#include "core/decide.h"

/* How often it is asked.  Polls are a day apart, some earlier than the day before. */
#define CONFIRM_AGAIN_S	(20 * 3600)

enum confirm_outcome {
	CONFIRM_COUNTS = 0,	/* the absence counts: confirmed, or nobody is to confirm it */
	CONFIRM_DENIED,		/* it does not: the other has it in force */
	CONFIRM_WAITS,		/* it does not yet */
	CONFIRM_WAITED_OUT	/* a person must look, whatever `absence` says */
};

/*
 * For a badge (before) whose absence counts otherwise.  *out: what the badge
 * is to remember; *next_s: when time alone changes the outcome, 0: never.
 */
enum confirm_outcome confirm_look(const struct decide_input *,
	    struct badge_confirm *out, int64_t *next_s);

#endif /* CORE_CONFIRM_H */
