/* SPDX-License-Identifier: ISC */
/* expose.c -- see expose.h. */
#include "engine/ops/expose.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

void
expose_family(struct expose *e, const char *name, const char *type, const char *help)
{
	e->name = name;
	buf_printf(e->out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
expose_label_value(struct buf *out, const char *value)
{
	char text[EXPOSE_LABEL_MAX];

	for (const char *s = text_escape(value, strlen(value), text, sizeof(text));
	    *s != '\0'; s++) {
		if (*s == '\\' || *s == '"')
			buf_putc(out, '\\');
		buf_putc(out, *s);
	}
}

/* extra: one more label, name and value, or NULL. */
static void
expose_head(struct expose *e, const char *suffix, const char *const *labels, const char *extra,
    const char *value)
{
	char before = '{';

	buf_puts(e->out, e->name);
	buf_puts(e->out, suffix);
	for (size_t i = 0; labels != NULL && labels[i] != NULL; i += 2) {
		buf_printf(e->out, "%c%s=\"", before, labels[i]);
		expose_label_value(e->out, labels[i + 1]);
		buf_putc(e->out, '"');
		before = ',';
	}
	if (extra != NULL) {
		buf_printf(e->out, "%c%s=\"%s\"", before, extra, value);
		before = ',';
	}
	buf_puts(e->out, before == ',' ? "} " : " ");
}

void
expose_int(struct expose *e, const char *const *labels, int64_t value)
{
	expose_head(e, "", labels, NULL, NULL);
	buf_printf(e->out, "%" PRId64 "\n", value);
}

static void
expose_number(struct buf *out, double value)
{
	if (isnan(value))
		buf_puts(out, "NaN\n");
	else if (isinf(value))
		buf_puts(out, value > 0 ? "+Inf\n" : "-Inf\n");
	else
		buf_printf(out, "%.15g\n", value);
}

void
expose_double(struct expose *e, const char *const *labels, double value)
{
	expose_head(e, "", labels, NULL, NULL);
	expose_number(e->out, value);
}

void
expose_histogram(struct expose *e, const char *const *labels, const int64_t *bounds,
    const uint64_t *buckets, size_t n, double sum)
{
	uint64_t total = 0;
	char bound[24];

	for (size_t i = 0; i < n; i++) {
		total += buckets[i];
		if (i + 1 < n)
			(void)snprintf(bound, sizeof(bound), "%" PRId64, bounds[i]);
		expose_head(e, "_bucket", labels, "le", i + 1 < n ? bound : "+Inf");
		buf_printf(e->out, "%" PRIu64 "\n", total);
	}
	expose_head(e, "_sum", labels, NULL, NULL);
	expose_number(e->out, sum);
	expose_head(e, "_count", labels, NULL, NULL);
	buf_printf(e->out, "%" PRIu64 "\n", total);
}
