/* SPDX-License-Identifier: ISC */
/*
 * redecide.h -- every badge again, after the rules have changed: type table,
 * thresholds, zones, grace, which connector covers what; or after the store was
 * emptied or came back older (engine->rebuild, which ends with it).
 *
 *	READ --> DECIDE* --> OPEN --> DONE
 *
 * The rules are compared as text with those in force when it was last done.
 * What gets better is written; what gets worse waits, however little it is,
 * as a plan named `config`: nothing is taken away by a configuration.  Every
 * step may be repeated.
 */
#ifndef ENGINE_REDECIDE_H
#define ENGINE_REDECIDE_H

#include "engine/state/engine.h"

/*
 * Begins if everything is known that the rules are made of; sets
 * engine->redecide while it runs, and begins anew if it did.
 */
void		 redecide_start(struct engine *);
/* The store is open again. */
void		 redecide_resume(struct redecide *);	/* NULL allowed */
struct redecide	*redecide_free(struct redecide *);	/* NULL allowed; returns NULL */

#endif /* ENGINE_REDECIDE_H */
