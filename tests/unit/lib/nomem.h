/* SPDX-License-Identifier: ISC */
/*
 * nomem.h -- a malloc that fails when told to.
 *
 * A program that calls nomem_each() has it for all it does, libraries included.
 * Sanitizers replace malloc themselves: there nothing ever fails.
 */
#ifndef TESTS_NOMEM_H
#define TESTS_NOMEM_H

#include <stdbool.h>

/* Something that allocates; its outcome must be whole, or an error if nomem_over() says so. */
typedef void nomem_fn(void *arg);

/*
 * Calls fn once as it is, then with its first allocation failing, with its
 * second, until none failed any more.  Fails the test if none ever did.
 */
void	nomem_each(nomem_fn *, void *arg);
/* In fn, before it looks at what it has: nothing fails from here on.  Whether something has. */
bool	nomem_over(void);

#endif /* TESTS_NOMEM_H */
