/* SPDX-License-Identifier: ISC */
/*
 * zone_hint.c -- see zone_hint.h.
 *
 * The names are in zic's compact source, as tzdata installs it: "Z NAME ..."
 * and "L TARGET NAME" (zic(8)).
 */
#include "config/zone_hint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "config/nearest.h"
#include "io/file.h"

#define NAMES_PATH	"/usr/share/zoneinfo/tzdata.zi"
#define NAMES_MAX	((size_t)1 << 20)	/* bytes; tzdata 2026 has a tenth of it */

/* The name that a line defines, cut out of it; NULL: it defines none. */
static const char *
line_name(char *line)
{
	char kind = line[0], *rest = line;

	if ((kind != 'Z' && kind != 'L') || line[1] != ' ')
		return NULL;
	(void)strsep(&rest, " ");
	if (kind == 'L')
		(void)strsep(&rest, " ");
	return rest != NULL ? strsep(&rest, " ") : NULL;
}

/* Whoever wrote no continent, or all of it in lower case. */
static bool
is_end_of(const char *word, const char *name)
{
	size_t n = strlen(name), len = strlen(word);

	return len <= n && text_equal_nocase(name + n - len, word) &&
	    (len == n || name[n - len - 1] == '/');
}

void
zone_hint(const char *name, char *out, size_t size)
{
	struct nearest n;
	size_t len;
	struct err err;
	const char *one, *best = NULL;
	char *text = file_read(NAMES_PATH, NAMES_MAX, &len, &err), *rest = text, *line;

	out[0] = '\0';
	nearest_init(&n, name);
	while ((line = strsep(&rest, "\n")) != NULL) {
		one = line_name(line);
		if (one == NULL)
			continue;
		nearest_try(&n, one);
		if (best == NULL && is_end_of(name, one))
			best = one;
	}
	if (best == NULL)
		best = n.best;
	if (best != NULL)
		(void)snprintf(out, size, "; did you mean %s?", best);
	free(text);
}
