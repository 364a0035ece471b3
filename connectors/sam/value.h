/* SPDX-License-Identifier: ISC */
/*
 * value.h -- single values as SAM writes them, in both modes of sam.c.
 */
#ifndef CONNECTORS_SAM_VALUE_H
#define CONNECTORS_SAM_VALUE_H

#include <stdint.h>

#include <certsync/connector.h>

#define UEI_LEN		12
#define CAGE_MAX	16		/* five today */

/* text without blanks before it, or NULL: SAM says "nothing" as null, as blanks and as "null". */
const char *value_or_null(const char *text);
/* The value of a letter or digit, -1 for all else. */
int	 value_base36(char);
/* A UEI in 63 bits; 0: text (NULL too) is none. */
uint64_t uei_pack(const char *text);
/*
 * A day as SAM writes it, in either mode: the file's YYYYMMDD, the API's ISO, and what
 * both have been seen to fall back to (CS_CELL_DATES).  CS_DATE_BLANK also for a day of
 * zeros, as in the file's own head.  As cs_cell_date() otherwise.
 */
enum cs_date_rc day_read(const char *text, struct cs_date *out) CS_MUST_USE;
/* A CAGE code, lent as text is; NULL: none, or an odd one. */
const char *cage_read(const char *text);
/*
 * A name as a record may carry it: trimmed, UTF-8, control characters blank.
 * The monthly file is Latin-1 unless its UTF-8 twin was asked for.  "" if
 * there is none or it is too long: better no name than half of one.
 */
void	 name_read(const char *in, char out[CS_NAME_MAX + 1]);

#endif /* CONNECTORS_SAM_VALUE_H */
