/* SPDX-License-Identifier: ISC */
/*
 * registry.h -- one configured connector at run time: what its plug-in says of
 * itself, what the registry listed last, how its polls went, when the next is.
 *
 *	        timer, sync            committed or unchanged
 *	IDLE ----------------> POLLING ----------------------> IDLE
 *	  ^                      | failed        credential refused
 *	  |                      v                     |
 *	  +------ timer ------ BACKOFF            STOPPED (until reload or sync)
 */
#ifndef ENGINE_REGISTRY_H
#define ENGINE_REGISTRY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/case.h"
#include "core/left_out.h"
#include "core/schedule.h"
#include "core/snapshot.h"
#include "engine/registry/describe.h"
#include "engine/registry/validator.h"
#include "engine/state/engine.h"
#include "worker/message.h"

enum registry_state {
	REGISTRY_IDLE = 0, REGISTRY_POLLING, REGISTRY_HELD, REGISTRY_BACKOFF, REGISTRY_STOPPED
};

struct absence_entry;
struct poll;
struct commit;
struct hold;
struct last_seen;
struct lookup;
struct saving;

/* The last feed that was refused whole; hash "": none since the last committed one. */
struct refused {
	char		 hash[65];	/* of its records, in any order */
	char		 why[ERR_MAX];
	uint64_t	 records, known, lacking; /* listed; known before; of those, not listed */
	uint64_t	 missing_verified; /* verified badges whose record is missing */
	int64_t		 at_s;
	char		 accepted_by[64]; /* "": nobody has accepted it */
};

/* fn(arg, outcome): from the loop, whenever the store has answered a write of the state alone. */
typedef void registry_saved_fn(void *arg, enum store_outcome);

/* What consumers know of its freshness; fresh.c alone changes it. */
struct told {
	int64_t	 count;		/* number in the id of its last event */
	int64_t	 since_s;	/* when it was first met */
	int64_t	 asked_s;	/* when the store was last asked */
	bool	 stale;
	bool	 known, stored;	/* read from the store; written there at all */
	bool	 busy;		/* a read or write is under way */
};

/* When it polls, and how the last polls went. */
struct registry_times {
	int64_t		 next_poll_s;	/* 0: soon */
	int64_t		 retry_at_s;	/* not before: the registry asked for that; 0: at once */
	int64_t		 last_attempt_s, last_success_s;
	uint32_t	 failures;	/* in a row */
};

/* What its lists prove. */
struct registry_proof {
	int64_t		 last_complete_s, first_complete_s, last_proven_s;
	char		 name[32];	/* of the last complete poll: "total", "none"... */
	bool		 proven;	/* the mirror is a proven snapshot, refreshed perhaps */
	/* records of the largest list of the guard's window; 0: not known */
	uint64_t	 largest;
	int64_t		 largest_s;	/* when that was */
	/* of the mirror, what the last list without proof did not have */
	uint64_t	 lacking_records, lacking_numbers;
	bool		 seen_unknown;	/* which ones is not known since the restart */
	/* when the first of those was last listed; 0: none lacks */
	int64_t		 lacking_since_s;
};

/* How its last list was read, and where the next may go on. */
struct registry_reading {
	/* of plug-in and settings at the last full poll; 0: none yet */
	uint64_t	 identity;
	struct validator validator;	/* of the proven snapshot */
	char		*checkpoint;	/* owned; NULL: none */
	size_t		 checkpoint_len;
	/* when a list was last read whole, not only asked whether it changed */
	int64_t		 last_whole_s;
	/* what the last whole list says of its own age; 0: nothing */
	int64_t		 source_time_s;
	int64_t		 as_of_s;	/* and the day in its text, 0:00 UTC; 0: none */
	/* escaped name of the file of a drop directory that it was; "": none */
	char		 file[SOURCE_NAME_MAX];
	/* when a poll last found anything new in what it read; 0: not known yet */
	int64_t		 news_s;
};

/* Its changes for the worse that wait, as the hold says. */
struct registry_held {
	bool		 waits;
	char		 plan[65];	/* hash of its first plan; "": none */
};

/* The diff of its last poll on the way into the mirror. */
struct registry_diff {
	char		 pending[256];	/* JSON of a commit under way, as stored; "" */
	bool		 final;		/* it is marked: whoever reads the mirror sees it */
	bool		 proving;	/* of a proven list, and it is not held: absence counts */
	bool		 remapping;	/* its list was read otherwise than the mirror */
};

