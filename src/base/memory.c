/* SPDX-License-Identifier: ISC */
/* memory.c -- see memory.h. */
#include "base/memory.h"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

void
memory_end(const char *what)
{
	log_error("out of memory for %s: certsyncd ends; nothing is lost, the next start goes on "
	    "from what is stored", what);
	_exit(MEMORY_EXIT);
}

void *
memory_get(size_t size)
{
	void *p = malloc(size);

	if (p == NULL && size > 0)
		memory_end("a library");
	return p;
}

void *
memory_resize(void *old, size_t size)
{
	void *p = realloc(old, size);

	if (p == NULL && size > 0)
		memory_end("a library");
	return p;
}

void
memory_guard_json(void)
{
	json_set_alloc_funcs(memory_get, free);
}
