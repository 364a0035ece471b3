/* SPDX-License-Identifier: ISC */
/* settings_print.c -- writes single settings and their ranges by their row, see settings.h. */
#include "config/settings.h"

#include <string.h>

/* Item i of choices. */
static void
print_choice(const char *choices, unsigned i, struct buf *out)
{
	while (i-- > 0)
		choices += strcspn(choices, "|") + 1;
	buf_add(out, choices, strcspn(choices, "|"));
}

void
setting_print_duration(int64_t ms, struct buf *out)
{
	static const struct { int64_t ms; const char *name; } units[] = {
		{ 24 * SETTING_MS_PER_HOUR, "d" }, { SETTING_MS_PER_HOUR, "h" },
		{ 60000, "m" }, { 1000, "s" }, { 1, "ms" }
	};
	size_t i = 0;

	if (ms == 0) {
		buf_puts(out, "0");
		return;
	}
	while (ms % units[i].ms != 0)
		i++;
	/* A day is the interval people know as 24h; weeks read better in days. */
	if (i == 0 && ms <= 48 * SETTING_MS_PER_HOUR)
		i = 1;
	buf_printf(out, "%lld%s", (long long)(ms / units[i].ms), units[i].name);
}

static void
print_size(int64_t bytes, struct buf *out)
{
	static const char units[] = "GMK";
	int shift = 30;
	size_t i;

	for (i = 0; i < 3; i++, shift -= 10)
		if (bytes != 0 && bytes % (INT64_C(1) << shift) == 0) {
			buf_printf(out, "%lld%c", (long long)(bytes >> shift), units[i]);
			return;
		}
	buf_printf(out, "%lld", (long long)bytes);
}

/* A number of the row's type, as the row's min and max are written. */
static void
print_number(const struct setting *s, int64_t n, struct buf *out)
{
	if (s->type == SETTING_DURATION)
		setting_print_duration(n, out);
	else if (s->type == SETTING_SIZE)
		print_size(n, out);
	else
		buf_printf(out, s->type == SETTING_RATIO ? "%lld%%" : "%lld",
		    (long long)n);
}

static void
print_choices(const char *choices, struct buf *out)
{
	const char *next;
	size_t len;

	for (; choices != NULL; choices = next) {
		len = strcspn(choices, "|");
		next = choices[len] == '\0' ? NULL : choices + len + 1;
		buf_add(out, choices, len);
		if (next != NULL)
			buf_puts(out, strchr(next, '|') != NULL ? ", " : " or ");
	}
}

void
setting_print_range(const struct setting *s, struct buf *out)
{
	switch (s->type) {
	case SETTING_ENUM:
	case SETTING_WORD:
		print_choices(s->choices, out);
		break;
	case SETTING_BOOL:
		buf_puts(out, "yes or no");
		break;
	case SETTING_INT:
	case SETTING_UNSIGNED:
	case SETTING_INT64:
	case SETTING_HOURS:
	case SETTING_DURATION:
	case SETTING_SIZE:
	case SETTING_RATIO:
	case SETTING_DAYS:
		/* A plug-in may leave the end open. */
		if (s->max == INT64_MAX)
			break;
		print_number(s, s->min, out);
		buf_puts(out, " to ");
		print_number(s, s->max, out);
		break;
	case SETTING_TEXT:
	case SETTING_PATH:
	case SETTING_SECRET:
	case SETTING_ZONE:
	case SETTING_DATE:
	case SETTING_MINUTE:
	case SETTING_HOSTS:
		break;
	}
}

const char *
setting_type_name(const struct setting *s)
{
	static const char *const names[] = {
		[SETTING_TEXT] = "text", [SETTING_PATH] = "path",
		[SETTING_SECRET] = "secret", [SETTING_INT] = "number",
		[SETTING_UNSIGNED] = "number", [SETTING_INT64] = "number",
		[SETTING_HOURS] = "number", [SETTING_DURATION] = "duration",
		[SETTING_SIZE] = "size", [SETTING_RATIO] = "share",
		[SETTING_BOOL] = "switch", [SETTING_ENUM] = "word",
		[SETTING_WORD] = "word", [SETTING_ZONE] = "time zone",
		[SETTING_DATE] = "date", [SETTING_MINUTE] = "time of day",
		[SETTING_HOSTS] = "list of hosts",
		[SETTING_DAYS] = "list of numbers"
	};

	return s->unit != NULL ? s->unit : names[s->type];
}

static void
print_list(const struct setting *s, const char *base, struct buf *out)
{
	const void *field = base + s->offset;
	size_t n = *(const size_t *)(const void *)(base + s->count_offset), i;

	for (i = 0; i < n; i++) {
		buf_puts(out, i == 0 ? "" : ", ");
		if (s->type == SETTING_HOSTS)
			buf_puts(out, ((const char *const *)field)[i]);
		else
			buf_printf(out, "%d", ((const int *)field)[i]);
	}
}

static void
print_minute(const struct config_minute *at, struct buf *out)
{
	if (at->set)
		buf_printf(out, "%02d:%02d", at->minute / 60, at->minute % 60);
}

static void
print_text(const char *text, struct buf *out)
{
	if (text != NULL)
		buf_puts(out, text);
}

void
setting_print(const struct setting *s, const void *base, struct buf *out)
{
	const void *field = (const char *)base + s->offset;
	const struct zone *zone;
	char date[CS_DATE_TEXT];
	unsigned number;

	switch (s->type) {
	case SETTING_TEXT:
	case SETTING_PATH:
	case SETTING_WORD:
		print_text(*(const char *const *)field, out);
		break;
	case SETTING_SECRET:
		print_text(((const struct config_secret *)field)->ref, out);
		break;
	case SETTING_INT:
		buf_printf(out, "%d", *(const int *)field);
		break;
	case SETTING_UNSIGNED:
		buf_printf(out, "%u", *(const unsigned *)field);
		break;
	case SETTING_HOURS:
		print_number(s, *(const int64_t *)field / SETTING_MS_PER_HOUR, out);
		break;
	case SETTING_INT64:
	case SETTING_DURATION:
	case SETTING_SIZE:
		print_number(s, *(const int64_t *)field, out);
		break;
	case SETTING_RATIO:
		buf_printf(out, "%.6g%%", *(const double *)field * SETTING_PERCENT);
		break;
	case SETTING_BOOL:
		buf_puts(out, *(const bool *)field ? "yes" : "no");
		break;
	case SETTING_ENUM:
		memcpy(&number, field, sizeof(number));
		print_choice(s->choices, number, out);
		break;
	case SETTING_ZONE:
		zone = *(const struct zone *const *)field;
		print_text(zone != NULL ? zone_name(zone) : NULL, out);
		break;
	case SETTING_DATE:
		buf_puts(out, cs_date_text(*(const struct cs_date *)field, date));
		break;
	case SETTING_MINUTE:
		print_minute(field, out);
		break;
	case SETTING_HOSTS:
	case SETTING_DAYS:
		print_list(s, base, out);
		break;
	}
}
