/* SPDX-License-Identifier: ISC */
/*
 * file.h -- the small files of the daemon: read whole without ever waiting,
 * replaced whole or not at all, locked.
 *
 * Errors go on from the path: "cannot be opened: ...".
 */
#ifndef IO_FILE_H
#define IO_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define FILE_PATH_MAX	512	/* bytes of a path that is made here, with NUL */
#define FILE_LOCKED	(-2)	/* file_lock(): by somebody else */

/*
 * The bytes of the regular file at path, with a NUL behind them, owned by the
 * caller.  NULL: err, also for a file of more than max bytes.
 */
char	*file_read(const char *path, size_t max, size_t *out_len, struct err *err);
/*
 * Writes path by way of path.new, on disk before it takes the old one's place.
 * Blocks for as long as the disk takes.  -1: err, and the old one stays.
 */
int	 file_replace(const char *path, const char *text, size_t len, struct err *err);
/* The same without waiting for the disk: a power cut may leave the old one, or an empty one. */
int	 file_put(const char *path, const char *text, size_t len, struct err *err);
/* Makes the folder, for its owner only, unless it is there.  -1: err. */
int	 file_make_dir(const char *path, struct err *err);
/*
 * Whether this process is root and the folder somebody else's, whose name goes into
 * out_owner ("#1000" where the number has none): files that root leaves there are
 * closed to its owner.  Asks the user database, so not for the loop.
 */
bool	 file_is_not_roots(const char *path, char *out_owner, size_t size);
/* What is at a path, for who only looks. */
enum file_look {
	FILE_LOOK_OK = 0,
	FILE_LOOK_MISSING,
	FILE_LOOK_HIDDEN,	/* this user may not see it */
	FILE_LOOK_WRONG		/* something else is there */
};
/* A regular file that can be read; a directory that can be entered.  Unless OK: err. */
enum file_look file_look(const char *path, struct err *err);
enum file_look file_look_dir(const char *path, struct err *err);
/*
 * The names in a directory that end in suffix, without it, sorted, ", " between them;
 * cut where out is full.  How many there are; -1: it cannot be read.
 */
int	 file_names(const char *dir, const char *suffix, char *out, size_t size);
/*
 * Makes the file if need be and locks it until file_unlock() or the process's
 * end.  A descriptor; FILE_LOCKED: somebody else has it; -1: err.
 */
int	 file_lock(const char *path, struct err *err);
void	 file_unlock(int fd);	/* negative: nothing */

#endif /* IO_FILE_H */
