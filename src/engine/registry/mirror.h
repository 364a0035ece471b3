/* SPDX-License-Identifier: ISC */
/*
 * mirror.h -- the lines kept of one number: in the mirror the records as the
 * registry last stated them, one a line; in the staged diff of a poll "+" and a
 * record that is new, "-" and the content hash of one that is gone.
 *
 * Pure text work, shared by look-ups and the merge.
 */
#ifndef ENGINE_MIRROR_H
#define ENGINE_MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hash.h"

/* The hash of a normalised number (store_hash()) as field of mirror and staged diff: 16 hex
 * digits. */
const char *mirror_field(uint64_t hash, char out[17]);

/* Calls fn for each line of text (NULL: none); stops when fn returns false. */
typedef bool mirror_fn(void *arg, const char *line, size_t len);
void	mirror_each(const char *text, mirror_fn *fn, void *arg);

/* Whether a staged diff takes out the record whose line this is. */
bool	mirror_removes(const uint8_t key[HASH_KEY_BYTES], const char *staged,
	    const char *line, size_t len);
/* Appends the lines that are left of old after the diff, joined by newlines. */
void	mirror_merge(const uint8_t key[HASH_KEY_BYTES], const char *old,
	    const char *staged, struct buf *out);

#endif /* ENGINE_MIRROR_H */
