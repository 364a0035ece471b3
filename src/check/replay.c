/* SPDX-License-Identifier: ISC */
/* replay.c -- see replay.h.  replay_text.c has the words. */
#include "check/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "check/replay_text.h"
#include "core/feed.h"
#include "core/record.h"
#include "core/types.h"
#include "parse/host.h"
#include "worker/message.h"

/* Ten times the largest golden. */
#define OUT_MAX		((size_t)16 << 20)

struct replay {
	const struct cs_connector *con;
	const struct fixture *fixture;
	const struct replay_how *how;
	uint64_t	 random;
	struct cs_poll	*poll;		/* owned */
	void		*state;		/* owned; the connector's */
	struct types	*types;		/* owned */
	struct buf	 requests, records;
	struct feed_facts facts;
	struct replay_seen *seen;	/* lent */
	bool		 stuck;		/* err says why the poll could not go on */
	struct err	 err;
};

/* --- what worker and engine would say ------------------------------------------------ */

static void
breach(struct replay *r, const char *what)
{
	if (r->seen->breach.text[0] == '\0')
		(void)err_set(&r->seen->breach, "%s", what);
}

/* A result that its hook cannot have, or one that passes over a failure. */
static enum cs_rc
judge(struct replay *r, const char *hook, enum cs_rc rc)
{
	const char *reason = host_poll_reason(r->poll);
	bool may_be_done = strcmp(hook, "next") == 0;
	char text[ERR_MAX];

	if ((int)rc < CS_OK || rc > CS_E_QUOTA || (rc == CS_DONE && !may_be_done)) {
		(void)snprintf(text, sizeof(text), "%s() returned %d, which is no result of it",
		    hook, (int)rc);
		breach(r, text);
		return CS_E_INPUT;
	}
	if (rc > CS_DONE || reason == NULL)
		return rc;
	(void)snprintf(text, sizeof(text), "%s() went on after a failure (%.300s): return what "
	    "cs_fail(), cs_emit() and the parsers return", hook, reason);
	breach(r, text);
	return rc;
}

/* Notes which hook is about to be called. */
static void
enter(struct replay *r, const char *hook)
{
	if (r->how->where != NULL)
		(void)text_copy(r->how->where->call, sizeof(r->how->where->call), hook);
}

/* Whom a record is about; what it says of them is nothing that a proof is about. */
static uint64_t
identity(const struct cs_record *rec)
{
	static const uint8_t key[HASH_KEY_BYTES];
	const char *who = rec->number != NULL ? rec->number : rec->business_name;

	return hash64(key, who, strlen(who));
}

static void
look_at_record(struct replay *r, const struct cs_record *rec)
{
	struct replay_seen *seen = r->seen;
	char number[CS_NUMBER_MAX + 1];

	seen->records++;
	seen->listed += identity(rec);
	if (rec->number != NULL && (!number_normalise(r->con->grammar, rec->number, number) ||
	    !number_fits(r->con->grammar, number)))
		seen->misfits++;
	if (rec->type != NULL && !types_known(r->types, rec->type))
		(void)text_copy(seen->unknown_type, sizeof(seen->unknown_type), rec->type);
}

static void
look_at_proof(struct replay *r, enum cs_proof proof, uint64_t declared)
{
	if ((r->con->proofs & CS_PROOF(proof)) == 0) {
		breach(r, "it claims a proof that its descriptor does not declare, which counts "
		    "for nothing: add it to .proofs");
		return;
	}
	r->facts.claimed[proof] = true;
	r->facts.declared[proof] = declared;
}

/* As the engine reads it: what is refused would fail every poll. */
static void
look_at_request(struct replay *r, const struct cs_request *q)
{
	struct cs_request read;
	struct frame frame;
	struct buf b;
	struct err err;
	size_t used;

	buf_init(&b, FRAME_MAX);
	message_put_request(&b, q);
	if (b.failed)
		breach(r, "a request that is too large to be sent");
	else if (frame_next(b.data, b.len, &frame, &used, &err) != 1 ||
	    message_get_request(&frame, &read, &err) != 0)
		breach(r, err.text);
	buf_free(&b);
}

/* --- what the connector says ---------------------------------------------------- */

static int
on_record(void *arg, const struct cs_record *rec)
{
	struct replay *r = arg;

	replay_text_record(&r->records, rec);
	look_at_record(r, rec);
	return 0;
}

static int
on_item(void *arg, uint64_t distinct)
{
	((struct replay *)arg)->facts.items = distinct;
	return 0;
}

static void
on_proof(void *arg, enum cs_proof proof, uint64_t declared)
{
	struct replay *r = arg;

	replay_text_proof(&r->records, proof, declared);
	look_at_proof(r, proof, declared);
}

static void
on_warn(void *arg, const char *text)
{
	replay_text_remark(&((struct replay *)arg)->records, "warn", text);
}

