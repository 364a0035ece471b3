/* SPDX-License-Identifier: ISC */
/*
 * types_builtin.c -- config/types.conf as bytes of the program, so that a
 * daemon without configuration knows the types.  The path is relative to the
 * repository root, where make runs.
 */
#include "core/types.h"

#include <stddef.h>

__asm__(
    "	.pushsection .rodata\n"
    "	.global	types_conf_start\n"
    "	.hidden	types_conf_start\n"
    "	.global	types_conf_end\n"
    "	.hidden	types_conf_end\n"
    "types_conf_start:\n"
    "	.incbin	\"config/types.conf\"\n"
    "types_conf_end:\n"
    "	.byte	0\n"
    "	.popsection\n");

extern const char types_conf_start[] __attribute__((visibility("hidden")));
extern const char types_conf_end[] __attribute__((visibility("hidden")));

struct types *
types_builtin(struct err *err)
{
	return types_parse(types_conf_start,
	    (size_t)(types_conf_end - types_conf_start),
	    "config/types.conf (built in)", err);
}
