/* SPDX-License-Identifier: ISC */
/* poll_worker.c -- the worker of a poll: how it is started, and what it says but for records. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/types.h"
#include "engine/poll/poll_private.h"
#include "engine/registry/registry_event.h"

static void
poll_on_asked(void *arg, const struct cs_request *request)
{
	struct poll *poll = arg;
	struct err err;

	if (poll_caps_ask(&poll->caps, poll->registry->config->max_requests,
	    poll->kind == CS_POLL_LOOKUP, &err) == 0)
		poll_on_request(poll, request);
	else
		poll_source_failed(poll, CS_E_LIMIT, 0, err.text);
}

/* A typing error in a plug-in or its settings: said once a poll. */
static void
poll_note_type(struct poll *poll, const char *type)
{
	if (poll->type_told || type == NULL ||
	    types_known(poll->registry->engine->config->types, type))
		return;
	poll->type_told = true;
	log_warn("connector %s: poll %" PRId64 ": a record has type %s, which is not in the table "
	    "of types: it implies no category and no other type", poll->registry->config->label,
	    poll->registry->poll_number, type);
}

static void
poll_on_listed(void *arg, const struct cs_record *record)
{
	struct poll *poll = arg;

	poll->caps.records++;
	poll_note_type(poll, record->type);
	poll_on_record(poll, record);
}

static void
poll_on_items(void *arg, uint64_t distinct)
{
	struct poll *poll = arg;

	poll->caps.items = distinct;
	if (poll->phase != POLL_REREAD)
		poll->facts.items = distinct;
}

/* What a plug-in did not declare in its descriptor proves nothing: said once a poll. */
static void
poll_note_undeclared(struct poll *poll, enum cs_proof proof)
{
	if (!poll->undeclared_told)
		log_warn("connector %s: poll %" PRId64 ": its plug-in names the proof \"%s\", "
		    "which its descriptor does not declare: it proves nothing",
		    poll->registry->config->label, poll->registry->poll_number,
		    feed_proof_name(proof));
	poll->undeclared_told = true;
}

static void
poll_on_proof(void *arg, enum cs_proof proof, uint64_t declared)
{
	struct poll *poll = arg;

	if (poll->phase == POLL_REREAD || poll->registry->plugin.description == NULL)
		return;
	if ((poll->registry->plugin.description->proofs & CS_PROOF(proof)) == 0) {
		poll_note_undeclared(poll, proof);
		return;
	}
	poll->facts.claimed[proof] = true;
	poll->facts.declared[proof] = declared;
}

static void
poll_on_warn(void *arg, const char *text)
{
	struct poll *poll = arg;
	char escaped[ERR_MAX];

	poll_try_warned(poll, text);
	log_warn("connector %s: poll %" PRId64 ": %s", poll->registry->config->label,
	    poll->registry->poll_number, text_escape(text, strlen(text), escaped, sizeof(escaped)));
}

static void
poll_on_output(void *arg, const char *text)
{
	struct poll *poll = arg;

	log_debug("connector %s: poll %" PRId64 ": its plug-in printed: %s", poll->registry->name,
	    poll->registry->poll_number, text);
}

static void
poll_on_as_of(void *arg, struct cs_date day)
{
	struct poll *poll = arg;

	if (poll->phase == POLL_REREAD)
		return;
	poll->as_of_s = (int64_t)cs_date_days(day) * 86400;
	(void)poll_time_ok(poll, poll->as_of_s, poll->registry->reading.as_of_s);
}

/* The list that counts is the first one. */
static void
poll_on_unproven(void *arg, const char *text)
{
	struct poll *poll = arg;

	if (poll->phase == POLL_REREAD)
		return;
	if (text == NULL) {
		poll->proofless = true;
		return;
	}
	(void)text_escape(text, strlen(text), poll->unproven, sizeof(poll->unproven));
	poll->facts.unproven = poll->unproven;
}

static void
poll_on_checkpoint(void *arg, const char *data, size_t len)
{
	struct poll *poll = arg;

	/* The list that counts is the first one. */
	if (poll->phase == POLL_REREAD)
		return;
	free(poll->checkpoint);
	poll->checkpoint = malloc(len + 1);
	poll->checkpoint_len = poll->checkpoint != NULL ? len : 0;
	if (poll->checkpoint != NULL)
		memcpy(poll->checkpoint, data, len);
}

static void
poll_on_done(void *arg, const struct worker_result *result)
{
	struct poll *poll = arg;

	log_debug("connector %s: worker used %" PRIu64 " KiB and %" PRIu64 " ms of CPU",
	    poll->registry->name, result->maxrss_kib, result->cpu_ms);
	registry_worker_done(poll->registry, result->maxrss_kib);
	worker_kill(poll->worker);
	poll->worker = NULL;
	if (poll->phase == POLL_REREAD) {
		poll_twice_done(poll, NULL);
		return;
	}
	poll->facts.items = result->items;
	poll_stage_sort(poll);
	poll_enter(poll, POLL_SETTLE);
}

static void
poll_on_failed(void *arg, const struct worker_failure *failure)
{
	char escaped[ERR_MAX];

	(void)text_escape(failure->text, strlen(failure->text), escaped, sizeof(escaped));
	poll_source_failed(arg, failure->rc, failure->retry_at_s, escaped);
}

void
poll_worker_start(struct poll *poll)
{
	static const struct worker_events events = {
		.request = poll_on_asked, .record = poll_on_listed, .items = poll_on_items,
		.report = poll_on_report, .proof = poll_on_proof, .warn = poll_on_warn,
		.left_out = poll_on_left_out,
		.unproven = poll_on_unproven, .as_of = poll_on_as_of,
		.checkpoint = poll_on_checkpoint, .output = poll_on_output,
		.credit = poll_on_credit, .done = poll_on_done, .failed = poll_on_failed
	};
	struct registry *registry = poll->registry;
	const struct config_connector *config = registry->config;
	char path[512];
	const char *settings[CONFIG_SETTINGS_MAX];
	struct worker_options options = {
		.plugin = path, .mode = WORKER_POLL, .kind = poll->kind,
		.today = zone_date(config->zone, poll->started_s), .settings = settings,
		.lookups = poll->numbers, .lookup_count = poll->number_count,
		.max_body = (uint64_t)config->max_body_bytes,
		.max_records = (uint32_t)config->max_records,
		.report = poll->try != NULL
	};
	struct err err;

	poll->caps = (struct poll_caps){ .requests = 0 };
	/* What another revision or other settings left behind means nothing to this one. */
	if (registry->reading.identity == poll->identity) {
		options.checkpoint = registry->reading.checkpoint;
		options.checkpoint_len = registry->reading.checkpoint_len;
	}
	describe_path(&registry->plugin, path, sizeof(path));
	describe_settings(&registry->plugin, settings);
	poll->worker = worker_start(registry->engine->spawner, &options, &events, poll, &err);
	if (poll->worker == NULL)
		poll_source_failed(poll, CS_E_REMOTE, 0, err.text);
}
