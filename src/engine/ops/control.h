/* SPDX-License-Identifier: ISC */
/*
 * control.h -- the commands of the control socket: line JSON,
 * described in docs/control-protocol.md.
 */
#ifndef ENGINE_CONTROL_H
#define ENGINE_CONTROL_H

#include "engine/state/engine.h"

struct control;

/* Listens on the configured socket.  NULL: err. */
struct control	*control_new(struct engine *, struct err *);
/* Cuts every client.  What Redis has yet to answer finds it alive until control_free(). */
void		 control_close(struct control *);	/* NULL allowed */
struct control	*control_free(struct control *);	/* NULL allowed; returns NULL */

#endif /* ENGINE_CONTROL_H */
