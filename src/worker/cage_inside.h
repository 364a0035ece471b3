/* SPDX-License-Identifier: ISC */
/* cage_inside.h -- what the files of cage.h share.  Nobody else includes it. */
#ifndef WORKER_CAGE_INSIDE_H
#define WORKER_CAGE_INSIDE_H

#include "base/err.h"

/* Nothing of the file system but that file may be opened, where there is Landlock.  -1: err. */
int	cage_landlock(int plugin_fd, struct err *);
/* Nothing but what is below dir may be written, nobody reached.  -1: err. */
int	cage_landlock_writes(const char *dir, struct err *);

#endif /* WORKER_CAGE_INSIDE_H */
