/* SPDX-License-Identifier: ISC */
/*
 * badge.h -- claims and badges as values, and the Redis hash they are kept in
 * (docs/decisions.md; certsync-events(5) for who may read it).
 */
#ifndef CORE_BADGE_H
#define CORE_BADGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <certsync/date.h>
#include "base/arena.h"
#include "base/err.h"

#define BADGE_ID_MAX		64	/* bytes of a badge, profile or holder id */
#define BADGE_FIELD_MAX		1024	/* bytes of any claim field */
#define BADGE_LIST_MAX		8	/* entries of names and of aliases */
#define BADGE_FIELDS_MAX	48	/* fields of a badge hash */
#define PROFILE_BADGES_MAX	100

enum badge_status {
	BADGE_SELF_REPORTED = 0, BADGE_VERIFIED, BADGE_EXPIRED, BADGE_SUSPENDED,
	BADGE_REVOKED, BADGE_REVIEW, BADGE_NOT_FOUND, BADGE_INVALID,
	BADGE_STATUS_COUNT
};

enum badge_reason {
	REASON_UNCHECKED = 0, REASON_NO_CONNECTOR, REASON_AWAITING_SOURCE,
	REASON_RECORD_ACTIVE, REASON_ATTESTED, REASON_PINNED,
	REASON_EXPIRY_PASSED, REASON_RECORD_EXPIRED, REASON_RECORD_GRADUATED,
	REASON_RENEWAL_LISTED, REASON_PROGRAM_ENDED,
	REASON_RECORD_SUSPENDED, REASON_RECORD_EXCLUDED,
	REASON_RECORD_WITHDRAWN, REASON_RECORD_DECERTIFIED, REASON_RECORD_MISSING,
	REASON_LISTED_BY_NAME,
	REASON_NAME_MISMATCH, REASON_TYPE_MISMATCH, REASON_CATEGORY_CONFLICT,
	REASON_STATUS_UNKNOWN, REASON_CONFLICTING_RECORDS, REASON_ALREADY_CLAIMED,
	REASON_DISPUTED, REASON_NUMBER_UNKNOWN, REASON_NUMBER_MALFORMED,
	REASON_COUNT
};

enum badge_how { HOW_NONE = 0, HOW_RECORD, HOW_ATTESTED, HOW_PINNED };

/* What the connector of `confirm` says of a certification that its own no longer lists. */
enum confirm_said { CONFIRM_SILENT = 0, CONFIRM_ACTIVE, CONFIRM_GONE };

/* All zero: nothing is to be confirmed.  Either it has spoken or it is waited for. */
struct badge_confirm {
	enum confirm_said said;
	int64_t	 said_s;	/* as of when; 0 while SILENT */
	int64_t	 since_s;	/* when the wait for its word began; 0: none is awaited */
};

enum badge_cause {
	CAUSE_CLAIM = 0, CAUSE_POLL, CAUSE_LOOKUP, CAUSE_EXPIRY, CAUSE_OPERATOR,
	CAUSE_RULE, CAUSE_CONFIG, CAUSE_IMPORT, CAUSE_UNDO, CAUSE_REBUILD
};

const char *badge_status_name(enum badge_status);
bool	    badge_status_parse(const char *, enum badge_status *out);
const char *badge_reason_name(enum badge_reason);
bool	    badge_reason_parse(const char *, enum badge_reason *out);
/* As published in events: two reasons that would tell the body become record_expired. */
const char *badge_reason_public(enum badge_reason);
const char *badge_how_name(enum badge_how);	/* "" for none */
bool	    badge_how_parse(const char *, enum badge_how *out);
const char *badge_cause_name(enum badge_cause);
bool	    badge_cause_parse(const char *, enum badge_cause *out);