static void
on_left_out(void *arg, uint64_t hash, const char *text)
{
	struct replay *r = arg;

	(void)hash;
	r->facts.left_out++;
	r->facts.left_out_new = true;
	replay_text_remark(&r->records, "left_out", text);
}

static void
on_as_of(void *arg, struct cs_date day)
{
	char text[CS_DATE_TEXT];

	buf_printf(&((struct replay *)arg)->records, "as_of %s\n", cs_date_text(day, text));
}

static void
on_unproven(void *arg, const char *text)
{
	struct replay *r = arg;

	if (text == NULL) {
		buf_puts(&r->records, "proofless\n");
		return;
	}
	r->facts.unproven = "the connector says so";
	replay_text_remark(&r->records, "unproven", text);
}

static const struct host_sink sink = {
	.record = on_record, .item = on_item, .proof = on_proof, .warn = on_warn,
	.left_out = on_left_out, .unproven = on_unproven, .as_of = on_as_of
};

/* --- one answer ------------------------------------------------------------------- */

/* xorshift64 */
size_t
replay_random(uint64_t *seed, size_t n)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (size_t)(*seed % n);
}

uint64_t
replay_seed(const char *path, uint64_t base)
{
	const char *slash = strrchr(path, '/');
	uint64_t seed = 0x9E3779B97F4A7C15u ^ base;

	for (const char *p = slash != NULL ? slash : path; *p != '\0'; p++)
		seed = seed * 31 + (unsigned char)*p;
	return seed;
}

static size_t
piece_size(struct replay *r, size_t len, size_t left)
{
	size_t n = r->how->piece;

	if (n == REPLAY_SPLIT)
		n = 1 + replay_random(&r->random, 1 + replay_random(&r->random, len));
	return n < left ? n : left;
}

/* Each piece in memory of its own, so that reading past it is seen. */
static enum cs_rc
body_push(struct replay *r, const struct fixture_answer *a)
{
	enum cs_rc rc = CS_OK;

	enter(r, "push");
	for (size_t at = 0, n; at < a->len && rc == CS_OK; at += n) {
		char *piece;

		n = piece_size(r, a->len, a->len - at);
		piece = malloc(n);
		if (piece == NULL)
			return CS_E_NOMEM;
		memcpy(piece, a->body + at, n);
		if (r->how->where != NULL)
			r->how->where->at = at;
		rc = judge(r, "push", r->con->push(r->state, piece, n));
		memset(piece, 0xA5, n);
		free(piece);
	}
	return rc;
}

static bool
code_wanted(const struct cs_request *q, unsigned code)
{
	if (q->codes[0] == 0)
		return code == 200;
	for (size_t i = 0; i < CS_CODES_MAX; i++)
		if (q->codes[i] == code)
			return true;
	return false;
}

/* Answer i, if the fixture has one that the request wants.  NULL: stuck, err says why. */
static const struct fixture_answer *
answer_find(struct replay *r, const struct cs_request *q, size_t i)
{
	const struct fixture *f = r->fixture;

	if (i >= f->answer_count && r->how->more != NULL &&
	    r->how->more(r->how->more_arg, q, &r->err) != 0) {
		r->stuck = true;
		return NULL;
	}
	if (i < f->answer_count && code_wanted(q, f->answers[i].code))
		return &f->answers[i];
	r->stuck = r->seen->no_answer = true;
	if (i >= f->answer_count)
		(void)err_set(&r->err, "request %zu has no answer", i + 1);
	else
		(void)err_set(&r->err, "request %zu: HTTP %u was not asked for", i + 1,
		    f->answers[i].code);
	return NULL;
}

static enum cs_rc
exchange(struct replay *r, const struct cs_request *q, size_t i)
{
	const struct fixture_answer *a = answer_find(r, q, i);
	struct cs_response head;
	enum cs_rc rc = CS_OK;

	if (a == NULL)
		return CS_E_INPUT;
	head = (struct cs_response){
		.code = a->code, .content_type = a->type, .charset = a->charset
	};
	if (r->how->where != NULL) {
		r->how->where->answer = i + 1;
		r->how->where->at = 0;
	}
	enter(r, "begin");
	if (r->con->begin != NULL)
		rc = judge(r, "begin", r->con->begin(r->state, &head));
	if (rc == CS_OK)
		rc = body_push(r, a);
	if (rc != CS_OK)
		return rc;
	enter(r, "end");
	return judge(r, "end", r->con->end(r->state));
}

/* --- one poll --------------------------------------------------------------------- */

static enum cs_rc
poll_drive(struct replay *r)
{
	for (size_t i = 0;; i++) {
		struct cs_request q = { 0 };
		enum cs_rc rc;

		enter(r, "next");
		rc = judge(r, "next", r->con->next(r->state, &q));
		if (rc != CS_OK)
			return rc;
		look_at_request(r, &q);
		replay_text_request(&r->requests, &q);
		if ((rc = exchange(r, &q, i)) != CS_OK)
			return rc;
	}
}

