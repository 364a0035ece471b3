/* SPDX-License-Identifier: ISC */
/* source_name.c -- see source_name.h. */
#include "io/source_name.h"

#include <fnmatch.h>
#include <string.h>

#include "base/text.h"
#include "io/source.h"

static bool
ends_with(const char *s, const char *suffix)
{
	size_t len = strlen(s), suffix_len = strlen(suffix);

	return len >= suffix_len && strcmp(s + len - suffix_len, suffix) == 0;
}

/* What lies beside lists in the field and is none. */
static const char foreign[] = "README* | *.sha1 | *.sha256 | *.sha512 | *.md5 | *.asc | *.sig | "
    "*.lock | *~ | #*# | desktop.ini | Thumbs.db";

/* Names that are of no drop file, whatever the pattern; "~$" is what Office locks by. */
static bool
name_is_none(const char *name)
{
	return name[0] == '.' || text_starts(name, "~$") || ends_with(name, ".part") ||
	    ends_with(name, ".tmp") || ends_with(name, SOURCE_MANIFEST);
}

static bool
name_matches(const char *pattern, const char *name)
{
	char copy[SOURCE_PATTERN_MAX + 1], *rest = copy, *item;

	if (!text_copy(copy, sizeof(copy), pattern))
		return false;
	while ((item = text_list_next(&rest, '|')) != NULL)
		if (fnmatch(item, name, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

bool
source_name_is_wanted(const char *pattern, const char *name)
{
	return !name_is_none(name) && (pattern != NULL ? name_matches(pattern, name) :
	    !name_matches(foreign, name));
}

int
source_pattern_check(const char *pattern, struct err *err)
{
	if (strlen(pattern) > SOURCE_PATTERN_MAX)
		return err_set(err, "is longer than %d bytes", SOURCE_PATTERN_MAX);
	if (strchr(pattern, '/') != NULL)
		return err_set(err, "holds a slash: it is about the names of files in one "
		    "directory, as in *.csv");
	return 0;
}
