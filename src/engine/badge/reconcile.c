/* SPDX-License-Identifier: ISC */
/* reconcile.c -- see reconcile.h: reading, matching, deciding. */
#include "engine/badge/reconcile_private.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "core/explain.h"
#include "engine/guard/hold.h"
#include "engine/registry/mirror.h"

void
reconcile_finish(struct reconcile *r, enum reconcile_result result, const char *text)
{
	struct index_badge *b;

	if (r->added && result != RECONCILE_WRITTEN) {
		b = index_find(r->engine->index, r->badge);
		if (b != NULL)
			index_remove(r->engine->index, b);
	}
	if (!r->explain && r->dry == NULL)
		log_debug("badge %s: %s, cause %s%s%s", r->badge, reconcile_result_name(result),
		    badge_cause_name(r->cause), text[0] != '\0' ? ": " : "", text);
	if (result == RECONCILE_UNCHANGED || result == RECONCILE_IGNORED ||
	    result == RECONCILE_REJECTED)
		reconcile_index_settle(r);
	reconcile_guard_end(r, result);
	r->fn(r->arg, result, text);
	(void)arena_free(r->arena);
	free(r);
}

/* --- deciding --------------------------------------------------------------- */

const char *
reconcile_tomb_key(const struct reconcile *r, key_buf out)
{
	char id[17];

	(void)mirror_field(store_hash(r->engine->store, r->badge), id);
	return key_partition(store_prefix(r->engine->store), r->partition,
	    "internal:tomb", id, out);
}

enum badge_cause
reconcile_cause(const struct reconcile *r)
{
	bool first = !r->exists || (r->before.status == BADGE_SELF_REPORTED && !r->edited);

	if (r->engine->rebuild && r->cause == CAUSE_CONFIG)
		return CAUSE_REBUILD;
	if (!first || !engine_is_rebuilding(r->engine))
		return r->cause;
	switch (r->cause) {
	case CAUSE_CLAIM:
	case CAUSE_POLL:
	case CAUSE_LOOKUP:
	case CAUSE_CONFIG:
		return CAUSE_REBUILD;
	default:
		return r->cause;
	}
}

static void
reconcile_tell(struct reconcile *r, const struct decide_input *in)
{
	struct buf text;

	r->decision = decide(in);
	buf_init(&text, 65536);
	hold_line_explain(holds_find(r->engine->holds, r->badge), &text);
	explain_decision(in, &r->decision, &text);
	reconcile_finish(r, RECONCILE_UNCHANGED, buf_str(&text));
	buf_free(&text);
}

static void
reconcile_decide(struct reconcile *r)
{
	int64_t now_s = r->at_s != 0 ? r->at_s : engine_now_s(r->engine);
	struct decide_input in = {
		.types = r->engine->config->types,
		.claim = &r->claim,
		.before = r->exists ? &r->before : NULL,
		.edited = r->edited,
		.connectors = r->connectors,
		.connector_count = r->reach_count,
		.records = r->records, .named = r->named,
		.confirm = r->confirms ? &r->confirm : NULL,
		.now_s = now_s,
		.name_match = r->engine->config->name_match,
		.unconfirmed_days = r->engine->config->unconfirmed_days,
		.absence_counts = reconcile_absence_counts(r),
		.case_seconds = (int64_t)r->engine->config->case_days * 86400,
		.case_timeout_keeps = strcmp(r->engine->config->case_timeout, "keep") == 0
	};
	struct transition_input change = {
		.before = in.before, .claim = &r->claim, .decision = &r->decision,
		.connectors = r->connectors, .cause = reconcile_cause(r), .actor = "",
		.poll = r->poll, .now_s = now_s
	};

	reconcile_collect(r, now_s);
	if (r->lacking) {
		reconcile_finish(r, RECONCILE_RETRY, "out of memory");
		return;
	}
	if (r->failed) {
		reconcile_finish(r, RECONCILE_REJECTED, "its records cannot be read");
		return;
	}
	in.record_count = r->record_count;
	in.named_count = r->named_count;
	if (r->explain) {
		reconcile_tell(r, &in);
		return;
	}
	if (r->dry != NULL) {
		reconcile_guard_dry(r, &in, &change);
		return;
	}
	if (r->edited || !r->exists) {
		change.claim_id = r->entry_id[0] != '\0' ? r->entry_id : NULL;
		change.claimed_at_s = now_s;
	}
	if (reconcile_guard(r, &in, &change) != 0) {
		reconcile_finish(r, RECONCILE_RETRY, "out of memory");
		return;
	}
	log_debug("badge %s: decided %s (%s) of %zu records", r->badge,
	    badge_status_name(r->transition.after.status),
	    badge_reason_name(r->transition.after.reason), r->record_count);
	reconcile_lookup_want(r);
	reconcile_confirm_want(r);
	if (!r->exists && r->tomb_version > 0)
		r->transition.after.version = r->tomb_version + 1;
	reconcile_write(r);
}

