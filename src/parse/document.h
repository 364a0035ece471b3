/* SPDX-License-Identifier: ISC */
/*
 * document.h -- what people leave in the place of a list, by its first bytes: a
 * workbook, a PDF, an archive in an archive.  No connector reads them, and what a
 * parser of tables says of their bytes helps nobody.
 *
 * Sources: OLE2 [MS-CFB] 2.2; OOXML (ECMA-376-2, 10.1.2: a ZIP archive whose parts
 * [Content_Types].xml names); OpenDocument 1.2 part 3, 3.3 (a first entry "mimetype").
 */
#ifndef PARSE_DOCUMENT_H
#define PARSE_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#define DOCUMENT_HEAD	8	/* bytes that decide */
#define DOCUMENT_NAME	24	/* of an archive's first name, likewise */

/*
 * What a list that begins with these bytes is instead, as a sentence that says what
 * to do; NULL: a list, as far as can be seen.  *out_more: that needs more bytes; never
 * from DOCUMENT_HEAD on.
 */
const char *document_of_bytes(const char *head, size_t len, bool *out_more);
/* The same of a ZIP archive by the name of its first entry, of which len bytes are here. */
const char *document_of_entry(const char *name, size_t len);

#endif /* PARSE_DOCUMENT_H */
