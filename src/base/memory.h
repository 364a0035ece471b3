/* SPDX-License-Identifier: ISC */
/*
 * memory.h -- where a failed allocation ends the process.
 *
 * What one poll, claim or request needs may be lacking: that one fails or waits, and
 * says so.  What must follow the store (the index, the work list, plans, counts) must
 * not be left behind it, and libraries that take a failed allocation for something
 * else, or crash, are given none.  There the process ends: every change in Redis is
 * whole, and the next start reads where it was.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

#define MEMORY_EXIT	70	/* EX_SOFTWARE: systemd starts it again */

/* Logs that there is no memory for `what` ("the index") and ends the process. */
void	memory_end(const char *what) __attribute__((noreturn));
/* malloc(3) and realloc(3) that end it. */
void	*memory_get(size_t size);
void	*memory_resize(void *old, size_t size);
/*
 * Has Jansson allocate by memory_get(): json_loads() calls a text invalid when it gets
 * no memory for it.  Once, at the start of a program.
 */
void	 memory_guard_json(void);

#endif /* BASE_MEMORY_H */
