/* SPDX-License-Identifier: ISC */
/*
 * slurp.h -- a small file, whole, without ever waiting for it.
 */
#ifndef ENGINE_SLURP_H
#define ENGINE_SLURP_H

#include <stddef.h>

#include "base/err.h"

/*
 * The bytes of the regular file at path, with a NUL behind them, owned by the
 * caller.  NULL: err goes on from the path ("cannot be opened: ..."), also for
 * a file of more than max bytes.
 */
char	*slurp_file(const char *path, size_t max, size_t *out_len, struct err *err);

#endif /* ENGINE_SLURP_H */
