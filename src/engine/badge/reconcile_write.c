/* SPDX-License-Identifier: ISC */
/* reconcile_write.c -- writing one version of a badge, and the index after it. */
#include "engine/badge/reconcile_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "engine/state/work.h"

/* KEYS of write.lua that belong to one badge or profile; the others to the partition. */
enum {
	WRITE_KEY_BADGE = 1, WRITE_KEY_PROFILE, WRITE_KEY_HISTORY = 11, WRITE_KEY_TOMB = 14,
	WRITE_KEYS = 16
};
#define WRITE_ARGS_MAX	(32 + 3 * BADGE_FIELDS_MAX)
#define WRITE_HISTORY	"50"	/* entries a badge keeps */

/* Fields that are left out of the hash while they have no value. */
static const char *const optional_fields[] = {
	"type", "claimed_expires_on", "names", "aliases", "rev", "how", "verified_once",
	"expires_on", "expires_source", "valid_until", "expires_since", "registry_name",
	"connector", "zone", "evidence", "case", "case_since", "case_until", "case_paused",
	"case_settled", "case_number", "confirm", "confirm_at", "confirm_since",
	"reminded_for", "reminded_days", "next_check", "pin"
};

/* The categories in the order of KEYS 5-9. */
static const unsigned categories[] = {
	CS_CATEGORY_MINORITY, CS_CATEGORY_WOMAN, CS_CATEGORY_VETERAN,
	CS_CATEGORY_DISABILITY, CS_CATEGORY_LGBTQ
};
#define CATEGORY_NAMES	"minority,woman,veteran,disability,lgbtq"

/* The arguments of one write; texts live in the arena or in the struct. */
struct write_args {
	key_buf		 keys[WRITE_KEYS];
	const char	*key[WRITE_KEYS];
	const char	*arg[WRITE_ARGS_MAX];
	size_t		 count;
	char		 score[24], due[24], events[4], sets[8], dels[8];
};

static void
write_keys(const struct reconcile *r, struct write_args *a)
{
	const char *prefix = store_prefix(r->engine->store);
	size_t n = 0;

	(void)key_partition(prefix, r->partition, "fence", NULL, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "badge", r->badge, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "profile", r->profile, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "certified", NULL, a->keys[n++]);
	for (size_t i = 0; i < sizeof(categories) / sizeof(categories[0]); i++)
		(void)key_partition(prefix, r->partition, "certified",
		    category_name(categories[i]), a->keys[n++]);
	(void)key_partition(prefix, r->partition, "badges", NULL, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "review", NULL, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "history", r->badge, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "events", NULL, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "internal:applied", NULL, a->keys[n++]);
	(void)reconcile_tomb_key(r, a->keys[n++]);
	(void)key_partition(prefix, r->partition, "internal:stuck", NULL, a->keys[n++]);
	for (size_t i = 0; i < n; i++)
		a->key[i] = a->keys[i];
}

static void
write_arg(struct write_args *a, const char *text)
{
	if (a->count < WRITE_ARGS_MAX)
		a->arg[a->count++] = text;
}

/* ARGV 4 to 18 of write.lua. */
static void
write_head(const struct reconcile *r, struct write_args *a, bool erase, bool versioned,
    const char *tile, const char *history, const char *due, const char *tomb)
{
	(void)snprintf(a->score, sizeof(a->score), "%" PRId64, loop_wall_ms(r->engine->loop));
	write_arg(a, r->badge);
	write_arg(a, r->profile);
	write_arg(a, r->commit);
	write_arg(a, erase ? "erase" : "put");
	write_arg(a, versioned ? a->score : "");
	write_arg(a, CATEGORY_NAMES);
	write_arg(a, tile);
	write_arg(a, history);
	write_arg(a, WRITE_HISTORY);
	write_arg(a, due);
	write_arg(a, r->stream != NULL ? r->stream : "");
	write_arg(a, r->mark);
	write_arg(a, tomb);
	write_arg(a, RECONCILE_TOMB_SECONDS);
	write_arg(a, r->stuck);
}

static const char *
write_text(struct reconcile *r, struct buf *b)
{
	const char *text = b->failed ? NULL : arena_strndup(r->arena, buf_str(b), b->len);

	buf_clear(b);
	if (text == NULL)
		r->failed = true;
	return text != NULL ? text : "";
}

