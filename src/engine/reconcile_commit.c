/* SPDX-License-Identifier: ISC */
/* reconcile_commit.c -- writing one version of a badge, and the index after it. */
#include "engine/reconcile_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "engine/work.h"

#define COMMIT_KEYS	15
#define COMMIT_ARGS_MAX	(32 + 3 * BADGE_FIELDS_MAX)
#define COMMIT_HISTORY	"50"	/* entries a badge keeps */

/* Fields that are left out of the hash while they have no value. */
static const char *const optional_fields[] = {
	"type", "claimed_expires_on", "names", "aliases", "rev", "how", "verified_once", "expires_on",
	"expires_source", "valid_until", "expires_since", "registry_name", "connector", "zone", "evidence",
	"case", "case_since", "case_until", "case_paused", "case_settled", "case_number",
	"confirm", "confirm_at", "confirm_since",
	"reminded_for", "reminded_days", "next_check", "pin"
};

/* The categories in the order of KEYS 5-9. */
static const unsigned categories[] = {
	CS_CATEGORY_MINORITY, CS_CATEGORY_WOMAN, CS_CATEGORY_VETERAN,
	CS_CATEGORY_DISABILITY, CS_CATEGORY_LGBTQ
};
#define CATEGORY_NAMES	"minority,woman,veteran,disability,lgbtq"

/* The arguments of one commit; texts live in the arena or in the struct. */
struct commit_args {
	key_buf		 keys[COMMIT_KEYS];
	const char	*key[COMMIT_KEYS];
	const char	*arg[COMMIT_ARGS_MAX];
	size_t		 count;
	char		 score[24], due[24], events[4], sets[8], dels[8];
};

const char *
reconcile_tomb_key(const struct reconcile *r, key_buf out)
{
	char id[17];

	(void)registry_field(hash64(store_hash_key(r->engine->store), r->badge, strlen(r->badge)), id);
	return key_partition(store_prefix(r->engine->store), r->partition, "internal:tomb", id, out);
}

