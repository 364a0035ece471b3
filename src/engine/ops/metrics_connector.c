/* SPDX-License-Identifier: ISC */
/* metrics_connector.c -- the families of /metrics that tell connectors apart, by their label. */
#include <string.h>

#include "engine/guard/hold.h"
#include "engine/ops/expose.h"
#include "engine/ops/health.h"
#include "engine/ops/metrics_page.h"
#include "engine/poll/poll.h"
#include "engine/registry/budget.h"
#include "engine/registry/lookup.h"
#include "engine/registry/registry.h"

#define LABELS(...)	((const char *const[]){ __VA_ARGS__, NULL })

/* --- one value a connector -------------------------------------------------------------- */

/* Each gives false where there is nothing to tell. */

static bool
time_value(int64_t unix_s, int64_t *out)
{
	*out = unix_s;
	return unix_s != 0;
}

static bool
value_attempt(const struct registry *r, int64_t *out)
{
	return time_value(r->times.last_attempt_s, out);
}

static bool
value_success(const struct registry *r, int64_t *out)
{
	return time_value(r->times.last_success_s, out);
}

static bool
value_complete(const struct registry *r, int64_t *out)
{
	return time_value(r->proof.last_complete_s, out);
}

static bool
value_proven(const struct registry *r, int64_t *out)
{
	return time_value(r->proof.last_proven_s, out);
}

static bool
value_whole(const struct registry *r, int64_t *out)
{
	return time_value(r->reading.last_whole_s, out);
}

static bool
value_news(const struct registry *r, int64_t *out)
{
	return time_value(r->reading.news_s, out);
}

static bool
value_next(const struct registry *r, int64_t *out)
{
	return time_value(r->times.next_poll_s, out);
}

static bool
value_up(const struct registry *r, int64_t *out)
{
	*out = r->times.failures == 0;
	return r->times.last_attempt_s != 0;
}

static bool
value_failures(const struct registry *r, int64_t *out)
{
	*out = r->times.failures;
	return true;
}

static bool
value_stale(const struct registry *r, int64_t *out)
{
	*out = registry_is_stale(r, engine_now_s(r->engine));
	return true;
}

static bool
value_held(const struct registry *r, int64_t *out)
{
	*out = hold_is_held(r->hold);
	return true;
}

static bool
value_held_changes(const struct registry *r, int64_t *out)
{
	*out = (int64_t)hold_waiting(r->hold);
	return true;
}

static bool
value_unproven(const struct registry *r, int64_t *out)
{
	*out = health_proof_missing(r, engine_now_s(r->engine));
	return true;
}

static bool
value_records(const struct registry *r, int64_t *out)
{
	*out = (int64_t)snapshot_records(r->snapshot);
	return true;
}

static bool
value_left_out(const struct registry *r, int64_t *out)
{
	*out = (int64_t)r->left_out.total;
	return true;
}

static bool
value_credential(const struct registry *r, int64_t *out)
{
	if (!cs_date_is_set(r->config->credential_expires))
		return false;
	*out = zone_day_end_s(r->config->zone, r->config->credential_expires);
	return true;
}

static bool
value_worker(const struct registry *r, int64_t *out)
{
	*out = (int64_t)r->worker_rss_kib * 1024;
	return r->worker_rss_kib != 0;
}

static bool
value_limit(const struct registry *r, int64_t *out)
{
	*out = r->config->daily_budget;
	return r->config->daily_budget != 0;
}

static bool
value_left(const struct registry *r, int64_t *out)
{
	*out = budget_remaining(r);
	return r->config->daily_budget != 0;
}

static bool
value_reserve(const struct registry *r, int64_t *out)
{
	*out = r->config->budget_reserve;
	return r->config->daily_budget != 0;
}

static bool
value_reset(const struct registry *r, int64_t *out)
{
	*out = budget_reset_s(r);
	return r->config->daily_budget != 0;
}

static bool
value_not_modified(const struct registry *r, int64_t *out)
{
	*out = (int64_t)r->metrics.not_modified;
	return true;
}

static bool
value_unread(const struct registry *r, int64_t *out)
{
	*out = (int64_t)r->metrics.unread;
	return true;
}

static bool
value_lookup_waiting(const struct registry *r, int64_t *out)
{
	*out = (int64_t)lookup_waiting(r->lookup);
	return true;
}

static bool
value_received(const struct registry *r, int64_t *out)
{
	*out = (int64_t)r->metrics.received_bytes;
	return true;
}

