/* SPDX-License-Identifier: ISC */
/* report.c -- see report.h. */
#include "check/report.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"

static void
line_print(struct report *r, const char *word, const char *text)
{
	char shown[2 * REPORT_LINE_MAX];

	fprintf(r->out, "%-5s %s%s%s\n", word, r->what, text[0] != '\0' ? ": " : "",
	    text_escape(text, strlen(text), shown, sizeof(shown)));
	(void)fflush(r->out);
}

void
report_begin(struct report *r, const char *what)
{
	r->what = what;
	r->checks++;
	r->found = r->warned = 0;
}

void
report_end(struct report *r)
{
	char text[64];

	if (r->found == 0 && r->warned == 0)
		line_print(r, "ok", "");
	if (r->found <= REPORT_TOLD)
		return;
	(void)snprintf(text, sizeof(text), "and %u more", r->found - REPORT_TOLD);
	line_print(r, "FAIL", text);
}

void
report_find(struct report *r, const char *fmt, ...)
{
	char text[REPORT_LINE_MAX];
	va_list ap;

	r->findings++;
	if (r->found++ >= REPORT_TOLD)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line_print(r, "FAIL", text);
}

void
report_warn(struct report *r, const char *fmt, ...)
{
	char text[REPORT_LINE_MAX];
	va_list ap;

	r->warnings++;
	if (r->warned++ >= REPORT_TOLD)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line_print(r, "warn", text);
}