/* The state on its way into the store; registry_saving.c alone. */
struct registry_saving {
	/* owned: a write of the state alone without answer; NULL: none */
	struct saving	*sent;
	bool		 unsaved;	/* the state is another than that, or than what is stored */
	struct timer	 retry;
	registry_saved_fn *fn;		/* NULL: nobody waits for it */
	void		*arg;
};

struct registry {
	struct engine	*engine;
	const struct config_connector *config; /* lent by engine->config */
	char		 name[33];
	struct described plugin;
	struct snapshot	*snapshot;	/* owned */
	struct last_seen *last_seen;	/* owned: numbers that the last list lacked without proof */
	struct absence_entry *absences;	/* owned: absences.c */
	struct pause	 pause;		/* how long it has been held or stale */
	struct told	 told;
	bool		 loaded;	/* state and snapshot are in memory */
	enum registry_state state;
	char		 error[ERR_MAX]; /* of the last failed poll; "" */
	int64_t		 poll_number;	/* of the last poll begun */
	struct registry_times times;
	struct registry_proof proof;
	struct registry_reading reading;
	struct left_out	 left_out;	/* rows of the last whole list that could not be read */
	uint64_t	 worker_rss_kib; /* peak memory of the last worker */
	struct quota	 quota;		/* requests of the budget's day */
	struct lookup	*lookup;	/* owned: numbers to ask for one by one */
	struct poll	*poll;		/* running; owned */
	/* owned: what the last dry run found, see poll_dry.h; NULL: none */
	json_t		*dry_result;
	/* owned: what it would have decided by its last list, while observed; NULL: not known */
	json_t		*observed;
	struct commit	*commit;	/* running; owned */
	struct hold	*hold;		/* owned: its changes for the worse that wait */
	struct registry_held held;
	struct registry_diff diff;
	struct metrics_connector metrics;	/* since it was configured */
	struct refused	 refused;
	struct timer	 timer;		/* the timetable's */
	struct registry_saving saving;
};

/* The state alone, without what registries.c ties to it.  NULL: no memory. */
struct registry	*registry_new(struct engine *, const struct config_connector *);
struct registry	*registry_free(struct registry *);	/* NULL allowed; returns NULL */
const char	*registry_state_name(enum registry_state);
/* As shown: HELD unless it is polling or stopped, while its changes for the worse wait. */
enum registry_state registry_state_shown(const struct registry *);
struct registry	*registry_find(const struct engine *, const char *name);

/* Whether it can decide a claim of that body and type (NULL: any type). */
bool	registry_covers(const struct registry *, const char *body, const char *type);
/* The same, unless it is only observed. */
bool	registry_decides(const struct registry *, const char *body, const char *type);
/* Whether its list has no numbers: a claim is looked up by its names. */
bool	registry_is_by_name(const struct registry *);
/* NULL: any number. */
const struct cs_grammar *registry_grammar(const struct registry *);
/* "PREFIX:internal:{PREFIX:connector:NAME}:WHAT" */
const char *registry_key(const struct registry *, const char *what, key_buf);
/* The hash with the diff of poll number n. */
const char *registry_staged_key(const struct registry *, int64_t n, key_buf);
/* When a number, or one record by its content, was last listed by a complete poll. */
int64_t	registry_seen_s(const struct registry *, uint64_t key);
/* When the first of what lacks was last seen; 0: nothing lacks. */
int64_t	registry_lacking_since_s(const struct registry *);
/* Notes that a look-up or a delta has just seen the number. */
void	registry_note_seen(struct registry *, uint64_t number, int64_t seen_s);
/* Notes or forgets (0) when a number or record was last seen that a list lacks without proof.
 * -1: no memory. */
int	registry_set_last_seen(struct registry *, uint64_t key, int64_t seen_s);
/* Forgets all, or with a snapshot those that its running poll has seen. */
void	registry_clear_last_seen(struct registry *, const struct snapshot *lacking_in);
/* Whether changes for the worse wait for an operator. */
bool	registry_is_held(const struct registry *);
/* How old the last complete poll may be: `stale_after`, and full_interval where only changes are
 * read between. */
int64_t	registry_stale_after_s(const struct registry *);
bool	registry_is_stale(const struct registry *, int64_t now_s);
/* Whether it has said nothing new for longer than `unchanged_after`: it may be frozen. */
bool	registry_is_unchanged(const struct registry *, int64_t now_s);

/* Hash of what a list is read by: plug-in with its revision, address, settings.  Never 0. */
uint64_t registry_identity(const struct registry *);
/* Whether another plug-in revision or other settings read the last full list. */
bool	registry_has_changed(const struct registry *);

#endif /* ENGINE_REGISTRY_H */