static const struct {
	const char	*name, *type, *help;
	bool		(*value)(const struct registry *, int64_t *out);
} families[] = {
	{ "certsync_connector_last_attempt_timestamp_seconds", "gauge",
	  "When the last poll began, Unix time.", value_attempt },
	{ "certsync_connector_last_success_timestamp_seconds", "gauge",
	  "When the last poll that succeeded began, Unix time.", value_success },
	{ "certsync_connector_last_complete_timestamp_seconds", "gauge",
	  "When the last poll that listed everything began, Unix time.", value_complete },
	{ "certsync_connector_last_proven_timestamp_seconds", "gauge",
	  "When the last poll with a proof of completeness began, Unix time.", value_proven },
	{ "certsync_connector_last_whole_timestamp_seconds", "gauge", "When the last poll that "
	  "read a list whole began, not only asked whether it changed, Unix time.", value_whole },
	{ "certsync_connector_last_news_timestamp_seconds", "gauge",
	  "When the last poll that found anything new in its source began, Unix time.",
	  value_news },
	{ "certsync_connector_next_poll_timestamp_seconds", "gauge",
	  "When the next poll is due, Unix time.", value_next },
	{ "certsync_connector_up", "gauge", "Whether the last poll succeeded.", value_up },
	{ "certsync_connector_failures", "gauge", "Polls failed or refused in a row.",
	  value_failures },
	{ "certsync_connector_stale", "gauge",
	  "Whether no complete poll came within stale_after.", value_stale },
	{ "certsync_connector_held", "gauge",
	  "Whether changes for the worse wait for a decision.", value_held },
	{ "certsync_connector_held_changes", "gauge",
	  "Changes for the worse that wait for a decision.", value_held_changes },
	{ "certsync_connector_proof_missing", "gauge", "Whether no proof of completeness came "
	  "within proof_after: withdrawals cannot be seen.", value_unproven },
	{ "certsync_connector_records", "gauge", "Records in the snapshot in force.",
	  value_records },
	{ "certsync_connector_left_out_rows", "gauge", "Rows of the last whole list that could not "
	  "be read: what may be behind them does not count as missing.", value_left_out },
	{ "certsync_connector_credential_expires_timestamp_seconds", "gauge",
	  "When the credential expires by the configuration, Unix time.", value_credential },
	{ "certsync_connector_worker_peak_bytes", "gauge",
	  "Peak resident memory of the last worker.", value_worker },
	{ "certsync_budget_limit_requests", "gauge",
	  "Requests a day that the configuration allows.", value_limit },
	{ "certsync_budget_remaining_requests", "gauge", "Requests left of them today, after what "
	  "connectors with the same credential have made.", value_left },
	{ "certsync_budget_reserve_requests", "gauge",
	  "Requests of them that polls leave to look-ups.", value_reserve },
	{ "certsync_budget_reset_timestamp_seconds", "gauge",
	  "When the budget's day ends, Unix time.", value_reset },
	{ "certsync_polls_unread_total", "counter", "Polls that found nothing changed and read no "
	  "list: an answer 304, or a file read before.", value_unread },
	{ "certsync_lookup_waiting_numbers", "gauge", "Numbers to be looked up singly, those put "
	  "off by a spent budget or a failure included.", value_lookup_waiting },
	{ "certsync_http_not_modified_total", "counter", "Answers 304: nothing has changed.",
	  value_not_modified },
	{ "certsync_http_received_bytes_total", "counter", "Bytes of answers' bodies as they came.",
	  value_received }
};

static void
connector_values(struct expose *e, const struct engine *engine)
{
	int64_t value;

	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		expose_family(e, families[f].name, families[f].type, families[f].help);
		for (size_t i = 0; i < engine->registry_count; i++)
			if (families[f].value(engine->registries[i], &value))
				expose_int(e, LABELS("connector",
				    engine->registries[i]->config->label), value);
	}
}

/* --- badges behind a connector ------------------------------------------------------------ */

struct connector_badges {
	const struct registry *registry;
	size_t		 by_status[BADGE_STATUS_COUNT];
	size_t		 unconfirmed;
};

static void
connector_add_kind(void *arg, const struct index_kind *kind)
{
	struct connector_badges *b = arg;

	if (!registry_covers(b->registry, kind->name.body,
	    kind->name.type[0] != '\0' ? kind->name.type : NULL))
		return;
	for (int s = 0; s < BADGE_STATUS_COUNT; s++)
		b->by_status[s] += kind->by_status[s];
	b->unconfirmed += kind->unconfirmed;
}

static void
connector_badges(struct expose *e, const struct engine *engine)
{
	struct connector_badges badges[CONFIG_CONNECTORS_MAX];

	for (size_t i = 0; i < engine->registry_count; i++) {
		badges[i] = (struct connector_badges){ .registry = engine->registries[i] };
		index_each_kind(engine->index, connector_add_kind, &badges[i]);
	}
	expose_family(e, "certsync_connector_badges", "gauge",
	    "Badges that a connector can decide, by status; two connectors may share some.");
	for (size_t i = 0; i < engine->registry_count; i++)
		for (int s = 0; s < BADGE_STATUS_COUNT; s++)
			expose_int(e, LABELS("connector", engine->registries[i]->config->label,
			    "status", badge_status_name((enum badge_status)s)),
			    (int64_t)badges[i].by_status[s]);
	expose_family(e, "certsync_connector_unconfirmed_badges", "gauge",
	    "Of them, those past their day that wait for fresh evidence.");
	for (size_t i = 0; i < engine->registry_count; i++)
		expose_int(e, LABELS("connector", engine->registries[i]->config->label),
		    (int64_t)badges[i].unconfirmed);
}

