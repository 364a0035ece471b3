/* SPDX-License-Identifier: ISC */
/* plan.c -- see plan.h. */
#include "core/plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"

#define UNTIL	"until:"
#define CASE	"case"

/* --- one line ---------------------------------------------------------------- */

/* The same day ending earlier counts: a zone or grace may have changed. */
static bool
expires_earlier(const struct badge *before, const struct badge *after)
{
	int c;

	if (!cs_date_is_set(after->expires_on))
		return false;
	if (!cs_date_is_set(before->expires_on))
		return true;
	c = cs_date_compare(after->expires_on, before->expires_on);
	if (c != 0)
		return c < 0;
	return after->valid_until_s != 0 &&
	    (before->valid_until_s == 0 || after->valid_until_s < before->valid_until_s);
}

static enum badge_reason
first_reason(unsigned reasons)
{
	for (unsigned i = 0; i < REASON_COUNT; i++)
		if ((reasons & (1u << i)) != 0)
			return (enum badge_reason)i;
	return REASON_UNCHECKED;
}

bool
plan_line_of(const struct badge *before, const struct badge *after, struct plan_line *out)
{
	struct plan_line line = { .version = before->version, .from = before->status,
	    .to = after->status };

	if (before->status != BADGE_VERIFIED ||
	    !text_copy(line.badge, sizeof(line.badge), before->claim.badge))
		return false;
	line.reason = after->reason;
	if (after->status != BADGE_VERIFIED)
		line.change = PLAN_LEAVES;
	else if (before->case_reasons == 0 && after->case_reasons != 0) {
		line.change = PLAN_CASE;
		line.reason = first_reason(after->case_reasons);
	} else if (expires_earlier(before, after)) {
		line.change = PLAN_EARLIER;
		line.until = after->expires_on;
	} else
		return false;
	*out = line;
	return true;
}

bool
plan_line_same(const struct plan_line *a, const struct plan_line *b)
{
	return a->from == b->from && a->to == b->to && a->change == b->change &&
	    a->reason == b->reason && cs_date_compare(a->until, b->until) == 0 &&
	    strcmp(a->badge, b->badge) == 0;
}

const char *
plan_line_to(const struct plan_line *line, char out[PLAN_TO_SIZE])
{
	char date[CS_DATE_TEXT];

	switch (line->change) {
	case PLAN_CASE:
		return CASE;
	case PLAN_EARLIER:
		(void)snprintf(out, PLAN_TO_SIZE, UNTIL "%s", cs_date_text(line->until, date));
		return out;
	default:
		return badge_status_name(line->to);
	}
}

const char *
plan_line_text(const struct plan_line *line, char out[PLAN_LINE_SIZE])
{
	char to[PLAN_TO_SIZE];

	(void)snprintf(out, PLAN_LINE_SIZE, "%s %" PRId64 " %s %s %s", line->badge, line->version,
	    badge_status_name(line->from), plan_line_to(line, to), badge_reason_name(line->reason));
	return out;
}

static bool
parse_to(const char *word, struct plan_line *line)
{
	line->to = line->from;
	if (strcmp(word, CASE) == 0) {
		line->change = PLAN_CASE;
		return true;
	}
	if (text_starts(word, UNTIL)) {
		line->change = PLAN_EARLIER;
		return cs_date_parse("%Y-%m-%d", word + strlen(UNTIL),
		    &line->until) == CS_DATE_OK &&
		    cs_date_is_set(line->until);
	}
	line->change = PLAN_LEAVES;
	return badge_status_parse(word, &line->to);
}

int
plan_line_parse(const char *text, struct plan_line *out, struct err *err)
{
	char copy[PLAN_LINE_SIZE], *rest = copy, *words[5];
	struct plan_line line = { .version = 0 };
	size_t n = 0;

	if (!text_copy(copy, sizeof(copy), text))
		return err_set(err, "a line of a plan is too long");
	while (n < 5 && (words[n] = strsep(&rest, " ")) != NULL)
		n++;
	if (n < 5 || rest != NULL)
		return err_set(err, "a line of a plan has five words");
	if (!text_is_id(words[0], BADGE_ID_MAX))
		return err_set(err, "a line of a plan begins with a badge's id");
	(void)text_copy(line.badge, sizeof(line.badge), words[0]);
	if (!text_parse_i64(words[1], 1, INT64_MAX, &line.version))
		return err_set(err, "badge %s: its version is no number from 1", line.badge);
	if (!badge_status_parse(words[2], &line.from) || !parse_to(words[3], &line) ||
	    !badge_reason_parse(words[4], &line.reason))
		return err_set(err, "badge %s: a word of its line is unknown", line.badge);
	*out = line;
	return 0;
}

