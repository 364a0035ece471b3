/* SPDX-License-Identifier: ISC */
/*
 * child.h -- a helper program of a test: started, waited for, ended.
 */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <sys/types.h>

#define CHILD_LINE	1024	/* bytes of the first line, with NUL */

struct child {
	pid_t	 pid;
	int	 in;			/* its standard input, held open */
	char	 line[CHILD_LINE];	/* its first line of output */
};

/* Starts argv (ended by NULL; looked up in PATH) and reads its first line,
 * waiting at most 30 s.  The child dies with the test.  -1: no such line. */
int	child_start(struct child *, const char *const argv[]);
/* Closes its input, kills it and waits for its end.  Fine on a zeroed one. */
void	child_stop(struct child *);
/* The number after "name=" in the line; -1: none. */
int	child_number(const struct child *, const char *name);
/* The word after "name=" in the line, in out.  -1: none, or too long. */
int	child_word(const struct child *, const char *name, char *out, size_t out_size);

#endif /* TESTS_CHILD_H */
