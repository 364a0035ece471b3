/* SPDX-License-Identifier: ISC */
/* child_poll.c -- see child.h: drives the hooks of a connector. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "parse/inflate.h"
#include "parse/report.h"
#include "worker/child.h"
#include "worker/child_inside.h"
#include "worker/rules.h"

/* Unix seconds of 9999-12-31: what FAILED can carry. */
#define RETRY_AT_MAX_S	INT64_C(253402214400)

/* How a step of the poll went. */
enum step {
	STEP_OK = 0,
	STEP_FAILED,	/* rc and the poll's reason say why */
	STEP_LOST	/* the engine has gone: exit */
};

/* --- results ------------------------------------------------------------------------ */

static int
sink_record(void *arg, const struct cs_record *rec)
{
	struct child *c = arg;

	c->note->records++;
	message_put_record(&c->link.out, rec);
	if (link_sent(&c->link) == 0)
		return 0;
	c->lost = true;
	return -1;
}

static void
sink_proof(void *arg, enum cs_proof proof, uint64_t declared)
{
	struct child *c = arg;
	struct child_proof *said = &c->proofs[proof];

	/* Page by page the same claim comes again: once is enough. */
	if (said->times > 0 && said->declared == declared)
		return;
	if (said->times == CHILD_PROOFS_MAX) {
		(void)cs_fail(c->poll, CS_E_INPUT, "the registry's own count "
		    "changed more than %d times", CHILD_PROOFS_MAX);
		return;
	}
	*said = (struct child_proof){ said->times + 1, declared };
	message_put_proof(&c->link.out, &(struct message_proof){
		.kind = proof, .declared = declared
	});
}

static void
sink_warn(void *arg, const char *text)
{
	struct child *c = arg;
	char shown[MESSAGE_TEXT_MAX + 1];

	if (text[0] != '\0')
		message_put_warn(&c->link.out, text_escape(text, strlen(text),
		    shown, sizeof(shown)));
}

/* Flushed as records are: a list may have nothing but such rows. */
static void
sink_left_out(void *arg, uint64_t hash, const char *text)
{
	struct child *c = arg;
	char shown[MESSAGE_TEXT_MAX + 1];

	message_put_left_out(&c->link.out, &(struct message_left_out){
		.hash = hash, .text = text_escape(text, strlen(text), shown, sizeof(shown))
	});
	if (link_sent(&c->link) != 0)
		c->lost = true;
}

static void
sink_as_of(void *arg, struct cs_date day)
{
	struct child *c = arg;

	message_put_as_of(&c->link.out, day);
}

static void
sink_unproven(void *arg, const char *text)
{
	struct child *c = arg;
	char shown[MESSAGE_TEXT_MAX + 1];

	message_put_unproven(&c->link.out, text == NULL ? NULL :
	    text_escape(text, strlen(text), shown, sizeof(shown)));
}

static const struct host_sink sink = {
	.record = sink_record,
	.proof = sink_proof,
	.warn = sink_warn,
	.left_out = sink_left_out,
	.as_of = sink_as_of,
	.unproven = sink_unproven,
};

/* Items are told in steps, not one by one. */
static void
say_items(struct child *c)
{
	uint64_t items = host_poll_items(c->poll);

	if (items == c->items_said)
		return;
	c->items_said = items;
	message_put_items(&c->link.out, items);
}

/* --- one hook at a time -------------------------------------------------------------- */

/*
 * What a hook returned, judged: it may neither go on after a failure that it
 * has seen, nor return what its kind does not know.
 */
static enum cs_rc
child_judge(struct child *c, enum cs_rc rc, bool may_be_done)
{
	if (rc < CS_OK || rc > CS_E_QUOTA || (rc == CS_DONE && !may_be_done))
		return cs_fail(c->poll, CS_E_INPUT,
		    "the connector returned a code that does not exist here");
	if (rc > CS_DONE)
		return rc;
	if (c->lost)
		return CS_E_NOMEM;
	return host_poll_reason(c->poll) != NULL ? CS_E_INPUT : rc;
}

static const char *
rc_text(enum cs_rc rc)
{
	switch (rc) {
	case CS_E_INPUT:	return "the answer breaks the registry's format";
	case CS_E_LIMIT:	return "the answer exceeds a limit of the connector";
	case CS_E_NOMEM:	return "the connector ran out of memory";
	case CS_E_CONFIG:	return "the settings cannot work";
	case CS_E_REMOTE:	return "the registry answered with an error";
	case CS_E_AUTH:		return "the registry refused the credential";
	case CS_E_QUOTA:	return "the registry asks to wait";
	default:		return "unknown failure";
	}
}

static enum cs_rc
on_decoded(void *arg, const char *data, size_t len)
{
	struct child *c = arg;
	enum cs_rc rc;

	note_enter(c->note, NOTE_PUSH);
	rc = c->connector->push(c->state, data, len);
	note_leave(c->note);
	return child_judge(c, rc, false);
}

