/* SPDX-License-Identifier: ISC */
/* nomem.c -- see nomem.h. */
#include "nomem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <certsync/connector.h>

#define POINTS_MAX	20000	/* allocations one run may need */

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED	1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED	1
#endif

static long fail_at;	/* allocations to go until one fails; 0: none fails */
static bool did_fail;	/* one has */

#ifndef SANITIZED
/* glibc's own, by the names it keeps for replacements of malloc. */
void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);
void	*__libc_memalign(size_t, size_t);

static bool
fails(void)
{
	if (fail_at == 0 || --fail_at != 0)
		return false;
	did_fail = true;
	return true;
}

CS_API void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

CS_API void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

CS_API void *
realloc(void *p, size_t size)
{
	return fails() ? NULL : __libc_realloc(p, size);
}

CS_API void *
aligned_alloc(size_t align, size_t size)
{
	return fails() ? NULL : __libc_memalign(align, size);
}
#endif

bool
nomem_over(void)
{
	fail_at = 0;
	return did_fail;
}

void
nomem_each(nomem_fn *fn, void *arg)
{
	did_fail = false;
	fn(arg);		/* one-time set-up of libraries is not what is tried */
#ifndef SANITIZED
	for (long point = 1; point <= 1 || did_fail; point++) {
		assert_in_range(point, 1, POINTS_MAX);
		did_fail = false;
		fail_at = point;
		fn(arg);
		if (!nomem_over() && point == 1)
			fail_msg("nothing was allocated");
	}
#endif
}
