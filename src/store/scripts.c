/* SPDX-License-Identifier: ISC */
/* scripts.c -- see scripts.h.  The assembler includes the files; make runs at the top. */
#include "store/scripts.h"

#define SCRIPT(name) ".incbin \"src/store/scripts/" name ".lua\"\n"
#define EMBED(symbol, text) \
	__asm__(".section .rodata\n" \
	    ".global " #symbol "\n.hidden " #symbol "\n.type " #symbol ", @object\n" \
	    #symbol ":\n" text ".byte 0\n" \
	    ".size " #symbol ", . - " #symbol "\n.previous\n")

EMBED(script_account_lua, SCRIPT("account"));
EMBED(script_fenced_lua, SCRIPT("head") SCRIPT("fenced"));
EMBED(script_fence_lua, SCRIPT("take") SCRIPT("fence"));
EMBED(script_meta_lua, SCRIPT("take") SCRIPT("meta"));
EMBED(script_stage_lua, SCRIPT("head") SCRIPT("stage"));
EMBED(script_claims_lua, SCRIPT("head") SCRIPT("claims"));
EMBED(script_write_lua, SCRIPT("head") SCRIPT("write"));
EMBED(script_stuck_lua, SCRIPT("head") SCRIPT("stuck"));
