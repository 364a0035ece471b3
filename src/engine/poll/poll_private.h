/* SPDX-License-Identifier: ISC */
/*
 * poll_private.h -- one poll under way, shared by the files poll*.c only.
 */
#ifndef ENGINE_POLL_PRIVATE_H
#define ENGINE_POLL_PRIVATE_H

#include "core/feed.h"
#include "core/record.h"
#include "engine/poll/poll.h"
#include "engine/poll/poll_caps.h"
#include "engine/poll/poll_phase.h"
#include "io/http.h"
#include "io/source.h"
#include "worker/spawn.h"

#define STAGE_BATCH	64	/* lines of one script: well under a millisecond */
#define STAGE_AHEAD	16	/* batches without reply before the worker is paused */

struct poll_waiter {
	poll_fn	*fn;
	void	*arg;
	bool	 next;		/* waits for the poll after this one */
};

struct poll_fetch;	/* poll_fetch.c */
struct poll_try;	/* poll_try.c */

struct stage_entry {
	uint64_t	 field;
	char		*line;		/* owned */
};

struct stage_removal {
	uint64_t	 number, content;
};

struct poll {
	struct registry	*registry;
	struct loop	*loop;
	enum poll_phase	 phase;
	enum cs_poll_kind kind;
	bool		 conditional;	/* requests may carry validators */
	bool		 next, next_full; /* another one follows at once, whole perhaps */
	bool		 dry;		/* nothing of it counts (poll_dry.c) */
	struct poll_try	*try;		/* owned; and how it is read is told (poll_try.c) */
	/* what it would decide is known, of a connector that is only observed */
	bool		 observed;
	struct dry_run	*dry_run;	/* owned; deciding has begun */
	/* an operator wants it whole, whatever it says of its age */
	bool		 forced;
	uint64_t	 identity;	/* registry_identity() at its start */
	bool		 remapped;	/* the mirror has another one */
	int64_t		 started_s, started_ms;
	enum registry_state state_before; /* a look-up leaves it as it was */
	const char	**numbers;	/* of a look-up: normalised; owned with their texts */
	size_t		 number_count;
	struct worker	*worker;
	struct poll_caps caps;		/* of this worker */
	bool		 gone;		/* from its registry; only replies are awaited */
	enum poll_result result;	/* once it is over */
	char		 text[ERR_MAX];	/* the same in a sentence */
	size_t		 writes;	/* scripts without reply */
	struct timer	 deadline;
	struct poll_waiter waiters[POLL_WAITERS_MAX];
	size_t		 waiter_count;
	struct feed_facts facts;
	char		 unproven[ERR_MAX];	/* of facts */
	bool		 undeclared_told, type_told; /* what its plug-in should not say */
	bool		 proofless;	/* it has none of the proofs that its plug-in declares */
	enum feed_worth	 worth;
	/* the proven snapshot once more: 304, the file or bytes read before */
	bool		 unchanged;
	/* and the registry or the file's name says so, nothing was read */
	bool		 unread;
	/* it reads the file that the proven snapshot was read from */
	bool		 same_file;
	struct validator validator;	/* of what this poll reads */
	int64_t		 source_time_s;	/* what the source says of the list's age; 0: nothing */
	int64_t		 as_of_s;	/* the day that the list itself says, 0:00 UTC; 0: none */
	/* escaped name of the file of a drop directory that it reads; "": none */
	char		 file[SOURCE_NAME_MAX];
	unsigned	 older;		/* files there that are older */
	int64_t		 retry_at_s;	/* what the registry asked for although the poll goes on */
	char		*checkpoint;	/* owned; the worker's new one */
	size_t		 checkpoint_len;
	struct poll_fetch *fetch;	/* owned */

	/* staging */
	struct stage_entry batch[STAGE_BATCH];
	size_t		 batch_count;
	size_t		 diff;		/* lines staged */
	bool		 paused;	/* the worker, for want of room */
	struct stage_removal *removals;	/* owned; still to stage */
	size_t		 removal_count, removal_next, removal_cap;
	uint64_t	*staged;	/* owned; numbers with a new record, sorted once settled */
	size_t		 staged_count, staged_cap;
	uint64_t	*candidates;	/* owned; of those, with a known record not listed */
	size_t		 candidate_count, candidate_cap, candidate_next;
	bool		 out_of_memory;
	struct buf	 line;
	struct left_out	 left_out;	/* rows that could not be read */
	/* known, lacking, and not concluded to be gone: they may be such rows */
	uint64_t	 doubted_records, doubted_numbers;
	uint64_t	 lacking_numbers; /* known, and it does not list them */
	uint64_t	 unknown;	/* records whose status is none of ours */
	char		 unknown_word[CS_WORD_MAX + 1]; /* of the first of them */
	uint64_t	 repeated;	/* records that came before in the same feed */
	struct snapshot	*fresh;		/* owned: records staged, and their aliases */

	/* the second download (poll_twice.c) */
	bool		 reread;	/* it has been tried */
	struct feed_sum	 sum, second_sum; /* of the records of both */
};

/* poll_step.c: does what there is to do in its phase now. */
void	poll_step(struct poll *);
/* Goes on to another phase, and does what there is to do. */
void	poll_enter(struct poll *, enum poll_phase);
/* The same and does nothing yet.  The one place where the phase changes. */
void	poll_set_phase(struct poll *, enum poll_phase);