enum badge_cause
reconcile_cause(const struct reconcile *r)
{
	bool first = !r->exists || (r->before.status == BADGE_SELF_REPORTED && !r->edited);

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
commit_keys(const struct reconcile *r, struct commit_args *a)
{
	const char *prefix = store_prefix(r->engine->store);
	size_t n = 0;

	(void)key_partition(prefix, r->partition, "fence", NULL, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "badge", r->badge, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "profile", r->profile, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "certified", NULL, a->keys[n++]);
	for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
		(void)key_partition(prefix, r->partition, "certified", category_name(categories[i]), a->keys[n++]);
	(void)key_partition(prefix, r->partition, "badges", NULL, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "review", NULL, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "history", r->badge, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "events", NULL, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "internal:applied", NULL, a->keys[n++]);
	(void)reconcile_tomb_key(r, a->keys[n++]);
	for (size_t i = 0; i < n; i++)
		a->key[i] = a->keys[i];
}

static void
commit_arg(struct commit_args *a, const char *text)
{
	if (a->count < COMMIT_ARGS_MAX)
		a->arg[a->count++] = text;
}

/* ARGV 3 to 16 of commit.lua. */
static void
commit_head(const struct reconcile *r, struct commit_args *a, bool erase, bool versioned,
    const char *tile, const char *history, const char *due, const char *tomb)
{
	(void)snprintf(a->score, sizeof(a->score), "%" PRId64, loop_wall_ms(r->engine->loop));
	commit_arg(a, r->badge);
	commit_arg(a, r->profile);
	commit_arg(a, r->commit);
	commit_arg(a, erase ? "erase" : "put");
	commit_arg(a, versioned ? a->score : "");
	commit_arg(a, CATEGORY_NAMES);
	commit_arg(a, tile);
	commit_arg(a, history);
	commit_arg(a, COMMIT_HISTORY);
	commit_arg(a, due);
	commit_arg(a, r->stream != NULL ? r->stream : "");
	commit_arg(a, r->entry_id);
	commit_arg(a, tomb);
	commit_arg(a, RECONCILE_TOMB_SECONDS);
}

static const char *
commit_text(struct reconcile *r, struct buf *b)
{
	const char *text = b->failed ? NULL : arena_strndup(r->arena, buf_str(b), b->len);

	buf_clear(b);
	if (text == NULL)
		r->failed = true;
	return text != NULL ? text : "";
}

static void
commit_fields(struct reconcile *r, struct commit_args *a, const struct badge_field *fields, size_t n)
{
	const char *gone[sizeof(optional_fields) / sizeof(optional_fields[0])];
	size_t gone_count = 0;

	(void)snprintf(a->sets, sizeof(a->sets), "%zu", n);
	commit_arg(a, a->sets);
	for (size_t i = 0; i < n; i++) {
		commit_arg(a, fields[i].name);
		commit_arg(a, fields[i].value);
	}
	for (size_t i = 0; i < sizeof(optional_fields) / sizeof(optional_fields[0]) && r->exists; i++) {
		bool set = false;

		for (size_t k = 0; k < n && !set; k++)
			set = strcmp(fields[k].name, optional_fields[i]) == 0;
		if (!set)
			gone[gone_count++] = optional_fields[i];
	}
	(void)snprintf(a->dels, sizeof(a->dels), "%zu", gone_count);
	commit_arg(a, a->dels);
	for (size_t i = 0; i < gone_count; i++)
		commit_arg(a, gone[i]);
}

/* --- the index afterwards ---------------------------------------------------- */

int
reconcile_index_keys(struct engine *engine, struct index_badge *b, const struct claim *claim)
{
	uint64_t keys[RECONCILE_REGISTRIES_MAX + BADGE_LIST_MAX + 1];
	char text[CS_NUMBER_MAX + 1];
	size_t n = 0;

	for (size_t i = 0; i < engine->registry_count && n < RECONCILE_REGISTRIES_MAX; i++) {
		const struct registry *registry = engine->registries[i];

		if (strcmp(registry->config->body, claim->body) == 0 &&
		    number_normalise(registry_grammar(registry), claim->number, text))
			keys[n++] = registry_hash(registry, text);
	}
	if (alias_normalise(claim->number, text))
		keys[n++] = hash64(store_hash_key(engine->store), text, strlen(text));
	for (size_t i = 0; i < claim->alias_count; i++)
		if (alias_normalise(claim->aliases[i], text))
			keys[n++] = hash64(store_hash_key(engine->store), text, strlen(text));
	return index_set_keys(engine->index, b, keys, n);
}

static void
sibling_queue(void *arg, struct index_badge *b)
{
	struct engine *engine = arg;

	if (b->reason == REASON_ALREADY_CLAIMED)
		(void)work_add(engine->work, b->id, CAUSE_CLAIM, NULL, NULL);
}

/* A record that verified this badge is free again for others who claimed it. */
static void
siblings_queue(struct engine *engine, const struct index_badge *b)
{
	for (size_t i = 0; i < b->key_count; i++)
		index_each_key(engine->index, index_key_at(b, i), sibling_queue, engine);
}

/* When the next reminder is due by the settings in force; 0: none. */
static int64_t
reminder_due_s(const struct engine *engine, const struct badge *badge)
{
	const struct registry *registry = registry_find(engine, badge->connector);
	struct remind_input in = { .badge = badge, .now_s = engine_now_s(engine) };
	struct remind remind;

	if (registry == NULL)
		return 0;
	in.zone = registry->config->zone;
	in.rungs = registry->config->remind_days;
	in.rung_count = registry->config->remind_count;
	remind = remind_look(&in);
	return remind.rung != 0 ? in.now_s : remind.next_s;
}

static int64_t
badge_due_s(const struct engine *engine, const struct badge *badge)
{
	int64_t due_s = badge->next_check_s, remind_s = reminder_due_s(engine, badge);

	return remind_s != 0 && (due_s == 0 || remind_s < due_s) ? remind_s : due_s;
}

/* A check that is due already and decided nothing is not repeated at once. */
static void
index_rest(struct engine *engine, struct index_badge *b)
{
	int64_t now_s = engine_now_s(engine);

	if (b->due.key != 0 && b->due.key <= now_s)
		(void)index_set_due(engine->index, b, now_s + RECONCILE_RECHECK_S);
}

static void
index_follow(struct reconcile *r, const struct badge *after)
{
	struct engine *engine = r->engine;
	struct index_badge *b = index_find(engine->index, r->badge);
	bool freed;

	if (b == NULL)
		return;
	freed = b->status == BADGE_VERIFIED && after->status != BADGE_VERIFIED;
	b->claiming = false;
	if (freed)
		siblings_queue(engine, b);
	index_set_marks(engine->index, b, b->has_case, r->decision.unconfirmed);
	if (reconcile_index_badge(engine, b, after) != 0)
		log_error("out of memory for the index; restart certsyncd");
	index_rest(engine, b);
}

int
reconcile_index_badge(struct engine *engine, struct index_badge *b, const struct badge *badge)
{
	const struct claim *claim = &badge->claim;

	index_set_status(engine->index, b, badge->status);
	b->reason = badge->reason;
	index_set_marks(engine->index, b, badge->case_reasons != 0, b->unconfirmed);
	b->hidden = claim->hidden;
	b->category = claim->category;
	b->holder = hash64(store_hash_key(engine->store), claim->holder, strlen(claim->holder));
	index_set_kind(engine->index, b, claim->body, claim->type);
	if (!index_set_due(engine->index, b, badge_due_s(engine, badge)) ||
	    !index_set_confirm(engine->index, b, &badge->confirm))
		return -1;
	if (engine->on_due != NULL)
		engine->on_due(engine->on_due_arg);
	return reconcile_index_keys(engine, b, claim);
}

/* --- sending ---------------------------------------------------------------- */

static void
commit_count(const struct reconcile *r, enum store_outcome outcome, bool erased)
{
	struct metrics *m = &r->engine->metrics;

	switch (outcome) {
	case STORE_OK:
		m->commits[METRICS_COMMIT_OK]++;
		if (erased)
			m->erased++;
		else
			metrics_transition(m, r->exists ? &r->before : NULL, &r->transition, r->cause);
		break;
	case STORE_STALE:
		m->commits[METRICS_COMMIT_STALE]++;
		break;
	case STORE_DUP:
		m->commits[METRICS_COMMIT_DUPLICATE]++;
		break;
	default:
		m->commits[METRICS_COMMIT_FAILED]++;
		break;
	}
}

static void
commit_on_done(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct reconcile *r = arg;
	struct index_badge *b = index_find(r->engine->index, r->badge);
	bool erased = r->op == RECONCILE_DELETE || r->op == RECONCILE_ERASE;

	(void)reply;
	if (b != NULL)
		b->claiming = false;
	commit_count(r, outcome, erased);
	switch (outcome) {
	case STORE_OK:
		r->engine->commits++;
		r->engine->events += r->event_count;
		if (!erased)
			index_follow(r, &r->transition.after);
		else if (b != NULL) {
			siblings_queue(r->engine, b);
			index_remove(r->engine->index, b);
		}
		reconcile_finish(r, RECONCILE_COMMITTED, "");
		return;
	case STORE_STALE:
		reconcile_again(r);
		return;
	case STORE_DUP:
		reconcile_finish(r, RECONCILE_IGNORED, "applied before");
		return;
	case STORE_ENDED:
		reconcile_finish(r, RECONCILE_ENDED, "the store is over");
		return;
	default:
		reconcile_finish(r, RECONCILE_RETRY, "the store cannot be written now");
		return;
	}
}

static void
commit_send(struct reconcile *r, struct commit_args *a)
{
	if (r->failed)
		reconcile_finish(r, RECONCILE_RETRY, "out of memory");
	else
		store_run(r->engine->store, STORE_SCRIPT_COMMIT, commit_on_done, r,
		    a->key, COMMIT_KEYS, a->arg, a->count);
}

/* The badge is known to the index before it is committed, so that rule 8 sees it. */
static bool
commit_reserve(struct reconcile *r)
{
	struct index_badge *b = index_find(r->engine->index, r->badge);

	if (b == NULL) {
		b = index_add(r->engine->index, r->badge, r->profile);
		if (b == NULL)
			return false;
		r->added = true;
		b->category = r->claim.category;
		b->holder = hash64(store_hash_key(r->engine->store), r->claim.holder, strlen(r->claim.holder));
		index_set_kind(r->engine->index, b, r->claim.body, r->claim.type);
		if (reconcile_index_keys(r->engine, b, &r->claim) != 0)
			return false;
	}
	b->claiming = r->transition.after.status == BADGE_VERIFIED;
	return true;
}

static void
commit_events(struct reconcile *r, struct commit_args *a, struct buf *b)
{
	const struct transition *t = &r->transition;
	struct event_context context = {
		.epoch = store_epoch(r->engine->store), .partition = r->partition,
		.now_s = engine_now_s(r->engine)
	};
	bool own = t->kind != TRANSITION_NONE && t->kind != TRANSITION_CASE, reminds = t->remind.rung != 0;
	unsigned n = (own ? 1u : 0u) + (t->case_closed ? 1u : 0u) + (t->case_opened ? 1u : 0u) + (reminds ? 1u : 0u);

	(void)snprintf(a->events, sizeof(a->events), "%u", n);
	commit_arg(a, a->events);
	if (own) {
		event_badge(&context, r->exists ? &r->before : NULL, t, b);
		commit_arg(a, commit_text(r, b));
	}
	if (t->case_closed) {
		event_case(&context, t, false, b);
		commit_arg(a, commit_text(r, b));
	}
	if (t->case_opened) {
		event_case(&context, t, true, b);
		commit_arg(a, commit_text(r, b));
	}
	if (reminds) {
		event_reminder(&context, t, b);
		commit_arg(a, commit_text(r, b));
	}
	r->event_count = n;
}

static const char *
commit_due(const struct reconcile *r, struct commit_args *a)
{
	const struct badge *after = &r->transition.after;
	int64_t due_s = after->case_until_s;

	if (after->case_reasons == 0 && after->status != BADGE_REVIEW)
		return "";
	if (after->case_reasons == 0)
		due_s = after->since_s + (int64_t)r->engine->config->case_days * 86400;
	(void)snprintf(a->due, sizeof(a->due), "%" PRId64, due_s);
	return a->due;
}

/* Whether anything at all is to be written: a quieter next_check or rev counts too. */
static bool
commit_needed(const struct reconcile *r)
{
	const struct badge *after = &r->transition.after;

	return r->transition.kind != TRANSITION_NONE || !r->exists || r->transition.remind.rung != 0 ||
	    after->confirm.said != r->before.confirm.said ||
	    after->confirm.said_s != r->before.confirm.said_s ||
	    after->confirm.since_s != r->before.confirm.since_s ||
	    after->case_until_s != r->before.case_until_s ||
	    after->case_reasons != r->before.case_reasons ||
	    after->case_settled != r->before.case_settled ||
	    after->next_check_s != r->before.next_check_s ||
	    after->valid_until_s != r->before.valid_until_s ||
	    after->claim.rev != r->before.claim.rev;
}

void
reconcile_commit(struct reconcile *r)
{
	const struct transition *t = &r->transition;
	struct badge_field fields[BADGE_FIELDS_MAX];
	struct commit_args a = { .count = 0 };
	bool versioned = t->kind != TRANSITION_NONE && t->kind != TRANSITION_CASE;
	const char *tile = "", *history = "";
	struct index_badge *b = index_find(r->engine->index, r->badge);
	size_t n = 0;
	struct buf text;

	if (b != NULL)
		index_set_marks(r->engine->index, b, b->has_case, r->decision.unconfirmed);
	if (!commit_needed(r)) {
		if (b != NULL) {
			/* The timer may have taken it out of its heap. */
			(void)index_set_due(r->engine->index, b, badge_due_s(r->engine, &t->after));
			index_rest(r->engine, b);
		}
		reconcile_finish(r, RECONCILE_UNCHANGED, "");
		return;
	}
	if (!commit_reserve(r) || badge_to_fields(&t->after, r->arena, fields, &n) != 0) {
		reconcile_finish(r, RECONCILE_RETRY, "out of memory");
		return;
	}
	buf_init(&text, EVENT_MAX > HISTORY_MAX ? EVENT_MAX : HISTORY_MAX);
	if (!t->after.claim.hidden) {
		badge_tile(&t->after, &text);
		tile = commit_text(r, &text);
	}
	if (versioned) {
		struct transition_input in = {
			.before = r->exists ? &r->before : NULL, .claim = &r->claim,
			.decision = &r->decision, .connectors = r->connectors, .cause = reconcile_cause(r),
			.actor = r->actor != NULL ? r->actor : "", .poll = r->poll, .plan = r->plan, .now_s = engine_now_s(r->engine)
		};
		history_entry(&in, t, &text);
		history = commit_text(r, &text);
	}
	commit_keys(r, &a);
	commit_head(r, &a, false, versioned, tile, history, commit_due(r, &a), "");
	commit_events(r, &a, &text);
	commit_fields(r, &a, fields, n);
	buf_free(&text);
	commit_send(r, &a);
}

void
reconcile_commit_erase(struct reconcile *r)
{
	struct commit_args a = { .count = 0 };
	struct event_context context = {
		.epoch = store_epoch(r->engine->store), .partition = r->partition,
		.now_s = engine_now_s(r->engine)
	};
	const char *tomb;
	struct buf text;

	buf_init(&text, EVENT_MAX);
	buf_printf(&text, "{\"version\":%" PRId64 ",\"rev\":%" PRId64 "}",
	    r->before.version + 1, r->before.claim.rev);
	tomb = commit_text(r, &text);
	commit_keys(r, &a);
	commit_head(r, &a, true, false, "", "", "", tomb);
	event_erased(&context, r->badge, r->before.version + 1, &text);
	commit_arg(&a, "1");
	commit_arg(&a, commit_text(r, &text));
	commit_arg(&a, "0");
	commit_arg(&a, "0");
	buf_free(&text);
	r->event_count = 1;
	commit_send(r, &a);
}
