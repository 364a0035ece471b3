/* SPDX-License-Identifier: ISC */
/*
 * kind.h -- what kind of poll comes next, and whether it may ask "only if
 * changed".  Pure.
 *
 * Whatever saves work between two full polls must not save it for ever: the
 * whole list is read at least every full_interval, after every change of
 * plug-in or settings, and when an operator says so.
 */
#ifndef CORE_KIND_H
#define CORE_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include <certsync/connector.h>

struct kind_input {
	unsigned kinds;		/* CS_KIND() bits of the plug-in */
	bool	 forced;	/* an operator asks for a full poll */
	/* the last full poll had another plug-in revision or other settings */
	bool	 changed;
	bool	 has_checkpoint;	/* of a committed poll */
	bool	 has_validator;	/* of a proven snapshot that is still the mirror */
	int64_t	 now_s;
	int64_t	 last_whole_s;	/* when a list was last read whole; 0: never */
	int64_t	 full_interval_s;
	/* polls have hours of their own, which come a little early or late: poll_at */
	bool	 at_hours;
};

struct kind_choice {
	enum cs_poll_kind kind;	/* FULL or DELTA */
	bool	 conditional;	/* requests may carry validators */
};

struct kind_choice kind_choose(const struct kind_input *);

#endif /* CORE_KIND_H */