/* Notes its number in the store, and goes on to READ. */
void	poll_begin(struct poll *);
/* Stores the outcome, and then tells who waits. */
void	poll_store_end(struct poll *);
void	poll_fail(struct poll *, enum cs_rc, int64_t retry_at_s, const char *text);
/* The same for what the registry or the worker did: of a second download it ends only that. */
void	poll_source_failed(struct poll *, enum cs_rc, int64_t retry_at_s, const char *text);
/*
 * A list of that time, where the last one was of last_s.  false: it is older, a copy left
 * somewhere or a file taken back (F13), and the poll has ended.
 */
bool	poll_time_ok(struct poll *, int64_t time_s, int64_t last_s);
/* Starts its worker, for the first or the second time. */
void	poll_worker_start(struct poll *);
/* Drops what is staged and keeps the last snapshot: the feed is refused whole. */
void	poll_refuse(struct poll *, const char *why);
/* It is over: nothing more is done but storing and telling its outcome. */
void	poll_end(struct poll *, enum poll_result, const char *text);
/* A script or read has been answered.  false: the poll is over, perhaps gone now. */
bool	poll_write_done(struct poll *);
void	poll_drop_staged(struct registry *);

/* poll_dry.c: instead of commit, refusal and failure. */
void	poll_dry_decide(struct poll *);
void	poll_dry_refuse(struct poll *, const char *why);
void	poll_dry_fail(struct poll *, const char *text);
void	poll_dry_fini(struct poll *);
/* Counts one more of that name in an object of counts. */
void	poll_dry_add(json_t *counts, const char *name);

/* poll.c: begins one of which nothing counts; NULL: it cannot. */
struct poll *poll_new_dry(struct registry *);
/* Starts what has been begun; fn may be NULL. */
void	poll_run(struct poll *, poll_fn *fn, void *arg);

/* poll_try.c: what is told of a list that is only tried; else nothing is done. */
void	poll_try_fini(struct poll *);
/* The descriptor to read in place of the first answer, lent; -1: none.  name: lent. */
int	poll_try_file(const struct poll *, const char **out_name);
void	poll_try_record(struct poll *, const struct cs_record *, uint64_t number);
void	poll_try_left_out(struct poll *, const char *text);
void	poll_try_warned(struct poll *, const char *text);
/* proof: its name, or NULL; why: it is none; second: two downloads could be one. */
void	poll_try_judged(struct poll *, const char *proof, const char *why, bool second);
void	poll_on_report(void *poll, const struct message_report *);
/* Adds it to what the dry run has found. */
void	poll_try_found(struct poll *, json_t *found);

/* poll_judge.c: what it is worth; the phase that follows from that, OVER if it has ended. */
enum poll_phase	poll_judge(struct poll *);
void	poll_commit(struct poll *);
/* A word of the registry that is none of ours: said once a poll. */
void	poll_say_unknown(const struct poll *);
/* The registry says that nothing has changed: ends the worker and commits that. */
void	poll_is_unchanged(struct poll *);

/* poll_fetch.c: requests of the worker, answers of the registry. */
int	poll_fetch_init(struct poll *);
void	poll_fetch_fini(struct poll *);
void	poll_on_request(void *poll, const struct cs_request *);
void	poll_on_credit(void *poll, size_t credit);
/* Ends the request in hand without a word. */
void	poll_fetch_cancel(struct poll *);

/*
 * poll_twice.c: a feed without proof is read again if its absences would count.
 * can: the same once more would be a proof; wants: and it is needed.
 */
bool	poll_can_twice(const struct poll *);
bool	poll_wants_twice(const struct poll *);
void	poll_twice_start(struct poll *);
void	poll_twice_done(struct poll *, const char *failure);
/* Whether the list just read has something that the badge may claim. */
bool	poll_lists_badge(const struct poll *, const struct index_badge *);

/* poll_refused.c: what a feed says as a whole. */
bool	poll_is_accepted(const struct poll *);
void	poll_refused_note(struct poll *, const char *why);

/* poll_stage.c: records into the diff. */
int	poll_stage_init(struct poll *);
void	poll_stage_fini(struct poll *);
void	poll_on_record(void *poll, const struct cs_record *);
void	poll_on_left_out(void *poll, uint64_t hash, const char *text);
/* Everything has come: sorts it for poll_stage_has(). */
void	poll_stage_sort(struct poll *);
/* Lets the worker go on when there is room again. */
void	poll_stage_resume(struct poll *);
/* Sends what is left.  true: everything is stored. */
bool	poll_stage_flush(struct poll *);
/* Stages one line, mark '+' or '-'.  false: out of memory. */
bool	poll_stage_line(struct poll *, uint64_t number, char mark, const char *text);
/* Whether the feed lists this number, with whatever record; once it has ended. */
bool	poll_stage_lists(const struct poll *, uint64_t number);
/* Whether it lists it with a record not known before. */
bool	poll_stage_has(const struct poll *, uint64_t number);

/* Whether a known record that this feed lacks may be one of the rows that could not be read. */
bool	poll_doubts(const struct poll *, uint64_t content);
/* Of a proven feed, what it lists no more.  -1: no memory. */
int	poll_removals_init(struct poll *);
/* Stages of that as much as there is room for.  false: no memory. */
bool	poll_removals_stage(struct poll *);

/* poll_supersede.c: of another feed, rows that came back changed.  -1: no memory. */
int	poll_supersede_init(struct poll *);
/* Compares as many numbers as may be under way. */
void	poll_supersede_next(struct poll *);
/* Whether the last one has been begun. */
bool	poll_supersede_done(const struct poll *);

#endif /* ENGINE_POLL_PRIVATE_H */
