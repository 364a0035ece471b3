/* SPDX-License-Identifier: ISC */
/*
 * registries.h -- who makes, times and frees a configured connector with all it
 * owns.  The rooms below do not know each other: a registry keeps its hold,
 * look-ups, poll and commit as opaque pointers, and here they are tied.
 */
#ifndef ENGINE_REGISTRIES_H
#define ENGINE_REGISTRIES_H

#include "engine/registry/registry.h"

/* With hold, look-ups and timer; its plug-in is not asked yet.  NULL: no memory. */
struct registry	*registries_make(struct engine *, const struct config_connector *);
/* Its plug-in has answered, and says or does nothing that can be used. */
void		 registries_say_unusable(const struct registry *);
/*
 * The plug-in of a registry, arg, has answered after the others were loaded: it
 * is asked again later, or all is loaded anew, with it.
 */
void		 registries_described_late(void *arg, struct described *);
/* Ends its poll and all it owns.  NULL allowed; returns NULL. */
struct registry	*registries_drop(struct registry *);

#endif /* ENGINE_REGISTRIES_H */
