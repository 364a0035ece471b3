/* SPDX-License-Identifier: ISC */
/* err.c -- see err.h. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

int
err_set(struct err *err, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
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