/* --- reading ---------------------------------------------------------------- */

static void
reconcile_settled(struct reconcile *r)
{
	if (--r->outstanding > 0)
		return;
	if (r->ended)
		reconcile_finish(r, RECONCILE_ENDED, "the store is over");
	else if (r->failed)
		reconcile_finish(r, RECONCILE_RETRY, "the store cannot be read now");
	else if (r->generation != r->engine->generation)
		reconcile_again(r);
	else
		reconcile_decide(r);
}

static void
reach_on_lines(struct reconcile *r, enum store_outcome outcome, const struct redis_reply *reply,
    const char **out, size_t count)
{
	const char *text;
	size_t len;

	if (outcome != STORE_OK) {
		r->failed = true;
		r->ended |= outcome == STORE_ENDED;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		text = redis_reply_str(redis_reply_at(reply, i), &len);
		if (text == NULL)
			continue;
		out[i] = arena_strndup(r->arena, text, len);
		r->failed |= out[i] == NULL;
	}
}

/* Which of the reads under way an answer belongs to. */
struct reach_read {
	struct reconcile *r;
	size_t		 at;
	bool		 staged;
};

static void
reach_on_read(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct reach_read *read = arg;
	struct reach *reach = &read->r->reach[read->at];

	reach_on_lines(read->r, outcome, reply,
	    read->staged ? reach->staged : reach->mirror, reach->count);
	reconcile_settled(read->r);
}

static void
reach_read(struct reconcile *r, size_t at, const char *key, bool staged)
{
	struct reach *reach = &r->reach[at];
	struct reach_read *read = arena_alloc(r->arena, sizeof(*read));
	const char *argv[RECONCILE_FIELDS_MAX + 2] = { "HMGET", key };
	char fields[RECONCILE_FIELDS_MAX][17];

	if (read == NULL) {
		r->failed = true;
		return;
	}
	*read = (struct reach_read){ .r = r, .at = at, .staged = staged };
	for (size_t i = 0; i < reach->count; i++)
		argv[2 + i] = mirror_field(reach->fields[i], fields[i]);
	r->outstanding++;
	store_read(r->engine->store, reach_on_read, read, 2 + reach->count, argv);
}

/* Reads what the registry has of the claim into reach[at]. */
static void
reach_begin(struct reconcile *r, size_t at, struct registry *registry)
{
	key_buf key;

	reconcile_reach_init(&r->reach[at], registry, &r->claim);
	if (r->reach[at].count == 0)
		return;
	reach_read(r, at, registry_key(registry, "mirror", key), false);
	if (registry->diff.final || (r->dry != NULL && r->dry->registry == registry))
		reach_read(r, at, registry_staged_key(registry, registry->poll_number, key), true);
}

static void
reconcile_read_records(struct reconcile *r)
{
	struct registry *confirmer;

	r->reach_count = 0;
	r->generation = r->engine->generation;
	r->outstanding = 1;	/* ours, until all are sent */
	for (size_t i = 0;
	    i < r->engine->registry_count && r->reach_count < RECONCILE_REGISTRIES_MAX; i++) {
		struct registry *registry = r->engine->registries[i];

		if ((registry_decides(registry, r->claim.body, r->claim.type) ||
		    (r->dry != NULL && r->dry->registry == registry)) &&
		    !reconcile_only_confirms(r, registry))
			reach_begin(r, r->reach_count++, registry);
	}
	confirmer = reconcile_confirmer(r);
	r->confirms = confirmer != NULL;
	if (r->confirms)
		reach_begin(r, RECONCILE_CONFIRM, confirmer);
	reconcile_settled(r);
}

/* --- the command ------------------------------------------------------------ */

