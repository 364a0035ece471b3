/* SPDX-License-Identifier: ISC */
/*
 * check.h -- a configuration against its plug-ins: each is asked in a worker
 * what it is, and its settings are judged by its own table.  Used by -t, at
 * start and by a reload, so that all three agree.
 */
#ifndef ENGINE_CHECK_H
#define ENGINE_CHECK_H

#include "engine/registry/describe.h"

struct check;

/* ok: every plug-in could be asked and found nothing wrong; errors is lent. */
typedef void check_fn(void *arg, bool ok, const struct config_errors *errors);

/*
 * Asks n plug-ins what they are and checks all of them, each and with each
 * other.  They are lent until fn, which is called once from the loop; the check
 * is gone then.  NULL: no memory.
 */
struct check	*check_start(struct described *plugins, size_t n, check_fn *, void *arg);
/* Gives up: fn is not called.  The plug-ins go first (describe_fini()).  NULL allowed. */
void		 check_free(struct check *);
/* Writes all errors to the log, one line each. */
void		 check_log(const struct config_errors *);

#endif /* ENGINE_CHECK_H */
