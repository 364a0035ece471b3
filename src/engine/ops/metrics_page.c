/* SPDX-License-Identifier: ISC */
/* metrics_page.c -- see metrics_page.h: every family and where its values are. */
#include "engine/ops/metrics_page.h"

#include <string.h>

#include "base/log.h"
#include "engine/claim/claims.h"
#include "engine/guard/hold.h"
#include "engine/ops/expose.h"
#include "engine/ops/health.h"
#include "engine/ops/metrics_process.h"
#include "engine/ops/sample.h"
#include "engine/registry/registry.h"
#include "engine/state/work.h"

#define LABELS(...)	((const char *const[]){ __VA_ARGS__, NULL })

/* --- the daemon ------------------------------------------------------------------------ */

static void
page_daemon(struct expose *e, const struct engine *engine)
{
	const struct metrics *m = &engine->metrics;

	expose_family(e, "certsync_build_info", "gauge", "1; the label tells the version.");
	expose_int(e, LABELS("version", CERTSYNC_VERSION), 1);
	expose_family(e, "certsync_ready", "gauge",
	    "Whether /readyz answers 200: Redis usable, everything loaded.");
	expose_int(e, NULL, health_ready(engine, NULL));
	expose_family(e, "certsync_alive", "gauge",
	    "Whether /livez answers 200: the scheduler makes progress.");
	expose_int(e, NULL, health_alive(engine, NULL));
	expose_family(e, "certsync_health", "gauge",
	    "What `certsync health` exits with: 0 pass, 1 warn, 2 fail.");
	expose_int(e, NULL, (int64_t)health_overall(engine, NULL));
	expose_family(e, "certsync_config_last_reload_successful", "gauge",
	    "Whether the configuration last read is in force.");
	expose_int(e, NULL, !m->reload_failed);
	expose_family(e, "certsync_config_last_reload_timestamp_seconds", "gauge",
	    "When the configuration was last read, Unix time.");
	expose_int(e, NULL, m->reload_s != 0 ? m->reload_s : engine->started_s);
	expose_family(e, "certsync_stuck_badges", "gauge",
	    "Badges that cannot be read, decided or written by a fault of their own.");
	expose_int(e, NULL, (int64_t)work_stuck(engine));
	expose_family(e, "certsync_work_pending_badges", "gauge",
	    "Badges waiting to be decided again.");
	expose_int(e, NULL, (int64_t)work_pending(engine->work));
}

static void
page_store(struct expose *e, const struct engine *engine)
{
	static const char *const results[METRICS_WRITES] = {
		[METRICS_WRITE_OK] = "ok", [METRICS_WRITE_STALE] = "stale",
		[METRICS_WRITE_DUPLICATE] = "duplicate", [METRICS_WRITE_FAILED] = "failed"
	};
	const struct metrics *m = &engine->metrics;

	expose_family(e, "certsync_store_up", "gauge",
	    "Whether Redis is connected and ours to write.");
	expose_int(e, NULL, store_is_up(engine->store));
	expose_family(e, "certsync_store_unsafe", "gauge", "Whether Redis may lose what it "
	    "acknowledged, by its settings; /readyz/redis says why.");
	expose_int(e, NULL, store_warning(engine->store)[0] != '\0');
	expose_family(e, "certsync_store_connects_total", "counter", "Times the store was opened.");
	expose_int(e, NULL, (int64_t)m->store_opens);
	expose_family(e, "certsync_store_connections_lost_total", "counter",
	    "Times the connection to Redis was lost.");
	expose_int(e, NULL, (int64_t)m->store_lost);
	expose_family(e, "certsync_store_errors_total", "counter",
	    "Error replies of Redis, such as OOM, READONLY, NOPERM.");
	expose_int(e, NULL, (int64_t)store_errors(engine->store));
	expose_family(e, "certsync_store_in_flight_commands", "gauge",
	    "Commands without a reply yet.");
	expose_int(e, NULL, (int64_t)store_in_flight(engine->store));
	expose_family(e, "certsync_commits_total", "counter",
	    "Commits of badges by result; stale and duplicate ones are settled, failed ones are "
	    "tried again.");
	for (int i = 0; i < METRICS_WRITES; i++)
		expose_int(e, LABELS("result", results[i]), (int64_t)m->writes[i]);
	expose_family(e, "certsync_events_published_total", "counter",
	    "Events committed to the streams together with their changes.");
	expose_int(e, NULL, (int64_t)engine->events);
}

/* --- badges ------------------------------------------------------------------------------- */