/* A put against what is there.  true: go on and decide. */
static bool
reconcile_apply_put(struct reconcile *r)
{
	int64_t known_rev = r->exists ? r->before.claim.rev : r->tomb_rev;

	if (r->put->rev >= 0 && known_rev >= 0 && r->put->rev < known_rev) {
		reconcile_finish(r, RECONCILE_IGNORED, "an older rev");
		return false;
	}
	r->claim = *r->put;
	if (r->exists) {
		r->edited = !claim_equal(&r->before.claim, r->put);
		if (r->put->rev < 0)
			r->claim.rev = r->before.claim.rev;
	} else if (index_profile_count(r->engine->index, r->profile) >= PROFILE_BADGES_MAX) {
		reconcile_finish(r, RECONCILE_REJECTED,
		    "too_many_badges: a profile has at most 100");
		return false;
	}
	return true;
}

static void
reconcile_apply(struct reconcile *r)
{
	if (!r->exists && r->op != RECONCILE_PUT) {
		if (r->op == RECONCILE_HIDE || r->op == RECONCILE_SHOW ||
		    r->op == RECONCILE_RECHECK)
			reconcile_finish(r, RECONCILE_REJECTED, "badge_unknown: put it first");
		else
			reconcile_finish(r, RECONCILE_IGNORED, "no such badge");
		return;
	}
	if (r->exists)
		r->claim = r->before.claim;
	switch (r->op) {
	case RECONCILE_DELETE:
	case RECONCILE_ERASE:
		reconcile_write_erase(r);
		return;
	case RECONCILE_PUT:
		if (!reconcile_apply_put(r))
			return;
		break;
	case RECONCILE_HIDE:
	case RECONCILE_SHOW:
		r->claim.hidden = r->op == RECONCILE_HIDE;
		break;
	case RECONCILE_DECIDE:
	case RECONCILE_RECHECK:
		break;
	}
	reconcile_read_records(r);
}

static void
reconcile_on_badge(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct reconcile *r = arg;
	struct badge_field fields[BADGE_FIELDS_MAX * 2];
	struct err err;
	const char *commit;
	size_t n = redis_reply_count(reply) / 2;

	r->outstanding--;
	if (outcome == STORE_TYPE || r->fault) {
		reconcile_finish(r, RECONCILE_BADGE_FAULT, outcome == STORE_TYPE ?
		    "its key is no hash" : "the key of its tombstone is no string");
		return;
	}
	if (outcome != STORE_OK || r->failed) {
		reconcile_finish(r, outcome == STORE_ENDED ? RECONCILE_ENDED : RECONCILE_RETRY,
		    "the store cannot be read now");
		return;
	}
	if (n > sizeof(fields) / sizeof(fields[0]))
		n = sizeof(fields) / sizeof(fields[0]);
	for (size_t i = 0; i < n; i++) {
		fields[i].name = arena_strdup(r->arena,
		    redis_reply_str(redis_reply_at(reply, 2 * i), NULL));
		fields[i].value = arena_strdup(r->arena,
		    redis_reply_str(redis_reply_at(reply, 2 * i + 1), NULL));
		if (fields[i].name == NULL || fields[i].value == NULL) {
			reconcile_finish(r, RECONCILE_RETRY, "out of memory");
			return;
		}
	}
	r->exists = n > 0;
	commit = redis_reply_str(redis_reply_field(reply, "commit"), NULL);
	(void)snprintf(r->commit, sizeof(r->commit), "%s", commit != NULL ? commit : "0");
	if (r->exists && badge_from_fields(fields, n, r->arena, &r->before, &err) != 0) {
		reconcile_finish(r, err.passing ? RECONCILE_RETRY : RECONCILE_REJECTED, err.text);
		return;
	}
	r->read = true;
	reconcile_apply(r);
}

/* {"version":n,"rev":n} of a badge erased within 400 days. */
static void
reconcile_on_tomb(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct reconcile *r = arg;
	const char *text = outcome == STORE_OK ? redis_reply_str(reply, NULL) : NULL;
	json_t *root = text != NULL ? json_loads(text, 0, NULL) : NULL;
	json_int_t version = 0, rev = -1;

	r->outstanding--;
	/* Without what is known of it, a badge would begin at version 1 again. */
	r->fault |= outcome == STORE_TYPE;
	r->failed |= outcome != STORE_OK;
	if (root != NULL &&
	    json_unpack(root, "{s:I, s:I}", "version", &version, "rev", &rev) == 0) {
		r->tomb_version = (int64_t)version;
		r->tomb_rev = (int64_t)rev;
	}
	json_decref(root);
}

