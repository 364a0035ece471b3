/* SPDX-License-Identifier: ISC */
/* spawn.c -- see spawn.h.  spawn_frames.c judges what a worker writes. */
#include "worker/spawn.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "worker/cage.h"
#include "worker/child.h"
#include "worker/spawn_inside.h"

#define HELLO_MAX	(1u << 20)	/* bytes of settings, look-ups, checkpoint */
/* A worker that has said DONE, or hung up, has so long to be gone; a sanitizer
 * looks for leaks then. */
#define LINGER_MS	(CAGE_CHECKED ? 10000 : 2000)

static const char *const state_names[] = {
	[WORKER_STARTING] = "starting",
	[WORKER_THINKING] = "thinking",
	[WORKER_WAITING] = "waiting for an answer",
	[WORKER_ANSWERING] = "reading an answer",
	[WORKER_LEAVING] = "leaving",
	[WORKER_ENDED] = "ended",
};

const char *
worker_state_name(enum worker_state state)
{
	return state_names[state];
}

/* Whether the next move is the worker's. */
static bool
worker_owes(const struct worker *w)
{
	if (w->state == WORKER_ENDED || w->paused)
		return false;
	if (w->hung_up || w->exited)
		return true;
	if (w->state == WORKER_WAITING)
		return false;
	return w->state != WORKER_ANSWERING || w->in_flight > 0;
}

void
worker_watch(struct worker *w, bool progress)
{
	bool leaving = w->state == WORKER_LEAVING || w->hung_up || w->exited;

	if (!worker_owes(w))
		timer_cancel(&w->timer);
	else if (leaving && (progress || !timer_is_set(&w->timer)))
		timer_set_ms(&w->timer, LINGER_MS);
	else if (leaving)
		return;
	else if (progress || !timer_is_set(&w->timer))
		timer_set_ms(&w->timer, w->deadline_ms);
}

void
worker_set_state(struct worker *w, enum worker_state state)
{
	w->state = state;
	worker_watch(w, true);
}

void
worker_fail(struct worker *w, const struct worker_failure *why)
{
	if (w->state == WORKER_ENDED)
		return;
	worker_set_state(w, WORKER_ENDED);
	if (w->bev != NULL)
		(void)bufferevent_disable(w->bev, EV_READ | EV_WRITE);
	spawner_client_kill(w->client, w->id, SIGKILL);
	worker_output_end(w);
	if (w->events->failed != NULL && !w->dead)
		w->events->failed(w->arg, why);
}

void
worker_break(struct worker *w, const char *text)
{
	worker_fail(w, &(struct worker_failure){
		.rc = CS_E_INPUT, .text = text, .crashed = true
	});
}

/* --- its end --------------------------------------------------------------------- */

/* Why it ended, for people; what it wrote before had no DONE or FAILED. */
static void
exit_text(const struct worker *w, struct err *out)
{
	const struct spawner_exit *e = &w->exit;
	char where[WORKER_WHERE_SIZE];
	const char *name;

	(void)worker_where(w, where);
	if (e->signo == SIGXCPU || (e->signo == SIGKILL && w->cpu_s != 0 &&
	    e->cpu_ms >= (uint64_t)w->cpu_s * 1000)) {
		(void)err_set(out, "the worker used up its %u s of processor time %s",
		    w->cpu_s, where);
	} else if (e->signo == SIGSYS) {
		/* The filter's own signal, blocked: nobody was left to tell the call's name. */
		(void)err_set(out, "the plug-in made a system call that connectors may not, "
		    "with its signals blocked, as fork does, %s", where);
	} else if (e->signo != 0) {
		name = sigabbrev_np(e->signo);
		(void)err_set(out, "the %s crashed (SIG%s) %s; " WORKER_REPORT,
		    worker_call(w) != NULL ? "connector" : "worker",
		    name != NULL ? name : "?", where);
	} else if (e->status == SPAWNER_EXIT_EXEC) {
		(void)err_set(out, "the worker could not be started: limits or exec "
		    "failed");
	} else if (e->status == CHILD_EXIT_NOMEM) {
		(void)err_set(out, "the worker ran out of memory");
	} else {
		(void)err_set(out, "the worker exited with status %d without "
		    "finishing %s", e->status, where);
	}
}

