/* SPDX-License-Identifier: ISC */
/* budget.c -- see budget.h. */
#include "engine/registry/budget.h"

#include "base/text.h"
#include "engine/registry/registry_store.h"

bool
budget_is_shared(const struct registry *a, const struct registry *b)
{
	return a == b || (a->config->api_key.ref != NULL &&
	    text_equal(a->config->api_key.ref, b->config->api_key.ref));
}

static int64_t
budget_today(const struct registry *registry)
{
	return cs_date_days(zone_date(registry->config->budget_zone,
	    engine_now_s(registry->engine)));
}

uint32_t
budget_used(const struct registry *registry)
{
	const struct engine *engine = registry->engine;
	int64_t today = budget_today(registry);
	uint64_t used = 0;

	for (size_t i = 0; i < engine->registry_count; i++)
		if (budget_is_shared(registry, engine->registries[i]))
			used += quota_used(&engine->registries[i]->quota, today);
	return used < UINT32_MAX ? (uint32_t)used : UINT32_MAX;
}

int64_t
budget_reset_s(const struct registry *registry)
{
	const struct zone *zone = registry->config->budget_zone;

	return zone_day_end_s(zone, zone_date(zone, engine_now_s(registry->engine)));
}

/* What this one may still take today; UINT32_MAX: any number. */
static uint32_t
budget_left(const struct registry *registry, bool lookup)
{
	const struct config_connector *config = registry->config;
	bool poll_done = registry->times.failures == 0 &&
	    registry->times.next_poll_s >= budget_reset_s(registry);

	return quota_share(budget_used(registry), (uint32_t)config->daily_budget,
	    (uint32_t)config->budget_reserve, lookup, poll_done);
}

uint32_t
budget_remaining(const struct registry *registry)
{
	return quota_share(budget_used(registry), (uint32_t)registry->config->daily_budget,
	    0, false, false);
}

bool
budget_has(const struct registry *registry, bool lookup)
{
	return budget_left(registry, lookup) > 0;
}

bool
budget_take(struct registry *registry, uint32_t cost, bool lookup)
{
	if (cost > budget_left(registry, lookup))
		return false;
	(void)quota_take(&registry->quota, budget_today(registry), 0, cost);
	registry_save_now(registry);
	return true;
}
