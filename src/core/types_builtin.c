/* SPDX-License-Identifier: ISC */
/*
 * types_builtin.c -- config/types.conf as bytes of the program, so that a
 * daemon without configuration knows the types.  The path is relative to the
 * repository root, where make runs.  The blank behind .incbin is what ccache looks
 * for: with a tab it takes an object of other types.
 */
#include "core/types.h"

#include <stdint.h>

__asm__(
    "	.pushsection .rodata\n"
    "	.global	types_conf_text\n"
    "	.hidden	types_conf_text\n"
    "	.global	types_conf_len\n"
    "	.hidden	types_conf_len\n"
    "types_conf_text:\n"
    "	.incbin \"config/types.conf\"\n"
    "types_conf_end:\n"
    "	.byte	0\n"
    "	.balign	4\n"
    "types_conf_len:\n"
    "	.long	types_conf_end - types_conf_text\n"
    "	.popsection\n");

extern const char types_conf_text[] __attribute__((visibility("hidden")));
extern const uint32_t types_conf_len __attribute__((visibility("hidden")));

struct types *
types_builtin(struct err *err)
{
	return types_parse(types_conf_text, types_conf_len,
	    "config/types.conf (built in)", err);
}
