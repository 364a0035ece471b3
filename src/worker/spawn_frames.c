/* SPDX-License-Identifier: ISC */
/*
 * spawn_frames.c -- see spawn.h: what a worker writes, judged frame by frame.
 *
 * message.h has checked the fields of one frame; here it is whether the frame
 * may come now, and whether the sum of them stays within its bounds.
 */
#include <event2/buffer.h>

#include "worker/spawn_inside.h"

/* A frame that may not come in this state. */
static int
unexpected(const struct worker *w, const char *what, struct err *err)
{
	return err_set(err, "a %s while %s", what, worker_state_name(w->state));
}

static int
on_description(struct worker *w, const struct frame *f, struct err *err)
{
	struct description *d;

	if (w->mode == WORKER_POLL || w->described || w->state != WORKER_THINKING)
		return unexpected(w, "description", err);
	d = message_get_description(f, err);
	if (d == NULL)
		return -1;
	w->described = true;
	if (w->events->description != NULL)
		w->events->description(w->arg, d);
	else
		(void)description_free(d);
	return 0;
}

static int
spawn_on_request(struct worker *w, const struct frame *f, struct err *err)
{
	struct cs_request request;

	if (w->mode != WORKER_POLL || w->state != WORKER_THINKING ||
	    w->in_flight > 0)
		return unexpected(w, "request", err);
	if (message_get_request(f, &request, err) != 0)
		return -1;
	worker_set_state(w, WORKER_WAITING);
	if (w->events->request != NULL)
		w->events->request(w->arg, &request);
	return 0;
}

static int
on_credit(struct worker *w, const struct frame *f, struct err *err)
{
	uint32_t bytes;

	if (message_get_credit(f, &bytes, err) != 0)
		return -1;
	if (bytes == 0 || bytes > w->in_flight)
		return err_set(err, "credit for %u bytes, %zu are under way",
		    bytes, w->in_flight);
	w->in_flight -= bytes;
	worker_watch(w, true);
	if (w->events->credit != NULL && w->state == WORKER_ANSWERING)
		w->events->credit(w->arg, worker_credit(w));
	return 0;
}

/* Whether results may come: between the first request and the end. */
static bool
polling(const struct worker *w)
{
	return w->mode == WORKER_POLL &&
	    (w->state == WORKER_THINKING || w->state == WORKER_ANSWERING);
}

static int
on_record(struct worker *w, const struct frame *f, struct err *err)
{
	struct cs_record record;

	if (!polling(w))
		return unexpected(w, "record", err);
	if (message_get_record(f, &record, err) != 0)
		return -1;
	if (++w->records > w->record_limit)
		return err_set(err, "more than %u records", w->record_limit);
	worker_watch(w, true);
	if (w->events->record != NULL)
		w->events->record(w->arg, &record);
	return 0;
}

static int
on_items(struct worker *w, const struct frame *f, struct err *err)
{
	uint64_t items;

	if (!polling(w))
		return unexpected(w, "count of items", err);
	if (message_get_items(f, &items, err) != 0)
		return -1;
	if (items <= w->items)
		return err_set(err, "a count of items that does not rise");
	w->items = items;
	if (w->events->items != NULL)
		w->events->items(w->arg, items);
	return 0;
}

static int
on_proof(struct worker *w, const struct frame *f, struct err *err)
{
	struct message_proof proof;

	if (!polling(w))
		return unexpected(w, "proof", err);
	if (message_get_proof(f, &proof, err) != 0)
		return -1;
	if (++w->proofs > MESSAGE_PROOFS_MAX)
		return err_set(err, "more than %d proofs", MESSAGE_PROOFS_MAX);
	if (w->events->proof != NULL)
		w->events->proof(w->arg, proof.kind, proof.declared);
	return 0;
}

static int
on_warn(struct worker *w, const struct frame *f, struct err *err)
{
	const char *text;

	if (message_get_warn(f, &text, err) != 0)
		return -1;
	if (++w->warnings > MESSAGE_WARNINGS_MAX)
		return err_set(err, "more than %d warnings", MESSAGE_WARNINGS_MAX);
	if (w->events->warn != NULL)
		w->events->warn(w->arg, text);
	return 0;
}

static int
on_as_of(struct worker *w, const struct frame *f, struct err *err)
{
	struct cs_date day;

	if (!polling(w) || w->dated)
		return unexpected(w, "day of the list", err);
	if (message_get_as_of(f, &day, err) != 0)
		return -1;
	w->dated = true;
	if (w->events->as_of != NULL && cs_date_is_set(day))
		w->events->as_of(w->arg, day);
	return 0;
}

/* Each of the two at most once. */
static int
on_unproven(struct worker *w, const struct frame *f, struct err *err)
{
	const char *text;

	if (!polling(w) || ++w->unproven > 2)
		return unexpected(w, "word on proofs", err);
	if (message_get_unproven(f, &text, err) != 0)
		return -1;
	if (w->events->unproven != NULL)
		w->events->unproven(w->arg, text);
	return 0;
}

static int
on_left_out(struct worker *w, const struct frame *f, struct err *err)
{
	struct message_left_out m;

	if (!polling(w))
		return unexpected(w, "row left out", err);
	if (message_get_left_out(f, &m, err) != 0)
		return -1;
	if (++w->left_out > w->record_limit)
		return err_set(err, "more than %u rows left out", w->record_limit);
	worker_watch(w, true);
	if (w->events->left_out != NULL)
		w->events->left_out(w->arg, m.hash, m.text);
	return 0;
}

