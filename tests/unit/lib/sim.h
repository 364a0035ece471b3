/* SPDX-License-Identifier: ISC */
/*
 * sim.h -- what both sides of test_simulation.c share: the world, and the
 * oracle (sim_oracle.c), which says what docs/decisions.md promises of it.
 */
#ifndef TESTS_LIB_SIM_H
#define TESTS_LIB_SIM_H

#include "base/arena.h"
#include "core/case.h"
#include "core/missing.h"
#include "core/transition.h"

#define SUBJECTS	3
#define EVENTS_MAX	400
#define DATES_MAX	200
#define PAUSES_MAX	200
#define DAY		86400
#define HOUR		3600
#define T0		INT64_C(1795305600)	/* 2026-11-22T00:00:00Z: it sees the end of a year */
#define NEVER		INT64_MAX
#define BIT(reason)	(1u << (reason))
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

/* One event, as both sides write it. */
struct happening {
	int64_t	 now_s, time_s;		/* written, and when it became true */
	const char *kind;		/* "verified", "renewed", "changed", "case.opened", "expiring"... */
	int	 reason;		/* of status and changed; else 0 */
	struct cs_date date;		/* expires_on then */
	int	 rung, days_left;	/* of reminders */
};

struct stream {
	struct happening v[EVENTS_MAX];
	size_t	 n;
};

/* What the registry says of one number. */
struct fact {
	bool	 listed;
	enum cs_status status;
	struct cs_date date;
	bool	 good_name;
};

/* What the oracle believes of a badge. */
struct belief {
	enum badge_status status;
	enum badge_reason reason;
	struct cs_date date;
	int64_t	 valid_until_s;
	bool	 verified_once, decided;
	unsigned case_reasons, settled;
	int64_t	 case_left_s;		/* of the open case, not counting pauses */
	int64_t	 case_at_s;		/* when that was reckoned */
	int64_t	 absent_s;		/* last poll that counted */
	unsigned absent_polls;
	int	 told[DATES_MAX];	/* by date serial: nearest rung told; 0: none */
};

struct subject {
	struct fact truth;		/* as the registry would list it now */
	struct fact mirror;		/* as last read */
	int64_t	 seen_s;
	bool	 claimed;
	int64_t	 claim_s;
	/* the engine's side */
	struct claim claim;
	struct badge badge;
	struct missing missing;
	bool	 unconfirmed;
	struct stream is;
	/* the oracle's side */
	struct belief want;
	struct stream should;
	struct cs_date dates[DATES_MAX]; /* serial -> date: none comes twice */
	size_t	 date_count;
};

struct life {
	uint64_t seed, draws;
	bool	 aloud;
	struct arena *arena;
	int64_t	 now_s;
	struct decide_connector connector;
	int64_t	 stale_after_s, apart_s, case_s;
	unsigned absent_polls;
	int	 unconfirmed_days;
	bool	 keeps, proving;
	int	 rungs[4];
	int64_t	 last_complete_s;
	struct pause pause;
	int64_t	 outage_until_s, hold_until_s;
	/* every pause there was, for the oracle */
	struct { int64_t from_s, to_s; } pauses[PAUSES_MAX];
	size_t	 pause_count;
	struct subject subjects[SUBJECTS];
};

/* Ends the test, with the seed. */
void	sim_fail(const struct life *, const char *what);
/* Of a life lived aloud: who is "is" or "should". */
void	sim_tell(struct life *, const struct subject *, const char *who, const struct happening *);
struct happening *sim_happen(struct life *, struct stream *, const char *kind, int64_t time_s);
/* Held or stale. */
bool	sim_blocked(const struct life *);
/* The earlier of both, unless s is 0. */
void	sim_earlier(int64_t *next_s, int64_t s);
/* A small number for each expiry date a subject ever had. */
size_t	sim_date_serial(struct life *, struct subject *, struct cs_date);

/* What should be of a claimed badge now; fresh: it has just been put. */
void	sim_oracle_look(struct life *, struct subject *, bool fresh);
/* A proven poll lacks it. */
void	sim_oracle_count(const struct life *, struct subject *);
/* When it looks although nothing has come: midnight, and the end of a case. */
int64_t	sim_oracle_next(const struct life *);

#endif /* TESTS_LIB_SIM_H */
