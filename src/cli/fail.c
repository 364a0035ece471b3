/* SPDX-License-Identifier: ISC */
/* fail.c -- see cli.h: what the command says when it cannot. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/cli.h"

#define MESSAGE_MAX	2048	/* bytes of one message, before it is escaped */

int
cli_fail(int code, const char *fmt, ...)
{
	char text[MESSAGE_MAX], shown[2 * MESSAGE_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fflush(stdout);		/* so that both read in order on a terminal */
	fprintf(stderr, "certsync: %s\n", text_escape(text, strlen(text), shown,
	    sizeof(shown)));
	return code;
}
