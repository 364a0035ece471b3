/* SPDX-License-Identifier: ISC */
/*
 * table_preamble.c -- see table_inside.h: what the lines above a header say of the list.
 *
 * Seen in published lists: "As of 6/11/2026", "Export Date:,09/09/2025", "Results filtered",
 * "2236 matchesfound", "Matching Records:,3".  A title with a number ("Certified
 * Businesses,12510") counts something else as often as not, and says nothing.
 */
#include "parse/table_inside.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <certsync/cell.h>

#define LINE_MAX_BYTES	200	/* of a statement; what is longer is prose */
#define DIGITS_MAX	9	/* of a count */
#define FILTERED	"filtered"

/* The cells of a line as one text.  false: it is too long. */
static bool
line_text(const char *const *cells, size_t n, char out[LINE_MAX_BYTES])
{
	size_t used = 0;
	bool cut;

	out[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (used > 0 && used + 1 < LINE_MAX_BYTES && out[used - 1] != ' ')
			out[used++] = ' ';
		(void)table_cell_copy(cells[i], out + used, LINE_MAX_BYTES - used, &cut);
		used += strlen(out + used);
		if (cut)
			return false;
	}
	return true;
}

static bool
is_one_of(const char *word, const char *const *words)
{
	while (*words != NULL && strcasecmp(*words, word) != 0)
		words++;
	return *words != NULL;
}

/* A whole number, with commas between thousands or without. */
static bool
number_read(const char *word, uint64_t *out)
{
	size_t digits = 0;

	*out = 0;
	for (; *word != '\0'; word++) {
		if (*word == ',' && digits > 0)
			continue;
		if (*word < '0' || *word > '9' || ++digits > DIGITS_MAX)
			return false;
		*out = *out * 10 + (uint64_t)(*word - '0');
	}
	return digits > 0;
}

/* One number, and else nothing but words that say what it counts. */
static bool
count_read(char *text, uint64_t *out)
{
	static const char *const counted[] = { "match", "matches", "matchesfound", "matching",
	    "record", "records", "row", "rows", "result", "results", "entries", NULL };
	static const char *const beside[] = { "found", "total", "count", "number", "of", "listed",
	    "returned", NULL };
	size_t numbers = 0, names = 0;
	uint64_t n;
	char *word;

	while ((word = strsep(&text, " :=()")) != NULL) {
		if (*word == '\0')
			continue;
		if (number_read(word, &n)) {
			*out = n;
			numbers++;
		} else if (is_one_of(word, counted))
			names++;
		else if (!is_one_of(word, beside))
			return false;
	}
	return numbers == 1 && names > 0;
}

/* "Results filtered", not "not filtered". */
static bool
is_filtered(char *text)
{
	static const char *const negations[] = { "not", "no", "un", "never", NULL };
	bool found = false;
	char *word;

	while ((word = strsep(&text, " :=().,-")) != NULL) {
		if (is_one_of(word, negations))
			return false;
		found = found || strcasecmp(word, FILTERED) == 0;
	}
	return found;
}

/* "As of 6/11/2026".  false: it names no day. */
static bool
day_read(const struct cs_table *t, const char *text, struct cs_date *out)
{
	static const char *const names[] = { "as of", "export date" };
	const char *formats = t->date_format != NULL ? t->date_format : CS_CELL_DATES;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(names[i]);

		if (strncasecmp(text, names[i], len) == 0 && strchr(" :", text[len]) != NULL)
			return cs_cell_date(formats, text + len + strspn(text + len, " :"), out) ==
			    CS_DATE_OK;
	}
	return false;
}

void
table_preamble_line(struct cs_table *t, const char *const *cells, size_t n)
{
	char text[LINE_MAX_BYTES] = "", copy[LINE_MAX_BYTES];
	struct table_preamble *p = &t->preamble;
	struct cs_date day;
	uint64_t count;

	if (!line_text(cells, n, text))
		return;
	if (day_read(t, text, &day))
		cs_as_of(t->poll, day);
	(void)snprintf(copy, sizeof(copy), "%s", text);
	p->filtered = p->filtered || is_filtered(copy);
	if (!count_read(text, &count))
		return;
	p->twice = p->twice || (p->counts && p->count != count);
	p->counts = true;
	p->count = count;
}

void
cs_table_rows_end(struct cs_table *t)
{
	const struct table_preamble *p = &t->preamble;

	if (p->filtered)
		cs_unproven(t->poll, "the lines above its header say that it is filtered");
	else if (p->counts && (p->twice || p->count != t->items))
		cs_unproven(t->poll, "the lines above its header count %llu, it has %llu rows",
		    (unsigned long long)p->count, (unsigned long long)t->items);
	else if (p->counts)
		cs_proven(t->poll, CS_PROOF_TOTAL, p->count);
	else
		cs_proofless(t->poll);
}