/* --- the list ----------------------------------------------------------------- */

int
plan_add(struct plan *plan, const struct plan_line *line)
{
	size_t cap = plan->cap == 0 ? 64 : plan->cap * 2;
	struct plan_line *lines;

	if (plan->count == PLAN_LINES_MAX)
		return -1;
	if (plan->count == plan->cap) {
		lines = reallocarray(plan->lines, cap, sizeof(*lines));
		if (lines == NULL)
			return -1;
		plan->lines = lines;
		plan->cap = cap;
	}
	plan->lines[plan->count++] = *line;
	return 0;
}

static int
badge_compare(const struct plan_line *a, const struct plan_line *b)
{
	return strcmp(a->badge, b->badge);
}

/* A whole order, so that what stays does not depend on the order of adding. */
static int
line_compare(const void *av, const void *bv)
{
	const struct plan_line *a = av, *b = bv;
	char a_text[PLAN_LINE_SIZE], b_text[PLAN_LINE_SIZE];
	int c = badge_compare(a, b);

	if (c == 0)
		c = (a->version > b->version) - (a->version < b->version);
	return c != 0 ? c : strcmp(plan_line_text(a, a_text), plan_line_text(b, b_text));
}

void
plan_sort(struct plan *plan)
{
	size_t n = 0;

	if (plan->count > 1)
		qsort(plan->lines, plan->count, sizeof(*plan->lines), line_compare);
	for (size_t i = 0; i < plan->count; i++) {
		if (n > 0 && badge_compare(&plan->lines[n - 1], &plan->lines[i]) == 0)
			n--;
		plan->lines[n++] = plan->lines[i];
	}
	plan->count = n;
}

size_t
plan_strike(struct plan *plan, plan_fn *stands, void *arg)
{
	size_t n = 0, struck;

	for (size_t i = 0; i < plan->count; i++)
		if (stands(arg, &plan->lines[i]))
			plan->lines[n++] = plan->lines[i];
	struck = plan->count - n;
	plan->count = n;
	return struck;
}

void
plan_free(struct plan *plan)
{
	free(plan->lines);
	*plan = (struct plan){ .count = 0 };
}

void
plan_text(const struct plan *plan, struct buf *out)
{
	char line[PLAN_LINE_SIZE];

	for (size_t i = 0; i < plan->count; i++) {
		buf_puts(out, plan_line_text(&plan->lines[i], line));
		buf_putc(out, '\n');
	}
}

int
plan_parse(const char *text, struct plan *out, struct err *err)
{
	char copy[PLAN_LINE_SIZE];
	struct plan_line line;
	const char *end;

	*out = (struct plan){ .count = 0 };
	for (; *text != '\0'; text = end + 1) {
		end = strchr(text, '\n');
		if (end == NULL || (size_t)(end - text) >= sizeof(copy)) {
			plan_free(out);
			return err_set(err, "a line of a plan is cut or too long");
		}
		memcpy(copy, text, (size_t)(end - text));
		copy[end - text] = '\0';
		if (plan_line_parse(copy, &line, err) != 0) {
			plan_free(out);
			return -1;
		}
		if (plan_add(out, &line) != 0) {
			plan_free(out);
			return err_set(err, "a plan has too many lines, or memory is short");
		}
	}
	plan_sort(out);
	return 0;
}

/* --- the hash ------------------------------------------------------------------ */

int
plan_hash(const struct plan *plan, char out[PLAN_HASH_SIZE])
{
	struct buf text;
	int rc;

	buf_init(&text, (size_t)PLAN_LINES_MAX * PLAN_LINE_SIZE);
	plan_text(plan, &text);
	rc = text.failed ? -1 : digest_sha256_hex(buf_str(&text), text.len, out);
	buf_free(&text);
	return rc;
}

bool
plan_hash_matches(const char *hash, const char *typed)
{
	size_t n = strlen(typed);

	return n >= PLAN_HASH_LEAST && n <= strlen(hash) && strncmp(hash, typed, n) == 0;
}
