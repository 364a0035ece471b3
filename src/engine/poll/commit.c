/* SPDX-License-Identifier: ISC */
/* commit.c -- see commit.h. */
#include "engine/poll/commit_private.h"

#include <assert.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "engine/guard/hold.h"
#include "engine/registry/absences.h"
#include "engine/registry/fresh.h"
#include "engine/registry/registry_event.h"
#include "engine/registry/registry_store.h"
#include "engine/state/work.h"

/* fields of the diff at a time; halved when a reply was too large */
#define COMMIT_PAGE		256
#define COMMIT_RETRY_MS		1000
#define COMMIT_PAGE_BYTES	((size_t)64 << 20) /* of one page's texts in memory */

static void commit_page_read(struct commit *);

/* What a list says otherwise because it is read otherwise is the configuration's doing. */
static struct hold *
commit_hold(const struct commit *c)
{
	return c->in.remapped ? holds_config(c->registry->engine->holds) : c->registry->hold;
}

/* It may not touch its registry any more, which may end. */
static void
commit_leave(struct commit *c)
{
	work_group_leave(c->registry->engine->work, &c->group);
	if (c->registry->hold != NULL)
		hold_forget(commit_hold(c), c);
	timer_fini(&c->retry);
	c->gone = true;
}

struct commit *
commit_free(struct commit *c)
{
	if (c == NULL)
		return NULL;
	if (!c->gone)
		commit_leave(c);
	if (c->asked > 0)
		return NULL;	/* the last answer frees it */
	hold_batch_fini(&c->batch);
	(void)arena_free(c->arena);
	free(c);
	return NULL;
}

static void
commit_done(struct commit *c, bool ok)
{
	struct registry *registry = c->registry;
	struct engine *engine = registry->engine;
	commit_fn *fn = c->fn;
	void *arg = c->arg;
	size_t changed = c->group.changed;

	registry_commit_over(registry, ok);
	(void)commit_free(c);
	fn(arg, changed, ok);
	/* A complete poll may have ended a pause. */
	if (ok && engine->on_due != NULL)
		engine->on_due(engine->on_due_arg);
}

/* The phase is tried again. */
static void
commit_retry(struct commit *c)
{
	/* A page may have been over the reply cap: a smaller one will not be. */
	if (c->page_size > 1)
		c->page_size /= 2;
	log_debug("connector %s: commit of poll %s: again in %d ms", c->registry->name, c->poll,
	    COMMIT_RETRY_MS);
	timer_set_ms(&c->retry, COMMIT_RETRY_MS);
}

bool
commit_answered(struct commit *c, enum store_outcome outcome)
{
	c->asked--;
	if (c->gone)
		(void)commit_free(c);
	else if (outcome == STORE_OK)
		return true;
	else if (outcome == STORE_ENDED)
		commit_done(c, false);
	else
		commit_retry(c);
	return false;
}

void
commit_read(struct commit *c, store_fn *fn, size_t argc, const char *const *argv)
{
	c->asked++;
	store_read(c->registry->engine->store, fn, c, argc, argv);
}

void
commit_send(struct commit *c, struct store_txn *txn, store_fn *fn)
{
	c->asked++;
	store_txn_send(c->registry->engine->store, txn, fn, c);
}

/* --- one page of the diff --------------------------------------------------- */

static void
commit_on_mirror(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct commit *c = arg;
	const char *text;
	size_t len;

	if (!commit_answered(c, outcome))
		return;
	for (size_t i = 0; i < c->field_count; i++) {
		text = redis_reply_str(redis_reply_at(reply, i), &len);
		c->fields[i].mirror = text != NULL ? arena_strndup(c->arena, text, len) : NULL;
		if (text != NULL && c->fields[i].mirror == NULL) {
			commit_retry(c);
			return;
		}
	}
	commit_step(c);
}

static void
commit_mirror_read(struct commit *c)
{
	const char **argv = arena_alloc(c->arena, (c->field_count + 2) * sizeof(*argv));
	key_buf key;

	if (argv == NULL) {
		commit_retry(c);
		return;
	}
	argv[0] = "HMGET";
	argv[1] = registry_key(c->registry, "mirror", key);
	for (size_t i = 0; i < c->field_count; i++)
		argv[2 + i] = c->fields[i].field;
	commit_read(c, commit_on_mirror, 2 + c->field_count, argv);
}