/* What a member stated.  Strings are lent by an arena; never NULL unless said. */
struct claim {
	const char	*badge, *profile;
	const char	*holder;	/* the profile by default */
	const char	*body;
	unsigned	 category;	/* one CS_CATEGORY_* bit */
	const char	*type;		/* or NULL */
	const char	*number;	/* as typed, trimmed */
	const char	*business_name;
	struct cs_date	 expires_on;	/* as claimed; or none */
	const char	*names[BADGE_LIST_MAX];
	size_t		 name_count;
	const char	*aliases[BADGE_LIST_MAX];
	size_t		 alias_count;
	bool		 hidden;
	int64_t		 rev;		/* -1: none given */
};

/* A claim plus what reconciliation found. */
struct badge {
	struct claim	 claim;
	const char	*claim_id;	/* stream id of the last put */
	int64_t		 claimed_at_s;
	enum badge_status status;
	enum badge_reason reason;
	enum badge_how	 how;
	bool		 verified_once;	/* a record verified this very claim before: it is */
					/* judged by the absence rule (docs/decisions.md, rule 3) */
	int64_t		 since_s;	/* when the status became true */
	int64_t		 version;	/* 1.. */
	enum badge_cause cause;
	struct cs_date	 expires_on;	/* the registry's, or an attestation's */
	const char	*expires_source; /* "record", "attestation" or "" */
	int64_t		 valid_until_s;	/* 0: none */
	/* since when expires_on has been what it is; 0: not known */
	int64_t		 expires_since_s;
	const char	*registry_name;	/* the record's name, or "" */
	const char	*connector;	/* that decided last, or "" */
	const char	*zone;		/* of the deciding record's connector, or "" */
	const char	*evidence;	/* JSON, or "" */
	int64_t		 checked_at_s;	/* moves with version */
	unsigned	 case_reasons;	/* bits 1u << REASON_*; 0: no case */
	int64_t		 case_since_s, case_until_s;
	int64_t		 case_paused_s;	/* how long its connector had been blocked in all, when */
					/* case_until_s was reckoned (case.h) */
	unsigned	 case_settled;	/* doubts that timed out with `keep`: no case again */
	unsigned	 case_number;	/* how many cases it has had, for event ids */
	struct badge_confirm confirm;
	struct cs_date	 reminded_for;	/* the last reminder: of which expiry date */
	int		 reminded_days;	/* and which rung; 0: none */
	int64_t		 next_check_s;	/* 0: none */
	const char	*pin;		/* JSON, or "" (a later issue fills it) */
};

/* One field and value; strings lent. */
struct badge_field {
	const char	*name;
	const char	*value;
};

/*
 * A claim from the fields of a `put` (name, value pairs; `op` is ignored).
 * An empty optional field counts as absent, an unknown or doubled one is an
 * error: a misspelt field must not change what is certified.  Every rule of
 * certsync-events(5): ids, sizes, UTF-8 without control characters, known category,
 * type code form, JSON lists, rev.  -1: err names the field and the rule,
 * never the value, as it goes to claims:rejected.  Strings live in arena.
 */
int	claim_parse(const struct badge_field *, size_t n, struct arena *,
	    struct claim *out, struct err *err);
/* Whether two claims say the same (all put fields and the visibility; rev does not count). */
bool	claim_equal(const struct claim *, const struct claim *);

/* The hash in Redis.  n is at most BADGE_FIELDS_MAX.  -1: no memory. */
int	badge_to_fields(const struct badge *, struct arena *,
	    struct badge_field out[BADGE_FIELDS_MAX], size_t *out_n);
/* The reverse; unknown fields are ignored (a newer MINOR).  -1: err names the field. */
int	badge_from_fields(const struct badge_field *, size_t n, struct arena *,
	    struct badge *out, struct err *err);

/* The tile of the profile hash, appended as JSON. */
struct buf;
void	badge_tile(const struct badge *, struct buf *out);
/* The profile's partition: Redis Cluster's slot of the id, modulo partitions. */
unsigned badge_partition(const char *profile, unsigned partitions);

#endif /* CORE_BADGE_H */
