/* SPDX-License-Identifier: ISC */
/* registry_plugin.h -- the plug-in of a registry; needs a worker to be asked. */
#ifndef ENGINE_REGISTRY_PLUGIN_H
#define ENGINE_REGISTRY_PLUGIN_H

#include "engine/registry/registry.h"

/* For who makes and frees a registry; it is not asked yet. */
void	registry_plugin_init(struct registry *);
void	registry_plugin_fini(struct registry *);
/* Asks it; fn(arg) from the loop, at once where there is no memory to ask. */
void	registry_plugin_ask(struct registry *, describe_fn *fn, void *arg);
/* Of the answer that is awaited somebody else is to be told. */
void	registry_plugin_pass(struct registry *, describe_fn *fn, void *arg);
/* The configuration in force is another; the plug-in, asked under it, is taken over. */
void	registry_configure(struct registry *, struct described *plugin);

#endif /* ENGINE_REGISTRY_PLUGIN_H */