static void
commit_on_page(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct commit *c = arg;
	const struct redis_reply *pairs = redis_reply_at(reply, 1);
	const char *cursor, *text;
	size_t len;

	if (!commit_answered(c, outcome))
		return;
	cursor = redis_reply_str(redis_reply_at(reply, 0), NULL);
	(void)snprintf(c->cursor, sizeof(c->cursor), "%s", cursor != NULL ? cursor : "0");
	c->last_page = strcmp(c->cursor, "0") == 0;
	arena_reset(c->arena);
	c->field_count = redis_reply_count(pairs) / 2;
	c->fields = arena_alloc(c->arena, (c->field_count + 1) * sizeof(*c->fields));
	for (size_t i = 0; c->fields != NULL && i < c->field_count; i++) {
		text = redis_reply_str(redis_reply_at(pairs, 2 * i), &len);
		c->fields[i].field = arena_strndup(c->arena, text != NULL ? text : "",
		    text != NULL ? len : 0);
		text = redis_reply_str(redis_reply_at(pairs, 2 * i + 1), &len);
		c->fields[i].staged = arena_strndup(c->arena, text != NULL ? text : "",
		    text != NULL ? len : 0);
		if (c->fields[i].field == NULL || c->fields[i].staged == NULL) {
			c->fields = NULL;
			break;
		}
		c->fields[i].number = strtoull(c->fields[i].field, NULL, 16);
	}
	if (c->fields == NULL)
		commit_retry(c);
	else if (c->field_count == 0)
		commit_step(c);
	else
		commit_mirror_read(c);
}

static void
commit_page_read(struct commit *c)
{
	key_buf key;
	char count[12];
	const char *argv[5] = { "HSCAN", key, c->cursor, "COUNT", count };

	(void)registry_staged_key(c->registry, c->registry->poll_number, key);
	(void)snprintf(count, sizeof(count), "%u", c->page_size);
	c->field_count = 0;
	commit_read(c, commit_on_page, 5, argv);
}

enum badge_cause
commit_cause(const struct commit *c)
{
	return c->in.lookup ? CAUSE_LOOKUP : CAUSE_POLL;
}

static void
commit_on_idle(void *arg)
{
	struct commit *c = arg;

	if (c->group.failed)
		commit_done(c, false);
	else
		commit_step(c);
}

/* --- the marks ----------------------------------------------------------------- */

static void
commit_on_written(void *arg, enum store_outcome outcome, const struct redis_reply *reply)
{
	struct commit *c = arg;

	(void)reply;
	if (!commit_answered(c, outcome))
		return;
	c->written = true;
	commit_step(c);
}

/* Writes the registry's state with what is pending now; in CLEAN the diff goes too. */
static void
commit_write(struct commit *c, const char *next)
{
	struct registry *registry = c->registry;
	struct store *store = registry->engine->store;
	struct store_txn txn;
	key_buf connector, staged;
	char pending[sizeof(registry->diff.pending)] = "";

	if (next != NULL)
		(void)snprintf(pending, sizeof(pending),
		    "{\"next\":\"%s\",\"started\":%" PRId64 ",\"proven\":%s,\"complete\":%s,"
		    "\"first_proof\":%s,\"lookup\":%s,\"remapped\":%s}",
		    next, c->in.started_s, c->in.proven ? "true" : "false",
		    c->in.complete ? "true" : "false", c->in.first_proof ? "true" : "false",
		    c->in.lookup ? "true" : "false", c->in.remapped ? "true" : "false");
	registry_commit_noted(registry, pending);
	(void)key_connector(store_prefix(store), registry->name, connector);
	store_txn_begin(store, &txn, connector);
	registry_save(registry, &txn);
	/* What the guard has counted goes with the mark, so that a crash counts nothing twice. */
	hold_save(registry->hold, &txn);
	if (next == NULL) {
		store_txn_key(&txn, registry_staged_key(registry, registry->poll_number, staged));
		store_txn_cmd(&txn, 2, (const char *[]){ "UNLINK", staged });
	}
	commit_send(c, &txn, commit_on_written);
}

/* --- JUDGE and APPLY -------------------------------------------------------------- */

static void
commit_on_opened(void *arg, bool ok)
{
	struct commit *c = arg;

	c->opening = false;
	if (!ok) {
		commit_done(c, false);
		return;
	}
	c->opened = true;
	commit_step(c);
}

