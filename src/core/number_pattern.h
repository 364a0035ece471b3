/* SPDX-License-Identifier: ISC */
/*
 * number_pattern.h -- an operator's own grammar of a registry's numbers: a
 * regular expression, compiled and run by PCRE2 within bounds, whatever stands
 * in it.  (regcomp() of "A+++++..." takes minutes and gigabytes.)
 */
#ifndef CORE_NUMBER_PATTERN_H
#define CORE_NUMBER_PATTERN_H

#include <stdbool.h>

#include "base/err.h"

#define NUMBER_PATTERN_MAX	1024	/* bytes of the expression */

struct number_pattern;

/* text is not kept.  NULL: err (not sound, too large, or no memory). */
struct number_pattern *number_pattern_new(const char *text, struct err *err);
struct number_pattern *number_pattern_free(struct number_pattern *); /* NULL allowed */
/*
 * Whether a normalised number matches as a whole.  Also true if that cannot be
 * told (no memory, too many steps): what cannot be told excludes no number.
 */
bool	number_matches(const struct number_pattern *, const char *normalised);

#endif /* CORE_NUMBER_PATTERN_H */
