/* SPDX-License-Identifier: ISC */
/* document.c -- see document.h. */
#include "parse/document.h"

#include <string.h>

static const char workbook[] = "a workbook (Excel) and no table: save as CSV (UTF-8)";

static const struct { const char *magic; size_t len; const char *what; } magics[] = {
	{ "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, workbook },
	{ "PK\003\004", 4, "an archive in an archive, or a workbook (Excel) that was packed: "
	    "unpack it, and save as CSV (UTF-8)" },
	{ "\x1f\x8b", 2, "packed twice: unpack it once" },
	{ "%PDF-", 5, "a PDF and no table: ask for the list as CSV" },
	{ "{\\rtf", 5, "a text document (RTF) and no table: save as CSV (UTF-8)" },
};

/* Of an archive: what its first entry is called in documents, and in no archive of a list. */
static const struct { const char *name, *what; } entries[] = {
	{ "[Content_Types].xml", workbook },
	{ "_rels/", workbook },
	{ "docProps/", workbook },
	{ "xl/", workbook },
	{ "mimetype", "a workbook (OpenDocument) and no table: save as CSV (UTF-8)" },
};

const char *
document_of_bytes(const char *head, size_t len, bool *out_more)
{
	*out_more = false;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		size_t n = len < magics[i].len ? len : magics[i].len;

		if (memcmp(head, magics[i].magic, n) != 0)
			continue;
		if (n == magics[i].len)
			return magics[i].what;
		*out_more = true;
	}
	return NULL;
}

const char *
document_of_entry(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		size_t n = strlen(entries[i].name);

		bool folder = entries[i].name[n - 1] == '/';

		if ((folder ? len >= n : len == n) && memcmp(name, entries[i].name, n) == 0)
			return entries[i].what;
	}
	return NULL;
}