/* --- one answer ------------------------------------------------------------------------ */

/* The next frame of an answer. */
static enum step
next_frame(struct child *c, struct frame *f)
{
	struct err err;

	return link_next(&c->link, f, &err) == 1 ? STEP_OK : STEP_LOST;
}

static enum step
answer_begin(struct child *c, enum cs_rc *rc)
{
	struct cs_response response;
	struct frame f;
	struct err err;

	if (next_frame(c, &f) != STEP_OK || f.type != FRAME_RESPONSE ||
	    message_get_response(&f, &response, &err) != 0)
		return STEP_LOST;
	*rc = CS_OK;
	if (c->connector->begin != NULL) {
		note_enter(c->note, NOTE_BEGIN);
		*rc = c->connector->begin(c->state, &response);
		note_leave(c->note);
		*rc = child_judge(c, *rc, false);
	}
	return *rc == CS_OK ? STEP_OK : STEP_FAILED;
}

/* Pushes the body through in; STEP_OK once it was whole. */
static enum step
answer_body(struct child *c, struct inflate *in, enum cs_rc *rc)
{
	struct frame f;

	while (next_frame(c, &f) == STEP_OK) {
		if (f.type == FRAME_END) {
			*rc = inflate_end(in);
			return *rc == CS_OK ? STEP_OK : STEP_FAILED;
		}
		if (f.type != FRAME_DATA || f.len == 0)
			return STEP_LOST;
		*rc = inflate_push(in, f.data, f.len);
		if (*rc != CS_OK)
			return STEP_FAILED;
		say_items(c);
		message_put_credit(&c->link.out, (uint32_t)f.len);
		if (link_sent(&c->link) != 0)
			return STEP_LOST;
	}
	return STEP_LOST;
}

/* The decoded bytes this answer may have. */
static uint64_t
answer_cap(const struct child *c, const struct cs_request *request)
{
	uint64_t cap = c->hello.max_body != 0 ? c->hello.max_body :
	    c->connector->max_body;

	return request->max_body != 0 && request->max_body < cap ?
	    request->max_body : cap;
}

static enum step
answer(struct child *c, const struct cs_request *request, enum cs_rc *rc)
{
	const struct inflate_options options = {
		.max_bytes = answer_cap(c, request)
	};
	struct inflate *in = inflate_new(&options, on_decoded, c, c->poll);
	enum step step;

	*rc = CS_E_NOMEM;
	if (in == NULL)
		return STEP_FAILED;
	step = answer_begin(c, rc);
	if (step == STEP_OK)
		step = answer_body(c, in, rc);
	(void)inflate_free(in);
	if (step != STEP_OK)
		return step;
	note_enter(c->note, NOTE_END);
	*rc = c->connector->end(c->state);
	note_leave(c->note);
	*rc = child_judge(c, *rc, false);
	return *rc == CS_OK ? STEP_OK : STEP_FAILED;
}

/* --- the whole poll ---------------------------------------------------------------------- */

static enum cs_rc
child_next(struct child *c, struct cs_request *out)
{
	enum cs_rc rc;

	note_enter(c->note, NOTE_NEXT);
	rc = c->connector->next(c->state, out);
	note_leave(c->note);
	return rc;
}

/* Requests and answers until CS_DONE. */
static enum step
child_run(struct child *c, enum cs_rc *rc)
{
	struct cs_request request;
	enum step step;

	for (;;) {
		memset(&request, 0, sizeof(request));
		*rc = child_judge(c, child_next(c, &request), true);
		if (*rc == CS_DONE)
			return STEP_OK;
		if (*rc != CS_OK)
			return STEP_FAILED;
		say_items(c);
		message_put_request(&c->link.out, &request);
		if (c->link.out.failed) {
			*rc = cs_fail(c->poll, CS_E_LIMIT, "a request too large "
			    "to be sent, or no memory for it");
			buf_clear(&c->link.out);
			return STEP_FAILED;
		}
		step = answer(c, &request, rc);
		if (step != STEP_OK)
			return step;
	}
}

static void
report_kind(struct child *c, const struct report *report, enum report_kind kind)
{
	struct message_report m = { .kind = kind };
	const struct report_entry *one;

	for (size_t i = 0; (one = report_at(report, kind, i)) != NULL; i++) {
		m.word = one->word;
		m.meaning = one->meaning;
		m.count = one->count;
		message_put_report(&c->link.out, &m);
		/* A broken link is found again by what comes behind. */
		(void)link_sent(&c->link);
	}
	m.word = m.meaning = "";
	m.count = report_more(report, kind);
	if (m.count > 0)
		message_put_report(&c->link.out, &m);
}

/* What it has found, if the poll is only tried. */
static void
child_report(struct child *c)
{
	const struct report *report = host_poll_report(c->poll);

	for (unsigned kind = 0; report != NULL && kind < REPORT_KINDS; kind++)
		report_kind(c, report, (enum report_kind)kind);
}

