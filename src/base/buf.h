/* SPDX-License-Identifier: ISC */
/*
 * buf.h -- growing bytes with a declared maximum.
 *
 * The content is always NUL-terminated.  Growth beyond max, or out of memory,
 * sets failed: all later appends do nothing, so that a caller may append at
 * will and check once.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdarg.h>

struct buf {
	char	*data;		/* owned; NULL until the first append */
	size_t	 len;		/* bytes, without the NUL */
	size_t	 cap;		/* bytes allocated */
	size_t	 max;		/* bytes allowed, without the NUL */
	bool	 failed;
};

void	buf_init(struct buf *, size_t max);
/* Frees the content; the buf may be used again with the same max. */
void	buf_free(struct buf *);
/* Empties it, keeps the memory, clears failed. */
void	buf_clear(struct buf *);
void	buf_add(struct buf *, const void *data, size_t len);
void	buf_puts(struct buf *, const char *s);
void	buf_putc(struct buf *, char c);
void	buf_printf(struct buf *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	buf_vprintf(struct buf *, const char *fmt, va_list ap)
	    __attribute__((format(printf, 2, 0)));
/* s (valid UTF-8) as a JSON string with its quotes; NULL as null. */
void	buf_json(struct buf *, const char *s);
/* Removes the first n bytes. */
void	buf_shift(struct buf *, size_t n);
/* The content as a C string, "" while empty.  Lent until the next change. */
const char *buf_str(const struct buf *);

#endif /* BASE_BUF_H */