/* What is for the worse passes, or becomes a plan.  true: which of them is stored. */
static bool
commit_judge(struct commit *c)
{
	struct hold *hold = commit_hold(c);
	struct err why = { .text = "" };

	if (c->batch.plan.count == 0 || c->opened || c->written)
		return true;
	if (c->opening)
		return false;	/* commit_on_opened() */
	if (c->batch.passed || hold_judge(hold, &c->batch, &why)) {
		/* That it passed is written down with its counts, so that a crash counts nothing
		 * twice. */
		commit_write(c, "apply");
		return false;
	}
	c->opening = true;
	if (c->in.remapped)
		(void)err_set(&why, "connector %s reads its list otherwise than before; what gets "
		    "worse by that waits, however little", c->registry->config->label);
	hold_open(hold, &c->batch, commit_cause(c), c->poll, why.text, commit_on_opened, c);
	return false;
}

/* Has the badges that pass decided again.  true: they are. */
static bool
commit_apply(struct commit *c)
{
	struct work *work = c->registry->engine->work;

	if (c->applied)
		return c->group.pending == 0;	/* commit_on_idle() */
	/* One that is ours until all are queued, so that idle comes once. */
	c->applied = true;
	c->group.pending++;
	for (size_t i = 0; i < c->batch.plan.count; i++)
		work_add(work, c->batch.plan.lines[i].badge, commit_cause(c), c->poll, &c->group);
	c->group.pending--;
	return c->group.pending == 0;
}

/* Writes what the mirror lacks now, a batch at a time.  true: nothing is left to write. */
static bool
commit_follow(struct commit *c)
{
	struct store *store = c->registry->engine->store;
	struct store_txn txn;
	key_buf connector;

	if (c->written)
		absences_saved(c->registry);
	(void)key_connector(store_prefix(store), c->registry->name, connector);
	store_txn_begin(store, &txn, connector);
	if (!absences_save(c->registry, &txn))
		return true;
	c->written = false;
	commit_send(c, &txn, commit_on_written);
	return false;
}

/* --- where it goes ----------------------------------------------------------------- */

static const char *const phase_names[] = {
	[COMMIT_MARK] = "MARK", [COMMIT_DECIDE] = "DECIDE", [COMMIT_JUDGE] = "JUDGE",
	[COMMIT_APPLY] = "APPLY", [COMMIT_FINISH] = "FINISH", [COMMIT_MERGE] = "MERGE",
	[COMMIT_FOLLOW] = "FOLLOW", [COMMIT_CLEAN] = "CLEAN"
};

/* Every phase that reads the diff reads it from its first page. */
static void
commit_rewind(struct commit *c)
{
	(void)snprintf(c->cursor, sizeof(c->cursor), "0");
	c->last_page = c->in.diff == 0;
	c->field_count = 0;
}

/* Each leads to the next, and JUDGE past APPLY where nothing is to be applied. */
static void
commit_set_phase(struct commit *c, enum commit_phase phase)
{
	assert(phase == c->phase + 1 || (c->phase == COMMIT_JUDGE && phase == COMMIT_FINISH));
	log_debug("connector %s: commit of poll %s: %s --> %s", c->registry->name, c->poll,
	    phase_names[c->phase], phase_names[phase]);
	c->phase = phase;
	c->written = false;
	commit_rewind(c);
}

/* Decides the badges that the diff touches, then those that wait for this poll.  true: all are
 * decided. */
static bool
commit_decide(struct commit *c)
{
	if (c->field_count > 0)
		commit_decide_page(c);
	if (c->group.pending > 0)
		return false;		/* commit_on_idle() */
	if (!c->last_page) {
		commit_page_read(c);
		return false;
	}
	/* Only now are all aliases known: before, a number may have seemed to be nobody's. */
	if (!c->waiting_done) {
		c->waiting_done = true;
		commit_decide_waiting(c);
	}
	return c->group.pending == 0;
}

/* Writes the note of what comes next.  true: it is stored. */
static bool
commit_note(struct commit *c, const char *next)
{
	if (!c->written)
		commit_write(c, next);
	return c->written;
}

/* Brings the mirror up to date, a page at a time.  true: it is. */
static bool
commit_merge(struct commit *c)
{
	if (c->field_count > 0)
		commit_merge_page(c);
	else if (!c->last_page)
		commit_page_read(c);
	else
		return true;
	return false;
}