/* Called when anything of the end has become known. */
void
worker_conclude(struct worker *w)
{
	struct worker_result result = {
		.items = w->done.items, .records = w->done.records,
		.maxrss_kib = w->exit.maxrss_kib, .cpu_ms = w->exit.cpu_ms
	};
	struct err err;

	/* Paused, it may have frames left to be read. */
	if (w->state == WORKER_ENDED || (w->paused && w->bev != NULL))
		return;
	if (!w->exited || !w->hung_up) {
		worker_watch(w, w->state != WORKER_LEAVING);
		return;
	}
	if (w->state == WORKER_LEAVING && w->exit.signo == 0 && w->exit.status == 0) {
		worker_set_state(w, WORKER_ENDED);
		worker_output_end(w);
		if (w->events->done != NULL && !w->dead)
			w->events->done(w->arg, &result);
		return;
	}
	exit_text(w, &err);
	worker_fail(w, &(struct worker_failure){
		.rc = w->exit.status == CHILD_EXIT_NOMEM ? CS_E_NOMEM : CS_E_INPUT,
		.text = err.text, .crashed = true
	});
}

/* Silent in one call, it may have begun that some time after it was last heard. */
static bool
worker_waits_for_call(struct worker *w)
{
	int64_t ms = worker_call_ms(w);

	if (ms < w->deadline_ms / 2 || w->hung_up || w->exited)
		return false;
	if (ms >= w->deadline_ms)
		worker_break_call(w);
	else
		timer_set_ms(&w->timer, w->deadline_ms - ms);
	return true;
}

static void
worker_on_timer(void *arg)
{
	struct worker *w = arg;
	struct err err;

	if (w->no_memory) {
		worker_fail(w, &(struct worker_failure){
			.rc = CS_E_NOMEM, .text = "out of memory for the worker's frames"
		});
		return;
	}
	if (worker_waits_for_call(w))
		return;
	if (w->hung_up)
		(void)err_set(&err, "the worker closed its socket and went on "
		    "running");
	else if (w->state == WORKER_LEAVING || w->exited)
		(void)err_set(&err, "the worker did not leave after its end");
	else
		(void)err_set(&err, "no progress for %lld ms while %s: the "
		    "connector seems to hang", (long long)w->deadline_ms,
		    worker_state_name(w->state));
	worker_break(w, err.text);
}

/* --- what the spawner says ---------------------------------------------------------- */

/* Takes over what joins it to the engine.  -1: no memory. */
static int
worker_join(struct worker *w, int ends[SPAWNER_ENDS])
{
	int sock = ends[SPAWNER_SOCKET];

	w->note = note_map_to_read(ends[SPAWNER_NOTE]);
	(void)close(ends[SPAWNER_NOTE]);
	if (evutil_make_socket_nonblocking(sock) == 0)
		w->bev = bufferevent_socket_new(loop_base(spawner_client_loop(w->client)), sock,
		    BEV_OPT_CLOSE_ON_FREE);
	if (w->bev == NULL)
		(void)close(sock);
	return worker_output_init(w, ends[SPAWNER_OUTPUT]) == 0 && w->bev != NULL &&
	    w->note != NULL ? 0 : -1;
}

static void
worker_on_started(void *arg, pid_t pid, int ends[SPAWNER_ENDS])
{
	struct worker *w = arg;

	w->pid = pid;
	if (w->state == WORKER_ENDED) {
		spawner_ends_close(ends);
		return;
	}
	if (worker_join(w, ends) != 0) {
		worker_fail(w, &(struct worker_failure){
			.rc = CS_E_NOMEM, .text = "out of memory for a worker"
		});
		return;
	}
	bufferevent_setcb(w->bev, worker_on_read, NULL, worker_on_event, w);
	/* One frame always fits, so a full buffer always empties. */
	bufferevent_setwatermark(w->bev, EV_READ, 0, FRAME_MAX);
	if (bufferevent_write(w->bev, w->hello.data, w->hello.len) != 0 ||
	    bufferevent_enable(w->bev, w->paused ? EV_WRITE : EV_READ | EV_WRITE) != 0)
		w->no_memory = true;
	buf_free(&w->hello);
	if (w->no_memory)
		timer_set_ms(&w->timer, 0);
	else
		worker_set_state(w, WORKER_THINKING);
}