/* --- polls and answers ----------------------------------------------------------------------- */

static void
connector_polls(struct expose *e, const struct engine *engine)
{
	static const char *const results[] = {
		[POLL_COMMITTED] = "committed", [POLL_UNCHANGED] = "unchanged",
		[POLL_FAILED] = "failed", [POLL_REFUSED] = "refused", [POLL_HELD] = "held"
	};
	static const char *const kinds[] = { [CS_POLL_FULL] = "full", [CS_POLL_DELTA] = "delta" };

	expose_family(e, "certsync_polls_total", "counter", "Polls of lists that ended, by kind "
	    "and result; held: committed, but for changes that wait.");
	for (size_t i = 0; i < engine->registry_count; i++)
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
			for (size_t n = 0; n < POLL_RESULTS; n++)
				expose_int(e,
				    LABELS("connector", engine->registries[i]->config->label,
				    "kind", kinds[k], "result", results[n]),
				    (int64_t)engine->registries[i]->metrics.polls[k][n]);
	expose_family(e, "certsync_poll_duration_seconds", "histogram",
	    "How long polls of lists took, from the first request to commit or failure.");
	for (size_t i = 0; i < engine->registry_count; i++)
		expose_histogram(e, LABELS("connector", engine->registries[i]->config->label),
		    metrics_bounds_s, engine->registries[i]->metrics.duration, METRICS_BUCKETS,
		    (double)engine->registries[i]->metrics.duration_ms / 1000);
}

/* One family with a label of a few values; counts: of a connector's metrics. */
static void
connector_by(struct expose *e, const struct engine *engine, const char *label,
    const char *const *values, size_t n, size_t offset)
{
	for (size_t i = 0; i < engine->registry_count; i++) {
		const uint64_t *counts = (const uint64_t *)(const void *)
		    ((const char *)&engine->registries[i]->metrics + offset);

		for (size_t k = 0; k < n; k++)
			expose_int(e, LABELS("connector", engine->registries[i]->config->label,
			    label, values[k]), (int64_t)counts[k]);
	}
}

static void
connector_lookups(struct expose *e, const struct engine *engine)
{
	static const char *const ends[] = { "failed", "answered" };
	static const char *const numbers[METRICS_NUMBERS] = {
		[METRICS_NUMBER_FOUND] = "found", [METRICS_NUMBER_ABSENT] = "absent",
		[METRICS_NUMBER_FAILED] = "failed"
	};
	static const char *const seconds[METRICS_SECONDS] = {
		[METRICS_SECOND_EQUAL] = "equal", [METRICS_SECOND_DIFFERENT] = "different",
		[METRICS_SECOND_FAILED] = "failed"
	};

	expose_family(e, "certsync_lookups_total", "counter",
	    "Look-ups that ended, of some numbers each, by result.");
	connector_by(e, engine, "result", ends, 2, offsetof(struct metrics_connector, lookups));
	expose_family(e, "certsync_lookup_numbers_total", "counter",
	    "Numbers looked up singly, by result; failed ones are asked again.");
	connector_by(e, engine, "result", numbers, METRICS_NUMBERS,
	    offsetof(struct metrics_connector, numbers));
	expose_family(e, "certsync_second_downloads_total", "counter",
	    "Lists downloaded a second time to prove them, by result; equal: proven.");
	connector_by(e, engine, "result", seconds, METRICS_SECONDS,
	    offsetof(struct metrics_connector, seconds));
}

static void
connector_answers(struct expose *e, const struct engine *engine)
{
	static const char *const classes[METRICS_CODES] = { "none", "1xx", "2xx", "3xx",
	    "4xx", "5xx" };

	expose_family(e, "certsync_http_requests_total", "counter",
	    "Requests by class of the answer's code; none: no answer, or a broken one.");
	connector_by(e, engine, "code_class", classes, METRICS_CODES,
	    offsetof(struct metrics_connector, answers));
}

static void
connector_states(struct expose *e, const struct engine *engine)
{
	expose_family(e, "certsync_connector_state", "gauge",
	    "1 for the state a connector is in, 0 for the others.");
	for (size_t i = 0; i < engine->registry_count; i++)
		for (int s = REGISTRY_IDLE; s <= REGISTRY_STOPPED; s++)
			expose_int(e, LABELS("connector", engine->registries[i]->config->label,
			    "state", registry_state_name((enum registry_state)s)),
			    registry_state_shown(engine->registries[i]) == (enum registry_state)s);
}

void
metrics_connectors(struct expose *e, const struct engine *engine)
{
	connector_states(e, engine);
	connector_values(e, engine);
	connector_badges(e, engine);
	connector_polls(e, engine);
	connector_lookups(e, engine);
	connector_answers(e, engine);
}
