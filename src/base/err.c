/* SPDX-License-Identifier: ISC */
/* err.c -- see err.h. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int err_format(struct err *err, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));

/* Something is wrong, unless the caller knows better.  The length that was wanted. */
static int
err_format(struct err *err, const char *fmt, va_list ap)
{
	err->passing = err->hidden = false;
	return vsnprintf(err->text, sizeof(err->text), fmt, ap);
}

int
err_set(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	(void)err_format(err, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_set_passing(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	(void)err_format(err, fmt, ap);
	va_end(ap);
	err->passing = true;
	return -1;
}

static bool
errno_passes(int errnum)
{
	static const int passing[] = {
		EADDRINUSE, EADDRNOTAVAIL, EAGAIN, EBUSY, EDQUOT, EINTR, EIO, EMFILE, ENFILE,
		ENOBUFS, ENOMEM, ENOSPC, EROFS, ESTALE, ETXTBSY
	};

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++)
		if (passing[i] == errnum)
			return true;
	return false;
}

int
err_set_errno(struct err *err, int errnum, const char *fmt, ...)
{
	va_list ap;
	int len;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	len = err_format(err, fmt, ap);
	va_end(ap);
	if (len >= 0 && (size_t)len < sizeof(err->text))
		(void)snprintf(err->text + len, sizeof(err->text) - (size_t)len, ": %s",
		    strerror(errnum));
	err->passing = errno_passes(errnum);
	err->hidden = errnum == EACCES || errnum == EPERM;
	return -1;
}

int
err_prefix(struct err *err, const char *fmt, ...)
{
	char what[ERR_MAX], old[ERR_MAX];
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	(void)snprintf(old, sizeof(old), "%s", err->text);
	(void)snprintf(err->text, sizeof(err->text), "%.*s: %.*s",
	    ERR_MAX / 2 - 2, what, ERR_MAX / 2 - 2, old);
	return -1;
}