/* The types covered under these settings.  -1: no memory, or the descriptor's are wrong. */
static int
cover_add(const struct replay *r, const struct cs_settings *settings, struct buf *b)
{
	const struct cs_connector *con = r->con;
	struct cs_cover *cover = host_cover_new();
	bool ok = cover != NULL;

	for (size_t i = 0; ok && con->types != NULL && con->types[i] != NULL; i++)
		ok = cs_cover_type(cover, con->types[i]) == CS_OK;
	if (ok && con->cover != NULL && con->cover(settings, cover) != CS_OK)
		buf_puts(b, "cover E_CONFIG\n");
	buf_puts(b, "types");
	for (size_t i = 0; ok && i < host_cover_count(cover); i++)
		buf_printf(b, " %s", host_cover_type(cover, i));
	buf_puts(b, ok && host_cover_is_by_name(cover) ? " by name\n" : "\n");
	(void)host_cover_free(cover);
	return ok ? 0 : -1;
}

static void
result_add(struct buf *b, const struct replay *r, enum cs_rc rc)
{
	size_t len;
	const char *checkpoint = host_poll_checkpoint(r->poll, &len);

	buf_puts(b, buf_str(&r->requests));
	if (rc == CS_DONE) {
		buf_puts(b, buf_str(&r->records));
		buf_printf(b, "items %" PRIu64 "\n", r->facts.items);
		if (checkpoint != NULL)
			buf_printf(b, "checkpoint %.*s\n", (int)len, checkpoint);
	}
	replay_text_end(b, r->poll, rc);
}

static struct cs_poll *
poll_new(struct replay *r)
{
	const struct fixture *f = r->fixture;
	const struct host_poll_options options = {
		.kind = f->kind, .today = f->today,
		.lookups = (const char *const *)f->lookups, .lookup_count = f->lookup_count,
		.checkpoint = f->checkpoint,
		.checkpoint_len = f->checkpoint != NULL ? strlen(f->checkpoint) : 0,
		.max_records = r->con->max_records, .sink = &sink, .sink_arg = r
	};

	return host_poll_new(&options);
}

static bool
is_proven(struct replay *r)
{
	const char *proof;
	struct err why;

	r->facts.full = r->fixture->kind == CS_POLL_FULL;
	r->facts.records = r->seen->records;
	return feed_judge(&r->facts, &proof, &why) == FEED_PROVEN;
}

/* With settings, poll and state.  -1: err. */
static int
replay_poll(struct replay *r, const struct cs_settings *settings)
{
	struct buf *out = &r->seen->text;
	enum cs_rc rc;

	if (cover_add(r, settings, out) != 0)
		return err_set(&r->err, "it covers more than %d types, or no memory",
		    HOST_COVER_MAX);
	enter(r, "open");
	if ((rc = judge(r, "open", r->con->open(r->state, settings, r->poll))) == CS_OK)
		rc = poll_drive(r);
	enter(r, "close");
	r->con->close(r->state);
	r->seen->rc = rc;
	if (r->stuck)
		return -1;
	result_add(out, r, rc);
	r->seen->proven = rc == CS_DONE && is_proven(r);
	return !out->failed && !r->records.failed && !r->requests.failed ? 0 :
	    err_set(&r->err, "it says more than %zu MiB, or no memory", OUT_MAX >> 20);
}

/* -1: r->err. */
static int
replay_start(struct replay *r)
{
	size_t size = r->con->state_size;
	struct cs_settings *settings;
	int rc = -1;

	if ((r->con->kinds & CS_KIND(r->fixture->kind)) == 0)
		return err_set(&r->err, "the connector has no polls of this kind");
	r->poll = poll_new(r);
	r->state = calloc(1, size != 0 ? size : 1);
	settings = host_settings_new(r->con->settings, r->fixture->pairs, &r->err);
	r->types = types_builtin(settings != NULL ? &r->err : NULL);
	if (r->poll == NULL || r->state == NULL || r->types == NULL)
		rc = err_set_passing(&r->err, "out of memory");
	else if (settings != NULL)
		rc = replay_poll(r, settings);
	(void)host_settings_free(settings);
	return rc;
}

int
replay_run(const struct cs_connector *con, const struct fixture *f,
    const struct replay_how *how, struct replay_seen *out, struct err *err)
{
	struct replay r = { .con = con, .fixture = f, .how = how, .random = how->seed,
	    .seen = out };
	int rc;

	*out = (struct replay_seen){ .rc = CS_OK };
	buf_init(&out->text, OUT_MAX);
	buf_init(&r.requests, OUT_MAX);
	buf_init(&r.records, OUT_MAX);
	rc = replay_start(&r);
	if (rc != 0)
		*err = r.err;
	free(r.state);
	(void)types_free(r.types);
	(void)host_poll_free(r.poll);
	buf_free(&r.requests);
	buf_free(&r.records);
	return rc;
}

void
replay_seen_free(struct replay_seen *seen)
{
	buf_free(&seen->text);
}