static void
write_fields(struct reconcile *r, struct write_args *a, const struct badge_field *fields, size_t n)
{
	const char *gone[sizeof(optional_fields) / sizeof(optional_fields[0])];
	size_t gone_count = 0;

	(void)snprintf(a->sets, sizeof(a->sets), "%zu", n);
	write_arg(a, a->sets);
	for (size_t i = 0; i < n; i++) {
		write_arg(a, fields[i].name);
		write_arg(a, fields[i].value);
	}
	for (size_t i = 0; i < sizeof(optional_fields) / sizeof(optional_fields[0]) && r->exists;
	    i++) {
		bool set = false;

		for (size_t k = 0; k < n && !set; k++)
			set = strcmp(fields[k].name, optional_fields[i]) == 0;
		if (!set)
			gone[gone_count++] = optional_fields[i];
	}
	(void)snprintf(a->dels, sizeof(a->dels), "%zu", gone_count);
	write_arg(a, a->dels);
	for (size_t i = 0; i < gone_count; i++)
		write_arg(a, gone[i]);
}

/* --- sending ---------------------------------------------------------------- */

static void
write_count(const struct reconcile *r, enum store_outcome outcome, bool erased)
{
	struct metrics *m = &r->engine->metrics;

	switch (outcome) {
	case STORE_OK:
		m->writes[METRICS_WRITE_OK]++;
		if (erased)
			m->erased++;
		else
			metrics_transition(m, r->exists ? &r->before : NULL,
			    &r->transition, r->cause);
		break;
	case STORE_STALE:
		m->writes[METRICS_WRITE_STALE]++;
		break;
	case STORE_DUP:
		m->writes[METRICS_WRITE_DUPLICATE]++;
		break;
	default:
		m->writes[METRICS_WRITE_FAILED]++;
		break;
	}
}

/* Whose key is of another type; index: in KEYS of write.lua. */
static enum reconcile_result
write_fault_of(size_t index)
{
	switch (index) {
	case WRITE_KEY_BADGE:
	case WRITE_KEY_HISTORY:
	case WRITE_KEY_TOMB:
		return RECONCILE_BADGE_FAULT;
	case WRITE_KEY_PROFILE:
		return RECONCILE_PROFILE_FAULT;
	default:
		return RECONCILE_PARTITION_FAULT;
	}
}

static void
write_fault(struct reconcile *r, const struct redis_reply *reply)
{
	struct write_args a = { .count = 0 };
	char text[KEY_MAX + 64];
	size_t i;

	write_keys(r, &a);
	for (i = 0; i < WRITE_KEYS; i++)
		if (redis_reply_is(redis_reply_at(reply, 2), a.key[i]))
			break;
	(void)snprintf(text, sizeof(text), "the key %s has another type than it should",
	    i < WRITE_KEYS ? a.key[i] : "of a badge");
	reconcile_finish(r, write_fault_of(i), text);
}

static void
write_on_done(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct reconcile *r = arg;
	struct index_badge *b = index_find(r->engine->index, r->badge);
	bool erased = r->op == RECONCILE_DELETE || r->op == RECONCILE_ERASE;

	if (b != NULL)
		b->claiming = false;
	write_count(r, outcome, erased);
	switch (outcome) {
	case STORE_OK:
		r->engine->writes++;
		r->engine->events += r->event_count;
		if (!erased)
			reconcile_index_follow(r, &r->transition.after);
		else if (b != NULL)
			reconcile_index_drop(r->engine, b);
		reconcile_finish(r, RECONCILE_WRITTEN, "");
		return;
	case STORE_STALE:
		reconcile_again(r);
		return;
	case STORE_DUP:
		reconcile_finish(r, RECONCILE_IGNORED, "applied before");
		return;
	case STORE_TYPE:
		write_fault(r, reply);
		return;
	case STORE_ENDED:
		reconcile_finish(r, RECONCILE_ENDED, "the store is over");
		return;
	default:
		/* It may be stored all the same. */
		if (b != NULL)
			b->doubt = true;
		r->added = false;
		reconcile_finish(r, RECONCILE_RETRY, "the store cannot be written now");
		return;
	}
}

static void
write_send(struct reconcile *r, struct write_args *a)
{
	if (r->failed)
		reconcile_finish(r, RECONCILE_RETRY, "out of memory");
	else
		store_run(r->engine->store, STORE_SCRIPT_WRITE, write_on_done, r,
		    a->key, WRITE_KEYS, a->arg, a->count);
}

/* The badge is known to the index before it is written, so that rule 8 sees it. */
static bool
write_reserve(struct reconcile *r)
{
	struct index_badge *b = index_find(r->engine->index, r->badge);

	if (b == NULL) {
		b = index_add(r->engine->index, r->badge, r->profile);
		if (b == NULL)
			return false;
		r->added = true;
		b->category = r->claim.category;
		b->holder = store_hash(r->engine->store, r->claim.holder);
		index_set_kind(r->engine->index, b, r->claim.body, r->claim.type);
		if (reconcile_index_keys(r->engine, b, &r->claim) != 0)
			return false;
	}
	b->claiming = r->transition.after.status == BADGE_VERIFIED;
	return true;
}

