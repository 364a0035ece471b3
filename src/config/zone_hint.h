/* SPDX-License-Identifier: ISC */
/* zone_hint.h -- the time zone that a name which is none probably meant. */
#ifndef CONFIG_ZONE_HINT_H
#define CONFIG_ZONE_HINT_H

#include <stddef.h>

/*
 * "; did you mean America/New_York?" for America/NewYork, New_York or
 * america/new_york; "" where no name is near, or tzdata's list of names
 * (tzdata.zi of /usr/share/zoneinfo) cannot be read.
 */
void	zone_hint(const char *name, char *out, size_t size);

#endif /* CONFIG_ZONE_HINT_H */
