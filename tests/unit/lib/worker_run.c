/* SPDX-License-Identifier: ISC */
/* worker_run.c -- see worker_run.h. */
#include "worker_run.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#include "worker/cage.h"

#define LINES_MAX	(4u << 20)
#define GIVE_UP_MS	(CAGE_CHECKED ? 60000 : 20000)

static void
run_hook(struct worker_run *r, const char *event)
{
	if (r->hook != NULL)
		r->hook(r, event);
}

/* Sends what credit allows; the end once all is sent. */
static void
run_feed(struct worker_run *r)
{
	size_t n, flight;

	while (r->answering && r->sent < r->body_len) {
		n = r->body_len - r->sent;
		if (r->piece != 0 && n > r->piece)
			n = r->piece;
		if (n > worker_credit(r->w))
			n = worker_credit(r->w);
		if (n == 0 || worker_send_data(r->w, r->body + r->sent, n) < 0)
			return;
		r->sent += n;
		flight = WORKER_WINDOW - worker_credit(r->w);
		if (flight > r->in_flight_max)
			r->in_flight_max = flight;
	}
	if (r->answering) {
		r->answering = false;
		(void)worker_send_end(r->w);
	}
}

static void
on_description(void *arg, struct description *d)
{
	struct worker_run *r = arg;

	r->description = d;
	run_hook(r, "description");
}

static void
on_request(void *arg, const struct cs_request *request)
{
	struct worker_run *r = arg;

	r->requests++;
	buf_printf(&r->lines, "request %s %s\n", request->method,
	    request->path != NULL ? request->path : "(url)");
	run_hook(r, "request");
	if (r->hold || r->w == NULL)
		return;
	(void)worker_send_response(r->w, &(struct cs_response){
		.code = r->code != 0 ? r->code : 200, .content_type = "text/plain"
	});
	r->sent = 0;
	r->answering = true;
	run_feed(r);
}

static const char *
text_or_dash(const char *s)
{
	return s != NULL ? s : "-";
}

static void
on_record(void *arg, const struct cs_record *rec)
{
	struct worker_run *r = arg;
	char date[CS_DATE_TEXT];

	r->records++;
	buf_printf(&r->lines, "record %s|%s|%s|%s\n", rec->number,
	    text_or_dash(rec->type), cs_date_text(rec->expires_on, date),
	    text_or_dash(rec->business_name));
	run_hook(r, "record");
}

static void
on_items(void *arg, uint64_t distinct)
{
	(void)distinct;
	run_hook(arg, "items");
}

static void
on_proof(void *arg, enum cs_proof kind, uint64_t declared)
{
	struct worker_run *r = arg;

	buf_printf(&r->lines, "proof %d %llu\n", (int)kind,
	    (unsigned long long)declared);
	run_hook(r, "proof");
}

static void
on_warn(void *arg, const char *text)
{
	struct worker_run *r = arg;

	buf_printf(&r->lines, "warn %s\n", text);
	run_hook(r, "warn");
}

static void
on_output(void *arg, const char *text)
{
	struct worker_run *r = arg;

	buf_printf(&r->printed, "%s\n", text);
}

static void
on_checkpoint(void *arg, const char *data, size_t len)
{
	struct worker_run *r = arg;

	buf_printf(&r->lines, "checkpoint %.*s\n", (int)len, data);
	run_hook(r, "checkpoint");
}

static void
on_credit(void *arg, size_t credit)
{
	(void)credit;
	run_feed(arg);
}

static void
on_done(void *arg, const struct worker_result *result)
{
	struct worker_run *r = arg;

	r->ends++;
	r->succeeded = true;
	r->result = *result;
	run_hook(r, "done");
}

static void
on_failed(void *arg, const struct worker_failure *why)
{
	struct worker_run *r = arg;

	r->ends++;
	r->failure = *why;
	(void)snprintf(r->text, sizeof(r->text), "%s", why->text);
	r->failure.text = r->text;
	run_hook(r, "failed");
}

static const struct worker_events run_events = {
	.description = on_description,
	.request = on_request,
	.record = on_record,
	.items = on_items,
	.proof = on_proof,
	.warn = on_warn,
	.checkpoint = on_checkpoint,
	.credit = on_credit,
	.output = on_output,
	.done = on_done,
	.failed = on_failed,
};

int
worker_run_start(struct worker_run *r, struct spawner_client *client,
    const struct worker_options *options, struct err *err)
{
	buf_init(&r->lines, LINES_MAX);
	buf_init(&r->printed, LINES_MAX);
	r->w = worker_start(client, options, &run_events, r, err);
	return r->w == NULL ? -1 : 0;
}

static void
give_up(void *arg)
{
	*(bool *)arg = true;
}

bool
worker_run_all(struct loop *loop, struct worker_run **runs, size_t n)
{
	bool gave_up = false, all = false;
	struct timer timer;

	if (timer_init(&timer, loop, give_up, &gave_up) != 0)
		return false;
	timer_set_ms(&timer, GIVE_UP_MS);
	while (!gave_up && !all) {
		all = true;
		for (size_t i = 0; i < n; i++)
			all = all && runs[i]->ends > 0;
		if (!all)
			(void)event_base_loop(loop_base(loop), EVLOOP_ONCE);
	}
	timer_fini(&timer);
	return all;
}

void
worker_run_fini(struct worker_run *r)
{
	worker_kill(r->w);
	r->w = NULL;
	buf_free(&r->lines);
	buf_free(&r->printed);
	r->description = description_free(r->description);
}
