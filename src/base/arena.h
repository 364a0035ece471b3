/* SPDX-License-Identifier: ISC */
/*
 * arena.h -- memory that is freed all at once.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena;

/* max: bytes it may hold in all.  NULL: no memory. */
struct arena	*arena_new(size_t max);
/* Zeroed, aligned for any type.  NULL: no memory or over max. */
void		*arena_alloc(struct arena *, size_t size);
/* Copies len bytes and a NUL.  NULL: as above. */
char		*arena_strndup(struct arena *, const char *s, size_t len);
char		*arena_strdup(struct arena *, const char *s);	/* NULL stays NULL */
/* Forgets all allocations, keeps one block for reuse. */
void		 arena_reset(struct arena *);
size_t		 arena_used(const struct arena *);
/* NULL is allowed.  Returns NULL. */
struct arena	*arena_free(struct arena *);

#endif /* BASE_ARENA_H */
