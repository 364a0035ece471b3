/* SPDX-License-Identifier: ISC */
/*
 * err.h -- one sentence saying what failed, where, why and what to do.
 *
 * Functions that can fail take a struct err * last, fill it and return -1 (or
 * NULL).  A failure is described once, where it is known, and logged once, by
 * the engine.  Foreign text goes through text_escape() before it gets here.
 *
 * Failure is not a verdict: "no memory", "cannot be read now" and "is not valid" are
 * three results.  The first two are `passing`: nothing is known to be wrong, and the
 * same may succeed at the next try.  Who rejects, concludes or gives up looks at it.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#define ERR_MAX	512	/* bytes with NUL; longer texts are cut */

struct err {
	char	text[ERR_MAX];
	bool	passing;	/* memory, a descriptor, a disk, a port was lacking */
	bool	hidden;		/* others may see what this user may not */
};

/* Formats into err (which may be NULL): something is wrong.  Always returns -1. */
int	err_set(struct err *err, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* The same for what may be otherwise at the next try.  Always returns -1. */
int	err_set_passing(struct err *err, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/*
 * The same with ": " and what errno(3) says behind it, passing where a second try may
 * do: memory, a descriptor, a disk, a port was lacking.  Always returns -1.
 */
int	err_set_errno(struct err *err, int errnum, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* Puts "what: " before the text that is there.  Always returns -1. */
int	err_prefix(struct err *err, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif /* BASE_ERR_H */