static void
write_events(struct reconcile *r, struct write_args *a, struct buf *b)
{
	const struct transition *t = &r->transition;
	struct event_context context = {
		.epoch = store_epoch(r->engine->store), .partition = r->partition,
		.now_s = engine_now_s(r->engine)
	};
	bool own = t->kind != TRANSITION_NONE && t->kind != TRANSITION_CASE,
	    reminds = t->remind.rung != 0;
	unsigned n = (own ? 1u : 0u) + (t->case_closed ? 1u : 0u) + (t->case_opened ? 1u : 0u) +
	    (reminds ? 1u : 0u);

	(void)snprintf(a->events, sizeof(a->events), "%u", n);
	write_arg(a, a->events);
	if (own) {
		event_badge(&context, r->exists ? &r->before : NULL, t, b);
		write_arg(a, write_text(r, b));
	}
	if (t->case_closed) {
		event_case(&context, t, false, b);
		write_arg(a, write_text(r, b));
	}
	if (t->case_opened) {
		event_case(&context, t, true, b);
		write_arg(a, write_text(r, b));
	}
	if (reminds) {
		event_reminder(&context, t, b);
		write_arg(a, write_text(r, b));
	}
	r->event_count = n;
}

static const char *
write_due(const struct reconcile *r, struct write_args *a)
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
write_needed(const struct reconcile *r)
{
	const struct badge *after = &r->transition.after;

	return r->transition.kind != TRANSITION_NONE || !r->exists ||
	    r->transition.remind.rung != 0 ||
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
reconcile_write(struct reconcile *r)
{
	const struct transition *t = &r->transition;
	struct badge_field fields[BADGE_FIELDS_MAX];
	struct write_args a = { .count = 0 };
	bool versioned = t->kind != TRANSITION_NONE && t->kind != TRANSITION_CASE;
	const char *tile = "", *history = "";
	struct index_badge *b = index_find(r->engine->index, r->badge);
	size_t n = 0;
	struct buf text;

	if (b != NULL)
		index_set_marks(r->engine->index, b, b->has_case, r->decision.unconfirmed);
	if (!write_needed(r)) {
		if (b != NULL)
			reconcile_index_due(r->engine, b, &t->after);
		reconcile_finish(r, RECONCILE_UNCHANGED, "");
		return;
	}
	if (!write_reserve(r) || badge_to_fields(&t->after, r->arena, fields, &n) != 0) {
		reconcile_finish(r, RECONCILE_RETRY, "out of memory");
		return;
	}
	buf_init(&text, EVENT_MAX > HISTORY_MAX ? EVENT_MAX : HISTORY_MAX);
	if (!t->after.claim.hidden) {
		badge_tile(&t->after, &text);
		tile = write_text(r, &text);
	}
	if (versioned) {
		struct transition_input in = {
			.before = r->exists ? &r->before : NULL, .claim = &r->claim,
			.decision = &r->decision, .connectors = r->connectors,
			.cause = reconcile_cause(r), .actor = r->actor != NULL ? r->actor : "",
			.poll = r->poll, .plan = r->plan, .now_s = engine_now_s(r->engine)
		};
		history_entry(&in, t, &text);
		history = write_text(r, &text);
	}
	write_keys(r, &a);
	write_head(r, &a, false, versioned, tile, history, write_due(r, &a), "");
	write_events(r, &a, &text);
	write_fields(r, &a, fields, n);
	buf_free(&text);
	write_send(r, &a);
}

void
reconcile_write_erase(struct reconcile *r)
{
	struct write_args a = { .count = 0 };
	struct event_context context = {
		.epoch = store_epoch(r->engine->store), .partition = r->partition,
		.now_s = engine_now_s(r->engine)
	};
	const char *tomb;
	struct buf text;

	buf_init(&text, EVENT_MAX);
	buf_printf(&text, "{\"version\":%" PRId64 ",\"rev\":%" PRId64 "}",
	    r->before.version + 1, r->before.claim.rev);
	tomb = write_text(r, &text);
	write_keys(r, &a);
	write_head(r, &a, true, false, "", "", "", tomb);
	event_erased(&context, r->badge, r->before.version + 1, &text);
	write_arg(&a, "1");
	write_arg(&a, write_text(r, &text));
	write_arg(&a, "0");
	write_arg(&a, "0");
	buf_free(&text);
	r->event_count = 1;
	write_send(r, &a);
}
