/* SPDX-License-Identifier: ISC */
/*
 * err.h -- one sentence saying what failed, where, why and what to do.
 *
 * Functions that can fail take a struct err * last, fill it and return -1 (or
 * NULL).  A failure is described once, where it is known, and logged once, by
 * the engine.  Foreign text goes through text_escape() before it gets here.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define ERR_MAX	512	/* bytes with NUL; longer texts are cut */

struct err {
	char	text[ERR_MAX];
};

/* Formats into err (which may be NULL).  Always returns -1. */
int	err_set(struct err *err, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Puts "what: " before the text that is there.  Always returns -1. */
int	err_prefix(struct err *err, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

#endif /* BASE_ERR_H */
