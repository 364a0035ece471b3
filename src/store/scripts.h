/* SPDX-License-Identifier: ISC */
/*
 * scripts.h -- the Lua scripts the daemon runs in Redis, built into the program
 * from src/store/scripts (each file says what its KEYS, ARGV and replies are;
 * head.lua begins those that write, take.lua those that take the writer's place).
 */
#ifndef STORE_SCRIPTS_H
#define STORE_SCRIPTS_H

/* NUL-terminated Lua sources. */
extern const char script_account_lua[], script_fenced_lua[], script_fence_lua[], script_meta_lua[],
    script_stage_lua[], script_claims_lua[], script_write_lua[], script_stuck_lua[];

#endif /* STORE_SCRIPTS_H */
