/* SPDX-License-Identifier: ISC */
/* registry_plan.c -- see registry.h: when a connector polls next, and whether it must read anew what it has read. */
#include <string.h>

#include "core/schedule.h"
#include "engine/budget.h"
#include "worker/message.h"

static struct schedule_input
registry_schedule_input(const struct registry *registry)
{
	struct schedule_input in = {
		.now_s = engine_now_s(registry->engine),
		.interval_s = registry->config->interval_ms >= 1000 ? registry->config->interval_ms / 1000 : 1,
		/* Under other settings it has not been polled yet. */
		.last_success_s = registry_has_changed(registry) ? 0 : registry->last_success_s,
		.failures = registry->failures,
		.retry_at_s = registry->retry_at_s
	};
	uint8_t random[HASH_KEY_BYTES] = { 0 };

	/* A poll that could not ask for anything would only count as another failure. */
	if (!budget_has(registry, false) && in.retry_at_s < budget_reset_s(registry))
		in.retry_at_s = budget_reset_s(registry);
	(void)hash_key_random(random);
	memcpy(&in.random, random, sizeof(in.random));
	return in;
}

static void
registry_set_timer(struct registry *registry, const struct schedule_input *in, int64_t next_s)
{
	registry->next_poll_s = next_s;
	timer_set_ms(&registry->timer, (next_s - in->now_s) * 1000);
}

void
registry_schedule(struct registry *registry)
{
	struct schedule_input in = registry_schedule_input(registry);

	registry_set_timer(registry, &in, schedule_next(&in));
}

void
registry_reschedule(struct registry *registry)
{
	struct schedule_input in = registry_schedule_input(registry);
	/* A change is polled soon, but a registry that asked for quiet gets it. */
	int64_t planned_s = registry_has_changed(registry) ? 0 : registry->next_poll_s;

	registry_set_timer(registry, &in, schedule_resume(&in, planned_s));
}

/* --- what a list is read by --------------------------------------------------------- */

uint64_t
registry_identity(const struct registry *registry)
{
	const struct config_connector *config = registry->config;
	struct hash_stream *stream = hash_stream_new(store_hash_key(registry->engine->store));
	uint32_t revision = registry->description != NULL ? registry->description->revision : 0;
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
	return registry->identity != 0 && registry->description != NULL &&
	    registry->identity != registry_identity(registry);
}