static void
page_badges(struct expose *e, const struct engine *engine)
{
	int64_t oldest_s;

	expose_family(e, "certsync_badges", "gauge", "Badges by status.");
	for (int s = 0; s < BADGE_STATUS_COUNT; s++)
		expose_int(e, LABELS("status", badge_status_name((enum badge_status)s)),
		    (int64_t)index_count_status(engine->index, (enum badge_status)s));
	expose_family(e, "certsync_cases", "gauge",
	    "Open cases: questions a person should answer.");
	expose_int(e, NULL, (int64_t)index_count_cases(engine->index));
	expose_family(e, "certsync_absences_to_confirm", "gauge",
	    "Absences that wait for the word of another connector (confirm).");
	expose_int(e, NULL, (int64_t)index_confirming(engine->index, &oldest_s));
	expose_family(e, "certsync_absences_to_confirm_oldest_timestamp_seconds", "gauge",
	    "Since when the oldest of them waits, Unix time; 0: there is none.");
	expose_int(e, NULL, oldest_s);
}

static void
page_changes(struct expose *e, const struct engine *engine)
{
	const struct metrics *m = &engine->metrics;

	expose_family(e, "certsync_badge_transitions_total", "counter",
	    "Changes of status; from is \"new\" for a badge's first version.");
	for (int from = 0; from <= BADGE_STATUS_COUNT; from++)
		for (int to = 0; to < BADGE_STATUS_COUNT; to++)
			if (from != to)
				expose_int(e, LABELS("from", from == METRICS_NEW ? "new" :
				    badge_status_name((enum badge_status)from),
				    "to", badge_status_name((enum badge_status)to)),
				    (int64_t)m->transitions[from][to]);
	expose_family(e, "certsync_badges_worsened_total", "counter",
	    "Verified badges that left that status or got a case, by cause.");
	for (int i = 0; i < METRICS_CAUSES; i++)
		expose_int(e, LABELS("cause", badge_cause_name((enum badge_cause)i)),
		    (int64_t)m->worsened[i]);
	expose_family(e, "certsync_badges_erased_total", "counter", "Badges deleted or erased.");
	expose_int(e, NULL, (int64_t)m->erased);
	expose_family(e, "certsync_cases_opened_total", "counter", "Cases opened.");
	expose_int(e, NULL, (int64_t)m->cases_opened);
	expose_family(e, "certsync_cases_closed_total", "counter", "Cases closed.");
	expose_int(e, NULL, (int64_t)m->cases_closed);
}

static void
page_guard(struct expose *e, const struct engine *engine)
{
	const struct hold *config = holds_config(engine->holds);

	expose_family(e, "certsync_config_held_changes", "gauge",
	    "Changes for the worse, made by a changed configuration, that wait for a decision.");
	expose_int(e, NULL, hold_is_held(config) ? (int64_t)hold_waiting(config) : 0);
	expose_family(e, "certsync_guard_worse_badges", "gauge",
	    "Verified badges that got worse within the guard's window, over all connectors.");
	expose_int(e, NULL, (int64_t)holds_worse(engine, NULL));
	expose_family(e, "certsync_guard_total_badges", "gauge",
	    "So many of them raise the alarm: [guard] total.");
	expose_int(e, NULL, engine->config->guard_total);
}

/* --- commands, streams, groups, review: of the last sample ---------------------------------- */

static void
page_claims(struct expose *e, const struct engine *engine, const struct sample_values *v)
{
	const char *why;
	static const char *const streams[2] = { "claims", "staff" };
	static const char *const results[METRICS_CLAIMS] = {
		[METRICS_CLAIM_APPLIED] = "applied", [METRICS_CLAIM_IGNORED] = "ignored",
		[METRICS_CLAIM_REJECTED] = "rejected", [METRICS_CLAIM_STUCK] = "stuck"
	};

	expose_family(e, "certsync_claims_total", "counter",
	    "Commands taken from a stream by result; ignored ones changed nothing.");
	for (int s = 0; s < 2; s++)
		for (int i = 0; i < METRICS_CLAIMS; i++)
			expose_int(e, LABELS("stream", streams[s], "result", results[i]),
			    (int64_t)engine->metrics.claims[s][i]);
	expose_family(e, "certsync_stuck_commands", "gauge",
	    "Commands that cannot be carried out now by a fault of their badge or partition.");
	expose_int(e, NULL, (int64_t)claims_left(engine->claims, &why));
	expose_family(e, "certsync_claims_begun_again_total", "counter",
	    "A command stream was deleted and made anew, with ids from its beginning.");
	for (int s = 0; s < 2; s++)
		expose_int(e, LABELS("stream", streams[s]),
		    (int64_t)engine->metrics.claims_begun_again[s]);
	expose_family(e, "certsync_claims_waiting_entries", "gauge",
	    "Commands in a stream that are not applied yet.");
	for (int s = 0; s < 2 && v->taken_s != 0; s++)
		expose_int(e, LABELS("stream", streams[s]), v->waiting[s]);
	expose_family(e, "certsync_claims_oldest_timestamp_seconds", "gauge",
	    "When the oldest waiting command was added, Unix time; absent while none waits.");
	for (int s = 0; s < 2; s++)
		if (v->oldest_ms[s] != 0)
			expose_double(e, LABELS("stream", streams[s]),
			    (double)v->oldest_ms[s] / 1000);
	expose_family(e, "certsync_claims_rejected_entries", "gauge",
	    "Entries of the stream of rejected commands, kept 30 days.");
	if (v->taken_s != 0)
		expose_int(e, NULL, v->rejected);
}

