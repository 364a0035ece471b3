/* SPDX-License-Identifier: ISC */
/*
 * printer.c -- prints: "lines" to both streams, "odd" what no log may show as it is,
 * "long" a line of 1990 bytes, "flood" more than a pipe holds, "crash" a last word.
 */
#include <stdio.h>
#include <stdlib.h>

#include "hostile.h"

#define FLOOD	5000

static enum cs_rc
printer_next(void *state, struct cs_request *out)
{
	if (hostile_is(state, "lines"))
		(void)printf("in next, %d%c", 7, '\n');
	return hostile_next(state, out);
}

static enum cs_rc
printer_push(void *state, const char *buf, size_t len)
{
	char line[200];		/* 199 bytes */

	(void)buf, (void)len;
	if (hostile_is(state, "lines"))
		(void)fputs("in push\n", stderr);
	if (hostile_is(state, "odd"))
		(void)puts("a\033[31mb\tc\xff");
	if (hostile_is(state, "crash")) {
		(void)fputs("assertion failed: x > 0\n", stdout);
		abort();
	}
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (int i = 0; hostile_is(state, "flood") && i < FLOOD; i++)
		(void)puts(line);
	if (hostile_is(state, "long"))
		for (int i = 0; i < 10; i++)
			(void)printf("%s%s", line, i == 9 ? "\n" : "");
	return CS_OK;
}

static void
printer_close(void *state)
{
	if (hostile_is(state, "lines"))
		(void)printf("in close, without an end");
}

HOSTILE(printer, .next = printer_next, .push = printer_push,
    .close = printer_close);
