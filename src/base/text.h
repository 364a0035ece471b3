/* SPDX-License-Identifier: ISC */
/*
 * text.h -- strings from outside: valid, trimmed, escaped, compared.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strict UTF-8 (RFC 3629): no overlongs, surrogates, or code points above U+10FFFF. */
bool	text_is_utf8(const char *s, size_t len);
/* UTF-8 without C0, DEL and C1 control characters and NUL. */
bool	text_is_clean(const char *s, size_t len);
/*
 * s for a message: everything but printable ASCII and valid UTF-8 as \xNN, and
 * so C1 controls, bidi controls and U+2028/9, which forge lines on a terminal, and
 * what shows nothing there, such as U+00AD;
 * cut to fit out_size with "..." at the end.  Returns out.
 */
const char *text_escape(const char *s, size_t len, char *out, size_t out_size);
/* Trims ASCII white space on both sides, in place.  Returns the new start. */
char	*text_trim(char *s);
/* Copies with NUL; false, and out is "", if it does not fit. */
bool	text_copy(char *out, size_t out_size, const char *s);
bool	text_equal(const char *a, const char *b);	/* NULL equals NULL only */
bool	text_equal_nocase(const char *a, const char *b);	/* ASCII */
bool	text_starts(const char *s, const char *prefix);
/* Whether key is name or, where that ends in ".*", has [A-Z0-9-]+ for the "*". */
bool	text_is_key_of(const char *name, const char *key);
/* 1..max bytes of [A-Za-z0-9_-] (ids) or [a-z0-9-] (names). */
bool	text_is_id(const char *s, size_t max);
bool	text_is_name(const char *s, size_t max);
/* Decimal without sign or leading blanks, whole string.  false: *out untouched. */
bool	text_parse_i64(const char *s, int64_t min, int64_t max, int64_t *out);
/* "100ms 60s 15m 24h 7d"; "0" alone needs no unit. */
bool	text_parse_duration_ms(const char *s, int64_t *out_ms);
/* "65536", "64K", "8M", "2G". */
bool	text_parse_size(const char *s, int64_t *out_bytes);
/* "20%" or "0.2" as 0.2. */
bool	text_parse_ratio(const char *s, double *out);
/*
 * Next item of a list split by sep (',' '|' ...), trimmed, in the caller's
 * buffer, as strsep does; empty items are skipped.  NULL: no more.
 */
char	*text_list_next(char **rest, char sep);
void	text_hex(const void *bytes, size_t len, char *out);	/* 2*len+1 bytes */
/* RFC 3339 UTC: "2026-11-21T23:43:00Z" (21 bytes) or with .mmm (25 bytes). */
#define TEXT_TIME	25
const char *text_time_s(int64_t unix_s, char out[TEXT_TIME]);
const char *text_time_ms(int64_t unix_ms, char out[TEXT_TIME]);
/* The reverse, UTC "Z" only.  false: not such a time. */
bool	text_parse_time_s(const char *s, int64_t *out_s);

#endif /* BASE_TEXT_H */
