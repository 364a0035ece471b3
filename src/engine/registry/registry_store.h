/* SPDX-License-Identifier: ISC */
/*
 * registry_store.h -- a registry's state in Redis: the public hash and the
 * internal one.  registry_saving.c stores it by itself.
 */
#ifndef ENGINE_REGISTRY_STORE_H
#define ENGINE_REGISTRY_STORE_H

#include "engine/registry/registry.h"

/* Appends the commands that store its state, public and internal. */
void	registry_save(struct registry *, struct store_txn *);
/* Stores the state by itself, and tries again each second until it is stored. */
void	registry_save_now(struct registry *);
/*
 * The same, and fn hears of each outcome; STORE_OK and STORE_ENDED are the last,
 * with any other it is tried again.  One waits at a time.
 */
void	registry_save_then(struct registry *, registry_saved_fn *fn, void *arg);
/* Forgets who waits; the state is stored all the same. */
void	registry_save_forget(struct registry *);
/* For registry_new() and registry_free().  -1: no memory. */
int	registry_saving_init(struct registry *);
void	registry_saving_fini(struct registry *);
/* Fills the state from the internal hash (HGETALL). */
void	registry_restore(struct registry *, const struct redis_reply *);
/* The refused feed as JSON, owned by the caller; the reverse, of which damaged text is none. */
json_t	*registry_refused_json(const struct registry *);
void	registry_refused_parse(struct registry *, const char *text);
void	registry_refused_clear(struct registry *);

#endif /* ENGINE_REGISTRY_STORE_H */
