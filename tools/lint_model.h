/* SPDX-License-Identifier: ISC */
/*
 * lint_model.h -- what clang-tidy cannot see across files, and what it need not
 * look into: err_set() and err_prefix() always return -1; a table of uthash keeps
 * what is added, loses what is deleted, and finds something or nothing.  Its own
 * loops over buckets took more time than all that is ours in such a file, and hid
 * that what was deleted is in the table no more.  Included before every file that
 * clang-tidy reads but err.c.
 */
#ifndef TOOLS_LINT_MODEL_H
#define TOOLS_LINT_MODEL_H

#include <stddef.h>

#include "base/err.h"
#include "base/hash.h"

#include <uthash.h>

#define err_set(...)	((void)err_set(__VA_ARGS__), -1)
#define err_set_passing(...)	((void)err_set_passing(__VA_ARGS__), -1)
#define err_set_errno(...)	((void)err_set_errno(__VA_ARGS__), -1)
#define err_prefix(...)	((void)err_prefix(__VA_ARGS__), -1)

/* Never defined: they may return whatever they like. */
void	*lint_found(const void *head, const void *key, size_t len);
void	*lint_with(void *head, void *added) __attribute__((returns_nonnull));
void	*lint_without(void *head, const void *gone);

#undef HASH_FIND
#define HASH_FIND(hh, head, key, len, out)	((out) = lint_found((head), (key), (len)))
#undef HASH_ADD_KEYPTR_BYHASHVALUE
#define HASH_ADD_KEYPTR_BYHASHVALUE(hh, head, key, len, hashv, add) \
	((void)(hashv), (head) = lint_with((head), (add)))
#undef HASH_DELETE_HH
#define HASH_DELETE_HH(hh, head, gone)	((head) = lint_without((head), (gone)))

#endif /* TOOLS_LINT_MODEL_H */