void
reconcile_again(struct reconcile *r)
{
	key_buf key;
	const char *argv[2] = { "GET", key };

	if (++r->tries > RECONCILE_TRIES_MAX) {
		reconcile_finish(r, RECONCILE_RETRY, "the badge keeps changing");
		return;
	}
	arena_reset(r->arena);
	r->exists = r->edited = r->failed = r->fault = r->lacking = r->read = false;
	r->tomb_version = 0;
	r->tomb_rev = -1;
	r->outstanding = 2;
	/* In this order: replies keep it, and the tombstone must be known first. */
	(void)reconcile_tomb_key(r, key);
	store_read(r->engine->store, reconcile_on_tomb, r, 2, argv);
	argv[0] = "HGETALL";
	(void)key_partition(store_prefix(r->engine->store), r->partition, "badge", r->badge, key);
	store_read(r->engine->store, reconcile_on_badge, r, 2, argv);
}

static void
reconcile_begin(void *arg)
{
	struct reconcile *r = arg;
	const struct index_badge *known = index_find(r->engine->index, r->badge);

	if (known != NULL && r->profile[0] != '\0' && strcmp(known->profile, r->profile) != 0) {
		reconcile_finish(r, RECONCILE_REJECTED,
		    "profile_differs: the badge belongs to another profile");
		return;
	}
	if (known == NULL && r->profile[0] == '\0') {
		reconcile_finish(r, RECONCILE_UNCHANGED, "no such badge");
		return;
	}
	if (known != NULL)
		(void)text_copy(r->profile, sizeof(r->profile), known->profile);
	r->partition = badge_partition(r->profile, store_partitions(r->engine->store));
	reconcile_again(r);
}

struct reconcile *
reconcile_start(struct engine *engine, const struct reconcile_request *request,
    reconcile_fn *fn, void *arg)
{
	struct reconcile *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->engine = engine;
	r->op = request->op;
	r->cause = request->cause;
	r->put = request->claim;
	r->stream = request->stream;
	r->group = request->group;
	r->fn = fn;
	r->arg = arg;
	r->arena = arena_new(RECONCILE_ARENA_MAX);
	if (r->arena == NULL || !text_copy(r->badge, sizeof(r->badge), request->badge) ||
	    !text_copy(r->profile, sizeof(r->profile),
	    request->profile != NULL ? request->profile : "") ||
	    !text_copy(r->poll, sizeof(r->poll), request->poll != NULL ? request->poll : "") ||
	    !text_copy(r->entry_id, sizeof(r->entry_id),
	    request->entry_id != NULL ? request->entry_id : "")) {
		(void)arena_free(r->arena);
		free(r);
		return NULL;
	}
	(void)text_copy(r->stuck, sizeof(r->stuck), request->stuck != NULL ? request->stuck : "");
	if (request->round == 0)
		(void)text_copy(r->mark, sizeof(r->mark), r->entry_id);
	else
		(void)snprintf(r->mark, sizeof(r->mark), "%" PRIu64 ":%s", request->round,
		    r->entry_id);
	loop_defer(engine->loop, reconcile_begin, r);
	return r;
}

struct reconcile *
reconcile_dry(struct engine *engine, const char *badge, struct reconcile_dry *dry,
    reconcile_fn *fn, void *arg)
{
	struct reconcile_request request = { .op = RECONCILE_DECIDE, .badge = badge,
	    .cause = CAUSE_POLL };
	struct reconcile *r = reconcile_start(engine, &request, fn, arg);

	if (r != NULL)
		r->dry = dry;
	return r;
}

struct reconcile *
reconcile_explain(struct engine *engine, const char *badge, int64_t at_s,
    reconcile_fn *fn, void *arg)
{
	struct reconcile_request request = { .op = RECONCILE_DECIDE, .badge = badge,
	    .cause = CAUSE_OPERATOR };
	struct reconcile *r = reconcile_start(engine, &request, fn, arg);

	if (r != NULL) {
		r->explain = true;
		r->at_s = at_s;
	}
	return r;
}
