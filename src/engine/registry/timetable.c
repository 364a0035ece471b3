/* SPDX-License-Identifier: ISC */
/* timetable.c -- see timetable.h. */
#include "engine/registry/timetable.h"

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "core/schedule.h"
#include "engine/registry/budget.h"
#include "engine/registry/registry_store.h"
#include "worker/message.h"

#define TIMETABLE_SOON_MS	1000
/* A minute of the day is the wall clock's, which may be set or sleep meanwhile. */
#define TIMETABLE_LOOK_MS	(15 * 60 * 1000)

int
timetable_init(struct registry *registry, loop_fn *fn, void *arg)
{
	return timer_init(&registry->timer, registry->engine->loop, fn, arg);
}

void
timetable_fini(struct registry *registry)
{
	timer_fini(&registry->timer);
}

/* at: room for its time of day. */
static struct schedule_input
timetable_input(const struct registry *registry, struct schedule_at *at)
{
	struct schedule_input in = {
		.now_s = engine_now_s(registry->engine),
		.interval_s = registry->config->interval_ms >= 1000 ?
		    registry->config->interval_ms / 1000 : 1,
		/* Under other settings it has not been polled yet. */
		.last_success_s = registry_has_changed(registry) ? 0 :
		    registry->times.last_success_s,
		.failures = registry->times.failures,
		.retry_at_s = registry->times.retry_at_s,
		.at = registry->config->poll_at.set ? at : NULL
	};
	uint8_t random[HASH_KEY_BYTES] = { 0 };

	*at = (struct schedule_at){ .zone = registry->config->zone,
	    .minute = registry->config->poll_at.minute };
	/* A poll that could not ask for anything would only count as another failure. */
	if (!budget_has(registry, false) && in.retry_at_s < budget_reset_s(registry))
		in.retry_at_s = budget_reset_s(registry);
	(void)hash_key_random(random);
	memcpy(&in.random, random, sizeof(in.random));
	return in;
}

/* Sets the timer for what is planned. */
static void
timetable_arm(struct registry *registry, int64_t now_s)
{
	int64_t wait_ms = (registry->times.next_poll_s - now_s) * 1000;

	if (registry->config->poll_at.set && wait_ms > TIMETABLE_LOOK_MS)
		wait_ms = TIMETABLE_LOOK_MS;
	timer_set_ms(&registry->timer, wait_ms);
}

static void
timetable_set(struct registry *registry, const struct schedule_input *in, int64_t next_s)
{
	registry->times.next_poll_s = next_s;
	log_debug("connector %s: next poll in %" PRId64 " s, %" PRIu32 " failures in a row",
	    registry->name, next_s - in->now_s, registry->times.failures);
	timetable_arm(registry, in->now_s);
}

bool
timetable_waits(struct registry *registry)
{
	int64_t now_s = engine_now_s(registry->engine);

	if (!registry->config->poll_at.set || registry->times.next_poll_s <= now_s)
		return false;
	timetable_resume(registry);
	return registry->times.next_poll_s > now_s;
}

void
timetable_next(struct registry *registry)
{
	struct schedule_at at;
	struct schedule_input in = timetable_input(registry, &at);

	timetable_set(registry, &in, schedule_next(&in));
}

void
timetable_resume(struct registry *registry)
{
	struct schedule_at at;
	struct schedule_input in = timetable_input(registry, &at);
	/* A change is polled soon, but a registry that asked for quiet gets it. */
	int64_t planned_s = registry_has_changed(registry) ? 0 : registry->times.next_poll_s;

	timetable_set(registry, &in, schedule_resume(&in, planned_s));
}

void
timetable_soon(struct registry *registry)
{
	timer_set_ms(&registry->timer, TIMETABLE_SOON_MS);
}

void
timetable_none(struct registry *registry)
{
	timer_cancel(&registry->timer);
	registry->times.next_poll_s = 0;
}

void
timetable_end(struct registry *registry)
{
	timer_cancel(&registry->timer);
}

void
timetable_pause(struct registry *registry, int64_t until_s)
{
	struct engine *engine = registry->engine;

	for (size_t i = 0; i < engine->registry_count; i++) {
		struct registry *other = engine->registries[i];

		if (!budget_is_shared(registry, other) || other->times.retry_at_s >= until_s)
			continue;
		other->times.retry_at_s = until_s;
		/* One that polls now will hear for itself; one without timer has no poll to put
		 * off. */
		if (other != registry && other->state != REGISTRY_POLLING &&
		    timer_is_set(&other->timer)) {
			timetable_next(other);
			registry_save_now(other);
		}
	}
}
