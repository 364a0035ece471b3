/* SPDX-License-Identifier: ISC */
/* registry.c -- see registry.h. */
#include "engine/registry/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/text.h"
#include "core/types.h"
#include "engine/registry/registry_store.h"

/* A number, or a record by its content, that the last feed without proof did not list, or that was
 * seen since. */
struct last_seen {
	uint64_t	 key;
	int64_t		 seen_s;
	bool		 keep;		/* still lacking; a mark while clearing */
	UT_hash_handle	 hh;
};

enum registry_state
registry_state_shown(const struct registry *registry)
{
	if (registry->state == REGISTRY_POLLING || registry->state == REGISTRY_STOPPED)
		return registry->state;
	return registry->held.waits ? REGISTRY_HELD : registry->state;
}

struct registry *
registry_new(struct engine *engine, const struct config_connector *config)
{
	struct registry *registry = calloc(1, sizeof(*registry));

	if (registry == NULL)
		return NULL;
	registry->engine = engine;
	registry->config = config;
	(void)text_copy(registry->name, sizeof(registry->name), config->name);
	(void)text_copy(registry->proof.name, sizeof(registry->proof.name), "none");
	registry->snapshot = snapshot_new();
	if (registry->snapshot == NULL || registry_saving_init(registry) != 0)
		return registry_free(registry);
	return registry;
}

static struct last_seen *
last_seen_find(const struct registry *registry, uint64_t key)
{
	struct last_seen *s;

	HASH_FIND(hh, registry->last_seen, &key, sizeof(key), s);
	return s;
}

static void
last_seen_mark(void *arg, uint64_t number, uint64_t content)
{
	struct registry *registry = arg;
	struct last_seen *s = last_seen_find(registry, number);

	if (s != NULL && !snapshot_poll_number_seen(registry->snapshot, number))
		s->keep = true;
	s = last_seen_find(registry, content);
	if (s != NULL)
		s->keep = true;
}

void
registry_clear_last_seen(struct registry *registry, const struct snapshot *lacking_in)
{
	struct last_seen *s, *next;

	registry->proof.seen_unknown = false;
	if (lacking_in != NULL)
		snapshot_poll_lacking(lacking_in, last_seen_mark, registry);
	HASH_ITER(hh, registry->last_seen, s, next) {
		if (s->keep) {
			s->keep = false;
			continue;
		}
		HASH_DEL(registry->last_seen, s);
		free(s);
	}
}

struct registry *
registry_free(struct registry *registry)
{
	if (registry == NULL)
		return NULL;
	registry_saving_fini(registry);
	(void)snapshot_free(registry->snapshot);
	registry_clear_last_seen(registry, NULL);
	free(registry->reading.checkpoint);
	json_decref(registry->dry_result);
	json_decref(registry->observed);
	free(registry);
	return NULL;
}

struct registry *
registry_find(const struct engine *engine, const char *name)
{
	for (size_t i = 0; i < engine->registry_count; i++)
		if (strcmp(engine->registries[i]->name, name) == 0)
			return engine->registries[i];
	return NULL;
}

/* --- what it covers ---------------------------------------------------------- */

bool
registry_covers(const struct registry *registry, const char *body, const char *type)
{
	const struct description *d = registry->plugin.description;
	const struct types *types = registry->engine->config->types;

	if (strcmp(registry->config->body, body) != 0)
		return false;
	/* Until the plug-in has spoken, it may cover anything of its body. */
	if (type == NULL || d == NULL || d->type_count == 0)
		return true;
	for (size_t i = 0; i < d->type_count; i++)
		if (types_implies(types, d->types[i], type))
			return true;
	return false;
}

bool
registry_decides(const struct registry *registry, const char *body, const char *type)
{
	return !registry->config->observe && registry_covers(registry, body, type);
}

bool
registry_is_by_name(const struct registry *registry)
{
	const struct description *d = registry->plugin.description;

	return d != NULL && d->by_name;
}

const struct cs_grammar *
registry_grammar(const struct registry *registry)
{
	const struct description *d = registry->plugin.description;

	return d != NULL && d->has_grammar ? &d->grammar : NULL;
}

/* --- what a list is read by --------------------------------------------------------- */