static void
worker_on_refused(void *arg, const char *text)
{
	struct worker *w = arg;
	struct err err;

	w->id = 0;
	(void)err_set(&err, "no process for the worker: %s", text);
	worker_fail(w, &(struct worker_failure){
		.rc = CS_E_NOMEM, .text = err.text
	});
}

static void
worker_on_ended(void *arg, const struct spawner_exit *end)
{
	struct worker *w = arg;

	w->id = 0;
	w->exited = true;
	w->exit = *end;
	/* Never started, or its last frames may still be in the socket. */
	if (w->bev == NULL)
		w->hung_up = true;
	worker_conclude(w);
}

static const struct spawner_events spawner_events = {
	.started = worker_on_started,
	.refused = worker_on_refused,
	.ended = worker_on_ended,
};

/* --- start and end ------------------------------------------------------------------ */

static int
encode_hello(struct buf *b, const struct worker_options *o, struct err *err)
{
	message_put_hello(b, &(struct message_hello){
		.mode = o->mode, .kind = o->kind, .today = o->today,
		.max_body = o->max_body, .max_records = o->max_records,
		.report = o->report, .plugin = o->plugin
	});
	for (size_t i = 0; o->settings != NULL && o->settings[i] != NULL; i += 2)
		message_put_setting(b, o->settings[i], o->settings[i + 1]);
	if (o->checkpoint != NULL && o->checkpoint_len > CS_CHECKPOINT_MAX)
		return err_set(err, "a checkpoint of %zu bytes, %d are the most",
		    o->checkpoint_len, CS_CHECKPOINT_MAX);
	if (o->checkpoint != NULL)
		message_put_checkpoint(b, FRAME_CHECKPOINT_IN, o->checkpoint,
		    o->checkpoint_len);
	if (o->lookup_count > MESSAGE_LOOKUPS_MAX)
		return err_set(err, "%zu numbers to look up, %d are the most",
		    o->lookup_count, MESSAGE_LOOKUPS_MAX);
	for (size_t i = 0; i < o->lookup_count; i++)
		message_put_lookup(b, o->lookups[i]);
	message_put_empty(b, FRAME_START);
	if (b->failed)
		return err_set(err, "the settings of a worker are over %u bytes, "
		    "or no memory", HELLO_MAX);
	return 0;
}

struct worker *
worker_start(struct spawner_client *client, const struct worker_options *o,
    const struct worker_events *events, void *arg, struct err *err)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		(void)err_set_passing(err, "out of memory for a worker");
		return NULL;
	}
	w->client = client;
	w->events = events;
	w->arg = arg;
	w->output.fd = -1;
	w->mode = o->mode;
	w->tried = o->report;
	w->deadline_ms = o->deadline_ms > 0 ? o->deadline_ms : WORKER_DEADLINE_MS;
	w->cpu_s = o->limits.cpu_s != 0 ? o->limits.cpu_s : CAGE_CPU_S;
	w->record_limit = o->max_records != 0 ? o->max_records : MESSAGE_RECORDS_MAX;
	buf_init(&w->hello, HELLO_MAX);
	if (encode_hello(&w->hello, o, err) != 0)
		goto fail;
	if (timer_init(&w->timer, spawner_client_loop(client), worker_on_timer, w) != 0) {
		(void)err_set_passing(err, "out of memory for a worker");
		goto fail;
	}
	w->id = spawner_client_worker(client, &o->limits, &spawner_events, w, err);
	if (w->id == 0)
		goto fail;
	worker_set_state(w, WORKER_STARTING);
	return w;
fail:
	timer_fini(&w->timer);
	buf_free(&w->hello);
	free(w);
	return NULL;
}

