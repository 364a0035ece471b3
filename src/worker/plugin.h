/* SPDX-License-Identifier: ISC */
/*
 * plugin.h -- finds and judges the shared object of a connector.  Called in
 * worker processes and tests only: the daemon loads none into itself.
 */
#ifndef WORKER_PLUGIN_H
#define WORKER_PLUGIN_H

#include <stddef.h>

#include <certsync/connector.h>
#include "base/err.h"

#define PLUGIN_NAME_MAX		31	/* bytes of a connector's name */
#define PLUGIN_STATE_MAX	((size_t)64 << 20) /* bytes of state_size */

/*
 * Opens path ("/dir/NAME.so") and judges it: the file must be regular, no
 * link, owned by root or by us and writable by its owner only; its directory
 * likewise, or sticky.  Nothing of it is read.  The descriptor, for
 * plugin_load(); -1: err says what is wrong with it and what to do.
 */
int	plugin_open(const char *path, struct err *err);
/*
 * Loads the file that plugin_open(path) judged, closes fd in any case, and
 * returns its cs_connector_NAME, lent for the life of the process.  A library
 * that it needs must be in the process already.  NULL: err, as above.
 */
const struct cs_connector *plugin_load(int fd, const char *path, struct err *err);
/* Whether the descriptor can be used at all.  -1: err. */
int	plugin_check(const struct cs_connector *, const char *name, struct err *err);

#endif /* WORKER_PLUGIN_H */
