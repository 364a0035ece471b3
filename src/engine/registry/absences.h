/* SPDX-License-Identifier: ISC */
/*
 * absences.h -- which verified badges a connector's proven snapshots lack, and
 * how often in a row (core/missing.h); kept beside the mirror.
 *
 * An entry belongs to what a claim may match, not to a badge: an edited claim
 * begins anew, and the store shows no id.  A proven poll counts the entries
 * before its badges are decided, so that every change it makes is decided
 * together; once the mirror is merged the entries follow it.  A crash between
 * repeats both: the same poll counts once.
 * A list that is read otherwise than the mirror was counts as often as it takes.
 *
 * There is at most one entry a verified badge.
 */
#ifndef ENGINE_ABSENCES_H
#define ENGINE_ABSENCES_H

#include "core/missing.h"
#include "engine/registry/registry.h"

/* An entry as stored; damaged ones are left out and count anew. */
void	absences_load(struct registry *, const char *field, const char *value);
void	absences_free(struct registry *);
/* Nothing has been missing so far; stored with the next ones. */
void	absences_forget(struct registry *);

/* How often it was missing so far; all zero: not at all. */
struct missing absences_of(const struct registry *, const struct index_badge *);
/* Whether the registry lacks what the badge claims often enough, as of now. */
bool	absences_count(const struct registry *, const struct index_badge *);
/*
 * The proven poll begun at started_s counts, for this badge, if it was missing
 * before.  true: it is missing often enough now.
 */
bool	absences_poll(struct registry *, const struct index_badge *, int64_t started_s);

/* The mirror is merged: who is listed is forgotten; who is not is noted if the list was proven. */
void	absences_follow(struct registry *, int64_t started_s);
/* Appends a batch of what has changed since stored.  false: nothing has. */
bool	absences_save(struct registry *, struct store_txn *);
/* The batch is stored. */
void	absences_saved(struct registry *);

#endif /* ENGINE_ABSENCES_H */