static int
on_report(struct worker *w, const struct frame *f, struct err *err)
{
	struct message_report m;

	if (!w->tried)
		return unexpected(w, "report", err);
	if (message_get_report(f, &m, err) != 0)
		return -1;
	if (++w->reports > MESSAGE_REPORTS_MAX)
		return err_set(err, "more than %d reports", MESSAGE_REPORTS_MAX);
	if (w->events->report != NULL)
		w->events->report(w->arg, &m);
	return 0;
}

static int
on_checkpoint(struct worker *w, const struct frame *f, struct err *err)
{
	const char *data;
	size_t len;

	if (!polling(w) || w->has_checkpoint)
		return unexpected(w, "checkpoint", err);
	if (message_get_checkpoint(f, &data, &len, err) != 0)
		return -1;
	w->has_checkpoint = true;
	if (w->events->checkpoint != NULL)
		w->events->checkpoint(w->arg, data, len);
	return 0;
}

static int
on_failed(struct worker *w, const struct frame *f, struct err *err)
{
	struct message_failed m;

	if (message_get_failed(f, &m, err) != 0)
		return -1;
	worker_fail(w, &(struct worker_failure){
		.rc = m.rc, .text = m.text, .retry_at_s = m.retry_at_s
	});
	return 0;
}

static int
on_done(struct worker *w, const struct frame *f, struct err *err)
{
	struct message_done done;

	if (w->state != WORKER_THINKING || w->in_flight > 0 ||
	    (w->mode != WORKER_POLL && !w->described))
		return unexpected(w, "\"done\"", err);
	if (message_get_done(f, &done, err) != 0)
		return -1;
	if (done.records != w->records || done.items < w->items)
		return err_set(err, "\"done\" after %llu records and %llu items, "
		    "which says %llu and %llu",
		    (unsigned long long)w->records, (unsigned long long)w->items,
		    (unsigned long long)done.records,
		    (unsigned long long)done.items);
	w->done = done;
	worker_set_state(w, WORKER_LEAVING);
	return 0;
}

static int
on_frame(struct worker *w, const struct frame *f, struct err *err)
{
	if (w->state == WORKER_LEAVING)
		return unexpected(w, "frame", err);
	switch (f->type) {
	case FRAME_DESCRIPTION:	return on_description(w, f, err);
	case FRAME_REQUEST:	return spawn_on_request(w, f, err);
	case FRAME_CREDIT:	return on_credit(w, f, err);
	case FRAME_RECORD:	return on_record(w, f, err);
	case FRAME_ITEMS:	return on_items(w, f, err);
	case FRAME_PROOF:	return on_proof(w, f, err);
	case FRAME_WARN:	return on_warn(w, f, err);
	case FRAME_LEFT_OUT:	return on_left_out(w, f, err);
	case FRAME_AS_OF:	return on_as_of(w, f, err);
	case FRAME_UNPROVEN:	return on_unproven(w, f, err);
	case FRAME_REPORT:	return on_report(w, f, err);
	case FRAME_CHECKPOINT:	return on_checkpoint(w, f, err);
	case FRAME_FAILED:	return on_failed(w, f, err);
	case FRAME_DONE:	return on_done(w, f, err);
	default:
		return err_set(err, "a frame of type %u, which only the engine "
		    "sends", (unsigned)f->type);
	}
}

/* Ours, not the worker's fault: the timer ends it with the right words. */
static int
spawn_no_memory(struct worker *w)
{
	w->no_memory = true;
	timer_set_ms(&w->timer, 0);
	return 0;
}

/* 1: one frame was handled; 0: none is whole; -1: the worker is broken. */
static int
take_frame(struct worker *w, struct evbuffer *in, struct err *err)
{
	size_t have = evbuffer_get_length(in), used = 0;
	const char *data;
	struct frame f;
	int rc;

	data = (const char *)evbuffer_pullup(in,
	    have < FRAME_HEADER ? 0 : FRAME_HEADER);
	if (have < FRAME_HEADER)
		return 0;
	if (data == NULL)
		return spawn_no_memory(w);
	rc = frame_next(data, FRAME_HEADER, &f, &used, err);
	if (rc == -1 || have < used)
		return rc == -1 ? -1 : 0;
	data = (const char *)evbuffer_pullup(in, (ev_ssize_t)used);
	if (data == NULL)
		return spawn_no_memory(w);
	if (frame_next(data, used, &f, &used, err) != 1 ||
	    on_frame(w, &f, err) != 0)
		return -1;
	(void)evbuffer_drain(in, used);
	return 1;
}

static void
take_frames(struct worker *w)
{
	struct evbuffer *in = bufferevent_get_input(w->bev);
	struct err err, text;
	int rc = 1;

	while (rc == 1 && !w->paused && w->state != WORKER_ENDED)
		rc = take_frame(w, in, &err);
	if (w->state == WORKER_ENDED)
		return;
	/* It goes on talking, but never comes back. */
	if (rc != -1 && !w->hung_up && worker_call_ms(w) >= w->deadline_ms) {
		worker_break_call(w);
		return;
	}
	if (rc == -1) {
		(void)err_set(&text, "the worker broke the protocol: %s", err.text);
		worker_break(w, text.text);
		return;
	}
	if (w->hung_up)
		worker_conclude(w);
}

void
worker_on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	take_frames(arg);
}

void
worker_on_event(struct bufferevent *bev, short what, void *arg)
{
	struct worker *w = arg;

	(void)bev;
	/* A failed write only means that it does not read: its exit tells why. */
	if ((what & BEV_EVENT_WRITING) != 0 && (what & BEV_EVENT_READING) == 0)
		return;
	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) == 0)
		return;
	w->hung_up = true;
	take_frames(w);
}
