/* SPDX-License-Identifier: ISC */
/*
 * decide.h -- what a badge is, given everything known: the rules of
 * docs/decisions.md, first match wins.  Pure: values in, values out; no clock, no I/O, no memory.
 */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/zone.h"
#include "core/badge.h"
#include "core/missing.h"
#include "core/record.h"
#include "core/types.h"

enum absence { ABSENCE_CASE = 0, ABSENCE_REVOKE, ABSENCE_IGNORE };

/* A connector that covers the claim's body and type today. */
struct decide_connector {
	const char	*name;
	const struct zone *zone;
	const struct cs_grammar *grammar; /* or NULL */
	int64_t		 last_complete_s; /* when it was last read; 0: never */
	const struct number_pattern *pattern; /* or NULL; says in its place what fits */
	int64_t		 last_proven_s;	/* 0: it never had a proven snapshot */
	uint64_t	 left_out;	/* rows of its list that could not be read: any number */
	bool		 by_name;	/* its list has no numbers: no grammar or pattern counts */
	bool		 unusable;	/* its plug-in cannot say now what a number means */
	bool		 lookup_due;	/* the number is about to be looked up: wait for that */
	bool		 lookup_absent;	/* it was, and that proved that it has no such number */
	bool		 held, stale;	/* expiry and cases wait meanwhile */
	bool		 unchanged;	/* it may be frozen: expiry waits */
	bool		 negatives_count; /* the snapshot is proven, or unique_rows */
	int		 grace_days;
	int64_t		 paused_s;	/* how long it has been held or stale, in all its life */
	int64_t		 expiry_evidence_s; /* how early a record may have been seen: rule 6 */
	enum absence	 absence;
	/* how often it lacked the number.  Only explained, as the next two */
	struct missing	 missing;
	uint32_t	 absent_polls;
	int64_t		 absent_apart_s;
	const int	*remind_days;	/* rungs; for transition_make() */
	size_t		 remind_count;
};

/* One record of the claim's number, in any order. */
struct decide_record {
	const struct record *record;
	size_t		 connector;	/* index into connectors */
	int64_t		 seen_s;	/* when a complete poll last listed it */
	bool		 taken;		/* verifies another holder's badge already */
};

/* One record of the number that the connector of `confirm` has, in any order. */
struct confirm_row {
	const struct record *record;
	bool		 answered;	/* the last look-up told it; else only the mirror has it */
};

/*
 * Who is asked before an absence counts: the connector that the one which
 * decided the badge names in `confirm`.  It decides nothing else.
 */
struct decide_confirm {
	struct decide_connector connector;
	bool		 mirror_proven;	/* its mirror is a proven snapshot */
	int64_t		 after_s;	/* what it said before does not count: it was listed then */
	/* when the number was last looked up; 0: not that we know */
	int64_t		 looked_up_s;
	int64_t		 wait_s;	/* how long its word is waited for */
	const struct confirm_row *rows;
	size_t		 row_count;
};

struct decide_input {
	const struct types *types;
	const struct claim *claim;
	const struct badge *before;	/* NULL: a new badge */
	bool		 edited;	/* the owner changed the claim: decided anew */
	const struct decide_connector *connectors;
	size_t		 connector_count; /* 0: none covers it now */
	const struct decide_record *records;
	size_t		 record_count;	/* 0: the mirror knows neither number nor alias */
	/* rows of lists without numbers that the claim's names led to, in any order */
	const struct decide_record *named;
	size_t		 named_count;
	bool		 absence_counts; /* absent_polls and absent_hours are met */
	const struct decide_confirm *confirm; /* NULL: an absence needs nobody's word */
	int64_t		 now_s;		/* wall clock */
	double		 name_match;	/* threshold, 0..1 */
	int		 unconfirmed_days;
	int64_t		 case_seconds;	/* how long a case waits for a person; 0: for ever */
	/* what then: the badge stays; else it goes to review */
	bool		 case_timeout_keeps;
	bool		 case_over;	/* set by decide() alone: its case has run out */
	/* Places in the order for later: a pin and an attestation in force. */
	const struct badge_pin *pin;
	const struct badge_attestation *attestation;
};

/* An operator's dated decision; a person's look at the certificate (later issue). */
struct badge_pin { enum badge_status status; int64_t until_s; };
struct badge_attestation { struct cs_date until; int64_t until_s; };

struct decision {
	enum badge_status status;
	enum badge_reason reason;
	enum badge_how	 how;
	const struct record *record;	/* that decided, lent from the input; or NULL */
	size_t		 connector;	/* its index; SIZE_MAX: none */
	struct cs_date	 expires_on;	/* of the record, or kept from before; none: not stated */
	int64_t		 valid_until_s;	/* end of expires_on in the zone, and grace; 0: none */
	int64_t		 next_check_s;	/* when time alone may change the outcome; 0: never */
	int64_t		 time_s;	/* when it became true; 0: with this evidence, now */
	unsigned	 case_reasons;	/* bits 1u << REASON_*: a case is (or stays) open */
	unsigned	 case_settled;	/* bits: doubts that open none, see struct badge */
	int64_t		 case_until_s;	/* when it runs out; 0: there is none */
	int64_t		 case_paused_s;	/* see struct badge */
	/* status, reason and how are those of before: doubt takes nothing; record then is only what
	 * was met */
	bool		 kept;
	bool		 verified_once;	/* see struct badge; false again after an edit */
	bool		 unconfirmed;	/* expired by date, waiting for fresh evidence */
	struct badge_confirm confirm;	/* see struct badge, of a verified one; since_s set: ask */
	bool		 warn_status;	/* an unknown status word was met */
	unsigned char	 rule;		/* 1..9 of docs/decisions.md: which one decided */
};

struct decision decide(const struct decide_input *);

/* The badge (before, which there is) as it stays while the change `would` waits for a person. */
struct decision decide_wait(const struct decide_input *, const struct decision *would);

/* Whether the type and category of a record answer the claim (rule 4), for look-ups and
 * already_claimed. */
bool	decide_is_candidate(const struct types *, const struct claim *,
	    const struct record *);

#endif /* CORE_DECIDE_H */
