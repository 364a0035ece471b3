/* SPDX-License-Identifier: ISC */
/*
 * registry_event.h -- what a registry is told by polls, commits, the hold and
 * operators.  No other room writes into one.
 */
#ifndef ENGINE_REGISTRY_EVENT_H
#define ENGINE_REGISTRY_EVENT_H

#include "engine/registry/registry.h"

/* Its state and snapshot have been read from the store. */
void	registry_loaded(struct registry *);
/* The store came back older: what is known of its last list, proof, validator and checkpoint, may
 * be of one that is lost. */
void	registry_distrusted(struct registry *);
/* What rooms above make for it and free themselves; NULL: gone. */
void	registry_tie(struct registry *, struct hold *, struct lookup *);
/* Whether its changes for the worse wait, and the hash of their first plan. */
void	registry_hold_changed(struct registry *, bool held, const char *plan);

/* A poll runs, of whatever kind. */
void	registry_poll_began(struct registry *, struct poll *);
/* It stages under the next number, which is the registry's from here on. */
void	registry_poll_numbered(struct registry *);
/* Its worker is done, and used so much memory at most. */
void	registry_worker_done(struct registry *, uint64_t maxrss_kib);
/* It reads a list, whole or changes: the timetable waits for its end. */
void	registry_attempted(struct registry *, int64_t started_s);
/* A look-up or dry run leaves the state as it was before. */
void	registry_poll_undone(struct registry *, enum registry_state before);
/* It runs no more; if nothing else was told, the state is as before. */
void	registry_poll_gone(struct registry *, enum registry_state before);
/* stop: until a reload or an operator says otherwise; retry_at_s: 0, or not before then. */
void	registry_poll_failed(struct registry *, bool stop, int64_t retry_at_s, const char *why);
void	registry_poll_refused(struct registry *, const char *why);	/* the feed, whole */
/* That feed, and who accepts it. */
void	registry_feed_refused(struct registry *, const struct refused *);
void	registry_feed_accepted(struct registry *, const char *by);
/* A dry run is over; takes over what it found, NULL: nothing. */
void	registry_dry_run_found(struct registry *, json_t *result);
void	registry_poll_succeeded(struct registry *, int64_t started_s, int64_t retry_at_s);
/* The plug-in has been asked: without a description its error is the registry's. */
void	registry_described(struct registry *);
/* The same, late, after it could not be used: it may poll, or is asked again. */
void	registry_described_late(struct registry *);

/* Known records and numbers that the last list lacked without proof. */
void	registry_lacks(struct registry *, uint64_t records, uint64_t numbers);
/* A look-up or a delta has added to the mirror: it is more than the list it was read from. */
void	registry_grew(struct registry *, bool by_lookup);
/* A whole list of so many records has been read, under that identity. */
void	registry_read_whole(struct registry *, int64_t started_s, uint64_t records,
	    uint64_t identity, int64_t source_time_s, int64_t as_of_s);
/* The file of a drop directory that the mirror is of, escaped; "": none. */
void	registry_read_file(struct registry *, const char *name);
/* What it would decide by its list, while it is observed; takes the reference. */
void	registry_observed(struct registry *, json_t *result);
/* A poll has read what is there now; news: something of it is new. */
void	registry_heard(struct registry *, int64_t started_s, bool news);
void	registry_proof_named(struct registry *, const char *proof);
/* The list becomes the mirror, but for the rows left out; its validator is kept only if it is
 * proven. */
void	registry_took(struct registry *, bool proven, const struct validator *,
	    const struct left_out *);
/* Takes over the bytes. */
void	registry_took_checkpoint(struct registry *, char *checkpoint, size_t len);

void	registry_commit_began(struct registry *, struct commit *, bool proven, bool remapped);
/* From where a restart carries it on, as JSON; "": nothing is left to do. */
void	registry_commit_noted(struct registry *, const char *pending);
/* The poll begun then has read a complete list, a proven one perhaps. */
void	registry_completed(struct registry *, int64_t started_s, bool complete, bool proven);
/* !done: the next start carries it on */
void	registry_commit_over(struct registry *, bool done);

/* Other settings: what went wrong under the old ones is forgotten, a full poll comes soon. */
void	registry_reset(struct registry *);
/* A stopped one may poll again. */
void	registry_wake(struct registry *);

#endif /* ENGINE_REGISTRY_EVENT_H */
