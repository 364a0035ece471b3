/* SPDX-License-Identifier: ISC */
/*
 * entity.h -- character references of HTML in texts that are no HTML: exports of web
 * applications hold "Smith &amp; Sons" and "Ni&ntilde;o" where cells hold plain text.
 *
 * Source: HTML Living Standard, 13.5 (the names that stand for ASCII, Latin-1's letters
 * and typographic signs) and 13.2.5.80 (numbers; 128 to 159 mean Windows-1252).
 */
#ifndef PARSE_ENTITY_H
#define PARSE_ENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENTITY_OUT	4	/* bytes that one stands for at most, and never more than it has */

/*
 * The character that a name of len bytes stands for; any_case: the commonest may be in
 * capitals.  0: it is not known.
 */
uint32_t entity_named(const char *name, size_t len, bool any_case);
/*
 * What the reference at s, of len bytes at most, stands for, in UTF-8 without NUL; a
 * control character as a blank.  Returns the bytes of the reference, its semicolon
 * included; 0: there is none, or of a name that is not known.
 */
size_t	entity_read(const char *s, size_t len, char out[ENTITY_OUT], size_t *out_len);
/*
 * Copies s, len bytes, and a NUL with each reference as what it stands for; out has room for
 * them and may be s.  Returns the bytes there are then.
 */
size_t	entity_copy(const char *s, size_t len, char *out);

#endif /* PARSE_ENTITY_H */
