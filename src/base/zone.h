/* SPDX-License-Identifier: ISC */
/*
 * zone.h -- time zones as values, read from tzdata's TZif files (RFC 8536).
 *
 * libc's tz state is one per process and follows $TZ; here every body has its
 * own zone and a decision names the one it used.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdint.h>

#include <certsync/date.h>
#include "base/err.h"

struct zone;	/* immutable once loaded */

/*
 * Loads name ("America/New_York", "UTC") from dir; NULL dir: /usr/share/zoneinfo.
 * Versions 2+ with the POSIX footer for times after the last transition.
 * NULL: err says why (unknown name, name with "..", broken file).
 */
struct zone	*zone_load(const char *dir, const char *name, struct err *err);
struct zone	*zone_free(struct zone *);		/* NULL allowed; returns NULL */
const char	*zone_name(const struct zone *);
int32_t		 zone_offset_s(const struct zone *, int64_t unix_s); /* east of UTC */
struct cs_date	 zone_date(const struct zone *, int64_t unix_s);
/*
 * The first instant of the day: 00:00, or where a DST gap swallows it the end
 * of the gap; of two midnights the first.
 */
int64_t		 zone_day_start_s(const struct zone *, struct cs_date day);
/* The first instant after the day: the start of the next one. */
int64_t		 zone_day_end_s(const struct zone *, struct cs_date day);
/*
 * The first instant at which clocks there show that minute of the day (0 for
 * 00:00 to 1439) or a later one: where a gap swallows it the end of the gap; of
 * two the first.
 */
int64_t		 zone_minute_s(const struct zone *, struct cs_date day, int minute);

#endif /* BASE_ZONE_H */
