/* SPDX-License-Identifier: ISC */
/* scripts.c -- see scripts.h.  The assembler includes the files; make runs at the top. */
#include "store/scripts.h"

#define EMBED(symbol, path) \
	__asm__(".section .rodata\n" \
	    ".global " #symbol "\n.hidden " #symbol "\n.type " #symbol ", @object\n" \
	    #symbol ":\n.incbin \"" path "\"\n.byte 0\n" \
	    ".size " #symbol ", . - " #symbol "\n.previous\n")

EMBED(script_account_lua, "src/store/scripts/account.lua");
EMBED(script_fenced_lua, "src/store/scripts/fenced.lua");
EMBED(script_fence_lua, "src/store/scripts/fence.lua");
EMBED(script_meta_lua, "src/store/scripts/meta.lua");
EMBED(script_stage_lua, "src/store/scripts/stage.lua");
EMBED(script_claims_lua, "src/store/scripts/claims.lua");
EMBED(script_write_lua, "src/store/scripts/write.lua");
