/* SPDX-License-Identifier: ISC */
/* tally.c -- see tally.h. */
#include "check/tally.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

static void
line_print(struct tally *r, const char *word, const char *text)
{
	char shown[2 * TALLY_LINE_MAX];

	fprintf(r->out, "%-5s %s%s%s\n", word, r->what, text[0] != '\0' ? ": " : "",
	    text_escape(text, strlen(text), shown, sizeof(shown)));
	(void)fflush(r->out);
}

void
tally_begin(struct tally *r, const char *what)
{
	r->what = what;
	r->checks++;
	r->found = r->warned = 0;
}

void
tally_end(struct tally *r)
{
	char text[64];

	if (r->found == 0 && r->warned == 0)
		line_print(r, "ok", "");
	if (r->found <= TALLY_TOLD)
		return;
	(void)snprintf(text, sizeof(text), "and %u more", r->found - TALLY_TOLD);
	line_print(r, "FAIL", text);
}

void
tally_find(struct tally *r, const char *fmt, ...)
{
	char text[TALLY_LINE_MAX];
	va_list ap;

	r->findings++;
	if (r->found++ >= TALLY_TOLD)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line_print(r, "FAIL", text);
}

void
tally_warn(struct tally *r, const char *fmt, ...)
{
	char text[TALLY_LINE_MAX];
	va_list ap;

	r->warnings++;
	if (r->warned++ >= TALLY_TOLD)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line_print(r, "warn", text);
}
