/* SPDX-License-Identifier: ISC */
/* lookup_known.c -- see lookup.h: what is known of the numbers, and who may have more looked up. */
#include "engine/registry/lookup_private.h"

#include <stdlib.h>

#include "core/number_pattern.h"
#include "core/record.h"
#include "engine/registry/budget.h"
#include "io/source.h"

bool
lookup_can(const struct lookup *l)
{
	const struct registry *registry = l->registry;

	return registry->plugin.description != NULL &&
	    (registry->plugin.description->kinds & CS_KIND(CS_POLL_LOOKUP)) != 0 &&
	    !registry_is_by_name(registry) &&
	    !source_is_file(registry->config->url) && registry->state != REGISTRY_STOPPED;
}

struct lookup_number *
lookup_number_find(const struct lookup *l, const char *text)
{
	uint64_t hash = store_hash(l->registry->engine->store, text);
	struct lookup_number *n;

	HASH_FIND(hh, l->numbers, &hash, sizeof(hash), n);
	return n;
}

bool
lookup_number_is_answered(const struct lookup *l, const struct lookup_number *n)
{
	int64_t age_s = engine_now_s(l->registry->engine) - n->answered_s;

	return n->state == NUMBER_ANSWERED && n->asked_s >= n->after_s && age_s >= 0 &&
	    age_s < LOOKUP_AGAIN_S;
}

bool
lookup_is_askable(const struct lookup *l, const char *text)
{
	const struct number_pattern *pattern = l->registry->config->pattern;

	/* The plug-in puts it into a request, whatever an operator lets through. */
	return text[0] != '\0' && lookup_can(l) &&
	    number_fits(registry_grammar(l->registry), text) &&
	    (pattern == NULL || number_matches(pattern, text));
}

int64_t
lookup_today(const struct lookup *l)
{
	return engine_now_s(l->registry->engine) / 86400;
}

static uint64_t
profile_hash(const struct lookup *l, const char *profile)
{
	return store_hash(l->registry->engine->store, profile);
}

bool
lookup_profile_may(const struct lookup *l, const char *profile)
{
	int64_t max = l->registry->engine->config->claims_max_misses;
	uint64_t hash = profile_hash(l, profile);
	struct misses *m;

	if (max == 0 || l->day != lookup_today(l))
		return true;
	HASH_FIND(hh, l->misses, &hash, sizeof(hash), m);
	return m != NULL ? m->count < max : HASH_COUNT(l->misses) < LOOKUP_PROFILES_MAX;
}

/* Whether a request could be made at once. */
bool
lookup_is_open(const struct lookup *l)
{
	int64_t now_s = engine_now_s(l->registry->engine);

	return l->not_before_s <= now_s && l->registry->times.retry_at_s <= now_s &&
	    budget_has(l->registry, true);
}

bool
lookup_is_due(const struct lookup *l, const char *number, const char *profile)
{
	const struct lookup_number *n;

	if (!lookup_is_askable(l, number))
		return false;
	n = lookup_number_find(l, number);
	if (n != NULL && n->state != NUMBER_ANSWERED)
		return n->tries == 0 && !n->put_off;
	if (n != NULL && lookup_number_is_answered(l, n))
		return false;
	return lookup_is_open(l) && lookup_profile_may(l, profile);
}

bool
lookup_is_absent(const struct lookup *l, const char *number)
{
	const struct lookup_number *n = number[0] != '\0' ? lookup_number_find(l, number) : NULL;

	return n != NULL && lookup_number_is_answered(l, n) && n->absent &&
	    l->registry->plugin.description != NULL &&
	    l->registry->plugin.description->lookup_absent;
}

size_t
lookup_pending(const struct lookup *l)
{
	size_t count = 0;

	for (const struct lookup_number *n = l->numbers; n != NULL; n = n->hh.next)
		if (n->state != NUMBER_ANSWERED && n->tries == 0 && !n->put_off)
			count++;
	return count;
}

size_t
lookup_waiting(const struct lookup *l)
{
	return l->waiting + l->batch_count;
}

int64_t
lookup_answer_s(const struct lookup *l, const char *number)
{
	const struct lookup_number *n = number[0] != '\0' ? lookup_number_find(l, number) : NULL;

	return n != NULL && n->state == NUMBER_ANSWERED && !n->too_many ? n->asked_s : 0;
}

bool
lookup_told(const struct lookup *l, const char *number, uint64_t content)
{
	const struct lookup_number *n = number[0] != '\0' ? lookup_number_find(l, number) : NULL;

	for (size_t i = 0; n != NULL && i < n->told_count; i++)
		if (n->told[i] == content)
			return true;
	return false;
}

void
lookup_miss(struct lookup *l, const char *profile)
{
	uint64_t hash = profile_hash(l, profile);
	struct misses *m, *next;

	if (l->day != lookup_today(l)) {
		HASH_ITER(hh, l->misses, m, next) {
			HASH_DEL(l->misses, m);
			free(m);
		}
		l->day = lookup_today(l);
	}
	HASH_FIND(hh, l->misses, &hash, sizeof(hash), m);
	if (m == NULL && HASH_COUNT(l->misses) < LOOKUP_PROFILES_MAX &&
	    (m = calloc(1, sizeof(*m))) != NULL) {
		m->profile = hash;
		HASH_ADD(hh, l->misses, profile, sizeof(m->profile), m);
	}
	if (m != NULL)
		m->count++;
}