uint64_t
registry_identity(const struct registry *registry)
{
	const struct config_connector *config = registry->config;
	struct hash_stream *stream = hash_stream_new(store_hash_key(registry->engine->store));
	uint32_t revision = registry->plugin.description != NULL ?
	    registry->plugin.description->revision : 0;
	uint64_t identity;

	if (stream == NULL)
		return 1;	/* looks changed: a full poll is never wrong */
	hash_stream_add(stream, &revision, sizeof(revision));
	/* Each with its NUL, so that no two lists of texts are the same bytes. */
	hash_stream_add(stream, config->plugin, strlen(config->plugin) + 1);
	hash_stream_add(stream, config->body, strlen(config->body) + 1);
	hash_stream_add(stream, config->url, strlen(config->url) + 1);
	if (config->number_pattern != NULL)
		hash_stream_add(stream, config->number_pattern, strlen(config->number_pattern) + 1);
	if (config->number_zeros != CONFIG_ZEROS_KEEP)
		hash_stream_add(stream, "zeros", sizeof("zeros"));
	for (size_t i = 0; i < config->pair_count; i++) {
		hash_stream_add(stream, config->pairs[i].key, strlen(config->pairs[i].key) + 1);
		hash_stream_add(stream, config->pairs[i].value, strlen(config->pairs[i].value) + 1);
	}
	identity = hash_stream_end(stream);
	hash_stream_free(stream);
	return identity;
}

bool
registry_has_changed(const struct registry *registry)
{
	/* Before the first full poll nothing has been read by anything. */
	return registry->reading.identity != 0 && registry->plugin.description != NULL &&
	    registry->reading.identity != registry_identity(registry);
}

/* --- keys and hashes ----------------------------------------------------------- */

const char *
registry_key(const struct registry *registry, const char *what, key_buf out)
{
	const char *prefix = store_prefix(registry->engine->store);
	key_buf connector;

	return key_beside(prefix, key_connector(prefix, registry->name, connector), what, out);
}

const char *
registry_staged_key(const struct registry *registry, int64_t n, key_buf out)
{
	char what[40];

	(void)snprintf(what, sizeof(what), "staged:%" PRId64, n);
	return registry_key(registry, what, out);
}

int64_t
registry_seen_s(const struct registry *registry, uint64_t key)
{
	const struct registry_proof *proof = &registry->proof;
	const struct last_seen *s;

	/* Which ones lacked before a restart is not known: then none is fresher than the proof, and
	 * than the one that has lacked the longest. */
	if (proof->seen_unknown)
		return proof->lacking_since_s != 0 &&
		    proof->lacking_since_s < proof->last_proven_s ? proof->lacking_since_s :
		    proof->last_proven_s;
	s = last_seen_find(registry, key);
	return s != NULL ? s->seen_s : proof->last_complete_s;
}

int64_t
registry_lacking_since_s(const struct registry *registry)
{
	int64_t oldest_s = 0;

	for (const struct last_seen *s = registry->last_seen; s != NULL; s = s->hh.next)
		if (oldest_s == 0 || s->seen_s < oldest_s)
			oldest_s = s->seen_s;
	return oldest_s;
}

void
registry_note_seen(struct registry *registry, uint64_t number, int64_t seen_s)
{
	struct last_seen *s;

	(void)registry_set_last_seen(registry, number, seen_s);
	s = last_seen_find(registry, number);
	if (s != NULL)
		s->seen_s = seen_s;
}

int
registry_set_last_seen(struct registry *registry, uint64_t key, int64_t seen_s)
{
	struct last_seen *s = last_seen_find(registry, key);

	if (seen_s == 0 && s != NULL) {
		HASH_DEL(registry->last_seen, s);
		free(s);
	}
	if (seen_s == 0 || s != NULL)
		return 0;	/* the first absence says when it was last seen */
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return -1;
	s->key = key;
	s->seen_s = seen_s;
	HASH_ADD(hh, registry->last_seen, key, sizeof(s->key), s);
	return 0;
}

bool
registry_is_held(const struct registry *registry)
{
	return registry->held.waits;
}

int64_t
registry_stale_after_s(const struct registry *registry)
{
	const struct config_connector *config = registry->config;
	bool deltas = registry->plugin.description != NULL &&
	    registry->reading.checkpoint != NULL &&
	    (registry->plugin.description->kinds & CS_KIND(CS_POLL_DELTA)) != 0;

	/* Between two full polls nothing is complete, and nothing stale. */
	return (config->stale_after_ms + (deltas ? config->full_interval_ms : 0)) / 1000;
}

bool
registry_is_stale(const struct registry *registry, int64_t now_s)
{
	return registry->proof.last_complete_s == 0 ||
	    now_s - registry->proof.last_complete_s > registry_stale_after_s(registry);
}

bool
registry_is_unchanged(const struct registry *registry, int64_t now_s)
{
	return registry->reading.news_s != 0 &&
	    now_s - registry->reading.news_s > registry->config->unchanged_after_ms / 1000;
}