static void
page_groups(struct expose *e, const struct sample_values *v)
{
	expose_family(e, "certsync_stream_group_lag", "gauge",
	    "Events a consumer group has not been given yet; an upper bound where Redis "
	    "cannot tell.");
	for (size_t i = 0; i < v->group_count; i++)
		expose_int(e, LABELS("group", v->groups[i].name), v->groups[i].lag);
	expose_family(e, "certsync_stream_group_pending", "gauge",
	    "Events given to a consumer group and not acknowledged.");
	for (size_t i = 0; i < v->group_count; i++)
		expose_int(e, LABELS("group", v->groups[i].name), v->groups[i].pending);
	expose_family(e, "certsync_stream_group_delivered_timestamp_seconds", "gauge",
	    "When the event last given to a group that lags was published, Unix time; absent "
	    "without lag.");
	for (size_t i = 0; i < v->group_count; i++)
		if (v->groups[i].lag > 0)
			expose_double(e, LABELS("group", v->groups[i].name),
			    (double)v->groups[i].delivered_ms / 1000);
	expose_family(e, "certsync_stream_groups_unlisted", "gauge",
	    "Consumer groups beyond those that are named here.");
	expose_int(e, NULL, (int64_t)v->groups_beyond);
}

static void
page_streams(struct expose *e, const struct engine *engine, const struct sample_values *v)
{
	bool known = v->taken_s != 0;

	expose_family(e, "certsync_sample_timestamp_seconds", "gauge",
	    "When the metrics of claims waiting, streams, groups and review were read, Unix time; "
	    "absent before the first time.");
	if (known)
		expose_int(e, NULL, v->taken_s);
	expose_family(e, "certsync_stream_entries", "gauge", "Events kept, over all partitions.");
	if (known)
		expose_int(e, NULL, v->events);
	expose_family(e, "certsync_stream_fullest_entries", "gauge",
	    "Events kept in the partition that has most.");
	if (known)
		expose_int(e, NULL, v->events_fullest);
	expose_family(e, "certsync_stream_max_entries", "gauge",
	    "At so many events of a partition the oldest are removed whoever waits for them.");
	expose_int(e, NULL, engine->config->max_entries);
	page_groups(e, v);
	expose_family(e, "certsync_review_queue_entries", "gauge",
	    "Badges in review or with an open case.");
	if (known)
		expose_int(e, NULL, v->review);
	expose_family(e, "certsync_review_due_timestamp_seconds", "gauge",
	    "When the first of them is due, Unix time; absent while there is none.");
	if (v->review_due_s != 0)
		expose_int(e, NULL, v->review_due_s);
}

/* --- logs --------------------------------------------------------------------------------- */

static void
page_logs(struct expose *e)
{
	struct log_counts counts;

	log_counts(&counts);
	expose_family(e, "certsync_log_messages_total", "counter", "Messages logged by level.");
	for (int i = 0; i < LOG_LEVELS; i++)
		expose_int(e, LABELS("level", log_level_name((enum log_level)i)),
		    (int64_t)counts.messages[i]);
	expose_family(e, "certsync_log_suppressed_total", "counter",
	    "Messages left out because there were too many like them.");
	expose_int(e, NULL, (int64_t)counts.suppressed);
	expose_family(e, "certsync_log_dropped_total", "counter",
	    "Messages that the log could not take.");
	expose_int(e, NULL, (int64_t)counts.dropped);
}

void
metrics_page(const struct engine *engine, struct buf *out)
{
	static const struct sample_values nothing = { .taken_s = 0 };
	const struct sample_values *v = engine->sample != NULL ? sample_values(engine->sample) :
	    &nothing;
	struct expose e = { .out = out };

	page_daemon(&e, engine);
	page_store(&e, engine);
	page_badges(&e, engine);
	page_changes(&e, engine);
	page_guard(&e, engine);
	metrics_connectors(&e, engine);
	page_claims(&e, engine, v);
	page_streams(&e, engine, v);
	page_logs(&e);
	metrics_process(&e, engine->started_s);
}