/* What is left to say after close(). */
static int
child_finish(struct child *c)
{
	const char *checkpoint;
	size_t len;

	say_items(c);
	child_report(c);
	checkpoint = host_poll_checkpoint(c->poll, &len);
	if (checkpoint != NULL)
		message_put_checkpoint(&c->link.out, FRAME_CHECKPOINT,
		    checkpoint, len);
	return child_done(c, host_poll_items(c->poll), host_poll_records(c->poll));
}

/* Tells why; the connector's words where it has found some. */
static int
child_give_up(struct child *c, enum cs_rc rc)
{
	const char *reason = host_poll_reason(c->poll);

	c->failed = true;
	c->retry_at_s = host_poll_retry_at(c->poll);
	if (c->retry_at_s < 0 || c->retry_at_s > RETRY_AT_MAX_S)
		c->retry_at_s = 0;
	child_report(c);
	return child_fail(c, rc, reason != NULL ? reason : rc_text(rc));
}

/* Makes poll and state and calls open().  close() is due whatever it says. */
static enum cs_rc
child_open(struct child *c)
{
	const struct host_poll_options options = {
		.kind = c->hello.kind, .today = c->hello.today,
		.lookups = c->lookups.v, .lookup_count = c->lookups.count,
		.checkpoint = c->checkpoint, .checkpoint_len = c->checkpoint_len,
		.max_records = c->hello.max_records != 0 ?
		    c->hello.max_records : c->connector->max_records,
		.report = c->hello.report, .sink = &sink, .sink_arg = c
	};
	size_t size = c->connector->state_size;
	enum cs_rc rc;

	c->poll = host_poll_new(&options);
	c->state = calloc(1, size != 0 ? size : 1);
	if (c->poll == NULL || c->state == NULL)
		return CS_E_NOMEM;
	note_enter(c->note, NOTE_OPEN);
	rc = c->connector->open(c->state, c->settings, c->poll);
	note_leave(c->note);
	return child_judge(c, rc, false);
}

static void
child_close(struct child *c)
{
	if (c->poll != NULL && c->state != NULL) {
		note_enter(c->note, NOTE_CLOSE);
		c->connector->close(c->state);
		note_leave(c->note);
	}
	free(c->state);
	c->state = NULL;
}

/* Whether it would look numbers up: not where open() finds that these settings cannot. */
static int
child_try_lookups(struct child *c)
{
	enum cs_poll_kind kind = c->hello.kind;
	enum cs_rc rc;

	if ((c->connector->kinds & CS_KIND(CS_POLL_LOOKUP)) == 0)
		return 0;
	c->hello.kind = CS_POLL_LOOKUP;
	rc = child_open(c);
	c->hello.kind = kind;
	if (c->poll == NULL)
		return CHILD_EXIT_NOMEM;
	c->no_lookups = rc == CS_E_CONFIG;
	child_close(c);
	c->poll = host_poll_free(c->poll);
	return 0;
}

/* The header that a credential is to go into is a setting, so it may be any. */
static enum cs_rc
child_check_slot(struct child *c, const struct cs_request *request)
{
	bool header = request->slot == CS_SLOT_HEADER || request->slot == CS_SLOT_HEADER_OPTIONAL;

	if (!header || request->slot_name == NULL ||
	    rules_slot_header(request->slot_name, strlen(request->slot_name)))
		return CS_OK;
	return cs_fail(c->poll, CS_E_CONFIG, "a credential cannot go into such a header");
}

int
child_try_open(struct child *c)
{
	enum cs_rc rc = child_open(c);
	struct cs_request request = { .method = NULL };
	int status = 0;

	if (c->poll == NULL)
		return CHILD_EXIT_NOMEM;
	/* What it would ask for first tells which secret it needs. */
	if (rc == CS_OK && c->hello.mode == WORKER_TRY)
		rc = child_next(c, &request);
	if (rc == CS_OK)
		rc = child_check_slot(c, &request);
	if (rc == CS_OK && (request.slot == CS_SLOT_HEADER || request.slot == CS_SLOT_QUERY) &&
	    request.slot_setting != NULL)
		(void)text_copy(c->needs, sizeof(c->needs), request.slot_setting);
	if (rc != CS_OK)
		status = child_give_up(c, rc);
	child_close(c);
	c->poll = host_poll_free(c->poll);
	return status == 0 && !c->failed ? child_try_lookups(c) : status;
}

int
child_poll(struct child *c)
{
	enum cs_rc rc = child_open(c);
	enum step step = STEP_FAILED;
	int status = CHILD_EXIT_LOST;

	if (c->poll == NULL)
		return CHILD_EXIT_NOMEM;
	if (rc == CS_OK)
		step = child_run(c, &rc);
	/* A failure is told before close() can fail too; an end after it. */
	if (step == STEP_FAILED)
		status = child_give_up(c, rc);
	child_close(c);
	if (step == STEP_OK)
		status = child_finish(c);
	c->poll = host_poll_free(c->poll);
	return status;
}
