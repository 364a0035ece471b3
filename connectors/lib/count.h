/* SPDX-License-Identifier: ISC */
/* count.h -- how many there are, as registries write it. */
#ifndef CONNECTORS_LIB_COUNT_H
#define CONNECTORS_LIB_COUNT_H

#include <stdbool.h>
#include <stdint.h>

/* Reads 1 to 18 digits and nothing else.  false, and *out stays: text is none, or NULL. */
bool	count_read(const char *text, uint64_t *out);

#endif /* CONNECTORS_LIB_COUNT_H */
