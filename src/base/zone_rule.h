/* SPDX-License-Identifier: ISC */
/*
 * zone_rule.h -- daylight saving by rule: the POSIX TZ string that ends a TZif
 * file ("EST5EDT,M3.2.0,M11.1.0"), with RFC 8536 3.3.1's wider hours.
 */
#ifndef BASE_ZONE_RULE_H
#define BASE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

enum zone_rule_kind {
	ZONE_RULE_JULIAN = 0,	/* Jn: day 1..365, 29 February never counted */
	ZONE_RULE_DAY,		/* n: day 0..365 */
	ZONE_RULE_WEEKDAY	/* Mm.w.d: week 5 is the last one */
};

struct zone_rule_change {
	enum zone_rule_kind kind;
	int	month, week;	/* of WEEKDAY: 1..12, 1..5 */
	int	day;		/* of the week (0 Sunday) or of the year */
	int32_t	time_s;		/* local time, -167..167 hours */
};

struct zone_rule {
	int32_t	std_s, dst_s;	/* east of UTC */
	bool	has_dst;
	struct zone_rule_change	start, end;	/* of daylight saving time */
};

/* Reads all of tz.  false: not such a string, or daylight time without rule. */
bool	zone_rule_parse(const char *tz, struct zone_rule *out);
/*
 * The offset (seconds east of UTC) at unix_s, and in *out_until the instant
 * it may change next; INT64_MAX: never.
 */
int32_t	zone_rule_offset_s(const struct zone_rule *, int64_t unix_s,
	    int64_t *out_until);

#endif /* BASE_ZONE_RULE_H */