void
commit_step(struct commit *c)
{
	if (c->registry->engine->stopping)
		return;		/* the next start carries it on */
	switch (c->phase) {
	case COMMIT_MARK:
		if (!commit_note(c, "decide"))
			return;
		commit_set_phase(c, COMMIT_DECIDE);
		hold_look(c->registry->hold);
		__attribute__((fallthrough));
	case COMMIT_DECIDE:
		if (!commit_decide(c))
			return;
		commit_set_phase(c, COMMIT_JUDGE);
		__attribute__((fallthrough));
	case COMMIT_JUDGE:
		if (!commit_judge(c))
			return;
		if (c->batch.plan.count == 0 || c->opened) {
			commit_set_phase(c, COMMIT_FINISH);
			commit_step(c);
			return;
		}
		commit_set_phase(c, COMMIT_APPLY);
		__attribute__((fallthrough));
	case COMMIT_APPLY:
		if (!commit_apply(c))
			return;
		commit_set_phase(c, COMMIT_FINISH);
		__attribute__((fallthrough));
	case COMMIT_FINISH:
		if (!commit_note(c, "merge"))
			return;
		commit_set_phase(c, COMMIT_MERGE);
		__attribute__((fallthrough));
	case COMMIT_MERGE:
		if (!commit_merge(c))
			return;
		if (!c->registry->config->observe)
			absences_follow(c->registry, c->in.started_s);
		commit_set_phase(c, COMMIT_FOLLOW);
		__attribute__((fallthrough));
	case COMMIT_FOLLOW:
		if (!commit_follow(c))
			return;
		commit_set_phase(c, COMMIT_CLEAN);
		__attribute__((fallthrough));
	case COMMIT_CLEAN:
		if (commit_note(c, NULL))
			commit_done(c, true);
		return;
	}
}

void
commit_resume(struct commit *c)
{
	timer_cancel(&c->retry);
	/* Pages read so far may be gone: start the phase again. */
	commit_rewind(c);
	if (c->group.pending == 0)
		commit_step(c);
}

static void
commit_on_retry(void *arg)
{
	struct commit *c = arg;

	if (store_state(c->registry->engine->store) == STORE_OPEN)
		commit_resume(c);
}

int
commit_start(struct registry *registry, const struct commit_input *in, commit_fn *fn, void *arg)
{
	struct commit *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return -1;
	c->registry = registry;
	c->in = *in;
	c->fn = fn;
	c->arg = arg;
	c->page_size = COMMIT_PAGE;
	c->group = (struct work_group){ .on_idle = commit_on_idle, .arg = c, .batch = &c->batch };
	c->batch.passed = in->passed;
	commit_rewind(c);
	(void)snprintf(c->poll, sizeof(c->poll), "%s-%" PRId64, registry->name,
	    registry->poll_number);
	c->arena = arena_new(COMMIT_PAGE_BYTES);
	if (c->arena == NULL ||
	    timer_init(&c->retry, registry->engine->loop, commit_on_retry, c) != 0) {
		(void)commit_free(c);
		return -1;
	}
	registry_commit_began(registry, c, in->proven, in->remapped);
	fresh_pause(registry, engine_now_s(registry->engine));
	registry_completed(registry, in->started_s, in->complete, in->proven);
	fresh_pause(registry, engine_now_s(registry->engine));
	commit_step(c);
	return 0;
}

int
commit_carry_on(struct registry *registry, commit_fn *fn, void *arg)
{
	struct commit_input in = { .diff = 1 };
	const char *next = NULL;
	json_int_t started = 0;
	int proven = 0, complete = 0, first_proof = 0, lookup = 0, remapped = 0;
	json_t *root;

	if (registry->diff.pending[0] == '\0')
		return 0;
	root = json_loads(registry->diff.pending, 0, NULL);
	if (root == NULL || json_unpack(root, "{s:s, s:I, s:b, s:b, s:b, s?b, s?b}",
	    "next", &next, "started", &started, "proven", &proven, "complete", &complete,
	    "first_proof", &first_proof, "lookup", &lookup, "remapped", &remapped) != 0) {
		json_decref(root);
		log_error("connector %s: the note of an unfinished commit is damaged; its diff is "
		    "dropped", registry->name);
		registry_commit_noted(registry, "");
		return 0;
	}
	in.started_s = (int64_t)started;
	in.proven = proven != 0;
	in.complete = complete != 0;
	in.first_proof = first_proof != 0;
	in.passed = strcmp(next, "apply") == 0;
	in.lookup = lookup != 0;
	in.remapped = remapped != 0;
	log_notice("connector %s: carrying on the commit of poll %" PRId64, registry->name,
	    registry->poll_number);
	/* Deciding again is harmless, so that both marks continue at DECIDE. */
	json_decref(root);
	return commit_start(registry, &in, fn, arg);
}
