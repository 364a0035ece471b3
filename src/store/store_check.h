/* SPDX-License-Identifier: ISC */
/*
 * store_check.h -- whether a Redis can be trusted with badges, by what its INFO
 * says.  Pure.
 */
#ifndef STORE_STORE_CHECK_H
#define STORE_STORE_CHECK_H

#include "base/err.h"

#define STORE_REDIS_MAJOR	7	/* what streams and scripts here are written for */

enum store_verdict { STORE_CHECK_OK = 0, STORE_CHECK_WARNING, STORE_CHECK_REFUSED };

/*
 * info: the text of INFO; NULL: it was not answered.  why: a sentence unless OK.
 * Refused: a server that evicts keys (a badge that vanishes looks like one that
 * was taken away) or is too old.  Warned of: one without append-only file,
 * which forgets minutes of acknowledged events in a crash, or one that cannot
 * be asked.
 */
enum store_verdict store_check(const char *info, struct err *why);

#endif /* STORE_STORE_CHECK_H */
