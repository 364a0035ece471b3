/* SPDX-License-Identifier: ISC */
/* number_pattern.h -- an operator's own grammar of a registry's numbers. */
#ifndef CORE_NUMBER_PATTERN_H
#define CORE_NUMBER_PATTERN_H

#include <stdbool.h>

/* An operator's own grammar, an extended regular expression. */
struct number_pattern;
/* NULL: not a sound expression, or no memory. */
struct number_pattern *number_pattern_new(const char *text);
struct number_pattern *number_pattern_free(struct number_pattern *); /* NULL allowed */
/* Whether a normalised number matches as a whole. */
bool	number_matches(const struct number_pattern *, const char *normalised);

#endif /* CORE_NUMBER_PATTERN_H */