static void
worker_free(void *arg)
{
	struct worker *w = arg;

	if (w->bev != NULL)
		bufferevent_free(w->bev);
	worker_output_fini(w);
	note_unmap(w->note);
	timer_fini(&w->timer);
	buf_free(&w->hello);
	free(w);
}

void
worker_kill(struct worker *w)
{
	if (w == NULL || w->dead)
		return;
	w->dead = true;
	w->state = WORKER_ENDED;
	timer_cancel(&w->timer);
	if (w->bev != NULL)
		(void)bufferevent_disable(w->bev, EV_READ | EV_WRITE);
	worker_output_end(w);	/* without a word */
	spawner_client_forget(w->client, w->id);
	loop_defer(spawner_client_loop(w->client), worker_free, w);
}

pid_t
worker_pid(const struct worker *w)
{
	return w->pid;
}

/* --- the engine's words ---------------------------------------------------------------- */

/* Hands a frame to the socket.  No event may come from inside a send. */
static void
worker_write(struct worker *w, struct buf *b)
{
	if (b->failed || bufferevent_write(w->bev, b->data, b->len) != 0) {
		w->no_memory = true;
		timer_set_ms(&w->timer, 0);
	}
	buf_free(b);
}

/* One that is no known type anyway must not break the frame. */
static bool
content_type_known(const char *s)
{
	size_t len = s != NULL ? strnlen(s, MESSAGE_CONTENT_TYPE_MAX + 1) : 0;

	return len <= MESSAGE_CONTENT_TYPE_MAX && s != NULL &&
	    text_is_clean(s, len);
}

bool
worker_send_response(struct worker *w, const struct cs_response *response)
{
	struct buf b;

	if (w->state != WORKER_WAITING)
		return false;
	buf_init(&b, FRAME_MAX);
	message_put_response(&b, &(struct cs_response){
		.code = response->code,
		.content_type = content_type_known(response->content_type) ?
		    response->content_type : "",
		.charset = content_type_known(response->charset) ? response->charset : ""
	});
	worker_set_state(w, WORKER_ANSWERING);
	worker_write(w, &b);
	return true;
}

size_t
worker_credit(const struct worker *w)
{
	return w->state == WORKER_ANSWERING ? WORKER_WINDOW - w->in_flight : 0;
}

ssize_t
worker_send_data(struct worker *w, const void *data, size_t len)
{
	const char *p = data;
	struct buf b;
	size_t part;

	if (w->state != WORKER_ANSWERING || len > worker_credit(w))
		return -1;
	for (; len > 0 && !w->no_memory; p += part, len -= part) {
		part = len < MESSAGE_DATA_MAX ? len : MESSAGE_DATA_MAX;
		buf_init(&b, FRAME_MAX);
		message_put_data(&b, p, part);
		worker_write(w, &b);
		w->in_flight += part;
	}
	if (!w->no_memory)
		worker_watch(w, false);
	return (ssize_t)worker_credit(w);
}

bool
worker_send_end(struct worker *w)
{
	struct buf b;

	if (w->state != WORKER_ANSWERING)
		return false;
	buf_init(&b, FRAME_MAX);
	message_put_empty(&b, FRAME_END);
	worker_set_state(w, WORKER_THINKING);
	worker_write(w, &b);
	return true;
}

void
worker_pause(struct worker *w)
{
	w->paused = true;
	if (w->state == WORKER_ENDED)
		return;
	if (w->bev != NULL)
		(void)bufferevent_disable(w->bev, EV_READ);
	worker_watch(w, false);
}

void
worker_resume(struct worker *w)
{
	if (!w->paused)
		return;
	w->paused = false;
	w->resumed_ms = loop_now_ms(spawner_client_loop(w->client));
	if (w->state == WORKER_ENDED || w->bev == NULL)
		return;
	(void)bufferevent_enable(w->bev, EV_READ);
	/* Frames read before the pause wait for no new byte. */
	bufferevent_trigger(w->bev, EV_READ,
	    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
	worker_watch(w, true);
}
